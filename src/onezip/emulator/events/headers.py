"""A request's headers on their way into an event.                                               [pure]"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from onezip.emulator.events.context import Context
from onezip.emulator.http.message import Request

FOR, PORT, PROTO, TRACE = "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-amzn-trace-id"


@lru_cache(maxsize=1024)
def canonical(name: str) -> str:
    """`X-Custom-Header`, as Go and Java servers write names."""
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))


def forwarded(
    request: Request, dropped: Collection[str], context: Context, *, as_sent: bool = False
) -> list[tuple[str, str]]:
    """The headers that are passed on, and what every front adds: who asked, how, and the trace.

    A chain of addresses in X-Forwarded-For is continued; the other three are overwritten. Names are in lower
    case, or as sent; those in dropped are.
    """
    ours = {FOR: request.peer[0], PORT: str(context.port), PROTO: context.scheme}
    if context.trace_id:
        ours[TRACE] = context.trace_id
    headers = request.headers
    if FOR in headers:
        ours[FOR] = ", ".join([*headers.all(FOR), ours[FOR]])
    passed = [
        (name if as_sent else lowered, value)
        for name, value in headers.pairs
        if (lowered := name.lower()) not in dropped and lowered not in ours
    ]
    if as_sent:
        return [*passed, *((canonical(name), value) for name, value in ours.items())]
    return [*passed, *ours.items()]


def cookies(request: Request) -> list[str]:
    """`name=value` for each cookie of the request."""
    return [
        found
        for value in request.headers.all("cookie")
        for cookie in value.split(";")
        if (found := cookie.strip())
    ]
