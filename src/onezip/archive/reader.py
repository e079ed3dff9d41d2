"""Any zip, hostile ones too, read into a Manifest: lenient in reading, strict in telling.

The reader gives all facts and judges none: what other readers would take differently is an Anomaly, and
`anomalies.ANOMALIES` has the codes. Only where there is no directory at all, or more than can be read in
bounded time and memory, it raises. Zips inside of zips are content like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Self

from onezip.archive.anomalies import Told
from onezip.archive.central import BOMB_BYTES, DARWIN, UNIX, headers, kind_of
from onezip.archive.directory import find
from onezip.archive.inflate import Take, unpack_entry
from onezip.archive.layout import data_start, look_at_entries
from onezip.archive.manifest import Anomaly, Manifest, ManifestEntry, Method
from onezip.archive.records import Header, date_of
from onezip.archive.source import Source
from onezip.archive.spelling import clashes
from onezip.errors import ArchiveError

_METHODS = {0: Method.STORED, 8: Method.DEFLATED}


def read(path: str) -> Manifest:
    """What a zip holds, and what is odd about it, without unpacking anything.

    Time is linear in the size of the file, memory in that of its directory. Raises ArchiveError:
    archive.malformed (no zip), archive.limit (more bytes or entries than are read), archive.unreadable,
    archive.changed.
    """
    with Source(path) as source:
        return _manifest(source)


@contextmanager
def opened(path: str) -> Iterator[tuple[Manifest, ZipContent]]:
    """What a zip holds, and its content for as long as the context lasts. Raises what `read` raises."""
    with Source(path) as source:
        manifest = _manifest(source)
        yield manifest, ZipContent(source, manifest)


class ZipContent:
    """The unpacked bytes of an open zip; a Content. Not for several threads at once.

    Where a name comes twice, the later entry counts, which overwrites the other when unpacked.
    """

    def __init__(self, source: Source, manifest: Manifest) -> None:
        self._source = source
        self._entries = {entry.name: entry for entry in manifest.entries}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._source.close()

    def read(self, name: str, limit: int) -> bytes:
        """At most limit bytes from the start of the named entry. Raises ArchiveError archive.malformed."""
        entry = self._entries.get(name)
        if entry is None:
            raise ArchiveError("archive.malformed", f"{self._source.path} has no entry {name!a}")
        return self.read_entry(entry, limit)

    def read_entry(self, entry: ManifestEntry, limit: int) -> bytes:
        """At most limit bytes from the start of an entry of this zip.

        Where limit is no less than entry.size, the content is whole and fits its CRC-32. Raises
        ArchiveError: archive.malformed where it does not or cannot be unpacked, archive.changed.
        """
        pieces: list[bytes] = []
        anomaly = self.pour(entry, limit, pieces.append)
        if anomaly is not None:
            raise ArchiveError("archive.malformed", f"{self._source.path}: {anomaly.message}")
        return b"".join(pieces)

    def pour(self, entry: ManifestEntry, limit: int, take: Take) -> Anomaly | None:
        """Like `read_entry`, in pieces of at most 1 MB; what is wrong comes as a value, after the pieces."""
        return unpack_entry(self._source, entry, limit, take)

    def packed(self, entry: ManifestEntry, limit: int) -> bytes:
        """At most limit bytes of an entry as they stand in the zip: to tell the engine that packed them.

        Raises ArchiveError archive.malformed where the entry has no local header or ends outside the file.
        """
        start = data_start(self._source, entry.offset)
        if start is None or start + entry.packed > self._source.size:
            raise ArchiveError("archive.malformed", f"{self._source.path}: {entry.name!a} is not there")
        return self._source.at(start, max(0, min(limit, entry.packed)))

    def at(self, offset: int, length: int) -> bytes:
        """The bytes of the zip itself there; fewer, or none, where it ends before.

        Raises ArchiveError archive.changed, archive.unreadable.
        """
        start = min(max(0, offset), self._source.size)
        return self._source.at(start, max(0, min(length, self._source.size - start)))


def digests(manifest: Manifest, content: ZipContent, budget: int = BOMB_BYTES) -> Manifest:
    """The manifest with the SHA-256 of each entry that has none, and what only unpacking can tell.

    budget is the bytes unpacked in all; and no more packed bytes are read than the zip has, which in a zip
    without overlaps is enough. What does not fit keeps an empty digest, and zip.bomb is told. An entry
    that cannot be unpacked, or is not what was told, keeps an empty digest too. Folders have one.

    Raises ArchiveError archive.changed, archive.unreadable.
    """
    told = Told()
    entries: list[ManifestEntry] = []
    left, packed_left = budget, manifest.size
    skipped = 0
    for entry in manifest.entries:
        if entry.sha256:
            entries.append(entry)
            continue
        packed = entry.packed if entry.packed <= manifest.size else 0  # then nothing is read
        if entry.size > left or packed > packed_left:
            skipped += 1
            entries.append(entry)
            continue
        left -= entry.size
        packed_left -= packed
        digest = sha256()
        anomaly = content.pour(entry, entry.size, digest.update)
        if anomaly is not None:
            told.add(anomaly)
        entries.append(entry if anomaly else replace(entry, sha256=digest.hexdigest()))
    if skipped:
        message = f"{skipped:,} entries are not unpacked: they are more than {budget:,} bytes, or overlap"
        told("zip.bomb", message)
    known = {(anomaly.code, anomaly.entry) for anomaly in manifest.anomalies}
    fresh = [anomaly for anomaly in told.all() if (anomaly.code, anomaly.entry) not in known]
    return replace(manifest, entries=tuple(entries), anomalies=(*manifest.anomalies, *fresh))


def _manifest(source: Source) -> Manifest:
    told = Told()
    directory = find(source, told)
    found = headers(source, directory, told)
    look_at_entries(source, found, directory.start, told)
    for code, message, name in clashes([header.name for header in found]):
        told(code, message, name)
    manifest = Manifest(
        size=source.size,
        sha256=source.sha256(),
        entries=tuple(map(_entry, found)),
        comment=directory.comment,
        zip64=directory.zip64,
        anomalies=told.all(),
    )
    source.confirm()
    return manifest


def _entry(header: Header) -> ManifestEntry:
    return ManifestEntry(
        name=header.name,
        raw_name=header.raw_name,
        kind=kind_of(header),
        size=header.size,
        packed=header.packed,
        crc=header.crc,
        method=_METHODS.get(header.method, Method.OTHER),
        mode=header.external >> 16 if header.made_by >> 8 in {UNIX, DARWIN} else 0,
        offset=header.offset,
        modified=date_of(header.date, header.time),
        flags=header.flags,
        made_by=(header.made_by >> 8, header.made_by & 0xFF),
        needed=header.needed,
        method_number=header.method,
        extra=header.extra,
        local_extra=header.local_extra,
        comment=header.comment,
        descriptor=header.descriptor,
        zip64=header.zip64,
        external=header.external,
        internal=header.internal,
    )
