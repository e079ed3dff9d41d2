"""The line of a key in a TOML text. Only an error pays for it: tomlkit is imported when one is worded."""

from __future__ import annotations

import re
from typing import Any

_MARK = "line-of-this-key"


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """The line, counted from 1, where the key stands, or that of the nearest table above it.

    A copy of the document gets a mark in the key's place; tomlkit keeps every other line as it is.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError
    from tomlkit.items import Table

    for depth in range(len(path), 0, -1):
        try:
            document = tomlkit.parse(text)
            parent: Any = document
            for key in path[: depth - 1]:
                parent = parent[key]
            value = parent[path[depth - 1]]
            if isinstance(value, Table):
                value.comment(_MARK)
            else:
                parent[path[depth - 1]] = _MARK
            marked = tomlkit.dumps(document)
        except (TOMLKitError, LookupError, TypeError, AttributeError, ValueError):
            continue
        if _MARK in marked:
            return marked[: marked.index(_MARK)].count("\n") + 1
        header = re.search(rf"^\s*\[+\s*{re.escape('.'.join(path[:depth]))}[\].]", text, re.MULTILINE)
        if header:  # a table that only its inner tables name
            return text[: header.end()].count("\n") + 1
    return None
