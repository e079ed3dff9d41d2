"""The chunked transfer coding, decoded strictly: RFC 9112 section 7.1.                          [pure]

httptools parses whole messages and does not say where one ends, so that a pipelined request behind a
chunked body could not be held back. Hence this decoder; it accepts nothing but the grammar: hexadecimal
sizes, CRLF after each line and each chunk, extensions of bounded length.
"""

from __future__ import annotations

import re

LINE = 4096
"""Bytes of a chunk's size line, extensions included."""
OVERHEAD = 16384
"""Bytes of framing beyond what chunks of a fair size need: tiny chunks and extensions without end."""
MANY = 65536
"""Chunks that may be tiny. Beyond them a chunk has 16 bytes on average, or the work is all framing."""
SMALL = 4096
"""Chunks below this size are gathered in one buffer, so that a million of them are not a million objects."""

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?")


class BadChunk(ValueError):
    """The chunked body breaks the grammar or its bounds; the text says how."""


class Chunks:
    """Takes a body's bytes out of a buffer as they come.

    size counts the bytes of the body so far; more of them than limit are counted and not kept.
    """

    __slots__ = ("_count", "_excess", "_left", "_limit", "_parts", "ended", "size")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left = -1  # bytes of the chunk and its CRLF that are to come; -1: a size line comes
        self._excess = 0
        self._count = 0
        self._parts: list[bytes | bytearray] = []
        self.size = 0
        self.ended = False

    def take(self, data: bytearray) -> bool:
        """Remove what is complete from data; true after the last chunk (trailers come then)."""
        at = 0
        while not self.ended:
            if self._left < 0:
                after = self._line(data, at)
                if after < 0:
                    break
                at = after
            else:
                after = self._content(data, at)
                if after == at:
                    break
                at = after
        del data[:at]
        return self.ended

    def taken(self) -> bytes:
        """What has come since the last call. What is taken piece by piece may be of any number of pieces."""
        parts, self._parts = self._parts, []
        self._count = 0
        return b"".join(parts)

    def body(self) -> bytes:
        """All of the body, once it has ended."""
        return b"".join(self._parts)

    def _line(self, data: bytearray, at: int) -> int:
        end = data.find(b"\r\n", at, at + LINE)
        if end < 0:
            if len(data) - at >= LINE:
                raise BadChunk(f"a chunk's size line is longer than {LINE} bytes")
            if len(data) > at and not _SIZE.fullmatch(data[at:].rstrip(b"\r")):
                raise BadChunk("a chunk's size is not a hexadecimal number")
            return -1
        line = _SIZE.fullmatch(data, at, end)
        if line is None:
            raise BadChunk("a chunk's size is not a hexadecimal number")
        size = int(line[1], 16)
        # The allowance of Go's net/http: 16 bytes for each chunk, and as much as the data again.
        self._excess = max(0, self._excess + end + 2 - at - 16 - 2 * size)
        self._count += 1
        if self._excess > OVERHEAD or self._count > MANY + self.size // 16:
            raise BadChunk("the chunks are mostly framing")
        if size == 0:
            self.ended = True
        else:
            self._left = size + 2
        return end + 2

    def _content(self, data: bytearray, at: int) -> int:
        left = self._left
        if left > 2:
            end = min(len(data), at + left - 2)
            self._keep(data, at, end)
            self._left = left - (end - at)
            return end
        if data[at : at + 2] == b"\r\n":
            self._left = -1
            return at + 2
        if len(data) - at >= 2 or not b"\r".startswith(data[at:]):
            raise BadChunk("a chunk is longer than its size says")
        return at

    def _keep(self, data: bytearray, at: int, end: int) -> None:
        if end == at:
            return
        self.size += end - at
        if self.size > self._limit:
            self._parts.clear()
            return
        parts = self._parts
        piece = bytes(memoryview(data)[at:end])
        if len(piece) >= SMALL or not parts:
            parts.append(piece)
        elif isinstance(last := parts[-1], bytearray):
            last += piece
        else:
            parts.append(bytearray(piece))
