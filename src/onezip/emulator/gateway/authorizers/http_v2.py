"""HTTP API, REQUEST with payload 2.0: a function that answers `isAuthorized`, or with a policy.  [pure]

Source: "Control access to HTTP APIs with AWS Lambda authorizers".
"""

from __future__ import annotations

from typing import Any

from onezip.emulator.events import http
from onezip.emulator.events.faults import Fault, GatewayError
from onezip.emulator.gateway.authorizers import http_v1
from onezip.emulator.gateway.authorizers.base import Allowed, Malformed, Visit, lambda_context
from onezip.emulator.gateway.authorizers.identity import values as identity

__all__ = ["event", "identity", "verdict"]

_LEFT_OUT = frozenset({"version", "body", "isBase64Encoded"})


def event(visit: Visit, identity: tuple[str, ...]) -> dict[str, Any]:
    """The function's own event without the body, with the route's ARN and the identity as a list."""
    whole = http.event(visit.request, visit.front, visit.context)
    kept = {name: value for name, value in whole.items() if name not in _LEFT_OUT}
    head: dict[str, Any] = {"version": "2.0", "type": "REQUEST", "routeArn": visit.arn}
    return {**head, "identitySource": list(identity) or None, **kept}


def verdict(visit: Visit, reply: Any) -> Allowed | GatewayError:
    """`isAuthorized` with simple replies, else by the policy."""
    if not visit.authorizer.simple:
        return http_v1.verdict(visit, reply)
    if not isinstance(reply, dict) or not isinstance(reply.get("isAuthorized"), bool):
        raise Malformed("the reply has no boolean isAuthorized, which simple replies need")
    if not reply["isAuthorized"]:
        return visit.refused(Fault.FORBIDDEN, "isAuthorized is false")
    context = reply.get("context")
    if not isinstance(context, dict | None):
        raise Malformed("context is not an object")
    return Allowed(lambda_context(visit.front, context or {}, None))
