"""The real server over real sockets: hostile and slow clients, order, answers, the end."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import math
import socket
import ssl
import struct
import subprocess
import time
from pathlib import Path

import pytest

from emulator.http.serving import PATIENCE, QUICK, echo, read, running, until_closed
from emulator.serving import until
from onezip.emulator.http.exchange import Exchange
from onezip.emulator.http.guard import known_hosts
from onezip.emulator.http.limits import Limits
from onezip.emulator.http.message import HeaderRefused, Request, Response
from onezip.emulator.http.server import Server, asynchronous
from onezip.emulator.http.wire import State

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: x\r\n"


def test_a_common_client_gets_its_answer() -> None:
    with running() as run:
        client = http.client.HTTPConnection("127.0.0.1", run.port, timeout=PATIENCE)
        for body in (b"", b"abc", b"x" * 6_000_000):
            client.request("POST", "/p?q=1", body)
            answer = client.getresponse()
            assert (answer.status, answer.read()) == (200, b"POST /p?q=1 " + body)
        assert len({request.connection for request in run.requests}) == 1
        assert run.requests[0].peer == client.sock.getsockname()
        client.close()


def test_pipelined_requests_are_answered_in_order() -> None:
    """The first takes the longest; the handler sees one of a connection at a time."""
    waiting: list[Exchange] = []
    most = 0

    def slow(exchange: Exchange) -> None:
        nonlocal most
        waiting.append(exchange)
        most = max(most, len(waiting))
        delay = 0.05 if exchange.request.target == "/1" else 0

        def answer() -> None:
            waiting.remove(exchange)
            echo(exchange)

        asyncio.get_running_loop().call_later(delay, answer)

    with running(slow) as run:
        got = run.ask(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % each for each in (1, 2, 3)) + LAST)
    bodies = [part.partition(b"HTTP/")[0].strip() for part in got.split(b"\r\n\r\n")[1:]]
    assert bodies == [b"GET /1", b"GET /2", b"GET /3", b"GET /last"]
    assert most == 1


def test_many_requests_in_one_segment_are_all_answered() -> None:
    with running() as run:
        assert run.ask(GET * 3000 + LAST).count(b"200 OK") == 3001


def test_what_waits_behind_a_request_is_bounded() -> None:
    """While a request is in work, the server stops to read, and goes on afterwards."""
    held: list[Exchange] = []

    def hold(exchange: Exchange) -> None:
        if exchange.request.target == "/hold":
            held.append(exchange)
        else:
            echo(exchange)

    big = b"GET / HTTP/1.1\r\nHost: x\r\nA: %b\r\n\r\n" % (b"b" * 30_000)
    with running(hold) as run, run.connect() as client:
        client.sendall(b"GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: held)
        client.settimeout(0.2)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 64 * 1024 * 1024:
                sent += client.send(big[sent % len(big) :])  # a part of one may have been sent
        assert sent < 64 * 1024 * 1024
        assert len(run.requests) == 1
        client.settimeout(PATIENCE)
        run.call(lambda: echo(held[0]))
        client.shutdown(socket.SHUT_WR)  # perhaps within a request, which is then no request
        assert until_closed(client).count(b"200 OK") == 1 + sent // len(big)
        assert len(run.requests) == 1 + sent // len(big)


def test_answers_that_nobody_reads_hold_further_requests_back() -> None:
    """A hundred small requests must not become fifty megabytes in memory."""
    with running(lambda exchange: exchange.reply(200, [], b"x" * 500_000)) as run, run.connect() as client:
        client.sendall(GET * 100 + LAST)
        time.sleep(0.3)
        assert len(run.requests) < 30
        assert until_closed(client).count(b"200 OK") == 101


def test_a_client_that_never_reads_is_dropped() -> None:
    with (
        running(lambda exchange: exchange.reply(200, [], b"x" * 30_000_000), QUICK, stopped=True) as run,
        run.connect() as client,
    ):
        client.sendall(GET)
        assert client.recv(1)

        def gone() -> bool:
            run.forward(0.5)
            return run.server.connections == 0

        until(gone)


def test_a_client_that_reads_slowly_is_served() -> None:
    """Some of the answer has been read at each look; two looks without would end it."""
    answer = b"x" * 40_000_000
    with running(lambda exchange: exchange.reply(200, [], answer, close=True), QUICK, stopped=True) as run:
        with run.connect() as client:
            client.sendall(GET)
            (line,) = until(lambda: [each for each in run.lines if each.congested])
            got = looks = 0
            waiting = line._transport.get_write_buffer_size
            while waiting():
                due = line.deadline
                run.forward(QUICK.write_time + 0.1)
                while line.deadline == due:  # it is looked at
                    time.sleep(0.01)
                looks, seen = looks + 1, line._unread
                while waiting() == seen and (data := client.recv(100_000)):
                    got += len(data)
            while data := client.recv(1 << 20):
                got += len(data)
        assert looks > 3
        assert got > len(answer)


@pytest.mark.parametrize(
    ("data", "state", "answer"),
    [
        (b"", State.IDLE, b""),
        (b"\r\n", State.IDLE, b""),
        (GET, State.IDLE, b"GET / "),
        (b"GET", State.HEAD, b"408 Request Timeout"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: ", State.HEAD, b"408 Request Timeout"),
        (GET + b"GET / HTTP", State.HEAD, b"408 Request Timeout"),
        (POST + b"Content-Length: 5\r\n\r\nab", State.BODY, b"408 Request Timeout"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\na", State.CHUNKED, b"408 Request Timeout"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nA: ", State.TRAILERS, b"408 Request Timeout"),
        (POST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", State.BODY, b"408 Request Timeout"),
    ],
)
def test_a_client_that_stops_is_answered_or_closed(data: bytes, state: State, answer: bytes) -> None:
    with running(limits=QUICK, stopped=True) as run, run.connect() as client:
        client.sendall(data)

        def waits() -> bool:
            """Whether all that was sent has come, and more is waited for."""
            there = [line._wire.state for line in run.lines if line.deadline < math.inf]
            return there == [state] and len(run.requests) == data.count(GET)

        until(waits)
        run.forward(1)
        got = until_closed(client)
    assert answer in got if answer else got == b""
    assert not run.failures


def test_a_head_that_drips_is_cut_off() -> None:
    """Each byte comes in time, the head does not."""
    with running(limits=QUICK, stopped=True) as run, run.connect() as client:
        (line,) = until(lambda: run.lines)
        for number, byte in enumerate(GET[:-1], 1):
            client.sendall(bytes([byte]))
            while line._wire.buffered < number and not run.refusals:
                time.sleep(0.001)
            if run.refusals:
                break
            run.forward(0.02)
        assert b" 408 " in until_closed(client)
        assert run.requests == []


def test_one_byte_in_each_segment() -> None:
    stream = POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: v\r\n\r\n" + LAST
    with running() as run, run.connect() as client:
        for byte in stream:
            client.sendall(bytes([byte]))
        assert b"POST /a abc" in until_closed(client)
        assert run.requests[0].trailers.get("t") == "v"


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_http_1_0_and_its_connections(version: bytes) -> None:
    with running() as run:
        ask = b"GET / HTTP/" + version + b"\r\nHost: x\r\nConnection: "
        assert b"\r\nConnection: close\r\n" in run.ask(ask + b"close\r\n\r\n")
        with run.connect() as client:
            for _ in range(2):
                client.sendall(ask + b"keep-alive\r\n\r\n")
                got = read(client, b"GET / ")
                assert (b"\r\nConnection: keep-alive\r\n" in got) is (version == b"1.0")
        if version == b"1.0":
            assert run.ask(b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")


def test_head_has_a_length_and_no_body() -> None:
    with running(
        lambda exchange: exchange.reply(200, [("Content-Length", "77")], exchange.request.target[1:].encode())
    ) as run:
        end = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        assert run.ask(b"HEAD /abc" + end).endswith(b"\r\nContent-Length: 3\r\nConnection: close\r\n\r\n")
        assert run.ask(b"HEAD /" + end).endswith(b"\r\nContent-Length: 77\r\nConnection: close\r\n\r\n")
        assert run.ask(b"GET /" + end).endswith(b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_body(status: int) -> None:
    with running(lambda exchange: exchange.reply(status, [("A", "b")], b"never seen")) as run:
        got = run.ask(LAST)
    assert b"Content-Length" not in got
    assert got.endswith(b"\r\n\r\n")


def test_hop_by_hop_headers_are_the_servers_own() -> None:
    pairs = [
        (name, "x") for name in ("Connection", "keep-alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade")
    ]
    with running(
        lambda exchange: exchange.reply(200, [*pairs, ("content-length", "9"), ("Kept", "y")], b"abc")
    ) as run:
        got = run.ask(LAST)
    assert got == b"HTTP/1.1 200 OK\r\nKept: y\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"


@pytest.mark.parametrize(
    ("status", "pairs"),
    [
        (200, [("A", "b\r\nSet-Cookie: evil")]),
        (200, [("A", "b\nc")]),
        (200, [("A", "b\rc")]),
        (200, [("A", "b\0c")]),
        (200, [("A", "€")]),
        (200, [("A\r\nB", "c")]),
        (200, [("A B", "c")]),
        (200, [("A:", "c")]),
        (200, [("", "c")]),
        (200, [("Ä", "c")]),
        (99, []),
        (101, []),
        (1000, []),
        (0, []),
    ],
)
def test_what_no_header_can_hold_is_refused_before_it_is_written(
    status: int, pairs: list[tuple[str, str]]
) -> None:
    caught: list[str] = []

    def answer(exchange: Exchange) -> None:
        for attempt in (exchange.reply, exchange.start):
            try:
                attempt(status, pairs)
            except HeaderRefused as error:
                caught.append(str(error))
        exchange.reply(502, [], b"refused")

    with running(answer) as run:
        assert run.ask(LAST).endswith(b"\r\n\r\nrefused")
    assert len(caught) == 2
    assert "\n" not in "".join(caught)


def test_a_refused_reason_and_trailer() -> None:
    def answer(exchange: Exchange) -> None:
        with pytest.raises(HeaderRefused):
            exchange.reply(200, reason="a\nb")
        exchange.start(200)
        exchange.send(b"abc")
        for bad in (("A", "b\r\n"), ("Content-Length", "1"), ("A b", "c"), ("A", "€")):
            with pytest.raises(HeaderRefused):
                exchange.finish([bad])
        exchange.finish([("Sum", "6")])

    with running(answer) as run:
        got = run.ask(LAST)
        assert got.endswith(b"\r\n\r\n3\r\nabc\r\n0\r\nSum: 6\r\n\r\n")
        assert not run.failures


def test_a_stream_to_each_kind_of_client() -> None:
    def stream(exchange: Exchange) -> None:
        exchange.start(200, [("Content-Type", "a/b")])
        for part in (b"one", b"", b"two"):
            exchange.send(part)
        exchange.finish()

    with running(stream) as run:
        assert run.ask(LAST).endswith(
            b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
        )
        old = run.ask(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert old.endswith(b"a/b\r\nConnection: close\r\n\r\nonetwo")
        assert run.ask(LAST.replace(b"GET", b"HEAD")).endswith(b"chunked\r\nConnection: close\r\n\r\n")
        assert run.ask(GET + LAST).count(b"0\r\n\r\n") == 2


def test_expect_continue() -> None:
    with running() as run, run.connect() as client:
        client.sendall(POST + b"Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        assert read(client, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"abc")
        assert until_closed(client).endswith(b"POST /a abc")


@pytest.mark.parametrize("size", [1001, 5_000_000])
def test_a_body_over_the_limit_is_answered_by_the_handler(size: int) -> None:
    """Also one that is sent whole before the client reads: no reset may take the answer away."""
    limits = Limits(body=1000, drain=2_000_000, linger_time=PATIENCE)
    with running(lambda exchange: exchange.reply(413, [], b"%d" % exchange.request.oversize), limits) as run:
        with run.connect() as client:
            client.sendall(POST + b"Content-Length: %d\r\n\r\n" % size + b"x" * min(size, 1_900_000))
            assert read(client, b"%d" % size).startswith(b"HTTP/1.1 413 ")
        with run.connect() as client:
            sent = b"x" * min(size, 3_900_000)  # twice the drain, and no byte of what is then cut off
            client.sendall(
                POST + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % size + sent + b"\r\n0\r\n\r\n"
            )
            assert b"413" in client.recv(1000)


def test_who_is_not_admitted_gets_no_further_than_the_head() -> None:
    with running(limits=Limits(linger_time=PATIENCE), admit=known_hosts("127.0.0.1", 1)) as run:
        body = b"Content-Length: 1000000\r\n\r\n" + b"x" * 1_000_000
        got = run.ask(b"POST / HTTP/1.1\r\nHost: evil.example\r\n" + body)
        assert got.startswith(b"HTTP/1.1 403 Forbidden\r\n")
        assert run.ask(b"HEAD / HTTP/1.1\r\nHost: evil.example\r\n\r\n").endswith(b"\r\n\r\n")
        assert run.requests == []
        assert [refusal.status for refusal in run.refusals] == [403, 403]


@pytest.mark.parametrize("late", [False, True])
def test_a_handler_that_raises_ends_in_500(late: bool) -> None:
    async def fails(request: Request) -> Response:
        await asyncio.sleep(0)
        raise KeyError(request.target)

    def fails_now(_exchange: Exchange) -> None:
        raise KeyError("/last")

    with running(asynchronous(fails) if late else fails_now) as run:
        assert run.ask(LAST).startswith(b"HTTP/1.1 500 ")
        assert run.failures == ["KeyError('/last')"]


def test_a_handler_that_raises_in_mid_answer_ends_in_a_close() -> None:
    def fails(exchange: Exchange) -> None:
        exchange.start(200)
        exchange.send(b"abc")
        raise KeyError

    with running(fails) as run:
        assert not run.ask(GET).endswith(b"0\r\n\r\n")


def test_coroutines_answer() -> None:
    async def answer(request: Request) -> Response:
        await asyncio.sleep(0.01)
        return Response(418, (("A", request.target),), b"tea", "Short and stout")

    with running(asynchronous(answer)) as run:
        assert run.ask(LAST).startswith(b"HTTP/1.1 418 Short and stout\r\nA: /last\r\n")


@pytest.mark.parametrize("how", ["close", "half", "reset"])
def test_the_handler_hears_that_its_client_is_gone(how: str) -> None:
    said: list[str] = []
    held: list[Exchange] = []

    def hold(exchange: Exchange) -> None:
        exchange.on_lost = lambda: said.append("lost")
        said.append("held")
        held.append(exchange)

    with running(hold) as run:
        client = run.connect()
        client.sendall(GET)
        until(lambda: held)
        if how == "half":
            client.shutdown(socket.SHUT_WR)
            until(lambda: len(said) > 1)
            run.call(lambda: echo(held[0]))
            assert until_closed(client).endswith(b"GET / ")  # an answer still goes out
        elif how == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        until(lambda: len(said) > 1)
        assert said == ["held", "lost"]


def test_a_pipelined_request_hears_it_too() -> None:
    """The client has sent its last before the second request is handed out."""
    said: list[str] = []
    held: list[Exchange] = []

    def hold(exchange: Exchange) -> None:
        exchange.on_lost = lambda: said.append(exchange.request.target)
        held.append(exchange)

    with running(hold) as run, run.connect() as client:
        client.sendall(b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
        until(lambda: said)
        run.call(lambda: echo(held[0]))
        until(lambda: len(said) > 1)
        assert said == ["/1", "/2"]
        run.call(lambda: echo(held[1]))
        assert until_closed(client).endswith(b"GET /2 ")


def test_an_answer_to_nobody_is_dropped() -> None:
    held: list[Exchange] = []
    with running(held.append) as run:
        client = run.connect()
        client.sendall(GET)
        until(lambda: held)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        until(lambda: held[0].lost)
        run.call(lambda: echo(held[0]))
        until(lambda: held[0].answered)
        assert not run.failures


def test_a_second_answer_is_a_bug() -> None:
    def twice(exchange: Exchange) -> None:
        echo(exchange)
        echo(exchange)

    with running(twice) as run:
        run.ask(LAST)
        until(lambda: run.failures)  # after the answer
        assert "RuntimeError" in run.failures[0]


@pytest.mark.parametrize(
    "data",
    [
        POST + b"Content-Length: 10\r\n\r\nabc",
        b"GET / HT",
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\na",
    ],
)
def test_a_client_gone_in_the_middle_calls_no_handler(data: bytes) -> None:
    with running() as run:
        with run.connect() as client:
            client.sendall(data)
            until(lambda: run.server.connections)
        until(lambda: run.server.connections == 0)
        assert run.requests == []


def test_connections_are_bounded() -> None:
    with running(limits=Limits(connections=3)) as run:
        clients = [run.connect() for _ in range(3)]
        for client in clients:
            client.sendall(GET)
            assert read(client, b"GET / ")
        assert run.ask(GET) == b""
        for client in clients:
            client.close()


def test_drop_closes_without_an_answer() -> None:
    with running(Exchange.drop) as run:
        assert run.ask(GET) == b""


def test_close_gives_grace_to_a_request_in_work() -> None:
    async def both() -> tuple[bytes, bytes, float]:
        held: dict[str, Exchange] = {}
        server = Server(lambda exchange: held.update({exchange.request.target: exchange}))
        host, port = await server.start()
        readers = []
        for data in (GET, LAST, b""):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(data)
            readers.append((reader, writer))
        while len(held) < 2 or server.connections < 3:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.005)
        start = time.monotonic()
        closing = asyncio.create_task(server.close(0.4))
        while server._empty is None:  # noqa: ASYNC110 - until the grace begins
            await asyncio.sleep(0)
        echo(held["/"])
        await closing
        took = time.monotonic() - start
        first, second, _ = [await reader.read() for reader, _ in readers]
        for _, writer in readers:
            writer.close()
        with pytest.raises(ConnectionError):
            await asyncio.open_connection(host, port)
        return first, second, took

    first, second, took = asyncio.run(asyncio.wait_for(both(), PATIENCE))
    assert first.endswith(b"Connection: close\r\n\r\nGET / ")
    assert second == b""
    assert took > 0.3


def test_a_date_where_it_is_wanted() -> None:
    with running(date=True) as run:
        assert b"\r\nDate: " in run.ask(LAST)
    with running() as run:
        assert b"\r\nDate: " not in run.ask(LAST)


def test_over_tls(tmp_path: Path) -> None:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    try:
        subprocess.run([*make, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl makes the certificate: apt-get install openssl")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    trusting = ssl.create_default_context(cafile=str(cert))
    with running(tls=context, limits=QUICK, stopped=True) as run:
        for data, says in ((LAST, b"GET /last "), (POST + b"A : b\r\n\r\n", b"400 Bad"), (b"GET", b"408")):
            with run.connect() as plain, trusting.wrap_socket(plain, server_hostname="localhost") as client:
                client.sendall(data)
                if says == b"408":
                    until(lambda: [line._wire.state for line in run.lines] == [State.HEAD])
                    run.forward(1)
                assert says in until_closed(client)
    with running(tls=context, limits=QUICK) as run:
        assert run.ask(GET) == b""  # no TLS: closed
        with run.connect() as silent:
            assert until_closed(silent) == b""  # no handshake: closed by time
