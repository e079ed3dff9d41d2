"""Who wrote what differs between two builds of a function: its command, or a package built here.  [pure]"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from onezip.archive.causes.words import listed, named
from onezip.archive.manifest import Manifest
from onezip.model.function import Function

_OF_COMMAND = (
    "let it heed SOURCE_DATE_EPOCH, and leave times, random values and folders out of what it writes"
)
_OF_PACKAGE = "build its wheel once, put it into a folder, and add --find-links FOLDER"
_OF_PROJECT = "see what its build backend generates: a version from git, a time, a compiled module"


@dataclass(frozen=True, slots=True)
class Suspect:
    """Who it was, in words; what helps; and the entries that speak against it."""

    summary: str
    advice: str
    entries: tuple[str, ...]


def differing(a: Manifest, b: Manifest) -> list[str]:
    """The names of the entries that two zips do not share, in order; their digests must be known."""
    one, other = ({entry.name: (entry.sha256, entry.mode) for entry in side.entries} for side in (a, b))
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def suspects(
    function: Function, entries: Sequence[str], projects: Mapping[str, str] | None = None
) -> tuple[Suspect, ...]:
    """Who wrote the entries, as far as the function tells; projects are local ones by name: their folders."""
    if not entries:
        return ()
    if function.command is not None:
        return tuple(_of_command(function, entries))
    built = {_normal(name): (f"{name}, which is built from its source distribution,", _OF_PACKAGE)
             for name in function.python.allow_sdist}  # fmt: skip
    for name, folder in (projects or {}).items():
        built[_normal(name)] = (f"{name}, which is built from {folder},", _OF_PROJECT)
    return tuple(_of_packages(built, entries))


def _of_command(function: Function, entries: Sequence[str]) -> Iterator[Suspect]:
    copied = {name: source for source, name in function.files.items()}
    for name in entries:
        if name in copied:
            yield Suspect(f"{copied[name]} differs, which `files` names", "see what writes it", (name,))
    written = [name for name in entries if name not in copied]
    if written and function.command is not None:
        summary = f"the command `{shlex.join(function.command.run)}` wrote {named(written)}"
        yield Suspect(summary, _OF_COMMAND, tuple(written))


def _of_packages(built: Mapping[str, tuple[str, str]], entries: Iterable[str]) -> Iterator[Suspect]:
    found: dict[str, list[str]] = {}
    for name in entries:
        found.setdefault(_package(name), []).append(name)
    rest = [name for package, names in found.items() if package not in built for name in names]
    clear = {package: names for package, names in found.items() if package in built}
    if rest and not clear and len(built) == 1:
        clear, rest = {next(iter(built)): rest}, []  # its module may have another name
    for package, names in clear.items():
        who, advice = built[package]
        yield Suspect(f"{who} wrote {named(names)}", advice, tuple(names))
    if rest and not clear and built:
        who = listed(sorted(built))
        yield Suspect(f"one of {who}, which are built here, wrote {named(rest)}", _OF_PACKAGE, tuple(rest))


def _package(name: str) -> str:
    """The distribution that an entry seems to be of: `x` of `x/y.py`, `x.py` and `x-1.dist-info/METADATA`."""
    top = name.partition("/")[0]
    return _normal(re.sub(r"(-[^-]+\.(dist|egg)-info|\.libs|\.data|(\.[\w-]+)?\.(py|so))$", "", top))


def _normal(name: str) -> str:
    """A distribution's name, normalised (packaging.python.org, "Names and normalization")."""
    return re.sub(r"[-_.]+", "-", name).lower()
