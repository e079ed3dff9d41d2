"""A function resource -> a table in the project file's own shape (`onezip.config.schema`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from onezip import limits
from onezip.config.template.code import code_path
from onezip.config.template.disk import Disk
from onezip.config.template.intrinsics import expression
from onezip.config.template.method import Method, method
from onezip.config.template.resource import Resource
from onezip.config.template.scalar import key_place, text_of
from onezip.model.function import Language
from onezip.model.place import Place
from onezip.model.project import Known, Unresolved

_MEMORY, _TIMEOUT, _TMP = "MemorySize", "Timeout", "EphemeralStorage"


LAYERS_LEFT = "its layers are left to the deployment"
"""The note of a function with layers, whose ARNs a template mostly does not know; `onezip check` reads it."""


@dataclass(frozen=True, slots=True)
class FunctionTable:
    """One function: table is what `[functions.NAME]` would hold, places the lines of its keys.

    makefile says that the template has it built by `make`, which runs the project's own commands.
    """

    table: Mapping[str, Any]
    place: Place
    places: Mapping[tuple[str, ...], Place] = field(default_factory=dict)
    makefile: bool = False


class _Writer:
    """Collects the table of one function, and what of it only a deployment knows."""

    def __init__(self, resource: Resource, notes: list[str], unknown: dict[str, list[str]]) -> None:
        self.resource = resource
        self.notes = notes
        self.unknown = unknown
        self.table: dict[str, Any] = {}
        self.places: dict[tuple[str, ...], Place] = {}

    def put(self, key: str, value: Any, source: str) -> None:
        """A key of the table, and the property it comes from."""
        self.table[key] = value
        self.places[key,] = self.resource.where(source)

    def note(self, text: str) -> None:
        """A line about how the function was understood."""
        self.notes.append(f"{self.resource.name}: {text}")

    def leave_out(self, key: str, value: Unresolved) -> None:
        """A value that only a deployment knows."""
        said = key if key == value.expression else f"{key} ({value.expression})"
        self.unknown.setdefault(self.resource.name, []).append(said)

    def known(self, key: str) -> Any:
        """The value of a property that the zip does not need; None where there is none, or not here."""
        value = self.resource.value(key)
        if isinstance(value, Unresolved):
            self.leave_out(key, value)
        return value.value if isinstance(value, Known) else None


def function_table(
    resource: Resource, disk: Disk, notes: list[str], unknown: dict[str, list[str]]
) -> FunctionTable | str:
    """The table of a function, or why it is not ours after a look at its folder. Raises ProjectError.

    notes and unknown get what the user should know of it: lines, and values that only a deployment knows.
    """
    runtime = resource.text("Runtime")
    if runtime is None:
        raise resource.wrong(
            "project.required", "no Runtime", "Runtime", "add Runtime: provided.al2023 or python3.13"
        )
    how = method(resource, runtime, code_path(resource, disk), disk)
    if how.foreign:
        return how.foreign
    writer = _Writer(resource, notes, unknown)
    for note in how.notes:
        writer.note(note)
    _code(writer, how)
    _runtime(writer, runtime, how)
    _architecture(writer)
    _numbers(writer)
    _environment(writer)
    description = writer.known("Description")
    if description is not None:
        writer.put("description", resource.as_text("Description", description), "Description")
    name = resource.value("FunctionName")
    if isinstance(name, Known):
        writer.note(f"its name in AWS is {text_of(name.value)}")
    if resource.properties.get("Layers"):
        writer.note(LAYERS_LEFT)
    return FunctionTable(writer.table, resource.place, writer.places, how.makefile)


def _code(writer: _Writer, how: Method) -> None:
    resource = writer.resource
    code = "CodeUri" if "CodeUri" in resource.properties else "Code"
    writer.put("source", how.source, code)
    if how.language is not None:
        writer.put(
            "language", how.language.value, "BuildMethod" if "BuildMethod" in resource.metadata else code
        )
    if how.files:
        writer.put("files", dict(how.files), code)
    if how.include:
        writer.put("include", list(how.include), code)
    if how.python:
        build = "BuildProperties" if "parent_packages" in how.python else code
        writer.put("python", dict(how.python), build)
    if how.makefile:
        writer.put("command", {"run": ["make", f"build-{resource.logical}"]}, "BuildMethod")


def _runtime(writer: _Writer, runtime: str, how: Method) -> None:
    if runtime == "go1.x":
        writer.note(f"AWS closed go1.x; built for {limits.GO_RUNTIME} with its program called bootstrap")
        writer.put("runtime", limits.GO_RUNTIME, "Runtime")
        return
    writer.put("runtime", runtime, "Runtime")
    if how.language is Language.PYTHON:
        handler = writer.resource.text("Handler")
    else:
        found = writer.known("Handler")
        handler = None if found is None else writer.resource.as_text("Handler", found)
    if handler is not None:
        writer.put("handler", handler, "Handler")


def _architecture(writer: _Writer) -> None:
    """Architectures is a list of just one (Lambda API, CreateFunction)."""
    found = writer.resource.needed("Architectures")
    if found is None:
        return
    if not isinstance(found, list) or len(found) != 1:
        raise writer.resource.wrong(
            "template.value",
            f"Architectures must be a list of one, not {expression(found)}",
            "Architectures",
            "write Architectures: [arm64]",
        )
    writer.put("architecture", writer.resource.as_text("Architectures", found[0]), "Architectures")


def _numbers(writer: _Writer) -> None:
    storage = writer.known(_TMP)
    if storage is not None and not isinstance(storage, dict):
        raise writer.resource.wrong("template.value", f"{_TMP} must be a table with Size", _TMP)
    for key, source, value, (low, high) in (
        ("memory", _MEMORY, writer.known(_MEMORY), limits.MEMORY),
        ("timeout", _TIMEOUT, writer.known(_TIMEOUT), limits.TIMEOUT),
        ("tmp", _TMP, None if storage is None else storage.get("Size"), limits.TMP),
    ):
        if value is None:
            continue
        text = writer.resource.as_text(source, value)
        if not re.fullmatch(r"[-+]?[0-9]{1,9}", text):
            raise writer.resource.wrong(
                "template.value", f"{source} must be a whole number, not {text}", source
            )
        number = int(text)
        if not low <= number <= high and "CapacityProviderConfig" in writer.resource.properties:
            writer.note(f"{source} {number} is for managed instances, left out here")
        else:
            writer.put(key, number, source)


def _environment(writer: _Writer) -> None:
    resource = writer.resource
    found = resource.resolved("Environment")
    variables = found.get("Variables") if isinstance(found, dict) else found
    if isinstance(variables, Unresolved):
        writer.leave_out("Environment", variables)
        return
    if variables is None:
        return
    if not isinstance(variables, dict):
        raise resource.wrong("template.value", "Environment.Variables must be a table", "Environment")
    known: dict[str, str] = {}
    empty = [str(name) for name, value in variables.items() if value is None]
    if empty:
        writer.note(f"without a value, left out here: {', '.join(empty)}")
    for name, value in variables.items():
        place = key_place(variables, name) or resource.where("Environment")
        if isinstance(value, Unresolved):
            writer.leave_out(str(name), value)
            continue
        if value is None:
            continue
        text = text_of(value)
        if text is None:
            error = resource.wrong(
                "template.value",
                f"the variable {name} must be text, not {expression(value)}",
                "Environment",
            )
            error.place = place
            raise error
        known[str(name)] = text
        writer.places["environment", str(name)] = place
    writer.put("environment", known, "Environment")
