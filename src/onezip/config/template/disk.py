"""What a template's reader asks about the disk. It opens nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Disk:
    """Answers about the project's folder. Paths are relative to it, with forward slashes; `..` may lead out.

    listing gives the names in a folder; read the text of a file (UTF-8), or None where there is none. root
    is the folder's absolute path, for templates that name files by theirs.
    """

    is_file: Callable[[str], bool]
    is_dir: Callable[[str], bool]
    listing: Callable[[str], Sequence[str]]
    read: Callable[[str], str | None]
    root: str = ""
