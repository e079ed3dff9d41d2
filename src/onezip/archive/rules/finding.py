"""What a rule finds, and what a rule is.  [pure]"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onezip.codes import CODES
from onezip.errors import Severity

if TYPE_CHECKING:
    from onezip.archive.rules.subject import Subject


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a zip. entry is the name in the zip, empty where it is about the whole.

    prevents is what Lambda or its loader would say, word for word, with `<id>` and its like for what changes;
    empty where nothing would be said. fix is the next step.
    """

    code: str
    severity: Severity
    message: str
    entry: str = ""
    prevents: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: a code, its usual severity, how it is found, and a paragraph for the docs.

    find yields findings of this code only; single ones may be graver or lighter than the usual.
    """

    code: str
    severity: Severity
    find: Callable[[Subject], Iterable[Finding]]
    docs: str

    @property
    def meaning(self) -> str:
        """The rule in one line."""
        return CODES[self.code]


def several(names: Sequence[str], shown: int = 3) -> str:
    """Names in a sentence: `'a', 'b' and 12 more`; escaped, and each cut where it is long."""
    words = ", ".join(quoted(name) for name in names[:shown])
    return f"{words} and {len(names) - shown:,} more" if len(names) > shown else words


def top(name: str) -> str:
    """The first part of a name: its folder at the root."""
    return name.partition("/")[0]


def quoted(name: str, most: int = 120) -> str:
    """A name as a message shows it: quoted, escaped, and short."""
    return ascii(name if len(name) <= most else f"{name[: most * 2 // 3]}...{name[-most // 4 :]}")


def megabytes(size: int) -> str:
    """Bytes in words: `12.3 MB` (2**20 bytes), `4.5 KB`, `17 bytes`."""
    if size >= 1 << 20:
        return f"{size / (1 << 20):,.1f} MB"
    return f"{size / 1024:.1f} KB" if size >= 1024 else f"{size} bytes"
