"""A JSON template as events with lines.

The standard library judges the text; the tokens are then walked once more, because it tells no lines.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from onezip.config.template.scalar import Word, number
from onezip.config.template.tree import DEPTH, Builder
from onezip.errors import ProjectError
from onezip.model.place import Place

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_WORDS = {"true": True, "false": False, "null": None}


def is_json(text: str) -> bool:
    """Whether a text is JSON, however wrong it is as a template."""
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def read_json(text: str, file: str) -> Any:
    """The tree of a JSON text."""
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except RecursionError as error:
        raise ProjectError("template.limit", f"more than {DEPTH} levels deep", place=Place(file)) from error
    except json.JSONDecodeError as error:
        raise ProjectError(
            "template.syntax", f"not JSON: {error.msg}", place=Place(file, error.lineno)
        ) from error
    except ValueError as error:
        raise ProjectError("template.syntax", f"not JSON: {error}", place=Place(file)) from error
    builder = Builder(file)
    line, seen = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        _token(match[0], line, builder)
    return builder.root


def _token(token: str, line: int, builder: Builder) -> None:
    match token[0]:
        case "{":
            builder.open({}, line)
        case "[":
            builder.open([], line)
        case "}" | "]":
            builder.close()
        case "," | ":":
            pass
        case '"' if builder.at_key():
            builder.key(_string(token, line, builder), line)
        case '"':
            builder.scalar(Word(_string(token, line, builder), Place(builder.file, line)), line)
        case _:
            value: Any = _WORDS[token] if token in _WORDS else number(token)
            builder.scalar(value, line)


def _string(token: str, line: int, builder: Builder) -> str:
    text: str = json.loads(token)
    if not text.isascii() and re.search("[\ud800-\udfff]", text):
        raise ProjectError(
            "template.syntax", "half a surrogate pair is no character", place=Place(builder.file, line)
        )
    return text


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")
