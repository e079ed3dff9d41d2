"""A SAM function's Events and FunctionUrlConfig -> the table `http` of a project file.

Routes, payload format, stage, binary types and CORS are read, as "AWS::Serverless::Api", "::HttpApi" and the
event sources Api and HttpApi of the AWS SAM Developer Guide say. What is not read is noted: none of it is
needed for a build, so nothing here is an error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from onezip.config.parse_front import METHODS, is_path
from onezip.config.template.resource import Resource
from onezip.config.template.scalar import text_of
from onezip.config.template.table import FunctionTable

REST, HTTP = "AWS::Serverless::Api", "AWS::Serverless::HttpApi"
IMPLICIT = {REST: "ServerlessRestApi", HTTP: "ServerlessHttpApi"}
"""The APIs that SAM makes where an event names none, by their kind."""

ApiOf = Callable[[str, str], Resource | None]
"""An API of a kind by its logical id, with the Globals merged in; None where the template has none."""

_EVENTS = {"Api": (REST, "RestApiId"), "HttpApi": (HTTP, "ApiId")}
_PLACE = "place"
"""A key of a table until `placed`: which API, or whose function URL."""


def fronts(resource: Resource, api_of: ApiOf, notes: list[str]) -> list[dict[str, Any]]:
    """The tables of a function's fronts, one for each API with an event, and for its URL."""
    reader = _Reader(resource, api_of, notes)
    events = resource.resolved("Events")
    raw = resource.properties.get("Events")
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for name, event in (events if isinstance(events, dict) else {}).items():
        kind = text_of(event.get("Type")) if isinstance(event, dict) else None
        if kind not in _EVENTS:
            continue
        properties = event.get("Properties")
        own = raw.get(name, {}) if isinstance(raw, dict) else {}
        reader.event(str(name), kind, properties if isinstance(properties, dict) else {}, own, found)
    tables = list(found.values())
    url = reader.url()
    return tables if url is None else [*tables, url]


def placed(functions: Mapping[str, FunctionTable]) -> dict[str, FunctionTable]:
    """The functions with each API at a place of its own: the first one takes every host, others have one."""
    places: list[str] = []
    for function in functions.values():
        for table in function.table.get("http", ()):
            if table[_PLACE] not in places:
                places.append(table[_PLACE])
    made = {}
    for name, function in functions.items():
        tables = []
        for table in function.table.get("http", ()):
            kept = {key: value for key, value in table.items() if key != _PLACE}
            if table[_PLACE] != places[0]:
                kept["host"] = f"{re.sub('[^a-z0-9-]', '-', table[_PLACE].lower())}.localhost"
            tables.append(kept)
        made[name] = replace(function, table={**function.table, "http": tables}) if tables else function
    return made


class _Reader:
    """Reads the fronts of one function."""

    def __init__(self, resource: Resource, api_of: ApiOf, notes: list[str]) -> None:
        self._resource = resource
        self._api_of = api_of
        self._notes = notes

    def _note(self, text: str) -> None:
        line = f"{self._resource.name}: {text}"
        if line not in self._notes:
            self._notes.append(line)

    def event(
        self, name: str, kind: str, properties: Any, own: Any, found: dict[tuple[str, str], dict[str, Any]]
    ) -> None:
        """One event of type Api or HttpApi, laid into the table of its API."""
        api_kind, key = _EVENTS[kind]
        route = _route(properties, kind)
        if route is None:
            self._note(f"the event {name} is no front here: its Path or Method is not known, or no route")
            return
        logical = _reference(own, key) or IMPLICIT[api_kind]
        api = self._api_of(api_kind, logical)
        if api is None and logical != IMPLICIT[api_kind]:
            self._note(f"the event {name} is no front here: its API is not in this template")
            return
        version = text_of(properties.get("PayloadFormatVersion"))
        kind_here = "rest" if kind == "Api" else "http-v1" if version == "1.0" else "http"
        table = found.get((logical, kind_here))
        if table is None:
            table = found[logical, kind_here] = {"type": kind_here, "routes": [], **_api(api, kind)}
            table[_PLACE] = logical if kind_here != "http-v1" else f"{logical}-1"
            self._left(api, properties)
        table["routes"].append(route)
        seconds = _seconds(properties.get("TimeoutInMillis"))
        if seconds is not None:
            table["timeout"] = seconds

    def _left(self, api: Resource | None, properties: Any) -> None:
        """Say what of an API is not read."""
        told = {} if api is None else api.properties
        if "Auth" in told or "Auth" in properties:
            self._note("its API's authorizers are not read: its front here lets everybody in")
        if "DefinitionBody" in told or "DefinitionUri" in told:
            self._note("its API's OpenAPI definition is not read: the front here has the events' routes")

    def url(self) -> dict[str, Any] | None:
        """The function URL, where there is one."""
        config = self._resource.resolved("FunctionUrlConfig")
        if not isinstance(config, dict):
            return None
        table: dict[str, Any] = {"type": "url", _PLACE: f"{self._resource.name}-url"}
        if text_of(config.get("AuthType")) == "AWS_IAM":
            table |= {"authorizer": "iam", "authorizers": {"iam": {"type": "iam"}}}
        if text_of(config.get("InvokeMode")) == "RESPONSE_STREAM":
            table["streaming"] = True
        cors = _lists(config.get("Cors"))
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
        path == "$default" or ("Path" not in properties and "Method" not in properties)
    ):
        return "$default"
    method = "ANY" if (method or "").lower() in {"any", "x-amazon-apigateway-any-method", "*"} else method
    method = (method or ("" if "Method" in properties or kind == "Api" else "ANY")).upper()
    return f"{method} {path}" if method in METHODS and path is not None and is_path(path) else None


def _api(api: Resource | None, kind: str) -> dict[str, Any]:
    """What the API says of all its routes."""
    if api is None:
        return {"stage": "Prod"} if kind == "Api" else {}
    found: dict[str, Any] = {}
    stage = text_of(api.resolved("StageName")) or ("Prod" if kind == "Api" else "$default")
    if stage != "$default":
        found["stage"] = str(stage)
    variables = api.resolved("Variables" if kind == "Api" else "StageVariables")
    if isinstance(variables, dict):
        known = {str(name): text_of(value) for name, value in variables.items()}
        found["stage_variables"] = {name: str(value) for name, value in known.items() if value is not None}
    if kind == "Api":
        types = api.resolved("BinaryMediaTypes")
        if isinstance(types, list):
            texts = (text_of(each) for each in types)
            found["binary_types"] = [str(each).replace("~1", "/") for each in texts if each]
        cors = _quoted(api.resolved("Cors"))
    else:
        cors = _lists(api.resolved("CorsConfiguration"))
    return found if cors is None else {**found, "cors": cors}


def _quoted(cors: Any) -> dict[str, Any] | None:
    """A REST API's Cors: texts in quotes, such as `"'GET,POST'"`."""
    table = cors if isinstance(cors, dict) else {"AllowOrigin": cors}

    def words(key: str) -> list[str]:
        text = (text_of(table.get(key)) or "").strip().strip("'")
        return [each.strip() for each in text.split(",") if each.strip()]

    found: dict[str, Any] = {}
    for name, key in (("origins", "AllowOrigin"), ("methods", "AllowMethods"), ("headers", "AllowHeaders")):
        if given := words(key):
            found[name] = given
    return _cors(found, table, (text_of(table.get("MaxAge")) or "").strip("'"))


def _lists(cors: Any) -> dict[str, Any] | None:
    """An HTTP API's CorsConfiguration (`true` allows every origin) and a function URL's Cors."""
    if cors is True or text_of(cors) == "true":
        return {"origins": ["*"]}
    if not isinstance(cors, dict):
        return None
    found: dict[str, Any] = {}
    for name, key in (("origins", "AllowOrigins"), ("methods", "AllowMethods"), ("headers", "AllowHeaders"),
                      ("expose", "ExposeHeaders")):  # fmt: skip
        value = cors.get(key)
        texts = [text_of(each) for each in value] if isinstance(value, list) else [text_of(value)]
        if given := [str(each) for each in texts if each]:
            found[name] = given
    return _cors(found, cors, text_of(cors.get("MaxAge")) or "")


def _cors(found: dict[str, Any], table: Mapping[str, Any], age: str) -> dict[str, Any] | None:
    if "origins" not in found:
        return None
    if text_of(table.get("AllowCredentials")) == "true":
        found["credentials"] = True
    if re.fullmatch("[0-9]{1,5}", age) and int(age) <= 86_400:
        found["max_age"] = int(age)
    return found


def _seconds(value: Any) -> int | None:
    """TimeoutInMillis, in whole seconds."""
    text = text_of(value) or ""
    return max(1, math.ceil(int(text) / 1000)) if re.fullmatch("[0-9]{2,5}", text) else None
