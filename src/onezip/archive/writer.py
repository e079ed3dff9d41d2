"""Entries to one zip on the disk: read, compress on all cores, write in order.

The bytes depend on the entries alone. Files are compressed in batches by threads (libdeflate releases the
GIL), but written in order by one; how many threads there are, and where a batch ends, leaves no trace.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from onezip import limits
from onezip.archive.compress import checksum, compressor, engine
from onezip.archive.content import read
from onezip.archive.entry import Entry, check, check_line_ends, mode_of, order
from onezip.archive.format import (
    DEFLATED,
    REGULAR,
    STORED,
    central_header,
    end_records,
    flags_of,
    local_header,
    needs_zip64,
)
from onezip.archive.manifest import Kind, Manifest, ManifestEntry, Method
from onezip.archive.sink import Sink
from onezip.errors import ArchiveError, Diagnostic, Report, Severity
from onezip.model.function import Compression

if TYPE_CHECKING:
    from concurrent.futures import Future

Progress = Callable[[int, int], None]
"""Called with the unpacked bytes done and the bytes in all."""

BATCH_BYTES, BATCH_FILES = 1 << 20, 256
IN_FLIGHT = 48 << 20
"""Unpacked bytes that may wait to be written while others are compressed; one larger file may, alone."""

WORTH_THREADS = 4 << 20
"""Unpacked bytes below which starting threads costs more than they bring."""

TINY = 4 << 10
"""Mean size in bytes below which the work is Python's own, which threads only hinder."""


class Stream:
    """An entry as it was compressed before, by the same engine: no need to read the file again.

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
    """Where streams of an earlier run can be had. Asked from many threads at once."""

    def stream(self, entry: Entry) -> Stream | None:
        """The stream of just this content at this compression, or None: then the file is read."""
        ...


_Record = tuple[str, bytes, int, int, int, int, int, int, str]
"""Name, its bytes, CRC, packed size, size, method, mode, bytes of header and stream, SHA-256."""


def pack(
    entries: Iterable[Entry],
    out: str,
    *,
    compression: Compression = Compression.DEFAULT,
    report: Report | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    previous: Streams | None = None,
    digests: bool = False,
) -> Manifest:
    """Write the zip of the entries to out and tell what is in it.

    Entries may come in any order; `check` and `order` have the rules. out appears whole or not at all: on
    any failure an older file stays as it was. threads None means one for each core, where they help.
    digests adds the SHA-256 of each entry's content to the manifest. report gets warnings and notes.

    Raises ArchiveError: what `check`, `order` and `compressor` raise, archive.empty, archive.changed,
    archive.unreadable, archive.crlf, archive.write.
    """
    report = report or _silent
    listed = list(entries)
    if not listed:
        raise ArchiveError(
            "archive.empty", "there is nothing to pack", hint="Look at `source`, `include` and `exclude`."
        )
    check(listed)
    ordered = order(listed, report=report)
    work = _Work(compression, previous, digests=digests)
    total = sum(entry.size for entry in ordered)
    count = _threads(len(ordered), total) if threads is None else threads
    batches = _batches(ordered)
    with Sink(out) as sink:
        records: list[_Record] = []
        written = 0
        for done in _threaded(batches, work, count) if count > 1 else map(work.pack, batches):
            sink.write(done.parts)
            records += done.records
            written += done.size
            if progress is not None:
                progress(written, total)
        headers, manifest_entries = _directory(records)
        end = (len(headers), sum(map(len, headers)), sink.size)
        sink.write([*headers, end_records(*end)])
    manifest = Manifest(
        size=sink.size,
        sha256=sink.sha256.hexdigest(),
        entries=manifest_entries,
        zip64=needs_zip64(*end),
        engine=engine(compression),
    )
    if manifest.size > limits.ZIPPED_DIRECT:
        report(_too_large_for_a_request(out, manifest.size))
    return manifest


class _Done:
    """One batch, packed: parts to write in order, and a record of each entry; size is unpacked bytes."""

    __slots__ = ("parts", "records", "size")

    def __init__(self, parts: list[bytes | bytearray], records: list[_Record], size: int) -> None:
        self.parts = parts
        self.records = records
        self.size = size


class _Work:
    """What is done to each batch, the same in every thread."""

    def __init__(self, compression: Compression, previous: Streams | None, *, digests: bool) -> None:
        self.deflate = compressor(compression)
        self.crc32 = checksum()
        self.previous = previous
        self.digests = digests

    def pack(self, batch: Sequence[Entry]) -> _Done:
        """Read and compress a batch; the first failure ends it."""
        parts: list[bytes | bytearray] = []
        records: list[_Record] = []
        done = 0
        for entry in batch:
            name = entry.name
            raw = name.encode("utf-8")
            stream = None if self.previous is None else self.previous.stream(entry)
            if stream is None or stream.size != entry.size:
                stream = self.make(entry)
            packed = stream.packed
            crc, size, method = stream.crc, stream.size, stream.method
            header = local_header(raw, crc, len(packed), size, method)
            parts.append(header)
            parts.append(packed)
            span = len(header) + len(packed)
            records.append((name, raw, crc, len(packed), size, method, stream.mode, span, stream.sha256))
            done += size
        return _Done(parts, records, done)

    def make(self, entry: Entry) -> Stream:
        """The stream of one entry, from its content."""
        content = read(entry) if entry.data is None else entry.data
        name = entry.name
        if content.startswith(b"#!") or name == "bootstrap":
            check_line_ends(name, entry.own, content)
        packed: bytes | bytearray = content
        method = STORED
        if self.deflate is not None and content:
            packed = self.deflate(content)
            method = DEFLATED
            if len(packed) >= len(content):
                packed = content
                method = STORED
        digest = sha256(content).hexdigest() if self.digests else ""
        return Stream(self.crc32(content), len(content), packed, method, mode_of(name, content), digest)


def _silent(_diagnostic: Diagnostic) -> None:
    pass


def _too_large_for_a_request(out: str, size: int) -> Diagnostic:
    limit = limits.ZIPPED_DIRECT // limits.MIB
    return Diagnostic(
        "archive.s3-needed",
        Severity.NOTE,
        f"{os.path.basename(out)} is {size / limits.MIB:.1f} MB zipped; Lambda takes {limit} MB in a request",
        hint="Deploy it through an S3 bucket.",
    )


def _threads(count: int, total: int) -> int:
    """How many threads serve so many entries of so many bytes in all."""
    if total < WORTH_THREADS or total < count * TINY:
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


def _threaded(batches: Iterable[list[Entry]], work: _Work, threads: int) -> Iterator[_Done]:
    """The batches, packed by threads, in order; what is under way and not yet written is bounded."""
    from concurrent.futures import ThreadPoolExecutor

    waiting: deque[tuple[int, Future[_Done]]] = deque()
    flying = 0
    with ThreadPoolExecutor(threads) as pool:
        try:
            for batch in batches:
                size = sum(entry.size for entry in batch)
                while waiting and (flying + size > IN_FLIGHT or len(waiting) >= 4 * threads):
                    flying -= waiting[0][0]
                    yield waiting.popleft()[1].result()
                waiting.append((size, pool.submit(work.pack, batch)))
                flying += size
            while waiting:
                yield waiting.popleft()[1].result()
        finally:
            for _, future in waiting:
                future.cancel()


def _directory(records: Sequence[_Record]) -> tuple[list[bytes], tuple[ManifestEntry, ...]]:
    """The central directory's headers and the manifest's entries."""
    headers: list[bytes] = []
    entries: list[ManifestEntry] = []
    offset = 0
    for name, raw, crc, packed, size, method, mode, span, digest in records:
        headers.append(central_header(raw, crc, packed, size, method, mode, offset))
        entries.append(
            ManifestEntry(
                name=name,
                raw_name=raw,
                kind=Kind.FILE,
                size=size,
                packed=packed,
                crc=crc,
                method=Method.DEFLATED if method else Method.STORED,
                mode=REGULAR | mode,
                offset=offset,
                flags=flags_of(raw),
                method_number=method,
                external=(REGULAR | mode) << 16,
                sha256=digest,
            )
        )
        offset += span
    return headers, tuple(entries)
