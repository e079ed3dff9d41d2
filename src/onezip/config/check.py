"""A table against the schema: unknown keys, kinds, choices and limits. Every mistake in one pass."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from onezip.config.schema import INSTEAD, NOT_YET, SPELLINGS, TABLES, Key, Kind
from onezip.errors import Diagnostic, ProjectError, Severity
from onezip.model.place import Place

Path = tuple[str, ...]
Table = Mapping[str, Any]


class Mistakes:
    """The mistakes found so far; place(path) is the file and line of a key."""

    def __init__(self, place: Callable[[Path], Place]) -> None:
        self.place = place
        self.found: list[Diagnostic] = []

    def add(self, code: str, path: Path, message: str, hint: str = "") -> None:
        """Note a mistake at a key."""
        self.found.append(Diagnostic(code, Severity.ERROR, message, self.place(path), hint))

    def stop(self) -> None:
        """Raise ProjectError with every mistake, if there is one."""
        if self.found:
            first = self.found[0]
            raise ProjectError(
                first.code, first.message, hint=first.hint, place=first.place, all_of=self.found
            )


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean "x"?`, or the empty string where nothing is near."""
    names = list(known)
    spelled = SPELLINGS.get(word.lower().replace("-", "_"), "")
    if spelled in names:
        return f"did you mean {spelled!r}?"
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else ""


def check(table: Table, kind: str, path: Path, mistakes: Mistakes) -> None:
    """Check keys, kinds, choices and limits of a table and the tables in it."""
    keys = TABLES[kind]
    for name, value in table.items():
        here = (*path, name)
        key = keys.get(name)
        where = f"[{'.'.join(path)}]" if path else "the project file"
        if key is None:
            hint = nearest(name, keys) or f"known here: {', '.join(keys)}"
            mistakes.add("project.unknown-key", here, f"unknown key {name!r} in {where}", hint)
        elif (kind, name) in NOT_YET:
            mistakes.add(
                "project.not-yet", here, f"{name!r} in {where} is known but not supported yet", "remove it"
            )
        elif not _fits(value, key.kind):
            mistakes.add("project.value", here, f"{'.'.join(here)} must be {key.kind}, not {_word(value)}")
        else:
            _check_value(value, key, here, mistakes)


def _check_value(value: Any, key: Key, here: Path, mistakes: Mistakes) -> None:
    dotted = ".".join(here)
    if key.choices and value not in key.choices:
        right = INSTEAD.get((here[-1], str(value).lower()))
        hint = f"write {right!r}: AWS's word for it" if right else nearest(str(value), key.choices)
        options = " or ".join(repr(choice) for choice in key.choices)
        mistakes.add("project.value", here, f"{dotted} must be {options}, not {value!r}", hint)
    elif key.limits and not key.limits[0] <= value <= key.limits[1]:
        low, high = key.limits
        unit = f" {key.unit}" if key.unit else ""
        mistakes.add("project.value", here, f"{dotted} must be between {low} and {high}{unit}, not {value}")
    elif key.kind is Kind.TABLE:
        check(value, key.table, here, mistakes)
    elif key.kind is Kind.TABLES:
        for name, inner in value.items():
            if isinstance(inner, dict):
                check(inner, key.table, (*here, name), mistakes)
            else:
                mistakes.add(
                    "project.value", (*here, name), f"{dotted}.{name} must be a table, not {_word(inner)}"
                )
    elif key.kind is Kind.FRONTS:
        for inner in value if isinstance(value, list) else [value]:
            check(inner, key.table, here, mistakes)


def _fits(value: Any, kind: Kind) -> bool:
    match kind:
        case Kind.TEXT:
            return isinstance(value, str)
        case Kind.NUMBER:
            return isinstance(value, int) and not isinstance(value, bool)
        case Kind.SWITCH:
            return isinstance(value, bool)
        case Kind.TEXTS:
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case Kind.WORDS:
            return isinstance(value, str) or _fits(value, Kind.TEXTS)
        case Kind.MAP:
            return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
        case Kind.FRONTS:
            return isinstance(value, dict) or (
                isinstance(value, list) and all(isinstance(item, dict) for item in value)
            )
        case _:
            return isinstance(value, dict)


def _word(value: Any) -> str:
    """A wrong value in a person's words."""
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            odd = next((f"{key} = {item!r}" for key, item in value.items() if not isinstance(item, str)), "")
            return f"a table with {odd}" if odd else "a table"
        case list():
            return "a list"
        case _:
            return repr(value)
