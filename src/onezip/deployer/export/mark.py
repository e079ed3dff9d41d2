"""The mark by which an export knows a file that it wrote itself, and so may write anew."""

from __future__ import annotations

MARK = "Written by `onezip export"
_WITHIN = 400
"""Characters of a file in which the mark has to stand."""


def head(form: str) -> str:
    """The line that tells a reader where a file comes from."""
    return f"{MARK} {form}`; edit the project file instead, and export again."


def is_ours(text: str) -> bool:
    """Whether a file was written by an export."""
    return MARK in text[:_WITHIN]
