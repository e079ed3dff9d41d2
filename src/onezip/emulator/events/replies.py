"""A function's reply, read as strictly as the fronts read it.                                   [pure]

`Malformed` says in our words what a front would not say at all: it answers 502 or 500.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from onezip.emulator.events.uncertain import NESTED_HEADER, NULL_HEADER, STATUS_RANGE
from onezip.emulator.http.message import FORBIDDEN, TOKEN, Response

Pair = tuple[str, str]

_SPACE = re.compile(r'("(?:[^"\\]|\\.)*")|\s+')
_DIGITS = re.compile(r"[0-9]{3}")


class Malformed(ValueError):
    """The reply is not what this front takes; the text says what is wrong with it."""


_decoded = json.JSONDecoder().decode


def parsed(result: bytes) -> Any:
    """The JSON of a result. Not UTF-8, not JSON or too deep is malformed."""
    try:
        return _decoded(result.decode("utf-8").removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise Malformed("the reply is not JSON") from None


def table(reply: Any) -> Mapping[str, Any]:
    """The reply, if it is a JSON object."""
    if not isinstance(reply, dict):
        raise Malformed(f"the reply is {kind(reply)}, not an object with statusCode, headers and body")
    return reply


def compact(result: bytes) -> bytes:
    """JSON without the white space between its parts; numbers and escapes stay as they are."""
    text = result.decode("utf-8", "replace")
    return _SPACE.sub(lambda found: found[1] or "", text).encode()


def dumped(value: Any) -> bytes:
    """A JSON value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def status(value: Any, *, text: bool) -> int:
    """A statusCode: a whole number from 200 to 599, or its three digits where text is taken."""
    if type(value) is not int:
        whole = isinstance(value, float) and value.is_integer()
        if not whole and not (isinstance(value, str) and text and _DIGITS.fullmatch(value)):
            raise Malformed(f"statusCode is {shown(value)}, not a number")
        value = int(value)
    code: int = value
    low, high = STATUS_RANGE.value
    if not max(low, 200) <= code <= high:
        raise Malformed(f"statusCode is {code}, which is no status of an answer")
    return code


def headers(value: Any, key: str = "headers") -> list[Pair]:
    """A `headers` object: strings; numbers and booleans as JSON writes them."""
    if value is None:
        return []
    if not isinstance(value, dict):
        raise Malformed(f"{key} is {kind(value)}, not an object")
    return [(name, _header(name, each)) for name, each in value.items()]


def lists(value: Any, key: str = "multiValueHeaders") -> list[Pair]:
    """A `multiValueHeaders` object: a list for each name."""
    if value is None:
        return []
    if not isinstance(value, dict):
        raise Malformed(f"{key} is {kind(value)}, not an object")
    pairs: list[Pair] = []
    for name, values in value.items():
        if not isinstance(values, list):
            raise Malformed(f"{key} has {kind(values)} for {name}, not a list")
        pairs += [(name, _header(name, each)) for each in values]
    return pairs


def sendable(pairs: Iterable[Pair]) -> list[Pair]:
    """Pairs that HTTP can carry, as latin-1 text of their UTF-8 bytes."""
    checked = []
    for name, value in pairs:
        if not TOKEN.fullmatch(name):
            raise Malformed(f"{shown(name)} is no name of a header")
        if FORBIDDEN.search(value):
            raise Malformed(f"the header {name} holds a line break or NUL")
        checked.append(
            (name, value if value.isascii() else value.encode("utf-8", "replace").decode("latin-1"))
        )
    return checked


def merged(first: list[Pair], second: list[Pair]) -> list[Pair]:
    """Both, grouped by name without regard to case; the first spelling wins, a repeated pair is dropped."""
    names: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in [*first, *second]:
        lowered = name.lower()
        names.setdefault(lowered, name)
        kept = values.setdefault(lowered, [])
        if value not in kept:
            kept.append(value)
    return [(names[lowered], value) for lowered, each in values.items() for value in each]


def with_type(pairs: list[Pair], default: str) -> list[Pair]:
    """With a Content-Type where there is none."""
    if any(name.lower() == "content-type" for name, _ in pairs):
        return pairs
    return [*pairs, ("Content-Type", default)]


def answer(code: int, pairs: list[Pair], body: bytes, reason: str = "") -> Response:
    """The response, with headers that can be sent."""
    return Response(code, tuple(sendable(pairs)), body, reason)


def kind(value: Any) -> str:
    """A JSON value's kind, in words."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def shown(value: Any) -> str:
    """A JSON value for a message: short, on one line."""
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _header(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return NULL_HEADER.value
    if isinstance(value, (dict, list)) and not NESTED_HEADER.value:
        raise Malformed(f"the header {name} is {kind(value)}, not a string")
    return json.dumps(value)
