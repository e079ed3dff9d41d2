"""The central directory: its headers, and what can be told from them alone (APPNOTE 4.3.12)."""

from __future__ import annotations

from onezip.archive.anomalies import Told, shown
from onezip.archive.directory import Directory
from onezip.archive.manifest import Kind
from onezip.archive.records import (
    CENTRAL,
    CENTRAL_FORM,
    FULL16,
    FULL32,
    SIGNED,
    Bytes,
    Header,
    fields,
    header_length,
    resolve_zip64,
)
from onezip.archive.spelling import decoded
from onezip.errors import ArchiveError

MOST_ENTRIES = 200_000
"""Entries that are read: ten times a large function's, and some 200 MB of memory."""

MOST_BYTES = 64 << 20
"""Bytes of a directory that is read: 335 for each of MOST_ENTRIES, where 46 and a name are needed."""

DEFLATE_RATIO = 1032
"""The most that deflate can pack: 258 bytes in two bits (RFC 1951, 3.2.5). More is a lie."""

BOMB_BYTES, BOMB_FLOOR, BOMB_RATIO = 1 << 30, 16 << 20, 200
"""A bomb unpacks to more than 1 GB, or to more than 16 MB and 200 times the zip. Code packs 2 to 5 fold."""

NEWEST = 63
"""The newest version of the format, times ten (APPNOTE 4.4.3.2)."""

UNIX, DARWIN = 3, 19
"""Hosts whose external attributes hold a Unix mode (APPNOTE 4.4.2)."""

_TYPE = 0o170000
_KINDS = {0o100000: Kind.FILE, 0o040000: Kind.FOLDER, 0o120000: Kind.LINK}
_DOS_FOLDER = 0x10
_ENCRYPTED = 1 << 0 | 1 << 6 | 1 << 13  # APPNOTE 4.4.4: encrypted, strongly so, masked headers
# APPNOTE 4.4.4: enhanced deflate, patched data, unused or reserved.
_MEANINGLESS = 1 << 4 | 1 << 5 | 0x0780 | 1 << 12 | 1 << 14 | 1 << 15


def headers(source: Bytes, directory: Directory, told: Told) -> list[Header]:
    """The headers in order, names decoded, zip64 resolved, offsets from the start of the file.

    Raises ArchiveError archive.limit (more than MOST_ENTRIES or MOST_BYTES) and archive.malformed (a header
    is cut off).
    """
    length = directory.stop - directory.start
    data = source.at(directory.start, min(length, MOST_BYTES))
    found: list[Header] = []
    at = 0
    while data.startswith(CENTRAL, at):
        if len(found) == MOST_ENTRIES:
            raise ArchiveError("archive.limit", f"{source.path} has more than {MOST_ENTRIES:,} entries")
        after = at + header_length(data, at) if at + CENTRAL_FORM.size <= len(data) else len(data) + 1
        if after > len(data):
            if length > MOST_BYTES:
                raise ArchiveError(
                    "archive.limit", f"{source.path} has a directory of more than {MOST_BYTES:,} bytes"
                )
            raise ArchiveError(
                "archive.malformed",
                f"{source.path} is no sound zip: its directory is cut off in entry {len(found) + 1}",
                hint="Make the zip again; this one may be cut off.",
            )
        found.append(Header(data, at))
        at = after
    _tell_the_whole(source, directory, found, at, told)
    for header in found:
        _look(header, directory, told)
    size = sum(header.size for header in found)
    if size > BOMB_BYTES or (size > BOMB_FLOOR and size > BOMB_RATIO * source.size):
        told("zip.bomb", f"it says that it unpacks to {size:,} bytes from {source.size:,}")
    return found


def kind_of(header: Header) -> Kind:
    """What an entry is: by its Unix mode where it has one with a type, else by the slash after its name."""
    kind = header.external >> 16 & _TYPE
    if header.made_by >> 8 in {UNIX, DARWIN} and kind:
        return _KINDS.get(kind, Kind.OTHER)
    return Kind.FOLDER if header.name.endswith("/") else Kind.FILE


def _tell_the_whole(
    source: Bytes, directory: Directory, found: list[Header], length: int, told: Told
) -> None:
    """What the end record says of the directory against what is there."""
    end = directory.end
    if end.entries != len(found) or end.entries_here != end.entries:
        counted = end.entries if end.entries_here == end.entries else f"{end.entries_here} of {end.entries}"
        told("zip.count", f"the end record counts {counted} entries; the directory has {len(found)}")
    if end.size != length:
        told("zip.directory", f"the headers have {length:,} bytes; the end record says {end.size:,}")
    left = directory.stop - directory.start - length
    if left:
        place = directory.start + length
        signed = left >= 4 and source.at(place, 4) == SIGNED
        what = "a digital signature" if signed else "bytes that are no header"
        told("zip.directory", f"{left:,} bytes after the last header: {what}")


def _look(header: Header, directory: Directory, told: Told) -> None:
    """Make a header's name and numbers usable, and tell what is odd about them."""
    header.name, oddities = decoded(header.raw_name, header.flags, header.extra)
    name = header.name
    for code, message in oddities:
        told(code, message, name)
    if header.extra or FULL32 in (header.size, header.packed, header.offset):
        _look_at_extra(header, told)
    header.offset += directory.shift
    if header.disk:
        told("zip.disk", f"{shown(name)} is on disk {header.disk}", name)
    if header.flags & _ENCRYPTED:
        told("zip.encrypted", f"{shown(name)} is encrypted", name)
    if header.flags & _MEANINGLESS:
        told("zip.flags", f"{shown(name)} has the flags {header.flags & _MEANINGLESS:#06x}", name)
    if header.method not in {0, 8}:
        told("zip.method", f"{shown(name)} is packed by method {header.method}", name)
    if header.needed > NEWEST:
        told("zip.version", f"{shown(name)} needs version {header.needed / 10} of the format", name)
    elif header.needed >= 45 and not header.zip64 and header.method in {0, 8}:
        told("zip.zip64-needless", f"{shown(name)} claims to need version 4.5 and has no zip64 field", name)
    _look_at_size(header, told)
    _look_at_kind(header, told)


def _look_at_extra(header: Header, told: Told) -> None:
    name = header.name
    if not fields(header.extra)[1]:
        told("zip.extra", f"{shown(name)}: the directory's extra fields do not fill their place", name)
    resolve_zip64(header, lambda message: told("zip.zip64-malformed", f"{shown(name)}: {message}", name))
    if header.zip64 and max(header.size, header.packed, header.offset) < FULL32 and header.disk < FULL16:
        told("zip.zip64-needless", f"{shown(name)} has a zip64 field and no number demands it", name)


def _look_at_size(header: Header, told: Told) -> None:
    name, size, packed = header.name, header.size, header.packed
    if header.method == 0 and size != packed and not header.flags & _ENCRYPTED:
        told("zip.size-lies", f"{shown(name)} is stored, and has {size:,} bytes but {packed:,} packed", name)
    elif header.method == 8 and size > DEFLATE_RATIO * packed:
        told("zip.size-lies", f"{shown(name)} cannot hold {size:,} bytes in {packed:,}", name)


def _look_at_kind(header: Header, told: Told) -> None:
    name, kind = header.name, kind_of(header)
    slash = name.endswith("/")
    if slash != (kind is Kind.FOLDER) or (header.external & _DOS_FOLDER and not slash):
        other = "attributes" if slash == (kind is Kind.FOLDER) else f"mode ({kind})"
        told("zip.kind", f"{shown(name)}: its name and its {other} disagree whether it is a folder", name)
    elif slash and header.size:
        told("zip.kind", f"{shown(name)} is a folder and holds {header.size:,} bytes", name)
