"""Cross-origin rules that a front applies itself.                                               [pure]

Sources: "Configure CORS for HTTP APIs in API Gateway", "Cross-origin resource sharing (CORS)" of Lambda
function URLs. Both answer preflights and replace what the function says; a REST API's CORS is an OPTIONS
method beside the function's; a load balancer has none.
"""

from __future__ import annotations

import re
from functools import lru_cache

from onezip.emulator.events.uncertain import PREFLIGHT_BEFORE_ROUTES, PREFLIGHT_STATUS_URL
from onezip.emulator.gateway.routes import match
from onezip.emulator.http.message import Pairs, Request, Response
from onezip.model.front import Cors, Front, FrontKind

_OURS = frozenset(
    {
        "access-control-allow-credentials",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "access-control-expose-headers",
        "access-control-max-age",
    }
)


def preflight(front: Front, request: Request) -> Response | None:
    """The front's own answer to an OPTIONS request, or None where the request takes its route."""
    cors = front.cors
    if cors is None or request.method != "OPTIONS":
        return None
    if front.kind in {FrontKind.ALB, FrontKind.ALB_MULTI}:
        return None
    found = match(front, "OPTIONS", request.path)
    if found is not None and found.route.method == "OPTIONS":
        return None
    if found is not None and not PREFLIGHT_BEFORE_ROUTES.value and front.kind is not FrontKind.URL:
        return None
    origin = request.headers.get("origin")
    if front.kind is FrontKind.REST:
        fixed = _allowed(cors, ",".join(cors.origins))
        return Response(200, (("Content-Type", "application/json"), *fixed))
    pairs = _allowed(cors, _answer(cors, origin)) if _fits(cors, origin) else []
    return Response(PREFLIGHT_STATUS_URL.value if front.kind is FrontKind.URL else 204, tuple(pairs))


def apply(front: Front, request: Request, pairs: Pairs) -> Pairs:
    """A reply's headers with the front's rules in place of the function's."""
    cors = front.cors
    if cors is None or front.kind not in {FrontKind.HTTP, FrontKind.HTTP_V1, FrontKind.URL}:
        return pairs
    origin = request.headers.get("origin")
    if front.kind is FrontKind.URL:  # configured headers win, others stay
        added = _shared(cors, _answer(cors, origin)) if _fits(cors, origin) else []
        names = {name.lower() for name, _ in added}
        return [*(pair for pair in pairs if pair[0].lower() not in names), *added]
    kept = [pair for pair in pairs if pair[0].lower() not in _OURS]
    return [*kept, *_shared(cors, _answer(cors, origin))] if _fits(cors, origin) else kept


def _fits(cors: Cors, origin: str) -> bool:
    return bool(origin) and any(_pattern(each).fullmatch(origin) for each in cors.origins)


def _answer(cors: Cors, origin: str) -> str:
    """`*` only where everyone may and no credentials go along: browsers refuse both together."""
    return "*" if "*" in cors.origins and not cors.credentials else origin


@lru_cache(maxsize=256)
def _pattern(allowed: str) -> re.Pattern[str]:
    """An origin, or one with stars: `https://*`."""
    return re.compile(".*".join(re.escape(part) for part in allowed.split("*")), re.IGNORECASE)


def _shared(cors: Cors, origin: str) -> list[tuple[str, str]]:
    """What preflights and replies have in common."""
    pairs = [("access-control-allow-origin", origin)]
    if cors.credentials:
        pairs.append(("access-control-allow-credentials", "true"))
    if cors.expose:
        pairs.append(("access-control-expose-headers", ",".join(cors.expose)))
    return pairs


def _allowed(cors: Cors, origin: str) -> list[tuple[str, str]]:
    pairs = [("access-control-allow-origin", origin)]
    if cors.methods:
        pairs.append(("access-control-allow-methods", ",".join(cors.methods)))
    if cors.headers:
        pairs.append(("access-control-allow-headers", ",".join(cors.headers)))
    if cors.max_age is not None:
        pairs.append(("access-control-max-age", str(cors.max_age)))
    return [*pairs, *_shared(cors, origin)[1:]]
