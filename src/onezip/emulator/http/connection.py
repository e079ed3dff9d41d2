"""One client's connection: the wire's requests to the handler, its answers back, and what is waited for."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Protocol, cast

from onezip.emulator.http.answer import head
from onezip.emulator.http.exchange import Exchange
from onezip.emulator.http.limits import Limits
from onezip.emulator.http.message import HeaderRefused, Part, Refusal, Request
from onezip.emulator.http.wire import CHUNKED, CLOSED, HEAD, IDLE, TRAILERS, Continue, Wire

Handler = Callable[[Exchange], None]
"""Called once for each request; answers now or later. An exception becomes a 500."""

TEXT = (("Content-Type", "text/plain; charset=utf-8"),)


class Host(Protocol):
    """What a connection needs of its server."""

    handler: Handler
    limits: Limits
    admit: Callable[[Request], Refusal | None] | None
    flows: Callable[[Request], bool] | None
    on_refused: Callable[[Refusal, tuple[str, int]], None] | None
    closing: bool

    def join(self, line: Connection) -> int:
        """The connection's number, or 0 where there are too many of them."""

    def leave(self, line: Connection) -> None:
        """The connection is gone."""

    def date(self) -> str:
        """The Date header's value, or nothing."""


class Connection(asyncio.Protocol):
    """One client. deadline is in the loop's time; while the handler works there is none.

    congested says that the peer reads more slowly than it is written to.
    """

    __slots__ = (
        "_advancing",
        "_awaited",
        "_discarded",
        "_ended",
        "_exchange",
        "_flowing",
        "_held",
        "_host",
        "_lingering",
        "_loop",
        "_paused",
        "_peer",
        "_since",
        "_transport",
        "_unread",
        "_wire",
        "congested",
        "deadline",
    )

    def __init__(self, host: Host, loop: asyncio.AbstractEventLoop) -> None:
        self._host = host
        self._loop = loop
        self._exchange: Exchange | None = None
        self._advancing = False
        self._awaited = IDLE
        self._since = loop.time()
        self._ended = False  # the peer sends no more
        self._paused = False  # the socket is not read
        self._flowing = False  # the body of the exchange's request is still coming
        self._held = False  # and is not wanted now
        self._lingering = False  # answered for the last time; what still comes is thrown away
        self._discarded = 0
        self._unread = 0  # bytes the peer had not read at the last look
        self.congested = False
        self.deadline = self._since + host.limits.head_time

    # ---- asyncio -----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast("asyncio.Transport", transport)
        host = self._host
        number = host.join(self)
        name = transport.get_extra_info("peername")
        self._peer = (str(name[0]), int(name[1])) if isinstance(name, tuple) else ("", 0)
        self._wire = Wire(host.limits, peer=self._peer, connection=number, admit=host.admit, flows=host.flows)
        if not number:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """The client sent something."""
        if self._lingering:
            self._discarded += len(data)
            if self._discarded > self._host.limits.drain:
                self._transport.abort()
            return
        wire = self._wire
        wire.feed(data)
        if self._ready():
            self._advance()
        elif wire.buffered > self._host.limits.pipelined and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """The client sends no more; it may still read. True keeps the connection for the answer."""
        self._ended = True
        exchange = self._exchange
        half = self._transport.get_extra_info("sslcontext") is None  # TLS knows no half of a connection
        if self._flowing:
            return half and self._held  # parts that wait may be all there are
        if exchange is not None and exchange.on_lost is not None:
            exchange.on_lost()
        return half and not self._lingering and (self._exchange is not None or self.congested)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The connection is gone."""
        self._host.leave(self)
        self.deadline = math.inf
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.lost = True
            if (self._flowing or not self._ended) and exchange.on_lost is not None:
                exchange.on_lost()

    def pause_writing(self) -> None:
        """The client reads too slowly."""
        self.congested = True
        self.deadline = self._loop.time() + self._host.limits.write_time

    def resume_writing(self) -> None:
        """The client has caught up."""
        self.congested = False
        self._unread = 0
        exchange = self._exchange
        if exchange is not None:
            self.deadline = math.inf
            if exchange.on_writable is not None:
                exchange.on_writable()
        elif not self._lingering and not self._advancing:
            self._advance()

    # ---- for the exchange --------------------------------------------------------------------------

    @property
    def keep_alive(self) -> bool:
        """May another request follow this one?"""
        return self._wire.keep_alive and not self._host.closing and not self._flowing

    def write(self, data: bytes) -> None:
        """Send."""
        self._transport.write(data)

    def date(self) -> str:
        """The Date header's value, or nothing."""
        return self._host.date()

    def answered(self, *, close: bool) -> None:
        """The answer is complete."""
        self._exchange = None
        flowed, self._flowing = self._flowing, False
        if close:
            self._close(unread=flowed or self._wire.state is CLOSED or self._wire.buffered > 0)
        elif self._wire.buffered or self.congested:
            self._advance()
        elif not self._advancing:
            self._wait()

    def hold(self) -> None:
        """Hand out no more of the body; when the buffer is full, the socket is not read."""
        self._held = True

    def release(self) -> None:
        """Hand it out again."""
        self._held = False
        if not self._advancing:
            self._advance()

    def cut(self) -> None:
        """Close when what was written is sent; the answer has no end."""
        self._exchange = None
        flowed, self._flowing = self._flowing, False
        self._close(unread=flowed or self._wire.buffered > 0)

    def drop(self) -> None:
        """Close at once; what was not sent yet is lost."""
        self._transport.abort()

    # ---- for the server ----------------------------------------------------------------------------

    def retire(self) -> None:
        """The server closes: at once where no request is in progress."""
        if self._exchange is None:
            self._transport.close()

    def expired(self, now: float) -> None:
        """The deadline has passed: the client was too slow, or has nothing more to ask."""
        limits = self._host.limits
        waiting = self._transport.get_write_buffer_size()
        if waiting:
            if waiting == self._unread:
                self._transport.abort()
            self._unread = waiting
            self.deadline = now + limits.write_time
        elif self._exchange is not None:
            self.deadline = math.inf
        elif self._transport.is_closing():
            self._transport.abort()
        elif self._lingering or self._awaited is IDLE:
            self._transport.close()
            self.deadline = now + limits.write_time
        else:
            if self._awaited is not HEAD:
                allowed = self._since + limits.body_time + self._wire.received / limits.rate
                if allowed > now:
                    self.deadline = allowed
                    return
            self._refuse(Refusal(408, "The request came too slowly."))

    # ---- requests ----------------------------------------------------------------------------------

    def _advance(self) -> None:
        """Hand out requests and parts until one waits for its answer, or more bytes are needed."""
        if self._advancing:
            return
        self._advancing = True
        wire, transport = self._wire, self._transport
        try:
            while self._ready() and not transport.is_closing():
                found = wire.next()
                if found is None:
                    self._wait()
                    return
                if isinstance(found, Request):
                    self._handle(found)
                elif isinstance(found, Part):
                    self._part(found)
                elif isinstance(found, Continue):
                    transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                else:
                    self._broken()
                    self._refuse(found)
                    return
        finally:
            self._advancing = False

    def _ready(self) -> bool:
        """May the wire be asked for more?"""
        if self.congested or self._lingering:
            return False
        return self._exchange is None or (self._flowing and not self._held)

    def _part(self, part: Part) -> None:
        self._flowing = part.trailers is None
        exchange = self._exchange
        if exchange is not None and exchange.on_part is not None:
            exchange.on_part(part)

    def _broken(self) -> None:
        """The body that was to follow will not come."""
        exchange = self._exchange
        if self._flowing and exchange is not None:
            self._exchange, self._flowing = None, False
            exchange.lost = True
            if exchange.on_lost is not None:
                exchange.on_lost()

    def _handle(self, request: Request) -> None:
        exchange = self._exchange = Exchange(request, self)
        self._flowing, self._held = request.flowing, False
        self._awaited = CLOSED
        self.deadline = math.inf
        try:
            self._host.handler(exchange)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, the client gets an answer
            self._loop.call_exception_handler({"message": "a handler failed", "exception": error})
            if exchange.started:
                exchange.drop()
            else:
                exchange.reply(500, TEXT, b"Internal server error\n", close=True)
        if self._ended and self._exchange is exchange and exchange.on_lost is not None:
            exchange.on_lost()  # it was pipelined, and its client had gone before

    def _wait(self) -> None:
        """More bytes are needed: set the deadline for them."""
        if self._ended:
            self._transport.close()
            return
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        if self._exchange is not None:
            return  # a body that flows is as slow as its handler allows
        state = self._wire.state
        if state is TRAILERS:
            state = CHUNKED  # one time for all of a body
        if state is self._awaited:
            return
        self._awaited = state
        self._since = self._loop.time()
        limits = self._host.limits
        if state is IDLE:
            self.deadline = self._since + limits.idle_time
        elif state is HEAD:
            self.deadline = self._since + limits.head_time
        else:
            self.deadline = self._since + limits.body_time

    def _refuse(self, refusal: Refusal) -> None:
        """Answer for the last time."""
        if self._host.on_refused is not None:
            self._host.on_refused(refusal, self._peer)
        response = refusal.response
        request = Request(self._wire.method, "/")
        try:
            top = head(
                request,
                response.status,
                response.headers,
                length=len(response.body),
                keep_alive=False,
                date=self.date(),
            )
        except HeaderRefused as error:
            self._loop.call_exception_handler({"message": "a refusal failed", "exception": error})
            self.drop()
            return
        self._transport.write(top if request.method == "HEAD" else top + response.body)
        self._close(unread=True)

    def _close(self, *, unread: bool) -> None:
        """Close; where the client may still be sending, only after it has read the answer.

        A socket that is closed with unread bytes in it resets the connection, and the client never sees
        the answer (RFC 9112 section 9.6).
        """
        transport = self._transport
        if not unread or self._ended or not transport.can_write_eof():
            transport.close()
            self.deadline = self._loop.time() + self._host.limits.write_time
            return
        transport.write_eof()
        self._lingering = True
        self.deadline = self._loop.time() + self._host.limits.linger_time
        if self._paused:
            self._paused = False
            transport.resume_reading()
