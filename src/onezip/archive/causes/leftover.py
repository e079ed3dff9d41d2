"""Files that nothing explains: what changed in a few of them, and how many others there are.  [pure]"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from onezip.archive.causes.cause import Cause, cause
from onezip.archive.causes.change import first_difference
from onezip.archive.causes.sides import MOST_TEXT, Pair, Sides
from onezip.archive.causes.text import diff
from onezip.archive.causes.words import both, counted, escaped, named
from onezip.archive.manifest import ManifestEntry

MOST_TOLD, MOST_TOGETHER = 20, 3
"""Changed files, and folders, with a line of their own; and files of one folder that are told one by one."""

_DEEPEST = 8


def changed(sides: Sides, pairs: Sequence[Pair]) -> Iterator[Cause]:
    """A line for each file, or for a folder of many."""
    left = MOST_TOLD
    folders = _by_folder(pairs)
    for folder, members in folders[:MOST_TOLD]:
        if len(members) <= min(MOST_TOGETHER, left):
            left -= len(members)
            for pair in members:
                words, detail = _told(sides, pair)
                yield cause("differs.file", f"{escaped(pair.name)}: {words}", [pair.name], detail)
            continue
        names = [pair.name for pair in members]
        where = f" in {escaped(folder)}" if folder else " at the top"
        words, more = _told(sides, members[0])
        detail = "\n".join([f"{escaped(names[0])}: {words}", *([more] if more else [])])
        yield cause("differs.file", f"{counted(len(names), 'file')}{where} changed", names, detail)
    if len(folders) > MOST_TOLD:
        names = [pair.name for _, members in folders[MOST_TOLD:] for pair in members]
        summary = f"{counted(len(names), 'file')} in {len(folders) - MOST_TOLD:,} more folders changed"
        yield cause("differs.file", summary, names, more=-1)


def unseen(names: Sequence[str]) -> Iterator[Cause]:
    """Changed files that nobody looked into, since there are so many."""
    if names:
        words = f"{counted(len(names), 'more file')} changed, which were not looked into: {named(names)}"
        yield cause("differs.file", words, names, more=-2)


def alone(code: str, where: str, found: Mapping[str, ManifestEntry]) -> Iterator[Cause]:
    """Files of one side only, in one line, with what they weigh and where they lie."""
    if not found:
        return
    names = sorted(found)
    folders: dict[str, int] = {}
    for name in names:
        top, slash, _ = name.partition("/")
        folders[top + slash] = folders.get(top + slash, 0) + 1
    ordered = sorted(folders.items(), key=lambda item: -item[1])
    lines = [
        f"{escaped(top)}: {counted(count, 'file')}" if top.endswith("/") else escaped(top)
        for top, count in ordered[:10]
    ]
    lines += ["..."] if len(ordered) > 10 else []
    size = sum(entry.size for entry in found.values())
    summary = f"{where}: {named(names)} ({counted(size, 'byte')})"
    yield cause(code, summary, names, "\n".join(lines) if len(names) > 2 else "")


def _told(sides: Sides, pair: Pair) -> tuple[str, str]:
    """The words and details of a change. It is read again: not all that was looked at is kept."""
    sizes = both(f"{pair.a.size:,} bytes", f"{pair.b.size:,}")
    read = sides.read(pair, MOST_TEXT, again=True)
    broken = [
        word for name, word in ((pair.a.name, "here"), (pair.b.name, "there")) if (name, word) in sides.broken
    ]
    if broken:
        return f"cannot be unpacked {' and '.join(broken)}, so not compared: {sizes}", ""
    if read is None:
        return f"changed, and not read: {sizes}", ""
    a, b = read
    if b"\0" not in a and b"\0" not in b:
        return "changed", diff(a, b)
    at = first_difference(a, b)
    if at == min(len(a), len(b)) == MOST_TEXT:
        return f"changed: {sizes}, the first {at:,} alike", ""
    return f"changed: {sizes}, differing from byte {at:,} on", ""


def _by_folder(pairs: Sequence[Pair]) -> list[tuple[str, list[Pair]]]:
    """By top folder; where all lie in one, by the folders in it."""
    folders: dict[str, list[Pair]] = {}
    for depth in range(1, _DEEPEST):
        folders = {}
        for pair in pairs:
            parts = pair.name.split("/")[:-1][:depth]
            folders.setdefault("".join(part + "/" for part in parts), []).append(pair)
        if len(folders) != 1 or "" in folders or len(pairs) <= MOST_TOGETHER:
            break
    # Single files first, which are told one by one; then the largest folders.
    few: list[tuple[str, list[Pair]]] = []
    many: list[tuple[str, list[Pair]]] = []
    for item in folders.items():
        (few if len(item[1]) <= MOST_TOGETHER else many).append(item)
    return few + sorted(many, key=lambda item: -len(item[1]))
