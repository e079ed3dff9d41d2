"""One changed file, and what may be noted about its change.  [pure]"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from onezip.archive.manifest import ManifestEntry

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Change:
    """A file that both zips have, with other content. a and b are its first bytes.

    whole says that they are all of it; source_a and source_b are the entries of a .pyc file's source.
    """

    name: str
    a: bytes
    b: bytes
    whole: bool = True
    source_a: ManifestEntry | None = None
    source_b: ManifestEntry | None = None

    @property
    def text(self) -> bool:
        """Whether both are text: no NUL."""
        return b"\0" not in self.a and b"\0" not in self.b


@dataclass(frozen=True, slots=True)
class Note:
    """One reason why a file differs. Files with one code and the same words are told in one line."""

    code: str
    words: str
    detail: str = ""
    advice: str = ""


def first_difference(a: bytes, b: bytes) -> int:
    """The first place where two contents differ; the shorter one's length where it is the other's start."""
    low, high = 0, min(len(a), len(b))
    if a[:high] == b[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if a[low:middle] == b[low:middle] else (low, middle)
    return low


Look = Callable[[Change], Iterable[Note]]
"""Looks at a changed file: notes where it can tell why, nothing where it cannot."""
