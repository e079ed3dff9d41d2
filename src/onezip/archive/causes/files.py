"""Which files differ, and why: a table of looks, from the whole to the single file.  [pure]

A look that can tell why takes its files out of the rest; what is left is told as changed, added, removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from onezip.archive.causes.bytecode import bytecode, is_bytecode, source_of
from onezip.archive.causes.cause import Cause, cause
from onezip.archive.causes.change import Change, Look, Note
from onezip.archive.causes.data import key_order
from onezip.archive.causes.distributions import distributions
from onezip.archive.causes.elf import elf
from onezip.archive.causes.installer import bytecode_of_one_side, installer
from onezip.archive.causes.moved import moved
from onezip.archive.causes.rest import Rest, rest_of
from onezip.archive.causes.sides import MOST_BINARY, MOST_LOOKED, MOST_TEXT, Pair, Sides
from onezip.archive.causes.text import diff, form, shebang
from onezip.archive.causes.traces import paths_in, traces
from onezip.archive.causes.words import both, counted, escaped, named
from onezip.archive.elfparts import MAGIC
from onezip.archive.manifest import ManifestEntry

WHOLES: tuple[Callable[[Rest], Iterator[Cause]], ...] = (
    distributions,
    installer,
    bytecode_of_one_side,
    moved,
)
"""Looks at all files together, in this order."""

LOOKS: tuple[Look, ...] = (bytecode, elf, form, shebang, key_order, traces)
"""Looks at one changed file: the first that notes anything has told why."""

MOST_TOLD, MOST_TOGETHER = 20, 3
"""Changed files with a line of their own, in all and of one folder; the others are told by folders."""


class _Plain(NamedTuple):
    """A changed file that no look explains; tell makes its words and details, which costs a diff."""

    name: str
    tell: Callable[[], tuple[str, str]]


def files(sides: Sides) -> Iterator[Cause]:
    """Every file that only one side has, or whose content is another."""
    rest = rest_of(sides)
    for whole in WHOLES:
        yield from whole(rest)
    yield from _kinds(rest)
    notes: dict[Note, list[str]] = {}
    plain: list[_Plain] = []
    sources = _Sources(sides) if any(is_bytecode(name) for name in rest.changed) else None
    for number, (name, pair) in enumerate(rest.changed.items()):
        change = _read(sides, pair, sources) if number < MOST_LOOKED else None
        found = _notes(change) if change else []
        for note in found:
            notes.setdefault(note, []).append(name)
        if not found:
            plain.append(_Plain(name, _teller(pair, change, _broken(sides, pair))))
    yield from _noted(notes)
    yield from _changed(plain)
    yield from _alone("differs.removed", "only here", rest.removed)
    yield from _alone("differs.added", "only there", rest.added)


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
        yield cause(code, f"{named(names)}: likewise, in other words", names)


def _broken(sides: Sides, pair: Pair) -> str:
    """Where a file cannot be unpacked, in words; empty where it can."""
    if not sides.broken:
        return ""
    places = [
        word for name, word in ((pair.a.name, "here"), (pair.b.name, "there")) if (name, word) in sides.broken
    ]
    return " and ".join(places)


def _teller(pair: Pair, change: Change | None, broken: str) -> Callable[[], tuple[str, str]]:
    return lambda: _told(pair, change, broken)


def _told(pair: Pair, change: Change | None, broken: str) -> tuple[str, str]:
    """The words and details of a change that nothing explains."""
    sizes = both(f"{pair.a.size:,} bytes", f"{pair.b.size:,}")
    if broken:
        return f"cannot be unpacked {broken}, so not compared: {sizes}", ""
    if change is None:
        return f"changed, and not read: {sizes}", ""
    if change.text:
        return "changed", diff(change.a, change.b)
    length = min(len(change.a), len(change.b))
    at = next((at for at in range(length) if change.a[at] != change.b[at]), length)
    if at == length and not change.whole:
        return f"changed: {sizes}, the first {length:,} alike", ""
    return f"changed: {sizes}, differing from byte {at:,} on", ""


def _changed(plain: Sequence[_Plain]) -> Iterator[Cause]:
    """A line for each file, or for a folder of many."""
    left = MOST_TOLD
    folders = _by_folder(plain)
    for folder, members in folders[:MOST_TOLD]:
        if len(members) <= MOST_TOGETHER and len(members) <= left:
            left -= len(members)
            for member in members:
                words, detail = member.tell()
                yield cause("differs.file", f"{escaped(member.name)}: {words}", [member.name], detail)
            continue
        names = [member.name for member in members]
        where = f" in {escaped(folder)}" if folder else " at the top"
        summary = f"{counted(len(names), 'file')}{where} changed"
        detail = ""
        if left:
            left -= 1
            words, detail = members[0].tell()
            detail = f"{escaped(members[0].name)}: {words}" + (f"\n{detail}" if detail else "")
        yield cause("differs.file", summary, names, detail)
    if len(folders) > MOST_TOLD:
        names = [member.name for _, members in folders[MOST_TOLD:] for member in members]
        summary = f"{counted(len(names), 'file')} in {len(folders) - MOST_TOLD:,} more folders changed"
        yield cause("differs.file", summary, names)


def _by_folder(plain: Iterable[_Plain]) -> list[tuple[str, list[_Plain]]]:
    """By top folder; where all lie in one, by the folders in it."""
    members = list(plain)
    depth = 0
    folders: dict[str, list[_Plain]] = {}
    while members and depth < 8:
        folders = {}
        for member in members:
            parts = member.name.split("/")[:-1][: depth + 1]
            folders.setdefault("".join(part + "/" for part in parts), []).append(member)
        if len(folders) > 1 or "" in folders or len(members) <= MOST_TOGETHER:
            break
        depth += 1
    # Single files first, which are told one by one; then the largest folders.
    return sorted(
        folders.items(), key=lambda item: -len(item[1]) if len(item[1]) > MOST_TOGETHER else -len(plain) - 1
    )


def _alone(code: str, where: str, found: Mapping[str, ManifestEntry]) -> Iterator[Cause]:
    """Files of one side only, in one line, with what they weigh and where they lie."""
    if not found:
        return
    names = sorted(found)
    size = sum(entry.size for entry in found.values())
    folders: dict[str, int] = {}
    for name in names:
        top = name.split("/")[0] + "/" if "/" in name else name
        folders[top] = folders.get(top, 0) + 1
    lines = [
        f"{escaped(top)}{f': {counted(count, noun)}' if top.endswith('/') else ''}"
        for noun in ("file",)
        for top, count in sorted(folders.items(), key=lambda item: -item[1])[:10]
    ]
    lines += ["..."] if len(folders) > 10 else []
    summary = f"{where}: {named(names)} ({counted(size, 'byte')})"
    yield cause(code, summary, names, "\n".join(lines) if len(names) > 2 else "")
