"""API Gateway HTTP APIs with payload 1.0: a REST API's shape with differences.                  [pure]

Source: "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway", recordings.
"""

from __future__ import annotations

from typing import Any

from onezip.emulator.events import bodies, http, query, replies
from onezip.emulator.events.context import Context, domain
from onezip.emulator.events.faults import Fault, GatewayError, gateway_error
from onezip.emulator.events.headers import canonical, forwarded
from onezip.emulator.events.rest import identity
from onezip.emulator.events.uncertain import REPLY_NAMES, STAGE_IN_V1_PATH, STATUS_AS_TEXT
from onezip.emulator.http.message import Request, Response
from onezip.model.front import Front

refuse = http.refuse


def event(request: Request, front: Front, context: Context) -> dict[str, Any]:
    """The event of a request: path as sent, the path of requestContext and the path variables decoded."""
    match = context.match
    pairs = [*forwarded(request, http.DROPPED, context), http.length(request)]
    pairs = [(canonical(name), value) for name, value in pairs]
    found = query.parameters(request.query)
    prefix = match.prefix if STAGE_IN_V1_PATH.value or not match.staged else ""
    host = domain(request.host)
    body, is_base64 = bodies.by_content_type(request)
    parameters = {name: http.shown_path(value) for name, value in match.parameters.items()}
    return {
        "version": "1.0",
        "resource": match.route.path,
        "path": prefix + match.path,
        "httpMethod": request.method,
        "headers": query.last(pairs),
        "multiValueHeaders": query.listed(pairs),
        "queryStringParameters": query.last(found) or None,
        "multiValueQueryStringParameters": query.listed(found) or None,
        "requestContext": {
            "accountId": context.account,
            "apiId": context.api,
            **({} if context.authorizer is None else {"authorizer": dict(context.authorizer)}),
            "domainName": host[0],
            "domainPrefix": host[1],
            "extendedRequestId": http.gateway_id(context),
            "httpMethod": request.method,
            "identity": {**identity(request), "userAgent": request.headers.get("user-agent")},
            "path": http.shown_path(match.prefix + match.path),
            "protocol": f"HTTP/{request.version}",
            "requestId": http.gateway_id(context),
            "requestTime": context.clf,
            "requestTimeEpoch": context.epoch,
            "resourceId": match.route.key,
            "resourcePath": match.route.path,
            "stage": front.stage.name,
        },
        "pathParameters": parameters or None,
        "stageVariables": dict(front.stage.variables) or None,
        "body": body if request.body else None,
        "isBase64Encoded": is_base64,
    }


def response(result: bytes, request: Request, front: Front) -> Response | GatewayError:  # noqa: ARG001 - a mapping
    """The answer for a function's result: statusCode is required, unknown keys are ignored."""
    try:
        return _response(dict(replies.table(replies.parsed(result))))
    except replies.Malformed as error:
        return gateway_error(front.kind, Fault.BAD_REPLY, str(error))


def _response(reply: dict[str, Any]) -> Response:
    if "statusCode" not in reply:
        raise replies.Malformed("the reply has no statusCode, which payload 1.0 needs")
    status = replies.status(reply["statusCode"], text=STATUS_AS_TEXT.value)
    first, second = replies.headers(reply.get("headers")), replies.lists(reply.get("multiValueHeaders"))
    pairs = replies.merged(first, second)
    if REPLY_NAMES.value:
        pairs = [(canonical(name), value) for name, value in pairs]
    body = http.reply_body(reply, objects=False)
    return replies.answer(status, replies.with_type(pairs, http.TEXT), body)
