"""A function's log lines, from CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from onezip.deployer.calls import Calls

PAUSE = 2.0
"""Seconds between two looks for new lines."""

LATE = 10_000
"""Milliseconds for which a line may come later than one with a later time: streams are not in step."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event: its time in milliseconds since 1970 (UTC), the stream, the text."""

    time: int
    stream: str
    text: str


def group_of(calls: Calls, name: str) -> str:
    """The log group of a function. Raises CloudError."""
    found = calls("lambda", "GetFunctionConfiguration", FunctionName=name)
    return str((found.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}")


def lines(calls: Calls, group: str, since: int, *, follow: bool = False, pattern: str = "") -> Iterator[Line]:
    """Lines from a time on, in milliseconds since 1970; with follow until the reader stops.

    A group that is not there has no lines: Lambda makes it with the first one. Raises CloudError.
    """
    seen: dict[str, int] = {}
    newest = since
    while True:
        start = max(since, newest - LATE)
        for event in _page(calls, group, start, pattern):
            if event["eventId"] not in seen:
                seen[event["eventId"]] = int(event["timestamp"])
                newest = max(newest, int(event["timestamp"]))
                yield Line(
                    int(event["timestamp"]), event.get("logStreamName", ""), event["message"].rstrip("\n")
                )
        if not follow:
            return
        seen = {each: time for each, time in seen.items() if time >= newest - 2 * LATE}
        calls.clock.sleep(PAUSE)


def _page(calls: Calls, group: str, start: int, pattern: str) -> Iterator[dict[str, Any]]:
    more: dict[str, Any] = {"filterPattern": pattern} if pattern else {}
    while True:
        page = calls.or_none("logs", "FilterLogEvents", logGroupName=group, startTime=start, **more)
        if page is None:
            return
        yield from page.get("events", [])
        if not page.get("nextToken"):
            return
        more["nextToken"] = page["nextToken"]
