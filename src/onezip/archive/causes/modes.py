"""Unix modes: what a umask, a lost x bit or another tool makes of them.  [pure]"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from onezip.archive.causes.cause import Cause, cause
from onezip.archive.causes.sides import Pair, Sides, groups, names_of
from onezip.archive.causes.words import both, counted, either, listed, named
from onezip.archive.manifest import ManifestEntry

_TYPE, _BITS, _SPECIAL, _EXECUTE = 0o170000, 0o777, 0o7000, 0o100
_UNIX = {3, 19}  # hosts with modes: Unix, macOS (APPNOTE 4.4.2.2)
_SHOWN = 5

Modes = Sequence[tuple[int, int, list[str]]]


def modes(sides: Sides) -> Iterator[Cause]:
    """The ways in which the modes of entries differ; zips of hosts without modes are no matter of these."""
    alike = (pair for pair in sides.pairs if pair.a.kind == pair.b.kind)
    both_unix = [pair for pair in alike if {pair.a.made_by[0], pair.b.made_by[0]} <= _UNIX]
    yield from _special(both_unix)
    found = groups(both_unix, _permissions)
    yield from _lost(found)
    rest = [group for group in found if not (group[0] ^ group[1]) & _EXECUTE]
    masks = _umasks(rest)
    if rest and masks:
        count = counted(sum(len(names) for _, _, names in rest), "entry")
        here, there = rest[0][:2]
        yield cause(
            "differs.umask",
            f"modes differ as a umask would make them: {both(f'{here:04o}', f'{there:04o}')} ({count})",
            names_of(rest),
            f"umask {both(f'{masks[0]:03o}', f'{masks[1]:03o}')}",
        )
    elif rest:
        yield _other(rest)
    yield from _types(both_unix)


def _permissions(entry: ManifestEntry) -> int:
    return entry.mode & _BITS


def _special(pairs: Sequence[Pair]) -> Iterator[Cause]:
    """Setuid, setgid and the sticky bit."""
    found = groups(pairs, lambda entry: entry.mode & _SPECIAL)
    if found:
        here, there, names = found[0]
        words = both(_bits(here), _bits(there))
        yield cause("differs.setuid", f"special mode bits differ: {words}: {named(names)}", names_of(found))


def _bits(mode: int) -> str:
    names = {0o4000: "setuid", 0o2000: "setgid", 0o1000: "sticky"}
    return " and ".join(name for bit, name in names.items() if mode & bit) or "none"


def _lost(found: Modes) -> Iterator[Cause]:
    """Executable on one side only."""
    for here in (True, False):
        lost = [group for group in found if (group[0] if here else group[1]) & _EXECUTE == 0
                and (group[0] ^ group[1]) & _EXECUTE]  # fmt: skip
        if not lost:
            continue
        names = list(names_of(lost))
        vital = [name for name in names if name == "bootstrap" or name.startswith("extensions/")]
        words = (
            f"not executable {either(here=here)}: {named(sorted(names, key=lambda each: each not in vital))}"
        )
        consequence = f", so Lambda cannot start {'it' if vital == names else listed(vital)}" if vital else ""
        one, other, _ = lost[0]
        detail = f"mode {both(f'{one:04o}', f'{other:04o}')}"
        yield cause("differs.executable", words + consequence, names, detail, more=30 if vital else 0)


def _umasks(found: Modes) -> tuple[int, int] | None:
    """The two umasks that make these modes of 0666 and 0777, or None: open(2), mkdir(2)."""
    cleared, kept = [0, 0], [0, 0]
    for here, there, _ in found:
        if (here ^ there) & 0o700:
            return None
        full = 0o777 if here & _EXECUTE else 0o666
        for side, mode in enumerate((here, there)):
            if mode & ~full:
                return None
            cleared[side] |= full & ~mode & 0o077
            kept[side] |= mode & 0o077
    if cleared[0] & kept[0] or cleared[1] & kept[1]:
        return None
    return cleared[0], cleared[1]


def _other(found: Modes) -> Cause:
    here, there, names = found[0]
    count = counted(len(names), "entry")
    more = f", and {len(found) - 1} other pairs of modes" if len(found) > 1 else ""
    lines = [f"{both(f'{a:04o}', f'{b:04o}')}: {named(group)}" for a, b, group in found[:_SHOWN]]
    summary = f"modes differ: {both(f'{here:04o}', f'{there:04o}')} ({count}){more}"
    return cause("differs.modes", summary, names_of(found), "\n".join(lines))


def _types(pairs: Sequence[Pair]) -> Iterator[Cause]:
    """The type of a file, which Go's archive/zip and some others leave out of the mode."""
    alike = [pair for pair in pairs if _permissions(pair.a) == _permissions(pair.b)]
    found = groups(alike, lambda entry: entry.mode & _TYPE)
    plain = [group for group in found if 0 in group[:2]]
    if plain:
        here, there, names = plain[0]
        words = both("a file type" if here else "no file type", "a file type" if there else "none")
        count = counted(len(names), "entry")
        yield cause("differs.attributes", f"modes have {words} ({count})", names_of(plain))
