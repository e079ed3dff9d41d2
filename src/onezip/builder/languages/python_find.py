"""Finds what describes a function's dependencies: in its source folder, or above it.  [pure]

requirements.txt is looked for in the source folder alone: above it, it is mostly of something else. The
others count up to the project's root, the nearest first; a uv workspace may have its root further up.
"""

from __future__ import annotations

import fnmatch
import posixpath
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from onezip.builder.languages.base import Read
from onezip.builder.languages.python_project import Table, describes, name_of, parse, part, wrong
from onezip.builder.languages.python_pylock import NAMES
from onezip.builder.languages.python_wanted import absolute
from onezip.model.function import Function


class Kind(StrEnum):
    """The kinds of descriptions, in the order in which one goes before another in a folder."""

    REQUIREMENTS = "requirements.txt"
    UV = "uv.lock"
    PYLOCK = "pylock.toml"
    POETRY = "poetry.lock"
    PIPENV = "Pipfile.lock"
    PYPROJECT = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Description:
    """A file that says what a function needs. Paths are from the root, with forward slashes.

    project is the folder of the project that it speaks of, and package that project's name in a uv workspace.
    """

    kind: Kind
    file: str
    project: str
    package: str = ""

    @property
    def folder(self) -> str:
        """Where the file lies; empty for the root."""
        return posixpath.dirname(self.file)


@dataclass(slots=True)
class Search:
    """What was found, and what a later look has to compare: absolute paths that were, and were not there."""

    found: Description | None = None
    files: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


def find(root: str, function: Function, read: Read) -> Search:
    """The description that counts for a function. Raises ProjectError for a pyproject.toml that is none."""
    look = _Look(root, read)
    source = posixpath.normpath(function.source)
    named = function.python.requirements
    if named is not None:
        if named:
            file = posixpath.normpath(posixpath.join(source, named))
            look.search.found = look.described(_kind(file), file, source)
        return look.search
    for number, folder in enumerate(_upwards(source)):
        for kind in Kind:
            if kind is Kind.REQUIREMENTS and number:
                continue
            file = posixpath.join(folder, kind).removeprefix("./")
            if look.there(file) and (kind is not Kind.PYPROJECT or look.is_project(file)):
                look.search.found = look.described(kind, file, source)
                return look.search
        look.refuse_unlocked(folder)
    return look.search


def _kind(file: str) -> Kind:
    name = posixpath.basename(file)
    if NAMES.fullmatch(name):
        return Kind.PYLOCK
    if name == "Pipfile":
        raise wrong(file, "says which packages, not which versions", "name Pipfile.lock")
    return Kind(name) if name in set(Kind) else Kind.REQUIREMENTS


def _upwards(folder: str) -> Iterator[str]:
    """A folder and those above it, up to the root (`.`); a folder outside of it stands alone."""
    yield folder
    while folder not in {".", ""} and not folder.startswith(".."):
        folder = posixpath.dirname(folder) or "."
        yield folder


class _Look:
    def __init__(self, root: str, read: Read) -> None:
        self._root, self._read = root, read
        self.search = Search()

    def there(self, file: str) -> bool:
        """Whether a file is there; noted either way."""
        path = absolute(self._root, file)
        here = self._read(path) is not None
        noted = self.search.files if here else self.search.absent
        if path not in noted:
            noted.append(path)
        return here

    def is_project(self, file: str) -> bool:
        return describes(parse(self._read(absolute(self._root, file)) or "", file))

    def refuse_unlocked(self, folder: str) -> None:
        """A Pipfile alone says too little; nothing is installed silently without it."""
        file = posixpath.join(folder, "Pipfile").removeprefix("./")
        if self.there(file):
            raise wrong(file, "there is no Pipfile.lock", "run `pipenv lock`, and commit the lock")

    def described(self, kind: Kind, file: str, source: str) -> Description:
        folder = posixpath.dirname(file) or "."
        if kind is Kind.UV:
            return self._member(file, folder, source)
        if kind is Kind.PYPROJECT and (lock := self._workspace(file, folder)) is not None:
            return lock
        return Description(kind, file, folder)

    def _member(self, file: str, folder: str, source: str) -> Description:
        """The nearest project above the source that the lock is for; the lock's own where there is none."""
        for near in _upwards(source):
            if near == folder or posixpath.relpath(near, folder).startswith(".."):
                break
            own = posixpath.join(near, Kind.PYPROJECT)
            if self.there(own) and (name := self._name(own)):
                return Description(Kind.UV, file, near, name)
        own = posixpath.join(folder, Kind.PYPROJECT).removeprefix("./")
        if not self.there(own) or not self._name(own):
            hint = "let source lie in a member, or name another file: requirements = FILE"
            raise wrong(file, f"{source} is in none of the projects that it is for", hint)
        return Description(Kind.UV, file, folder, self._name(own))

    def _name(self, file: str) -> str:
        return name_of(parse(self._read(absolute(self._root, file)) or "", file))

    def _workspace(self, file: str, folder: str) -> Description | None:
        """The lock of the uv workspace that a project is a member of (`tool.uv.workspace`)."""
        at, name = folder, self._name(file)
        while name:
            above = posixpath.normpath(posixpath.join(at, ".."))
            if absolute(self._root, above) == absolute(self._root, at):
                return None
            at = above
            own = posixpath.join(at, Kind.PYPROJECT)
            text = self._read(absolute(self._root, own))
            workspace = part(_lenient(text), "tool", "uv").get("workspace") if text else None
            if workspace is None:
                continue
            lock = posixpath.normpath(posixpath.join(at, Kind.UV))
            below = posixpath.relpath(_posix(absolute(self._root, folder)), _posix(absolute(self._root, at)))
            listed = any(_matches(below, pattern) for pattern in workspace.get("members", []))
            out = any(_matches(below, pattern) for pattern in workspace.get("exclude", []))
            if listed and not out and self.there(lock):
                self.there(own)
                return Description(Kind.UV, lock, folder, name)
            return None
        return None


def _posix(path: str) -> str:
    return path.replace("\\", "/")


def _lenient(text: str) -> Table:
    """A file above the project's own that may be anything."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _matches(path: str, pattern: str) -> bool:
    """Whether a folder is meant by a member's pattern; `*` stays within one level, `**` does not."""
    parts, wanted = path.split("/"), posixpath.normpath(pattern).split("/")
    if "**" in wanted:
        return fnmatch.fnmatchcase(path, pattern)
    return len(parts) == len(wanted) and all(
        fnmatch.fnmatchcase(part, each) for part, each in zip(parts, wanted, strict=True)
    )
