"""One template of a stack: a walk over its resources, and down into the stacks it nests."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from onezip.config.template.code import LAMBDA, SERVERLESS, elsewhere
from onezip.config.template.disk import Disk
from onezip.config.template.globals import Globals
from onezip.config.template.intrinsics import expression, first_unresolved
from onezip.config.template.loops import is_loop
from onezip.config.template.parameters import OF_THE_STACK, PSEUDO, Given, settle
from onezip.config.template.pieces import concerns, include, unrolled
from onezip.config.template.read import Document, read_template
from onezip.config.template.resolver import Resolver
from onezip.config.template.resource import Resource
from onezip.config.template.scalar import key_place, place_of, text_of
from onezip.config.template.table import FunctionTable, function_table
from onezip.errors import Diagnostic, ProjectError, Severity
from onezip.model.place import Place
from onezip.model.project import Foreign, Unresolved

_FUNCTIONS = frozenset({SERVERLESS, LAMBDA, "AWS::Serverless::WebFunction"})
_LAYERS = frozenset({"AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion"})
_STACKS = {"AWS::Serverless::Application": "Location", "AWS::CloudFormation::Stack": "TemplateURL"}
KINDS = _FUNCTIONS | _LAYERS | _STACKS.keys()

_SERVING = ("AWS::Serverless::Api", "AWS::Serverless::HttpApi", "AWS::ApiGateway", "AWS::Lambda::Url")
"""What the kinds of resources begin with that put a function behind HTTP."""

_DEEPEST = 20
"""Most stacks in one another."""


@dataclass(slots=True)
class Found:
    """What the walk has found so far. unknown are values that only a deployment knows, by function."""

    functions: dict[str, FunctionTable] = field(default_factory=dict)
    foreign: list[Foreign] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unknown: dict[str, list[str]] = field(default_factory=dict)
    mistakes: list[Diagnostic] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stack:
    """A template with its values. prefix stands before its names; trail holds the files down to its own."""

    document: Document
    resolver: Resolver
    globals: Globals
    found: Found
    folder: str = ""
    prefix: str = ""
    trail: tuple[str, ...] = ()
    ours: dict[str, Resource] = field(default_factory=dict)
    """Its functions that are ours, by logical id."""

    @classmethod
    def of(
        cls,
        document: Document,
        given: Given,
        found: Found,
        *,
        above: Stack | None = None,
        prefix: str = "",
        place: Place | None = None,
    ) -> Stack:
        """A template, with the values it is given. above is the stack that nests it, at place."""
        resolver = Resolver(document, settle(document, given, place))
        trail = (*(above.trail if above else ()), document.file)
        folder = posixpath.dirname(document.file) if above else ""
        return cls(document, resolver, Globals(document), found, folder, prefix, trail)

    def walk(self, disk: Disk) -> None:
        """Look at every resource; mistakes are noted and stop nothing else."""
        resources = self._resources(disk)
        for key, body in resources.items():
            try:
                self._resource(str(key), body, place_of(key) or Place(self.document.file), disk)
            except ProjectError as error:
                self.found.mistakes.extend(error.diagnostics())
        if self.ours:
            try:
                self._fronts(resources, disk)
            except ProjectError as error:
                self.found.mistakes.extend(error.diagnostics())

    def _resources(self, disk: Disk) -> Mapping[str, Any]:
        """The resources with loops expanded and local includes read."""
        table = self.document.section("Resources")
        if not table:
            place = key_place(self.document.tree, "Resources") or Place(self.document.file)
            raise ProjectError("template.syntax", f"{self.document.file} has no Resources", place=place)
        found: dict[str, Any] = {}
        for key, body in table.items():
            try:
                entries = self._entries(key, body, disk)
            except ProjectError as error:
                self.found.mistakes.extend(error.diagnostics())
                continue
            for name, resource in entries:
                if name in found:
                    message = f"the resource {name} stands twice, here and at {key_place(found, name)}"
                    at = place_of(name) or place_of(key)
                    self.found.mistakes.append(Diagnostic("template.duplicate", Severity.ERROR, message, at))
                else:
                    found[name] = resource
        return found

    def _entries(self, key: str, body: Any, disk: Disk) -> Iterable[tuple[str, Any]]:
        if is_loop(key):
            return unrolled(key, body, self.resolver) if concerns(body, KINDS) else ()
        if key != "Fn::Transform":
            return ((key, body),)
        included = include(key, self.resolver.resolve(body), self.folder, disk)
        if included is None:
            self.found.notes.append(f"{self.document.file}: what {expression(body)} brings in is not read")
            return ()
        return included.items()

    def _resource(self, logical: str, body: Any, place: Place, disk: Disk) -> None:
        kind = text_of(body.get("Type")) if isinstance(body, dict) else ""
        name = self.prefix + logical
        if not kind:
            self.found.notes.append(f"{name}: passed over, it has no Type")
        if kind not in KINDS:
            return
        condition = body.get("Condition")
        if condition is not None:
            holds = self.resolver.condition(text_of(condition) or expression(condition))
            if holds is False:
                self.found.notes.append(f"{name}: left out, its condition {condition} is false")
                return
            if isinstance(holds, Unresolved):
                self.found.notes.append(
                    f"{name}: kept, its condition {condition} is not known here: {holds.reason}"
                )
        own = self._table(name, body, "Properties", place)
        properties = self.globals.merged(kind, own, body.get("IgnoreGlobals"), place)
        resource = Resource(
            name,
            logical,
            kind,
            properties,
            self._table(name, body, "Metadata", place),
            self.resolver,
            self.folder,
            place,
        )
        if kind in _LAYERS:
            self.found.notes.append(f"{name}: a layer is not built yet")
        elif kind in _STACKS:
            self._nested(resource, _STACKS[kind], disk)
        else:
            self._function(resource, disk)

    def _table(self, name: str, body: Mapping[str, Any], key: str, place: Place) -> Mapping[str, Any]:
        table = body.get(key)
        if table is None:
            return {}
        at = key_place(body, key) or place
        if not isinstance(table, dict):
            raise ProjectError("template.value", f"{name}: {key} must be a table", place=at)
        expanded: dict[str, Any] = {}
        for inner, value in table.items():
            expanded |= dict(unrolled(inner, value, self.resolver)) if is_loop(inner) else {inner: value}
        return expanded

    def _function(self, resource: Resource, disk: Disk) -> None:
        if "Fn::Transform" in resource.properties:
            self.found.notes.append(f"{resource.name}: what its Fn::Transform brings in is not read")
        reason = elsewhere(resource)
        if reason is None:
            made = function_table(resource, disk, self.found.notes, self.found.unknown)
            if isinstance(made, FunctionTable):
                if resource.name in self.found.functions:
                    raise resource.wrong("template.duplicate", "another function has this name", "")
                self.found.functions[resource.name] = made
                self.ours[resource.logical] = resource
                return
            reason = made
        self.found.foreign.append(Foreign(resource.name, reason))

    def _fronts(self, resources: Mapping[str, Any], disk: Disk) -> None:
        """Give the functions their fronts, where the template has any."""
        kinds = {
            str(key): text_of(body.get("Type")) or ""
            for key, body in resources.items()
            if isinstance(body, dict)
        }
        if not any(kind.startswith(_SERVING) for kind in kinds.values()) and not any(
            key in each.properties for each in self.ours.values() for key in ("Events", "FunctionUrlConfig")
        ):
            return
        from onezip.config.template.fronts import KINDS as APIS
        from onezip.config.template.fronts import PLAIN, Fronts
        from onezip.config.template.references import Functions

        apis = [(kind, key) for key, kind in kinds.items() if kind in APIS]
        plain = [
            found
            for key, kind in kinds.items()
            if kind in PLAIN and (found := self._api(resources, kind, key)) is not None
        ]
        names = {logical: text_of(each.resolved("FunctionName")) for logical, each in self.ours.items()}
        functions = Functions(self.resolver, names, self.prefix)

        def api(kind: str, logical: str) -> Resource | None:
            return self._api(resources, kind, logical)

        reader = Fronts(functions, api, disk, self.found.notes, self.found.mistakes)
        for name, tables in reader.read(self.ours.values(), apis, plain).items():
            made, resource = self.found.functions[name], self.ours[functions.logical(name)]
            places = {**made.places, ("http",): resource.where("Events")}
            self.found.functions[name] = replace(made, table={**made.table, "http": tables}, places=places)

    def _api(self, resources: Mapping[str, Any], kind: str, logical: str) -> Resource | None:
        """An API of this template; the one that SAM makes itself has what the Globals say."""
        key = next((each for each in resources if each == logical), None)
        if key is None and not logical.startswith("Serverless"):
            return None
        body = {} if key is None else resources[key]
        if key is not None and (not isinstance(body, dict) or text_of(body.get("Type")) != kind):
            return None
        condition = text_of(body.get("Condition"))
        if condition is not None and self.resolver.condition(condition) is False:
            return None
        place = place_of(key) or Place(self.document.file)
        own = self._table(logical, body, "Properties", place)
        properties = self.globals.merged(kind, own, body.get("IgnoreGlobals"), place)
        return Resource(logical, logical, kind, properties, {}, self.resolver, self.folder, place)

    def _nested(self, resource: Resource, key: str, disk: Disk) -> None:
        location = resource.resolved(key)
        if isinstance(location, Unresolved):
            said = f"its {key} {location.expression} is not known here: {location.reason}"
            self.found.notes.append(f"{resource.name}: not read, {said}")
            return
        if not isinstance(location, str) or "://" in location:
            self.found.notes.append(f"{resource.name}: not read, its template is not a local file")
            return
        path = resource.path(key, location, disk)
        if path in self.trail or len(self.trail) >= _DEEPEST:
            raise resource.wrong("template.nested", f"{key} {location} leads back to itself", key)
        text = disk.read(path)
        if text is None:
            raise resource.wrong("template.nested", f"{key} {location} does not exist", key)
        document = read_template(text, path)
        given = self._handed_down(resource, document)
        prefix = f"{resource.name}-"
        self.found.notes.append(f"{resource.name}: the functions of {path} are called {prefix}NAME")
        place = resource.where("Parameters")
        Stack.of(document, given, self.found, above=self, prefix=prefix, place=place).walk(disk)

    def _handed_down(self, resource: Resource, below: Document) -> Given:
        """The values a nested stack is given: its Parameters, and this stack's Region and account."""
        given: dict[str, str | Unresolved] = {
            name: self.resolver.parameters[name]
            for name in PSEUDO
            if name in self.resolver.parameters and name not in OF_THE_STACK
        }
        table = resource.resolved("Parameters")
        if isinstance(table, Unresolved):
            table = dict.fromkeys(below.section("Parameters"), table)
        if not isinstance(table, dict | None):
            raise resource.wrong("template.value", "Parameters must be a table", "Parameters")
        for name, value in (table or {}).items():
            unknown = first_unresolved(value)
            listed = isinstance(value, list)
            said = ",".join(text_of(item) or "" for item in value) if listed else text_of(value)
            if unknown is not None:
                given[str(name)] = unknown
            elif said is not None:
                given[str(name)] = said
        return given
