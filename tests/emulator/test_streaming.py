"""Responses that reach the caller while the function writes them: function URLs and the Lambda plane."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import http.client
import json
import re
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from emulator.serving import RUNTIME, Plane, serving, until
from onezip.emulator.environments import words
from onezip.emulator.environments.pool import Scaling
from onezip.emulator.front.calls import Here
from onezip.emulator.front.gate import Gate
from onezip.emulator.front.server import FrontServer
from onezip.emulator.gateway.apis import apis
from onezip.model.front import Front, FrontKind

STREAMING = RUNTIME.with_name("streaming.py")
PRELUDE = "application/vnd.awslambda.http-integration-response"
HEAD = '{"statusCode":201,"headers":{"content-type":"text/event-stream"},"cookies":["a=1"]}' + "\0" * 8
URL = Front(FrontKind.URL, streaming=True)


class Site:
    """A plane with one streaming function, and a front before it."""

    def __init__(self, plane: Plane, port: int) -> None:
        self.plane = plane
        self.port = port

    def send(
        self, event: Any, *, method: str = "POST", version: str = "1.1", more: str = ""
    ) -> socket.socket:
        """A request whose body is what the function shall do."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        body = json.dumps(event)
        head = f"{method} / HTTP/{version}\r\nHost: localhost\r\nContent-Type: application/json\r\n{more}"
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        return client

    def ask(self, event: Any, **manner: Any) -> tuple[bytes, bytes]:
        """Head and body, chunks as they came, until the server closes."""
        with self.send(event, more="Connection: close\r\n", **manner) as client:
            head, _, body = rest(client).partition(b"\r\n\r\n")
        return head, body

    def whys(self) -> list[str]:
        """What the front told of its own answers, and of replies that broke off."""
        told = (each["why"] for each in self.plane.records("request"))
        return [str(why) for why in told if why]


@contextlib.contextmanager
def site(front: Front = URL, *, timeout: float = 60.0, **settings: Any) -> Iterator[Site]:
    argv = (sys.executable, str(STREAMING))
    with serving(argv=argv, folder=STREAMING.parent, timeout=timeout, **settings) as plane:

        async def start() -> tuple[FrontServer, int]:
            calls = Here(plane.server, "us-east-1")
            made = FrontServer(
                apis({"f": (front,)}, ["f"]), calls, plane.recorder, Gate(calls, plane.recorder)
            )
            return made, (await made.start("127.0.0.1", 0))[1]

        server, port = asyncio.run_coroutine_threadsafe(start(), plane.loop).result(60)
        try:
            yield Site(plane, port)
        finally:
            asyncio.run_coroutine_threadsafe(server.close(), plane.loop).result(60)


@contextlib.contextmanager
def standing(plane: Plane) -> Iterator[None]:
    """The plane's clock stands meanwhile: no time of a function comes to its end, however slow all is."""
    plane.loop.call_soon_threadsafe(plane.clock.stop)
    try:
        yield
    finally:
        plane.loop.call_soon_threadsafe(plane.clock.go)


def chunks(body: bytes) -> bytes:
    """A body in chunks, complete or not."""
    data, rest = b"", body
    while found := re.match(rb"([0-9a-f]+)\r\n", rest):
        size = int(found[1], 16)
        data += rest[found.end() : found.end() + size]
        rest = rest[found.end() + size + 2 :]
    return data


def upto(client: socket.socket, end: bytes) -> bytes:
    """Read until the end is there."""
    data = b""
    while not data.endswith(end):
        piece = client.recv(65536)
        assert piece, data
        data += piece
    return data


def rest(client: socket.socket) -> bytes:
    """All that still comes, until the server closes."""
    data = b""
    while piece := client.recv(1 << 20):
        data += piece
    return data


def test_each_part_arrives_before_the_next_is_written(tmp_path: Path) -> None:
    steps: list[list[str]] = [["write", HEAD]]
    for number in range(5):
        steps += [["write", f"part {number};"], ["wait", str(tmp_path / str(number))]]
    with site() as here, here.send({"type": PRELUDE, "steps": steps}) as client:
        data = upto(client, b"part 0;\r\n")
        assert data.startswith(b"HTTP/1.1 201 Created\r\n")
        assert b"\r\ncontent-type: text/event-stream\r\n" in data
        assert b"\r\nset-cookie: a=1\r\n" in data.lower()
        assert b"\r\nTransfer-Encoding: chunked\r\n" in data
        assert b"content-length" not in data.lower()
        for number in range(4):
            (tmp_path / str(number)).touch()  # only now may the function go on
            assert upto(client, b";\r\n") == b"7\r\npart %d;\r\n" % (number + 1)
        assert here.plane.records("platform.runtimeDone") == []
        (tmp_path / "4").touch()
        assert upto(client, b"0\r\n\r\n") == b"0\r\n\r\n"
        (done,) = here.plane.wait("invocation")
        assert (done["status"], done["responseBytes"]) == ("success", len(HEAD) + 5 * 7)
        assert [each["status"] for each in here.plane.wait("request")] == [201]
        assert here.plane.wait("function")[-1]["line"] == "answered HTTP/1.1 202 Accepted"


@pytest.mark.parametrize(
    ("event", "status", "kind", "body"),
    [
        ({"steps": [["write", "plain"]]}, 200, b"application/octet-stream", b"plain"),
        ({"type": "text/html", "steps": [["write", "<p>"]]}, 200, b"text/html", b"<p>"),
        ({"type": "text/a", "mode": "streaming", "steps": [["write", "m"]]}, 200, b"text/a", b"m"),
        ({"type": "text/a", "steps": []}, 200, b"text/a", b""),
        (
            {"type": PRELUDE, "steps": [["write", HEAD[:9]], ["write", HEAD[9:] + "b"]]},
            201,
            b"text/event-stream",
            b"b",
        ),
        (
            {"type": PRELUDE, "steps": [["write", '{"statusCode":204}' + "\0" * 8]]},
            204,
            b"application/octet-stream",
            b"",
        ),
        # the buffered way: what it is, is the body
        (
            {"type": "application/json", "whole": '{"statusCode":404}'},
            200,
            b"application/json",
            b'{"statusCode":404}',
        ),
        # only the type says that there is a prelude
        (
            {"type": "text/a", "steps": [["write", "a\0\0\0\0\0\0\0\0b"]]},
            200,
            b"text/a",
            b"a\0\0\0\0\0\0\0\0b",
        ),
    ],
)
def test_what_a_reply_becomes(event: Any, status: int, kind: bytes, body: bytes) -> None:
    with site() as here:
        head, got = here.ask(event)
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert b"content-type: %b" % kind in head.lower()
        assert chunks(got) == body
        assert got.endswith(b"0\r\n\r\n") or status == 204
        assert here.whys() == []


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ({"type": PRELUDE, "steps": [["write", "{no\0\0\0\0\0\0\0\0"]]}, "the reply is not JSON"),
        ({"type": PRELUDE, "steps": [["write", "{}"]]}, "the reply ended before the eight NUL bytes"),
        ({"type": PRELUDE, "steps": [["bytes", 2_000_000]]}, "the reply's prelude is over 1048576 bytes"),
        (
            {"type": PRELUDE, "steps": [["write", '{"headers":{"a":"b\\r\\nc: d"}}' + "\0" * 8]]},
            "the header a holds a line break or NUL",
        ),
        ({"steps": [["exit", 3]]}, "Runtime exited with error: exit status 3"),
        (
            {"type": PRELUDE, "steps": [["write", "{"], ["exit", 3]]},
            "Runtime exited with error: exit status 3",
        ),
        ({"type": PRELUDE, "steps": [["write", "{"], ["sleep", 600]]}, "Task timed out after 1.00 seconds"),
        ({"error": {"errorMessage": "x"}}, "the function reported an error"),
    ],
)
def test_what_fails_before_the_first_byte_is_a_whole_answer(event: Any, why: str) -> None:
    with site(timeout=1.0 if "timed out" in why else 60.0) as here:
        head, got = here.ask(event)
        assert head.startswith(b"HTTP/1.1 502 "), (head, got)
        assert b"Content-Length: %d" % len(got) in head
        assert any(each.startswith(why) for each in until(here.whys)), here.whys()


ERROR = {
    "Lambda-Runtime-Function-Error-Type": "App.Broken",
    "Lambda-Runtime-Function-Error-Body": "eyJlcnJvck1lc3NhZ2UiOiJib29tIn0=",
}


@pytest.mark.parametrize(
    ("last", "why", "status", "kind"),
    [
        (["exit", 3], "Runtime exited with error: exit status 3", "error", "Runtime.ExitError"),
        (["sleep", 600], "Task timed out after 1.00 seconds", "timeout", "Sandbox.Timedout"),
        (["trailers", ERROR], "the function reported an error", "error", "App.Broken"),
        (["close"], "the runtime broke off its reply", "error", "Runtime.TruncatedResponse"),
    ],
)
def test_a_reply_that_breaks_off_has_no_last_chunk(last: list[Any], why: str, status: str, kind: str) -> None:
    event = {"type": PRELUDE, "steps": [["write", HEAD], ["write", "begun"], last]}
    with site(timeout=1.0 if status == "timeout" else 60.0, scaling=Scaling(1)) as here:
        with standing(here.plane):
            client = here.send(event, more="Connection: close\r\n")
            begun = upto(client, b"begun\r\n")
        with client:  # from now on it may time out
            assert rest(client) == b""
        assert begun.startswith(b"HTTP/1.1 201 ")
        assert begun.endswith(b"\r\n\r\n5\r\nbegun\r\n")
        assert until(here.whys) == [why]
        (done,) = here.plane.wait("invocation")
        assert (done["status"], done["answer"].error_type) == (status, kind)
        with standing(here.plane):  # the environment is of use again
            _, got = here.ask({"type": "a/b", "steps": [["write", "next"]]})
        assert chunks(got) == b"next"


def test_head_and_old_clients() -> None:
    event = {"type": PRELUDE, "steps": [["write", HEAD], ["write", "body"]]}
    with site() as here:
        head, got = here.ask(event, method="HEAD")
        assert (head[:12], got) == (b"HTTP/1.1 201", b"")
        head, got = here.ask(event, version="1.0")
        assert got == b"body"
        assert b"transfer-encoding" not in head.lower()
        assert b"Connection: close" in head
        assert here.whys() == []


def test_a_slow_client_holds_the_function_up_and_not_in_memory() -> None:
    size = 64 << 20
    with site() as here, here.send({"steps": [["bytes", size]]}) as client:
        got = len(client.recv(1000))
        left = until(lambda: stalled(here.plane))
        assert size - left < 24 << 20  # what kernels and one server's buffers hold
        while got < size:
            piece = client.recv(1 << 20)
            assert piece, got
            got += len(piece)
        here.plane.wait("invocation")


def stalled(plane: Plane) -> int:
    """The bytes that the function has still to write, if it gets no further for a while; else 0."""
    lines = plane.records("function")
    time.sleep(0.5)
    again = plane.records("function")
    return int(str(again[-1]["line"]).split()[1]) if again and len(lines) == len(again) else 0


def test_a_client_that_leaves_does_not_stop_the_function(tmp_path: Path) -> None:
    steps = [["write", "begun"], ["wait", str(tmp_path / "go")], ["bytes", 8 << 20]]
    with site() as here:
        client = here.send({"steps": steps})
        upto(client, b"begun\r\n")
        client.close()
        (tmp_path / "go").touch()
        (done,) = here.plane.wait("invocation")
        assert (done["status"], done["responseBytes"]) == ("success", (8 << 20) + 5)
        assert here.plane.records("function")[-1]["line"] == "answered HTTP/1.1 202 Accepted"


@pytest.mark.parametrize("at", ["front", "plane"])
def test_a_client_that_leaves_while_it_holds_the_function_up(at: str) -> None:
    event = {"steps": [["bytes", 64 << 20]]}
    with site() as here:
        if at == "front":
            client = here.send(event)
        else:
            client = socket.create_connection(("127.0.0.1", here.plane.port), timeout=60)
            body = json.dumps(event)
            path = "/2021-11-15/functions/f/response-streaming-invocations"
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
            client.sendall(f"{head}{body}".encode())
        client.recv(1000)
        until(lambda: stalled(here.plane))
        client.close()
        (done,) = here.plane.wait("invocation")
        assert (done["status"], done["responseBytes"]) == ("success", 64 << 20)


@pytest.mark.skipif(sys.platform != "linux", reason="open files are counted in /proc")
def test_a_timeout_while_a_client_holds_the_function_up_leaves_nothing_open() -> None:
    files = Path("/proc/self/fd")

    def settled() -> int:
        count = len(list(files.iterdir()))
        time.sleep(0.3)
        return count if count == len(list(files.iterdir())) else 0

    with site(timeout=2.0, scaling=Scaling(1)) as here:
        with standing(here.plane):
            here.ask({"steps": [["write", "warm"]]})
        here.plane.wait("invocation")  # the function has asked for its next event
        before = until(settled)
        with here.send({"steps": [["bytes", 64 << 20]]}) as client:
            client.recv(1000)
            done = here.plane.wait("invocation", 2)[1]
            assert done["status"] == "timeout"
            rest(client)
        here.ask({"steps": [["write", "again"]]})
        until(lambda: len(list(files.iterdir())) <= before)


def test_a_buffered_url_sends_a_streamed_reply_at_its_end() -> None:
    with site(Front(FrontKind.URL)) as here:
        head, got = here.ask({"steps": [["write", '{"statusCode":202,'], ["write", '"body":"ab"}']]})
        assert (head[:12], got) == (b"HTTP/1.1 202", b"ab")
        head, got = here.ask({"type": PRELUDE, "steps": [["write", HEAD], ["write", "body"]]})
        assert head[:12] == b"HTTP/1.1 502"  # a prelude is no reply there
        assert until(here.whys) == ["the reply is not JSON"]
        head, got = here.ask({"steps": [["bytes", 6_291_557]]})
        assert head[:12] == b"HTTP/1.1 502"
        assert until(lambda: here.whys()[1:]) == ["the function's reply is over 6 MB"]


# ---- the Lambda plane -----------------------------------------------------------------------------------


def client(plane: Plane) -> Any:
    return boto3.client(
        "lambda",
        endpoint_url=f"http://127.0.0.1:{plane.port}",
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"max_attempts": 0}, read_timeout=60),
    )


def events(plane: Plane, event: Any, **more: Any) -> tuple[bytes, Mapping[str, str]]:
    """The payload of all chunks, and the last event. Time goes on when the first event is there."""
    with standing(plane):
        got = client(plane).invoke_with_response_stream(FunctionName="f", Payload=json.dumps(event), **more)
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert got["ResponseStreamContentType"] == "application/vnd.amazon.eventstream"
        assert got["ExecutedVersion"] == "$LATEST"
        coming = iter(got["EventStream"])
        told = [next(coming)]
    told += coming
    assert [name for each in told for name in each][-1:] == ["InvokeComplete"]
    return b"".join(each["PayloadChunk"]["Payload"] for each in told[:-1]), told[-1]["InvokeComplete"]


def test_events_of_the_plane_come_as_the_function_writes(tmp_path: Path) -> None:
    steps = [["write", "one"], ["wait", str(tmp_path / "go")], ["write", "two"]]
    with site() as here:
        got = client(here.plane).invoke_with_response_stream(
            FunctionName="f", Payload=json.dumps({"steps": steps})
        )
        told = iter(got["EventStream"])
        assert next(told) == {"PayloadChunk": {"Payload": b"one"}}
        (tmp_path / "go").touch()
        assert list(told) == [{"PayloadChunk": {"Payload": b"two"}}, {"InvokeComplete": {}}]


@pytest.mark.parametrize(
    ("event", "payload", "code", "details"),
    [
        ({"type": PRELUDE, "steps": [["write", HEAD + "b"]]}, HEAD.encode() + b"b", None, None),
        ({"whole": '{"a":1}'}, b'{"a":1}', None, None),
        ({"whole": ""}, b"", None, None),
        (
            {"error": {"errorType": "E", "errorMessage": "m"}},
            b"",
            "Unhandled",
            '{"errorType": "E", "errorMessage": "m"}',
        ),
        ({"steps": [["write", "a"], ["trailers", ERROR]]}, b"a", "App.Broken", '{"errorMessage":"boom"}'),
        ({"steps": [["write", "a"], ["exit", 1]]}, b"a", "Runtime.ExitError", "exit status 1"),
        (
            {"steps": [["write", "a"], ["sleep", 600]]},
            b"a",
            "Sandbox.Timedout",
            "Task timed out after 1.00 seconds",
        ),
    ],
)
def test_how_events_end(event: Any, payload: bytes, code: str | None, details: str | None) -> None:
    with site(timeout=1.0 if code == "Sandbox.Timedout" else 60.0) as here:
        got, last = events(here.plane, event)
        assert (got, last.get("ErrorCode")) == (payload, code)
        assert details is None or details in last["ErrorDetails"]
        assert "LogResult" not in last


def test_the_tail_of_a_stream_stands_in_its_last_event() -> None:
    with site() as here:
        got, last = events(here.plane, {"steps": [["write", "a"]]}, LogType="Tail")
        tail = base64.b64decode(last["LogResult"]).decode()
        assert got == b"a"
        assert "answered HTTP/1.1 202 Accepted" in tail
        assert tail.splitlines()[-1].startswith("REPORT RequestId: ")


def test_refusals_of_the_streaming_call() -> None:
    path = "/2021-11-15/functions/{}/response-streaming-invocations"
    with site() as here:
        connection = http.client.HTTPConnection("127.0.0.1", here.plane.port, timeout=60)
        for method, name, headers, status in (
            ("POST", "g", {}, 404),
            ("GET", "f", {}, 405),
            ("POST", "f", {"X-Amz-Invocation-Type": "Event"}, 400),
            ("POST", "f", {"X-Amz-Invocation-Type": "DryRun"}, 204),
        ):
            connection.request(method, path.format(name), b"{}" if method == "POST" else None, headers)
            got = connection.getresponse()
            text = got.read()
            assert got.status == status, text
            if status == 400:
                assert b"enum value set: [DryRun, RequestResponse]" in text
        connection.close()


@pytest.mark.ring2
def test_a_stream_has_a_limit() -> None:
    with site(timeout=120.0) as here:
        assert words.STREAM_LIMIT == 200 << 20
        with here.send({"steps": [["bytes", (200 << 20) + 1]]}, more="Connection: close\r\n") as socket_:
            got, last = 0, b""
            while piece := socket_.recv(1 << 20):
                got, last = got + len(piece), piece
        assert not last.endswith(b"0\r\n\r\n")
        assert got > 199 << 20
        assert until(here.whys) == ["the function's reply is over 200 MB"]
        (done,) = here.plane.wait("invocation")
        assert done["answer"].error_type == "Function.ResponseSizeTooLarge"
