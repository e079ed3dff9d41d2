"""Lambda function URLs, buffered and streamed.                                                  [pure]

Source: "Invoking Lambda function URLs", recordings. The payload is an HTTP API's 2.0 with differences: the
raw path stays encoded, Cookie stays among the headers, and a malformed reply is a 502 in plain text.
"""

from __future__ import annotations

from typing import Any

from onezip.emulator.events import bodies, http, query, replies
from onezip.emulator.events.context import Context, domain
from onezip.emulator.events.faults import Fault, GatewayError, gateway_error
from onezip.emulator.events.headers import cookies, forwarded
from onezip.emulator.events.uncertain import DROPPED_REQUEST_HEADERS, URL_TLS, VERBATIM_TYPE
from onezip.emulator.http.message import Request, Response
from onezip.model.front import Front

LIMIT = 6 * 1024 * 1024
"""Bytes of a request's body."""
PRELUDE = "application/vnd.awslambda.http-integration-response"
"""The content type of a streamed reply that begins with status and headers."""
MARK = b"\0" * 8
"""What stands between the prelude and the body."""
PRELUDE_LIMIT = 1024 * 1024
"""Bytes that a prelude may have."""


def refuse(request: Request, front: Front) -> GatewayError | None:
    """What the service answers without a call."""
    if max(request.oversize, len(request.body)) > LIMIT:
        return gateway_error(front.kind, Fault.TOO_LARGE, "the body is over 6 MB")
    return None


def event(request: Request, front: Front, context: Context) -> dict[str, Any]:  # noqa: ARG001 - a mapping
    """The event of a request: what is empty is left out, never null."""
    raw = context.match.prefix + context.match.path
    pairs = forwarded(request, DROPPED_REQUEST_HEADERS.value, context)
    version, cipher = URL_TLS.value
    pairs += [("x-amzn-tls-version", version), ("x-amzn-tls-cipher-suite", cipher)]
    jar = cookies(request)
    if jar:  # several lines of Cookie are one with semicolons (RFC 9113 section 8.2.3)
        pairs = [*(pair for pair in pairs if pair[0] != "cookie"), ("cookie", "; ".join(jar))]
    host = domain(request.host)
    body, is_base64 = bodies.by_content_type(request)
    identity = context.authorizer
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": raw,
        "rawQueryString": request.query,
        "cookies": jar,
        "headers": query.joined(pairs),
        "queryStringParameters": query.joined(query.parameters(request.query)),
        "requestContext": {
            "accountId": "anonymous" if identity is None else context.account,
            "apiId": host[1],
            **({} if identity is None else {"authorizer": dict(identity)}),
            "domainName": host[0],
            "domainPrefix": host[1],
            "http": {
                "method": request.method,
                "path": query.decoded_path(raw),
                "protocol": f"HTTP/{request.version}",
                "sourceIp": request.peer[0],
                "userAgent": request.headers.get("user-agent"),
            },
            "requestId": context.request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": context.clf,
            "timeEpoch": context.epoch,
        },
        "body": body,
        "isBase64Encoded": is_base64,
    }
    return http.without_empty(made, ("cookies", "queryStringParameters", "body"))


def response(result: bytes, request: Request, front: Front) -> Response | GatewayError:  # noqa: ARG001 - a mapping
    """The answer for a function's result; with RESPONSE_STREAM a reply without prelude is sent verbatim."""
    try:
        if front.streaming:
            return streamed(result)
        reply = replies.parsed(result)
        if not isinstance(reply, dict) or "statusCode" not in reply:
            return http.inferred(reply, result, compacted=True)
        return http.explicit(reply, content_type="application/json", capitals=False, objects=True)
    except replies.Malformed as error:
        return gateway_error(front.kind, Fault.BAD_REPLY, str(error))


def streamed(result: bytes) -> Response:
    """A streamed reply, whole: prelude, eight NUL bytes, body; or the body alone."""
    prelude, mark, body = result.partition(MARK)
    if not mark:
        return Response(200, (("Content-Type", VERBATIM_TYPE.value),), result)
    return opened(prelude, body)


class Opening:
    """The begin of a reply that comes in parts: `feed` takes them until there are status and headers.

    content_type is the runtime's: only one of its values says that there is a prelude.
    """

    def __init__(self, content_type: str) -> None:
        self._type = content_type
        self._begun = bytearray()
        self._prelude = content_type.partition(";")[0].strip().lower() == PRELUDE

    def feed(self, data: bytes) -> Response | None:
        """Status, headers and what there is of the body; None where more is needed. Raises Malformed."""
        if not self._prelude:
            return Response(
                200, replies.sendable([("Content-Type", self._type or VERBATIM_TYPE.value)]), data
            )
        searched = max(0, len(self._begun) - len(MARK) + 1)
        self._begun += data
        end = self._begun.find(MARK, searched)
        if max(end, len(self._begun) if end < 0 else 0) > PRELUDE_LIMIT:
            raise replies.Malformed(f"the reply's prelude is over {PRELUDE_LIMIT} bytes")
        if end < 0:
            return None
        return opened(bytes(self._begun[:end]), bytes(self._begun[end + len(MARK) :]))


def opened(prelude: bytes, body: bytes = b"") -> Response:
    """Status and headers out of a prelude, before the body's first bytes."""
    reply = dict(replies.table(replies.parsed(prelude)))
    reply.setdefault("statusCode", 200)
    reply["body"] = None
    head = http.explicit(reply, content_type="application/octet-stream", capitals=False, objects=True)
    return Response(head.status, head.headers, body)
