"""The Auth of SAM's Api and HttpApi, and of their events -> authorizers and who may take a route.

Sources: "ApiAuth", "HttpApiAuth", "ApiFunctionAuth", "HttpApiFunctionAuth" and the authorizer objects of the
AWS SAM Developer Guide; the translator's own reading of them (1.115). InvokeRole and ResourcePolicy have no
effect here: nobody's credentials are used, and every caller is this machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from onezip.config.parse_front import is_source
from onezip.config.template.gateways import REST, Authorizer, Security
from onezip.config.template.intrinsics import expression, first_unresolved, is_intrinsic
from onezip.config.template.references import Functions, branch
from onezip.config.template.resolver import Resolver
from onezip.config.template.scalar import text_of
from onezip.model.project import Unresolved

IAM = "AWS_IAM"
UNKNOWN = "*"
"""An issuer or audience that only a deployment knows: whichever the token has."""

_POOL = re.compile(r"arn:(aws[a-z-]*):cognito-idp:([a-z0-9-]+):[0-9]*:userpool/([A-Za-z0-9_-]+)")
_NOT_HERE = "it names no function that this template builds"
_SOURCES = {
    True: ("method.request.header.", "method.request.querystring.", "stageVariables.", "context."),
    False: ("$request.header.", "$request.querystring.", "$stageVariables.", "$context."),
}
_IDENTITY = ("Headers", "QueryStrings", "StageVariables", "Context")


def authorizers(auth: Any, kind: str, functions: Functions) -> dict[str, Authorizer]:
    """The authorizers that an API's Auth declares, by name; IAM's too, where it is said.

    auth is the node as it was written; kind is REST or HTTP.
    """
    table, resolver = _table(auth), functions.resolver
    found: dict[str, Authorizer] = {}
    for name, node in _table(branch(table.get("Authorizers"), resolver)).items():
        about = _table(branch(node, resolver))
        told = _table(resolver.resolve(about))
        function = functions.of(about.get("FunctionArn"))
        found[str(name)] = (_rest if kind == REST else _http)(told, function)
    enabled = kind == REST or text_of(resolver.resolve(table.get("EnableIamAuthorizer"))) == "true"
    found.setdefault(IAM, {"type": "iam"} if enabled else "its API has no EnableIamAuthorizer: true")
    return found


def scopes(auth: Any, resolver: Resolver) -> dict[str, tuple[str, ...]]:
    """The scopes that each authorizer asks for where a route says none."""
    told = _table(resolver.resolve(_table(auth).get("Authorizers")))
    return {str(name): words(_table(about).get("AuthorizationScopes")) for name, about in told.items()}


def default(auth: Any, scopes: Mapping[str, tuple[str, ...]], resolver: Resolver) -> Security:
    """What an API's Auth says of routes that say nothing."""
    if is_intrinsic(auth):
        return Security(expression(auth))
    told = _table(resolver.resolve(auth))
    name = _name(told.get("DefaultAuthorizer"))
    key = text_of(told.get("ApiKeyRequired")) == "true"
    return Security(name, scopes.get(name, ()), key) if name else Security(key=key)


def preflights(auth: Any, resolver: Resolver) -> bool:
    """Whether the default authorizer of a REST API judges OPTIONS, too: so it does unless told."""
    told = _table(resolver.resolve(auth))
    return text_of(told.get("AddDefaultAuthorizerToCorsPreflight")) != "false"


def of_event(own: Any, otherwise: Security, scopes: Mapping[str, tuple[str, ...]]) -> Security:
    """Who may take the route of an event with this Auth. otherwise is what its API says of all routes."""
    if isinstance(own, Unresolved):
        return Security(own.expression)
    table, security = _table(own), otherwise
    if table.get("Authorizer") is not None:
        name = _name(table["Authorizer"])
        security = replace(security, authorizer=name, scopes=scopes.get(name or "", ()))
    if isinstance(table.get("AuthorizationScopes"), list) and security.authorizer:
        security = replace(security, scopes=words(table["AuthorizationScopes"]))
    if (key := text_of(table.get("ApiKeyRequired"))) is not None:
        security = replace(security, key=key == "true")
    return security


def _name(value: Any) -> str | None:
    """An authorizer's name; the expression of one that is not known, which no authorizer has."""
    if isinstance(value, Unresolved):
        return value.expression
    name = text_of(value)
    return None if not name or name == "NONE" else name


def cognito(arns: Any, header: str | None, validation: str | None) -> Authorizer:
    """The authorizer of a user pool, whose issuer its ARN tells; of several pools the first one."""
    found = _POOL.fullmatch(next(iter(words(arns)), ""))
    issuer = UNKNOWN
    if found:
        suffix = ".cn" if found[1] == "aws-cn" else ""
        issuer = f"https://cognito-idp.{found[2]}.amazonaws.com{suffix}/{found[3]}"
    table: dict[str, Any] = {
        "type": "cognito",
        "issuer": issuer,
        "sources": [f"method.request.header.{header or 'Authorization'}"],
    }
    return checked(table if validation is None else {**table, "validation": validation})


def jwt(issuer: Any, audience: Any, sources: Any) -> Authorizer:
    """The authorizer of tokens before an HTTP API."""
    said, address = words(sources), text_of(issuer) or UNKNOWN
    if address != UNKNOWN and not address.startswith("https://"):
        return f"its issuer {address} is no https address"
    return checked({
        "type": "jwt",
        "issuer": address,
        "audience": [UNKNOWN] if first_unresolved(audience) else list(words(audience)) or [UNKNOWN],
        **({"sources": list(said)} if said else {}),
    })  # fmt: skip


def lambda_authorizer(kind: str, function: str | None, sources: Any, ttl: Any, **more: Any) -> Authorizer:
    """The table of an authorizer function, or that there is none."""
    if function is None:
        return _NOT_HERE
    table: dict[str, Any] = {"type": kind, "function": function, "sources": list(sources)}
    text = text_of(ttl) or ""
    if re.fullmatch("[0-9]{1,4}", text) and int(text) <= 3600:
        table["ttl"] = int(text)
    return checked(table | {key: value for key, value in more.items() if value})


def checked(table: dict[str, Any]) -> Authorizer:
    """The table, unless no front could read what it says."""
    rest = table["type"] in {"token", "request", "cognito"}
    wrong = [each for each in table.get("sources", ()) if not is_source(each, rest=rest)]
    if wrong:
        return f"{wrong[0]!r} is no identity source"
    try:
        re.compile(table.get("validation", ""))
    except re.error as error:
        return f"its validation expression cannot be read here: {error}"
    return table


def words(value: Any) -> tuple[str, ...]:
    """The texts of a list, or the only one; what is not known is left out."""
    listed = value if isinstance(value, list) else [value]
    return tuple(str(text) for each in listed if (text := text_of(each)))


def _rest(told: Mapping[str, Any], function: str | None) -> Authorizer:
    identity = _table(told.get("Identity"))
    header, validation = (text_of(identity.get(key)) for key in ("Header", "ValidationExpression"))
    if "UserPoolArn" in told:
        return cognito(told["UserPoolArn"], header, validation)
    ttl = identity.get("ReauthorizeEvery")
    if text_of(told.get("FunctionPayloadType")) == "REQUEST":
        return lambda_authorizer("request", function, _sources(identity, rest=True), ttl)
    sources = [f"method.request.header.{header or 'Authorization'}"]
    return lambda_authorizer("token", function, sources, ttl, validation=validation)


def _http(told: Mapping[str, Any], function: str | None) -> Authorizer:
    if "JwtConfiguration" in told:
        about = {str(key).lower(): value for key, value in _table(told["JwtConfiguration"]).items()}
        return jwt(about.get("issuer"), about.get("audience"), told.get("IdentitySource"))
    identity = _table(told.get("Identity"))
    second = text_of(told.get("AuthorizerPayloadFormatVersion")) not in {"1.0", "1"}
    simple = second and text_of(told.get("EnableSimpleResponses")) == "true"
    ttl = identity.get("ReauthorizeEvery")
    sources = _sources(identity, rest=False)
    return lambda_authorizer("http-v2" if second else "http-v1", function, sources, ttl, simple=simple)


def _sources(identity: Mapping[str, Any], *, rest: bool) -> list[str]:
    pairs = zip(_SOURCES[rest], _IDENTITY, strict=True)
    return [f"{start}{word}" for start, key in pairs for word in words(identity.get(key))]


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
