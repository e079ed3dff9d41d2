"""The tree of errors, drawn once.

    OnezipError
    ├── UsageError          exit 2   the command line is wrong
    ├── ProjectError        exit 2   the project file is wrong, or what it describes is not there
    ├── ArchiveError        exit 4   these files cannot become a zip, or this zip cannot be read
    ├── ToolMissing         exit 4   a compiler or another program is not here
    ├── BuildFailed         exit 4   a program ran and said no; its own words are in `output`
    ├── DeployFailed        exit 4   AWS, or the way there, said no
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
    """A program ran and said no. output is what it wrote, unchanged; brief the lines that tell the cause.

    Without brief all of the output is worth reading.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        output: str = "",
        brief: str = "",
        hint: str = "",
        place: Place | None = None,
    ) -> None:
        super().__init__(code, message, hint=hint, place=place)
        self.output = output
        self.brief = brief or output


class DeployFailed(OnezipError):
    """AWS, or the way there, said no."""


class CacheError(OnezipError):
    """The cache or state folder cannot be used."""


class NetworkError(OnezipError):
    """Something could not be fetched."""
