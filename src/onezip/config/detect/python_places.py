"""Where a Python function's modules are imported from: its own folder, or one above it.  [pure]

Lambda puts the root of the zip on `sys.path` and nothing else of the project. A handler that imports its
siblings by the name of their package needs the folder above that package to be the root.
"""

from __future__ import annotations

import posixpath
import sys
from typing import NamedTuple

from onezip.config.detect.python_tree import Imported, imported
from onezip.config.detect.python_versions import pyproject
from onezip.config.detect.walk import Listing, Read, join, upwards

_OWN = frozenset({"requirements.txt", "pyproject.toml", "Pipfile"})
"""What tells that a folder is a function by itself, although it is a package too."""

_STANDARD = (sys.stdlib_module_names - {"annotationlib", "compression", "profiling"}) | {
    "aifc", "asynchat", "asyncore", "audioop", "cgi", "cgitb", "chunk", "crypt", "distutils", "imghdr",
    "imp", "lib2to3", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "pipes", "smtpd", "sndhdr",
    "spwd", "sunau", "telnetlib", "uu", "xdrlib",
}  # fmt: skip
"""Modules of the standard library, the same ones whichever Python (3.11 or newer) this runs on."""

DESCRIPTIONS = ("requirements.txt", "uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock")
"""What describes dependencies in a folder, in the order in which one goes before another."""


class Root(NamedTuple):
    """The folder to pack, and why it is not the module's own; empty where it is."""

    folder: str
    why: str = ""


def root_of(folder: str, module: str, listing: Listing, read: Read) -> Root:
    """The folder that a handler's module has to be packed from."""
    above = upwards(folder)[1:]
    said = imported(read(join(folder, f"{module}.py")) or "")
    found = [
        Root(home, f"it imports {top}")
        for top in said.tops
        if (home := _home(top, said, folder, above, listing, read)) is not None
    ]
    if said.level and said.level <= len(above):
        found.append(Root(above[said.level - 1], "it has relative imports"))
    found += [Root(above[0], "it is in a package")] if _is_packaged(folder, listing) else []
    found = [each for each in found if not any("." in part for part in _between(each.folder, folder))]
    return min(found, key=lambda each: above.index(each.folder) * -1, default=Root(folder))


def requirements_of(folder: str, source: str, listing: Listing) -> str | None:
    """What describes the dependencies of a module in folder, from source; None where that is found anyway.

    It is looked for from the module up to the source; for a `src`, requirements.txt may lie beside it.
    """
    for each in upwards(folder):
        name = next((name for name in DESCRIPTIONS if name in listing.get(each, ())), None)
        if each == source:
            break
        if name is not None:
            return posixpath.relpath(join(each, name), source)
    else:
        return None
    above = posixpath.dirname(source) or "."
    if name is None and posixpath.basename(source) == "src" and "requirements.txt" in listing.get(above, ()):
        return "../requirements.txt"
    return None


def _home(
    top: str, said: Imported, folder: str, above: list[str], listing: Listing, read: Read
) -> str | None:
    """The nearest folder above that has a module or package of a name; None where it comes from elsewhere.

    A project that is built into a wheel brings its own packages.
    """
    if top in _STANDARD or _has(folder, top, said, listing):
        return None
    home = next((each for each in above if _has(each, top, said, listing)), None)
    if home is None or "build-system" in pyproject(home, read):
        return None
    return home


def _has(folder: str, top: str, said: Imported, listing: Listing) -> bool:
    """Whether a folder has a module of a name, or a package with what is imported of it."""
    if f"{top}.py" in listing.get(folder, ()):
        return True
    inner = join(folder, top)
    names = listing.get(inner)
    if names is None:
        return False
    return any(
        not parts or f"{parts[0]}.py" in names or join(inner, parts[0]) in listing or "__init__.py" in names
        for parts in said.tops[top]
    )


def _is_packaged(folder: str, listing: Listing) -> bool:
    """A package (PEP 328) in the root or in a `src` is packed with the folder above it."""
    names, parent = listing.get(folder, ()), posixpath.dirname(folder)
    beside = parent == "" or posixpath.basename(parent) == "src"
    return folder != "." and "__init__.py" in names and not _OWN & set(names) and beside


def _between(outer: str, inner: str) -> list[str]:
    return posixpath.relpath(inner, outer).split("/")
