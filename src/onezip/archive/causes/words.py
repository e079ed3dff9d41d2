"""The words of causes: names, counts and foreign text, fit for one line of a terminal.  [pure]"""

from __future__ import annotations

from collections.abc import Collection, Sequence

LINE = 160
"""Characters of one line of foreign text that are shown."""

_PLURALS = {"entry": "entries", "library": "libraries"}
_NAME = 100


def escaped(text: str, most: int = LINE) -> str:
    """Foreign text on one line: what is not printable is escaped (control characters, bidirectional marks).

    Longer text is cut in its middle.
    """
    if len(text) > most:
        text = f"{text[: most * 2 // 3]}...{text[-(most // 4) :]}"
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def quoted(text: str) -> str:
    """A short foreign text between quotes, so that blanks and emptiness can be seen."""
    return f'"{escaped(text, _NAME)}"'


def counted(number: int, noun: str) -> str:
    """`1 entry`, `312 entries`."""
    return f"{number:,} {noun if number == 1 else _PLURALS.get(noun, noun + 's')}"


def named(names: Collection[str], noun: str = "file") -> str:
    """One name, two names, or how many and where: `312 files in lib/`."""
    first = [escaped(name, _NAME) for name, _ in zip(names, range(2), strict=False)]
    if len(names) <= 2:
        return " and ".join(first)
    folder = common_folder(names)
    where = f" in {escaped(folder, _NAME)}" if folder else f", such as {first[0]}"
    return f"{counted(len(names), noun)}{where}"


def common_folder(names: Collection[str]) -> str:
    """The deepest folder that holds all of them, with a slash at its end; empty for the top."""
    lowest, highest = min(names, default=""), max(names, default="")
    length = 0
    while length < min(len(lowest), len(highest)) and lowest[length] == highest[length]:
        length += 1
    return lowest[: lowest.rfind("/", 0, length) + 1]


def listed(items: Sequence[str], most: int = 4) -> str:
    """A few of many: `a, b, c and 9 more`."""
    if len(items) > most:
        items = [*items[: most - 1], f"{len(items) - most + 1:,} more"]
    return " and ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)


def both(here: str, there: str) -> str:
    """What A has and what B has."""
    return f"{here} here, {there} there"


def either(*, here: bool) -> str:
    """Where something stands that the other zip has not."""
    return "here" if here else "there"
