"""What an authorizer's IAM policy says of one method.                                            [pure]

Source: "Policy evaluation logic", AWS IAM User Guide: an explicit deny wins, then an allow; where no
statement speaks of the method it is denied. `*` and `?` are wildcards and reach over slashes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

from onezip.emulator.gateway.authorizers.base import Malformed

ACTION = "execute-api:Invoke"


class Said(Enum):
    """What a policy says."""

    ALLOW = "allowed"
    DENY = "denied by a statement"
    NOTHING = "no statement allows it"


def decide(document: Any, arn: str) -> Said:
    """What the policy says of a method's ARN. Raises Malformed."""
    statements = _table(document, "policyDocument").get("Statement")
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list):
        raise Malformed("policyDocument has no list Statement")
    said = Said.NOTHING
    for statement in statements:
        effect = _table(statement, "a statement").get("Effect")
        if effect not in {"Allow", "Deny"}:
            raise Malformed(f"a statement's Effect is {effect!r}, not Allow or Deny")
        if statement.get("Condition"):
            raise Malformed("a statement has a Condition, which is not evaluated here")
        action = _applies(statement, "Action", ACTION, fold=True)
        resource = _applies(statement, "Resource", arn, fold=False)
        if action and resource:
            if effect == "Deny":
                return Said.DENY
            said = Said.ALLOW
    return said


def reply(value: Any) -> tuple[Mapping[str, Any], str | None, Mapping[str, Any]]:
    """A reply's policy document, principalId and context. Raises Malformed."""
    table = _table(value, "the reply")
    document = _table(table.get("policyDocument"), "policyDocument")
    principal = table.get("principalId")
    if not isinstance(principal, str | None):
        raise Malformed("principalId is not a string")
    context = table.get("context")
    return document, principal, {} if context is None else _table(context, "context")


def flat(context: Mapping[str, Any]) -> dict[str, str]:
    """A context as a REST API passes it on: strings; what is no string, number or boolean it refuses."""
    found = {}
    for name, value in context.items():
        if isinstance(value, bool):
            found[name] = "true" if value else "false"
        elif isinstance(value, str | int | float):
            found[name] = str(value)
        elif value is not None:
            raise Malformed(f"context.{name} is no string, number or boolean")
    return found


def _table(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Malformed(f"{name} is not an object")
    return value


def _applies(statement: Mapping[str, Any], key: str, subject: str, *, fold: bool) -> bool:
    """Does the statement speak of it? `NotAction` and `NotResource` speak of all others."""
    found = [name for name in (key, f"Not{key}") if name in statement]
    if len(found) != 1:
        raise Malformed(f"a statement has no {key}" if not found else f"a statement has {key} and Not{key}")
    patterns = statement[found[0]]
    patterns = [patterns] if isinstance(patterns, str) else patterns
    if not isinstance(patterns, list) or not all(isinstance(each, str) for each in patterns):
        raise Malformed(f"a statement's {found[0]} is not a string or a list of strings")
    fits = any(_pattern(each, fold).fullmatch(subject) for each in patterns)
    return fits is (found[0] == key)


@lru_cache(maxsize=256)
def _pattern(text: str, fold: bool) -> re.Pattern[str]:
    parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in text)
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if fold else 0))
