"""Text that differs in line ends, byte order mark, last line end or shebang; and short diffs.  [pure]"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import unified_diff

from onezip.archive.causes.change import BOM, Change, Note
from onezip.archive.causes.words import LINE, both, escaped

MOST_LINES = 12
"""Lines of a diff that are shown."""

_WINDOW = 60  # lines after the first that differs: the work of difflib grows with the square
_BEFORE = 40  # characters before a difference in a long line


def form(change: Change) -> Iterator[Note]:
    """Only line ends, byte order mark or the last line end differ: then all that do."""
    if not change.text or not change.whole or _plain(change.a) != _plain(change.b):
        return
    if (b"\r" in change.a) != (b"\r" in change.b) or change.a.count(b"\r\n") != change.b.count(b"\r\n"):
        words = f"only line ends differ: {both(_line_ends(change.a), _line_ends(change.b))}"
        yield Note("differs.line-ends", words)
    if change.a.startswith(BOM) != change.b.startswith(BOM):
        words = "a byte order mark only " + ("here" if change.a.startswith(BOM) else "there")
        yield Note("differs.bom", words)
    one, other = (side.endswith((b"\n", b"\r")) for side in (change.a, change.b))
    if one != other:
        yield Note("differs.final-newline", f"the last line has an end only {'here' if one else 'there'}")


def shebang(change: Change) -> Iterator[Note]:
    """Scripts that differ in their first line only: installers write the path of their Python there."""
    one, other = (side.partition(b"\n") for side in (change.a, change.b))
    if not (one[0].startswith(b"#!") and other[0].startswith(b"#!")) or one[0] == other[0]:
        return
    if one[2] == other[2] and change.whole:
        words = both(*(escaped(line[0].decode("utf-8", "backslashreplace")) for line in (one, other)))
        yield Note("differs.shebang", f"only the first line of the script differs: {words}")


def diff(a: bytes, b: bytes) -> str:
    """A short unified diff: at most MOST_LINES lines, each at most LINE characters, nothing unprintable.

    Only the lines from the first that differs on are compared.
    """
    here, there = (side.decode("utf-8", "backslashreplace").removesuffix("\n").split("\n") for side in (a, b))
    start = _first(here, there)
    one, other = here[start : start + 1], there[start : start + 1]
    if one and other and max(len(one[0]), len(other[0])) > LINE:
        at = _first(one[0], other[0])
        return "\n".join(f"{sign}{_excerpt(line[0], at)}" for sign, line in (("-", one), ("+", other)))
    start = max(0, start - 1)
    lines = list(
        unified_diff(here[start : start + _WINDOW], there[start : start + _WINDOW], lineterm="", n=1)
    )[2:]
    shown = [f"line {start + 1}:"] + [_shown(line) for line in lines if not line.startswith("@@")]
    if len(shown) > MOST_LINES:
        shown = [*shown[: MOST_LINES - 1], "..."]
    return "\n".join(shown)


def _plain(data: bytes) -> bytes:
    return data.removeprefix(BOM).replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n")


def _line_ends(data: bytes) -> str:
    pairs = data.count(b"\r\n")
    if not pairs:
        return "CR" if b"\r" in data else "LF"
    return "CRLF" if data.count(b"\n") == pairs else "CRLF and LF"


def _first(one: Sequence[str], other: Sequence[str]) -> int:
    """The first place where two sequences differ."""
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))


def _excerpt(line: str, at: int) -> str:
    start = max(0, at - _BEFORE)
    head = "..." if start else ""
    rest = line[start:]
    return escaped(head + (rest if len(rest) <= LINE else rest[: LINE - 3 - len(head)] + "..."), LINE + 6)


def _shown(line: str) -> str:
    return line[:1] + escaped(line[1:])
