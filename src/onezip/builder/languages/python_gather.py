"""From a function to its requirements, whatever describes them.  [pure]"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from onezip.builder.languages import (
    python_pipenv,
    python_poetry,
    python_poetry_loose,
    python_project,
    python_pylock,
    python_uv,
)
from onezip.builder.languages.base import Read
from onezip.builder.languages.python_find import Description, Kind, Search, find
from onezip.builder.languages.python_lines import masked
from onezip.builder.languages.python_local import Project, own_is_built, projects
from onezip.builder.languages.python_project import Table, check_python, parse, wrong
from onezip.builder.languages.python_requirements import read_requirements
from onezip.builder.languages.python_target import Target, target
from onezip.builder.languages.python_wanted import Local, Requirements, absolute
from onezip.model.function import Function

_IN_FILES = frozenset({"--find-links", "--no-index"})
"""Options that a requirements file has as well."""


@dataclass(slots=True)
class Gathered:
    """A function's requirements, and what they were found by.

    options are for uv's command line; complete says that every package is listed, dependencies and all;
    notes are (code, message, hint) of warnings about the description as a whole.
    """

    description: Description
    search: Search
    found: Requirements
    options: list[tuple[str, str]] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    complete: bool = False
    notes: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Said:
    """What one kind of description comes to: lines as in a requirements file, and uv's options."""

    lines: Sequence[str] = ()
    options: list[tuple[str, str]] = field(default_factory=list)
    table: Table | None = None
    notes: list[tuple[str, str, str]] = field(default_factory=list)


def gather(root: str, function: Function, read: Read, output: str) -> tuple[Search, Gathered | None]:
    """What a function needs, or None where nothing describes it. output is what `uv export` said.

    Raises ProjectError with each mistake's file, and line where it has one.
    """
    on = target(function)
    search = find(root, function, read)
    if search.found is None:
        return search, None
    about = search.found
    settings = function.python
    reader = _Described(root, function, about, search, read, on)
    said = reader.said(output)
    text = "".join(f"{option} {value}\n" for option, value in said.options if option in _IN_FILES)
    text += "".join(f"{line}\n" for line in said.lines)
    constraints = [posixpath.normpath(posixpath.join(function.source, name)) for name in settings.constraints]
    found = read_requirements(
        root,
        [about.file],
        constraints,
        read,
        texts={} if about.kind is Kind.REQUIREMENTS else {about.file: text},
        allow=settings.allow_sdist,
    )
    complete = about.kind not in {Kind.REQUIREMENTS, Kind.PYPROJECT}
    options = [(option, value) for option, value in said.options if option not in _IN_FILES]
    found.options += [f"{option} {masked(value)}" for option, value in options]
    if said.table is not None:
        _own(root, function, about, said.table, found, read)
    local = projects(root, found, read, complete=complete)
    return search, Gathered(about, search, found, options, local, complete, said.notes)


def _own(
    root: str, function: Function, about: Description, table: Table, found: Requirements, read: Read
) -> None:
    """Add the project itself, or take it out, by whether it has to be built."""
    built = own_is_built(root, function, about.project, table, read)
    if not built:
        found.locals[:] = [each for each in found.locals if each.folder != about.project]
    elif about.project not in found.projects:
        extras = ",".join(sorted(function.python.extras)) if about.kind is Kind.PYPROJECT else ""
        found.locals.append(Local(about.project, about.file, extras))


class _Described:
    def __init__(
        self, root: str, function: Function, about: Description, search: Search, read: Read, on: Target
    ) -> None:
        self._root, self._about, self._search, self._read, self._on = root, about, search, read, on
        self._function = function
        self._extras, self._groups = function.python.extras, function.python.groups

    def said(self, output: str) -> _Said:
        match self._about.kind:
            case Kind.REQUIREMENTS:
                self._refuse("extras", "groups")
                return _Said()
            case Kind.UV:
                return self._uv(output)
            case Kind.PYLOCK:
                text = self._text(self._about.file)
                lines = python_pylock.requirement_lines(
                    text, self._about.file, self._on, self._extras, self._groups
                )
                return _Said(lines)
            case Kind.POETRY:
                return self._poetry()
            case Kind.PIPENV:
                return self._pipenv()
            case Kind.PYPROJECT:
                return self._pyproject()

    def _text(self, file: str) -> str:
        """The text of a file that counts; an error where it is not there."""
        path = absolute(self._root, file)
        text = self._read(path)
        if text is None:
            raise wrong(file, f"{file} is not there", "correct the name, or make the file")
        if path not in self._search.files:
            self._search.files.append(path)
        return text

    def _beside(self, name: str) -> str:
        return posixpath.join(self._about.folder, name)

    def _refuse(self, *settings: str) -> None:
        for setting in settings:
            if getattr(self._function.python, setting):
                raise wrong(
                    self._about.file,
                    f"has no {setting}, which {self._function.name} asks for",
                    f"remove {setting}, or name another file: requirements = FILE",
                )

    def _uv(self, output: str) -> _Said:
        file, about = self._about.file, self._about
        lock = parse(self._text(file), file)
        own = posixpath.normpath(posixpath.join(about.project, Kind.PYPROJECT))
        table = parse(self._text(own), own)
        python_uv.check_fresh(lock, table, file, own)
        check_python(str(lock.get("requires-python", "")), self._on, file)
        top = posixpath.normpath(self._beside(Kind.PYPROJECT))
        whole = table if top == own else parse(self._text(top), top)
        return _Said(output.splitlines(), self._indexes(whole), table)

    def _indexes(self, table: Table) -> list[tuple[str, str]]:
        """The indexes of uv's settings; a uv.toml beside stands for `[tool.uv]`."""
        file = self._beside("uv.toml")
        path = absolute(self._root, file)
        if (text := self._read(path)) is not None:
            self._search.files.append(path)
            return python_project.index_options({"tool": {"uv": parse(text, file)}})
        self._search.absent.append(path)
        return python_project.index_options(table)

    def _poetry(self) -> _Said:
        file, beside = self._about.file, self._beside(Kind.PYPROJECT)
        lock, table = parse(self._text(file), file), parse(self._text(beside), beside)
        lines = python_poetry.requirement_lines(lock, table, file, self._on, self._extras, self._groups)
        return _Said(lines, python_poetry.index_options(table), table)

    def _pipenv(self) -> _Said:
        self._refuse("extras")
        file, beside = self._about.file, self._beside("Pipfile")
        lock = python_pipenv.parse_lock(self._text(file), file)
        there = self._read(absolute(self._root, beside)) is not None
        table = parse(self._text(beside), beside) if there else None
        notes = []
        if (version := python_pipenv.python_of(lock)) not in {"", self._on.short}:
            message = f"{file} was locked for Python {version}, and the runtime has {self._on.short}"
            hint = "change python_version in the Pipfile and lock again, or choose another runtime"
            notes.append(("python.requirements", message, hint))
        return _Said(python_pipenv.requirement_lines(lock, table, file, self._groups), notes=notes)

    def _pyproject(self) -> _Said:
        file = self._about.file
        table = parse(self._text(file), file)
        if "project" not in table:
            lines = python_poetry_loose.requirement_lines(table, file, self._on, self._extras, self._groups)
            return _Said(lines, python_poetry.index_options(table), table)
        check_python(str(python_project.part(table, "project").get("requires-python", "")), self._on, file)
        lines = python_project.requirement_lines(table, file, self._extras, self._groups)
        return _Said(lines, self._indexes(table), table)


def locked(root: str, function: Function, gathered: Gathered, read: Read, digest: str) -> Gathered:
    """The requirements as onezip's own pylock file has them. digest is of what they are now.

    Raises ProjectError `lock.stale` where the file is not there, or was resolved from others.
    """
    file = function.python.locked
    hint = f"run `onezip lock {function.name}`"
    text = read(absolute(root, file))
    if text is None:
        raise wrong(file, "onezip.lock names it, and it is not there", hint, "lock.stale")
    if python_pylock.resolved_from(text, file) != digest:
        raise wrong(
            file, f"the requirements of {function.name} changed since `onezip lock`", hint, "lock.stale"
        )
    lines = python_pylock.requirement_lines(text, file, target(function))
    found = read_requirements(
        root,
        [file],
        (),
        read,
        texts={file: "".join(f"{line}\n" for line in lines)},
        allow=function.python.allow_sdist,
    )
    was = gathered.found
    found.files = list(dict.fromkeys((*was.files, *found.files)))
    found.folders, found.links, found.locals = was.folders, was.links, was.locals
    found.indexes, found.untrusted, found.variables = was.indexes, was.untrusted, was.variables
    found.options = [option for option in was.options if option not in {"--pre", "--require-hashes"}]
    return replace(gathered, found=found, complete=True)
