"""Content with an end: whatever a zip says of itself, only so many bytes of it are read.  [pure]"""

from __future__ import annotations

from onezip.archive.manifest import Content, Manifest
from onezip.errors import ArchiveError

UNPACKED = 1 << 30
"""Bytes that all rules together unpack: four times what Lambda takes."""

TIMES = 4
"""How often all bytes of a zip are read, all rules together. Where entries share none, each can be read so
often; the rules do it once or twice."""

MOST_READS = 500_000
"""How often entries are opened, all rules together."""


class Bounded:
    """A Content that stops: after so many bytes it raises ArchiveError archive.limit instead.

    Both sides count: a deflate stream may be short and hold much, or long and hold nothing. What is packed
    counts whole, since a stream may begin with blocks that are empty.
    """

    def __init__(self, content: Content, manifest: Manifest) -> None:
        self._content = content
        self._entries = {entry.name: entry for entry in manifest.entries}
        self._out, self._in, self._reads = UNPACKED, TIMES * manifest.size, MOST_READS

    def read(self, name: str, limit: int) -> bytes:
        """At most limit bytes from the start of the named entry; raises ArchiveError."""
        entry = self._entries.get(name)
        if entry is None:
            raise ArchiveError("archive.malformed", f"there is no entry {name!a}")
        size = max(0, min(limit, entry.size))
        if size > self._out or entry.packed > self._in or not self._reads:
            raise ArchiveError("archive.limit", f"{name!a} is not looked at: too much was read before it")
        self._out -= size
        self._in -= entry.packed
        self._reads -= 1
        return self._content.read(name, limit)[:size]
