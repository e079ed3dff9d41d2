"""The grammar of a requirements file: lines, comments, options ("Requirements File Format", pip).  [pure]"""

from __future__ import annotations

import re
from collections.abc import Iterator

_COMMENT = re.compile(r"(^|\s)#.*$")
_OPTION = re.compile(r"(?P<long>--[A-Za-z-]+)(?:=|\s+|$)(?P<value>.*)|(?P<short>-[A-Za-z])\s*(?P<rest>.*)")


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """(line number, text) of each line, comments removed, continued lines joined, empty ones left out."""
    start, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        is_comment = line.lstrip().startswith("#")
        start = start if parts else number
        if line.endswith("\\") and not is_comment:
            parts.append(line[:-1])
            continue
        parts.append(" " if is_comment else line)
        joined = _COMMENT.sub("", "".join(parts)).strip()
        if joined:
            yield start, joined
        parts.clear()
    rest = _COMMENT.sub("", "".join(parts)).strip()
    if rest:
        yield start, rest


def split_option(line: str) -> tuple[str, str]:
    """`--name value`, `--name=value` or `-n value`, quotes removed."""
    match = _OPTION.match(line)
    if match is None:
        return line, ""
    option = match["long"] or match["short"]
    value = (match["value"] if match["long"] else match["rest"]).strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return option, value


def masked(text: str) -> str:
    """A line without the user and password of its URLs."""
    return re.sub(r"//[^/@\s]*@", "//", text)
