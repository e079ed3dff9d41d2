"""Reads requirements files: which files, which requirements, which of them are pinned.  [pure]

The format is pip's ("Requirements File Format" in pip's documentation, requirements by PEP 508). uv reads
the same files again when it installs; what is found here decides when a build is stale, and what to warn
about or refuse before anything is fetched.
"""

from __future__ import annotations

import ntpath
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from onezip.builder.languages.base import Read
from onezip.builder.languages.python_lines import logical_lines, masked, split_option
from onezip.errors import Diagnostic, ProjectError, Severity
from onezip.model.place import Place

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_PINNED = re.compile(rf"({_NAME})\s*(?:\[[^\]]*\])?\s*===?\s*[A-Za-z0-9!+._-]+")
_LEADING = re.compile(rf"({_NAME})\s*(?:\[[^\]]*\])?\s*(@?)")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_HASH = re.compile(r"\s--hash(?:=|\s+)(\S+)")
_ARCHIVE = re.compile(r"\.(whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz)$", re.IGNORECASE)

_FILES = {"-r": False, "--requirement": False, "-c": True, "--constraint": True}
_INDEXES = {"-i": "--index-url", "--index-url": "--index-url", "--extra-index-url": "--extra-index-url"}
_LINKS = frozenset({"-f", "--find-links"})
_FLAGS = frozenset({"--no-index", "--require-hashes", "--pre", "--prefer-binary"})
_VALUES = frozenset({"--only-binary", "--no-binary", "--trusted-host", "-e", "--editable"})


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line that names a distribution. name is normalised (PEP 503); hashes are sorted."""

    name: str
    text: str
    place: str
    pinned: bool
    hashes: tuple[str, ...] = ()
    marker: str = ""


@dataclass(slots=True)
class Requirements:
    """What the files say together. files and folders are absolute; places are `file:line` from the root."""

    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    wanted: list[Requirement] = field(default_factory=list)
    constraints: list[Requirement] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    indexes: list[tuple[str, str]] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    untrusted: dict[str, str] = field(default_factory=dict)

    @property
    def hashed(self) -> bool:
        """Whether every requirement is pinned and bears a hash, so that nothing else may be installed."""
        return "--require-hashes" in self.options or (
            bool(self.wanted) and all(each.pinned and each.hashes for each in self.wanted)
        )

    def canonical(self) -> str:
        """The same text for files that mean the same: no comments, order, credentials or machine paths."""
        lines = [*self.options]
        for prefix, group in (("", self.wanted), ("-c ", self.constraints)):
            lines += sorted({prefix + " ".join((each.text, *each.hashes)) for each in group})
        return "".join(f"{line}\n" for line in lines)


def absolute(root: str, relative: str) -> str:
    """A path below (or beside) the project's root, in the system's own form."""
    paths = posixpath if root.startswith("/") else ntpath
    return str(paths.normpath(paths.join(root, relative)))


def read_requirements(
    root: str, files: Iterable[str], constraints: Iterable[str], read: Read
) -> Requirements:
    """Read requirements and constraints files, named from the root, and all that they include.

    Raises ProjectError with every mistake that was found.
    """
    reader = _Reader(root, read)
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
    def __init__(self, root: str, read: Read) -> None:
        self._root, self._read = root, read
        self._seen: set[tuple[str, bool]] = set()
        self.found = Requirements()
        self.mistakes: list[Diagnostic] = []

    def file(self, name: str, *, constraint: bool, asked_at: Place | None) -> None:
        name = posixpath.normpath(name)
        if (name, constraint) in self._seen:
            return
        self._seen.add((name, constraint))
        path = absolute(self._root, name)
        text = self._read(path)
        if text is None:
            self._wrong(asked_at or Place(name), f"{name} is not there", "correct the name, or make the file")
            return
        if path not in self.found.files:
            self.found.files.append(path)
        if "\x00" in text or "\ufffd" in text:
            self._wrong(Place(name), f"{name} is not UTF-8 text", "save it again as UTF-8")
            return
        for number, line in logical_lines(text.removeprefix("\ufeff")):
            place = Place(name, number)
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
            self._local(place, line)
        elif option in _FILES:
            if (name := self._beside(place, value)) is not None:
                self.file(name, constraint=constraint or _FILES[option], asked_at=place)
        elif option in _INDEXES:
            self._keep(f"{_INDEXES[option]} {masked(value)}")
            self.found.indexes.append((_INDEXES[option], value))
        elif option in _LINKS:
            self._links(place, value)
        elif option == "--no-binary" and value != ":none:":
            hint = "remove the line; a package without a wheel is named when the build finds it"
            self._wrong(place, "--no-binary asks for a build from source; only wheels are installed", hint)
        elif option == "--trusted-host":
            self.found.untrusted.setdefault(value, str(place))
        else:
            self._keep(f"{option} {value}")

    def _links(self, place: Place, value: str) -> None:
        if re.match(r"(?i)https?://", value):
            self._keep(f"--find-links {masked(value)}")
        elif (folder := self._beside(place, value)) is not None:
            self._keep(f"--find-links {folder}")
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
            return posixpath.normpath(posixpath.join(posixpath.dirname(place.file), value))
        return None

    def _requirement(self, line: str, place: Place, *, constraint: bool) -> None:
        hashes = tuple(sorted(_HASH.findall(line)))
        text, _, marker = _HASH.sub("", line).partition(";")
        text, marker = text.strip(), marker.strip()
        if " --" in text or " --" in marker:
            unknown = " --" + (text + marker).split(" --", 1)[1]
            self._wrong(
                place, f"{unknown.split()[0]} is not known here", "only --hash may follow a requirement"
            )
            return
        leading = _LEADING.match(text)
        if leading is None or leading[2] or "/" in text or "\\" in text or _ARCHIVE.search(text):
            if text.startswith((".", "~")) or re.search(r"[/\\@]", text) or _ARCHIVE.search(text):
                self._local(place, text)
            else:
                self._wrong(place, f"{text} is not a requirement")
            return
        pinned = _PINNED.fullmatch(text) is not None or ("==" in text and "${" in text)
        if not pinned and "${" not in text:
            pinned = self._pinned(place, text)
        name = re.sub(r"[-_.]+", "-", leading[1]).lower()
        compact = re.sub(r"\s+", "", text) + (f" ; {marker}" if marker else "")
        into = self.found.constraints if constraint else self.found.wanted
        into.append(Requirement(name, compact, str(place), pinned, hashes, marker))

    def _pinned(self, place: Place, text: str) -> bool:
        from packaging.requirements import InvalidRequirement
        from packaging.requirements import Requirement as Parsed

        try:
            specifiers = Parsed(text).specifier
        except InvalidRequirement as error:
            self._wrong(place, f"{text} is not a requirement: {str(error).splitlines()[0]}")
            return True
        return any(s.operator in {"==", "==="} and not s.version.endswith(".*") for s in specifiers)

    def _keep(self, option: str) -> None:
        if option not in self.found.options:
            self.found.options.append(option)

    def _local(self, place: Place, text: str) -> None:
        self.mistakes.append(
            Diagnostic(
                "python.editable",
                Severity.ERROR,
                f"{masked(text)} is not a release from an index; onezip does not build projects yet",
                place,
                "name a version (name==1.2.3), put the package into the source folder,"
                " or put its wheel into a folder and add --find-links FOLDER",
            )
        )

    def _wrong(self, place: Place, message: str, hint: str = "") -> None:
        self.mistakes.append(Diagnostic("python.requirements", Severity.ERROR, message, place, hint))
