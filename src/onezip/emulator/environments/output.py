"""What a function writes, cut into lines, and how it ends.                                         [pure]

A line that never ends takes only so much memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Line = Callable[[str, bytes], None]
"""Gets `stdout` or `stderr`, and a line without its end."""

LONGEST = 256 * 1024
"""Bytes of a line; what is longer comes in several. CloudWatch Logs takes no larger event (its quotas)."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: exit code or signal number; out_of_memory where onezip killed it for that."""

    code: int | None
    signal: int | None = None
    out_of_memory: bool = False


class Lines:
    """Bytes in, whole lines out, without their line ends."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are whole now."""
        found: list[bytes] = []
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            self._take(memoryview(data)[start:end], found)
            found.append(self._flush())
            start = end + 1
        self._take(memoryview(data)[start:], found)
        return found

    def end(self) -> list[bytes]:
        """The last line, where nothing ended it."""
        return [self._flush()] if self._rest else []

    def _take(self, piece: memoryview, found: list[bytes]) -> None:
        while len(self._rest) + len(piece) > LONGEST:
            room = LONGEST - len(self._rest)
            self._rest += piece[:room]
            piece = piece[room:]
            found.append(bytes(self._rest))
            self._rest.clear()
        self._rest += piece

    def _flush(self) -> bytes:
        line = bytes(self._rest.removesuffix(b"\r"))
        self._rest.clear()
        return line
