"""What belongs to no entry: data around them, faults, and as the last resort the first difference.  [pure]"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from onezip.archive.causes.cause import Cause, cause
from onezip.archive.causes.change import first_difference
from onezip.archive.causes.place import stand
from onezip.archive.causes.sides import Packed, Raw, Sides
from onezip.archive.causes.words import both, counted, escaped, listed, named
from onezip.archive.format import LOCAL_SIZE
from onezip.archive.manifest import Manifest, ManifestEntry
from onezip.errors import ArchiveError

_SURPLUS = ("zip.prefix", "zip.gap", "zip.trailing", "zip.directory")
_UNSOUND = (
    "zip.ambiguous-end", "zip.count", "zip.disk", "zip.truncated", "zip.overlap", "zip.signature",
    "zip.local-differs", "zip.descriptor", "zip.encrypted", "zip.zip64-malformed", "zip.size-lies", "zip.crc",
    "zip.stream",
)  # fmt: skip
_COMMENT = "a comment of "  # that is told by `headers.comments`
_CHUNK, _MOST_COMPARED = 1 << 20, 256 << 20

Region = tuple[int, str, str]
"""Where a part of the zip starts, what it is, and the name of its entry."""


def surplus(sides: Sides) -> Iterator[Cause]:
    """Data before, between and behind the entries."""
    here, there = (_messages(side, _SURPLUS) for side in (sides.a, sides.b))
    if here != there:
        words = both(*(_few(found) for found in (here, there)))
        yield cause("differs.surplus", f"data outside of the entries: {words}")


def unsound(sides: Sides) -> Iterator[Cause]:
    """Faults of the container that one side has."""
    here, there = (_messages(side, _UNSOUND) for side in (sides.a, sides.b))
    if here != there:
        words = both(*(counted(len(found), "fault") for found in (here, there)))
        lines = sorted({*here} ^ {*there})[:5]
        yield cause("differs.unsound", f"the container is not sound: {words}", detail="\n".join(lines))


def duplicates(sides: Sides) -> Iterator[Cause]:
    """Names that come more often on one side; the last entry of a name is the one that counts."""
    here, there = (Counter(entry.name for entry in side.entries) for side in (sides.a, sides.b))
    names = [name for name in here.keys() | there.keys() if max(here[name], there[name]) > 1]
    names = sorted(name for name in names if here[name] != there[name])
    if names:
        words = both(f"{here[names[0]]} times", f"{there[names[0]]} times")
        yield cause(
            "differs.duplicates", f"a name comes more than once: {named(names, 'name')}: {words}", names
        )


def fallback(sides: Sides) -> Cause:
    """The first place where the bytes differ, in words: the last resort."""
    found = _first_difference(sides)
    if found is not None:
        offset, raw = found
        return _at(offset, *stand(sides.a, raw, offset))
    here, there = _regions(sides.a), _regions(sides.b)
    for one, other in zip(here, there, strict=False):
        if one != other:
            return _at(*min(one, other))
    if len(here) != len(there):
        return _at(*max(here, there, key=len)[min(len(here), len(there))])
    for entry, same in zip(sides.a.entries, sides.b.entries, strict=False):
        if _packed(sides.content_a, entry) != _packed(sides.content_b, same):
            return _at(entry.offset + _before(entry), "the packed bytes", entry.name)
    words = "the bytes differ where the directory tells nothing: in local headers or outside of the entries"
    return cause("differs.container", words)


def _at(offset: int, what: str, name: str = "") -> Cause:
    of = f" of {escaped(name)}" if name else ""
    words = f"the zips differ from byte {offset:,} on, in {what}{of}"
    return cause("differs.container", words, [name] if name else [])


def _messages(manifest: Manifest, codes: Sequence[str]) -> list[str]:
    return sorted(
        anomaly.message
        for anomaly in manifest.anomalies
        if anomaly.code in codes and not anomaly.message.startswith(_COMMENT)
    )


def _few(messages: Sequence[str]) -> str:
    return listed(messages, 2) if messages else "none"


def _before(entry: ManifestEntry) -> int:
    """Bytes of the local header with name and extra fields (APPNOTE 4.3.7)."""
    return LOCAL_SIZE + len(entry.raw_name) + len(entry.local_extra)


def _regions(manifest: Manifest) -> list[Region]:
    """The parts of a zip in their order, as far as the directory tells them."""
    found: list[Region] = []
    for entry in sorted(manifest.entries, key=lambda each: each.offset):
        start = entry.offset + _before(entry)
        found.append((entry.offset, "the local header", entry.name))
        found.append((start, "the packed bytes", entry.name))
        found.append((start + entry.packed, "what follows the packed bytes", entry.name))
    found.append((manifest.size, "what follows the end", ""))
    return found


def _first_difference(sides: Sides) -> tuple[int, Raw] | None:
    """The first byte that differs, and the bytes here; None where a side does not give its bytes."""
    a, b = sides.content_a, sides.content_b
    if not isinstance(a, Raw) or not isinstance(b, Raw):
        return None
    shorter = min(sides.a.size, sides.b.size)
    for start in range(0, min(shorter, _MOST_COMPARED), _CHUNK):
        length = min(_CHUNK, shorter - start)
        one, other = a.at(start, length), b.at(start, length)
        if one != other:
            return start + first_difference(one, other), a
    return (shorter, a) if shorter < _MOST_COMPARED and sides.a.size != sides.b.size else None


def _packed(content: object, entry: ManifestEntry) -> bytes | None:
    if not isinstance(content, Packed):
        return None
    try:
        return content.packed(entry, _CHUNK)
    except ArchiveError:
        return None
