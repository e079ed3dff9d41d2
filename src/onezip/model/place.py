"""Where something was said."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A file as the user knows it, and a line that counts from 1, where one is known."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"
