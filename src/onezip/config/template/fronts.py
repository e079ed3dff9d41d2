"""The APIs of a template, the Events of its functions and their URLs -> the tables `http` of a project file.

Sources: "AWS::Serverless::Api", "::HttpApi" and the event sources Api and HttpApi of the AWS SAM Developer
Guide. What is not read is noted: none of it is needed for a build.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from onezip.config.parse_front import METHODS, is_path
from onezip.config.template.api_settings import lists, settings
from onezip.config.template.definitions import Reader, seconds
from onezip.config.template.disk import Disk
from onezip.config.template.gateways import HTTP, HTTP_V1, PLACE, REST, Gateway, Way
from onezip.config.template.openapi import Definition
from onezip.config.template.plain_apis import APIS, PARTS, PlainApis
from onezip.config.template.references import Functions, branch
from onezip.config.template.resource import Resource
from onezip.config.template.sam_auth import authorizers, default, of_event, preflights, scopes
from onezip.config.template.scalar import text_of
from onezip.errors import Diagnostic, ProjectError

KINDS = {"AWS::Serverless::Api": REST, "AWS::Serverless::HttpApi": HTTP}
"""The resources that are APIs, and the kinds of their fronts."""

IMPLICIT = {"AWS::Serverless::Api": "ServerlessRestApi", "AWS::Serverless::HttpApi": "ServerlessHttpApi"}
"""The APIs that SAM makes where an event names none, by their kind."""

URL = "AWS::Lambda::Url"
PLAIN = frozenset({URL, *APIS, *PARTS})
"""What API Gateway and Lambda have without SAM."""

WEBSOCKET = (
    "a WebSocket API has no front here; call its functions with the event of a route: "
    "onezip invoke NAME --file EVENT"
)

ApiOf = Callable[[str, str], Resource | None]
"""An API of a kind by its logical id, with the Globals merged in; None where the template has none."""

_EVENTS = {
    "Api": ("AWS::Serverless::Api", "RestApiId"),
    "HttpApi": ("AWS::Serverless::HttpApi", "ApiId"),
}


class Fronts:
    """Reads the fronts of one template. notes and mistakes get what is not read, and what is wrong."""

    def __init__(
        self,
        functions: Functions,
        api_of: ApiOf,
        disk: Disk,
        notes: list[str],
        mistakes: list[Diagnostic],
    ) -> None:
        self._functions = functions
        self._api_of = api_of
        self._disk = disk
        self._notes = notes
        self._mistakes = mistakes
        self._gateways: dict[tuple[str, str], Gateway] = {}

    def read(
        self, resources: Iterable[Resource], apis: Iterable[tuple[str, str]], plain: Iterable[Resource]
    ) -> dict[str, list[dict[str, Any]]]:
        """The tables of each function.

        resources are the functions, apis kind and logical id of each API of SAM's, plain those resources that
        API Gateway and Lambda have without SAM.
        """
        resources, plain = list(resources), list(plain)
        for resource in resources:
            self._events(resource)
        for kind, logical in apis:
            self._gateway(kind, logical)
        made = PlainApis(plain, self._functions.resolver)
        for api, front in made.apis():
            self._plain(made, api, front)
        found: dict[str, list[dict[str, Any]]] = {}
        for gateway in self._gateways.values():
            for function, table in gateway.tables(partial(self._note, gateway.name)):
                found.setdefault(function, []).append(table)
        for resource in resources:
            if (url := _url(resource.name, resource.resolved("FunctionUrlConfig"))) is not None:
                found.setdefault(resource.name, []).append(url)
        for each in (each for each in plain if each.kind == URL):
            owner = self._functions.of(each.properties.get("TargetFunctionArn"))
            table = {key: each.resolved(key) for key in ("AuthType", "InvokeMode", "Cors")}
            if owner is not None and (url := _url(owner, table)) is not None:
                found.setdefault(owner, []).append(url)
        return found

    def _note(self, name: str, text: str) -> None:
        line = f"{name}: {text}"
        if line not in self._notes:
            self._notes.append(line)

    # ---- APIs -------------------------------------------------------------------------------

    def _gateway(self, kind: str, logical: str) -> Gateway | None:
        """The gateway of an API with what it and its definition say; None where the template has none."""
        if (kind, logical) in self._gateways:
            return self._gateways[kind, logical]
        api = self._api_of(kind, logical)
        if api is None and logical != IMPLICIT[kind]:
            return None
        front = KINDS[kind]
        gateway = Gateway(f"{self._functions.prefix}{logical}", settings(api, front))
        self._gateways[kind, logical] = gateway
        if api is None:
            return gateway
        resolver = self._functions.resolver
        auth = branch(api.properties.get("Auth"), resolver)
        gateway.authorizers |= authorizers(auth, front, self._functions)
        gateway.scopes = scopes(auth, resolver)
        gateway.default = default(auth, gateway.scopes, resolver)
        gateway.guarded = front == REST and preflights(auth, resolver)
        who = gateway.default.authorizer
        if who and gateway.guarded and "cors" in gateway.settings and gateway.here(who):
            gateway.settings["cors"]["authorizer"] = who
        try:
            self._define(api, gateway, front)
        except ProjectError as error:
            self._mistakes.extend(error.diagnostics())
        return gateway

    def _define(self, api: Resource, gateway: Gateway, front: str) -> None:
        definition = Definition.of(api, self._disk)
        if isinstance(definition, str):
            self._note(gateway.name, f"{definition}: its front here has the events' routes")
        elif definition is not None:
            Reader(definition, gateway, front, self._functions, self._notes).read()
            gateway.closed = front == REST and text_of(api.resolved("MergeDefinitions")) != "true"

    def _plain(self, made: PlainApis, api: Resource, front: str) -> None:
        """An API without SAM: its definition, and the routes of its parts."""
        name = f"{self._functions.prefix}{api.logical}"
        if text_of(api.resolved("ProtocolType")) == "WEBSOCKET":
            self._note(name, WEBSOCKET)
            return
        gateway = self._gateways[api.kind, api.logical] = Gateway(name, made.settings(api, front))
        parts = Definition(made.definition(api, front), api, self._disk, api.place, api.folder)
        try:
            body = Definition.of(api, self._disk, "Body", "BodyS3Location")
        except ProjectError as error:
            self._mistakes.extend(error.diagnostics())
            return
        if isinstance(body, str):
            self._note(name, f"{body}: its front here has the routes of the template")
        for definition in (body, parts):
            if isinstance(definition, Definition):
                Reader(definition, gateway, front, self._functions, self._notes).read()

    # ---- events -----------------------------------------------------------------------------

    def _events(self, resource: Resource) -> None:
        events = resource.resolved("Events")
        raw = resource.properties.get("Events")
        for name, event in (events if isinstance(events, dict) else {}).items():
            kind = text_of(event.get("Type")) if isinstance(event, dict) else None
            if kind in _EVENTS:
                properties = event.get("Properties")
                own = raw.get(name, {}) if isinstance(raw, dict) else {}
                told = properties if isinstance(properties, dict) else {}
                self._event(resource, str(name), kind, told, own)

    def _event(self, resource: Resource, name: str, kind: str, told: Mapping[str, Any], own: Any) -> None:
        """One event of type Api or HttpApi, as a route of its API."""
        api_kind, key = _EVENTS[kind]
        route = _route(told, kind)
        if route is None:
            why = f"the event {name} is no front here: its Path or Method is not known, or no route"
            self._note(resource.name, why)
            return
        gateway = self._gateway(api_kind, _reference(own, key) or IMPLICIT[api_kind])
        if gateway is None:
            self._note(resource.name, f"the event {name} is no front here: its API is not in this template")
            return
        self._routed(gateway, resource, route, kind, told)

    def _routed(
        self, gateway: Gateway, resource: Resource, route: str, kind: str, told: Mapping[str, Any]
    ) -> None:
        """Give a route to an API. A definition has its own; an event may only say who may take one."""
        version = text_of(told.get("PayloadFormatVersion"))
        front = REST if kind == "Api" else HTTP_V1 if version == "1.0" else HTTP
        security = of_event(told.get("Auth"), gateway.default_of(route), gateway.scopes)
        if not gateway.closed:
            timeout = seconds(told, "TimeoutInMillis")
            gateway.told.append(Way(resource.name, front, route, security, timeout))
            return
        auth = told.get("Auth")
        if isinstance(auth, dict) and text_of(auth.get("OverrideApiAuth")) == "true":
            gateway.override(route, security)


def _url(function: str, config: Any) -> dict[str, Any] | None:
    """The URL of a function, where there is one."""
    if not isinstance(config, dict):
        return None
    table: dict[str, Any] = {"type": "url", PLACE: f"{function}-url"}
    if text_of(config.get("AuthType")) == "AWS_IAM":
        table |= {"authorizer": "iam", "authorizers": {"iam": {"type": "iam"}}}
    if text_of(config.get("InvokeMode")) == "RESPONSE_STREAM":
        table["streaming"] = True
    cors = lists(config.get("Cors"))
    return table if cors is None else {**table, "cors": cors}


def _reference(event: Any, key: str) -> str | None:
    """The logical id that an event names: `!Ref Api`, or the id itself."""
    properties = event.get("Properties") if isinstance(event, dict) else None
    value = properties.get(key) if isinstance(properties, dict) else None
    if isinstance(value, dict) and set(value) == {"Ref"}:
        value = value["Ref"]
    if value is None:
        return None
    return str(value) if isinstance(value, str) else "?"


def _route(properties: Mapping[str, Any], kind: str) -> str | None:
    """`GET /a`; an HttpApi event without path takes every request."""
    path, method = (text_of(properties.get(key)) for key in ("Path", "Method"))
    if kind == "HttpApi" and (
        path in {"$default", "/$default"} or ("Path" not in properties and "Method" not in properties)
    ):
        return "$default"
    method = "ANY" if (method or "").lower() in {"any", "x-amazon-apigateway-any-method", "*"} else method
    method = (method or ("" if "Method" in properties or kind == "Api" else "ANY")).upper()
    return f"{method} {path}" if method in METHODS and path is not None and is_path(path) else None
