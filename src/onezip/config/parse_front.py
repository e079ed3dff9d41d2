"""`[functions.X.http]`, from its table or list of tables.  [pure]"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from onezip.config.check import Mistakes, Path, Table, nearest
from onezip.model.front import (
    Authorizer,
    AuthorizerKind,
    BinaryTypes,
    Cors,
    Front,
    FrontKind,
    Route,
    Stage,
)

METHODS = ("ANY", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_REST = frozenset({FrontKind.REST})
_HTTP = frozenset({FrontKind.HTTP, FrontKind.HTTP_V1})
_URL = frozenset({FrontKind.URL})
_ALB = frozenset({FrontKind.ALB, FrontKind.ALB_MULTI})

_ONLY: Mapping[str, tuple[frozenset[FrontKind], str]] = {
    "binary_types": (_REST, "a REST API's"),
    "api_key": (_REST, "a REST API's"),
    "streaming": (_URL, "a function URL's"),
    "stage": (_REST | _HTTP, "an API's"),
    "stage_variables": (_REST | _HTTP, "an API's"),
    "cors": (_REST | _HTTP | _URL, "an API's or a function URL's"),
    "routes": (_REST | _HTTP | _ALB, "an API's or a load balancer's"),
    "authorizer": (_REST | _HTTP | _URL, "an API's or a function URL's"),
    "authorizers": (_REST | _HTTP | _URL, "an API's or a function URL's"),
}
"""Keys that not every kind of front has, and whose they are."""


class _Rule(NamedTuple):
    """One kind of authorizer: before which fronts, and which keys it needs and may have beside them."""

    fronts: frozenset[FrontKind]
    needed: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


_AUTHORIZERS = {
    AuthorizerKind.TOKEN: _Rule(_REST, ("function",), ("sources", "validation", "ttl")),
    AuthorizerKind.REQUEST: _Rule(_REST, ("function",), ("sources", "ttl")),
    AuthorizerKind.COGNITO: _Rule(_REST, ("issuer",), ("sources", "validation", "scopes", "jwks")),
    AuthorizerKind.HTTP_V1: _Rule(_HTTP, ("function",), ("sources", "ttl")),
    AuthorizerKind.HTTP_V2: _Rule(_HTTP, ("function",), ("sources", "ttl", "simple")),
    AuthorizerKind.JWT: _Rule(_HTTP, ("issuer", "audience"), ("sources", "scopes", "jwks")),
    AuthorizerKind.IAM: _Rule(_REST | _HTTP | _URL),
}

_DEFAULT_SOURCE = {
    AuthorizerKind.TOKEN: ("method.request.header.Authorization",),
    AuthorizerKind.COGNITO: ("method.request.header.Authorization",),
    AuthorizerKind.HTTP_V1: ("$request.header.Authorization",),
    AuthorizerKind.HTTP_V2: ("$request.header.Authorization",),
    AuthorizerKind.JWT: ("$request.header.Authorization",),
}
"""Where no source is said; a REQUEST authorizer of a REST API then looks at the whole request."""

_MAY_HAVE_NONE = frozenset({AuthorizerKind.HTTP_V1, AuthorizerKind.HTTP_V2})
"""Kinds whose list of sources may be empty: the function is asked about every request."""

_SOURCES = {
    True: re.compile(r"(method\.request\.(header|querystring)|stageVariables|context)\.[^\s]+"),
    False: re.compile(r"\$(request\.(header|querystring)|stageVariables|context)\.[^\s]+"),
}
_PATH = re.compile(r"(?=/)(?:/(?:[^{}\s/]+|\{[\w.-]+\}))*(?:/\{[\w.-]+\+\})?/?")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
_BASE = re.compile(r"/?[^\s{}?#%]*")


def is_path(text: str) -> bool:
    """Is it the path of a route: segments, `{variables}`, a greedy `{last+}`?"""
    return _PATH.fullmatch(text) is not None


def is_source(text: str, *, rest: bool) -> bool:
    """Is it an identity source, in a REST API's words or an HTTP API's?"""
    return _SOURCES[rest].fullmatch(text) is not None


def fronts(table: Table, path: Path, mistakes: Mistakes) -> tuple[Front, ...]:
    """The fronts of a function, from its merged table."""
    found = table.get("http", [])
    return tuple(
        _front(each, (*path, "http"), mistakes) for each in (found if isinstance(found, list) else [found])
    )


def _front(table: Table, path: Path, mistakes: Mistakes) -> Front:
    kind = FrontKind(table.get("type", "http"))
    for key, (kinds, whose) in _ONLY.items():
        if key in table and kind not in kinds:
            mistakes.add(
                "project.value",
                (*path, key),
                f"{'.'.join(path)}.{key} is {whose}, and type is {kind.value!r}",
            )
    authorizers = tuple(
        _authorizer(name, own, kind, (*path, "authorizers", name), mistakes)
        for name, own in table.get("authorizers", {}).items()
    )
    wanted, cors = table.get("authorizer"), table.get("cors", {})
    names = [each.name for each in authorizers]
    for name, keys in ((wanted, ("authorizer",)), (cors.get("authorizer"), ("cors", "authorizer"))):
        if name is not None and name not in names:
            mistakes.add(
                "project.value",
                (*path, *keys),
                f"{'.'.join((*path, *keys))}: there is no authorizer {name!r}",
                nearest(name, names) or f"add [{'.'.join(path)}.authorizers.{name}]",
            )
    if "authorizer" in cors and kind is not FrontKind.REST:
        mistakes.add(
            "project.value",
            (*path, "cors", "authorizer"),
            f"{'.'.join(path)}.cors.authorizer is a REST API's, and type is {kind.value!r}",
        )
    scopes = _words(table.get("authorizers", {}).get(wanted, {}).get("scopes"))
    routes = tuple(
        replace(route, api_key=table.get("api_key", False))
        for each in _words(table.get("routes"))
        if (route := _route(each, kind, scopes, (*path, "routes"), mistakes)) is not None
    )
    _place(table, path, mistakes)
    return Front(
        kind,
        routes or (Route("ANY", "$default", scopes=scopes, api_key=table.get("api_key", False)),),
        Stage(table.get("stage", "$default"), dict(table.get("stage_variables", {}))),
        base_path=table.get("base_path", "").rstrip("/"),
        host=table.get("host"),
        binary=BinaryTypes(_words(table.get("binary_types"))),
        cors=_cors(table["cors"], path, mistakes) if "cors" in table else None,
        timeout=table.get("timeout"),
        authorizers=authorizers,
        authorizer=wanted,
        streaming=table.get("streaming", False),
    )


def _route(
    text: str, kind: FrontKind, scopes: tuple[str, ...], path: Path, mistakes: Mistakes
) -> Route | None:
    if text == "$default" and kind is not FrontKind.REST:
        return Route("ANY", "$default", scopes=scopes)
    method, _, place = text.partition(" ")
    if method in METHODS and _PATH.fullmatch(place):
        return Route(method, place, scopes=scopes)
    hint = 'write it as "METHOD /path/{name}", "ANY /{proxy+}" or "$default"'
    if text == "$default":
        hint = 'a REST API has no $default: write "ANY /" and "ANY /{proxy+}"'
    elif method.upper() in METHODS and method not in METHODS:
        hint = f"did you mean {f'{method.upper()} {place}'!r}?"
    mistakes.add("project.value", path, f"{'.'.join(path)}: {text!r} is no route", hint)
    return None


def _place(table: Table, path: Path, mistakes: Mistakes) -> None:
    host = table.get("host")
    if host is not None and not _HOST.fullmatch(host):
        mistakes.add(
            "project.value",
            (*path, "host"),
            f"{'.'.join(path)}.host: {host!r} is no host name",
            'write it without scheme and port, such as "api.localhost"',
        )
    base = table.get("base_path", "")
    if not _BASE.fullmatch(base):
        mistakes.add(
            "project.value", (*path, "base_path"), f"{'.'.join(path)}.base_path: {base!r} is no path"
        )


def _cors(table: Table, path: Path, mistakes: Mistakes) -> Cors:
    cors = Cors(
        origins=_words(table.get("origins")),
        methods=_words(table.get("methods")),
        headers=_words(table.get("headers")),
        expose=_words(table.get("expose")),
        credentials=table.get("credentials", False),
        max_age=table.get("max_age"),
        authorizer=table.get("authorizer"),
    )
    if not cors.origins:
        mistakes.add(
            "project.required",
            (*path, "cors"),
            f"{'.'.join(path)}.cors has no origins",
            'add origins = ["https://example.com"] or ["*"]',
        )
    return cors


def _authorizer(name: str, table: Table, front: FrontKind, path: Path, mistakes: Mistakes) -> Authorizer:
    dotted = ".".join(path)
    if "type" not in table:
        mistakes.add("project.required", path, f"{dotted} has no type", 'add type = "http-v2" or another')
        return Authorizer(name, AuthorizerKind.IAM)
    kind = AuthorizerKind(table["type"])
    rule = _AUTHORIZERS[kind]
    if front not in rule.fronts:
        usable = [str(each) for each, other in _AUTHORIZERS.items() if front in other.fronts]
        mistakes.add(
            "project.value",
            (*path, "type"),
            f"{dotted}: type {kind.value!r} does not stand before a front of type {front.value!r}",
            f"there are: {', '.join(usable) or 'none'}",
        )
    for key in rule.needed:
        if not table.get(key):
            mistakes.add("project.required", path, f"{dotted} has no {key}", f"add {key}")
    for key in table:
        if key != "type" and key not in (*rule.needed, *rule.others):
            mistakes.add("project.value", (*path, key), f"{dotted}.{key}: type {kind.value!r} has no {key}")
    _sources(table, FrontKind.REST is front, path, mistakes)
    _expression(table, path, mistakes)
    _addresses(table, path, mistakes)
    return Authorizer(
        name,
        kind,
        function=table.get("function"),
        sources=_words(table.get("sources"))
        or (() if kind in _MAY_HAVE_NONE and "sources" in table else _DEFAULT_SOURCE.get(kind, ())),
        validation=table.get("validation"),
        simple=table.get("simple", False),
        ttl=table.get("ttl", 300),
        issuer=table.get("issuer"),
        audience=_words(table.get("audience")),
        jwks=table.get("jwks"),
    )


def _sources(table: Table, rest: bool, path: Path, mistakes: Mistakes) -> None:
    for source in _words(table.get("sources")):
        if not is_source(source, rest=rest):
            example = "method.request.header.X" if rest else "$request.header.X"
            mistakes.add(
                "project.value",
                (*path, "sources"),
                f"{'.'.join(path)}.sources: {source!r} is no identity source",
                f"write it as {example!r}",
            )


def _expression(table: Table, path: Path, mistakes: Mistakes) -> None:
    try:
        re.compile(table.get("validation", ""))
    except re.error as error:
        mistakes.add(
            "project.value",
            (*path, "validation"),
            f"{'.'.join(path)}.validation is no regular expression: {error}",
        )


def _addresses(table: Table, path: Path, mistakes: Mistakes) -> None:
    """Keys come from https, from this machine or from a file; an issuer is an address (OpenID Connect)."""
    local = r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/.*)?"
    address = re.compile(rf"https://.+|{local}")
    issuer, jwks = table.get("issuer"), table.get("jwks")
    for key, value, wrong in (
        ("issuer", issuer, issuer and issuer != "*" and not jwks and not address.fullmatch(issuer)),
        ("jwks", jwks, jwks and "://" in jwks and not address.fullmatch(jwks)),
    ):
        if wrong:
            mistakes.add(
                "project.value",
                (*path, key),
                f"{'.'.join(path)}.{key}: {value!r} is neither https nor on this machine",
                "name a file with the keys in jwks"
                if key == "issuer"
                else "write a file or an https address",
            )


def _words(value: str | Iterable[Any] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
