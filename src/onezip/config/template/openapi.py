"""An OpenAPI definition with API Gateway's extensions -> its operations, as they were written.

Source: "OpenAPI extensions for API Gateway", Amazon API Gateway Developer Guide; OpenAPI 3.0.1 and Swagger
2.0. A definition stands in DefinitionBody, in a local file that DefinitionUri or `AWS::Include` names, and
may use the functions of its template wherever it likes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from onezip.config.parse_front import METHODS, is_path
from onezip.config.template.disk import Disk
from onezip.config.template.intrinsics import expression, is_intrinsic
from onezip.config.template.pieces import include
from onezip.config.template.read import read_table
from onezip.config.template.references import branch
from onezip.config.template.resource import Resource
from onezip.config.template.scalar import place_of
from onezip.model.place import Place
from onezip.model.project import Unresolved

ANY = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"

_TRANSFORM = "Fn::Transform"
_DEEPEST = 20
"""Most references and includes on the way to one table."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path. integration is its table, None where it has none; security as it was written,
    None where the operation says nothing. place is the line of the method.
    """

    route: str
    integration: Mapping[str, Any] | None
    security: Any
    place: Place


class Definition:
    """One definition. file is where it stands."""

    def __init__(self, root: Any, resource: Resource, disk: Disk, place: Place, folder: str) -> None:
        self._resource = resource
        self._disk = disk
        self._folder = folder
        self.place = place
        self.missing: list[str] = []
        """What it includes from elsewhere, as it was written."""
        self._root: Mapping[str, Any] = {}
        self._root = self.table(root)

    @classmethod
    def of(
        cls, resource: Resource, disk: Disk, inline: str = "DefinitionBody", uri: str = "DefinitionUri"
    ) -> Definition | str | None:
        """The definition of an API, why it cannot be read here, or None where it has none.

        inline and uri are the properties that hold or name it. Raises ProjectError for a file that is not
        there, or is neither YAML nor JSON.
        """
        body = branch(resource.properties.get(inline), resource.resolver)
        if body is not None:
            found = cls(body, resource, disk, resource.where(inline), resource.folder)
            return found or f"its {inline} {expression(body)} is not a local file"
        value = resource.resolved(uri)
        if value is None:
            return None
        if isinstance(value, Unresolved):
            return f"its {uri} {value.expression} is not known here: {value.reason}"
        if not isinstance(value, str) or "://" in value:
            return f"its {uri} is not a local file"
        path = resource.path(uri, value, disk)
        text = disk.read(path)
        if text is None:
            raise resource.wrong("template.nested", f"{uri} {value} does not exist", uri)
        return cls(read_table(text, path), resource, disk, Place(path), resource.folder)

    def __bool__(self) -> bool:
        return bool(self._root)

    def section(self, *keys: str) -> Mapping[str, Any]:
        """A table in the definition, by its keys; empty where there is none."""
        found = self._root
        for key in keys:
            found = self.table(found.get(key))
        return found

    def value(self, *keys: str) -> Any:
        """A value in the definition with every function computed, by its keys."""
        return self._resource.resolver.resolve(self.section(*keys[:-1]).get(keys[-1]))

    def node(self, key: str) -> Any:
        """A key of the definition as it was written; None where there is none."""
        return self._root.get(key)

    def table(self, node: Any) -> Mapping[str, Any]:
        """A node as a table: the branch that holds, what it includes and what it refers to."""
        for _ in range(_DEEPEST):
            node = branch(node, self._resource.resolver)
            if not isinstance(node, dict):
                return {}
            if _TRANSFORM in node:
                node = self._included(node)
            elif isinstance(target := node.get("$ref"), str):
                node = self._at(target)
            else:
                return {} if is_intrinsic(node) else node
        return {}

    def operations(self) -> Iterator[Operation]:
        """Every method of every path, in the order of the definition."""
        for path, item in self.section("paths").items():
            methods = self.table(item)
            for name, node in methods.items():
                route = _route(str(path), str(name))
                if route is None:
                    continue
                about = self.table(node)
                integration = self.table(about.get(INTEGRATION)) or None
                place = place_of(name) or place_of(path) or self.place
                yield Operation(route, integration, about.get("security"), place)

    def unread(self) -> Iterator[tuple[str, Place]]:
        """Paths that are none, with their lines."""
        for path in self.section("paths"):
            if not _is_path(str(path)):
                yield str(path), place_of(path) or self.place

    def _included(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """A table with what its `Fn::Transform` brings in; its own keys come first."""
        key = next(each for each in node if each == _TRANSFORM)
        transform = self._resource.resolver.resolve(node[key])
        found = include(key, transform, self._folder, self._disk)
        if found is None:
            self.missing.append(expression({_TRANSFORM: node[key]}))
            found = {}
        return {**found, **{name: value for name, value in node.items() if name != _TRANSFORM}}

    def _at(self, pointer: str) -> Any:
        """What a reference of the definition itself means (RFC 6901): `#/components/...`."""
        found: Any = self._root
        if not pointer.startswith("#/"):
            return None
        for part in pointer[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            found = branch(found, self._resource.resolver)
            found = found.get(name) if isinstance(found, dict) else None
        return found


def _route(path: str, method: str) -> str | None:
    """`GET /a`, `ANY /{proxy+}` or `$default`; None for a key that is no method."""
    name = "ANY" if method.lower() == ANY else method.upper()
    if method.upper() == "ANY" or name not in METHODS or not _is_path(path):
        return None
    if path.strip("/") == "$default":
        return "$default"
    return f"{name} {path}"


def _is_path(path: str) -> bool:
    return path.strip("/") == "$default" or is_path(path)
