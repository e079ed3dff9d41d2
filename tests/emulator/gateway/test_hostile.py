"""Hostile and odd HTTP at every front: AWS's answer, or a clean refusal."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from emulator.gateway.fronts import Fronts, Played, fronting
from emulator.http.serving import PATIENCE, until_closed
from emulator.serving import until
from onezip.emulator.front.calls import Outcome
from onezip.model.front import Front, FrontKind

KINDS = list(FrontKind)
BALANCERS = {FrontKind.ALB, FrontKind.ALB_MULTI}
LOCAL = b"Host: localhost\r\nConnection: close\r\n"
NOWHERE = {FrontKind.REST: 403, FrontKind.HTTP: 404, FrontKind.HTTP_V1: 404, FrontKind.URL: 403}


def fine(_: Any) -> Any:
    return {"statusCode": 200, "headers": {"x-mark": "reached"}, "body": "fine"}


def sent(front: Fronts, data: bytes) -> bytes:
    """What comes until the server closes; it hangs no client."""
    with socket.create_connection(("127.0.0.1", front.port), timeout=PATIENCE) as client:
        client.sendall(data)
        return until_closed(client)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def request(line: bytes, heads: bytes = LOCAL, body: bytes = b"") -> bytes:
    return line + b" HTTP/1.1\r\n" + heads + b"\r\n" + body


# ---- the request ----------------------------------------------------------------------------------------


REFUSED = [
    (request(b"CONNECT localhost:80"), 405),
    (request(b"BREW /"), 501),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    (b"GET /\r\n\r\n", 505),
    (request(b"GET /\0"), 400),
    (request(b"GET /\xff"), 400),
    (request(b"GET /a b"), 400),
    (request(b"GET /#a"), 400),
    (request(b"GET *"), 400),
    (request(b"OPTIONS *"), 400),
    (request(b"GET ftp://localhost/"), 400),
    (request(b"GET /", LOCAL + b"A: b\0c\r\n"), 400),
    (request(b"GET /", LOCAL + b"A: b\rc\r\n"), 400),
    (request(b"GET /", LOCAL + b"A: b\r\n c\r\n"), 400),
    (request(b"GET /", b"Connection: close\r\n"), 400),
    (request(b"GET /", LOCAL + LOCAL), 400),
    (
        request(b"POST /", LOCAL + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        400,
    ),
    (request(b"POST /", LOCAL + b"Content-Length: 1\r\nContent-Length: 2\r\n", b"ab"), 400),
    (request(b"POST /", LOCAL + b"Transfer-Encoding: gzip\r\n", b"ab"), 400),
    (request(b"POST /", LOCAL + b"Transfer-Encoding: chunked\r\n", b"x\r\n"), 400),
    (request(b"GET /", LOCAL + b"A: " + b"x" * 70_000 + b"\r\n"), 431),
    (request(b"GET /", LOCAL + b"A: b\r\n" * 300), 431),
    (request(b"GET http://evil.example/"), 403),
    (request(b"GET /", b"Host: evil.example\r\nConnection: close\r\n"), 403),
    (b"GET / HTTP/1.0\r\n\r\n", 403),
]


@pytest.mark.parametrize("kind", KINDS)
def test_what_no_front_takes(kind: FrontKind) -> None:
    with fronting({"f": (Front(kind),)}, Played(f=fine)) as front:
        for data, code in REFUSED:
            got = sent(front, data)
            assert (status(got), data[:60]) == (code, data[:60]), got
        assert front.played.asked == []
        assert front.ask().body == b"fine"  # and it serves on


PATHS = [
    ("/%00", "/%00", "/\0"),
    ("/%ff%fe", "/%ff%fe", "/\ufffd\ufffd"),
    ("/../a/./b", "/../a/./b", "/../a/./b"),
    ("/a/%2e%2e/b", "/a/%2e%2e/b", "/a/../b"),
    ("//a//", "//a//", "//a//"),
    ("/a;b=c", "/a;b=c", "/a;b=c"),
    ("http://localhost/a%20b?c", "/a%20b", "/a b"),
    ("HTTP://localhost", "/", "/"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_paths_reach_the_function_as_they_were_sent(kind: FrontKind) -> None:
    """No front tidies a path up: a function that guards one sees what the client wrote."""
    with fronting({"f": (Front(kind),)}, Played(f=fine)) as front:
        for target, shown, decoded in PATHS:
            assert status(sent(front, request(f"GET {target}".encode()))) == 200, target
            event = front.played.events("f")[-1]
            path = event.get("rawPath", event.get("path"))
            if kind is FrontKind.HTTP:  # payload 2.0 has it decoded
                assert path == decoded
            elif kind is FrontKind.REST and target == "//a//":
                assert path == "/a//"  # slashes right after the stage do not count there
            else:
                assert path == shown


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["TRACE", "PROPFIND"])
def test_methods_that_a_gateway_does_not_have(kind: FrontKind, method: str) -> None:
    with fronting({"f": (Front(kind),)}, Played(f=fine)) as front:
        got = sent(front, request(f"{method} /".encode(), LOCAL + b"Cookie: secret\r\n"))
        wanted = NOWHERE.get(kind, 405 if method == "TRACE" else 200)
        assert status(got) == wanted
        assert bool(front.played.asked) is (wanted == 200)
        assert b"secret" not in got


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("offer", [b"websocket", b"h2c"])
def test_an_upgrade_is_refused_by_a_load_balancer_and_ignored_by_others(
    kind: FrontKind, offer: bytes
) -> None:
    heads = b"Host: localhost\r\nConnection: close, Upgrade, HTTP2-Settings\r\nUpgrade: " + offer
    with fronting({"f": (Front(kind),)}, Played(f=fine)) as front:
        got = sent(front, request(b"GET /", heads + b"\r\nHTTP2-Settings: a\r\n") + b"\x81\x00more")
        assert status(got) == (400 if kind in BALANCERS else 200)
        assert b"101" not in got.split(b"\r\n")[0]
        assert b"upgrade:" not in got.lower()
        for event in front.played.events("f"):
            told = {**(event.get("headers") or {}), **(event.get("multiValueHeaders") or {})}
            assert not {name.lower() for name in told} & {"upgrade", "connection"}


@pytest.mark.parametrize("kind", KINDS)
def test_old_clients(kind: FrontKind) -> None:
    with fronting({"f": (Front(kind),)}, Played(f=fine)) as front:
        got = sent(front, b"GET /a HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert status(got) == 200
        assert got.endswith(b"\r\n\r\nfine")
        (event,) = front.played.events("f")
        context = event.get("requestContext", {})
        told = context.get("protocol", context.get("http", {}).get("protocol"))
        assert told in {None, "HTTP/1.0"}
        assert (told is None) is (kind in BALANCERS)


@pytest.mark.parametrize("kind", KINDS)
def test_pipelined_requests_are_answered_in_their_order(kind: FrontKind) -> None:
    """The first one is slow; the next is not called before it is answered."""

    def play(event: Any) -> Any:
        path = event.get("rawPath", event.get("path"))
        return None if path == "/1" else {"statusCode": 200, "body": path}

    with (
        fronting({"f": (Front(kind),)}, Played(f=play)) as front,
        socket.create_connection(("127.0.0.1", front.port), timeout=PATIENCE) as client,
    ):
        three = [b"GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % number for number in (1, 2)]
        client.sendall(b"".join([*three, request(b"GET /3")]))
        until(lambda: front.played.open)
        time.sleep(0.1)
        assert len(front.played.asked) == 1
        front.later(lambda: front.played.open[0](Outcome(b'{"statusCode":200,"body":"/1"}')))
        got = until_closed(client)
        places = [got.index(b"\r\n\r\n/%d" % number) for number in (1, 2, 3)]
        assert places == sorted(places)
        assert got.count(b"HTTP/1.1 200") == 3


@pytest.mark.parametrize("kind", KINDS)
def test_head_gets_the_length_and_no_body(kind: FrontKind) -> None:
    with fronting({"f": (Front(kind),)}, Played(f=fine)) as front:
        got = sent(front, b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n" + request(b"GET /"))
        first, _, rest = got.partition(b"\r\n\r\n")
        assert b"Content-Length: 4" in first
        assert rest.startswith(b"HTTP/1.1 200 ")  # the next answer follows at once


@pytest.mark.parametrize("kind", KINDS)
def test_a_slow_body_is_waited_for(kind: FrontKind) -> None:
    with (
        fronting({"f": (Front(kind),)}, Played(f=fine)) as front,
        socket.create_connection(("127.0.0.1", front.port), timeout=PATIENCE) as client,
    ):
        client.sendall(
            request(b"POST /", LOCAL + b"Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n")
        )
        for letter in b"slow":
            client.sendall(b"1\r\n%c\r\n" % letter)
            time.sleep(0.05)
            assert front.played.asked == []
        client.sendall(b"0\r\n\r\n")
        assert status(until_closed(client)) == 200
        assert front.played.events("f")[0]["body"] == "slow"


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_that_is_cut_calls_nobody(kind: FrontKind) -> None:
    with fronting({"f": (Front(kind),)}, Played(f=fine)) as front:
        with socket.create_connection(("127.0.0.1", front.port), timeout=PATIENCE) as client:
            client.sendall(request(b"POST /", LOCAL + b"Content-Length: 9\r\n", b"half"))
            client.shutdown(socket.SHUT_WR)
            assert until_closed(client) == b""
        assert front.ask().body == b"fine"
        assert len(front.played.asked) == 1


# ---- the reply ------------------------------------------------------------------------------------------


def reply(kind: FrontKind, headers: dict[str, Any], **more: Any) -> Any:
    told: dict[str, Any] = {"statusCode": 200, "body": "fine", "headers": headers, **more}
    if kind is FrontKind.ALB_MULTI:
        told["multiValueHeaders"] = {name: [value] for name, value in told.pop("headers").items()}
    return told


HEADERS = [
    ("a", "b\r\nset-cookie: c=d"), ("a", "b\nc"), ("a", "b\rc"), ("a", "b\0c"), ("a b", "c"), ("a:", "b"),
    ("", "c"),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_no_reply_writes_a_header_of_its_own(kind: FrontKind) -> None:
    turns = iter(HEADERS)
    with fronting({"f": (Front(kind),)}, Played(f=lambda _: reply(kind, dict([next(turns)])))) as front:
        for header in HEADERS:
            got = sent(front, request(b"GET /"))
            assert status(got) in {500, 502}, header
            assert b"set-cookie" not in got.lower()
            assert got.count(b"HTTP/1.1 ") == 1
        assert len(front.whys(len(HEADERS))) == len(HEADERS)


@pytest.mark.parametrize("kind", [FrontKind.HTTP, FrontKind.URL])
def test_cookies_of_a_reply_are_checked_too(kind: FrontKind) -> None:
    with fronting(
        {"f": (Front(kind),)}, Played(f=lambda _: reply(kind, {}, cookies=["a=b\r\nx: y"]))
    ) as front:
        got = sent(front, request(b"GET /"))
        assert status(got) in {500, 502}
        assert b"\r\nx: y" not in got


@pytest.mark.parametrize("kind", KINDS)
def test_headers_of_one_connection_are_the_server_s(kind: FrontKind) -> None:
    told = {
        "Connection": "keep-alive", "Keep-Alive": "timeout=9", "Proxy-Connection": "keep-alive",
        "TE": "trailers", "Trailer": "x", "Transfer-Encoding": "chunked", "Upgrade": "h2c",
        "Content-Length": "4000", "x-mark": "kept",
    }  # fmt: skip
    with fronting({"f": (Front(kind),)}, Played(f=lambda _: reply(kind, told))) as front:
        got = sent(front, request(b"GET /"))
        head, _, body = got.partition(b"\r\n\r\n")
        assert body == b"fine"
        names = [line.partition(b":")[0].lower().decode() for line in head.split(b"\r\n")[1:]]
        assert names.count("content-length") == 1
        assert b"Content-Length: 4\r\n" in head + b"\r\n"
        assert names.count("connection") == 1
        assert b"Connection: close" in head
        assert not {"keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"} & set(
            names
        )
        assert b"kept" in head


@pytest.mark.parametrize("kind", KINDS)
def test_a_status_that_is_none_is_a_malformed_reply(kind: FrontKind) -> None:
    codes: list[Any] = [
        0,
        -1,
        99,
        100,
        101,
        199,
        600,
        1000,
        10**30,
        200.5,
        True,
        None,
        "",
        "abc",
        "2 0",
        [200],
        {},
    ]
    turns = iter(codes)
    with fronting(
        {"f": (Front(kind),)}, Played(f=lambda _: reply(kind, {}, statusCode=next(turns)))
    ) as front:
        for code in codes:
            got = sent(front, request(b"GET /"))
            null = kind is FrontKind.REST and code is None  # is as none at all there
            assert status(got) in ({200} if null else {500, 502}), code
            assert got.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_huge_reply_arrives_whole_or_is_refused(kind: FrontKind) -> None:
    big = "x" * 5_000_000
    with fronting({"f": (Front(kind),)}, Played(f=lambda _: reply(kind, {}, body=big))) as front:
        got = sent(front, request(b"GET /"))
        if kind in BALANCERS:
            assert status(got) == 502
        else:
            assert got.partition(b"\r\n\r\n")[2] == big.encode()


RAW = [b"", b"\xff\xfe", b"[" * 100_000, b'{"statusCode":200,"statusCode":500,"body":"\\ud800"}', b"\0" * 9]


@pytest.mark.parametrize("kind", KINDS)
def test_replies_that_are_no_sound_json_end_in_an_answer(kind: FrontKind) -> None:
    turns = iter(RAW)
    with fronting({"f": (Front(kind),)}, Played(f=lambda _: next(turns))) as front:
        for raw in RAW:
            assert status(sent(front, request(b"GET /"))) in {200, 500, 502}, raw[:20]
