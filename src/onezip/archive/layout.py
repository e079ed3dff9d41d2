"""Local headers, descriptors, and what lies between them: a zip as those see it who read it from the front.

Entries are taken by their place. Nothing is read twice: an entry that starts inside another is told and
left alone, so the work is bounded by the size of the file.
"""

from __future__ import annotations

from collections.abc import Sequence

from onezip.archive.anomalies import Told, shown
from onezip.archive.records import (
    DESCRIPTOR,
    FULL32,
    LOCAL,
    LOCAL_FORM,
    Bytes,
    Header,
    fields,
    local_zip64_sizes,
)
from onezip.archive.spelling import unicode_path_differs
from onezip.errors import ArchiveError

MOST_EXTRA = 64 << 20
"""Bytes of the local headers' extra fields together: all are kept."""

# APPNOTE 4.4.4, bit 3: these "are set to zero" and follow in the descriptor; Info-ZIP tells what it knows.
_TOLD_LATER = frozenset({"CRC-32", "packed size", "size"})


def look_at_entries(source: Bytes, headers: Sequence[Header], start: int, told: Told) -> None:
    """Fill what the local headers add, and tell what is odd; start is where the directory starts.

    Raises ArchiveError archive.limit (more than MOST_EXTRA).
    """
    free = kept = 0
    ordered = sorted(headers, key=lambda header: header.offset)
    following = [header.offset for header in ordered[1:]] + [start]
    for header, after in zip(ordered, following, strict=False):
        name, offset = header.name, header.offset
        if offset < 0 or offset + LOCAL_FORM.size > start:
            told("zip.truncated", f"{shown(name)} starts outside of the file, or behind the directory", name)
            continue
        if offset < free:
            told("zip.overlap", f"{shown(name)} starts inside of another entry", name)
            continue
        if offset > free:
            _tell_gap(source, free, offset, told)
        free = _look(source, header, (after, start), told)
        kept += len(header.local_extra)
        if kept > MOST_EXTRA:
            raise ArchiveError(
                "archive.limit", f"{source.path} has more than {MOST_EXTRA:,} bytes of local extra fields"
            )
    if free < start:
        _tell_gap(source, free, start, told)


def data_start(source: Bytes, header_offset: int) -> int | None:
    """Where the packed bytes of an entry start (APPNOTE 4.3.7); None where there is no local header."""
    if header_offset < 0 or header_offset + LOCAL_FORM.size > source.size:
        return None
    local = source.at(header_offset, LOCAL_FORM.size)
    if not local.startswith(LOCAL):
        return None
    lengths: tuple[int, int] = LOCAL_FORM.unpack(local)[-2:]
    return header_offset + LOCAL_FORM.size + sum(lengths)


def _tell_gap(source: Bytes, start: int, stop: int, told: Told) -> None:
    hidden = stop - start >= 4 and source.at(start, 4) == LOCAL
    code, where = ("zip.gap", f"at {start:,}") if start else ("zip.prefix", "before the first entry")
    more = ": they start as an entry does that the directory does not list" if hidden else ""
    told(code, f"{stop - start:,} bytes {where} belong to no entry{more}")


def _look(source: Bytes, header: Header, bounds: tuple[int, int], told: Told) -> int:
    """Compare the local header with the directory's; where the entry ends.

    bounds are where the next entry, and the directory, start.
    """
    name, offset = header.name, header.offset
    start = bounds[1]
    local = source.at(offset, LOCAL_FORM.size)
    if not local.startswith(LOCAL):
        told("zip.signature", f"there is no local header at {offset:,}, where {shown(name)} should be", name)
        return min(offset + LOCAL_FORM.size + len(header.raw_name) + header.packed, start)
    numbers: list[int] = list(LOCAL_FORM.unpack(local))
    extra_length, name_length = numbers.pop(), numbers.pop()
    data = offset + LOCAL_FORM.size + name_length + extra_length
    if data > start:
        told("zip.overlap", f"{shown(name)}: its local header reaches into the directory", name)
        return start
    rest = source.at(offset + LOCAL_FORM.size, name_length + extra_length)
    header.local_extra = rest[name_length:]
    sizes = _look_at_extra(header, told)
    _compare(header, numbers, rest[:name_length], sizes, told)
    end = data + header.packed
    if end > start:
        cut = end > source.size
        where = "past the end of the file" if cut else "into the directory"
        message = f"{shown(name)}: its {header.packed:,} packed bytes reach {where}"
        told("zip.truncated" if cut else "zip.overlap", message, name)
        return start
    if header.descriptor:
        return _descriptor(source, header, end, bounds, wide=sizes is not None, told=told)
    return end


def _look_at_extra(header: Header, told: Told) -> tuple[int, int] | None:
    """What is odd in the local extra fields; the zip64 sizes, where they have any."""
    if not header.local_extra:
        return None
    name = header.name
    for code, message in unicode_path_differs(name, header.local_extra):
        told(code, message, name)
    if not fields(header.local_extra)[1]:
        told("zip.extra", f"{shown(name)}: the local header's extra fields do not fill their place", name)
    sizes = local_zip64_sizes(
        header.local_extra, lambda message: told("zip.zip64-malformed", f"{shown(name)}: {message}", name)
    )
    if sizes is not None:
        if not header.zip64 and max(header.size, header.packed) < FULL32:
            message = f"{shown(name)} has a local zip64 field and no number demands it"
            told("zip.zip64-needless", message, name)
        header.zip64 = True
    return sizes


def _compare(
    header: Header, numbers: Sequence[int], raw_name: bytes, sizes: tuple[int, int] | None, told: Told
) -> None:
    needed, flags, method, time, date, crc, packed, size = numbers
    if sizes is not None and FULL32 in (size, packed):
        # Where only one is all ones the other must still be what the field has.
        if (size not in (FULL32, sizes[0])) or (packed not in (FULL32, sizes[1])):
            _differs(header, "zip64 sizes", told)
        size, packed = sizes
    elif sizes is not None and sizes != (size, packed):
        _differs(header, "zip64 sizes", told)
    pairs = {
        "name": (raw_name, header.raw_name),
        "flags": (flags, header.flags),
        "method": (method, header.method),
        "time": ((date, time), (header.date, header.time)),
        "CRC-32": (crc, header.crc),
        "packed size": (packed, header.packed),
        "size": (size, header.size),
    }
    for what, (here, there) in pairs.items():
        if here != there and not (header.descriptor and here == 0 and what in _TOLD_LATER):
            _differs(header, what, told)
    # Where only the offset is zip64, the local header needs no more than version 2.0.
    if needed != header.needed and not (header.zip64 and sizes is None and needed < header.needed):
        _differs(header, "version needed", told)


def _differs(header: Header, what: str, told: Told) -> None:
    message = f"{shown(header.name)}: the local header has another {what} than the directory"
    told("zip.local-differs", message, header.name)


def _descriptor(
    source: Bytes, header: Header, end: int, bounds: tuple[int, int], *, wide: bool, told: Told
) -> int:
    """Where the data descriptor ends (APPNOTE 4.3.9): with or without signature, sizes of 4 or 8 bytes.

    Nothing says which; so the form counts that holds the directory's numbers and ends where the next
    entry starts, or else the first that holds the numbers.
    """
    name = header.name
    following, start = bounds
    data = source.at(end, min(24, start - end))
    fitting: list[tuple[int, int]] = []
    for signature in (DESCRIPTOR, b""):
        for width in (4, 8):
            sizes = header.packed.to_bytes(8, "little")[:width] + header.size.to_bytes(8, "little")[:width]
            form = signature + header.crc.to_bytes(4, "little") + sizes
            if data.startswith(form):
                fitting.append((end + len(form), width))
    if not fitting:
        told("zip.descriptor", f"{shown(name)}: its data descriptor is missing or has other numbers", name)
        return end
    after, width = next((form for form in fitting if form[0] == following), fitting[0])
    if (width == 8) != wide:
        why = "without a zip64 field" if width == 8 else "although it has a zip64 field"
        told("zip.descriptor", f"{shown(name)}: its data descriptor has sizes of {width} bytes {why}", name)
    return after
