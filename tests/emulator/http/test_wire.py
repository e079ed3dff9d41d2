"""The wire alone: bytes in, requests and refusals out; hostile bytes, and any cut of good ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onezip.emulator.http.limits import Limits
from onezip.emulator.http.message import Headers, Part, Refusal, Request
from onezip.emulator.http.wire import CONTINUE, Continue, State, Wire

SMALL = Limits(head=1024, trailers=512, body=100, drain=200, header_count=10)
HOST = b"Host: x\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def fed(pieces: list[bytes], limits: Limits = SMALL) -> list[Request | Part | Refusal | Continue]:
    """Everything the wire says to these pieces."""
    wire = Wire(limits, peer=("p", 1), connection=7)
    found: list[Request | Part | Refusal | Continue] = []
    for piece in pieces:
        wire.feed(piece)
        while (each := wire.next()) is not None:
            found.append(each)
    return found


def one(data: bytes, limits: Limits = SMALL) -> Request:
    found = fed([data], limits)
    assert len(found) == 1
    assert isinstance(found[0], Request), found
    return found[0]


def test_a_request_is_given_as_sent() -> None:
    found = one(b"GET /a%2Fb//c?x=1&x=%20+ HTTP/1.1\r\nhOsT: X:80\r\nA: \t b \t\r\na:\r\nA: c\xe4\r\n\r\n")
    headers = Headers([("hOsT", "X:80"), ("A", "b"), ("a", ""), ("A", "cä")])
    assert found == Request("GET", "/a%2Fb//c?x=1&x=%20+", "1.1", headers, peer=("p", 1), connection=7)
    assert (found.path, found.query, found.host) == ("/a%2Fb//c", "x=1&x=%20+", "X:80")
    assert found.headers.get("HOST") == "X:80"
    assert found.headers.get("a") == "b"
    assert found.headers.all("a") == ["b", "", "cä"]
    assert "A" in found.headers
    assert "b" not in found.headers


@pytest.mark.parametrize(
    ("target", "path", "query", "host"),
    [
        ("http://h:1/p?q?r", "/p", "q?r", "h:1"),
        ("HTTP://h", "/", "", "h"),
        ("https://h?q", "/", "q", "h"),
        ("/p?", "/p", "", "x"),
        ("//p//?", "//p//", "", "x"),
    ],
)
def test_forms_of_a_target(target: str, path: str, query: str, host: str) -> None:
    found = one(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert (found.path, found.query, found.host) == (path, query, host)


def test_asterisk_form() -> None:
    assert one(b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").path == "*"


@pytest.mark.parametrize(
    ("status", "data", "says"),
    [
        (400, POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Encoding"),
        (400, POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "Content-Length"),
        (400, POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na", "Content-Length"),
        (400, POST + b"Content-Length: 1\r\ncontent-length: 2\r\n\r\na", "Content-Length"),
        (400, POST + b"Content-Length: 1, 1\r\n\r\na", "Content-Length"),
        (400, POST + b"Content-Length: +1\r\n\r\na", "Content-Length"),
        (400, POST + b"Content-Length: -1\r\n\r\na", "Content-Length"),
        (400, POST + b"Content-Length: 0x1\r\n\r\na", "Content-Length"),
        (400, POST + b"Content-Length: 1 1\r\n\r\na", "Content-Length"),
        (400, POST + b"Content-Length: \r\n\r\na", "Content-Length"),
        (400, POST + b"Content-Length: 99999999999999999999999999\r\n\r\na", "Content-Length"),
        (400, POST + b"Content-Length : 1\r\n\r\na", "header"),
        (400, POST + b"X: a\r\n b\r\n\r\n", "whitespace"),
        (400, b"GET / HTTP/1.1\r\n X: a\r\nHost: x\r\n\r\n", "space"),
        (400, b"GET / HTTP/1.1\nHost: x\n\n", "CRLF"),
        (400, b"GET / HTTP/1.1\r\nHost: x\nY: 1\r\n\r\n", "CR"),
        (400, b"GET / HTTP/1.1\r\nHost: x\rY: 1\r\n\r\n", "LF"),
        (400, b"GET / HTTP/1.1\r\nHost: x\r\n\nGET / HTTP/1.1\r\n", "header"),
        (400, b"GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n", "header"),
        (400, b"GET / HTTP/1.1\r\nHost: x\r\nA: \x7f\r\n\r\n", "header"),
        (400, b"GET / HTTP/1.1\r\nHost: x\r\nA\0: b\r\n\r\n", "header"),
        (400, b"GET / HTTP/1.1\r\nHost: x\r\nA\xff: b\r\n\r\n", "header"),
        (400, b"GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n", "header"),
        (400, b"GET / HTTP/1.1\r\nHost: x\r\nfoo\r\n\r\n", "header"),
        (400, b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", "request line"),
        (400, b"GET /a\x01 HTTP/1.1\r\nHost: x\r\n\r\n", "request line"),
        (400, b"GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n", "%XX"),
        (400, b"GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", "fragment"),
        (400, b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", "request line"),
        (400, b"GET\t/a HTTP/1.1\r\nHost: x\r\n\r\n", "request line"),
        (400, b"GET  /a  HTTP/1.1\r\nHost: x\r\n\r\n", "request line"),
        (400, b"GET a HTTP/1.1\r\nHost: x\r\n\r\n", "sound"),
        (400, b"GET * HTTP/1.1\r\nHost: x\r\n\r\n", "path"),
        (400, b"GET ftp://h/ HTTP/1.1\r\nHost: x\r\n\r\n", "path"),
        (400, b"GET http:///p HTTP/1.1\r\nHost: x\r\n\r\n", "path"),
        (400, b"GET http://u@h/ HTTP/1.1\r\nHost: x\r\n\r\n", "path"),
        (400, b"GET / HTTP/1.1\r\n\r\n", "Host"),
        (400, b"GET / HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n", "Host"),
        (400, b"GET / HTTP/1.0\r\nHost: x\r\nhost: y\r\n\r\n", "Host"),
        (400, b"GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", "Host"),
        (400, b"GET / HTTP/1.1\r\nHost: x y\r\n\r\n", "Host"),
        (400, b"GET / HTTP/1.1\r\nHost: x:y\r\n\r\n", "Host"),
        (400, b"GET / HTTP/1.1\r\nHost: u@x\r\n\r\n", "Host"),
        (400, b"\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "empty lines"),
        (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "sound"),
        (400, b"HTTP/1.1 200 OK\r\n\r\n", "sound"),
        (501, b"get / HTTP/1.1\r\nHost: x\r\n\r\n", "method"),
        (400, b"SETUP / RTSP/1.0\r\n\r\n", "request line"),
        (400, b"GET / http/1.1\r\nHost: x\r\n\r\n", "request line"),
        (505, b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", "HTTP/1.1"),
        (505, b"GET / HTTP/0.9\r\nHost: x\r\n\r\n", "HTTP/1.1"),
        (400, b"GET / HTTP/1.2\r\nHost: x\r\n\r\n", "request line"),
        (505, b"GET /\r\n", "0.9"),
        (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1"),
        (501, b"FOO / HTTP/1.1\r\nHost: x\r\n\r\n", "method"),
        (405, b"CONNECT h:1 HTTP/1.1\r\nHost: x\r\n\r\n", "CONNECT"),
        (417, POST + b"Expect: tea\r\nContent-Length: 1\r\n\r\n", "100-continue"),
        (501, POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "chunked"),
        (400, POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", "Transfer-Encoding"),
        (400, POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "Encoding"),
        (400, POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding"),
        (400, POST + b"Transfer-Encoding: identity\r\n\r\nabc", "Transfer-Encoding"),
        (400, POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", "header"),
        (400, b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.0"),
        (400, CHUNKED + b"g\r\nabc\r\n", "size"),
        (400, CHUNKED + b"g", "size"),
        (400, CHUNKED + b"-1\r\nabc\r\n", "size"),
        (400, CHUNKED + b"0x3\r\nabc\r\n", "size"),
        (400, CHUNKED + b"\r\nabc\r\n", "size"),
        (400, CHUNKED + b"3\nabc\r\n", "size"),
        (400, CHUNKED + b"3;a\nabc\r\n0\r\n\r\n", "size"),
        (400, CHUNKED + b"3\r\nabcde", "longer"),
        (400, CHUNKED + b"3\r\nabc\n", "longer"),
        (400, CHUNKED + b"11111111111111111\r\n", "size"),
        (400, CHUNKED + b"3;" + b"a" * 5000, "longer than"),
        (400, CHUNKED + (b"1;" + b"a" * 4000 + b"\r\na\r\n") * 5, "framing"),
        (400, CHUNKED + b"0\r\nContent-Length: 5\r\n\r\n", "trailers"),
        (400, CHUNKED + b"0\r\nTransfer-Encoding: chunked\r\n\r\n", "trailers"),
        (400, CHUNKED + b"0\r\nA: \0\r\n\r\n", "sound"),
        (431, CHUNKED + b"0\r\n" + b"A: b\r\n" * 12 + b"\r\n", "trailers"),
        (431, CHUNKED + b"0\r\nA: " + b"b" * 512, "trailers"),
        (431, CHUNKED + b"0\r\nA: " + b"b" * 512 + b"\r\n\r\n", "trailers"),
        (431, POST + b"A: b\r\n" * 12 + b"\r\n", "headers"),
        (431, POST + b"A: " + b"b" * 1024, "head"),
        (431, POST + b"A: " + b"b" * 1024 + b"\r\n\r\n", "head"),
    ],
)  # fmt: skip
def test_what_is_refused(status: int, data: bytes, says: str) -> None:
    whole = fed([data])
    assert len(whole) == 1
    assert isinstance(whole[0], Refusal), whole
    assert whole[0].status == status, whole
    assert says in whole[0].message, whole
    dripped = fed([data[at : at + 1] for at in range(len(data))])
    assert [type(each) for each in dripped] == [Refusal], dripped


def test_a_million_tiny_chunks_are_refused_and_many_fair_ones_are_not() -> None:
    limits = Limits()
    tiny = fed([CHUNKED, b"1\r\na\r\n" * 80_000], limits)
    assert [type(each) for each in tiny] == [Refusal]
    fair = fed([CHUNKED, b"20\r\n%b\r\n" % (b"a" * 32) * 80_000, b"0\r\n\r\n"], limits)
    assert [len(each.body) for each in fair if isinstance(each, Request)] == [32 * 80_000]


def test_garbage_is_refused_before_its_head_ends() -> None:
    for data in (b"\x16", b"GET /\n", b"GET / HTTP/1.1\r\nHost: x\n", b"GET / HTTP/1.1\r\nA : "):
        assert isinstance(fed([data])[0], Refusal)


def test_nothing_is_taken_after_a_refusal() -> None:
    wire = Wire(SMALL)
    wire.feed(b"GET / HTTP/1.1\r\n\r\n" + POST + b"\r\n")
    assert isinstance(wire.next(), Refusal)
    wire.feed(POST + b"\r\n")
    assert (wire.next(), wire.state, wire.buffered, wire.keep_alive) == (None, State.CLOSED, 0, False)


def test_heads_are_measured_to_the_byte() -> None:
    fits = POST + b"A: " + b"b" * (1024 - len(POST) - 7) + b"\r\n\r\n"
    assert len(fits) == 1024
    assert one(fits).method == "POST"
    assert isinstance(fed([fits.replace(b"A: ", b"AA: ")])[0], Refusal)


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize(
    "rest", [b"Content-Length: 3\r\n\r\nabc", b"Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"]
)
def test_an_offer_to_upgrade_is_ignored(method: str, rest: bytes) -> None:
    head = f"{method} /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n".encode()
    found = fed([head + rest + b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n"])
    assert [(each.target, each.body) for each in found if isinstance(each, Request)] == [
        ("/a", b"abc"),
        ("/b", b""),
    ]


def test_header_lines_that_were_judged_before_are_no_pass() -> None:
    """The same header lines again: another method, version or target is judged for itself."""
    lines = b"Host: x\r\nA: b\r\nConnection: keep-alive\r\n\r\n"
    for _ in range(2):
        assert one(b"GET /a HTTP/1.1\r\n" + lines).target == "/a"
        assert one(b"GET /b?c HTTP/1.0\r\n" + lines).version == "1.0"
        assert one(b"PUT /a HTTP/1.1\r\n" + lines).method == "PUT"
        for start in (
            b"GET /a#b HTTP/1.1",
            b"FOO /a HTTP/1.1",
            b"GET /\xe4 HTTP/1.1",
            b"GET * HTTP/1.1",
            b"GET /a HTTP/2.0",
        ):
            assert isinstance(fed([start + b"\r\n" + lines])[0], Refusal)
    assert isinstance(fed([b"GET /a HTTP/1.1\r\n" + lines.replace(b"Host", b"Most")])[0], Refusal)
    assert one(b"GET /a HTTP/1.0\r\n" + lines.replace(b"Host", b"Most")).host == ""


def test_trailers_and_extensions() -> None:
    found = one(CHUNKED + b'1;a=b\r\na\r\n2 ; c="d;e"\r\nbc\r\n000\r\nT: v\r\nT: w\r\n\r\n')
    assert found.body == b"abc"
    assert found.trailers.pairs == [("T", "v"), ("T", "w")]
    assert "t" not in found.headers


@pytest.mark.parametrize(
    ("head", "stays"),
    [
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", True),
        ("GET / HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n", False),
        ("GET / HTTP/1.1\r\nHost: x\r\nConnection: a, close\r\n\r\n", False),
        ("GET / HTTP/1.1\r\nHost: x\r\nConnection: a\r\nConnection: close\r\n\r\n", False),
        ("GET / HTTP/1.0\r\n\r\n", False),
        ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", True),
        ("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", False),
    ],
)
def test_whether_the_connection_stays(head: str, stays: bool) -> None:
    wire = Wire(SMALL)
    wire.feed(head.encode())
    assert isinstance(wire.next(), Request)
    assert wire.keep_alive is stays


def test_expect_continue() -> None:
    head = POST + b"Expect: 100-Continue\r\nContent-Length: 3\r\n\r\n"
    assert fed([head])[0] is CONTINUE
    assert [type(each) for each in fed([head, b"ab", b"c"])] == [Continue, Request]
    assert [type(each) for each in fed([head + b"abc"])] == [Request]  # the body came unasked
    assert [type(each) for each in fed([head.replace(b": 3", b": 0")])] == [Request]
    assert fed([POST.replace(b"1.1", b"1.0") + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\n"]) == []


def test_a_body_over_the_limit_is_counted_and_not_kept() -> None:
    found = fed(
        [
            POST
            + b"Content-Length: 101\r\n\r\n"
            + b"a" * 101
            + POST
            + b"Content-Length: 100\r\n\r\n"
            + b"b" * 100
        ]
    )
    assert [(each.oversize, each.body) for each in found if isinstance(each, Request)] == [
        (101, b""),
        (0, b"b" * 100),
    ]
    chunk = b"40\r\n" + b"c" * 64 + b"\r\n"
    assert one(CHUNKED + chunk * 2 + b"0\r\nT: v\r\n\r\n").oversize == 128
    assert one(CHUNKED + chunk + b"24\r\n" + b"d" * 36 + b"\r\n0\r\n\r\n").body == b"c" * 64 + b"d" * 36


def test_a_body_beyond_reason_is_not_waited_for() -> None:
    for rest, size in (
        (b"Content-Length: 301\r\n\r\n", 301),
        (b"Content-Length: 18446744073709551615\r\n\r\n", 18446744073709551615),
        (b"Expect: 100-continue\r\nContent-Length: 101\r\n\r\n", 101),
        (b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n" + b"a" * 301, 301),
    ):
        wire = Wire(SMALL)
        wire.feed(POST + rest)
        found = wire.next()
        assert isinstance(found, Request)
        assert (found.oversize, wire.keep_alive, wire.state) == (size, False, State.CLOSED)


def test_admission_comes_before_the_body() -> None:
    seen: list[Request] = []

    def admit(request: Request) -> Refusal | None:
        seen.append(request)
        return Refusal(403, "no") if request.target == "/no" else None

    wire = Wire(SMALL, admit=admit)
    wire.feed(POST.replace(b"/a", b"/no") + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert wire.next() == Refusal(403, "no")
    assert len(seen) == 1
    assert wire.state is State.CLOSED


TOKEN = st.text("!#$%&'*+-.^_`|~09AZaz", min_size=1, max_size=12)
VALUE = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=20
).map(lambda text: text.strip(" "))
FRAMING = {"content-length", "transfer-encoding", "connection", "host", "upgrade", "expect"}
PAIRS = st.lists(st.tuples(TOKEN.filter(lambda name: name.lower() not in FRAMING), VALUE), max_size=5)
TARGET = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#"), max_size=30
).map(lambda text: f"/{text}")


@st.composite
def sent(draw: st.DrawFn) -> tuple[Request, bytes]:
    """A valid request, and its bytes."""
    method = draw(st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"]))
    target, pairs, body = draw(TARGET), [("Host", "x"), *draw(PAIRS)], draw(st.binary(max_size=80))
    trailers: list[tuple[str, str]] = []
    framing = draw(st.sampled_from(["none", "length", "chunks"]))
    if framing == "none":
        body, rest = b"", b""
    elif framing == "length":
        pairs.append(("Content-Length", str(len(body))))
        rest = body
    else:
        pairs.append(("Transfer-Encoding", "chunked"))
        trailers = draw(PAIRS)
        rest, left = b"", body
        while left:
            size = draw(st.integers(1, len(left)))
            extension = draw(st.sampled_from([b"", b";a", b";a=b", b' ;a="b"']))
            rest += b"%X%b\r\n%b\r\n" % (size, extension, left[:size])
            left = left[size:]
        rest += (
            b"0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in trailers).encode("latin-1") + b"\r\n"
        )
    head = (
        f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in pairs) + "\r\n"
    )
    request = Request(method, target, "1.1", Headers(pairs), body, Headers(trailers), ("p", 1), 7)
    return request, head.encode("latin-1") + rest


@settings(max_examples=60, deadline=None)
@given(st.lists(sent(), min_size=1, max_size=3), st.data())
def test_any_cut_of_valid_requests_is_the_same(
    messages: list[tuple[Request, bytes]], data: st.DataObject
) -> None:
    stream = b"".join(each for _, each in messages)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    limits = Limits()
    assert fed(pieces, limits) == [request for request, _ in messages]
    assert fed([stream[at : at + 1] for at in range(len(stream))], limits) == [
        request for request, _ in messages
    ]


@settings(max_examples=100, deadline=None)
@given(sent(), st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=3)), max_size=4), st.data())
def test_any_damage_ends_in_requests_or_a_refusal(
    message: tuple[Request, bytes], damage: list[tuple[float, bytes]], data: st.DataObject
) -> None:
    stream = message[1]
    for where, what in damage:
        at = int(where * len(stream))
        stream = stream[:at] + what + stream[at + data.draw(st.integers(0, 3)) :]
    whole = fed([stream])
    dripped = fed([stream[at : at + 1] for at in range(len(stream))])
    answers = [each for each in whole if isinstance(each, Request)]
    assert [each for each in dripped if isinstance(each, Request)] == answers
    refused = [isinstance(each, Refusal) for each in whole]
    assert not any(refused[:-1])
    assert [isinstance(each, Refusal) for each in dripped if not isinstance(each, Continue)] == refused
