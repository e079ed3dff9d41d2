"""Python functions of a listing: modules of usual names that define a handler.  [pure]"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from onezip.config.detect.names import Candidate
from onezip.config.detect.python_tree import FUNCTIONS, defined
from onezip.config.detect.python_versions import pyproject, version
from onezip.config.detect.walk import Listing, Read, join
from onezip.errors import Diagnostic, ProjectError, Severity
from onezip.model.place import Place

MODULES = ("lambda_function", "app", "handler", "main", "index")
"""Names of modules that mostly hold a handler; the first is AWS's own."""

CONTAINERS = ("functions", "function", "lambdas", "lambda", "services", "handlers")
"""Folders whose subfolders are functions; they can be below `src` too."""

NOT_FUNCTIONS = frozenset({
    "tests", "test", "docs", "doc", "examples", "example", "scripts", "tools", "bin", "build", "dist",
})  # fmt: skip
"""Folders of the root that are not looked into where nothing else is found."""


class _Found(NamedTuple):
    """A handler: the folder to pack, the folder of its module, the module and the function."""

    source: str
    folder: str
    module: str
    function: str


def find(listing: Listing, read: Read, name: str) -> tuple[list[Candidate], list[str]]:
    """The functions, and notes about them. name is what a function of the root is called.

    Looked into: the root, `src`, and the subfolders of CONTAINERS; where nothing is there, every subfolder of
    the root and of `src`; and at last the subfolders of those. Raises ProjectError for a folder with two
    modules that match.
    """
    found: list[_Found] = []
    double: list[Diagnostic] = []
    for folders in (_likely(listing), _others(listing, 1), _others(listing, 2)):
        if not found and not double:
            found, double = _matches(folders, listing, read)
    if double:
        raise ProjectError(
            double[0].code, double[0].message, hint=double[0].hint, place=double[0].place, all_of=double
        )
    notes: list[str] = []
    return [_candidate(each, listing, read, name, notes) for each in found], list(dict.fromkeys(notes))


def looked_for() -> str:
    """What is looked for, in words."""
    modules = ", ".join(f"{module}.py" for module in MODULES)
    return (
        f"a Python module ({modules}) that defines {', '.join(FUNCTIONS[:-1])} or {FUNCTIONS[-1]}, in the "
        f"root, src, or a subfolder such as {CONTAINERS[0]}/NAME"
    )


def _likely(listing: Listing) -> Iterator[str]:
    yield from (".", "src")
    for top in (*CONTAINERS, *(f"src/{name}" for name in CONTAINERS)):
        yield top
        for folder in _children(top, listing):
            yield from (folder, f"{folder}/src")


def _others(listing: Listing, depth: int) -> Iterator[str]:
    """The folders so many levels below the root, and one more below `src`, but for those of other uses."""
    for folder in listing:
        parts = folder.split("/")
        below = parts[1:] if parts[0] == "src" else parts
        if folder != "." and len(below) == depth and not NOT_FUNCTIONS & set(parts):
            yield folder


def _children(folder: str, listing: Listing) -> list[str]:
    return [each for each in listing if each != "." and (posixpath.dirname(each) or ".") == folder]


def _matches(folders: Iterable[str], listing: Listing, read: Read) -> tuple[list[_Found], list[Diagnostic]]:
    found: list[_Found] = []
    double: list[Diagnostic] = []
    for folder in dict.fromkeys(folders):
        names = listing.get(folder, ())
        here = [
            (module, function)
            for module in MODULES
            if f"{module}.py" in names and (function := defined(read(join(folder, f"{module}.py")) or ""))
        ]
        if len(here) > 1:
            double.append(_ambiguous(folder, here))
        elif here:
            found.append(_placed(folder, names, *here[0]))
    return found, double


def _placed(folder: str, names: Sequence[str], module: str, function: str) -> _Found:
    """A package (PEP 328) is packed with the folder above it, unless it has dependencies of its own."""
    own = {"requirements.txt", "pyproject.toml", "Pipfile"} & set(names)
    parent, base = posixpath.split(folder)
    if folder != "." and "__init__.py" in names and not own and parent in {"", "src"}:
        return _Found(parent or ".", folder, f"{base}.{module}", function)
    return _Found(folder, folder, module, function)


def _ambiguous(folder: str, here: Sequence[tuple[str, str]]) -> Diagnostic:
    told = ", ".join(f"{module}.py ({function})" for module, function in here)
    module, function = here[0]
    return Diagnostic(
        "project.ambiguous",
        Severity.ERROR,
        f"{'this folder' if folder == '.' else folder} has more than one handler: {told}",
        Place(join(folder, f"{module}.py")),
        f'write onezip.toml: [functions.NAME] with source = "{folder}", runtime = "python3.N" and '
        f'handler = "{module}.{function}"',
    )


def _candidate(found: _Found, listing: Listing, read: Read, name: str, notes: list[str]) -> Candidate:
    wanted = version(found.folder, read)
    table: dict[str, Any] = {
        "language": "python",
        "source": found.source,
        "runtime": wanted.runtime,
        "handler": f"{found.module}.{found.function}",
    }
    above = posixpath.dirname(found.source) or "."
    if (
        posixpath.basename(found.source) == "src"
        and "requirements.txt" not in listing.get(found.source, ())
        and "requirements.txt" in listing.get(above, ())
    ):
        table["python"] = {"requirements": "../requirements.txt"}
    if wanted.unknown:
        notes.append(wanted.unknown)
    if not wanted.said:
        notes.append(f"no .python-version and no requires-python: {wanted.runtime}, the newest, is taken")
    told = f"{found.function} in {join(found.folder, posixpath.basename(found.module.replace('.', '/')))}.py"
    return Candidate(
        _parts(found.folder, read, name), table, told + (f"; {wanted.said}" if wanted.said else "")
    )


def _parts(folder: str, read: Read, name: str) -> tuple[str, ...]:
    """What a function can be called after: its folders, but `src`, which says nothing."""
    parts = tuple(part for part in folder.split("/") if part not in {".", "src"})
    project = pyproject(".", read)
    own = project.get("project", {}).get("name") or project.get("tool", {}).get("poetry", {}).get("name")
    root = own if isinstance(own, str) and own else name
    return parts or (("src", root) if folder == "src" else (root,))
