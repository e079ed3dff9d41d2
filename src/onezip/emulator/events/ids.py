"""The ids that a front puts on each answer.                                                     [pure]"""

from __future__ import annotations

from onezip.emulator.events.context import Context
from onezip.emulator.events.http import gateway_id
from onezip.model.front import FrontKind

_HTTP = frozenset({FrontKind.HTTP, FrontKind.HTTP_V1})


def ids(kind: FrontKind, context: Context, *, own: bool) -> list[tuple[str, str]]:
    """Headers with the request's ids; own says that the gateway made the answer itself.

    For a function URL, context.request_id is the invocation's. A load balancer adds none.
    """
    request, trace = context.request_id, context.trace_id
    if kind is FrontKind.REST:
        pairs = [("x-amzn-RequestId", request), ("x-amz-apigw-id", context.extended_id)]
        return pairs if own else [*pairs, ("X-Amzn-Trace-Id", trace)]
    if kind in _HTTP:
        return [("apigw-requestid" if own else "Apigw-Requestid", gateway_id(context))]
    if kind is FrontKind.URL:
        pairs = [("x-amzn-RequestId", request)]
        return pairs if own else [*pairs, ("X-Amzn-Trace-Id", trace)]
    return []
