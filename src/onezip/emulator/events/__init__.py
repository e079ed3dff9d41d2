"""HTTP to event and back: one mapping for each kind of front.                                   [pure]

A mapping is three functions: `refuse` says what the front answers without a call, `event` makes the
function's event, `response` makes the answer out of the function's result. `uncertain.py` holds what AWS
leaves open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from onezip.emulator.events import alb, http, http_v1, rest, url
from onezip.emulator.events.context import Context
from onezip.emulator.events.faults import GatewayError
from onezip.emulator.http.message import Request, Response
from onezip.model.front import Front, FrontKind


@dataclass(frozen=True, slots=True)
class Mapping:
    """One front's rules."""

    refuse: Callable[[Request, Front], GatewayError | None]
    event: Callable[[Request, Front, Context], dict[str, Any]]
    response: Callable[[bytes, Request, Front], Response | GatewayError]


_ALB = Mapping(alb.refuse, alb.event, alb.response)

MAPPINGS: dict[FrontKind, Mapping] = {
    FrontKind.REST: Mapping(rest.refuse, rest.event, rest.response),
    FrontKind.HTTP: Mapping(http.refuse, http.event, http.response),
    FrontKind.HTTP_V1: Mapping(http_v1.refuse, http_v1.event, http_v1.response),
    FrontKind.ALB: _ALB,
    FrontKind.ALB_MULTI: _ALB,
    FrontKind.URL: Mapping(url.refuse, url.event, url.response),
}
"""Every kind of front has its row."""
