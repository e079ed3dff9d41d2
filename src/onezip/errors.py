"""The tree of errors, drawn once.

    OnezipError
    ├── UsageError          exit 2   the command line is wrong
    ├── ProjectError        exit 2   the project file is wrong, or what it describes is not there
    ├── ArchiveError        exit 4   these files cannot become a zip, or this zip cannot be read
    ├── ToolMissing         exit 4   a compiler or another program is not here
    ├── BuildFailed         exit 4   a program ran and said no; its own words are in `output`
    ├── CacheError          exit 4   the cache or state folder cannot be used
    └── NetworkError        exit 4   something could not be fetched

Libraries raise; the command line words it. Each error is a `Diagnostic`: a stable code, what is wrong,
where, and the next step. Exit codes: 0 done, 1 the answer is no, 2 command line or project file wrong,
3 a bug of ours, 4 could not be done or found out, 130 interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum, StrEnum
from typing import NamedTuple

from onezip.model.place import Place


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    DONE = 0
    NO = 1
    WRONG = 2
    BUG = 3
    FAILED = 4
    INTERRUPTED = 130


class Severity(StrEnum):
    """How much a diagnostic matters; SARIF's levels bear the same names."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


class Diagnostic(NamedTuple):
    """One thing to tell: a stable code (`area.name`), the words, the place and the next step."""

    code: str
    severity: Severity
    message: str
    place: Place | None = None
    hint: str = ""


Report = Callable[[Diagnostic], None]
"""How a library passes on a note or a warning without printing it."""


class OnezipError(Exception):
    """Anything onezip can tell about. code is stable; hint is the next step, in words."""

    exit_code = Exit.FAILED

    def __init__(self, code: str, message: str, *, hint: str = "", place: Place | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.place = place

    def diagnostics(self) -> Sequence[Diagnostic]:
        """The error as values."""
        return [Diagnostic(self.code, Severity.ERROR, self.message, self.place, self.hint)]


class UsageError(OnezipError):
    """The command line is wrong."""

    exit_code = Exit.WRONG


class ProjectError(OnezipError):
    """The project file is wrong, or what it describes is not there. May carry several diagnostics."""

    exit_code = Exit.WRONG

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        place: Place | None = None,
        all_of: Sequence[Diagnostic] = (),
    ) -> None:
        super().__init__(code, message, hint=hint, place=place)
        self._all_of = tuple(all_of)

    def diagnostics(self) -> Sequence[Diagnostic]:
        """Every mistake that was found, not only the first."""
        return self._all_of or super().diagnostics()


class ArchiveError(OnezipError):
    """These files cannot become a zip, or this zip cannot be read."""


class ToolMissing(OnezipError):
    """A program is not here; the hint names the ways to get it."""


class BuildFailed(OnezipError):
    """A program ran and said no. output is what it wrote, unchanged."""

    def __init__(
        self, code: str, message: str, *, output: str = "", hint: str = "", place: Place | None = None
    ) -> None:
        super().__init__(code, message, hint=hint, place=place)
        self.output = output


class CacheError(OnezipError):
    """The cache or state folder cannot be used."""


class NetworkError(OnezipError):
    """Something could not be fetched."""


CODES: dict[str, str] = {
    # command line and project file
    "usage.command": "an unknown command, option or value",
    "usage.function": "a function name that the project does not have",
    "usage.bug": "an error of onezip's own",
    "project.missing": "no project file here",
    "project.syntax": "the project file is not TOML",
    "project.unknown-key": "a key that onezip does not know",
    "project.not-yet": "a key that onezip knows but has no code for yet",
    "project.value": "a value of the wrong type, or out of AWS's limits",
    "project.required": "a key that is needed and missing",
    "project.source": "a path of the project that does not exist or is of the wrong kind",
    "template.syntax": "a template that is neither YAML nor JSON, or has no Resources",
    "template.tag": "a YAML tag that CloudFormation does not have",
    "template.duplicate": "a key, a resource or a function that stands twice in a template",
    "template.limit": "a template that is larger, deeper or expands to more than is read",
    "template.value": "a value in a template that is of the wrong kind",
    "template.globals": "a section or key that SAM's Globals do not have",
    "template.parameter": "a value for a parameter that the template does not have or allow",
    "template.unresolved": "a value of a template that is needed now and known only when deployed",
    "template.loop": "a Fn::ForEach that cannot be expanded before a deployment",
    "template.code": "a function of a template without code",
    "template.build-method": "an unknown BuildMethod, or none where one is needed",
    "template.nested": "a nested stack or an included file that is not there, or leads back to itself",
    "runtime.deprecated": "a runtime that AWS has deprecated, or will soon block",
    "runtime.unknown": "a runtime identifier that is not in the table",
    # the archive
    "archive.name": "a name that Lambda, or another system, cannot unpack",
    "archive.collision": "names that are equal but for case or Unicode form",
    "archive.duplicate": "two files for one name",
    "archive.link": "a link that leaves the folder, dangles or turns in a circle",
    "archive.kind": "a socket, device or pipe",
    "archive.unreadable": "a file that cannot be read",
    "archive.changed": "a file that changed while it was read",
    "archive.too-large": "more than 250 MB unzipped",
    "archive.s3-needed": "more than 50 MB zipped: the zip must travel through S3",
    "archive.crlf": "CR line ends in a script that the kernel or a shell will run",
    "archive.bootstrap": "a bootstrap that cannot run on Lambda",
    "archive.empty": "nothing to pack",
    "archive.engine": "the compressor is not the pinned one",
    "archive.write": "the zip could not be written",
    "archive.malformed": "a file that is not a sound zip",
    "archive.limit": "a zip with more bytes or entries than are read",
    # builds
    "build.failed": "a compiler or another tool failed",
    "go.missing": "no Go toolchain",
    "go.unpinned": "no exact Go version: other machines may differ",
    "go.version": "a Go version that is not exact or cannot be had",
    "go.flag": "a flag that runs programs or breaks reproducible builds",
    "go.not-main": "a package that is not a main package",
    "go.module": "no go.mod, go.sum or module where one is needed",
    "python.no-wheel": "no wheel for Lambda's Python and platform",
    "python.unpinned": "requirements without exact versions",
    "python.conflict": "a dependency and the function both bring one file",
    "python.requirements": "a requirements file that cannot be used",
    "python.editable": "an editable or local requirement",
    "python.wheel": "a wheel that does not fit Lambda although it was installed",
    "python.handler": "no module for the handler",
    "prebuilt.architecture": "a ready executable for another architecture",
    "prebuilt.format": "a ready file that is neither an ELF executable nor a script",
    # the lock
    "lock.malformed": "an onezip.lock that cannot be read",
    "lock.missing": "a function that onezip.lock does not have",
    "lock.differs": "a build whose bytes are not those of onezip.lock",
    "lock.stale": "something changed since `onezip lock`",
    "lock.unpinned": "requirements that nothing pins, not even the lock",
    "verify.second": "a build that fails in other surroundings",
    # the surroundings
    "cache.unusable": "the cache folder cannot be written",
    "cache.corrupt": "a cache entry with wrong bytes, treated as missing",
    "tool.missing": "a program is not here",
    "network.failed": "something could not be fetched",
}
"""Every diagnostic's code and what it means. The docs and SARIF are made from this table."""
