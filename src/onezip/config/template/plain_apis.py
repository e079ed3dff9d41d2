"""API Gateway's own resources -> an OpenAPI definition of the same API, for the one reader of definitions.

Sources: "AWS::ApiGatewayV2::Api", "::Route", "::Integration", "::Authorizer", "::Stage" (HTTP APIs);
"AWS::ApiGateway::RestApi", "::Resource", "::Method", "::Authorizer", "::Stage", "::Deployment" (REST APIs) of
the CloudFormation Template Reference. Their properties are those of the OpenAPI extensions, with capitals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from onezip.config.template.api_settings import lists
from onezip.config.template.gateways import HTTP, REST
from onezip.config.template.openapi import ANY, INTEGRATION
from onezip.config.template.references import branch, named
from onezip.config.template.resolver import Resolver
from onezip.config.template.resource import Resource
from onezip.config.template.sam_auth import IAM, words
from onezip.config.template.scalar import Word, text_of

V2, V1 = "AWS::ApiGatewayV2::", "AWS::ApiGateway::"
APIS = {f"{V2}Api": HTTP, f"{V1}RestApi": REST}
"""The resources that are APIs, and the kinds of their fronts."""

PARTS = frozenset(
    {f"{V2}{name}" for name in ("Route", "Integration", "Authorizer", "Stage")}
    | {f"{V1}{name}" for name in ("Resource", "Method", "Authorizer", "Stage", "Deployment")}
)
"""The resources that APIs are made of."""

AUTHORIZER = "x-amazon-apigateway-authorizer"

_DEEPEST = 30
"""Most segments of a path."""

_RENAMED = {
    "AuthorizerType": "type",
    "IntegrationType": "type",
    "IntegrationUri": "uri",
    "AuthorizerId": "",
    "RestApiId": "",
    "ApiId": "",
}
"""Properties that the extensions call otherwise, or do not have."""

Table = Mapping[str, Any]


class PlainApis:
    """The APIs of one template. resources are of the kinds APIS and PARTS."""

    def __init__(self, resources: Iterable[Resource], resolver: Resolver) -> None:
        self._resources = list(resources)
        self._resolver = resolver

    def apis(self) -> list[tuple[Resource, str]]:
        """Each API, and the kind of its front."""
        return [(each, APIS[each.kind]) for each in self._resources if each.kind in APIS]

    def settings(self, api: Resource, kind: str) -> dict[str, Any]:
        """What its stage and its own properties say of all its routes. Of several stages the first counts."""
        found: dict[str, Any] = {}
        start, key = (V1, "RestApiId") if kind == REST else (V2, "ApiId")
        stages = [*self._of(f"{start}Stage", api, key), *self._of(f"{start}Deployment", api, key)]
        for stage in stages:
            name = text_of(stage.resolved("StageName"))
            if name is None or "stage" in found:
                continue
            if name != "$default":
                found["stage"] = name
            told = stage.resolved("Variables" if kind == REST else "StageVariables")
            if isinstance(told, dict):
                known = {str(each): text_of(value) for each, value in told.items()}
                found["stage_variables"] = {each: text for each, text in known.items() if text is not None}
            break
        if kind == REST:
            if types := words(api.resolved("BinaryMediaTypes")):
                found["binary_types"] = [each.replace("~1", "/") for each in types]
        elif (cors := lists(api.resolved("CorsConfiguration"))) is not None:
            found["cors"] = cors
        return found

    def definition(self, api: Resource, kind: str) -> dict[str, Any]:
        """The routes and authorizers of its parts, as a definition."""
        schemes: dict[str, Any] = {IAM: {"x-amazon-apigateway-authtype": "awsSigv4"}}
        start, key = (V1, "RestApiId") if kind == REST else (V2, "ApiId")
        for authorizer in self._of(f"{start}Authorizer", api, key):
            schemes[authorizer.logical] = {AUTHORIZER: self._extension(authorizer.properties)}
        paths: dict[str, dict[str, Any]] = {}
        for path, method, operation in self._methods(api) if kind == REST else self._routes(api):
            paths.setdefault(path, {})[method] = operation
            for name in (name for each in operation["security"] for name in each if name != "api_key"):
                schemes.setdefault(name, {AUTHORIZER: {"type": "unknown"}})
        return {"paths": paths, "components": {"securitySchemes": schemes}}

    # ---- HTTP APIs --------------------------------------------------------------------------

    def _routes(self, api: Resource) -> Iterable[tuple[str, Word, Table]]:
        if (target := api.properties.get("Target")) is not None:
            key = text_of(api.resolved("RouteKey")) or "$default"
            integration = {"type": "AWS_PROXY", "uri": target, "payloadFormatVersion": "2.0"}
            yield (*_keyed(key, api), {"security": [], INTEGRATION: integration})
        integrations = {each.logical: each for each in self._of(f"{V2}Integration", api, "ApiId")}
        for route in self._of(f"{V2}Route", api, "ApiId"):
            names = set(named(route.properties.get("Target"), self._resolver)) & integrations.keys()
            operation: dict[str, Any] = {"security": self._security(route.properties)}
            if len(names) == 1:
                operation[INTEGRATION] = self._extension(integrations[names.pop()].properties)
            yield (*_keyed(text_of(route.resolved("RouteKey")) or "", route), operation)

    # ---- REST APIs --------------------------------------------------------------------------

    def _methods(self, api: Resource) -> Iterable[tuple[str, Word, Table]]:
        parts = {each.logical: each for each in self._of(f"{V1}Resource", api, "RestApiId")}
        for method in self._of(f"{V1}Method", api, "RestApiId"):
            path = self._path(method.properties.get("ResourceId"), api, parts)
            told = branch(method.properties.get("Integration"), self._resolver)
            operation: dict[str, Any] = {"security": self._security(method.properties)}
            if isinstance(told, dict):
                operation[INTEGRATION] = self._extension(told)
            yield path, _method(text_of(method.resolved("HttpMethod")) or "", method), operation

    def _path(self, node: Any, api: Resource, parts: Mapping[str, Resource]) -> str:
        """The path of a resource, up to the API's root; `?` where it cannot be told."""
        segments: list[str] = []
        for _ in range(_DEEPEST):
            names = set(named(node, self._resolver))
            if api.logical in names:
                return "/" + "/".join(reversed(segments))
            found = next((parts[name] for name in sorted(names & parts.keys())), None)
            if found is None:
                break
            segments.append(text_of(found.resolved("PathPart")) or "?{")
            node = found.properties.get("ParentId")
        return "?"

    # ---- what both have ---------------------------------------------------------------------

    def _of(self, kind: str, api: Resource, key: str) -> list[Resource]:
        """The parts of a kind that belong to an API."""
        return [
            each
            for each in self._resources
            if each.kind == kind and api.logical in named(each.properties.get(key), self._resolver)
        ]

    def _security(self, told: Table) -> list[Any]:
        """AuthorizationType, AuthorizerId, AuthorizationScopes and ApiKeyRequired as a `security`."""
        kind = text_of(self._resolver.resolve(told.get("AuthorizationType"))) or "NONE"
        found: list[Any] = []
        if kind == "AWS_IAM":
            found.append({IAM: []})
        elif kind != "NONE":
            names = sorted(named(told.get("AuthorizerId"), self._resolver))
            found.append({names[0] if names else kind: told.get("AuthorizationScopes") or []})
        if text_of(self._resolver.resolve(told.get("ApiKeyRequired"))) == "true":
            found.append({"api_key": []})
        return found

    def _extension(self, told: Table) -> dict[str, Any]:
        """Properties by the names of the OpenAPI extensions."""
        found: dict[str, Any] = {}
        for key, value in told.items():
            name = _RENAMED.get(key, f"{key[:1].lower()}{key[1:]}")
            if name == "jwtConfiguration" and isinstance(value, dict):
                found[name] = {f"{each[:1].lower()}{each[1:]}": inner for each, inner in value.items()}
            elif name == "integrationResponses" and isinstance(value, list):
                found["responses"] = {
                    str(number): {"responseParameters": each.get("ResponseParameters")}
                    for number, each in enumerate(value)
                    if isinstance(each, dict)
                }
            elif name:
                found[name] = value
        return found


def _keyed(key: str, resource: Resource) -> tuple[str, Word]:
    """A route key as path and method."""
    if key == "$default":
        return key, _method("ANY", resource)
    method, _, path = key.partition(" ")
    return path, _method(method, resource)


def _method(name: str, resource: Resource) -> Word:
    """A method as OpenAPI writes it, which stands where its resource does."""
    return Word(ANY if name.upper() == "ANY" else name.lower(), resource.place)
