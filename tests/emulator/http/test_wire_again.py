"""What a connection remembers of its last requests changes nothing of the next ones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from onezip.emulator.http.guard import same_host
from onezip.emulator.http.limits import Limits
from onezip.emulator.http.message import Refusal, Request
from onezip.emulator.http.wire import Wire

OWN, OTHER = b"Host: 127.0.0.1:9\r\n", b"Host: evil.example\r\n"
NEXT = b"GET /next HTTP/1.1\r\n" + OWN + b"\r\n"
REQUESTS = (
    NEXT,
    b"HEAD /next HTTP/1.1\r\n" + OWN + b"\r\n",
    b"GET /next HTTP/1.1\r\n" + OTHER + b"\r\n",
    b"GET /next HTTP/1.1\r\n" + OWN + b"Connection: close\r\n\r\n",
    b"GET /next HTTP/1.1\r\n" + OWN + b"Origin: http://evil.example\r\n\r\n",
    b"GET http://127.0.0.1:9/next HTTP/1.1\r\n" + OTHER + b"\r\n",
    b"GET http://evil.example/next HTTP/1.1\r\n" + OWN + b"\r\n",
    b"POST /a HTTP/1.1\r\n" + OWN + b"Content-Length: 3\r\n\r\nabc",
    b"POST /b HTTP/1.1\r\n" + OWN + b"Content-Length: 3\r\n\r\ndef",
    b"POST /a HTTP/1.1\r\n" + OWN + b"Content-Length: 0\r\n\r\n",
    b"POST /a HTTP/1.1\r\n" + OWN + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"\r\n" + NEXT,
)


def wire() -> Wire:
    return Wire(Limits(), peer=("p", 1), connection=7, admit=same_host("127.0.0.1", 9))


def said(line: Wire, data: bytes, cut: int) -> tuple[object, str, bool]:
    """What the wire makes of a request in two pieces, with what it says of its method and the connection."""
    line.feed(data[:cut])
    found = line.next()
    if found is None:
        line.feed(data[cut:])
        found = line.next()
    return found, line.method, line.keep_alive


@given(st.lists(st.tuples(st.sampled_from(REQUESTS), st.sampled_from((0, 1, 20, 1000)))))
def test_each_is_judged_as_if_it_came_alone(asked: list[tuple[bytes, int]]) -> None:
    line = wire()
    for data, cut in asked:
        alone = said(wire(), data, cut)
        assert said(line, data, cut) == alone
        if isinstance(alone[0], Refusal) or not alone[2]:
            return  # nothing may follow on this connection


def test_the_same_head_is_the_same_request() -> None:
    line = wire()
    first, again = said(line, NEXT, 1000)[0], said(line, NEXT, 1000)[0]
    assert isinstance(first, Request)
    assert again is first


def test_lines_that_an_address_excused_are_judged_where_they_count() -> None:
    line = wire()
    assert isinstance(said(line, REQUESTS[5], 1000)[0], Request)
    assert isinstance(said(line, REQUESTS[2], 1000)[0], Refusal)
