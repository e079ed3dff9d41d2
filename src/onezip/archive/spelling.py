"""Names of entries as they were stored: decoded, and judged. See `names` for those that onezip writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from onezip.archive.anomalies import shown
from onezip.archive.records import unicode_path

LONGEST_FOLDED = 256
"""Characters of a name whose Unicode form is looked at: the work grows with the square of combining marks."""

_UTF8 = 1 << 11  # APPNOTE 4.4.4, bit 11: name and comment are UTF-8
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")


def decoded(raw: bytes, flags: int, extra: bytes) -> tuple[str, list[tuple[str, str]]]:
    """The name, and what is odd about it as (code, message).

    UTF-8 where the flag says so, else ASCII, else IBM code page 437 (APPNOTE Appendix D.1). What is not
    UTF-8 is shown escaped.
    """
    oddities: list[tuple[str, str]] = []
    if flags & _UTF8:
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("utf-8", "backslashreplace")
            oddities.append(("zip.name", f"the name {shown(name)} is not UTF-8, as its flag says"))
    elif raw.isascii():
        name = raw.decode("ascii")
    else:
        name = raw.decode("cp437")
        oddities.append(("zip.encoding", f"no flag says that {shown(name)} is UTF-8: code page 437 is taken"))
    if not oddities or oddities[0][0] != "zip.name":
        oddities += [("zip.name", f"the name {shown(name)} {what}") for what in wrong(name)]
    if extra:
        oddities += unicode_path_differs(name, extra)
    return name, oddities


def unicode_path_differs(name: str, extra: bytes) -> Iterator[tuple[str, str]]:
    """What a Unicode path field says if it is another name, as (code, message)."""
    other = unicode_path(extra)
    if other is not None and other != name.encode("utf-8"):
        text = shown(other.decode("utf-8", "backslashreplace"))
        yield "zip.unicode-path", f"{shown(name)} has a Unicode path field that says {text}"


def wrong(name: str) -> Iterator[str]:
    """What makes a name illegal, if anything: words that follow it in a sentence."""
    if not name:
        yield "is empty"
        return
    if _CONTROL.search(name):
        yield "has a control character"
    if "\\" in name:
        yield "has a backslash"
    if name.startswith("/"):
        yield "is absolute"
    if _DRIVE.match(name):
        yield "starts with a drive letter"
    parts = name.removesuffix("/").split("/")
    if ".." in parts:
        yield "has a part `..`, which leaves the folder"
    if "." in parts:
        yield "has a part `.`"
    if "" in parts[1:]:
        yield "has an empty part"


def clashes(names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Names that claim one place, as (code, message, name), in the time it takes to sort them.

    zip.duplicate: the same place twice, or a file where a folder must be. zip.collision: names, or folders
    of theirs, that are one for a system that knows neither case nor Unicode forms.
    """
    yield from _duplicates(names)
    yield from _collisions({name.removesuffix("/") for name in names})


def _duplicates(names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    ordered = sorted((_sorted_by_folder(name.removesuffix("/")), name) for name in names)
    above: list[tuple[str, str]] = []
    for place, name in ordered:
        while above and place != above[-1][0] and not place.startswith(above[-1][0] + "\0"):
            above.pop()
        if above and place == above[-1][0]:
            yield "zip.duplicate", f"{shown(name)} comes twice", name
            continue
        if above and not above[-1][1].endswith("/"):
            file = shown(above[-1][1])
            yield "zip.duplicate", f"{file} is a file, and a folder in {shown(name)}", name
        above.append((place, name))


def _collisions(places: set[str]) -> Iterator[tuple[str, str, str]]:
    ordered = sorted((_sorted_by_folder(folded(place)), place) for place in places)
    for (one_key, one), (other_key, other) in pairwise(ordered):
        if one_key == _sorted_by_folder(one) and other_key == _sorted_by_folder(other):
            continue
        # Not strict: names differ in depth, and illegal ones may hold the NUL that parts the keys.
        keys = zip(one_key.split("\0"), other_key.split("\0"), strict=False)
        parts = zip(one.split("/"), other.split("/"), strict=False)
        for (one_fold, other_fold), (one_part, other_part) in zip(keys, parts, strict=False):
            if one_fold != other_fold:
                break
            if one_part != other_part:
                both = f"{shown(one)} and {shown(other)}"
                yield "zip.collision", f"{both} collide where case and Unicode forms do not count", other
                break


def _sorted_by_folder(place: str) -> str:
    """A key that puts what is in a folder right behind the folder's own name: NUL is before all else."""
    return place.replace("/", "\0")


def folded(name: str) -> str:
    """Unicode's canonical caseless form (The Unicode Standard, 3.13, D145); of long names the case only."""
    if name.isascii():
        return name.lower()
    if len(name) > LONGEST_FOLDED:
        return name.casefold()
    from unicodedata import normalize

    return normalize("NFD", normalize("NFD", name).casefold())
