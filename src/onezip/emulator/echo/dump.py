"""An event as a typed dump, in the style of Go's spew.                                           [pure]"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any


def dump(event: Mapping[str, Any], made_up: Collection[str] = ()) -> str:
    """The dump, a line for each value; what is made up says so."""
    return "\n".join(_lines(event, "", "", made_up)) + "\n"


def _lines(value: Any, path: str, lead: str, marks: Collection[str]) -> Iterator[str]:
    """A value's lines; lead is what stands before it on the first one."""
    indent = " " * (len(lead) - len(lead.lstrip(" ")))
    note = "  // made up" if path in marks else ""
    match value:
        case dict():
            yield f"{lead}(map[string]interface {{}}) (len={len(value)}) {{"
            for name, inner in value.items():
                key = f"{indent} (string) (len={len(name.encode('utf-8', 'replace'))}) {_quoted(name)}: "
                yield from _ended(inner, f"{path}.{name}" if path else name, key, marks)
            yield f"{indent}}}"
        case list():
            yield f"{lead}([]interface {{}}) (len={len(value)} cap={len(value)}) {{"
            for number, inner in enumerate(value):
                yield from _ended(inner, f"{path}[{number}]", f"{indent} ", marks)
            yield f"{indent}}}"
        case None:
            yield f"{lead}(interface {{}}) <nil>{note}"
        case bool():
            yield f"{lead}(bool) {str(value).lower()}{note}"
        case int():
            yield f"{lead}(int64) {value}{note}"
        case float():
            yield f"{lead}(float64) {value:g}{note}"
        case _:
            size = len(value.encode("utf-8", "replace"))
            yield f"{lead}(string) (len={size}) {_quoted(value)}{note}"


def _ended(value: Any, path: str, lead: str, marks: Collection[str]) -> Iterator[str]:
    """The lines of an item, with a comma after its value."""
    *before, last = _lines(value, path, lead, marks)
    yield from before
    text, note, rest = last.partition("  // made up") if path in marks else (last, "", "")
    yield f"{text},{note}{rest}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
