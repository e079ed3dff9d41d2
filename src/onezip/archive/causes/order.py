"""The order of entries, and entries for folders.  [pure]"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from onezip.archive.causes.cause import Cause, cause
from onezip.archive.causes.sides import Sides
from onezip.archive.causes.words import both, counted, either, escaped, named


def order(sides: Sides) -> Iterator[Cause]:
    """The entries that both have, in another order."""
    other_name = {pair.b.name: pair.name for pair in sides.pairs}
    names = {pair.name for pair in sides.pairs}
    here = [name for name in dict.fromkeys(entry.name for entry in sides.a.entries) if name in names]
    entries = dict.fromkeys(entry.name for entry in sides.b.entries)
    there = [other_name[name] for name in entries if name in other_name]
    if here == there:
        return
    moved = [one for one, other in zip(here, there, strict=True) if one != other]
    number = next(at for at, (one, other) in enumerate(zip(here, there, strict=True)) if one != other)
    first = both(escaped(here[number]), escaped(there[number]))
    rules = _told(here), _told(there)
    words = both(*(rule or "not sorted" for rule in rules)) if any(rules) else "sorted on neither side"
    yield cause(
        "differs.order",
        f"entries are in another order: {words}",
        moved,
        f"the first that differs is entry {number + 1} of those in both: {first}",
    )


def folders(sides: Sides) -> Iterator[Cause]:
    """Entries for folders that only one side has: Lambda needs none."""
    for names, others, here in (
        (sides.folders_here, sides.folders_there, True),
        (sides.folders_there, sides.folders_here, False),
    ):
        if names:
            contrast = "" if others else f", none {either(here=not here)}"
            words = f"{counted(len(names), 'folder')} {'has' if len(names) == 1 else 'have'} an entry"
            summary = f"{words} of {'its' if len(names) == 1 else 'their'} own {either(here=here)}{contrast}"
            yield cause("differs.folders", f"{summary}: {named(names, 'folder')}", names)


def _told(names: Sequence[str]) -> str:
    """The rule that an order follows, in words; empty where it is that of a folder, or none."""
    if list(names) == sorted(names):
        return "sorted by name"
    if list(names) == sorted(names, key=str.casefold):
        return "sorted without regard to case"
    if [name.split("/") for name in names] == sorted(name.split("/") for name in names):
        return "sorted folder by folder"
    return ""
