"""Two zips, and why they differ.  [pure]

The causes are in `causes/`, a table of them in `causes.FINDERS`. Whatever the zips hold, time and memory are
bounded: content is read up to limits, and what is more is counted.
"""

from __future__ import annotations

from collections.abc import Sequence

from onezip.archive.causes import FINDERS
from onezip.archive.causes.cause import TABLE, Cause, ranked
from onezip.archive.causes.components import components
from onezip.archive.causes.container import fallback
from onezip.archive.causes.maker import maker
from onezip.archive.causes.sides import compare
from onezip.archive.manifest import Content, Manifest
from onezip.model.build import Component

__all__ = ["TABLE", "Cause", "explain", "explain_components", "maker"]


def explain(a: Manifest, content_a: Content, b: Manifest, content_b: Content) -> list[Cause]:
    """Why two zips differ, the most telling cause first; nothing where their bytes are equal, else something.

    In the words, a is "here" and b is "there". A content that also has `packed` (`reader.ZipContent`) lets
    the compressors be told, one that has `at` the first byte that differs.
    """
    if a == b or (a.sha256 and a.sha256 == b.sha256):
        return []
    sides = compare(a, content_a, b, content_b)
    causes = [cause for finder in FINDERS for cause in finder(sides)]
    return ranked(causes or [fallback(sides)])


def explain_components(old: Sequence[Component], new: Sequence[Component]) -> list[Cause]:
    """Why a build is not the one of before, the most telling first: `toolchain: go1.26.1 -> go1.26.8`."""
    return ranked(components(old, new))
