"""Python functions of a listing: modules of usual names that define a handler.  [pure]"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from onezip.config.detect.names import Candidate
from onezip.config.detect.python_places import Root, requirements_of, root_of
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
    "layers", "layer", "cdk.out", "site-packages",
})  # fmt: skip
"""Folders that hold no functions of a project: nothing in them or below is taken for one."""

_TESTS = frozenset({"tests", "test"})
_NAMELESS = frozenset({".", "src", "code"})
"""Parts of a path that say nothing of a function."""

_MOST_READ = 1000
"""Most modules that are read to say what was not taken."""


class _Found(NamedTuple):
    """A handler: the folder to pack, the folder of its module, the module and the function."""

    root: Root
    folder: str
    module: str
    function: str

    @property
    def handler(self) -> str:
        below = posixpath.relpath(self.folder, self.root.folder)
        package = "" if below == "." else below.replace("/", ".") + "."
        if self.module == "__init__" and package:
            return f"{package}{self.function}"
        return f"{package}{self.module}.{self.function}"


def find(listing: Listing, read: Read, name: str) -> tuple[list[Candidate], list[str]]:
    """The functions, and notes about them. name is what a function of the root is called.

    Looked into: the root, `src`, and what lies below CONTAINERS; where nothing is there, every folder but
    NOT_FUNCTIONS. A folder below a function's own is a part of it. Raises ProjectError for folders with two
    modules that match.
    """
    seeker = _Seeker(listing, read)
    seeker.look_where_it_is_likely()
    if not seeker.found and not seeker.double:
        seeker.look_below(".", NOT_FUNCTIONS)
    if double := seeker.double:
        raise ProjectError(
            double[0].code, double[0].message, hint=double[0].hint, place=double[0].place, all_of=double
        )
    notes: list[str] = []
    candidates = [_candidate(each, listing, read, name, notes) for each in seeker.found]
    if not candidates and (others := _not_taken(listing, read)):
        notes.append(others)
    return candidates, list(dict.fromkeys(notes))


def looked_for() -> str:
    """What is looked for, in words."""
    modules = ", ".join(f"{module}.py" for module in MODULES)
    return f"a Python module ({modules}) that defines {', '.join(FUNCTIONS[:-1])} or {FUNCTIONS[-1]}"


class _Seeker:
    """Looks at folders, each once, and keeps what it finds."""

    def __init__(self, listing: Listing, read: Read) -> None:
        self._listing, self._read = listing, read
        self._below: dict[str, list[str]] = {}
        for folder in listing:
            if folder != ".":
                self._below.setdefault(posixpath.dirname(folder) or ".", []).append(folder)
        self._seen: set[str] = set()
        self.found: list[_Found] = []
        self.double: list[Diagnostic] = []

    def look_where_it_is_likely(self) -> None:
        """The root, `src`, the containers and below them."""
        for folder in (".", "src"):
            self._look_at(folder)
        for top in (*CONTAINERS, *(f"src/{name}" for name in CONTAINERS)):
            self._look_at(top)
            for folder in self._below.get(top, ()):
                if posixpath.basename(folder) not in _TESTS and not self._look_at(folder):
                    self.look_below(folder, NOT_FUNCTIONS)

    def look_below(self, top: str, without: frozenset[str]) -> None:
        """Every folder below one; not into those without, nor below one that matches."""
        for folder in self._below.get(top, ()):
            if posixpath.basename(folder) not in without and not self._look_at(folder):
                self.look_below(folder, without)

    def _look_at(self, folder: str) -> bool:
        """Whether a folder has a handler, or more than one."""
        if folder in self._seen:
            return False
        self._seen.add(folder)
        names = self._listing.get(folder, ())
        here = [
            (module, function)
            for module in MODULES
            if f"{module}.py" in names
            and (function := defined(self._read(join(folder, f"{module}.py")) or ""))
        ]
        if len(here) > 1:
            self.double.append(_ambiguous(folder, here))
        elif here:
            root = root_of(folder, here[0][0], self._listing, self._read)
            self.found.append(_Found(root, folder, *here[0]))
        return bool(here)


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
        "source": found.root.folder,
        "runtime": wanted.runtime,
        "handler": found.handler,
    }
    if (requirements := requirements_of(found.folder, found.root.folder, listing)) is not None:
        table["python"] = {"requirements": requirements}
    notes += wanted.notes
    told = f"{found.function} in {join(found.folder, found.module)}.py"
    if found.root.why:
        told += f"; packed from {found.root.folder}, for {found.root.why}"
    parts = _parts(found.folder, read, name)
    return Candidate(parts, table, told + (f"; {wanted.said}" if wanted.said else ""))


def _parts(folder: str, read: Read, name: str) -> tuple[str, ...]:
    """What a function can be called after: its folders, but for names that say nothing."""
    parts = tuple(part for part in folder.split("/") if part not in _NAMELESS)
    project = pyproject(".", read)
    own = project.get("project", {}).get("name") or project.get("tool", {}).get("poetry", {}).get("name")
    root = own if isinstance(own, str) and own else name
    return parts or (("src", root) if folder == "src" else (root,))


def _not_taken(listing: Listing, read: Read) -> str:
    """Modules that could be functions, why none was taken, and how one is described; else nothing."""
    others = []
    for folder, module, function in _others(listing, read):
        barred = next((part for part in folder.split("/") if part in NOT_FUNCTIONS), "")
        others.append(
            (folder, module, function, f"below {barred}" if barred else "its name is not a usual one")
        )
    if not others:
        return ""
    said = [f"{join(folder, module)}.py ({why})" for folder, module, _, why in others[:3]]
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    folder, module, function, _ = others[0]
    found = _Found(root_of(folder, module, listing, read), folder, module, function)
    return (
        f"not taken for functions: {', '.join(said)}{more}; to build the first, write an onezip.toml: "
        f'[functions.NAME], source = "{found.root.folder}", runtime = "{version(folder, read).runtime}", '
        f'handler = "{found.handler}"'
    )


def _others(listing: Listing, read: Read) -> Iterator[tuple[str, str, str]]:
    """(folder, module, function) of whatever module defines a handler."""
    left = _MOST_READ
    for folder in listing:
        for name in listing[folder]:
            if name.endswith(".py") and not name.startswith("test_") and left > 0:
                left -= 1
                function = defined(read(join(folder, name)) or "")
                if function is not None and function != "main":
                    yield folder, name.removesuffix(".py"), function
