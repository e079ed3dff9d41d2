"""Query strings, as each front reads them.                                                      [pure]"""

from __future__ import annotations

import re
from urllib.parse import unquote, unquote_plus

from onezip.emulator.events.uncertain import INVALID_UTF8, KEY_WITHOUT_EQUALS

_BROKEN = re.compile("%(?![0-9A-Fa-f]{2})")


def parameters(query: str, *, decode: bool = True, semicolons: bool = False) -> list[tuple[str, str]]:
    """Names and values in order. Decoded, `+` is a space; a load balancer decodes nothing."""
    pairs = []
    for part in re.split("[&;]", query) if semicolons else query.split("&"):
        if not part:
            continue
        name, equals, value = part.partition("=")
        if not equals:
            value = KEY_WITHOUT_EQUALS.value
        if decode and ("%" in part or "+" in part):
            name = unquote_plus(name, errors=INVALID_UTF8.value)
            value = unquote_plus(value, errors=INVALID_UTF8.value)
        pairs.append((name, value))
    return pairs


def decoded_path(path: str) -> str:
    """A path, decoded once, as a function URL shows it."""
    return unquote(path, errors=INVALID_UTF8.value)


def twice_decoded_path(path: str) -> str | None:
    """A path as an HTTP API shows it: decoded, cut at a question mark, and decoded again.

    Recorded: `%252F` becomes `/`, `%3F` ends the path and `%253F` does not; what is no percent-encoding
    after the first time (`%25done`) is refused, here None.
    """
    if "%" not in path:
        return path
    once = unquote(path, errors=INVALID_UTF8.value).partition("?")[0]
    if _BROKEN.search(once):
        return None
    return unquote(once, errors=INVALID_UTF8.value)


def last(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Each name with its last value."""
    return dict(pairs)


def joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Each name with all its values, joined by commas without space."""
    once = dict(pairs)
    if len(once) == len(pairs):
        return once
    return {name: ",".join(values) for name, values in listed(pairs).items()}


def listed(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Each name with a list of its values."""
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(value)
    return lists
