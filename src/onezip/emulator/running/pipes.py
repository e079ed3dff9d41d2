"""What a function writes, read from pipes of our own, so that it can be read at a moment of our choice.

asyncio passes on what it read from a process one turn of the event loop later, when a request that the
function sent after it may have been handled already. Not for Windows, whose event loop has no readers.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

CAPACITY = 1 << 16
"""Bytes that a pipe holds at most, unless somebody asks for more (pipe(7)): one read empties it."""


class Pipes:
    """Standard output (1) and standard error (2); heard and closed get the number."""

    def __init__(self, heard: Callable[[int, bytes], None], closed: Callable[[int], None]) -> None:
        """Raises OSError where there are no descriptors left."""
        self._heard = heard
        self._closed = closed
        self._loop = asyncio.get_running_loop()
        self._given: list[int] = []
        self._ends: dict[int, int] = {}
        try:
            for stream in (1, 2):
                self._ends[stream], given = os.pipe()
                self._given.append(given)
        except OSError:
            self.close()
            raise
        for stream, end in self._ends.items():
            os.set_blocking(end, False)
            self._loop.add_reader(end, self._read, stream)

    @property
    def given(self) -> tuple[int, int]:
        """What the process gets as its standard output and standard error."""
        return self._given[0], self._given[1]

    def give(self) -> None:
        """The process has its ends, or there will be none: only others can write from now on."""
        for end in self._given:
            os.close(end)
        self._given.clear()

    def read(self) -> None:
        """Hear all that was written before this moment."""
        for stream in tuple(self._ends):
            self._read(stream)

    def close(self) -> None:
        """Hear no more."""
        self.give()
        for stream in tuple(self._ends):
            self._drop(stream)

    def _read(self, stream: int) -> None:
        end = self._ends.get(stream)
        if end is None:
            return
        try:
            data = os.read(end, CAPACITY)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._heard(stream, data)
        else:
            self._drop(stream)
            self._closed(stream)

    def _drop(self, stream: int) -> None:
        end = self._ends.pop(stream)
        self._loop.remove_reader(end)
        os.close(end)
