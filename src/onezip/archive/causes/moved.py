"""The same files under other names: in another folder, renamed, or spelled in another way.  [pure]"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from unicodedata import normalize

from onezip.archive.causes.cause import Cause, cause
from onezip.archive.causes.rest import Rest
from onezip.archive.causes.words import both, counted, escaped, named
from onezip.archive.manifest import ManifestEntry

_SLASHES = "use a tool that writes names with slashes, as the format demands (APPNOTE 4.4.17.1)"
_FORMS = "give the files the same names; onezip writes Unicode's form NFC"
_LONGEST = 512  # characters: the work of Unicode forms grows with the square of combining marks


def moved(rest: Rest) -> Iterator[Cause]:
    """Files that one side has under another name, told by what is the same for several of them."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for one, other in _same_content(rest.removed.values(), rest.added.values()):
        groups.setdefault(_change(one, other), []).append((one, other))
    for (here, there), found in sorted(groups.items(), key=lambda item: -len(item[1])):
        rest.take(name for names in found for name in names)
        names = [one for one, _ in found]
        count = counted(len(found), "file")
        if here or there:
            words = both(_place(here), _place(there))
            where = f"{count} in another folder" if here.endswith("/") or there.endswith("/") else "renamed"
            yield cause("differs.moved", f"the same content, {where}: {words}", names)
        else:
            one, other = found[0]
            words = f"the same content, names {_spelling(one, other)}: {named(names)}"
            advice = _SLASHES if "\\" in one + other else _FORMS
            yield cause("differs.moved", words, names, both(ascii(one), ascii(other)), advice)


def _same_content(
    removed: Iterable[ManifestEntry], added: Iterable[ManifestEntry]
) -> Iterator[tuple[str, str]]:
    """Pairs of names with one content that no other file of the rest has; empty files tell nothing."""
    sides: tuple[dict[tuple[int, int], list[str]], ...] = ({}, {})
    for found, entries in zip(sides, (removed, added), strict=True):
        for entry in entries:
            if entry.size:
                found.setdefault((entry.size, entry.crc), []).append(entry.name)
    for content, names in sides[0].items():
        others = sides[1].get(content, [])
        if len(names) == len(others) == 1:
            yield names[0], others[0]
            continue
        by_last = {name.rpartition("/")[2]: name for name in others}
        for name in names:
            other = by_last.pop(name.rpartition("/")[2], None)
            if other is not None:
                yield name, other


def _change(one: str, other: str) -> tuple[str, str]:
    """What is left of both names without the parts at the end that they share; empty for spellings."""
    if _spelling(one, other):
        return "", ""
    here, there = one.split("/"), other.split("/")
    while here and there and here[-1] == there[-1]:
        here.pop()
        there.pop()
    if len(here) == len(one.split("/")):
        return one, other
    return "/".join([*here, ""]), "/".join([*there, ""])


def _place(folder: str) -> str:
    return escaped(folder) or "at the top"


def _spelling(one: str, other: str) -> str:
    """How two spellings of one name differ; empty where they are two names."""
    if "\\" in one + other and one.replace("\\", "/") == other.replace("\\", "/"):
        return "with backslashes " + ("here" if "\\" in one else "there")
    if max(len(one), len(other)) > _LONGEST:
        return ""
    if normalize("NFC", one) == normalize("NFC", other):
        return "in another Unicode form, as macOS makes them"
    return "in other case" if one.casefold() == other.casefold() else ""
