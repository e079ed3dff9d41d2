"""What an OpenAPI definition says of an API: routes to functions, authorizers, CORS, binary types.

Only `aws_proxy` integrations with one of our functions are routes here. Others are named, with what to do
instead, and hinder none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from onezip.config.template.api_settings import lists, quoted
from onezip.config.template.gateways import HTTP, HTTP_V1, REST, Authorizer, Gateway, Security, Way, left_out
from onezip.config.template.openapi import Definition, Operation
from onezip.config.template.references import Functions
from onezip.config.template.sam_auth import cognito, jwt, lambda_authorizer, words
from onezip.config.template.scalar import text_of
from onezip.model.project import Unresolved

AUTHORIZER = "x-amazon-apigateway-authorizer"

_SCHEMES = (("components", "securitySchemes"), ("securityDefinitions",))
"""Where OpenAPI 3 and Swagger 2 have them."""

_INSTEAD = {
    "mock": "let a function answer it",
    "http": "ask its own address",
    "http_proxy": "ask its own address",
    "aws": "call its function with what the mapping makes: onezip invoke NAME --file EVENT",
    "aws_proxy": "it has no function, but another service: ask that one",
}
"""Integrations that have no front here, and what to do instead."""

_ALLOW = "method.response.header.access-control-allow-"


class Reader:
    """Reads one definition into its gateway. kind is REST or HTTP; notes get what is not read."""

    def __init__(
        self, definition: Definition, gateway: Gateway, kind: str, functions: Functions, notes: list[str]
    ) -> None:
        self._definition = definition
        self._gateway = gateway
        self._kind = kind
        self._functions = functions
        self._notes = notes
        self._keys: set[str] = set()
        self._left: dict[str, list[str]] = {}

    def read(self) -> None:
        """All of it."""
        self._schemes()
        self._settings()
        for operation in self._definition.operations():
            self._operation(operation)
        for why, routes in self._left.items():
            self._note(left_out(routes, why))
        for path, place in self._definition.unread():
            self._note(f"{path} at {place} is no path of a route")
        for each in self._definition.missing:
            self._note(f"what {each} brings in is not read")

    def _note(self, text: str) -> None:
        line = f"{self._gateway.name}: {text}"
        if line not in self._notes:
            self._notes.append(line)

    def _leave(self, route: str, why: str) -> None:
        self._left.setdefault(why, []).append(route)

    # ---- what all routes share --------------------------------------------------------------

    def _settings(self) -> None:
        definition, settings = self._definition, self._gateway.settings
        if self._kind == REST:
            more = [each.replace("~1", "/") for each in words(
                definition.value("x-amazon-apigateway-binary-media-types"))]  # fmt: skip
            if more:
                settings["binary_types"] = list(dict.fromkeys([*settings.get("binary_types", ()), *more]))
            return
        about = definition.section("x-amazon-apigateway-cors")
        if about and "cors" not in settings:
            value = self._functions.resolver.resolve(about)
            named = {f"{key[:1].upper()}{key[1:]}": each for key, each in value.items()}
            cors = lists(named)
            if cors is not None:
                settings["cors"] = cors

    def _schemes(self) -> None:
        for keys in _SCHEMES:
            for name in self._definition.section(*keys):
                if not self._gateway.here(str(name)):
                    self._scheme(str(name), self._definition.section(*keys, name))

    def _scheme(self, name: str, scheme: Mapping[str, Any]) -> None:
        resolver = self._functions.resolver
        told = resolver.resolve(scheme)
        if (text_of(told.get("x-amazon-apigateway-authtype")) or "").lower() == "awssigv4":
            self._gateway.authorizers[name] = {"type": "iam"}
            return
        node = self._definition.table(scheme.get(AUTHORIZER))
        if node:
            function = self._functions.of(node.get("authorizerUri"))
            header = text_of(told.get("name"))
            self._gateway.authorizers[name] = self._authorizer(resolver.resolve(node), function, header)
        elif self._kind == REST and (text_of(told.get("name")) or "").lower() == "x-api-key":
            self._keys.add(name)

    def _authorizer(self, told: Mapping[str, Any], function: str | None, header: str | None) -> Authorizer:
        kind = (text_of(told.get("type")) or "").lower()
        rest = self._kind == REST
        ttl = told.get("authorizerResultTtlInSeconds")
        expression = text_of(told.get("identityValidationExpression"))
        sources = _sources(told.get("identitySource"))
        match kind:
            case "token" if rest:
                own = sources or [f"method.request.header.{header or 'Authorization'}"]
                return lambda_authorizer("token", function, own, ttl, validation=expression)
            case "request" if rest:
                return lambda_authorizer("request", function, sources, ttl)
            case "cognito_user_pools" if rest:
                return cognito(told.get("providerARNs"), header, expression)
            case "request":
                second = text_of(told.get("authorizerPayloadFormatVersion")) not in {"1.0", "1"}
                simple = second and text_of(told.get("enableSimpleResponses")) == "true"
                name = "http-v2" if second else "http-v1"
                return lambda_authorizer(name, function, sources, ttl, simple=simple)
            case "jwt" if not rest:
                about = told.get("jwtConfiguration")
                table = about if isinstance(about, dict) else {}
                return jwt(table.get("issuer"), table.get("audience"), told.get("identitySource"))
            case _:
                return f"its type {kind!r} is none of this API's"

    # ---- one route --------------------------------------------------------------------------

    def _operation(self, operation: Operation) -> None:
        integration = operation.integration
        at = f"{operation.route} at {operation.place}"
        if integration is None:
            self._leave(at, "no x-amazon-apigateway-integration")
            return
        told = self._functions.resolver.resolve(integration)
        kind = (text_of(told.get("type")) or "").lower()
        if kind == "mock" and operation.route.startswith("OPTIONS ") and (cors := _preflight(told)):
            who = self._security(operation).authorizer
            if who is not None and self._gateway.here(who):
                cors["authorizer"] = who
            self._gateway.settings.setdefault("cors", cors)
            return
        if kind != "aws_proxy" or told.get("integrationSubtype") is not None:
            instead = _INSTEAD.get(kind, "see the reference of HTTP fronts")
            self._leave(at, f"the integration is {kind or 'of no type'}; {instead}")
            return
        function = self._functions.of(integration.get("uri"))
        if function is None:
            self._leave(at, "the uri names no function that is built here")
            return
        way = Way(function, self._front(told), operation.route, self._security(operation), seconds(told))
        self._gateway.defined.append(way)

    def _front(self, told: Mapping[str, Any]) -> str:
        """The kind of front: a REST API's, or by the payload format, which is 1.0 where nothing is said."""
        if self._kind == REST:
            return REST
        return HTTP if text_of(told.get("payloadFormatVersion")) in {"2.0", "2"} else HTTP_V1

    def _security(self, operation: Operation) -> Security:
        """Who may: as the operation says, else SAM's default of the API, else the whole definition."""
        default = self._gateway.default_of(operation.route)
        own, nobody = self._required(operation.security)
        if nobody:
            return Security(key=own.key or default.key)
        if own.authorizer is not None:
            return replace(own, key=own.key or default.key)
        top, _ = self._required(self._definition.node("security") if operation.security is None else [])
        return replace(default if default.authorizer else top, key=own.key or default.key or top.key)

    def _required(self, node: Any) -> tuple[Security, bool]:
        """A `security`: one authorizer, and an API key beside it; and whether it turns SAM's default off."""
        listed = self._functions.resolver.resolve(node)
        if isinstance(listed, Unresolved):
            return Security(listed.expression), False
        who: str | None = None
        scopes: tuple[str, ...] = ()
        key = nobody = False
        for each in listed if isinstance(listed, list) else ():
            for name, asked in (each if isinstance(each, dict) else {}).items():
                if name == "NONE":
                    nobody = True
                elif name in self._keys or (name == "api_key" and self._kind == REST):
                    key = True
                elif name in self._gateway.authorizers:
                    who, scopes = (who, scopes) if who else (str(name), words(asked))
                else:
                    self._note(f"its security scheme {name} has no {AUTHORIZER}: it stops nobody, as in AWS")
        return Security(who, scopes, key), nobody


def seconds(told: Mapping[str, Any], key: str = "timeoutInMillis") -> int | None:
    """A timeout in milliseconds, in whole seconds."""
    text = text_of(told.get(key)) or ""
    return max(1, math.ceil(int(text) / 1000)) if re.fullmatch("[0-9]{2,6}", text) else None


def _preflight(told: Mapping[str, Any]) -> dict[str, Any] | None:
    """The CORS rules in the headers that a mock answers OPTIONS with."""
    responses = told.get("responses")
    for response in responses.values() if isinstance(responses, dict) else ():
        parameters = response.get("responseParameters") if isinstance(response, dict) else None
        table = {
            f"Allow{str(key)[len(_ALLOW) :].title()}": (text_of(value) or "").strip("'")
            for key, value in (parameters if isinstance(parameters, dict) else {}).items()
            if str(key).lower().startswith(_ALLOW)
        }
        if cors := quoted(table):
            return cors
    return None


def _sources(value: Any) -> list[str]:
    """Identity sources: a list, or texts with commas between them."""
    return [each for text in words(value) for each in _split(text)]


def _split(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]
