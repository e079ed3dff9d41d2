"""REST API, REQUEST: the whole request, checked by a function that answers with a policy.        [pure]

Source: "Input to an API Gateway Lambda authorizer".
"""

from __future__ import annotations

from typing import Any

from onezip.emulator.events import MAPPINGS
from onezip.emulator.gateway.authorizers import token_header
from onezip.emulator.gateway.authorizers.base import Visit
from onezip.emulator.gateway.authorizers.identity import values as identity

__all__ = ["event", "identity", "verdict"]

verdict = token_header.verdict

_LEFT_OUT = frozenset({"body", "isBase64Encoded"})


def event(visit: Visit, identity: tuple[str, ...]) -> dict[str, Any]:  # noqa: ARG001 - a kind
    """The function's own event without the body."""
    whole = MAPPINGS[visit.front.kind].event(visit.request, visit.front, visit.context)
    kept = {name: value for name, value in whole.items() if name not in _LEFT_OUT}
    for name in ("headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters",
                 "pathParameters", "stageVariables"):  # fmt: skip
        kept[name] = kept[name] or {}
    return {"type": "REQUEST", "methodArn": visit.arn, **kept}
