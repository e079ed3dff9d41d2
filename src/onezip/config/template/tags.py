"""The short forms of CloudFormation's intrinsic functions, each with its long form.

Intrinsic function reference: "Fn::GetAtt ... YAML: short form !GetAtt"; Ref and Condition have no `Fn::`.
Only these tags are taken; another one would be a function that nobody runs.
"""

from __future__ import annotations

from typing import Any

from onezip.config.template.scalar import Word

_FUNCTIONS = (
    "And", "Base64", "Cidr", "Contains", "EachMemberEquals", "EachMemberIn", "Equals", "FindInMap", "GetAZs",
    "GetAtt", "GetStackOutput", "If", "ImportValue", "Join", "Length", "Not", "Or", "RefAll", "Select",
    "Split", "Sub", "ToJsonString", "Transform", "ValueOf", "ValueOfAll",
)  # fmt: skip

LONG = {"!Ref": "Ref", "!Condition": "Condition", **{f"!{name}": f"Fn::{name}" for name in _FUNCTIONS}}
"""Tag to key."""

SHORT = {long: tag for tag, long in LONG.items()}
"""Key to tag, for messages."""

_CORE = "tag:yaml.org,2002:"
TEXT_TAGS = frozenset({"!", f"{_CORE}str"})
"""Tags that make a scalar text."""

PLAIN_TAGS = frozenset(f"{_CORE}{name}" for name in ("null", "bool", "int", "float", "map", "seq", "merge"))
"""YAML's own tags that say nothing new. Binary, timestamps, sets and ordered maps are not supported:
CloudFormation User Guide, "CloudFormation template format", YAML."""


def argument(tag: str, value: Any) -> Any:
    """The argument of a short form in its long form: `!GetAtt A.B.C` is [A, "B.C"]."""
    if tag == "!GetAtt" and isinstance(value, Word):
        return [Word(part, value.place) for part in value.split(".", 1)]
    return value
