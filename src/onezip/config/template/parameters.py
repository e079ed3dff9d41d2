"""The values of a template's parameters: what the user gave, else the default.

CloudFormation User Guide, "Parameters": every value arrives as text; CommaDelimitedList and List<...> are
split at commas, with blanks around the items dropped. The default of an `AWS::SSM::Parameter::Value<...>`
is the *name* of a Systems Manager parameter, never its value.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from onezip.config.template.read import Document
from onezip.config.template.scalar import key_place, text_of
from onezip.errors import ProjectError
from onezip.model.place import Place
from onezip.model.project import Unresolved

PSEUDO = (
    "AWS::AccountId", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId",
    "AWS::StackName", "AWS::URLSuffix",
)  # fmt: skip
"""Pseudo parameters that have a value. They have one here only if the user gives it: a guessed Region or
account would end up in a zip."""

OF_THE_STACK = frozenset({"AWS::NotificationARNs", "AWS::StackId", "AWS::StackName"})
"""Pseudo parameters that a nested stack has of its own."""

Given = Mapping[str, "str | Unresolved"]
"""Values by name, from the user or from the stack above."""


def settle(document: Document, given: Given, place: Place | None = None) -> dict[str, Any]:
    """Every parameter's value: text, a list of texts, or Unresolved. Pseudo parameters are among them.

    place is where the values were given, if that is in a file. Raises ProjectError for a name that the
    template does not have, and for a value that it does not allow.
    """
    declared = document.section("Parameters")
    names = [*declared, *PSEUDO]
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            known = ", ".join(declared) or "it has none"
            hint = f"did you mean {near[0]}?" if near else f"its parameters: {known}"
            raise ProjectError(
                "template.parameter",
                f"{document.file} has no parameter {name}",
                place=place or Place(document.file),
                hint=hint,
            )
    values: dict[str, Any] = {name: given[name] for name in PSEUDO if name in given}
    for name, about in declared.items():
        at = key_place(declared, name) or Place(document.file)
        if not isinstance(about, dict):
            raise ProjectError("template.value", f"the parameter {name} must be a table", place=at)
        values[name] = _value(name, about, given, at)
    return values


def _value(name: str, about: Mapping[str, Any], given: Given, at: Place) -> Any:
    kind = text_of(about.get("Type")) or "String"
    value: Any = given.get(name, about.get("Default"))
    if isinstance(value, list):  # a nested stack may be handed a list; CloudFormation wants text
        value = ",".join(text_of(item) or "" for item in value)
    if isinstance(value, Unresolved):
        return value
    said = text_of(value)
    if said is None:
        return Unresolved(
            f"!Ref {name}", f"parameter {name} has no default: give it with --parameter {name}=VALUE"
        )
    if kind.startswith("AWS::SSM::Parameter::Value"):
        return Unresolved(f"!Ref {name}", f"its value stands in the Systems Manager parameter {said}")
    allowed = about.get("AllowedValues")
    texts = [text_of(item) for item in allowed] if isinstance(allowed, list) else []
    listed = kind == "CommaDelimitedList" or kind.startswith("List<")
    parts = [part.strip() for part in said.split(",")] if listed else [said]
    for part in parts if texts else ():
        if part not in texts:
            raise ProjectError(
                "template.parameter",
                f"parameter {name} may not be {part!r}",
                place=at,
                hint=f"allowed: {', '.join(str(item) for item in texts)}",
            )
    return parts if listed else said
