"""The APIs of a template while they are put together, and the tables of fronts they become.

A function has one table for each API and for all its routes that have the same authorizer, scopes, API key
and timeout; tables of one place are one API when they are served (`onezip.emulator.gateway.apis`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from onezip.config.template.table import FunctionTable

REST, HTTP, HTTP_V1 = "rest", "http", "http-v1"
"""Kinds of fronts, in the words of a project file."""

PLACE = "place"
"""A key of a table until `placed`: which API, or whose function URL."""

_NAMED = 3
"""Most routes of one reason that are named."""

Authorizer = Mapping[str, Any] | str
"""The table of an authorizer, or why it cannot be one here."""


@dataclass(frozen=True, slots=True)
class Security:
    """Who may take a route: an authorizer of its API, the scopes it asks for, and whether an API key."""

    authorizer: str | None = None
    scopes: tuple[str, ...] = ()
    key: bool = False


OPEN = Security()
"""Everybody."""


@dataclass(frozen=True, slots=True)
class Way:
    """A route to a function. kind is that of its front, timeout in seconds, None for the service's own."""

    function: str
    kind: str
    route: str
    security: Security = OPEN
    timeout: int | None = None


@dataclass(slots=True)
class Gateway:
    """One API. settings are keys of a front's table that all its routes share; default is what SAM's Auth
    says of routes that say nothing themselves, guarded whether it holds for OPTIONS, too.
    """

    name: str
    settings: dict[str, Any]
    authorizers: dict[str, Authorizer] = field(default_factory=dict)
    scopes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Those that an authorizer asks for where a route says none, by its name."""
    default: Security = OPEN
    guarded: bool = False
    closed: bool = False
    """Whether it has the routes of its definition only, whatever events say."""
    defined: list[Way] = field(default_factory=list)
    """Routes of its OpenAPI definition."""
    told: list[Way] = field(default_factory=list)
    """Routes of events; each stands for one of the definition with the same key."""

    def default_of(self, route: str) -> Security:
        """Who may take a route that says nothing itself."""
        if self.guarded or not route.startswith("OPTIONS "):
            return self.default
        return Security(key=self.default.key)

    def here(self, name: str) -> bool:
        """Whether an authorizer can be asked here."""
        return isinstance(self.authorizers.get(name, ""), Mapping)

    def override(self, route: str, security: Security) -> None:
        """Say anew who may take a route of the definition."""
        self.defined = [
            replace(way, security=security) if way.route == route else way for way in self.defined
        ]

    def tables(self, note: Callable[[str], None]) -> list[tuple[str, dict[str, Any]]]:
        """Each function's tables. A route whose authorizer is not here is left out and noted."""
        own = {way.route for way in self.told}
        ways = [way for way in self.defined if way.route not in own] + self.told
        found: dict[tuple[str, str, Security, int | None], dict[str, Any]] = {}
        left: dict[str, list[str]] = {}
        for way in ways:
            name = way.security.authorizer
            authorizer = None if name is None else self.authorizers.get(name, "there is none of this name")
            if isinstance(authorizer, str):
                why = f"the authorizer {name} cannot be asked: {authorizer}"
                left.setdefault(why, []).append(way.route)
                continue
            place = (way.function, way.kind, way.security, way.timeout)
            if place not in found:
                found[place] = self._table(way, authorizer)
            found[place]["routes"].append(way.route)
        for why, routes in left.items():
            note(left_out(routes, why))
        return [(function, table) for (function, *_), table in found.items()]

    def _table(self, way: Way, authorizer: Mapping[str, Any] | None) -> dict[str, Any]:
        security = way.security
        table: dict[str, Any] = {"type": way.kind, "routes": [], **self.settings}
        asked: dict[str, Any] = {}
        if (name := self.settings.get("cors", {}).get("authorizer")) is not None:
            asked[name] = self.authorizers[name]
        if authorizer is not None and security.authorizer is not None:
            scopes = {"scopes": list(security.scopes)} if security.scopes and _scoped(authorizer) else {}
            asked[security.authorizer] = {**authorizer, **scopes}
            table["authorizer"] = security.authorizer
        if asked:
            table["authorizers"] = asked
        if security.key:
            table["api_key"] = True
        if way.timeout is not None:
            table["timeout"] = way.timeout
        table[PLACE] = f"{self.name}-1" if way.kind == HTTP_V1 else self.name
        return table


def left_out(routes: Sequence[str], why: str) -> str:
    """A note of routes that are no fronts here, for one reason."""
    named = ", ".join(routes[:_NAMED])
    more = f" and {len(routes) - _NAMED} more" if len(routes) > _NAMED else ""
    return f"{named}{more} {'are no fronts' if len(routes) > 1 else 'is no front'} here: {why}"


def _scoped(authorizer: Mapping[str, Any]) -> bool:
    """Only tokens have scopes; API Gateway ignores those of other authorizers."""
    return authorizer["type"] in {"jwt", "cognito"}


def placed(functions: Mapping[str, FunctionTable]) -> dict[str, FunctionTable]:
    """The functions with each API at a place of its own: the first one takes every host, others have one."""
    places: list[str] = []
    for function in functions.values():
        for table in function.table.get("http", ()):
            if table[PLACE] not in places:
                places.append(table[PLACE])
    made = {}
    for name, function in functions.items():
        tables = []
        for table in function.table.get("http", ()):
            kept = {key: value for key, value in table.items() if key != PLACE}
            if table[PLACE] != places[0]:
                kept["host"] = f"{re.sub('[^a-z0-9-]', '-', table[PLACE].lower())}.localhost"
            tables.append(kept)
        made[name] = replace(function, table={**function.table, "http": tables}) if tables else function
    return made
