"""Variables that a user gives to functions for one run: `--env`, `--pass-env`, a `.env` file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from onezip.errors import UsageError
from onezip.model.place import Place

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "$": "$"}
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?', re.DOTALL)
_SINGLE = re.compile(r"'([^']*)'\s*(?:#.*)?", re.DOTALL)


def parse(text: str, file: str) -> dict[str, str]:
    """The variables of a `.env` file: `NAME=VALUE` lines, `#` comments, quotes; nothing is expanded.

    Raises UsageError for a line that is neither.
    """
    found: dict[str, str] = {}
    for number, line in _lines(text):
        match = _LINE.fullmatch(line)
        value = _value(match[2]) if match else None
        if match is None or value is None:
            raise UsageError(
                "usage.command",
                "a line that is no NAME=VALUE",
                hint="quote values with quotes or `#` in them",
                place=Place(file, number),
            )
        found[match[1]] = value
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, by number; a quoted value may have several."""
    waiting, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if waiting:
            waiting += f"\n{line}"
        elif not line.strip() or line.lstrip().startswith("#"):
            continue
        else:
            waiting, start = line.strip(), number
        value = waiting.partition("=")[2].lstrip()
        quote = value[:1]
        if quote in {'"', "'"} and not (_DOUBLE if quote == '"' else _SINGLE).fullmatch(value):
            continue
        yield start, waiting
        waiting = ""
    if waiting:
        yield start, waiting


def _value(text: str) -> str | None:
    if text.startswith("'"):
        found = _SINGLE.fullmatch(text)
        return found[1] if found else None
    if text.startswith('"'):
        found = _DOUBLE.fullmatch(text)
        if found is None:
            return None
        return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[0]), found[1], flags=re.DOTALL)
    return re.split(r"\s+#", text, maxsplit=1)[0].rstrip()


def assigned(words: Sequence[str]) -> dict[str, str]:
    """The variables of `--env NAME=VALUE`. Raises UsageError."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError("usage.command", f"--env {word!r} has no value", hint="write it as NAME=VALUE")
        found[name] = value
    return found


def passed(names: Sequence[str], environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of `--pass-env NAME` that the caller has."""
    return {name: environ[name] for name in names if name in environ}
