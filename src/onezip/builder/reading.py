"""The text of a project's files, as languages read it (`base.Read`)."""

from __future__ import annotations


def read_text(path: str) -> str | None:
    """The text of a file, or None where there is none; what is not UTF-8 comes as U+FFFD.

    Raises OSError for one that cannot be read.
    """
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
