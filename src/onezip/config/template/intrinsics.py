"""Intrinsic functions that need nothing but their arguments, as CloudFormation computes them.

Each takes its argument already resolved, and raises `Unknown` with the reason where there is no value.
Source: CloudFormation Template Reference, "Intrinsic function reference".
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from onezip.config.template.scalar import text_of
from onezip.config.template.tags import SHORT
from onezip.model.project import Unresolved

LONGEST = 1024 * 1024
"""Longest text a function may make: functions in functions can double it at every level."""

_SHOWN = 100


class Unknown(Exception):
    """A value that is not known here; the text says why."""


def is_intrinsic(node: Any) -> bool:
    """Whether a node is a call: a table of one key, Ref, Condition or `Fn::...` (SAM's own rule)."""
    if not isinstance(node, dict) or len(node) != 1:
        return False
    key = next(iter(node))
    return key in {"Ref", "Condition"} or key.startswith("Fn::")


def expression(node: Any) -> str:
    """A node as a person wrote it, in short form: `!Ref Table`, `!Join ["-", ["a", "b"]]`."""
    if not is_intrinsic(node):
        shown = text_of(node)
        if shown is None:
            shown = _compact(node) if node is None or isinstance(node, dict | list) else repr(node)
        return _cut(shown)
    ((name, argument),) = node.items()
    if name == "Fn::GetAtt" and isinstance(argument, list):
        shown = ".".join(str(part) for part in argument)
    elif name in {"Ref", "Condition", "Fn::ImportValue"} and isinstance(argument, str):
        shown = argument
    else:
        shown = _compact(argument)
    return _cut(f"{SHORT.get(name, name)} {shown}")


def _compact(node: Any) -> str:
    return json.dumps(node, ensure_ascii=False, default=_leaf)


def _leaf(value: Any) -> str:
    return value.expression if isinstance(value, Unresolved) else str(value)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 4] + " ..."


def first_unresolved(value: Any) -> Unresolved | None:
    """The first leaf of a resolved tree that is not known."""
    match value:
        case Unresolved():
            return value
        case dict():
            return next(filter(None, map(first_unresolved, value.values())), None)
        case list():
            return next(filter(None, map(first_unresolved, value)), None)
        case _:
            return None


def text(value: Any) -> str:
    """A resolved value as text."""
    if isinstance(value, Unresolved):
        raise Unknown(value.reason)
    found = text_of(value)
    if found is None:
        raise Unknown(f"{expression(value)} is not text")
    return found


def short(text: str) -> str:
    """A text, unless it has grown beyond all sense."""
    if len(text) > LONGEST:
        raise Unknown(f"it is longer than {LONGEST} characters")
    return text


def items(value: Any) -> list[Any]:
    """A resolved value as a list; its items may be unresolved."""
    if isinstance(value, Unresolved):
        raise Unknown(value.reason)
    if not isinstance(value, list):
        raise Unknown(f"{expression(value)} is not a list")
    return value


def arguments(value: Any, count: int, *more: int) -> list[Any]:
    """A list of just so many arguments."""
    found = items(value)
    if len(found) not in {count, *more}:
        raise Unknown(f"it takes {count} arguments, not {len(found)}")
    return found


def _join(argument: Any) -> str:
    delimiter, parts = arguments(argument, 2)
    return short(text(delimiter).join(text(part) for part in items(parts)))


def _split(argument: Any) -> list[str]:
    delimiter, whole = arguments(argument, 2)
    if not text(delimiter):
        raise Unknown("the delimiter is empty")
    return text(whole).split(text(delimiter))


def _select(argument: Any) -> Any:
    index, parts = arguments(argument, 2)
    number, found = text(index), items(parts)
    if not number.isdecimal() or int(number) >= len(found):
        raise Unknown(f"the list of {len(found)} has no item {number}")
    return found[int(number)]


def _base64(argument: Any) -> str:
    return short(base64.b64encode(text(argument).encode()).decode())


def _length(argument: Any) -> int:
    return len(items(argument))


def _json(argument: Any) -> str:
    unknown = first_unresolved(argument)
    if unknown is not None:
        raise Unknown(unknown.reason)
    if not isinstance(argument, dict | list):
        raise Unknown("it takes a table or a list")
    return short(json.dumps(argument, ensure_ascii=False, separators=(",", ":")))


def _equals(argument: Any) -> bool:
    """Both sides as text: `Equals [!Ref Flag, true]` is meant to hold for the parameter "true"."""
    left, right = arguments(argument, 2)
    for side in (left, right):
        unknown = first_unresolved(side)
        if unknown is not None:
            raise Unknown(unknown.reason)
    return bool(_canonical(left) == _canonical(right))


def _canonical(value: Any) -> Any:
    match value:
        case dict():
            return {str(key): _canonical(inner) for key, inner in value.items()}
        case list():
            return [_canonical(inner) for inner in value]
        case _:
            return text_of(value)


def _truth(value: Any) -> bool | Unresolved:
    if isinstance(value, bool | Unresolved):
        return value
    raise Unknown(f"{expression(value)} is not a condition")


def _combined(argument: Any, deciding: bool) -> bool:
    """And, Or: one deciding side settles it, whatever is unknown beside it."""
    sides = [_truth(side) for side in items(argument)]
    if deciding in sides:
        return deciding
    unknown = next((side for side in sides if isinstance(side, Unresolved)), None)
    if unknown is not None:
        raise Unknown(unknown.reason)
    return not deciding


def _not(argument: Any) -> bool:
    (side,) = arguments(argument, 1)
    truth = _truth(side)
    if isinstance(truth, Unresolved):
        raise Unknown(truth.reason)
    return not truth


PURE: Mapping[str, Callable[[Any], Any]] = {
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::Base64": _base64,
    "Fn::Length": _length,
    "Fn::ToJsonString": _json,
    "Fn::Equals": _equals,
    "Fn::And": lambda argument: _combined(argument, deciding=False),
    "Fn::Or": lambda argument: _combined(argument, deciding=True),
    "Fn::Not": _not,
}
"""The functions by key."""

DEPLOYED: Mapping[str, str] = {
    "Fn::GetAtt": "an attribute of a resource is known when it is deployed",
    "Fn::ImportValue": "another stack exports it",
    "Fn::GetStackOutput": "another stack gives it",
    "Fn::GetAZs": "the Region decides",
    "Fn::Cidr": "it is computed when deployed",
    "Fn::Transform": "a macro makes it when deployed",
}
"""Functions that only a deployment can answer, and why."""
