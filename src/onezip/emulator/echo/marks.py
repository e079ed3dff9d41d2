"""Which places of an event are real and which are made up: paths such as `requestContext.accountId`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from onezip.emulator.http.message import Request
from onezip.model.front import FrontKind

_TRACE = ("headers.x-amzn-trace-id", "headers.X-Amzn-Trace-Id", "multiValueHeaders.x-amzn-trace-id",
          "multiValueHeaders.X-Amzn-Trace-Id")  # fmt: skip
_API = ("requestContext.accountId", "requestContext.apiId", "requestContext.requestId")
_V1 = (*_API, "requestContext.extendedRequestId", "requestContext.resourceId")

MADE_UP: Mapping[FrontKind, tuple[str, ...]] = {
    FrontKind.REST: (*_V1, "requestContext.deploymentId", "requestContext.stage"),
    FrontKind.HTTP: _API,
    FrontKind.HTTP_V1: _V1,
    FrontKind.ALB: ("requestContext.elb.targetGroupArn",),
    FrontKind.ALB_MULTI: ("requestContext.elb.targetGroupArn",),
    FrontKind.URL: (
        "requestContext.requestId",
        "headers.x-amzn-tls-version",
        "headers.x-amzn-tls-cipher-suite",
    ),
}
"""What no request holds and only AWS knows. `domainName` and the addresses are those of this very call."""

VOLATILE = (
    *_V1, *_TRACE, "requestContext.deploymentId", "requestContext.elb.targetGroupArn",
    "requestContext.domainName", "requestContext.domainPrefix", "requestContext.time",
    "requestContext.timeEpoch", "requestContext.requestTime", "requestContext.requestTimeEpoch",
    "requestContext.http.sourceIp", "requestContext.identity.sourceIp", "headers.x-amzn-tls-version",
    "headers.x-amzn-tls-cipher-suite", "headers.host", "headers.Host", "multiValueHeaders.host",
    "multiValueHeaders.Host", "headers.x-forwarded-for", "headers.X-Forwarded-For",
    "multiValueHeaders.x-forwarded-for", "multiValueHeaders.X-Forwarded-For", "headers.x-forwarded-port",
    "headers.X-Forwarded-Port", "multiValueHeaders.x-forwarded-port", "multiValueHeaders.X-Forwarded-Port",
    "headers.x-forwarded-proto", "headers.X-Forwarded-Proto", "multiValueHeaders.x-forwarded-proto",
    "multiValueHeaders.X-Forwarded-Proto",
)  # fmt: skip
"""What differs between two events of the same request whose fronts agree: addresses, ids, times."""


def made_up(kind: FrontKind, request: Request, event: Mapping[str, Any]) -> list[str]:
    """The made-up places of an event, in its order. A trace of the client's own is real."""
    marks = MADE_UP[kind]
    if "Root=1-" not in request.headers.get("x-amzn-trace-id"):
        marks = (*marks, *_TRACE)
    return [path for path, _ in leaves(event) if under(path, marks)]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each value of an event that is no filled object or list, with its path; lists count from 0."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{number}]")
    else:
        yield path, value


def under(path: str, marks: Iterable[str]) -> bool:
    """Is the path one of these, or an item of one?"""
    return any(path == mark or path.startswith(f"{mark}[") for mark in marks)
