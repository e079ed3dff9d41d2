"""Application Load Balancers, with single values (`alb`) and lists (`alb-multi`).               [pure]

Source: "Lambda functions as targets" and "Troubleshoot your Application Load Balancers", recordings.
"""

from __future__ import annotations

from typing import Any

from onezip.emulator.events import bodies, query, replies
from onezip.emulator.events.context import Context
from onezip.emulator.events.faults import Fault, GatewayError, gateway_error
from onezip.emulator.events.headers import forwarded
from onezip.emulator.events.uncertain import ALB_CONTENT_TYPE, DROPPED_REQUEST_HEADERS
from onezip.emulator.http.message import Request, Response
from onezip.model.front import Front, FrontKind

LIMIT = 1024 * 1024
"""Bytes of a request's body, and of a reply."""


def refuse(request: Request, front: Front) -> GatewayError | None:
    """What the load balancer answers without a call."""
    if max(request.oversize, len(request.body)) > LIMIT:
        return gateway_error(front.kind, Fault.TOO_LARGE, "the body is over 1 MB")
    if request.method == "TRACE":
        return gateway_error(front.kind, Fault.METHOD, "a load balancer does not serve TRACE")
    if request.headers.get("upgrade"):
        return gateway_error(front.kind, Fault.BAD_REQUEST, "a Lambda target takes no Upgrade")
    if not _binary(request):
        try:
            request.body.decode()
        except UnicodeDecodeError:
            return gateway_error(front.kind, Fault.BAD_REQUEST, "the body's type is text and it is not UTF-8")
    return None


def _binary(request: Request) -> bool:
    headers = request.headers
    return not bodies.is_text(headers.get("content-type")) or bool(headers.get("content-encoding"))


def event(request: Request, front: Front, context: Context) -> dict[str, Any]:
    """The event of a request: path and query as sent, nothing decoded."""
    multi = front.kind is FrontKind.ALB_MULTI
    pairs = forwarded(request, DROPPED_REQUEST_HEADERS.value, context)
    found = query.parameters(request.query, decode=False)
    body, is_base64 = bodies.encoded(request.body, binary=_binary(request))
    several = {
        "multiValueQueryStringParameters": query.listed(found),
        "multiValueHeaders": query.listed(pairs),
    }
    single = {"queryStringParameters": query.last(found), "headers": query.last(pairs)}
    match = context.match
    return {
        "requestContext": {"elb": {"targetGroupArn": context.target_group}},
        "httpMethod": request.method,
        "path": match.prefix + match.path,
        **(several if multi else single),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def response(result: bytes, request: Request, front: Front) -> Response | GatewayError:  # noqa: ARG001 - a mapping
    """The answer for a function's result; 502 where it is malformed or over 1 MB."""
    if len(result) > LIMIT:
        return gateway_error(front.kind, Fault.BAD_REPLY, "the reply is over 1 MB")
    try:
        return _response(replies.table(replies.parsed(result)), front)
    except replies.Malformed as error:
        return gateway_error(front.kind, Fault.BAD_REPLY, str(error))


def _response(reply: Any, front: Front) -> Response:
    if "statusCode" not in reply:
        raise replies.Malformed("the reply has no statusCode")
    status = replies.status(reply["statusCode"], text=False)
    description = reply.get("statusDescription", "")
    if not isinstance(description, str):
        raise replies.Malformed(f"statusDescription is {replies.kind(description)}, not a string")
    multi = front.kind is FrontKind.ALB_MULTI
    key = "multiValueHeaders" if multi else "headers"
    given = reply.get(key, {})
    if given is None:
        raise replies.Malformed(f"{key} is null")
    pairs = replies.lists(given) if multi else replies.headers(given)
    for name, value in given.items():
        for each in value if multi else [value]:
            if not isinstance(each, str):
                raise replies.Malformed(f"the header {name} is {replies.kind(each)}, not a string")
    text = reply.get("body", "")
    if not isinstance(text, str):
        raise replies.Malformed(f"body is {replies.kind(text)}, not a string")
    body: bytes | None = bodies.utf8(text)
    if reply.get("isBase64Encoded") is True:
        body = bodies.decoded(text)
        if body is None:
            raise replies.Malformed("isBase64Encoded is true and body is not base64 on one line")
    assert body is not None  # noqa: S101 - for the type checker
    reason = _reason(description)
    pairs = [(name, value) for name, value in pairs if name.lower() != "server"]
    pairs = replies.with_type(pairs, ALB_CONTENT_TYPE.value)
    return replies.answer(status, [("Server", "awselb/2.0"), *pairs], body, reason)


def _reason(description: str) -> str:
    """`200 OK` without its number; what a status line cannot hold is left to the server."""
    number, _, words = description.partition(" ")
    reason = words if number.isdecimal() else description
    return reason if reason.isascii() and reason.isprintable() else ""
