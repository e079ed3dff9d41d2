"""Fronts that nobody described: they listen at once, and are made when somebody asks.

Most who run a function call it through the Lambda plane; the gateway's own modules take as long to import
as all of that plane.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from onezip.emulator.http.exchange import Exchange
from onezip.emulator.http.guard import known_hosts
from onezip.emulator.http.limits import Limits
from onezip.emulator.http.server import Server

if TYPE_CHECKING:
    from onezip.emulator.front.server import FrontServer

LIMITS = Limits(body=10 * 1024 * 1024)
"""The largest body of a gateway; what is over it is refused in the front's own words."""


class LaterFront:
    """Listens for a FrontServer of APIs without a host name, over HTTP; make makes it."""

    def __init__(self, make: Callable[[], FrontServer]) -> None:
        self._make = make
        self._front: FrontServer | None = None
        self._server = Server(self._first, LIMITS, date=True)
        self._port = 0

    async def start(
        self, host: str = "127.0.0.1", port: int = 3000, names: Iterable[str] = ()
    ) -> tuple[str, int]:
        """Listen; names are further host names to answer to. Raises OSError."""
        bound = await self._server.start(host, port)
        self._port = bound[1]
        self._server.admit = known_hosts(host, bound[1], names, pages=True)
        return bound

    def retire(self) -> None:
        """Keep no connection; what is under way goes on."""
        self._server.closing = True

    async def close(self) -> None:
        """End; answers that are ready are sent."""
        if self._front is None:
            await self._server.close(0.2)
        else:
            await self._front.close()

    def _first(self, exchange: Exchange) -> None:
        self._front = self._make()
        self._front.take(self._server, self._port)
        self._server.handler(exchange)
