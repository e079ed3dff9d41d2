"""What a function's last zip was made from, so that its streams can serve again: a file beside the state.

    {"version": 1, "onezip": VERSION, "schema": SCHEMA, "engine": ENGINE, "sha256": DIGEST, "at": TIME,
     "entries": {NAME: [PATH, SIZE, MTIME_NS, CTIME_NS, OWN, SHA256 or ""]}}

It is read only where something is packed. Losing it costs time, never a wrong result.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import Any

from onezip import __version__
from onezip.archive.compress import engine
from onezip.archive.previous import Previous
from onezip.builder.fingerprint import SCHEMA
from onezip.folders import make_private
from onezip.model.function import Compression

VERSION = 1


class Listing:
    """The listing at a path, of zips that this engine made."""

    def __init__(self, path: str, compression: Compression) -> None:
        self._path = path
        self._now = time.time_ns()
        self._head: dict[str, Any] = {
            "version": VERSION,
            "onezip": __version__,
            "schema": SCHEMA,
            "engine": engine(compression),
        }

    def previous(self, zip_path: str, *, doubt: bool) -> Previous:
        """The zip there, if it is the one listed; with doubt on, as if nothing were listed."""
        found = {} if doubt else self._read()
        entries = found.get("entries", {})
        return Previous(zip_path, found.get("sha256", ""), entries, found.get("at", 0), self._now)

    def write(self, previous: Previous, sha256: str) -> None:
        """List what the zip of this digest was made from. A listing that cannot be written costs time."""
        text = json.dumps(
            {**self._head, "sha256": sha256, "at": self._now, "entries": previous.listing},
            separators=(",", ":"),
        )
        beside = f"{self._path}.{os.getpid()}.tmp"
        with contextlib.suppress(OSError):
            make_private(os.path.dirname(self._path))
            with open(beside, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(beside, self._path)

    def _read(self) -> dict[str, Any]:
        try:
            with open(self._path, "rb") as file:
                found = json.loads(file.read())
            rows = found["entries"].values()
            sound = all(isinstance(row, list) and len(row) == 6 for row in rows)
            if sound and {key: found[key] for key in self._head} == self._head and int(found["at"]):
                return dict(found)
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            pass
        return {}
