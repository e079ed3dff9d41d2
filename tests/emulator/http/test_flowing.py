"""Bodies that are handed out in parts as they come: the wire alone, then the server around it."""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.http.serving import PATIENCE, read, running, until_closed
from emulator.serving import until
from onezip.emulator.http.exchange import Exchange
from onezip.emulator.http.limits import Limits
from onezip.emulator.http.message import Part, Refusal, Request
from onezip.emulator.http.wire import Continue, Wire

SMALL = Limits(head=1024, body=10, drain=10)
POST = b"POST /flow HTTP/1.1\r\nHost: x\r\n"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LONG = bytes(range(256)) * 40


def flows(request: Request) -> bool:
    return request.path == "/flow"


def fed(pieces: list[bytes]) -> list[Request | Part | Refusal | Continue]:
    wire = Wire(SMALL, flows=flows)
    found: list[Request | Part | Refusal | Continue] = []
    for piece in pieces:
        wire.feed(piece)
        while (each := wire.next()) is not None:
            found.append(each)
    return found


def chunked(body: bytes, size: int, trailers: bytes = b"") -> bytes:
    cut = [body[at : at + size] for at in range(0, len(body), size)]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in cut)
    return POST + b"Transfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n" + trailers + b"\r\n"


@given(cuts=st.lists(st.integers(0, 11000), max_size=6), framed=st.booleans(), size=st.integers(1, 5000))
def test_any_cut_gives_the_same_body_and_its_end_once(cuts: list[int], framed: bool, size: int) -> None:
    data = chunked(LONG, size) if framed else POST + b"Content-Length: %d\r\n\r\n" % len(LONG) + LONG
    data += GET
    edges = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    found = fed([data[low:high] for low, high in itertools.pairwise(edges)])
    first, *parts, last = found
    assert isinstance(first, Request)
    assert first.flowing
    assert isinstance(last, Request)
    assert not last.flowing
    assert b"".join(each.data for each in parts if isinstance(each, Part)) == LONG
    ends = [each for each in parts if isinstance(each, Part) and each.trailers is not None]
    assert ends == parts[-1:]


def test_the_request_comes_with_its_head_and_parts_with_their_bytes() -> None:
    wire = Wire(SMALL, flows=flows)
    wire.feed(POST + b"Transfer-Encoding: chunked\r\n\r\n")
    found = wire.next()
    assert isinstance(found, Request)
    assert found.flowing
    assert wire.next() is None
    wire.feed(b"5\r\nab")
    assert (wire.next(), wire.next()) == (Part(b"ab"), None)
    wire.feed(b"cde\r\n0\r\nSum: 1\r\n\r\n")
    assert wire.next() == Part(b"cde")
    end = wire.next()
    assert isinstance(end, Part)
    assert end.data == b""
    assert end.trailers is not None
    assert end.trailers.get("sum") == "1"
    assert wire.next() is None


@pytest.mark.parametrize(
    "data",
    [
        POST + b"Content-Length: 0\r\n\r\n",  # nothing follows
        POST + b"\r\n",
        POST + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n",  # the client waits to be asked
        POST.replace(b"/flow", b"/other") + b"Content-Length: 3\r\n\r\nabc",
    ],
)
def test_what_does_not_flow(data: bytes) -> None:
    assert not any(isinstance(each, Request) and each.flowing for each in fed([data]))


@pytest.mark.parametrize("bad", [b"x\r\n", b"5\r\nabcdefg", b"0\r\nContent-Length: 1\r\n\r\n"])
def test_a_bad_end_is_a_refusal(bad: bytes) -> None:
    found = fed([POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", bad])
    assert isinstance(found[-1], Refusal)
    assert found[1] == Part(b"abc")


def test_parts_of_one_byte_may_be_many() -> None:
    data = chunked(bytes(200_000), 1)
    found = fed([data[at : at + 65536] for at in range(0, len(data), 65536)])  # as a socket gives them
    assert sum(len(each.data) for each in found if isinstance(each, Part)) == 200_000


# ---- the server -----------------------------------------------------------------------------------------


class Taker:
    """A handler that takes parts; it answers at the end with how much there was."""

    def __init__(self) -> None:
        self.exchange: Exchange
        self.size = 0
        self.lost = threading.Event()
        self.ended = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        if not exchange.request.flowing:
            exchange.reply(200, (), b"other")
            return
        self.exchange = exchange
        exchange.on_part = self.part
        exchange.on_lost = self.lost.set

    def part(self, part: Part) -> None:
        self.size += len(part.data)
        if part.trailers is not None:
            self.ended.set()
            self.exchange.reply(200, (), b"%d" % self.size)


def test_a_body_of_any_length_passes_and_the_connection_stays() -> None:
    taker = Taker()
    with running(taker, SMALL, flows=flows) as run, run.connect() as client:
        for size in (1, 3_000_000):
            taker.size = 0
            client.sendall(chunked(bytes(size), 100_000) + GET)
            assert read(client, b"other").count(b"\r\n\r\n%d" % size) == 1
        assert not run.failures


def test_what_is_held_waits_with_the_client() -> None:
    taker = Taker()
    size = 64 << 20
    with running(taker, flows=flows) as run, run.connect() as client:
        client.sendall(POST + b"Content-Length: %d\r\n\r\n" % size)
        until(lambda: hasattr(taker, "exchange"))
        run.call(taker.exchange.hold)
        client.settimeout(0.5)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < size:
                sent += client.send(bytes(1 << 20))
        assert sent < size // 2
        assert taker.size == 0
        client.settimeout(PATIENCE)
        run.call(taker.exchange.release)
        while sent < size:
            sent += client.send(bytes(min(1 << 20, size - sent)))
        assert read(client, b"%d" % size)
        assert taker.size == size


def test_an_end_that_comes_while_it_is_held() -> None:
    """The client sent everything and is gone: it is seen once the parts are taken, not before."""
    taker = Taker()
    with running(taker, flows=flows) as run:
        with run.connect() as client:
            client.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
            until(lambda: hasattr(taker, "exchange"))
            run.call(taker.exchange.hold)
            client.sendall(b"3\r\nabc\r\n0\r\n\r\n")
            client.shutdown(socket.SHUT_WR)
            assert not taker.lost.wait(0.2)
            run.call(taker.exchange.release)
            assert until_closed(client).endswith(b"\r\n\r\n3")
        assert taker.ended.is_set()


@pytest.mark.parametrize("how", ["end", "reset", "garbage"])
@pytest.mark.parametrize("held", [False, True])
def test_a_body_that_breaks_off_is_told(how: str, held: bool) -> None:
    taker = Taker()
    with running(taker, flows=flows) as run, run.connect() as client:
        client.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        until(lambda: taker.size == 3)
        if held:
            run.call(taker.exchange.hold)
        if how == "garbage":
            client.sendall(b"no chunk\r\n")
        elif how == "end":
            client.shutdown(socket.SHUT_WR)
        else:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        if held and how != "reset":
            assert not taker.lost.wait(0.2)
            run.call(taker.exchange.release)
        assert taker.lost.wait(PATIENCE)
        assert not taker.ended.is_set()
        until(lambda: run.server.connections == 0 or how == "garbage")
        assert not run.failures


def test_an_answer_before_the_end_of_the_body_closes() -> None:
    taker = Taker()
    with running(taker, flows=flows) as run, run.connect() as client:
        client.sendall(POST + b"Content-Length: 100\r\n\r\nabc")
        until(lambda: taker.size == 3)
        run.call(lambda: taker.exchange.reply(413, (), b"enough"))
        got = until_closed(client)
        assert got.startswith(b"HTTP/1.1 413 ")
        assert b"Connection: close" in got


def test_nothing_is_answered_after_the_last_answer() -> None:
    with running(lambda exchange: exchange.reply(200, (), b"last", close=True)) as run:
        assert run.ask(GET + GET).count(b"HTTP/1.1 ") == 1
        assert not run.failures


@pytest.mark.parametrize("more", [b"", GET])
def test_an_answer_that_is_cut_arrives_as_far_as_it_went(more: bytes) -> None:
    def cut(exchange: Exchange) -> None:
        exchange.start(200)
        exchange.send(bytes(300_000))
        exchange.cut()

    with running(cut) as run:
        got = run.ask(GET + more)
        assert len(got) > 300_000
        assert not got.endswith(b"0\r\n\r\n")
        assert got.count(b"HTTP/1.1 ") == 1
        assert not run.failures
