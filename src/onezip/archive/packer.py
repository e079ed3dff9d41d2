"""Entries to compressed streams: in batches, on all cores, in order.

libdeflate releases the GIL, so threads serve. How many there are, and where a batch ends, leaves no trace
in the bytes.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from onezip.archive.compress import checksum, compressor
from onezip.archive.content import read
from onezip.archive.entry import EXECUTABLE, Entry, check_line_ends, mode_of
from onezip.archive.format import DEFLATED, STORED, local_header
from onezip.model.function import Compression

if TYPE_CHECKING:
    from concurrent.futures import Future

BATCH_BYTES, BATCH_FILES = 1 << 20, 256
IN_FLIGHT = 96 << 20
"""Bytes that may be under way: unpacked ones while they are compressed, packed ones while they wait to be
written in their turn. One larger file may, alone."""

WORTH_THREADS = 4 << 20
"""Unpacked bytes below which starting threads costs more than they bring."""

TINY = 4 << 10
"""Mean size in bytes below which the work is Python's own, which threads only hinder."""

Record = tuple[str, bytes, int, int, int, int, int, int, str]
"""Name, its bytes, CRC, packed size, size, method, mode, bytes of header and stream, SHA-256."""


class Stream:
    """An entry as it was compressed before, by the same engine: no need to do it again.

    crc and size are the content's; packed is what stands in the zip (method STORED or DEFLATED of
    `format`); mode is 0o755 or 0o644.
    """

    __slots__ = ("crc", "method", "mode", "packed", "sha256", "size")

    def __init__(
        self, crc: int, size: int, packed: bytes | bytearray, method: int, mode: int, sha256: str = ""
    ) -> None:
        self.crc = crc
        self.size = size
        self.packed = packed
        self.method = method
        self.mode = mode
        self.sha256 = sha256


class Streams(Protocol):
    """Where streams of an earlier run at this compression can be had. Asked from many threads at once."""

    def serves(self, entry: Entry) -> bool:
        """Whether `stream` has one."""
        ...

    def stream(self, entry: Entry) -> Stream | None:
        """The stream of just this entry, or None: then the file is read."""
        ...

    def same(self, entry: Entry, sha256: str) -> Stream | None:
        """The stream of an entry that was read, by the hex digest of its content, or None."""
        ...

    def doubts(self, entry: Entry) -> bool:
        """Whether the digest of an entry that has to be read is worth its time."""
        ...

    def done(self, entries: Sequence[Entry], digests: Sequence[str]) -> None:
        """Called when no more will be asked, and before the new zip takes its place.

        entries are all, in order; digests are those of their contents, empty where there is none. Raises
        ArchiveError archive.changed where what was given cannot be relied on.
        """
        ...


class Packed:
    """One batch, packed: parts to write in order, and a record of each entry.

    size is the unpacked bytes, held those of the parts.
    """

    __slots__ = ("held", "parts", "records", "size")

    def __init__(self, parts: list[bytes | bytearray], records: list[Record], size: int) -> None:
        self.parts = parts
        self.records = records
        self.size = size
        self.held = sum(map(len, parts))


class Packer:
    """What is done to each batch, the same in every thread.

    previous may spare reading a file; digests asks for the SHA-256 of each content.
    """

    def __init__(
        self, compression: Compression, previous: Streams | None = None, *, digests: bool = False
    ) -> None:
        self._deflate = compressor(compression)
        self._crc32 = checksum()
        self._previous = previous
        self._digests = digests

    def rest(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The entries that are to be read."""
        previous = self._previous
        return entries if previous is None else [entry for entry in entries if not previous.serves(entry)]

    def pack(self, batch: Sequence[Entry]) -> Packed:
        """Read and compress a batch; the first failure ends it."""
        deflate, crc32 = self._deflate, self._crc32
        parts: list[bytes | bytearray] = []
        records: list[Record] = []
        done = 0
        for entry in batch:
            if self._previous is not None:
                stream = self._previous.stream(entry)
                if stream is not None and self._take(entry, stream, parts, records):
                    done += entry.size
                    continue
            name = entry.name
            content = entry.data
            if content is None:
                content = read(entry)
            if content.startswith(b"#!") or name == "bootstrap":
                check_line_ends(name, entry.own, content, entry.path)
            size = len(content)
            done += size
            digest = ""
            if self._digests or (self._previous is not None and self._previous.doubts(entry)):
                digest = sha256(content).hexdigest()
                stream = self._previous.same(entry, digest) if self._previous is not None else None
                if stream is not None and self._take(entry, stream, parts, records):
                    continue
            packed: bytes | bytearray = content
            method = STORED
            if deflate is not None and size:
                packed = deflate(content)
                method = DEFLATED
                if len(packed) >= size:
                    packed = content
                    method = STORED
            crc = crc32(content)
            raw = name.encode("utf-8")
            header = local_header(raw, crc, len(packed), size, method)
            parts += (header, packed)
            span = len(header) + len(packed)
            mode = EXECUTABLE if entry.executable else mode_of(name, content)
            records.append((name, raw, crc, len(packed), size, method, mode, span, digest))
        return Packed(parts, records, done)

    def _take(
        self, entry: Entry, stream: Stream, parts: list[bytes | bytearray], records: list[Record]
    ) -> bool:
        """Whether a stream of an earlier run serves for the entry."""
        if stream.size != entry.size or (self._digests and not stream.sha256):
            return False
        raw = entry.name.encode("utf-8")
        packed = len(stream.packed)
        header = local_header(raw, stream.crc, packed, stream.size, stream.method)
        parts += (header, stream.packed)
        numbers = (stream.crc, packed, stream.size, stream.method, stream.mode, len(header) + packed)
        records.append((entry.name, raw, *numbers, stream.sha256))
        return True


def packed(ordered: Sequence[Entry], packer: Packer, threads: int | None = None) -> Iterator[Packed]:
    """The entries, packed, batch by batch in their order. threads None means what the work is worth."""
    count = _worth(packer.rest(ordered)) if threads is None else threads
    batches = _batches(ordered)
    return map(packer.pack, batches) if count <= 1 else _threaded(batches, packer, count)


def _worth(ordered: Sequence[Entry]) -> int:
    """How many threads serve best to read and compress these entries."""
    total = sum(entry.size for entry in ordered)
    if total < WORTH_THREADS or total < TINY * len(ordered):
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _batches(ordered: Sequence[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    size = 0
    for entry in ordered:
        if batch and (size + entry.size > BATCH_BYTES or len(batch) == BATCH_FILES):
            yield batch
            batch = []
            size = 0
        batch.append(entry)
        size += entry.size
    if batch:
        yield batch


def _threaded(batches: Iterable[list[Entry]], packer: Packer, threads: int) -> Iterator[Packed]:
    """The batches, packed by threads, in order; what is under way and not yet written is bounded."""
    from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

    waiting: deque[tuple[Future[Packed], int]] = deque()

    def under_way() -> int:
        return sum(_held(future) if future.done() else size for future, size in waiting)

    with ThreadPoolExecutor(threads) as pool:
        try:
            for batch in batches:
                size = sum(entry.size for entry in batch)
                while waiting and (waiting[0][0].done() or under_way() + size > IN_FLIGHT):
                    busy = [future for future, _ in waiting if not future.done()]
                    if not waiting[0][0].done() and busy:
                        wait(busy, return_when=FIRST_COMPLETED)
                    if waiting[0][0].done():
                        yield waiting.popleft()[0].result()
                waiting.append((pool.submit(packer.pack, batch), size))
            while waiting:
                yield waiting.popleft()[0].result()
        finally:
            for future, _ in waiting:
                future.cancel()


def _held(done: Future[Packed]) -> int:
    """Bytes that a finished batch holds; a failed one is told in its turn."""
    return 0 if done.exception() is not None else done.result().held
