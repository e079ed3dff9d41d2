"""`Fn::ForEach::NAME: [identifier, collection, {key: value}]`, one copy of the table for each item.

CloudFormation Template Reference, "Fn::ForEach": `${Identifier}` and `&{Identifier}` (without anything
but letters and digits) are replaced in keys and values, and so is a Ref to the identifier.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from onezip.config.template.intrinsics import Unknown
from onezip.config.template.scalar import Word

PREFIX = "Fn::ForEach::"

DEEPEST = 5
"""Most loops in one another (the same page)."""

MOST = 5000
"""Most copies of one loop with those in it."""


class Loop(NamedTuple):
    """A loop in parts. collection is not resolved yet."""

    name: str
    identifier: str
    collection: Any
    body: dict[Word, Any]


def is_loop(key: str) -> bool:
    """Whether a key starts a loop."""
    return key.startswith(PREFIX)


def loop(key: str, value: Any) -> Loop:
    """The parts of a loop; raises Unknown where they are not what they must be."""
    name = key.removeprefix(PREFIX)
    match value:
        case [str() as identifier, collection, dict() as body] if name and identifier:
            return Loop(name, identifier, collection, body)
        case _:
            raise Unknown("a loop is a list of three: an identifier, a collection and a table")


def replace(node: Any, identifier: str, item: str) -> Any:
    """A copy of a node with the identifier replaced."""
    match node:
        case Word():
            if "{" not in node:
                return node
            text = node.replace(f"${{{identifier}}}", item)
            letters = re.sub(r"[^a-zA-Z0-9]", "", item)
            return Word(text.replace(f"&{{{identifier}}}", letters), node.place)
        case {"Ref": str() as name} if len(node) == 1 and name == identifier:
            return Word(item, name.place) if isinstance(name, Word) else item
        case dict():
            copy: dict[Any, Any] = {}
            for key, value in node.items():
                new = replace(key, identifier, item)
                if new in copy:
                    raise Unknown(f"{new!r} stands twice")
                copy[new] = replace(value, identifier, item)
            return copy
        case list():
            return [replace(value, identifier, item) for value in node]
        case _:
            return node
