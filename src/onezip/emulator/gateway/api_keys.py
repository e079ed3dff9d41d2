"""REST API: a key in `x-api-key`. Which keys there are only AWS knows: here every one passes.      [pure]

Source: "Usage plans and API keys for REST APIs"; the answer is that of the gateway response INVALID_API_KEY.
"""

from __future__ import annotations

from onezip.emulator.events.faults import Fault, GatewayError
from onezip.emulator.http.message import Request, Response

HEADER = "x-api-key"
WARNING = "API keys are not checked here: every one passes"

_REFUSED = Response(
    403,
    (("Content-Type", "application/json"), ("x-amzn-ErrorType", "ForbiddenException")),
    b'{"message":"Forbidden"}',
)


def key_of(request: Request) -> str | GatewayError:
    """The request's key, or 403 where it has none."""
    key = request.headers.get(HEADER)
    return key or GatewayError(Fault.FORBIDDEN, _REFUSED, f"the route needs an API key in {HEADER}")
