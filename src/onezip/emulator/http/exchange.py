"""One request that waits for its answer, and how the answer is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from onezip.emulator.http.answer import bodiless, head, trailers
from onezip.emulator.http.message import Pairs, Part, Request


class Line(Protocol):
    """What an exchange needs of its connection."""

    def write(self, data: bytes) -> None:
        """Send."""

    def answered(self, *, close: bool) -> None:
        """The answer is complete."""

    def drop(self) -> None:
        """Close at once, without an answer."""

    def cut(self) -> None:
        """Close once the peer has what was written."""

    def hold(self) -> None:
        """Hand out no more parts of the request's body."""

    def release(self) -> None:
        """Hand them out again."""

    def date(self) -> str:
        """The Date header, or nothing where the server writes none."""

    @property
    def keep_alive(self) -> bool:
        """May another request follow?"""

    @property
    def congested(self) -> bool:
        """Does the peer read more slowly than it is written to?"""


TOGETHER = 65536
"""Bodies up to this size go out with their head in one piece; larger ones are not copied for that."""


class Exchange:
    """One request waiting for its answer; answered by `reply`, or by `start`, `send` and `finish`.

    on_lost is called when the peer goes away, or says that it will send no more, before the answer: an
    answer may still be given then, and goes nowhere if nobody is there. on_writable is called when a peer
    that was `congested` has caught up, on_part for each part of the body of a request that is `flowing`. An
    answer after the connection is lost is dropped silently; a second answer raises RuntimeError.
    """

    __slots__ = ("_chunked", "_line", "_state", "lost", "on_lost", "on_part", "on_writable", "request")

    def __init__(self, request: Request, line: Line) -> None:
        self.request = request
        self._line = line
        self._state = "waiting"
        self._chunked = False
        self.lost = False
        self.on_lost: Callable[[], None] | None = None
        self.on_part: Callable[[Part], None] | None = None
        self.on_writable: Callable[[], None] | None = None

    @property
    def answered(self) -> bool:
        """Is the answer complete?"""
        return self._state == "done"

    @property
    def started(self) -> bool:
        """Has the answer begun?"""
        return self._state != "waiting"

    @property
    def congested(self) -> bool:
        """Does the peer read more slowly than the answer is sent? Then wait for on_writable."""
        return not self.lost and self._line.congested

    def reply(
        self, status: int, headers: Pairs = (), body: bytes = b"", *, close: bool = False, reason: str = ""
    ) -> None:
        """The whole answer. Raises HeaderRefused, with nothing written, for what no header can hold."""
        self._expect("waiting")
        line, request = self._line, self.request
        keep_alive = line.keep_alive and not close
        top = head(
            request,
            status,
            headers,
            length=len(body),
            keep_alive=keep_alive,
            date=line.date(),
            reason=reason,
        )
        self._state = "done"
        if self.lost:
            return
        if not body or request.method == "HEAD" or bodiless(status):
            line.write(top)
        elif len(body) <= TOGETHER:
            line.write(top + body)
        else:
            line.write(top)
            line.write(body)
        line.answered(close=not keep_alive)

    def start(self, status: int, headers: Pairs = ()) -> None:
        """Begin an answer of unknown length."""
        self._expect("waiting")
        line, request = self._line, self.request
        self._chunked = request.version == "1.1"
        empty = request.method == "HEAD" or bodiless(status)
        keep_alive = line.keep_alive and (self._chunked or empty)
        top = head(request, status, headers, length=None, keep_alive=keep_alive, date=line.date())
        self._state = "empty" if empty else "sending"
        if not self.lost:
            line.write(top)

    def send(self, chunk: bytes) -> None:
        """A part of the body."""
        self._expect("sending", "empty")
        if not chunk or self.lost or self._state == "empty":
            return
        if self._chunked:
            chunk = b"%x\r\n%b\r\n" % (len(chunk), chunk)
        self._line.write(chunk)

    def finish(self, pairs: Pairs = ()) -> None:
        """The end of the body, with trailers where the body is in chunks."""
        self._expect("sending", "empty")
        end = trailers(pairs)
        empty = self._state == "empty"
        self._state = "done"
        if self.lost:
            return
        line = self._line
        if self._chunked and not empty:
            line.write(end)
        line.answered(close=not (line.keep_alive and (self._chunked or empty)))

    def drop(self) -> None:
        """Close the connection without an answer, or in the middle of one."""
        if self._state != "done":
            self._state = "done"
            if not self.lost:
                self._line.drop()

    def cut(self) -> None:
        """End in the middle of an answer: what was sent arrives, and the client sees that it is not all."""
        if self._state != "done":
            self._state = "done"
            if not self.lost:
                self._line.cut()

    def hold(self) -> None:
        """Take no more of the request's body for now; it waits with the client."""
        if self._state != "done" and not self.lost:
            self._line.hold()

    def release(self) -> None:
        """Take it again."""
        if self._state != "done" and not self.lost:
            self._line.release()

    def _expect(self, *states: str) -> None:
        if self._state not in states:
            raise RuntimeError(f"this exchange is {self._state}: it cannot be answered so now")
