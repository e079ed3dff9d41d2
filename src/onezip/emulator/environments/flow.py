"""A response on its way through: from the runtime that writes it to the caller that reads it, at his pace.

Nothing of it is kept here. Where the caller reads more slowly than the function writes, the runtime's
connection is not read, and the function waits in its write.
"""

from __future__ import annotations

from collections.abc import Callable

from onezip.emulator.environments.runtime_api import Event, Streamed, StreamEnded
from onezip.emulator.http.exchange import Exchange
from onezip.emulator.http.message import Part


class Flow:
    """One response that comes in parts. on_part gets them; without it they are thrown away."""

    def __init__(self, exchange: Exchange, happen: Callable[[Event], None]) -> None:
        """Exchange is the runtime's request; happen tells the environment what comes."""
        self.on_part: Callable[[bytes], None] | None = None
        self._exchange = exchange
        self._happen = happen
        exchange.on_part = self._came

    def _came(self, part: Part) -> None:
        connection = self._exchange.request.connection
        if part.data:
            self._happen(Streamed(connection, part.data))
        if part.trailers is not None:
            self._happen(StreamEnded(connection, part.trailers))

    def passed(self, data: bytes) -> None:
        """A part may go to the caller."""
        if self.on_part is not None:
            self.on_part(data)

    def hold(self) -> None:
        """Read no more for now."""
        self._exchange.hold()

    def release(self) -> None:
        """Read on."""
        self._exchange.release()

    def close(self) -> None:
        """Nobody wants the rest; the function may write it all the same."""
        self.on_part = None
        self._exchange.release()


def pour(flow: Flow, exchange: Exchange, take: Callable[[bytes], None]) -> None:
    """Give a response's parts to `take`, which sends them by this exchange, as fast as its client reads."""

    def came(data: bytes) -> None:
        take(data)
        if exchange.congested:
            flow.hold()

    flow.on_part = came
    exchange.on_writable = flow.release
