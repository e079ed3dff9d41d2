"""REST API, TOKEN: one header, checked by a function that answers with a policy.                 [pure]

Source: "Input to an API Gateway Lambda authorizer", "Output from an API Gateway Lambda authorizer".
"""

from __future__ import annotations

import re
from typing import Any

from onezip.emulator.events.faults import Fault, GatewayError
from onezip.emulator.gateway.authorizers import policy
from onezip.emulator.gateway.authorizers.base import Allowed, Malformed, Visit

DEFAULT = "method.request.header.Authorization"
"""The identity source where none is said."""


def identity(visit: Visit) -> tuple[str, ...] | GatewayError:
    """The token; 401 where there is none, or where it does not look as it should."""
    source = visit.authorizer.sources[0] if visit.authorizer.sources else DEFAULT
    name = source.rpartition(".")[2]
    found = visit.request.headers.get(name)
    if not found:
        return visit.refused(Fault.UNAUTHORIZED, f"the request has no header {name}")
    expression = visit.authorizer.validation
    if expression and not re.fullmatch(expression, found):
        return visit.refused(Fault.UNAUTHORIZED, f"the header {name} does not match {expression}")
    return (found,)


def event(visit: Visit, identity: tuple[str, ...]) -> dict[str, Any]:
    """Type, token and the method's ARN; nothing else of the request."""
    return {"type": "TOKEN", "methodArn": visit.arn, "authorizationToken": identity[0]}


def verdict(visit: Visit, reply: Any) -> Allowed | GatewayError:
    """By the policy; a context of strings goes to the function."""
    document, principal, context = policy.reply(reply)
    if principal is None:
        raise Malformed("the reply has no principalId")
    flattened = policy.flat(context)
    said = policy.decide(document, visit.arn)
    if said is not policy.Said.ALLOW:
        fault = Fault.FORBIDDEN if said is policy.Said.DENY else Fault.NOT_ALLOWED
        return visit.refused(fault, f"{said.value}: {visit.arn}")
    return Allowed({"principalId": principal, "integrationLatency": 0, **flattened})
