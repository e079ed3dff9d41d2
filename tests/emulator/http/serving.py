"""A real server on a loop in a thread, and raw sockets to it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

from onezip.emulator.http.connection import Connection
from onezip.emulator.http.exchange import Exchange
from onezip.emulator.http.limits import Limits
from onezip.emulator.http.message import Refusal, Request
from onezip.emulator.http.server import DEFAULT, Handler, Server

QUICK = Limits(head_time=0.2, body_time=0.2, idle_time=0.3, write_time=0.3, linger_time=0.3)
PATIENCE = 60.0
"""Seconds for what must happen, on a machine as busy as it may be."""


class Stopped(asyncio.SelectorEventLoop):
    """A loop whose clock stands still until a test moves it: a thread that is held up misses no deadline."""

    now = 1000.0

    def time(self) -> float:
        return self.now


class Running:
    """A server that runs; requests are those that its handler got."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.refusals: list[Refusal] = []
        self.failures: list[str] = []
        self.port = 0
        self.server: Server
        self.loop: asyncio.AbstractEventLoop

    def call(self, what: Callable[[], None]) -> None:
        """Call something on the server's loop."""
        self.loop.call_soon_threadsafe(what)

    def forward(self, seconds: float) -> None:
        """Let the clock of a stopped loop go on, in the server's thread."""
        loop, done = self.loop, threading.Event()
        assert isinstance(loop, Stopped)

        def go() -> None:
            loop.now += seconds
            done.set()

        self.call(go)
        assert done.wait(PATIENCE)

    @property
    def lines(self) -> list[Connection]:
        """The connections that the server has."""
        return list(self.server._lines)

    def connect(self) -> socket.socket:
        """A client; its reads give up in the end."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def ask(self, data: bytes) -> bytes:
        """Send, and read until the server closes. A server that hangs fails the test by the timeout."""
        with self.connect() as client:
            client.sendall(data)
            return until_closed(client)


def until_closed(client: socket.socket) -> bytes:
    """All that comes until the end; a reset is an end too."""
    got = bytearray()
    with contextlib.suppress(ConnectionError):
        while data := client.recv(1 << 20):
            got += data
    return bytes(got)


def read(client: socket.socket, end: bytes) -> bytes:
    """Read until the end is there."""
    got = b""
    while not got.endswith(end):
        data = client.recv(1 << 20)
        assert data, got
        got += data
    return got


def echo(exchange: Exchange) -> None:
    """Answer at once: method, target and body."""
    request = exchange.request
    exchange.reply(
        200, [("Content-Type", "text/plain")], f"{request.method} {request.target} ".encode() + request.body
    )


@contextlib.contextmanager
def running(
    handler: Handler = echo,
    limits: Limits = DEFAULT,
    *,
    admit: Callable[[Request], Refusal | None] | None = None,
    flows: Callable[[Request], bool] | None = None,
    date: bool = False,
    tls: ssl.SSLContext | None = None,
    stopped: bool = False,
) -> Iterator[Running]:
    """A server until the end of the block; what its handlers raised stands in failures.

    stopped is whether its clock stands still, but for what `forward` says.
    """
    run = Running()
    started = threading.Event()
    stop: asyncio.Event

    def handle(exchange: Exchange) -> None:
        run.requests.append(exchange.request)
        handler(exchange)

    async def serve() -> None:
        nonlocal stop
        stop = asyncio.Event()
        run.loop = asyncio.get_running_loop()
        run.loop.set_exception_handler(lambda _, context: run.failures.append(repr(context.get("exception"))))
        run.server = Server(
            handle,
            limits,
            admit=admit,
            flows=flows,
            date=date,
            ssl=tls,
            on_refused=lambda refusal, _: run.refusals.append(refusal),
        )
        _, run.port = await run.server.start()
        started.set()
        await stop.wait()
        await run.server.close()

    def work() -> None:
        with asyncio.Runner(loop_factory=Stopped if stopped else None) as runner:
            runner.run(serve())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert started.wait(PATIENCE)
    try:
        yield run
    finally:
        run.call(lambda: stop.set())  # noqa: PLW0108 - stop is made by the thread
        thread.join(PATIENCE)
    assert not thread.is_alive(), "the server did not close"
