"""A request's headers on their way into an event.                                               [pure]"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from onezip.emulator.events.context import Context
from onezip.emulator.http.message import Request


@lru_cache(maxsize=1024)
def canonical(name: str) -> str:
    """`X-Custom-Header`, as Go and Java servers write names."""
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))


def kept(request: Request, dropped: Collection[str]) -> list[tuple[str, str]]:
    """The headers that are passed on, as sent. dropped is in lower case."""
    return [(name, value) for name, value in request.headers if name.lower() not in dropped]


def forwarded(pairs: list[tuple[str, str]], request: Request, context: Context) -> list[tuple[str, str]]:
    """With what every front adds: who asked, how, and the trace.

    A chain of addresses in X-Forwarded-For is continued; the other three are overwritten.
    """
    chain = [value for name, value in pairs if name.lower() == "x-forwarded-for"]
    ours = {
        "x-forwarded-for": ", ".join([*chain, request.peer[0]]),
        "x-forwarded-port": str(context.port),
        "x-forwarded-proto": context.scheme,
    }
    if context.trace_id:
        ours["x-amzn-trace-id"] = context.trace_id
    others = [(name, value) for name, value in pairs if name.lower() not in ours]
    return [*others, *((canonical(name), value) for name, value in ours.items())]


def lowered(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Names in lower case."""
    return [(name.lower(), value) for name, value in pairs]


def cookies(request: Request) -> list[str]:
    """`name=value` for each cookie of the request."""
    return [
        cookie.strip()
        for value in request.headers.all("cookie")
        for cookie in value.split(";")
        if cookie.strip()
    ]
