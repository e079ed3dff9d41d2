"""Traces of the machine and the moment: absolute paths and times that stand in a file.  [pure]"""

from __future__ import annotations

import re
from collections.abc import Iterator

from onezip.archive.causes.change import Change, Note
from onezip.archive.causes.words import both, escaped

_PART = rb"[\w.@+~=-]{1,100}"
# Folders of people, build services and temporary files: those that differ between machines.
PATH = re.compile(
    rb"/(?:home|Users|root|tmp|private/(?:tmp|var)|var/(?:folders|tmp|lib/jenkins|task)|builds?|codebuild"
    rb"|workspaces?|work|__w|github|app|src|opt|usr/local/go|usr/src|data|mnt|srv|Volumes|nix/store)"
    rb"(?:/" + _PART + rb"){1,30}"
    rb"|\b[A-Za-z]:(?:[\\/]{1,2}" + _PART + rb"){2,30}"
)
"""An absolute path of a machine that builds."""

_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
# ISO 8601; RFC 5322 and `date`; seconds or milliseconds since 1970, from 2017 to 2033; a time of day.
_TIMES = re.compile(
    rb"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?"
    rb"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?"
    rb"(?:\d{1,2} " + _MONTH + rb" \d{4}"
    rb"|" + _MONTH + rb" [ \d]\d(?: \d\d:\d\d:\d\d)?(?: [A-Z]{3,4})? \d{4})"
    rb"(?: \d\d:\d\d:\d\d)?(?: (?:GMT|UTC|[+-]\d{4}))?"
    rb"|\b1[5-9]\d{8}(?:\d{3})?\b(?:\.\d+)?"
    rb"|\b\d\d:\d\d:\d\d\b"
)
_MOST_PATHS = 2000
_MOST_SEARCHED = 16 << 20


def traces(change: Change) -> Iterator[Note]:
    """Text that is the same but for times, for paths or for both."""
    if not change.text or not change.whole:
        return
    here, there = change.a.split(b"\n"), change.b.split(b"\n")
    if len(here) != len(there):
        return
    example, paths = "", False
    for one, other in zip(here, there, strict=True):
        if one == other:
            continue
        times = _TIMES.sub(b"<time>", one), _TIMES.sub(b"<time>", other)
        if PATH.sub(b"<path>", times[0]) != PATH.sub(b"<path>", times[1]):
            return
        paths |= times[0] != times[1]
        if not example and PATH.sub(b"<path>", one) != PATH.sub(b"<path>", other):
            example = _example(one, other)
    if example:
        yield Note("differs.timestamp", f"only times differ: {example}")
    if paths:
        yield from paths_in(change, only=True)


def paths_in(change: Change, *, only: bool = False) -> Iterator[Note]:
    """Absolute paths that one side holds and the other does not; only says that nothing else differs."""
    here, there = (_found(side) for side in (change.a, change.b))
    one, other = sorted(here - there), sorted(there - here)
    if not one and not other:
        return
    words = both(*(escaped(_root(found)) if found else "none" for found in (one, other)))
    yield Note(
        "differs.path", f"{'only an absolute path differs' if only else 'holds an absolute path'}: {words}"
    )


def _found(data: bytes) -> set[str]:
    found: set[str] = set()
    for match in PATH.finditer(data, 0, _MOST_SEARCHED):
        found.add(match[0].decode("utf-8", "backslashreplace"))
        if len(found) == _MOST_PATHS:
            break
    return found


def _root(paths: list[str]) -> str:
    """The folder that the paths have in common, or the first path."""
    first, last = paths[0], paths[-1]
    if first == last or last.startswith((first + "/", first + "\\")):
        return first
    length = 0
    while length < min(len(first), len(last)) and first[length] == last[length]:
        length += 1
    folder = first[: max(first.rfind("/", 0, length + 1), first.rfind("\\", 0, length + 1))]
    return folder if folder.count("/") + folder.count("\\") > 1 else first


def _example(one: bytes, other: bytes) -> str:
    """The first time that differs in two lines."""
    times = ([match[0] for match in _TIMES.finditer(line)] for line in (one, other))
    here, there = next((pair for pair in zip(*times, strict=False) if pair[0] != pair[1]), (b"?", b"?"))
    return both(*(escaped(time.decode("ascii", "backslashreplace")) for time in (here, there)))
