"""The zip of an earlier run as a source of streams, and a listing of which files it was made from.

A stream may serve again where its content is proven to be the same: by the file's size and times, or by the
SHA-256 of what was read. Times prove nothing where they are less than two seconds older than the listing
(git's "racy" rule): then, and for files that are not the user's own, the listing has digests too. Another
engine, level or version of onezip might make other bytes: the caller offers no such zip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from onezip.archive.anomalies import Told
from onezip.archive.directory import find
from onezip.archive.entry import Entry
from onezip.archive.format import DEFLATED, LOCAL_SIZE, STORED
from onezip.archive.packer import Stream
from onezip.archive.records import CENTRAL, Header, header_length
from onezip.archive.source import Source
from onezip.errors import ArchiveError

RACY = 2_000_000_000
"""Nanoseconds before a listing in which a file's times prove nothing."""

Row = list[Any]
"""Path, size in bytes, modification and change time in ns, whether own, hex SHA-256 or empty."""


class Previous:
    """Streams of the zip at `path`, which must have this digest and be made from `listing` at `at`.

    at is when the files of the listing began to be read, now when those of the run to come do, in nanoseconds
    since the epoch. A zip that is missing or damaged has no streams.
    After `done`, `listing` is that of the new zip.
    """

    def __init__(self, path: str, sha256: str, listing: Mapping[str, Row], at: int, now: int) -> None:
        self.listing = dict(listing)
        self._at = at
        self._now = now
        self._lock = Lock()
        self._headers: dict[bytes, Header] = {}
        self._source: Source | None = None
        if self.listing:
            try:
                self._open(path, sha256)
            except ArchiveError:
                self.close()

    def _open(self, path: str, sha256: str) -> None:
        source = self._source = Source(path)
        if source.sha256() == sha256:
            self._headers = {header.raw_name: header for header in _headers(source)}

    def close(self) -> None:
        """Let go of the zip; twice is no error."""
        self._headers = {}
        if self._source is not None:
            self._source.close()
            self._source = None

    def stream(self, entry: Entry) -> Stream | None:
        """The stream of an entry whose file is the one listed, by its size and times."""
        return self._stream(entry, self.listing[entry.name][5]) if self.serves(entry) else None

    def serves(self, entry: Entry) -> bool:
        """Whether an entry's file is the one listed, by its size and times."""
        row = self._row(entry)
        same = row is not None and row[0] == entry.path and row[1:4] == [*entry.stamp]
        return same and not _racy(entry, self._at)

    def same(self, entry: Entry, sha256: str) -> Stream | None:
        """The stream of an entry whose content was read and has this digest."""
        row = self._row(entry)
        return self._stream(entry, sha256) if row is not None and row[5] == sha256 else None

    def doubts(self, entry: Entry) -> bool:
        """Whether the digest of an entry's content is wanted: to find its stream, or because its times do
        not tell the next run enough.

        An installer's files may be links of a cache's, whose change time others renew again and again.
        """
        row = self._row(entry)
        return not entry.own or _racy(entry, self._now) or (row is not None and bool(row[5]))

    def done(self, entries: Sequence[Entry], digests: Sequence[str]) -> None:
        """Let go of the zip, and list what the new one is made from."""
        if self._source is not None:
            try:
                self._source.confirm()
            finally:
                self.close()
        self.listing = {
            entry.name: [entry.path, *entry.stamp, entry.own, digest]
            for entry, digest in zip(entries, digests, strict=True)
            if _listed(entry)
        }

    def _row(self, entry: Entry) -> Row | None:
        """What is listed for the entry; whether it is the user's own decides which checks it went through."""
        row = self.listing.get(entry.name) if self._headers and _listed(entry) else None
        return None if row is None or row[1] != entry.size or row[4] is not entry.own else row

    def _stream(self, entry: Entry, sha256: str) -> Stream | None:
        header, source = self._headers.get(entry.name.encode()), self._source
        if header is None or source is None or header.method not in {STORED, DEFLATED}:
            return None
        start = header.offset + LOCAL_SIZE + len(header.raw_name)  # `writer` writes no extra field there
        with self._lock:
            packed = source.at(start, header.packed)
        mode = header.external >> 16 & 0o777
        return Stream(header.crc, header.size, packed, header.method, mode, sha256)


def _headers(source: Source) -> list[Header]:
    """The headers of a zip that `writer` made: its digest says so, and nothing has to be doubted."""
    told = Told()
    directory = find(source, told)
    data = source.at(directory.start, directory.stop - directory.start)
    found = []
    at = 0
    while data.startswith(CENTRAL, at):
        header = Header(data, at)
        if not header.extra:  # zip64 is for sizes that Lambda does not take
            found.append(header)
        at += header_length(data, at)
    return found


def _racy(entry: Entry, at: int) -> bool:
    return max(entry.stamp[1:]) >= at - RACY


def _listed(entry: Entry) -> bool:
    """Whether an entry's bytes follow from its file and name alone."""
    return entry.data is None and not entry.executable
