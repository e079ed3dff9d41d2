"""API Gateway HTTP APIs with payload 2.0.                                                       [pure]

Source: "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway", recordings. The functions
that take a `Shape` serve function URLs, too, whose payload is a variation of this one.
"""

from __future__ import annotations

from typing import Any

from onezip.emulator.events import bodies, query, replies
from onezip.emulator.events.context import Context, domain
from onezip.emulator.events.faults import Fault, GatewayError, gateway_error
from onezip.emulator.events.headers import canonical, cookies, forwarded
from onezip.emulator.events.uncertain import (
    COMPACT_JSON,
    DROPPED_REQUEST_HEADERS,
    NULL_RESULT,
    OBJECT_BODY,
    REPLY_NAMES,
    STATUS_AS_TEXT,
)
from onezip.emulator.http.message import Request, Response
from onezip.model.front import Front

LIMIT = 10 * 1024 * 1024
"""Bytes of a request's body."""
TEXT = "text/plain; charset=utf-8"
"""The content type of an explicit response without one."""
DROPPED = DROPPED_REQUEST_HEADERS.value | {"content-length"}
"""Headers that are not passed on as sent: the length is told anew, however the body was framed."""
_DROPPED = DROPPED | {"cookie"}
_MAY_BE_EMPTY = ("cookies", "queryStringParameters", "body", "pathParameters", "stageVariables")


def refuse(request: Request, front: Front) -> GatewayError | None:
    """What the gateway answers without a call."""
    if max(request.oversize, len(request.body)) > LIMIT:
        return gateway_error(front.kind, Fault.TOO_LARGE, "the body is over 10 MB")
    if query.twice_decoded_path(request.path) is None:
        return gateway_error(front.kind, Fault.BAD_REQUEST, "the path decodes to a broken percent-encoding")
    return None


def shown_path(path: str) -> str:
    """A path or a path variable in an event; a broken one, which is refused before, stays as it is."""
    decoded = query.twice_decoded_path(path)
    return path if decoded is None else decoded


def gateway_id(context: Context) -> str:
    """An HTTP API has one id, in the form of a REST API's second one."""
    return context.extended_id or context.request_id


def event(request: Request, front: Front, context: Context) -> dict[str, Any]:
    """The event of a request: what is empty is left out, never null."""
    match = context.match
    route = match.route.key
    path = shown_path(match.prefix + match.path)
    stage = front.stage.name
    host = domain(request.host)
    pairs = forwarded(request, _DROPPED, context)
    pairs.append(length(request))
    body, is_base64 = bodies.by_content_type(request)
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": request.query,
        "cookies": cookies(request),
        "headers": query.joined(pairs),
        "queryStringParameters": query.joined(query.parameters(request.query)),
        "requestContext": {
            "accountId": context.account,
            "apiId": context.api,
            **({} if context.authorizer is None else {"authorizer": dict(context.authorizer)}),
            "domainName": host[0],
            "domainPrefix": host[1],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": f"HTTP/{request.version}",
                "sourceIp": request.peer[0],
                "userAgent": request.headers.get("user-agent"),
            },
            "requestId": gateway_id(context),
            "routeKey": route,
            "stage": stage,
            "time": context.clf,
            "timeEpoch": context.epoch,
        },
        "body": body,
        "pathParameters": {name: shown_path(value) for name, value in match.parameters.items()},
        "isBase64Encoded": is_base64,
        "stageVariables": dict(front.stage.variables),
    }
    return without_empty(made, _MAY_BE_EMPTY)


def length(request: Request) -> tuple[str, str]:
    """The header with the body's real length, `0` where there is none."""
    return "content-length", str(len(request.body))


def without_empty(made: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """An event without the fields of these names that hold nothing."""
    for name in names:
        if not made[name]:
            del made[name]
    return made


def response(result: bytes, request: Request, front: Front) -> Response | GatewayError:  # noqa: ARG001 - a mapping
    """The answer for a function's result; 500 where it is malformed."""
    try:
        reply = replies.parsed(result)
        if not isinstance(reply, dict) or "statusCode" not in reply:
            return inferred(reply, result, compacted=COMPACT_JSON.value)
        return explicit(reply, content_type=TEXT, capitals=REPLY_NAMES.value, objects=OBJECT_BODY.value)
    except replies.Malformed as error:
        return gateway_error(front.kind, Fault.BAD_REPLY, str(error))


def inferred(reply: Any, result: bytes, *, compacted: bool) -> Response:
    """A reply without statusCode is the body itself; a string is sent without its quotes."""
    if isinstance(reply, str):
        body = bodies.utf8(reply)
    elif reply is None:
        body = NULL_RESULT.value
    else:
        body = replies.compact(result) if compacted else result
    return Response(200, (("Content-Type", "application/json"),), body)


def explicit(reply: dict[str, Any], *, content_type: str, capitals: bool, objects: bool) -> Response:
    """A reply with statusCode. cookies become one Set-Cookie each; multiValueHeaders are not looked at."""
    status = replies.status(reply["statusCode"], text=STATUS_AS_TEXT.value)
    pairs = replies.headers(reply.get("headers"))
    if capitals:
        pairs = [(canonical(name), value) for name, value in pairs]
    pairs = replies.with_type(pairs, content_type)
    given = reply.get("cookies")
    if not isinstance(given, list | None) or any(not isinstance(each, str) for each in given or ()):
        raise replies.Malformed("cookies is not a list of strings")
    pairs += [("Set-Cookie", each) for each in given or ()]
    return replies.answer(status, pairs, reply_body(reply, objects=objects))


def reply_body(reply: dict[str, Any], *, objects: bool) -> bytes:
    """The body's bytes: decoded if isBase64Encoded, whatever the client accepts."""
    text = reply.get("body")
    if objects and text is not None and not isinstance(text, str):
        return replies.dumped(text)
    if not isinstance(text, str | None):
        raise replies.Malformed(f"body is {replies.kind(text)}, not a string")
    if reply.get("isBase64Encoded") is not True:
        return bodies.utf8(text or "")
    decoded = bodies.decoded(text or "")
    if decoded is None:
        raise replies.Malformed("isBase64Encoded is true and body is not base64")
    return decoded
