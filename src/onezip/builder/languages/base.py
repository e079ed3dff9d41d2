"""What a language is: pure functions over values, and the values themselves.

The engine walks: `probes` say what to ask a tool, `facts` reads the answer, `recipes` says what to run and
which parts make each zip, `harvest` looks at what the commands left. None of them touches a disk or a
process: text comes through `Read`, a staged folder through `Staged`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from onezip.errors import Diagnostic
from onezip.model.build import Command, Component, Facts, Recipe
from onezip.model.function import Function

Read = Callable[[str], str | None]
"""The text (UTF-8) of an absolute path, or None where there is no such file."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A compiler or installer that was found: its name, absolute path and version as it calls itself.

    env is what must be set to get just this version (GOTOOLCHAIN); exact says that the project pins it.
    """

    name: str
    path: str
    version: str
    env: Mapping[str, str] = field(default_factory=dict)
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Staged:
    """What commands left for one product: names below it (forward slashes, sorted), and a reader of bytes."""

    names: Sequence[str]
    read: Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a look at the staged files gives: gitignore-style lines of what stays out, facts and findings.

    An error among the diagnostics stops the build of that function.
    """

    exclude: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """What a tool's words mean: a code of `onezip.codes.CODES`, a message, the next step. Empty: unknown.

    brief are the lines among the words that tell the cause, where most of them do not.
    """

    code: str = ""
    message: str = ""
    hint: str = ""
    brief: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """One question to a tool, and the functions that its answer speaks of."""

    command: Command
    functions: tuple[str, ...]


class LanguageModule(Protocol):
    """A module in `onezip.builder.languages`. root is the project's absolute folder."""

    def probes(self, root: str, functions: Sequence[Function], tool: Tool | None, read: Read) -> list[Probe]:
        """What to ask the tool about the functions, as few questions as will do; none where nothing needs
        asking.

        Raises ProjectError where a function cannot be built as it is described.
        """
        ...

    def facts(self, root: str, function: Function, output: str, read: Read) -> Facts:
        """The inputs that decide the result, from its probe's standard output and the project's files.

        Raises ProjectError or BuildFailed where the function cannot be built as it is described.
        """
        ...

    def warnings(
        self, function: Function, facts: Facts, tool: Tool | None, components: Sequence[Component]
    ) -> tuple[Diagnostic, ...]:
        """What the user should know of a function that was built all the same, from these components."""
        ...

    def check(self, function: Function, names: Collection[str]) -> tuple[Diagnostic, ...]:
        """What the entries' names tell against the zip, such as a handler that is not there."""
        ...

    def explain(self, function: Function, output: str) -> Explained:
        """What a failed command's words mean and what helps; the words themselves are shown beside it."""
        ...

    def recipes(
        self, root: str, functions: Sequence[Function], facts: Mapping[str, Facts], tool: Tool | None
    ) -> list[Recipe]:
        """How to build the functions, as few recipes as will do; facts are by function name."""
        ...

    def harvest(self, function: Function, staged: Staged) -> Harvest:
        """Look at what the commands left for the function."""
        ...
