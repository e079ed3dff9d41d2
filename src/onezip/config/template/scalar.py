"""What a scalar of a template is: text first. A number keeps its text, a word knows where it stands.

YAML 1.1 turns `NO` into false, `0755` into 493, `12:30:45` into 45045 and `2012-10-17` into a date.
CloudFormation's properties are mostly strings, and account ids, versions and policies want theirs as
written; so only null, true and false, decimal integers and plain decimal fractions are more than text.
"""

from __future__ import annotations

import re
from typing import Any, Self

from onezip.model.place import Place

_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?((0|[1-9][0-9]{0,17})\.[0-9]{0,18}|\.[0-9]{1,18})([eE][-+]?[0-9]{1,2})?")
_NULLS = frozenset({"", "~", "null"})
_SWITCHES = {"true": True, "false": False}


class Word(str):
    """Text, and where it stands. Keys are always words."""

    __slots__ = ("place",)

    place: Place

    def __new__(cls, text: str, place: Place) -> Self:
        word = super().__new__(cls, text)
        word.place = place
        return word


class Whole(int):
    """A whole number with the text it was written as (`+5`)."""

    text: str


class Decimal(float):
    """A fraction with the text it was written as: `3.10` is a version more often than 3.1."""

    text: str


def plain(text: str, place: Place) -> Any:
    """The value of an unquoted scalar."""
    lower = text.lower()
    if lower in _NULLS:
        return None
    if lower in _SWITCHES:
        return _SWITCHES[lower]
    return number(text) if _WHOLE.fullmatch(text) or _DECIMAL.fullmatch(text) else Word(text, place)


def number(text: str) -> Whole | Decimal:
    """The number that a text is."""
    found = Whole(text) if _WHOLE.fullmatch(text) else Decimal(text)
    found.text = text
    return found


def text_of(value: Any) -> str | None:
    """A scalar as CloudFormation hands it to a property that is a string, or None for anything else.

    Booleans become `true` and `false`, numbers keep their text.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case Whole() | Decimal():
            return value.text
        case str():
            return str(value)
        case int() | float():
            return repr(value)
        case _:
            return None


def place_of(value: Any) -> Place | None:
    """Where a word stands; None for what is not a word."""
    return value.place if isinstance(value, Word) else None


def key_place(table: Any, key: str) -> Place | None:
    """Where a key of a table stands."""
    return next((place_of(name) for name in table if name == key), None) if isinstance(table, dict) else None
