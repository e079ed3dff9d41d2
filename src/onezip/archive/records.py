"""The records of a zip, from bytes to values, after PKWARE's APPNOTE.TXT 6.3.10. Nothing is judged here.

The structures stand here a second time, beside `format`, so that a slip of the writer is not read back as
right.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import NamedTuple, Protocol

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END64, LOCATOR, DESCRIPTOR = b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"
SIGNED = b"PK\x05\x05"
"""Signatures; SIGNED is the directory's digital signature (APPNOTE 4.3.13)."""

FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF
"""APPNOTE 4.4.1.4: a field that is too small is set to all ones, and zip64 has the number."""

ZIP64_FIELD, UNICODE_PATH_FIELD = 0x0001, 0x7075
"""Header IDs of extra fields (APPNOTE 4.5.3, 4.6.9)."""

# Signatures are compared before: `4x` skips them.
# APPNOTE 4.3.7: version needed, flags, method, time, date, crc, packed, size, lengths of name and extra.
LOCAL_FORM = Struct("<4x5H3I2H")
# APPNOTE 4.3.12: made by, version needed, flags, method, time, date, crc, packed, size, lengths of name,
# extra and comment, disk, internal and external attributes, offset of the local header.
CENTRAL_FORM = Struct("<4x6H3I5H2I")
# APPNOTE 4.3.16: this disk, the directory's disk, entries on this disk, entries, size and offset of the
# directory, length of the comment.
END_FORM = Struct("<4x4H2IH")
# APPNOTE 4.3.14: bytes after this number, made by, version needed, this disk, the directory's disk, entries
# on this disk, entries, size and offset of the directory.
END64_FORM = Struct("<4xQ2H2I4Q")
# APPNOTE 4.3.15: disk of the zip64 end record, its offset, number of disks.
LOCATOR_FORM = Struct("<4xIQI")

_LENGTHS_FORM = Struct("<3H")  # of name, extra fields and comment
_EXTRA_FORM = Struct("<HH")
_UNICODE_PATH_FORM = Struct("<BI")


class Bytes(Protocol):
    """The zip: bytes that are read by their place; size is how many there are, path is for messages."""

    size: int
    path: str

    def at(self, offset: int, length: int) -> bytes:
        """Exactly the bytes there; the caller keeps inside of size."""
        ...


class End(NamedTuple):
    """An end record, or the zip64 one in its place. size and offset are the directory's, in bytes."""

    disk: int
    directory_disk: int
    entries_here: int
    entries: int
    size: int
    offset: int


class Header:
    """A header of the directory, and what its local header adds. Cheap to make: there may be 200,000.

    Sizes and offset are those that count, zip64 or not; offset is from the start of the file.
    """

    __slots__ = (
        "comment", "crc", "date", "descriptor", "disk", "external", "extra", "flags", "internal",
        "local_extra", "made_by", "method", "name", "needed", "offset", "packed", "raw_name", "size",
        "time", "zip64",
    )  # fmt: skip

    made_by: int
    needed: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    packed: int
    size: int
    disk: int
    internal: int
    external: int
    offset: int

    def __init__(self, data: bytes, at: int) -> None:
        (
            self.made_by, self.needed, self.flags, self.method, self.time, self.date,
            self.crc, self.packed, self.size, name, extra, comment,
            self.disk, self.internal, self.external, self.offset,
        ) = CENTRAL_FORM.unpack_from(data, at)  # fmt: skip
        start = at + CENTRAL_FORM.size
        self.raw_name = data[start : start + name]
        self.extra = data[start + name : start + name + extra]
        self.comment = data[start + name + extra : start + name + extra + comment]
        self.name = ""
        self.local_extra = b""
        self.descriptor = bool(self.flags & 1 << 3)  # APPNOTE 4.4.4, bit 3
        self.zip64 = False


def header_length(data: bytes, at: int) -> int:
    """Bytes of the directory's header at this place, with its name, extra fields and comment."""
    lengths: tuple[int, int, int] = _LENGTHS_FORM.unpack_from(data, at + 28)
    return CENTRAL_FORM.size + sum(lengths)


def fields(extra: bytes) -> tuple[list[tuple[int, bytes]], bool]:
    """The extra fields as (header ID, data), and whether they fill their place exactly (APPNOTE 4.5.1)."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at + 4 <= len(extra):
        number, length = _EXTRA_FORM.unpack_from(extra, at)
        if at + 4 + length > len(extra):
            return found, False
        found.append((number, extra[at + 4 : at + 4 + length]))
        at += 4 + length
    return found, at == len(extra)


def resolve_zip64(header: Header, told: Callable[[str], None]) -> None:
    """Take the numbers of the zip64 field in place of those that are all ones (APPNOTE 4.5.3).

    "The order of the fields in the zip64 extended information record is fixed, but the fields MUST only
    appear if the corresponding Local or Central directory record field is set to 0xFFFF or 0xFFFFFFFF."
    """
    data = _only_zip64(header.extra, told)
    wanted = [name for name in ("size", "packed", "offset") if getattr(header, name) == FULL32]
    if data is None:
        if wanted:
            told(f"the zip64 field with the {' and '.join(wanted)} is missing")
        return
    header.zip64 = True
    length = 8 * len(wanted) + 4 * (header.disk == FULL16)
    if not length:
        numbers = (header.size, header.packed, header.offset)
        if not b"".join(number.to_bytes(8, "little") for number in numbers).startswith(data[:24]):
            told("the directory's zip64 field is not called for, and has other numbers")
        return
    if len(data) != length:
        told(f"the directory's zip64 field has {len(data)} bytes where {length} are called for")
    for at, name in enumerate(wanted):
        if 8 * at + 8 <= len(data):
            setattr(header, name, int.from_bytes(data[8 * at : 8 * at + 8], "little"))
    if header.disk == FULL16 and len(data) >= length:
        header.disk = int.from_bytes(data[length - 4 : length], "little")


def local_zip64_sizes(extra: bytes, told: Callable[[str], None]) -> tuple[int, int] | None:
    """Size and packed size of a local header's zip64 field (APPNOTE 4.5.3: it "MUST include BOTH")."""
    data = _only_zip64(extra, told)
    if data is None:
        return None
    if len(data) != 16:
        told(f"the local header's zip64 field has {len(data)} bytes, not 16")
        data = data[:16].ljust(16, b"\0")
    return int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")


def unicode_path(extra: bytes) -> bytes | None:
    """The UTF-8 name of the first Info-ZIP Unicode path field (APPNOTE 4.6.9), or None.

    Its checksum of the other name is left to readers that honour it: not all do.
    """
    for number, data in fields(extra)[0]:
        if number == UNICODE_PATH_FIELD and len(data) >= _UNICODE_PATH_FORM.size:
            return data[_UNICODE_PATH_FORM.size :]
    return None


def date_of(date: int, time: int) -> tuple[int, int, int, int, int, int]:
    """MS-DOS date and time (APPNOTE 4.4.6): year, month, day, hour, minute, second, valid or not."""
    return (
        1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2,
    )  # fmt: skip


def _only_zip64(extra: bytes, told: Callable[[str], None]) -> bytes | None:
    if not extra:
        return None
    found = [data for number, data in fields(extra)[0] if number == ZIP64_FIELD]
    if len(found) > 1:
        told("there are several zip64 fields")
    return found[0] if found else None
