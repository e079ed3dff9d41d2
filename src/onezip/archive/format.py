"""The bytes of a zip's container, after PKWARE's APPNOTE.TXT 6.3.10.

What is written is the least that the format allows: no directory entries, extra fields, data descriptors
or comments, one date for all. Lambda refuses some zips that other readers take, among them those that
claim version 4.5 without need; so zip64 stands only where a number demands it.
"""

from __future__ import annotations

from struct import Struct

STORED, DEFLATED = 0, 8
"""Compression methods (APPNOTE 4.4.5)."""

REGULAR = 0o100000
"""S_IFREG of the Unix mode, whatever the host calls it."""

_UTF8 = 1 << 11  # general purpose bit 11: the name is UTF-8 (APPNOTE 4.4.4)
_PLAIN, _ZIP64 = 20, 45  # version needed, times ten: 2.0 for deflate, 4.5 for zip64 (APPNOTE 4.4.3.2)
_UNIX = 3 << 8  # made by: the host whose modes the external attributes hold (APPNOTE 4.4.2)
_TIME, _DATE = 0, (1980 - 1980) << 9 | 1 << 5 | 1  # 1980-01-01 00:00:00 (APPNOTE 4.4.6)
_MAX16, _MAX32 = 0xFFFF, 0xFFFFFFFF  # "see the zip64 record" (APPNOTE 4.4.1.4)

# APPNOTE 4.3.7: signature, version needed, flags, method, time, date, crc, packed, size, lengths of name
# and extra.
_LOCAL = Struct("<IHHHHHIIIHH")
# APPNOTE 4.3.12: signature, made by, needed, flags, method, time, date, crc, packed, size, lengths of name,
# extra and comment, disk, internal and external attributes, offset of the local header.
_CENTRAL = Struct("<IHHHHHHIIIHHHHHII")
# APPNOTE 4.3.16: signature, this disk, disk of the directory, entries here, entries, size, offset, comment.
_END = Struct("<IHHHHIIH")
# APPNOTE 4.3.14: signature, size of what follows, made by, needed, disks, entries here, entries, size,
# offset.
_END64 = Struct("<IQHHIIQQQQ")
# APPNOTE 4.3.15: signature, disk of the zip64 end record, its offset, disks.
_LOCATOR = Struct("<IIQI")

LOCAL_SIZE = _LOCAL.size
"""Bytes of a local header before the name."""


def flags_of(name: bytes) -> int:
    """The general purpose flags: bit 11, UTF-8, only where the name needs it (APPNOTE 4.4.4)."""
    return 0 if name.isascii() else _UTF8


def local_header(name: bytes, crc: int, packed: int, size: int, method: int) -> bytes:
    """The local file header (APPNOTE 4.3.7) and the name. Sizes are bytes, packed and unpacked.

    Where a size does not fit four bytes, the zip64 field holds both (APPNOTE 4.5.3: in the local header
    it MUST include both).
    """
    flags = 0 if name.isascii() else _UTF8
    if packed >= _MAX32 or size >= _MAX32:
        extra = _zip64_field(size, packed)
        packed = size = _MAX32
        needed = _ZIP64
    else:
        extra = b""
        needed = _PLAIN
    head = _LOCAL.pack(
        0x04034B50, needed, flags, method, _TIME, _DATE, crc, packed, size, len(name), len(extra)
    )
    return head + name + extra


def central_header(
    name: bytes, crc: int, packed: int, size: int, method: int, mode: int, offset: int
) -> bytes:
    """The central directory's header of one file (APPNOTE 4.3.12) and the name.

    mode is the permissions of a regular file; offset is the local header's, from the start of the zip. The
    zip64 field holds only what does not fit, in the order size, packed, offset (APPNOTE 4.5.3).
    """
    flags = 0 if name.isascii() else _UTF8
    if size < _MAX32 and packed < _MAX32 and offset < _MAX32:
        version = _PLAIN
        extra = b""
    else:
        version = _ZIP64
        extra = _zip64_field(*(number for number in (size, packed, offset) if number >= _MAX32))
        size, packed, offset = min(size, _MAX32), min(packed, _MAX32), min(offset, _MAX32)
    head = _CENTRAL.pack(
        0x02014B50, _UNIX | version, version, flags, method, _TIME, _DATE, crc, packed, size,
        len(name), len(extra), 0, 0, 0, (REGULAR | mode) << 16, offset,
    )  # fmt: skip
    return head + name + extra


def needs_zip64(count: int, size: int, offset: int) -> bool:
    """Whether the end of the directory needs zip64: entries, and the directory's size and offset in bytes."""
    return count >= _MAX16 or size >= _MAX32 or offset >= _MAX32


def end_records(count: int, size: int, offset: int) -> bytes:
    """What follows the directory: the end record (APPNOTE 4.3.16), after the zip64 ones where demanded.

    count is entries; size and offset are the directory's, in bytes.
    """
    zip64 = b""
    if needs_zip64(count, size, offset):
        zip64 = _END64.pack(
            0x06064B50, _END64.size - 12, _UNIX | _ZIP64, _ZIP64, 0, 0, count, count, size, offset
        ) + _LOCATOR.pack(0x07064B50, 0, offset + size, 1)
    return zip64 + _END.pack(
        0x06054B50, 0, 0, min(count, _MAX16), min(count, _MAX16), min(size, _MAX32), min(offset, _MAX32), 0
    )


def _zip64_field(*numbers: int) -> bytes:
    """The zip64 extended information extra field (APPNOTE 4.5.3)."""
    return Struct(f"<HH{len(numbers)}Q").pack(0x0001, 8 * len(numbers), *numbers)
