"""Which folders are looked into: those that hold a project's own code.  [pure]"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Mapping, Sequence

Listing = Mapping[str, Sequence[str]]
"""A folder relative to the root, with forward slashes (`.` for the root itself) -> the names of its files."""

Read = Callable[[str], str | None]
"""The text of a file by its path relative to the root, or None where there is no such file."""

OTHERS = frozenset({"node_modules", "vendor", "testdata", "site-packages", "venv", "virtualenv"})
"""Names of folders that hold other people's code, or what tests eat."""

_MARKS = frozenset({"pyvenv.cfg", "CACHEDIR.TAG"})
"""Files that tell a virtual environment (PEP 405) and a cache such as `target` (https://bford.info/cachedir/)."""


def enters(name: str, inside: Collection[str] = ()) -> bool:
    """Whether a walk goes into a folder, by its base name and the names in it.

    Go leaves out what starts with `.` or `_`, and testdata (`go help packages`).
    """
    return not (name.startswith((".", "_")) or name in OTHERS or _MARKS & set(inside))


def narrow(listing: Listing) -> dict[str, tuple[str, ...]]:
    """The folders that `enters` allows, in order, whatever the walk brought."""
    tidy = {posixpath.normpath(folder or "."): tuple(sorted(names)) for folder, names in listing.items()}
    found: dict[str, tuple[str, ...]] = {}
    for folder in sorted(tidy):
        parts = [] if folder == "." else folder.split("/")
        ways = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        if all(enters(posixpath.basename(way), tidy.get(way, ())) for way in ways):
            found[folder] = tidy[folder]
    return found


def join(folder: str, name: str) -> str:
    """A path below a folder of a listing, without `.`."""
    return posixpath.normpath(posixpath.join(folder, name))


def upwards(folder: str) -> list[str]:
    """A folder and those above it, up to the root `.`, innermost first."""
    if folder == ".":
        return ["."]
    parts = folder.split("/")
    return ["/".join(parts[:n]) for n in range(len(parts), 0, -1)] + ["."]
