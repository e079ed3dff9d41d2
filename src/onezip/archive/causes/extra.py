"""Extra fields: what makers write beside the headers (APPNOTE 4.5, 4.6; Info-ZIP's extrafld.txt).  [pure]"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from onezip.archive.causes.cause import Cause, cause
from onezip.archive.causes.sides import Sides, groups, names_of
from onezip.archive.causes.words import both, counted, escaped, listed
from onezip.archive.manifest import ManifestEntry
from onezip.archive.records import fields

KNOWN = {
    0x0001: "zip64 sizes",
    0x0007: "AV info",
    0x000A: "NTFS times",
    0x000D: "PKWARE Unix times and owner",
    0x0014: "a certificate store",
    0x0017: "strong encryption",
    0x07C8: "Macintosh",
    0x334D: "Info-ZIP Macintosh",
    0x5455: "Info-ZIP times (UT)",
    0x5855: "Info-ZIP Unix times and owner (UX)",
    0x6375: "Info-ZIP Unicode comment",
    0x6542: "BeOS",
    0x7075: "Info-ZIP Unicode path",
    0x756E: "ASi Unix",
    0x7855: "Info-ZIP owner (Ux)",
    0x7875: "Info-ZIP owner (ux)",
    0x9901: "AES encryption",
    0xA11E: "Apache Commons Compress alignment",
    0xCAFE: "Java's mark of a jar",
    0xD935: "Android alignment",
}
"""Header IDs and what they hold."""

_TIMES, _OWNER = 0x5455, 0x7875
_OF_TIMES = ("changed", "read", "made")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def extra(sides: Sides) -> Iterator[Cause]:
    """Fields that one side has and the other has not, and fields that hold other values."""
    found = groups(sides.pairs, _kinds)
    if found:
        here, there, names = found[0]
        one = [number for number in here if number not in there]
        other = [number for number in there if number not in here]
        words = both(_told(one) if one else "none" if not here else "fewer",
                     _told(other) if other else "none" if not there else "not all")  # fmt: skip
        summary = f"extra fields: {words} ({counted(len(names), 'entry')})"
        yield cause("differs.extra", summary, names_of(found))
    alike = [pair for pair in sides.pairs if _kinds(pair.a) == _kinds(pair.b)]
    values = groups(alike, lambda entry: (entry.extra, entry.local_extra))
    if not values:
        return
    names = list(names_of(values))
    pair = next(pair for pair in alike if pair.name == names[0])
    a, b = _values(pair.a), _values(pair.b)
    kinds = [number for number in a if a[number] != b.get(number)]
    lines = [
        f"{escaped(names[0])}, {KNOWN.get(number, hex(number))}: "
        + both(_value(number, a[number]), _value(number, b[number]))
        for number in kinds[:4]
    ]
    what = _told(kinds) if kinds else "their place in the headers"
    summary = f"extra fields hold other values: {what} ({counted(len(names), 'entry')})"
    yield cause("differs.extra", summary, names, "\n".join(lines))


def kinds(entry: ManifestEntry) -> frozenset[int]:
    """The header IDs of an entry's extra fields, in the directory or the local header."""
    return frozenset(_kinds(entry))


def _kinds(entry: ManifestEntry) -> tuple[int, ...]:
    if not entry.extra and not entry.local_extra:
        return ()
    found = {number for number, _ in fields(entry.extra)[0]}
    found.update(number for number, _ in fields(entry.local_extra)[0])
    return tuple(sorted(found))


def _values(entry: ManifestEntry) -> dict[int, bytes]:
    """What each field holds; the local header tells more than the directory."""
    return dict(fields(entry.extra)[0]) | dict(fields(entry.local_extra)[0])


def _told(numbers: list[int]) -> str:
    return listed([KNOWN.get(number, f"field {number:#06x}") for number in numbers])


def _value(number: int, data: bytes) -> str:
    """A value in words where its form is known."""
    if number == _TIMES and len(data) >= 5 and data[0] & 1:
        places = range(1, len(data) - 3, 4)
        moments = [int.from_bytes(data[at : at + 4], "little", signed=True) for at in places]
        times = [f"{_EPOCH + timedelta(seconds=moment):%Y-%m-%d %H:%M:%S}" for moment in moments]
        return ", ".join(f"{what} {time}" for what, time in zip(_OF_TIMES, times, strict=False)) + " UTC"
    if number == _OWNER and len(data) > 2 and data[0] == 1:
        length = data[1]
        user = int.from_bytes(data[2 : 2 + length], "little")
        group = int.from_bytes(data[3 + length :], "little")
        return f"user {user}, group {group}"
    return data[:16].hex() or "empty"
