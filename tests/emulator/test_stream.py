"""A streamed response in the machine, its framing in events, and how a function URL's reply begins."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer

from emulator.scripts import ID, Script, answers, invocation, records, short
from onezip.emulator.environments import words
from onezip.emulator.environments.runtime_api import (
    ConnectionLost,
    Effect,
    Invoked,
    Opened,
    Passed,
    ProcessExited,
    Reason,
    ShutdownAsked,
    Streamed,
    StreamEnded,
    TimerFired,
)
from onezip.emulator.events import url
from onezip.emulator.events.replies import Malformed
from onezip.emulator.http.message import EMPTY, Headers, Request
from onezip.emulator.plane import event_stream

RESPONSE = f"/2018-06-01/runtime/invocation/{ID}/response"
ERROR = Headers(
    [
        ("Lambda-Runtime-Function-Error-Type", "App.Broken"),
        ("Lambda-Runtime-Function-Error-Body", "eyJhIjoxfQ=="),
    ]
)


def begun(content_type: str = "a/b", *, connection: int = 2) -> Script:
    """A warm environment whose runtime has begun to write."""
    script = Script()
    script.warm()
    script.event(Invoked(invocation()._replace(streamed=True)))
    asked = asking(content_type, connection=connection)
    assert script.machine.streams(asked)
    assert script.event(asked) == [Opened(ID, connection, content_type)]
    script.effects.clear()
    return script


def asking(content_type: str = "a/b", *, connection: int = 2, flowing: bool = True, **heads: str) -> Request:
    pairs = [
        ("Content-Type", content_type),
        *((name.replace("_", "-"), value) for name, value in heads.items()),
    ]
    return Request("POST", RESPONSE, headers=Headers(pairs), connection=connection, flowing=flowing)


def told(effects: list[Effect]) -> list[str]:
    """Words of the effects that are not records or timers."""
    return [each for each in short(effects) if each.startswith(("reply", "answer", "kill", "idle", "down"))]


def test_parts_pass_and_the_end_is_an_empty_answer() -> None:
    script = begun()
    assert script.event(Streamed(2, b"abc"), 0.5) == [Passed(b"abc")]
    assert script.event(Streamed(2, b"de")) == [Passed(b"de")]
    ended = script.event(StreamEnded(2, EMPTY))
    assert told(ended) == ["reply 2 202", "answer ok "]
    assert answers(ended)[0].streamed == 5
    assert records(ended) == []
    done = script.next(0.25)
    assert short(done)[-1] == "idle"
    assert records(done)[0].fields["metrics"] == {"durationMs": 750.0}


def test_a_runtime_that_asks_before_its_response_is_read() -> None:
    script = begun()
    assert script.next() == []
    assert told(script.event(StreamEnded(2, EMPTY))) == ["reply 2 202", "answer ok ", "idle"]


@pytest.mark.parametrize(
    ("change", "streams"),
    [
        ({}, True),
        ({"method": "GET"}, False),
        ({"target": RESPONSE.replace("response", "error")}, False),
        ({"target": RESPONSE.replace(ID, "other")}, False),
        ({"headers": Headers([("Lambda-Runtime-Function-Response-Mode", "streaming")])}, True),
        ({"headers": Headers([("Lambda-Runtime-Function-Response-Mode", "slow")])}, False),
    ],
)
def test_what_is_streamed(change: dict[str, Any], streams: bool) -> None:
    script = Script()
    script.warm()
    asked = Request(**{"method": "POST", "target": RESPONSE, **change})
    assert not script.machine.streams(asked)  # nothing is under way
    script.event(Invoked(invocation()._replace(streamed=True)))
    assert script.machine.streams(asked) is streams
    if streams:
        script.event(asking())
        assert not script.machine.streams(asked)  # it has begun already
    other = Script()
    other.warm()
    other.event(Invoked(invocation()))
    assert not other.machine.streams(asked)  # the caller wants it whole


def test_an_error_in_the_trailers() -> None:
    script = begun()
    script.event(Streamed(2, b"abc"))
    (answer,) = answers(script.event(StreamEnded(2, ERROR)))
    assert (answer.payload, answer.error, answer.error_type) == (b'{"a":1}', "Unhandled", "App.Broken")
    assert (answer.reason, answer.streamed) == (Reason.FUNCTION, 3)
    report = records(script.next())[-1].fields
    assert (report["status"], report["errorType"]) == ("error", "Runtime.Unknown")


def test_a_response_may_have_its_limit_and_no_more() -> None:
    script = begun()
    whole = bytes(words.STREAM_LIMIT)
    assert script.event(Streamed(2, whole)) == [Passed(whole)]
    over = script.event(Streamed(2, b"x"))
    (answer,) = answers(over)
    assert (answer.error_type, answer.reason) == ("Function.ResponseSizeTooLarge", Reason.TOO_LARGE)
    assert told(over)[0] == "reply 2 413"
    assert script.event(Streamed(2, b"x")) == []
    assert script.event(StreamEnded(2, EMPTY)) == []
    assert short(script.next())[-1] == "idle"


@pytest.mark.parametrize("after", ["lost first", "next first"])
def test_a_response_that_the_runtime_breaks_off(after: str) -> None:
    script = begun()
    script.event(Streamed(2, b"abc"))
    if after == "lost first":
        assert script.event(ConnectionLost(2)) == []
        done = script.next(connection=3)
    else:
        assert script.next(connection=3) == []
        done = script.event(ConnectionLost(2))
    assert answers(done)[0].error_type == "Runtime.TruncatedResponse"
    assert answers(done)[0].streamed == 3
    assert short(done)[-1] == "idle"
    assert script.event(ConnectionLost(2)) == []


def test_another_connection_is_not_the_stream_s() -> None:
    script = begun()
    assert script.event(Streamed(9, b"abc")) == []
    assert script.event(StreamEnded(9, EMPTY)) == []
    assert script.event(ConnectionLost(9)) == []
    assert told(script.respond(connection=9)) == ["reply 9 403"]
    assert told(script.event(StreamEnded(2, EMPTY))) == ["reply 2 202", "answer ok "]


@pytest.mark.parametrize("lost", [False, True])
def test_a_process_that_ends_in_the_middle(lost: bool) -> None:
    script = begun()
    script.event(Streamed(2, b"abc"))
    if lost:
        assert script.event(ConnectionLost(2)) == []
    done = script.event(ProcessExited(3))
    assert answers(done)[0].error_type == "Runtime.ExitError"
    assert told(done)[-1] == "down"
    assert script.event(Streamed(2, b"late")) == []


def test_a_timeout_and_a_shutdown_in_the_middle() -> None:
    script = begun()
    done = script.event(TimerFired("invoke"), 3)
    assert answers(done)[0].error_type == "Sandbox.Timedout"
    assert told(done)[-1] == "kill 0"
    script = begun()
    assert answers(script.event(ShutdownAsked("test")))[0].reason is Reason.SHUTDOWN


# ---- events ---------------------------------------------------------------------------------------------


def test_messages_as_botocore_reads_them() -> None:
    buffer: Any = EventStreamBuffer()
    buffer.add_data(event_stream.chunk(b"\0abc") + event_stream.complete("Code", "dé", "bG9n"))
    first, last = (each.to_response_dict() for each in buffer)
    assert first["headers"] == {
        ":event-type": "PayloadChunk", ":content-type": "application/octet-stream", ":message-type": "event",
    }  # fmt: skip
    assert first["body"] == b"\0abc"
    assert last["headers"][":event-type"] == "InvokeComplete"
    assert json.loads(last["body"]) == {"ErrorCode": "Code", "ErrorDetails": "dé", "LogResult": "bG9n"}


def test_a_message_to_the_byte() -> None:
    """The example of AWS's own test vectors: one header and a payload."""
    made = event_stream.message({"content-type": "application/json"}, b"{'foo':'bar'}")
    head = "0000003d0000002007fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e"
    assert made.hex() == f"{head}7b27666f6f273a27626172277d8d9c08b1"


# ---- how a reply of a function URL begins ---------------------------------------------------------------

HEAD = b'{"statusCode":201,"headers":{"x":"y"}}' + url.MARK


@pytest.mark.parametrize("cut", range(1, len(HEAD)))
def test_a_prelude_may_come_in_any_pieces(cut: int) -> None:
    opening = url.Opening(url.PRELUDE)
    assert opening.feed(HEAD[:cut]) is None
    response = opening.feed(HEAD[cut:] + b"\0body")
    assert response is not None
    assert (response.status, response.body) == (201, b"\0body")
    assert ("x", "y") in list(response.headers)


@pytest.mark.parametrize(
    ("content_type", "becomes"), [("", "application/octet-stream"), ("text/html", "text/html")]
)
def test_without_a_prelude_the_type_is_the_runtime_s(content_type: str, becomes: str) -> None:
    response = url.Opening(content_type).feed(HEAD)
    assert response is not None
    assert (response.status, list(response.headers)) == (200, [("Content-Type", becomes)])
    assert response.body == HEAD


@pytest.mark.parametrize(
    "data",
    [b"[]" + url.MARK, b"x" + url.MARK, b'{"statusCode":99}' + url.MARK, bytes(2 << 20).replace(b"\0", b"a")],
)
def test_preludes_that_are_none(data: bytes) -> None:
    with pytest.raises(Malformed):
        url.Opening(f"{url.PRELUDE}; charset=utf-8").feed(data)
