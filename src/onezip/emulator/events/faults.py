"""What a gateway answers itself: status, headers and body to the byte.                          [pure]

REST APIs write a space after the colon where an integration failed and none where a template made the
answer; HTTP APIs write none. The words in `why` are ours, for the terminal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from onezip.emulator.events import uncertain
from onezip.emulator.http.message import Response
from onezip.model.front import FrontKind


class Fault(Enum):
    """Why there is no answer of the function's."""

    FAILED = "the function failed"
    BAD_REPLY = "the function's reply is malformed"
    TIMEOUT = "the gateway's time is over"
    FUNCTION_TIMEOUT = "the function's time is over"
    NOT_FOUND = "no route"
    TOO_LARGE = "the request is over the gateway's limit"
    TOO_LARGE_FOR_LAMBDA = "the event is over Lambda's limit"
    THROTTLED = "the function is throttled"
    UNAUTHORIZED = "no identity"
    FORBIDDEN = "the identity may not"
    NOT_ALLOWED = "no statement lets the identity"
    AUTHORIZER_FAILED = "the authorizer failed"
    BAD_REQUEST = "the request is malformed"
    METHOD = "the method is not served"


@dataclass(frozen=True, slots=True)
class GatewayError:
    """An answer of the gateway's own: what it is, and why, in words for the one who runs this."""

    fault: Fault
    response: Response
    why: str = ""


def gateway_error(kind: FrontKind, fault: Fault, why: str = "") -> GatewayError:
    """The answer of a front of this kind to a fault."""
    table = _TABLES[kind]
    return GatewayError(fault, table.get(fault) or table[Fault.FAILED], why or fault.value)


def _json(status: int, body: bytes, error: str = "") -> Response:
    headers = [("Content-Type", "application/json")]
    if error:
        headers.append(("x-amzn-ErrorType", error))
    return Response(status, tuple(headers), body)


def _page(status: int, title: str) -> Response:
    body = (
        f"<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{status} {title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    headers = (("Server", "awselb/2.0"), ("Content-Type", "text/html"))
    return Response(status, headers, body.encode(), title)


_REST = {
    Fault.FAILED: _json(502, b'{"message": "Internal server error"}', "InternalServerErrorException"),
    Fault.TIMEOUT: _json(504, b'{"message": "Endpoint request timed out"}', "InternalServerErrorException"),
    Fault.NOT_FOUND: _json(
        403, b'{"message":"Missing Authentication Token"}', "MissingAuthenticationTokenException"
    ),
    Fault.TOO_LARGE: Response(
        413, (("Content-Type", "text/plain"),), b"HTTP content length exceeded 10485760 bytes."
    ),
    Fault.TOO_LARGE_FOR_LAMBDA: _json(413, b'{"message": "Request Too Long"}', "BadRequestException"),
    Fault.THROTTLED: _json(
        uncertain.THROTTLED_REST.value,
        b'{"message": "Internal server error"}',
        "InternalServerErrorException",
    ),
    Fault.UNAUTHORIZED: _json(401, b'{"message":"Unauthorized"}', "UnauthorizedException"),
    Fault.FORBIDDEN: _json(
        403,
        b'{"Message":"User is not authorized to access this resource with an explicit deny"}',
        "AccessDeniedException",
    ),
    Fault.NOT_ALLOWED: _json(
        403, b'{"Message":"User is not authorized to access this resource"}', "AccessDeniedException"
    ),
    Fault.AUTHORIZER_FAILED: _json(
        500, uncertain.AUTHORIZER_FAILED_REST.value, "AuthorizerConfigurationException"
    ),
    Fault.BAD_REQUEST: _json(400, b'{"message":"Bad Request"}', "BadRequestException"),
}

_HTTP = {
    Fault.FAILED: _json(500, b'{"message":"Internal Server Error"}'),
    Fault.TIMEOUT: _json(503, b'{"message":"Service Unavailable"}'),
    Fault.NOT_FOUND: _json(404, b'{"message":"Not Found"}'),
    Fault.TOO_LARGE: _json(413, b'{"message":"Request Entity Too Large"}'),
    Fault.TOO_LARGE_FOR_LAMBDA: _json(413, b'{"message":"Request Entity Too Large"}'),
    Fault.THROTTLED: _json(uncertain.THROTTLED_HTTP.value, b'{"message":"Service Unavailable"}'),
    Fault.UNAUTHORIZED: _json(401, b'{"message":"Unauthorized"}'),
    Fault.FORBIDDEN: _json(403, b'{"message":"Forbidden"}'),
    Fault.BAD_REQUEST: _json(400, b'{"message":"Bad Request"}'),
}

_ALB = {
    Fault.FAILED: _page(502, "Bad Gateway"),
    Fault.NOT_FOUND: _page(uncertain.ALB_NO_RULE.value, "Service Temporarily Unavailable"),
    Fault.TOO_LARGE: _page(413, "Request Entity Too Large"),
    Fault.BAD_REQUEST: _page(400, "Bad Request"),
    Fault.METHOD: _page(405, "Not Allowed"),
}

_FORBIDDEN_URL = (
    b'{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: '
    b'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}'
)
_URL = {
    Fault.FAILED: Response(502, (("Content-Type", "text/plain"),), b"Internal Server Error"),
    Fault.NOT_FOUND: _json(403, b'{"Message":null}', "AccessDeniedException"),
    Fault.FORBIDDEN: _json(403, _FORBIDDEN_URL, "AccessDeniedException"),
    Fault.UNAUTHORIZED: _json(403, _FORBIDDEN_URL, "AccessDeniedException"),
    Fault.THROTTLED: _json(429, uncertain.THROTTLED_URL.value, "TooManyRequestsException"),
    Fault.TOO_LARGE: _json(413, uncertain.TOO_LARGE_URL.value, "RequestEntityTooLargeException"),
    Fault.BAD_REQUEST: _json(400, b'{"Message":"Bad Request"}', "BadRequestException"),
    Fault.TOO_LARGE_FOR_LAMBDA: _json(413, uncertain.TOO_LARGE_URL.value, "RequestEntityTooLargeException"),
}

_TABLES = {
    FrontKind.REST: _REST,
    FrontKind.HTTP: _HTTP,
    FrontKind.HTTP_V1: _HTTP,
    FrontKind.ALB: _ALB,
    FrontKind.ALB_MULTI: _ALB,
    FrontKind.URL: _URL,
}
