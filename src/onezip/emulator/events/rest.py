"""API Gateway REST APIs (payload of the Lambda proxy integration, version 1).                   [pure]

Sources: "Set up Lambda proxy integrations in API Gateway", "Important notes" (headers), recordings.
"""

from __future__ import annotations

from typing import Any

from onezip.emulator.events import bodies, query, replies
from onezip.emulator.events.context import Context, domain
from onezip.emulator.events.faults import Fault, GatewayError, gateway_error
from onezip.emulator.events.headers import forwarded
from onezip.emulator.events.uncertain import EMPTY_OBJECT, REST_COOKIES, REST_REMAPPED
from onezip.emulator.http.message import Request, Response
from onezip.model.front import Front

LIMIT = 10 * 1024 * 1024
"""Bytes of a request's body."""

_DROPPED = frozenset(
    {
        "connection",
        "content-length",
        "content-md5",
        "expect",
        "max-forwards",
        "proxy-authenticate",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
    }
)
_SPELLED = {"authorization": "Authorization", "user-agent": "User-Agent"}
_REPLY_DROPPED = frozenset(
    {"expect", "host", "proxy-authenticate", "te", "transfer-encoding", "trailer", "upgrade", "via"}
)
_KEYS = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "base64Encoded"})


def refuse(request: Request, front: Front) -> GatewayError | None:
    """What the gateway answers without a call."""
    if max(request.oversize, len(request.body)) > LIMIT:
        return gateway_error(front.kind, Fault.TOO_LARGE, "the body is over 10 MB")
    return None


def event(request: Request, front: Front, context: Context) -> dict[str, Any]:
    """The event of a request."""
    match = context.match
    pairs = forwarded(request, _DROPPED, context, as_sent=True)
    spelled = dict(_SPELLED)  # one spelling for each name: AWS's own, else the client's first
    pairs = [(spelled.setdefault(name.lower(), name), value) for name, value in pairs]
    found = query.parameters(request.query, semicolons=True)
    base = "" if match.staged else match.prefix
    stage = front.stage.name
    host = domain(request.host)
    body, is_base64 = bodies.encoded(
        request.body,
        binary=bodies.matches(front.binary.types, bodies.media_type(request.headers.get("content-type"))),
    )
    return {
        "resource": match.route.path,
        "path": base + "/" + match.path.lstrip("/"),
        "httpMethod": request.method,
        "headers": query.last(pairs) or None,
        "multiValueHeaders": query.listed(pairs) or None,
        "queryStringParameters": query.last(found) or None,
        "multiValueQueryStringParameters": query.listed(found) or None,
        "pathParameters": dict(match.parameters) or None,
        "stageVariables": dict(front.stage.variables) or None,
        "requestContext": {
            "resourceId": "local",
            **({} if context.authorizer is None else {"authorizer": dict(context.authorizer)}),
            "resourcePath": match.route.path,
            "httpMethod": request.method,
            "extendedRequestId": context.extended_id,
            "requestTime": context.clf,
            "path": match.prefix + match.path,
            "accountId": context.account,
            "protocol": f"HTTP/{request.version}",
            "stage": stage,
            "domainPrefix": host[1],
            "requestTimeEpoch": context.epoch,
            "requestId": context.request_id,
            "identity": identity(request),
            "domainName": host[0],
            "deploymentId": "local",
            "apiId": context.api,
        },
        "body": body if request.body else None,
        "isBase64Encoded": is_base64,
    }


def identity(request: Request) -> dict[str, str | None]:
    """The caller: twelve keys, null where nothing is known."""
    return {
        "cognitoIdentityPoolId": None,
        "accountId": None,
        "cognitoIdentityId": None,
        "caller": None,
        "sourceIp": request.peer[0],
        "principalOrgId": None,
        "accessKey": None,
        "cognitoAuthenticationType": None,
        "cognitoAuthenticationProvider": None,
        "userArn": None,
        "userAgent": request.headers.get("user-agent") or None,
        "user": None,
    }


def response(result: bytes, request: Request, front: Front) -> Response | GatewayError:
    """The answer for a function's result; 502 where it is malformed."""
    try:
        return _response(result, request, front)
    except replies.Malformed as error:
        return gateway_error(front.kind, Fault.BAD_REPLY, str(error))


def _response(result: bytes, request: Request, front: Front) -> Response:
    reply = replies.table(replies.parsed(result))
    allowed = _KEYS | ({"cookies"} if REST_COOKIES.value else set())
    unknown = sorted(reply.keys() - allowed)
    if unknown:
        raise replies.Malformed(
            f"the reply has the key {replies.shown(unknown[0])}, which a REST API refuses"
        )
    if not reply and not EMPTY_OBJECT.value:
        raise replies.Malformed("the reply is an empty object")
    code = reply.get("statusCode")
    status = 200 if code is None else replies.status(code, text=True)
    pairs = replies.merged(
        replies.lists(reply.get("multiValueHeaders")), replies.headers(reply.get("headers"))
    )
    text = reply.get("body")
    if not isinstance(text, str | None):
        raise replies.Malformed(f"body is {replies.kind(text)}, not a string")
    body = bodies.utf8(text or "")
    if (reply.get("isBase64Encoded") is True or reply.get("base64Encoded") is True) and _wanted(
        request, front
    ):
        decoded = bodies.decoded(text or "")
        if decoded is None:
            raise replies.Malformed("isBase64Encoded is true and body is not base64")
        body = decoded
    return replies.answer(status, replies.with_type(_remapped(pairs), "application/json"), body)


def _wanted(request: Request, front: Front) -> bool:
    """Is a base64 reply decoded? If the first type that the client accepts is configured as binary."""
    first = bodies.media_type(request.headers.get("accept").partition(",")[0])
    return bodies.matches(front.binary.types, first)


def _remapped(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    kept_pairs = []
    for name, value in pairs:
        lowered = name.lower()
        if lowered in _REPLY_DROPPED:
            continue
        kept_pairs.append((f"x-amzn-Remapped-{name}" if lowered in REST_REMAPPED.value else name, value))
    return kept_pairs
