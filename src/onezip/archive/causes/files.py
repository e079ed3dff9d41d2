"""Which files differ, and why: a table of looks, from the whole to the single file.  [pure]

A look that can tell why takes its files out of the rest; what is left is told as changed, added, removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from onezip.archive.causes.bytecode import bytecode, is_bytecode, source_of
from onezip.archive.causes.cause import Cause, cause
from onezip.archive.causes.change import Change, Look, Note
from onezip.archive.causes.data import key_order
from onezip.archive.causes.distributions import distributions
from onezip.archive.causes.elf import elf
from onezip.archive.causes.installer import bytecode_of_one_side, installer
from onezip.archive.causes.leftover import MOST_TOLD, alone, changed, unseen
from onezip.archive.causes.moved import moved
from onezip.archive.causes.rest import Rest, rest_of
from onezip.archive.causes.sides import MOST_BINARY, MOST_LOOKED, MOST_TEXT, Pair, Sides
from onezip.archive.causes.text import form, shebang
from onezip.archive.causes.traces import paths_in, traces
from onezip.archive.causes.words import both, named
from onezip.archive.elfparts import MAGIC

WHOLES: tuple[Callable[[Rest], Iterator[Cause]], ...] = (
    distributions,
    installer,
    bytecode_of_one_side,
    moved,
)
"""Looks at all files together, in this order."""

LOOKS: tuple[Look, ...] = (bytecode, elf, form, shebang, key_order, traces)
"""Looks at one changed file: the first that notes anything has told why."""


def files(sides: Sides) -> Iterator[Cause]:
    """Every file that only one side has, or whose content is another."""
    rest = rest_of(sides)
    for whole in WHOLES:
        yield from whole(rest)
    yield from _kinds(rest)
    notes: dict[Note, list[str]] = {}
    plain: list[Pair] = []
    sources = _Sources(sides) if any(is_bytecode(name) for name in rest.changed) else None
    for name, pair in islice(rest.changed.items(), MOST_LOOKED):
        change = _read(sides, pair, sources)
        found = _notes(change) if change else []
        for note in found:
            notes.setdefault(note, []).append(name)
        if not found:
            plain.append(pair)
    yield from _noted(notes)
    yield from changed(sides, plain)
    yield from unseen(list(islice(rest.changed, MOST_LOOKED, None)))
    yield from alone("differs.removed", "only here", rest.removed)
    yield from alone("differs.added", "only there", rest.added)


def _kinds(rest: Rest) -> Iterator[Cause]:
    """A file on one side and a link on the other."""
    names = [name for name, pair in rest.changed.items() if pair.a.kind != pair.b.kind]
    if names:
        pair = rest.changed[names[0]]
        words = both(f"a {pair.a.kind}", f"a {pair.b.kind}")
        yield cause("differs.kind", f"not of one kind: {words}: {named(names)}", names)
        rest.take(names)


class _Sources:
    """The entries by name, to find the source of a .pyc file."""

    def __init__(self, sides: Sides) -> None:
        self.here = {entry.name: entry for entry in sides.a.entries}
        self.there = {entry.name: entry for entry in sides.b.entries}


def _read(sides: Sides, pair: Pair, sources: _Sources | None) -> Change | None:
    """Both contents: all of an executable, else the first part; None where they cannot be read."""
    limit = MOST_TEXT
    read = sides.read(pair, limit)
    if read and read[0].startswith(MAGIC) and max(pair.a.size, pair.b.size) > limit:
        limit = MOST_BINARY
        read = sides.read(pair, limit) or read
    if read is None:
        return None
    whole = len(read[0]) == pair.a.size and len(read[1]) == pair.b.size
    if sources is None or not is_bytecode(pair.name):
        return Change(pair.name, *read, whole)
    source = source_of(pair.name)
    return Change(pair.name, *read, whole, sources.here.get(source), sources.there.get(source))


def _notes(change: Change) -> list[Note]:
    for look in LOOKS:
        found = list(look(change))
        if found:
            return found
    return [] if change.text else list(paths_in(change))


def _noted(notes: Mapping[Note, Sequence[str]]) -> Iterator[Cause]:
    """A line for each note, whatever the number of its files; notes of one code and words are one."""
    merged: dict[tuple[str, str], tuple[Note, list[str]]] = {}
    for note, names in notes.items():
        merged.setdefault((note.code, note.words), (note, []))[1].extend(names)
    told: dict[str, int] = {}
    more: dict[str, list[str]] = {}
    for (code, words), (note, names) in merged.items():
        told[code] = told.get(code, 0) + 1
        if told[code] > MOST_TOLD:
            more.setdefault(code, []).extend(names)
        else:
            yield cause(code, f"{named(names)}: {words}", names, note.detail, note.advice)
    for code, names in more.items():
        yield cause(code, f"{named(names)}: likewise, in other words", names, more=-1)
