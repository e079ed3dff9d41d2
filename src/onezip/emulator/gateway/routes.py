"""Which route a request takes, and what its path variables are.                                [pure]

Sources: "Routes for HTTP APIs in API Gateway" (full match, then greedy, then `$default`; a method before
ANY), and for REST APIs the tree of resources: a resource is found by its path alone, then its method.
Path variables are kept as sent, percent-encoded; the event mappings decode them where AWS does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from onezip.emulator.events.context import DEFAULT, Match
from onezip.emulator.events.uncertain import TRAILING_SLASH
from onezip.model.front import Front, FrontKind, Route

_VARIABLE = re.compile(r"\{([^{}+]+)(\+?)\}")


def choose(fronts: Sequence[Front], host: str, path: str) -> Front | None:
    """The front that a request is for: its own host name before any, then the longest base path."""
    if len(fronts) == 1 and fronts[0].host is None and not fronts[0].base_path:
        return fronts[0]
    name = host.partition(":")[0].lower() if not host.startswith("[") else host.partition("]")[0] + "]"
    fitting = [
        front
        for front in fronts
        if (front.host is None or front.host.lower() == name) and _below(path, _base(front))
    ]
    return max(fitting, key=lambda front: (front.host is not None, len(_base(front))), default=None)


def match(front: Front, method: str, path: str) -> Match | None:
    """The route for a method and a path as sent, without query; None where there is none."""
    prefix, rest, staged = _split(front, path)
    if front.kind is FrontKind.URL:
        return Match(DEFAULT, {}, rest, prefix, staged)
    found = _in_tree(front, method, rest) if front.kind is FrontKind.REST else _by_key(front, method, rest)
    if found is None:
        return None
    return Match(found[0], found[1], rest, prefix, staged)


def _base(front: Front) -> str:
    base = front.base_path.strip("/")
    return f"/{base}" if base else ""


def _below(path: str, base: str) -> bool:
    return not base or path == base or path.startswith(f"{base}/")


def _split(front: Front, path: str) -> tuple[str, str, bool]:
    """Base path or stage, the rest of the path, and whether it was the stage.

    A named stage stands in the path of a gateway's own address and not in that of a custom domain: both
    forms are understood, the first one where the path begins with the stage's name.
    """
    base = _base(front)
    if base and _below(path, base):
        return base, path[len(base) :] or "/", False
    stage = f"/{front.stage.name}"
    if front.stage.name != "$default" and _below(path, stage):
        return stage, path[len(stage) :] or "/", True
    return "", path, False


_Found = tuple[Route, dict[str, str]]


def _in_tree(front: Front, method: str, path: str) -> _Found | None:
    """REST: slashes right after the stage and at the end do not count."""
    bare = "/" + path.strip("/")
    ways = [
        (_shape(route.path), route, found)
        for route in front.routes
        if (found := _fit(route, bare)) is not None
    ]
    if not ways:
        return None
    shape = min(each for each, _, _ in ways)
    here = [
        (route, found) for each, route, found in ways if each == shape and route.method in {method, "ANY"}
    ]
    return min(here, key=lambda way: way[0].method == "ANY", default=None)


def _by_key(front: Front, method: str, path: str) -> _Found | None:
    """HTTP API, and the path patterns of a load balancer."""
    if len(front.routes) == 1 and front.routes[0].path == "$default":
        return front.routes[0], {}
    bare = path.rstrip("/") or "/" if TRAILING_SLASH.value else path
    ways = [
        (
            (any(each == 2 for each in _shape(route.path)), _shape(route.path), route.method == "ANY"),
            route,
            found,
        )
        for route in front.routes
        if route.method in {method, "ANY"}
        and (found := _fit(route, path) if "+}" in route.path else _fit(route, bare)) is not None
    ]
    if ways:
        _, route, found = min(ways, key=lambda way: way[0])
        return route, found
    return next(((route, {}) for route in front.routes if route.path == "$default"), None)


def _fit(route: Route, path: str) -> dict[str, str] | None:
    if route.path == "$default":
        return None
    found = _pattern(route.path).fullmatch(path)
    if found is None:
        return None
    names = [each[1] for each in _VARIABLE.finditer(route.path)]
    return dict(zip(names, found.groups(), strict=True))


@lru_cache(maxsize=1024)
def _pattern(path: str) -> re.Pattern[str]:
    parts, at = [], 0
    for found in _VARIABLE.finditer(path):
        parts += [re.escape(path[at : found.start()]), "(.+)" if found[2] else "([^/]+)"]
        at = found.end()
    bare = path[at:].rstrip("/") if len(path) > 1 else path[at:]
    return re.compile("".join([*parts, re.escape(bare)]))


@lru_cache(maxsize=1024)
def _shape(path: str) -> tuple[int, ...]:
    """How exact each segment is: 0 for text, 1 for a variable, 2 for a greedy one."""
    return tuple(
        2 if segment.endswith("+}") else 1 if segment.startswith("{") else 0
        for segment in path.strip("/").split("/")
    )
