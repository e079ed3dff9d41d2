"""Reads requirements files: which files, which requirements, which of them are pinned.  [pure]

The format is pip's ("Requirements File Format" in pip's documentation, requirements by PEP 508). What is read
here is what uv gets: `Requirements.lines`, on its standard input. Other descriptions (locks, pyproject.toml)
come along as texts of the same format.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from onezip.builder.languages.base import Read
from onezip.builder.languages.python_direct import NAME, Direct, direct, normalised
from onezip.builder.languages.python_lines import logical_lines, masked, split_option
from onezip.builder.languages.python_wanted import (
    Local,
    Requirement,
    Requirements,
    absolute,
    file_url,
    from_root,
)
from onezip.errors import Diagnostic, ProjectError, Severity
from onezip.model.place import Place

_PINNED = re.compile(rf"({NAME})\s*(?:\[[^\]]*\])?\s*===?\s*[A-Za-z0-9!+._-]+")
_LEADING = re.compile(rf"({NAME})\s*(?:\[[^\]]*\])?")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_HASH = re.compile(r"\s--hash(?:=|\s+)(\S+)")

_FILES = {"-r": False, "--requirement": False, "-c": True, "--constraint": True}
_INDEXES = {"-i": "--index-url", "--index-url": "--index-url", "--extra-index-url": "--extra-index-url"}
_LINKS = frozenset({"-f", "--find-links"})
_FLAGS = frozenset({"--no-index", "--require-hashes", "--pre", "--prefer-binary"})
_VALUES = frozenset({"--only-binary", "--no-binary", "--trusted-host", "-e", "--editable"})


def read_requirements(
    root: str,
    files: Iterable[str],
    constraints: Iterable[str],
    read: Read,
    *,
    texts: Mapping[str, str] = MappingProxyType({}),
    allow: Collection[str] = (),
) -> Requirements:
    """Read requirements and constraints files, named from the root, and all that they include.

    texts stand for files of other formats, which are said in this one; their lines are not told of. allow
    names the distributions that may be built from source. Raises ProjectError with every mistake that was
    found.
    """
    reader = _Reader(root, read, texts, {normalised(name) for name in allow})
    for name in files:
        reader.file(name, constraint=False, asked_at=None)
    for name in constraints:
        reader.file(name, constraint=True, asked_at=None)
    if reader.mistakes:
        first = reader.mistakes[0]
        raise ProjectError(
            first.code, first.message, hint=first.hint, place=first.place, all_of=reader.mistakes
        )
    return reader.found


class _Reader:
    def __init__(self, root: str, read: Read, texts: Mapping[str, str], allow: Collection[str]) -> None:
        self._root, self._read, self._texts, self._allow = root, read, texts, allow
        self._seen: set[tuple[str, bool]] = set()
        self.found = Requirements()
        self.mistakes: list[Diagnostic] = []

    def file(self, name: str, *, constraint: bool, asked_at: Place | None, nested: bool = False) -> None:
        name = posixpath.normpath(name)
        if (name, constraint) in self._seen:
            return
        self._seen.add((name, constraint))
        path = absolute(self._root, name)
        text = self._texts.get(name)
        said = text is not None
        if text is None:
            text = self._read(path)
        if text is None:
            self._wrong(asked_at or Place(name), f"{name} is not there", "correct the name, or make the file")
            return
        if path not in self.found.files:
            self.found.files.append(path)
        if "\x00" in text or "\ufffd" in text:
            self._wrong(Place(name), f"{name} is not UTF-8 text", "save it again as UTF-8")
            return
        if constraint and not nested:
            self.found.limits.append(name)
        for number, line in logical_lines(text.removeprefix("\ufeff")):
            place = Place(name, None if said else number)
            for variable in _VARIABLE.findall(line):
                self.found.variables.setdefault(variable, str(place))
            if line.startswith("-"):
                self._option(line, place, constraint=constraint)
            else:
                self._requirement(line, place, constraint=constraint)

    def _option(self, line: str, place: Place, *, constraint: bool) -> None:
        option, value = split_option(line)
        if option in _FLAGS and not value:
            self._keep(option)
            if option == "--no-index":
                self.found.indexes.append((option, ""))
        elif (
            option not in _VALUES and option not in _FILES and option not in _INDEXES and option not in _LINKS
        ):
            self._wrong(place, f"the option {option} is not known here", "remove it")
        elif not value:
            self._wrong(place, f"{option} needs a value")
        elif option in {"-e", "--editable"}:
            self._requirement(value, place, constraint=constraint, editable=True)
        elif option in _FILES:
            if (name := self._beside(place, value)) is not None:
                self.file(name, constraint=constraint or _FILES[option], asked_at=place, nested=constraint)
        elif option in _INDEXES:
            self._keep(f"{_INDEXES[option]} {masked(value)}")
            self.found.indexes.append((_INDEXES[option], value))
        elif option in _LINKS:
            self._links(place, value)
        elif option == "--no-binary" and value != ":none:":
            if not {normalised(name) for name in value.split(",")} <= set(self._allow):
                hint = "remove the line; allow_sdist names what may be built from source"
                self._wrong(
                    place, "--no-binary asks for a build from source; only wheels are installed", hint
                )
        elif option == "--trusted-host":
            self.found.untrusted.setdefault(value, str(place))
        else:
            self._keep(f"{option} {value}")

    def _links(self, place: Place, value: str) -> None:
        if re.match(r"(?i)https?://", value):
            self._keep(f"--find-links {masked(value)}")
            self.found.indexes.append(("--find-links", value))
        elif (folder := self._beside(place, value)) is not None:
            self._keep(f"--find-links {folder}")
            if folder not in self.found.links:
                self.found.links.append(folder)
                self.found.folders.append(absolute(self._root, folder))

    def _beside(self, place: Place, value: str) -> str | None:
        """A path written in a file, from the root; None, with a mistake noted, where it cannot be shared."""
        if "://" in value or value.startswith(("/", "~")) or re.match(r"[A-Za-z]:", value):
            self._wrong(
                place,
                f"{masked(value)} is not a path that every machine has",
                "write it relative to this file",
            )
        elif "\\" in value:
            self._wrong(place, f"{value} has backslashes", f"write {value.replace(chr(92), '/')}")
        elif "${" in value:
            self._wrong(place, f"{value} depends on a variable", "write the path out")
        else:
            return from_root(self._root, posixpath.join(posixpath.dirname(place.file), value))
        return None

    def _requirement(self, line: str, place: Place, *, constraint: bool, editable: bool = False) -> None:
        hashes = tuple(sorted(_HASH.findall(line)))
        text, _, marker = _HASH.sub("", line).partition(" ;" if "://" in line else ";")
        text, marker = text.strip(), marker.strip()
        if " --" in text or " --" in marker:
            unknown = " --" + (text + marker).split(" --", 1)[1]
            self._wrong(
                place, f"{unknown.split()[0]} is not known here", "only --hash may follow a requirement"
            )
            return
        if (where := direct(text, editable=editable)) is not None:
            self._direct(where, text, place, marker, hashes, constraint=constraint)
            return
        leading = _LEADING.match(text)
        if leading is None:
            self._wrong(place, f"{text} is not a requirement")
            return
        pinned = _PINNED.fullmatch(text) is not None or ("==" in text and "${" in text)
        if not pinned and "${" not in text:
            pinned = self._pinned(place, text)
        compact = re.sub(r"\s+", "", text) + (f" ; {marker}" if marker else "")
        into = self.found.constraints if constraint else self.found.wanted
        into.append(Requirement(normalised(leading[1]), compact, str(place), pinned, hashes, marker))

    def _pinned(self, place: Place, text: str) -> bool:
        from packaging.requirements import InvalidRequirement
        from packaging.requirements import Requirement as Parsed

        try:
            specifiers = Parsed(text).specifier
        except InvalidRequirement as error:
            self._wrong(place, f"{text} is not a requirement: {str(error).splitlines()[0]}")
            return True
        return any(s.operator in {"==", "==="} and not s.version.endswith(".*") for s in specifiers)

    def _direct(
        self,
        where: Direct,
        text: str,
        place: Place,
        marker: str,
        hashes: tuple[str, ...],
        *,
        constraint: bool,
    ) -> None:
        if constraint:
            self._wrong(place, f"{masked(text)} names a place; a constraint is a version", "name a version")
            return
        tail = f" ; {marker}" if marker else ""
        if where.kind == "folder":
            if (folder := self._beside(place, where.where)) is not None:
                self.found.locals.append(Local(folder, str(place), where.extras, marker, where.name))
            return
        if where.kind == "file":
            self._file(where, tail, place, hashes)
            return
        if where.kind == "source" and not self._allowed(where, place, text):
            return
        head = where.name + (f"[{where.extras}]" if where.extras else "")
        digests = tuple(
            f"sha256:{digest}" for digest in re.findall(r"[#&]sha256=([0-9a-f]{64})", where.where)
        )
        every = tuple(sorted({*hashes, *digests}))
        said = f"{head} @ {masked(where.where)}{tail}"
        self.found.wanted.append(
            Requirement(
                where.name, said, str(place), where.pinned or bool(every), every, marker,
                f"{head} @ {where.where}{tail}", direct=True,
            )
        )  # fmt: skip

    def _file(self, where: Direct, tail: str, place: Place, hashes: tuple[str, ...]) -> None:
        if not where.where.endswith(".whl"):
            self._wrong(place, f"{where.where} is a source archive", "name its unpacked folder, or its wheel")
        elif (file := self._beside(place, where.where)) is not None:
            path = absolute(self._root, file)
            name = where.name or normalised(posixpath.basename(file).partition("-")[0])
            head = name + (f"[{where.extras}]" if where.extras else "")
            self.found.files.append(path)
            self.found.wanted.append(
                Requirement(
                    name, f"{head} @ {file}{tail}", str(place), True, hashes, tail[3:],
                    f"{head} @ {file_url(path)}{tail}", direct=True,
                )
            )  # fmt: skip

    def _allowed(self, where: Direct, place: Place, text: str) -> bool:
        if not where.name:
            hint = 'write NAME @ in front of it, and let it be built: allow_sdist = ["NAME"]'
            self._wrong(place, f"{masked(text)} has no name", hint)
        elif where.name not in self._allow:
            self.mistakes.append(
                Diagnostic(
                    "python.sdist",
                    Severity.ERROR,
                    f"{masked(text)} is source, and only wheels are installed",
                    place,
                    _ways(where),
                )
            )
        else:
            return True
        return False

    def _keep(self, option: str) -> None:
        if option not in self.found.options:
            self.found.options.append(option)

    def _wrong(self, place: Place, message: str, hint: str = "") -> None:
        self.mistakes.append(Diagnostic("python.requirements", Severity.ERROR, message, place, hint))


def _ways(where: Direct) -> str:
    """What to do about a source: a release, a wheel, or a build here."""
    name = where.name
    return (
        f"name a version with wheels ({name}==1.2.3); or build its wheel once "
        "(python -m pip wheel --no-deps -w wheels, and this line) and add --find-links wheels; or let it be "
        f'built here, in onezip.toml: [functions.NAME.python] allow_sdist = ["{name}"]'
    )
