"""Fronts of functions -> the APIs that one port serves.                                         [pure]

Fronts with the same host and base path are one API, whose routes lead to different functions, as those of
an API Gateway do. Routes and names are checked here, before anything listens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from onezip.errors import ProjectError
from onezip.model.front import Authorizer, Front, FrontKind, Route

_DEFAULTS = Front(FrontKind.HTTP)
_SHARED = ("kind", "stage", "binary", "cors", "streaming")
_HINT = "give one of them a base_path or a host of its own"


@dataclass(frozen=True, slots=True)
class Target:
    """What stands behind a route: a function, and who may pass. scopes are for a JWT or COGNITO authorizer.

    timeout in seconds, None for the service's own; api_key is whether a request needs one.
    """

    function: str
    authorizer: Authorizer | None = None
    scopes: tuple[str, ...] = ()
    timeout: float | None = None
    api_key: bool = False


@dataclass(frozen=True, slots=True)
class Api:
    """One API: front has the routes of all its functions, targets is by route key.

    preflight is the authorizer that judges preflights, too.
    """

    front: Front
    targets: Mapping[str, Target]
    preflight: Authorizer | None = None

    @property
    def authorizers(self) -> list[Authorizer]:
        """Every authorizer that may be asked."""
        behind = [target.authorizer for target in self.targets.values() if target.authorizer]
        return behind if self.preflight is None else [*behind, self.preflight]

    @property
    def address(self) -> str:
        """Its host and path, as in `api.example/shop`."""
        base = self.front.base_path.strip("/")
        return f"{self.front.host or ''}/{base}"


def by_default(names: Sequence[str]) -> dict[str, tuple[Front, ...]]:
    """Where nothing is said: HTTP APIs, the only function under `/`, each of several under `/NAME`."""
    if len(names) == 1:
        return {names[0]: (Front(FrontKind.HTTP),)}
    return {name: (Front(FrontKind.HTTP, base_path=f"/{name}"),) for name in names}


def apis(fronts: Mapping[str, Iterable[Front]], served: Iterable[str]) -> list[Api]:
    """The APIs of all functions. served names the functions that can be called, authorizers among them.

    Raises ProjectError where fronts contradict each other, or name what is not there.
    """
    known = frozenset(served)
    groups: dict[tuple[str, str], list[tuple[str, Front]]] = {}
    for name, each in fronts.items():
        for front in each:
            place = ((front.host or "").lower(), front.base_path.strip("/"))
            groups.setdefault(place, []).append((name, front))
    return [_api(group, known) for group in groups.values()]


def routes(front: Front) -> tuple[Route, ...]:
    """A front's routes; where none are said all requests, which a REST API spells in two routes."""
    if front.kind is FrontKind.REST and [route.path for route in front.routes] == ["$default"]:
        (route,) = front.routes
        return replace(route, path="/"), replace(route, path="/{proxy+}")
    return front.routes


def _api(group: Sequence[tuple[str, Front]], known: frozenset[str]) -> Api:
    shared = {name: _agreed(name, group) for name in _SHARED}
    targets: dict[str, Target] = {}
    found: list[Route] = []
    for name, front in group:
        for route in routes(front):
            other = targets.get(route.key)
            if other is not None:
                raise ProjectError(
                    "run.front",
                    f"{other.function} and {name} both take {route.key} at {_at(front)}"
                    if other.function != name
                    else f"{name} has the route {route.key} twice at {_at(front)}",
                    hint=_HINT,
                )
            who = _authorizer(name, front, route.authorizer or front.authorizer, known)
            targets[route.key] = Target(name, who, route.scopes, front.timeout, route.api_key)
            found.append(route)
    cors = shared["cors"]
    told = next(((name, front) for name, front in group if front.cors == cors), group[0])
    preflight = None if cors is None else _authorizer(*told, cors.authorizer, known)
    return Api(replace(group[0][1], routes=tuple(found), **shared), targets, preflight)


def _agreed(key: str, group: Sequence[tuple[str, Front]]) -> Any:
    """What the fronts of one API say; those that say nothing are of the others' opinion."""
    silent = getattr(_DEFAULTS, key)
    name, value = "", silent
    for each, front in group:
        own = getattr(front, key)
        if own == silent and key != "kind":
            continue
        if name and own != value:
            raise ProjectError(
                "run.front", f"{name} and {each} share {_at(front)} and differ in {key}", hint=_HINT
            )
        name, value = each, own
    return value


def _authorizer(name: str, front: Front, wanted: str | None, known: frozenset[str]) -> Authorizer | None:
    if wanted is None:
        return None
    found = next((each for each in front.authorizers if each.name == wanted), None)
    if found is None:
        names = ", ".join(each.name for each in front.authorizers) or "none"
        raise ProjectError("run.front", f"{name}: no authorizer {wanted!r}", hint=f"there are: {names}")
    if found.function is not None and found.function not in known:
        raise ProjectError(
            "run.front",
            f"{name}: the authorizer {wanted!r} is the function {found.function!r}, which is not served",
            hint=f"run it too: onezip run {name} {found.function}",
        )
    return found


def _at(front: Front) -> str:
    return Api(front, {}).address
