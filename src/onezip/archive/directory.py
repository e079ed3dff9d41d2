"""Where the central directory is: the end records of a zip, found from the end (APPNOTE 4.3.6).

Readers find them in different ways: some take the last signature, some the one whose comment reaches the
end of the file; some believe the directory's offset, some its size. Where these differ, it is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from onezip.archive.anomalies import Told
from onezip.archive.records import (
    CENTRAL,
    END,
    END64,
    END64_FORM,
    END_FORM,
    FULL16,
    FULL32,
    LOCATOR,
    LOCATOR_FORM,
    Bytes,
    End,
)
from onezip.errors import ArchiveError

TRIED = 64
"""End records that are followed to their directory: a hostile zip may hold 16,000 in its last 64 KB."""


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the directory is and what is said of it.

    It starts at start and ends before stop, where the end records begin; shift is what must be added to
    its offsets, since data was put before the zip afterwards.
    """

    start: int
    stop: int
    shift: int
    end: End
    comment: bytes
    zip64: bool


def find(source: Bytes, told: Told) -> Directory:
    """The directory of a zip. Raises ArchiveError archive.malformed where there is none."""
    base = max(0, source.size - END_FORM.size - FULL16)
    tail = source.at(base, source.size - base)
    found = list(_candidates(tail))
    if not found:
        raise _no_zip(source, "it has no end record" if source.size else "it is empty")
    exact = [at for at in found if _length(tail, at) == len(tail) - at]
    others = [at for at in found if _length(tail, at) != len(tail) - at]
    first: ArchiveError | None = None
    for at in (*reversed(exact), *reversed(others))[:TRIED]:
        said = Told()
        try:
            directory = _follow(source, base + at, tail[at : at + _length(tail, at)], said)
        except ArchiveError as error:
            first = first or error
            continue
        for anomaly in said.all():
            told.add(anomaly)
        _tell_the_end(tail, at, told)
        if at != found[-1] or [other for other in exact if other != at]:
            told(
                "zip.ambiguous-end",
                f"{len(found)} end records in the last bytes: readers disagree which one counts",
            )
        return directory
    raise first or _no_zip(source, "it has no end record")


def _candidates(tail: bytes) -> Iterator[int]:
    at = tail.find(END)
    while at >= 0 and at + END_FORM.size <= len(tail):
        yield at
        at = tail.find(END, at + 1)


def _length(tail: bytes, at: int) -> int:
    """Bytes of the end record with its comment."""
    return END_FORM.size + int.from_bytes(tail[at + 20 : at + 22], "little")


def _tell_the_end(tail: bytes, at: int, told: Told) -> None:
    """What follows the end record (APPNOTE 4.3.16)."""
    rest = len(tail) - at - _length(tail, at)
    comment = min(_length(tail, at), len(tail) - at) - END_FORM.size
    if rest < 0:
        told("zip.truncated", f"the comment of the zip is {-rest:,} bytes shorter than told")
    if comment:
        told("zip.trailing", f"a comment of {comment:,} bytes")
    if rest > 0:
        told("zip.trailing", f"{rest:,} bytes after the end record")


def _follow(source: Bytes, at: int, record: bytes, told: Told) -> Directory:
    """From an end record to its directory. Raises ArchiveError archive.malformed where there is none."""
    *numbers, _ = END_FORM.unpack_from(record)
    end = End(*numbers)
    stop, zip64, misplaced = at, False, 0
    if at >= LOCATOR_FORM.size and source.at(at - LOCATOR_FORM.size, 4) == LOCATOR:
        found = _zip64_end(source, at - LOCATOR_FORM.size, end, told)
        if found is not None:
            end, stop, misplaced = found
            zip64 = True
    elif FULL32 in (end.size, end.offset):
        told("zip.zip64-malformed", "the end record calls for a zip64 one, but there is none")
    if end.disk or end.directory_disk:
        told("zip.disk", f"the directory is on disk {end.directory_disk}, the end on disk {end.disk}")
    start = _start(source, end, stop, told)
    shift = start - end.offset
    if shift and start == stop - end.size:
        if shift > 0:
            told("zip.prefix", f"all offsets are {shift:,} bytes short: data was put before the zip")
        else:
            told("zip.truncated", f"all offsets are {-shift:,} bytes long: data before is missing")
    if zip64 and misplaced != shift:
        told("zip.zip64-malformed", "the zip64 locator does not point to the zip64 end record")
    return Directory(start, stop, shift, end, record[END_FORM.size :], zip64)


def _start(source: Bytes, end: End, stop: int, told: Told) -> int:
    """Where the directory starts: by its size, as most readers have it, else by its offset."""
    if not end.size and not end.entries and not end.entries_here:
        return stop
    by_size, by_offset = stop - end.size, end.offset
    places = [place for place in (by_size, by_offset) if 0 <= place < stop and _is_header(source, place)]
    if not places:
        raise _no_zip(source, "there is no directory where its end record points")
    if by_size != by_offset and len(places) == 2:
        told("zip.ambiguous-end", "two directories: one by the end record's offset, one by its size")
    return places[0]


def _is_header(source: Bytes, place: int) -> bool:
    return place + 4 <= source.size and source.at(place, 4) == CENTRAL


def _zip64_end(source: Bytes, locator: int, end: End, told: Told) -> tuple[End, int, int] | None:
    """The zip64 end record, where it is, and how far that is from where the locator has it.

    None where there is none and none is needed (APPNOTE 4.3.14, 4.3.15).
    """
    disk, offset, disks = LOCATOR_FORM.unpack(source.at(locator, LOCATOR_FORM.size))
    if disk or disks != 1:
        told("zip.disk", f"the zip64 end record is on disk {disk} of {disks}")
    called_for = FULL16 in end[:4] or FULL32 in end[4:]
    beside = locator - END64_FORM.size
    places = [
        place
        for place in dict.fromkeys((offset, beside))
        if 0 <= place <= beside and source.at(place, 4) == END64
    ]
    if not places:
        told("zip.zip64-malformed", "the zip64 locator points to no zip64 end record")
        if called_for:
            raise _no_zip(source, "its zip64 end record is missing")
        return None
    if len(places) == 2:
        told("zip.ambiguous-end", "two zip64 end records: one that the locator points to, one before it")
    place = places[0]
    length, _, needed, *numbers = END64_FORM.unpack(source.at(place, END64_FORM.size))
    larger = End(*numbers)
    if place + 12 + length != locator:
        told("zip.zip64-malformed", "the zip64 end record does not reach to its locator")
    if needed & 0xFF < 45:
        told("zip.zip64-malformed", f"the zip64 end record needs version {(needed & 0xFF) / 10}, not 4.5")
    full = (FULL16,) * 4 + (FULL32,) * 2
    if any(small not in (most, large) for small, most, large in zip(end, full, larger, strict=True)):
        told("zip.zip64-malformed", "the end record and its zip64 one disagree: so will readers")
    if larger.entries < FULL16 and larger.size < FULL32 and larger.offset < FULL32:
        told("zip.zip64-needless", "the end records are zip64 and no number demands it")
    return larger, place, place - offset


def _no_zip(source: Bytes, what: str) -> ArchiveError:
    return ArchiveError(
        "archive.malformed",
        f"{source.path} is no sound zip: {what}",
        hint="Make the zip again; this one may be cut off.",
    )
