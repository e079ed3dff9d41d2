"""SAM's Globals section: what of it a resource inherits.

SAM specification, "Globals section of the AWS SAM template", and the translator's own merge (1.115):
tables are united key by key, lists are joined with the global items first, anything else is replaced by the
resource's own value; so is a whole value where either side is an intrinsic function.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from onezip.config.template.globals_keys import SUPPORTED
from onezip.config.template.intrinsics import is_intrinsic
from onezip.config.template.read import Document
from onezip.config.template.scalar import key_place
from onezip.errors import ProjectError
from onezip.model.place import Place

Table = Mapping[str, Any]

PREFIX = "AWS::Serverless::"

REPLACED = frozenset(
    {("Function", "Architectures"), ("CapacityProvider", "InstanceRequirements", "Architectures")}
)
"""Lists and tables that are not merged."""

NARROWED = frozenset({("CapacityProvider", "ManagedResourceTags")})
"""Tables of which only the resource's own keys stay."""


class Globals:
    """The Globals of one template. Raises ProjectError for a section or key that SAM does not have.

    SAM refuses an empty section too; here it says nothing, as a template with all its globals commented out
    means it.
    """

    def __init__(self, document: Document) -> None:
        self._sections = document.section("Globals")
        for name, table in self._sections.items():
            place = key_place(self._sections, name)
            if name not in SUPPORTED:
                raise _wrong(f"Globals has no section {name!r}", place, _near(name, SUPPORTED))
            if not isinstance(table, dict | None):
                raise _wrong(f"Globals.{name} must be a table", place, "")
            for key in table or ():
                if key not in SUPPORTED[name]:
                    raise _wrong(
                        f"{key!r} cannot stand in Globals.{name}",
                        key_place(table, key),
                        _near(key, SUPPORTED[name]) or "write it in each resource",
                    )

    def merged(self, kind: str, properties: Table, ignore: Any, place: Place) -> Table:
        """The properties of a resource of a kind (`AWS::Serverless::Function`) with what it inherits.

        ignore is its IgnoreGlobals: "*" or a list of keys of Globals.
        """
        section = kind.removeprefix(PREFIX)
        if not kind.startswith(PREFIX) or section not in self._sections:
            return properties
        inherited: Table = self._sections[section] or {}
        if ignore == "*":
            return properties
        if ignore:
            keys = ignore if isinstance(ignore, list) else [ignore]
            for key in keys:
                if not isinstance(key, str) or key not in inherited:
                    hint = _near(str(key), inherited) or 'it is "*" or a list of keys of Globals'
                    raise _wrong(f"IgnoreGlobals: Globals.{section} has no {key!r}", place, hint)
            if not isinstance(ignore, list):
                raise _wrong("IgnoreGlobals must be a list", place, 'write "*" or a list')
            inherited = {key: value for key, value in inherited.items() if key not in keys}
        return merge(inherited, properties, (section,))


def merge(under: Table, over: Table, path: tuple[str, ...]) -> dict[str, Any]:
    """Lay a resource's table over the global one; path starts with the section's name."""
    merged = {key: value for key, value in under.items() if key not in over}
    for key, own in over.items():
        merged[key] = _merge_value(under[key], own, (*path, key)) if key in under else own
    return merged


def _merge_value(under: Any, over: Any, path: tuple[str, ...]) -> Any:
    if path in REPLACED or is_intrinsic(under) or is_intrinsic(over):
        return over
    match under, over:
        case dict(), dict() if path in NARROWED and over:
            return merge({key: value for key, value in under.items() if key in over}, over, path)
        case dict(), dict():
            return merge(under, over, path)
        case list(), list():
            return under + over
        case _:
            return over


def _near(word: str, known: Any) -> str:
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.75)
    return f"did you mean {near[0]!r}?" if near else ""


def _wrong(message: str, place: Place | None, hint: str) -> ProjectError:
    return ProjectError("template.globals", message, place=place, hint=hint)
