"""Values as YAML text: one form for each value, whatever the version of a library.

Tables keep their order. Text is plain where no reader can take it for anything else, and quoted otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_PLAIN = re.compile(r"(?:\.\.?/)*[A-Za-z/][\w./-]*(?:::?[\w./-]+)*", re.ASCII)
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
"""What YAML 1.1 reads as something other than text."""


class Call(NamedTuple):
    """One of CloudFormation's functions in its short form: `!Ref Name`; value is text or a list of texts."""

    name: str
    value: str | Sequence[str]


def as_yaml(value: Mapping[str, Any]) -> str:
    """The text of a table."""
    return "".join(f"{line}\n" for line in _table(value, ""))


def _table(table: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in table.items():
        yield from _after(f"{indent}{scalar(key)}:", value, indent)


def _list(values: Sequence[Any], indent: str) -> Iterator[str]:
    for value in values:
        if isinstance(value, Mapping) and value:
            first, *rest = _table(value, f"{indent}  ")
            yield f"{indent}- {first[len(indent) + 2 :]}"
            yield from rest
        else:
            yield from _after(f"{indent}-", value, indent)


def _after(start: str, value: Any, indent: str) -> Iterator[str]:
    """A value behind its key or dash; what has parts of its own goes below it."""
    if isinstance(value, Call):
        if isinstance(value.value, str):
            yield f"{start} !{value.name} {scalar(value.value)}"
        else:
            yield f"{start} !{value.name} [{', '.join(map(scalar, value.value))}]"
    elif isinstance(value, Mapping) and value:
        yield start
        yield from _table(value, f"{indent}  ")
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        yield start
        yield from _list(value, f"{indent}  ")
    else:
        yield f"{start} {scalar(value)}"


def scalar(value: Any) -> str:
    """A text, number, switch, or an empty table or list."""
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    if value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(map(_character, value)) + '"'


def _character(char: str) -> str:
    """A character of a double-quoted scalar (YAML 1.1, 5.6 "Escape Sequences")."""
    if char in '"\\':
        return f"\\{char}"
    return char if char.isprintable() else "\\n" if char == "\n" else f"\\U{ord(char):08x}"
