"""A template -> its functions as tables of a project file, those that are not ours, and notes.

Nested stacks are followed where their template is a local file (AWS SAM Developer Guide, "Nested
applications"): the function F of the stack S becomes S-F.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from onezip.config.template.disk import Disk
from onezip.config.template.parameters import Given
from onezip.config.template.read import Document
from onezip.config.template.stack import Found, Stack
from onezip.config.template.table import FunctionTable
from onezip.errors import ProjectError
from onezip.model.place import Place
from onezip.model.project import Foreign


class Described(NamedTuple):
    """What a template describes. file is its name for messages; details are notes for who asks for more."""

    functions: Mapping[str, FunctionTable]
    foreign: Sequence[Foreign]
    notes: Sequence[str]
    file: str
    details: Sequence[str] = ()

    def tables(self) -> dict[str, dict[str, object]]:
        """What the table `functions` of a project file would hold."""
        return {name: dict(function.table) for name, function in self.functions.items()}

    def place(self, path: tuple[str, ...]) -> Place:
        """Where a key of those tables comes from; path starts with `functions` and the name."""
        function = self.functions.get(path[1]) if len(path) > 1 and path[0] == "functions" else None
        if function is None:
            return Place(self.file)
        rest = path[2:]
        while rest and rest not in function.places:
            rest = rest[:-1]
        return function.places.get(rest, function.place)


def functions(
    document: Document,
    *,
    is_file: Callable[[str], bool],
    is_dir: Callable[[str], bool],
    listing: Callable[[str], Sequence[str]],
    read: Callable[[str], str | None],
    parameters: Given | None = None,
    root: str = "",
) -> Described:
    """What a template describes.

    parameters are values by name; pseudo parameters (`AWS::Region`) count only where they are among them.
    The callables answer for paths relative to the template's folder, as `disk.Disk` says; root is that
    folder, absolute. Raises ProjectError with every mistake that was found.
    """
    found = Found()
    disk = Disk(is_file, is_dir, listing, read, root)
    Stack.of(document, parameters or {}, found).walk(disk)
    if found.mistakes:
        first = found.mistakes[0]
        raise ProjectError(
            first.code, first.message, hint=first.hint, place=first.place, all_of=found.mistakes
        )
    tables: Mapping[str, FunctionTable] = found.functions
    if any("http" in function.table for function in found.functions.values()):
        from onezip.config.template.gateways import placed

        tables = placed(found.functions)
    details = [
        f"{name}: known only when deployed, left out here: {', '.join(values)}"
        for name, values in found.unknown.items()
    ]
    if found.unknown:
        values = _count(sum(map(len, found.unknown.values())), "value")
        found.notes.append(f"known only when deployed, left out here: {values} of {_names(found.unknown)}")
    return Described(tables, tuple(found.foreign), tuple(found.notes), document.file, tuple(details))


def _names(functions: Mapping[str, object]) -> str:
    """The function's name, or how many there are."""
    return next(iter(functions)) if len(functions) == 1 else _count(len(functions), "function")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
