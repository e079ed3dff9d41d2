"""An HTTP/1.1 server: an asyncio.Protocol around the wire, a callback for each request, no task.

One request of a connection is answered at a time; what a client sends ahead waits in the wire's buffer,
and when that is full the socket is not read. Whatever a client does ends in an answer or a close: one
sweep of the server looks at the deadlines of its connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl as tls
import time
from collections.abc import Awaitable, Callable

from onezip.emulator.http.connection import TEXT, Connection, Handler
from onezip.emulator.http.exchange import Exchange
from onezip.emulator.http.limits import Limits
from onezip.emulator.http.message import Refusal, Request, Response

__all__ = ["Exchange", "Handler", "Limits", "Server", "asynchronous"]

DEFAULT = Limits()

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def formatted(at: time.struct_time) -> str:
    """A time in UTC as the Date header has it (RFC 9110 section 5.6.7). email.utils is slow to import."""
    day, month = _DAYS[at.tm_wday], _MONTHS[at.tm_mon - 1]
    return f"{day}, {at.tm_mday:02} {month} {at.tm_year} {at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} GMT"


class Server:
    """One listening address.

    admit sees a request's head before its body is read, and may refuse it; it may be set after `start`,
    when the port is known. flows says of a request with a body whether the handler takes it in parts
    (`Exchange.on_part`). on_refused hears of every refusal, with the client's address. date adds the
    Date header.
    """

    def __init__(
        self,
        handler: Handler,
        limits: Limits = DEFAULT,
        *,
        admit: Callable[[Request], Refusal | None] | None = None,
        flows: Callable[[Request], bool] | None = None,
        date: bool = False,
        ssl: tls.SSLContext | None = None,
        on_refused: Callable[[Refusal, tuple[str, int]], None] | None = None,
    ) -> None:
        self.handler = handler
        self.limits = limits
        self.admit = admit
        self.flows = flows
        self.on_refused = on_refused
        self.closing = False
        self._date = date
        self._dated = (0, "")
        self._ssl = ssl
        self._server: asyncio.Server | None = None
        self._lines: set[Connection] = set()
        self._numbers = 0
        self._sweep: asyncio.TimerHandle | None = None
        self._empty: asyncio.Future[None] | None = None
        times = (limits.head_time, limits.body_time, limits.idle_time, limits.write_time, limits.linger_time)
        self._tick = min(1.0, *(each / 4 for each in times))

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._lines)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> tuple[str, int]:
        """Listen; port 0 picks a free one. Returns the bound address. OSError where it cannot be bound."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self, loop),
            host,
            port,
            backlog=1024,
            ssl=self._ssl,
            ssl_handshake_timeout=self.limits.head_time if self._ssl else None,
        )
        address = self._server.sockets[0].getsockname()
        self._sweep = loop.call_later(self._tick, self._look, loop)
        return str(address[0]), int(address[1])

    async def close(self, grace: float = 0) -> None:
        """Listen no more; requests in progress have grace seconds to be answered."""
        self.closing = True
        if self._server is not None:
            self._server.close()
        for _ in range(3):  # clients that were accepted just now are made known within three turns
            await asyncio.sleep(0)
        for line in list(self._lines):
            line.retire()
        await self._emptied(grace)
        for line in list(self._lines):
            line.drop()
        await self._emptied(None)
        if self._sweep is not None:
            self._sweep.cancel()

    async def _emptied(self, seconds: float | None) -> None:
        """Wait for the last connection's end."""
        if not self._lines or seconds == 0:
            return
        self._empty = asyncio.get_running_loop().create_future()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._empty

    def join(self, line: Connection) -> int:
        """A connection's number, or 0 where there are too many of them."""
        self._lines.add(line)
        if self.closing or len(self._lines) > self.limits.connections:
            return 0
        self._numbers += 1
        return self._numbers

    def leave(self, line: Connection) -> None:
        """The connection is gone."""
        self._lines.discard(line)
        if not self._lines and self._empty is not None and not self._empty.done():
            self._empty.set_result(None)

    def date(self) -> str:
        """The Date header's value, or nothing."""
        if not self._date:
            return ""
        second = int(time.time())
        if self._dated[0] != second:
            self._dated = (second, formatted(time.gmtime(second)))
        return self._dated[1]

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for line in list(self._lines):
            if line.deadline <= now:
                line.expired(now)
        self._sweep = loop.call_later(self._tick, self._look, loop)


def asynchronous(handler: Callable[[Request], Awaitable[Response]]) -> Handler:
    """A handler out of a coroutine function: one task for each request, which outlives its client."""
    tasks: set[asyncio.Task[None]] = set()

    def handle(exchange: Exchange) -> None:
        task = asyncio.get_running_loop().create_task(_answer(handler, exchange))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    return handle


async def _answer(handler: Callable[[Request], Awaitable[Response]], exchange: Exchange) -> None:
    try:
        response = await handler(exchange.request)
        exchange.reply(response.status, response.headers, response.body, reason=response.reason)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises, the client gets an answer
        context = {"message": "a handler failed", "exception": error}
        asyncio.get_running_loop().call_exception_handler(context)
        if exchange.started:
            exchange.drop()
        else:
            exchange.reply(500, TEXT, b"Internal server error\n", close=True)
    finally:
        exchange.drop()  # nothing where it was answered; a cancelled task leaves no client waiting
