"""Identity sources: where an authorizer finds who asks.                                         [pure]

Sources: "Configure a Lambda authorizer using the API Gateway console" (REST: `method.request.header.NAME`,
`method.request.querystring.NAME`, `stageVariables.NAME`, `context.NAME`), "Control access to HTTP APIs with
AWS Lambda authorizers" (`$request.header.NAME`, `$request.querystring.NAME`, `$context.NAME`,
`$stageVariables.NAME`).
"""

from __future__ import annotations

import re
from typing import Any

from onezip.emulator.events import MAPPINGS, query
from onezip.emulator.events.faults import Fault, GatewayError
from onezip.emulator.gateway.authorizers.base import Visit

_SOURCE = re.compile(
    r"(?:(?P<where>(?:method\.|\$)request\.(?:header|querystring))|\$?(?P<what>context|stageVariables))"
    r"\.(?P<name>.+)"
)


def is_source(text: str, *, rest: bool) -> bool:
    """Is it an identity source, in a REST API's words or an HTTP API's?"""
    return _SOURCE.fullmatch(text) is not None and text.startswith("$") is not rest


def values(visit: Visit) -> tuple[str, ...] | GatewayError:
    """The value of each source. Where one is missing or empty nobody is asked, and the answer is 401."""
    found = []
    for source in visit.authorizer.sources:
        value = _value(visit, source)
        if not value:
            return visit.refused(Fault.UNAUTHORIZED, f"the request has no {source}")
        found.append(value)
    return tuple(found)


def _value(visit: Visit, source: str) -> str:
    parts = _SOURCE.fullmatch(source)
    if parts is None:
        return ""
    name = parts["name"]
    if parts["what"] == "stageVariables":
        return visit.front.stage.variables.get(name, "")
    if parts["what"] == "context":
        return _in_context(visit, name)
    if parts["where"].endswith("header"):
        return ",".join(visit.request.headers.all(name))
    return query.last(query.parameters(visit.request.query)).get(name, "")


def _in_context(visit: Visit, name: str) -> str:
    """`$context.http.method`: a place in the event's requestContext."""
    event = MAPPINGS[visit.front.kind].event(visit.request, visit.front, visit.context)
    value: Any = event["requestContext"]
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return str(value) if isinstance(value, str | int) else ""
