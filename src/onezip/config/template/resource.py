"""One resource of a template: its properties with the Globals merged in, and how to ask for their values."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onezip.config.template.disk import Disk
from onezip.config.template.intrinsics import expression
from onezip.config.template.resolver import NO_VALUE, Resolver
from onezip.config.template.scalar import key_place, text_of
from onezip.errors import ProjectError
from onezip.model.place import Place
from onezip.model.project import Unresolved, Value

PARAMETER_HINT = "only literals, parameters, mappings and conditions are known before a deployment"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource. name is its address in the project (`Stack-Function`), logical its id in its own template.

    folder is that of its template, relative to the project's root.
    """

    name: str
    logical: str
    kind: str
    properties: Mapping[str, Any]
    metadata: Mapping[str, Any]
    resolver: Resolver
    folder: str
    place: Place

    def resolved(self, key: str) -> Any:
        """A property with every function computed, unknown leaves left in it; None where there is none."""
        found = self.resolver.resolve(self.properties.get(key))
        return None if found is NO_VALUE else found

    def value(self, key: str) -> Value | None:
        """A property as a whole; None where there is none."""
        return self.resolver.value(self.properties.get(key))

    def where(self, key: str) -> Place:
        """Where a property or a key of the metadata stands."""
        build = key_place(self.metadata.get("BuildProperties"), key)
        return key_place(self.properties, key) or key_place(self.metadata, key) or build or self.place

    def needed(self, key: str) -> Any:
        """The value of a property, or None. Raises ProjectError where it is not known here."""
        return self._known(key, self.value(key))

    def metadata_text(self, key: str) -> str | None:
        """A scalar of the metadata as text. Raises ProjectError where it is not known here."""
        found = self._known(key, self.resolver.value(self.metadata.get(key)))
        return None if found is None else self.as_text(key, found)

    def build_property(self, key: str) -> str | None:
        """A scalar of the metadata's BuildProperties as text. Raises ProjectError as `metadata_text`."""
        name = "BuildProperties"
        table = self.resolver.resolve(self.metadata.get(name))
        if table is None or table is NO_VALUE:
            return None
        if isinstance(table, Unresolved):
            table = self._known(name, table)
        if not isinstance(table, dict):
            raise self.wrong("template.value", f"{name} must be a table, not {expression(table)}", name)
        found = table.get(key)
        found = self._known(key, found if isinstance(found, Unresolved) else self.resolver.value(found))
        return None if found is None else self.as_text(key, found)

    def text(self, key: str) -> str | None:
        """A property that must be a scalar, as text. Raises ProjectError."""
        found = self.needed(key)
        return None if found is None else self.as_text(key, found)

    def as_text(self, key: str, value: Any) -> str:
        """A value of a property as text. Raises ProjectError for a table or a list."""
        text = text_of(value)
        if text is None:
            raise self.wrong("template.value", f"{key} must be text, not {expression(value)}", key)
        return text

    def wrong(self, code: str, message: str, key: str, hint: str = "") -> ProjectError:
        """An error at a property; the message starts with the resource's name."""
        return ProjectError(code, f"{self.name}: {message}", place=self.where(key), hint=hint)

    def path(self, key: str, text: str, disk: Disk) -> str:
        """A path relative to the template, as one relative to the project's root. Raises ProjectError."""
        root = disk.root.replace("\\", "/").rstrip("/")
        if root and (text == root or text.startswith(f"{root}/")):
            return posixpath.normpath(text[len(root) :].lstrip("/") or ".")
        if not text.strip() or re.match(r"/|~|[A-Za-z]:", text) or "\\" in text or "\0" in text:
            raise self.wrong(
                "project.value",
                f"{key} {text!r} is not a path that every machine has",
                key,
                "write it relative to the template, with forward slashes",
            )
        return posixpath.normpath(posixpath.join(self.folder, text))

    def _known(self, key: str, value: Value | None) -> Any:
        if isinstance(value, Unresolved):
            raise self.wrong(
                "template.unresolved",
                f"{key} is {value.expression}, which is not known here: {value.reason}",
                key,
                PARAMETER_HINT,
            )
        return None if value is None else value.value
