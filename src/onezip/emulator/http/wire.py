"""HTTP/1.1 bytes in, requests and refusals out: RFC 9112 without I/O or clock.                   [pure]

    HEAD ──> BODY | CHUNKED ──> TRAILERS ──> HEAD        one request at a time
      └────────┴───────┴───────────┴──> CLOSED          after a refusal or an unusable body

A request is given out whole. What comes behind it stays in the buffer until `next` is called again: so
pipelined requests are answered in order, and how much of them waits is the server's to bound. httptools
(llhttp, with no leniency) judges heads and trailers; this module measures them, frames the bodies and
refuses what can be read in two ways: both lengths, several lengths or hosts, codings other than chunked.
Where `flows` says so, a request is given out with its head, and its body behind it in parts of any size.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import IntEnum

import httptools

from onezip.emulator.http.chunks import BadChunk, Chunks
from onezip.emulator.http.heads import (
    FRAMING,
    LINE,
    REMEMBERED,
    Fields,
    Refused,
    check_target,
    expects_continue,
    fields,
    parsed,
    unsound,
    wrong_line,
)
from onezip.emulator.http.limits import Limits
from onezip.emulator.http.message import EMPTY, Headers, Part, Refusal, Request


class State(IntEnum):
    """What the wire waits for."""

    IDLE = 0
    HEAD = 1
    BODY = 2
    CHUNKED = 3
    TRAILERS = 4
    CLOSED = 5


IDLE, HEAD, BODY, CHUNKED, TRAILERS, CLOSED = State


class Continue:
    """The client waits for `100 Continue` before it sends the body."""


CONTINUE = Continue()
EMPTY_LINES = 2
"""Empty lines before a request that are skipped (RFC 9112 section 2.2 asks for one)."""


class Wire:
    """One connection's requests. keep_alive says whether another request may follow the last one given.

    method is that of the last head.
    """

    __slots__ = (
        "_admit",
        "_admitted",
        "_chunks",
        "_connection",
        "_empty",
        "_flows",
        "_last",
        "_left",
        "_limits",
        "_parts",
        "_peer",
        "_probe",
        "_request",
        "_rest",
        "_scanned",
        "_size",
        "keep_alive",
        "method",
        "state",
    )

    def __init__(
        self,
        limits: Limits,
        *,
        peer: tuple[str, int] = ("", 0),
        connection: int = 0,
        admit: Callable[[Request], Refusal | None] | None = None,
        flows: Callable[[Request], bool] | None = None,
    ) -> None:
        self._flows = flows
        self._limits = limits
        self._peer = peer
        self._connection = connection
        self._admit = admit
        self._admitted: Headers | None = None
        self._last = (b"", Request("", ""))
        self._rest: bytes | bytearray = b""
        self._request: Request | None = None
        self._parts: list[bytes] = []
        self._left = 0
        self._size = 0
        self._chunks = Chunks(0)
        self._probe: httptools.HttpRequestParser | None = None
        self._scanned = 0
        self._empty = 0
        self.keep_alive = True
        self.method = ""
        self.state = IDLE

    @property
    def buffered(self) -> int:
        """Bytes that were received and not taken yet."""
        return len(self._rest)

    @property
    def received(self) -> int:
        """Bytes of the body that is being read."""
        return self._chunks.size if self.state is CHUNKED else self._size - self._left

    def feed(self, data: bytes) -> None:
        """Take what the peer sent. Nothing is parsed before `next`."""
        if self.state is CLOSED:
            return
        if not self._rest:
            self._rest = data
        else:
            self._buffer().extend(data)

    def next(self) -> Request | Part | Refusal | Continue | None:
        """The next request or part, a refusal (the last word), CONTINUE, or None: more bytes are needed."""
        try:
            while self._rest:
                before = self.state
                found = _STEPS[before](self)
                if found is not None:
                    return found
                state = self.state
                if state is before or state is HEAD:
                    return None
        except Refused as refused:
            return self._close(refused.refusal)
        except BadChunk as bad:
            return self._close(Refusal(400, f"This is not sound HTTP: {bad}."))
        return None

    # ---- heads -------------------------------------------------------------------------------------

    def _head(self) -> Request | Refusal | Continue | None:
        if self._rest[:1] == b"\r":
            self._skip_empty_lines()
        rest = self._rest
        end = rest.find(b"\r\n\r\n", max(0, self._scanned - 3))
        if 0 <= end <= self._limits.head - 4:
            head = self._cut(end + 4)
            return self._again() if head == self._last[0] else self._begin(head)
        if rest and rest != b"\r":
            self.state = HEAD
            if end >= 0 or len(rest) >= self._limits.head:
                raise Refused(431, f"The request's head is larger than {self._limits.head} bytes.")
            self._partial(rest)
        return None

    def _skip_empty_lines(self) -> None:
        while self._rest[:2] == b"\r\n":
            self._empty += 1
            if self._empty > EMPTY_LINES:
                raise Refused(400, "This is not sound HTTP: empty lines instead of a request.")
            self._drop(2)
            self._scanned = 0

    def _partial(self, rest: bytes | bytearray) -> None:
        """Judge what there is of a head, so that garbage is refused now and not by a timeout."""
        if self._probe is None:
            self._probe = httptools.HttpRequestParser(object())
        scanned, self._scanned = self._scanned, len(rest)
        try:
            self._probe.feed_data(rest[scanned:])
        except httptools.HttpParserError as error:
            raise unsound(error, bytes(rest)) from None
        line = rest.find(b"\n", scanned)
        if line >= 0 and rest.find(b"\n", 0, line) < 0 and not LINE.match(rest):
            raise wrong_line(bytes(rest[:line]).removesuffix(b"\r"))

    def _begin(self, head: bytes) -> Request | Refusal | Continue | None:
        line = LINE.match(head)
        if line is None:
            raise wrong_line(head.partition(b"\r\n")[0])
        method, target = line[1].decode(), line[2].decode()
        self.method = method
        said = fields(head, line)
        headers = said.headers
        if len(headers) > self._limits.header_count:
            raise Refused(431, f"The request has more than {self._limits.header_count} headers.")
        check_target(method, target)
        if said.wrong_host:
            raise Refused(400, said.wrong_host)
        version = said.version
        self.keep_alive = said.keep_alive
        request = Request(method, target, version, headers, b"", EMPTY, self._peer, self._connection)
        origin_form = target[0] == "/"
        if self._admit is not None and not (origin_form and headers is self._admitted):
            refusal = self._admit(request)
            if refusal is not None:
                return self._close(refusal)
            if origin_form:
                self._admitted = headers  # the same lines again would be admitted again
        if said.length == 0 and not said.coding and not said.expect:
            if len(head) <= REMEMBERED:
                self._last = (head, request)
            self._next_head()
            return request
        return self._frame(request, said)

    def _again(self) -> Request:
        """The same request once more, without a body, as a runtime asks for each event: the same value."""
        request = self._last[1]
        self.method = request.method
        self._next_head()
        return request

    def _frame(self, request: Request, said: Fields) -> Request | Continue | None:
        """How long is the body? RFC 9112 section 6.3; llhttp has refused two lengths already."""
        coding, length = said.coding, said.length
        expects = bool(said.expect) and expects_continue(said) and (coding != "" or length > 0)
        limits = self._limits
        flows = (
            self._flows is not None and (coding != "" or length > 0) and not expects and self._flows(request)
        )
        limit = sys.maxsize if flows else limits.body
        if coding:
            if request.version == "1.0":
                raise Refused(400, "HTTP/1.0 has no transfer codings.")
            if coding.lower() != "chunked":
                raise Refused(501, "Of the transfer codings only chunked is understood.")
            self._chunks = Chunks(limit)
            self.state = CHUNKED
        elif length == 0:
            self._next_head()
            return request
        elif length <= len(self._rest) and length <= limit and not flows:
            self._next_head()
            return request._replace(body=self._cut(length))
        elif length > limit and (expects or length > limits.body + limits.drain):
            self.keep_alive = False  # the body is not waited for
            self.state = CLOSED
            self._rest = b""
            return request._replace(oversize=length)
        else:
            self._size = self._left = length
            self._parts = []
            self.state = BODY
        if flows:
            self._request = request = request._replace(flowing=True)
            return request
        self._request = request
        return CONTINUE if expects and not self._rest else None

    # ---- bodies ------------------------------------------------------------------------------------

    def _body(self) -> Request | Part | None:
        taken = self._cut(min(self._left, len(self._rest)))
        self._left -= len(taken)
        if self._flowing:
            if self._left:
                return Part(taken)
            self._next_head()
            return Part(taken, EMPTY)
        if self._size <= self._limits.body:
            self._parts.append(taken)
        return None if self._left else self._complete()

    def _chunked(self) -> Request | Part | None:
        flowing = self._flowing
        if self._rest and self._chunks.take(self._buffer()):
            self.state = TRAILERS
            self._scanned = 0
        if flowing:
            taken = self._chunks.taken()
            return Part(taken) if taken else None
        if self.state is CHUNKED and self._chunks.size > self._limits.body + self._limits.drain:
            request = self._request
            assert request is not None  # noqa: S101 - a body has a head
            self.keep_alive = False
            self._close(None)
            return request._replace(oversize=self._chunks.size)
        return None

    def _trailers(self) -> Request | Part | None:
        rest = self._rest
        if rest[:2] == b"\r\n":
            self._drop(2)
            return self._complete()
        end = rest.find(b"\r\n\r\n", max(0, self._scanned - 3))
        self._scanned = len(rest)
        if end + 4 > self._limits.trailers or (end < 0 and len(rest) >= self._limits.trailers):
            raise Refused(431, f"The request's trailers are larger than {self._limits.trailers} bytes.")
        if end < 0:
            return None
        pairs = parsed(b"GET / HTTP/1.1\r\n" + self._cut(end + 4))
        if len(pairs) > self._limits.header_count:
            raise Refused(431, f"The request has more than {self._limits.header_count} trailers.")
        if any(name.lower() in FRAMING for name, _ in pairs):
            raise Refused(400, "This is not sound HTTP: framing in the trailers.")
        return self._complete(Headers(pairs))

    def _complete(self, trailers: Headers = EMPTY) -> Request | Part:
        request = self._request
        assert request is not None  # noqa: S101 - a body has a head
        if request.flowing:
            self._next_head()
            return Part(b"", trailers)
        if self.state is TRAILERS:
            size, body = self._chunks.size, self._chunks.body()
        else:
            size, body = self._size, b"".join(self._parts)
        self._next_head()
        if size > self._limits.body:
            return request._replace(oversize=size)
        return request._replace(body=body, trailers=trailers)

    @property
    def _flowing(self) -> bool:
        return self._request is not None and self._request.flowing

    # ---- the buffer --------------------------------------------------------------------------------

    def _next_head(self) -> None:
        self.state = IDLE
        self._request = None
        self._parts = []
        self._probe = None
        self._scanned = 0
        self._empty = 0

    def _close(self, refusal: Refusal | None) -> Refusal | None:
        self.keep_alive = False
        self._next_head()
        self.state = CLOSED
        self._rest = b""
        return refusal

    def _buffer(self) -> bytearray:
        if not isinstance(self._rest, bytearray):
            self._rest = bytearray(self._rest)
        return self._rest

    def _drop(self, size: int) -> None:
        if size == len(self._rest):
            self._rest = b""
        else:
            del self._buffer()[:size]

    def _cut(self, size: int) -> bytes:
        """Remove and return the first bytes; all of them at once are not copied."""
        rest = self._rest
        if size == len(rest):
            self._rest = b""
            return bytes(rest)
        taken = bytes(memoryview(rest)[:size])
        if isinstance(rest, bytearray):
            del rest[:size]
        else:
            self._rest = bytearray(memoryview(rest)[size:])
        return taken


def _closed(_wire: Wire) -> None:
    return None


_STEPS: tuple[Callable[[Wire], Request | Part | Refusal | Continue | None], ...] = (
    Wire._head,  # noqa: SLF001 - the steps of this module's class, in the order of the states
    Wire._head,  # noqa: SLF001
    Wire._body,  # noqa: SLF001
    Wire._chunked,  # noqa: SLF001
    Wire._trailers,  # noqa: SLF001
    _closed,
)
