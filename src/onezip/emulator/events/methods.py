"""What no front hands to a function: methods that gateways do not have, and a target that is no path.  [pure]

`ANY` stands for seven methods ("Set up a method request in API Gateway"). The asterisk-form asks about a
server, not about a resource (RFC 9110 section 9.3.7).
"""

from __future__ import annotations

from onezip.emulator.events.faults import Fault, GatewayError, gateway_error
from onezip.emulator.events.uncertain import METHODS
from onezip.emulator.http.message import Request
from onezip.model.front import FrontKind

_BALANCERS = frozenset({FrontKind.ALB, FrontKind.ALB_MULTI})


def unserved(request: Request, kind: FrontKind) -> GatewayError | None:
    """The answer to such a request; a load balancer, too, has answers of its own (`alb.refuse`)."""
    if request.target == "*":
        return gateway_error(kind, Fault.BAD_REQUEST, "OPTIONS * asks about no path")
    if kind not in _BALANCERS and request.method not in METHODS.value:
        return gateway_error(kind, Fault.NOT_FOUND, f"this front does not serve {request.method}")
    return None
