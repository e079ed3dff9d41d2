"""What a function writes, read from pipes of our own, so that it can be read at a moment of our choice.

asyncio passes on what it read from a process one turn of the event loop later, when a request that the
function sent after it may have been handled already. Not for Windows, whose event loop has no readers.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
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
        self._streams: dict[int, int] = {}  # by our end of the pipe
        self._poll = select.poll()
        try:
            for stream in (1, 2):
                end, given = os.pipe()
                self._streams[end] = stream
                self._given.append(given)
        except OSError:
            self.close()
            raise
        for end in self._streams:
            os.set_blocking(end, False)
            self._poll.register(end, select.POLLIN)
            self._loop.add_reader(end, self._read, end)

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
        for end, _ in self._poll.poll(0):
            self._read(end)

    def close(self) -> None:
        """Hear no more."""
        self.give()
        for end in tuple(self._streams):
            self._drop(end)

    def _read(self, end: int) -> None:
        stream = self._streams.get(end)
        if stream is None:
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
            self._drop(end)
            self._closed(stream)

    def _drop(self, end: int) -> None:
        del self._streams[end]
        self._loop.remove_reader(end)
        with contextlib.suppress(KeyError):  # where its other half could not be made
            self._poll.unregister(end)
        os.close(end)
