"""HTTP API, REQUEST with payload 1.0: a function that answers with a policy.                     [pure]

Source: "Control access to HTTP APIs with AWS Lambda authorizers".
"""

from __future__ import annotations

from typing import Any

from onezip.emulator.events import http_v1
from onezip.emulator.events.faults import Fault, GatewayError
from onezip.emulator.gateway.authorizers import policy
from onezip.emulator.gateway.authorizers.base import Allowed, Visit, lambda_context
from onezip.emulator.gateway.authorizers.identity import values as identity

__all__ = ["event", "identity", "verdict"]

_KEPT = ("resource", "path", "httpMethod", "headers", "queryStringParameters", "pathParameters",
         "stageVariables", "requestContext")  # fmt: skip


def event(visit: Visit, identity: tuple[str, ...]) -> dict[str, Any]:
    """Like a REST API's, with the identity joined by commas."""
    whole = http_v1.event(visit.request, visit.front, visit.context)
    joined = ",".join(identity)
    head = {"version": "1.0", "type": "REQUEST", "methodArn": visit.arn, "identitySource": joined,
            "authorizationToken": joined}  # fmt: skip
    return {**head, **{name: whole[name] or {} for name in _KEPT}}


def verdict(visit: Visit, reply: Any) -> Allowed | GatewayError:
    """By the policy; whatever forbids it, the answer is 403 `Forbidden`."""
    document, principal, context = policy.reply(reply)
    said = policy.decide(document, visit.arn)
    if said is not policy.Said.ALLOW:
        return visit.refused(Fault.FORBIDDEN, f"{said.value}: {visit.arn}")
    return Allowed(lambda_context(visit.front, context, principal))
