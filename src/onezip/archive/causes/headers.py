"""What the headers of entries say beside name, time and mode (APPNOTE 4.3.12, 4.4).  [pure]"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from onezip.archive.causes.cause import Cause, cause
from onezip.archive.causes.sides import Sides, T, groups, names_of
from onezip.archive.causes.words import both, counted, escaped, quoted
from onezip.archive.manifest import ManifestEntry

# APPNOTE 4.4.2.2; Info-ZIP's zip writes 11 for NTFS.
_HOSTS = {
    0: "MS-DOS", 3: "Unix", 6: "OS/2", 7: "Macintosh", 10: "Windows NTFS", 11: "Windows NTFS (Info-ZIP)",
    14: "VFAT", 19: "macOS",
}  # fmt: skip
_DESCRIPTOR, _UTF8 = 1 << 3, 1 << 11
# APPNOTE 4.4.4: bits 1 and 2 tell how hard deflate tried.
_EFFORT = 0b110
_EFFORTS = {0: "normal", 2: "maximum", 4: "fast", 6: "super fast"}


def host(sides: Sides) -> Iterator[Cause]:
    """The system that the zip says it was made on (APPNOTE 4.4.2)."""
    yield from _contrast(
        sides, "differs.host", "made on", lambda entry: entry.made_by[0],
        lambda number: f"{_HOSTS.get(number, 'another system')} ({number})",
        detail="MS-DOS has no modes: unpacked elsewhere, nothing is executable",
        when=lambda values: 0 in values,
    )  # fmt: skip


def version(sides: Sides) -> Iterator[Cause]:
    """The format's version: of the maker, and needed to unpack (APPNOTE 4.4.2, 4.4.3)."""
    yield from _contrast(
        sides, "differs.version", "versions of the format:",
        lambda entry: (entry.made_by[1], entry.needed),
        lambda value: f"{value[0] / 10} (needs {value[1] / 10})",
        detail="Lambda has refused zips that claim 4.5 without need",
        when=lambda values: any(45 in value for value in values),
    )  # fmt: skip


def descriptors(sides: Sides) -> Iterator[Cause]:
    """Data descriptors: sizes after the content, as those write who cannot go back (APPNOTE 4.3.9)."""
    yield from _contrast(
        sides, "differs.descriptors", "data descriptors:", lambda entry: bool(entry.flags & _DESCRIPTOR),
        lambda there: "sizes after the content" if there else "sizes before it",
    )  # fmt: skip


def flags(sides: Sides) -> Iterator[Cause]:
    """The other general purpose flags (APPNOTE 4.4.4)."""
    same_names = [pair for pair in sides.pairs if pair.a.raw_name.isascii() and pair.b.raw_name.isascii()]
    found = groups(same_names, lambda entry: entry.flags & ~_DESCRIPTOR)
    if found:
        here, there, names = found[0]
        words = both(_flag_words(here, here ^ there), _flag_words(there, here ^ there))
        summary = f"flags differ: {words} ({counted(len(names), 'entry')})"
        yield cause("differs.header-flags", summary, names_of(found), f"{here:#06x} and {there:#06x}")


def encoding(sides: Sides) -> Iterator[Cause]:
    """Names that are not ASCII: how they are stored and flagged (APPNOTE 4.4.4 bit 11, Appendix D)."""
    pairs = [pair for pair in sides.pairs if not (pair.a.raw_name.isascii() and pair.b.raw_name.isascii())]
    found = groups(pairs, lambda entry: (entry.raw_name, entry.flags & ~_DESCRIPTOR))
    if not found:
        return
    names = list(names_of(found))
    pair = next(pair for pair in pairs if pair.name == names[0])
    how = both(*("UTF-8 by its flag" if entry.flags & _UTF8 else "without a flag" for entry in pair))
    detail = f"read as {both(quoted(pair.a.name), quoted(pair.b.name))}" if pair.a.name != pair.b.name else ""
    words = f"names that are not ASCII are stored in other ways: {how} ({counted(len(names), 'entry')})"
    yield cause("differs.encoding", words, names, detail)


def attributes(sides: Sides) -> Iterator[Cause]:
    """DOS attributes and the text bit (APPNOTE 4.4.14, 4.4.15); modes are told elsewhere."""

    def external(entry: ManifestEntry) -> int:
        return entry.external & 0xFFFF if entry.mode else entry.external

    yield from _contrast(
        sides, "differs.attributes", "external attributes:", external, lambda value: f"{value:#x}"
    )
    yield from _contrast(
        sides, "differs.attributes", "internal attributes:", lambda entry: entry.internal,
        lambda value: "marked as text" if value == 1 else "none" if value == 0 else f"{value:#x}",
    )  # fmt: skip


def comments(sides: Sides) -> Iterator[Cause]:
    """Comments, of the zip and of entries."""
    if sides.a.comment != sides.b.comment:
        words = both(*(_comment(side.comment) for side in (sides.a, sides.b)))
        yield cause("differs.comment", f"the zip's comment: {words}")
    yield from _contrast(
        sides, "differs.comment", "comments of entries:", lambda entry: entry.comment, _comment
    )


def zip64(sides: Sides) -> Iterator[Cause]:
    """Zip64 records, of the zip or of entries (APPNOTE 4.3.14, 4.5.3)."""
    if sides.a.zip64 != sides.b.zip64:
        words = both(*("zip64" if side.zip64 else "plain" for side in (sides.a, sides.b)))
        yield cause("differs.zip64", f"the end of the zip: {words}")
    yield from _contrast(
        sides, "differs.zip64", "entries:", lambda entry: entry.zip64,
        lambda wide: "zip64" if wide else "plain",
    )  # fmt: skip


def _comment(data: bytes) -> str:
    return quoted(data.decode("utf-8", "backslashreplace")) if data else "none"


def _flag_words(flags: int, among: int) -> str:
    """Those of the differing bits that are set, in words."""
    words = []
    if among & _EFFORT:
        words.append(f"{_EFFORTS[flags & _EFFORT]} compression")
    if among & _UTF8:
        words.append("UTF-8 names" if flags & _UTF8 else "no UTF-8 flag")
    rest = flags & among & ~_EFFORT & ~_UTF8
    if among & ~_EFFORT & ~_UTF8:
        words.append(f"bits {rest:#06x}")
    return " and ".join(words)


def _contrast(
    sides: Sides,
    code: str,
    what: str,
    of: Callable[[ManifestEntry], T],
    words: Callable[[T], str],
    detail: str = "",
    when: Callable[[tuple[T, T]], bool] = lambda _: True,
) -> Iterator[Cause]:
    """One property of entries: its commonest pair of values in the summary, the others in the detail."""
    found = groups(sides.pairs, of)
    if not found:
        return
    here, there, names = found[0]
    lines = [detail] if detail and when((here, there)) else []
    lines += [f"also {both(words(a), words(b))}: {escaped(group[0])}" for a, b, group in found[1:4]]
    count = counted(len(names), "entry")
    yield cause(
        code, f"{what} {both(words(here), words(there))} ({count})", names_of(found), "\n".join(lines)
    )
