"""Two events, place by place.                                                                    [pure]"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from onezip.emulator.echo.marks import VOLATILE, leaves, under
from onezip.model.front import FrontKind


class Word(StrEnum):
    """How a place of two events compares."""

    SAME = "same"
    DIFFERS = "differs"
    LEFT = "only left"
    RIGHT = "only right"
    EXPECTED = "differs, as it must"
    """An id, a time or an address: no two calls have the same."""


class Row(NamedTuple):
    """One place; left and right are None where the event has no such place."""

    path: str
    left: Any
    right: Any
    word: Word


_NOT_THERE = object()


def compare(left: Mapping[str, Any], right: Mapping[str, Any], *, calls: bool = False) -> list[Row]:
    """All places in the left event's order, then those of the right alone.

    With calls they are two calls of the same request: ids, times and addresses are expected to differ.
    """
    mine, other = dict(leaves(left)), dict(leaves(right))
    return [_row(path, mine, other, calls=calls) for path in {**mine, **other}]


def _row(path: str, mine: Mapping[str, Any], other: Mapping[str, Any], *, calls: bool) -> Row:
    left, right = mine.get(path, _NOT_THERE), other.get(path, _NOT_THERE)
    if left is _NOT_THERE:
        word = Word.RIGHT
    elif right is _NOT_THERE:
        word = Word.LEFT
    elif left == right and type(left) is type(right):
        word = Word.SAME
    else:
        word = Word.DIFFERS
    if calls and word is not Word.SAME and (under(path, VOLATILE) or _added(path)):
        word = Word.EXPECTED
    return Row(path, None if left is _NOT_THERE else left, None if right is _NOT_THERE else right, word)


def _added(path: str) -> bool:
    """Headers that CloudFront adds before an edge-optimised API."""
    name = path.partition(".")[2].partition("[")[0].lower()
    return path.lower().startswith(("headers.", "multivalueheaders.")) and (
        name.startswith("cloudfront-") or name in {"via", "x-amz-cf-id"}
    )


def kind_of(event: Any) -> FrontKind | None:
    """Which front made an event, told from its shape; None for what is no event of a front."""
    context = event.get("requestContext") if isinstance(event, Mapping) else None
    if not isinstance(context, Mapping):
        return None
    if "elb" in context:
        return FrontKind.ALB_MULTI if "multiValueHeaders" in event else FrontKind.ALB
    if event.get("version") == "2.0":
        headers = event.get("headers", {})
        url = "x-amzn-tls-version" in headers or context.get("accountId") == "anonymous"
        return FrontKind.URL if url else FrontKind.HTTP
    if event.get("version") == "1.0":
        return FrontKind.HTTP_V1
    return FrontKind.REST if "httpMethod" in event else None
