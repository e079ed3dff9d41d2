"""Which zips answered here: one small file for each digest in the state folder, `tested/SHA256.json`.

    {"version": 1, "sha256": HEX, "function": NAME, "at": "2026-11-21T16:00:00Z"}

The emulator's commands write one when a function's zip answered an invocation without an error; `onezip
deploy --tested` reads it. A file appears whole or not at all, and none is ever changed by two at once: the
same digest has the same meaning whoever writes it.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from onezip.folders import make_private

VERSION = 1
"""Of the file's format; another one is as good as no file."""

MOST = 1000
"""Digests that are remembered; the oldest go first."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A zip that answered: its hex SHA-256, the function's name, and when (RFC 3339, UTC)."""

    sha256: str
    function: str
    at: str
    version: int = VERSION


def as_text(answer: Answer) -> str:
    """The file's text."""
    return json.dumps(asdict(answer)) + "\n"


def from_text(text: str) -> Answer | None:
    """What a file says; None for one that is cut, foreign or of another version."""
    try:
        table: Any = json.loads(text)
        if table["version"] != VERSION or not _DIGEST.fullmatch(table["sha256"]):
            return None
        return Answer(table["sha256"], str(table["function"]), str(table["at"]))
    except (ValueError, LookupError, TypeError):
        return None


def remember(state: str, answer: Answer) -> None:
    """Write that a zip answered. Raises OSError; ValueError for what is no digest."""
    if not _DIGEST.fullmatch(answer.sha256):
        raise ValueError(f"{answer.sha256!r} is no SHA-256 in hex")
    folder = os.path.join(state, "tested")
    make_private(folder)
    fd, beside = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=folder)
    try:
        with os.fdopen(fd, "w", encoding="utf-8", newline="\n") as file:
            file.write(as_text(answer))
        os.replace(beside, os.path.join(folder, f"{answer.sha256}.json"))
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
    _prune(folder)


def recall(state: str, sha256: str) -> Answer | None:
    """What is known of a digest; None where it never answered here."""
    if not _DIGEST.fullmatch(sha256):
        return None
    try:
        with open(os.path.join(state, "tested", f"{sha256}.json"), encoding="utf-8") as file:
            found = from_text(file.read(4096))
    except (OSError, UnicodeDecodeError):
        return None
    return found if found is not None and found.sha256 == sha256 else None


def _prune(folder: str) -> None:
    with suppress(OSError):
        files = [entry for entry in os.scandir(folder) if entry.name.endswith(".json")]
        if len(files) > MOST:
            ages = []
            for entry in files:
                with suppress(OSError):  # another process removes them too
                    ages.append((entry.stat().st_mtime, entry.path))
            for _, path in sorted(ages)[: max(len(ages) - MOST, 0)]:
                with suppress(OSError):
                    os.unlink(path)
