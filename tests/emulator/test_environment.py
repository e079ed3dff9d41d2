"""Environments with real processes behind the Invoke API: failures at each phase, and what callers get."""

from __future__ import annotations

import asyncio
import base64
import concurrent.futures
import contextlib
import http.client
import json
import os
import socket
import struct
import sys
import threading
import time
from pathlib import Path

import pytest

from emulator.serving import Answered, Plane, alive, serving, stopped, until
from onezip.emulator.environments.call import Kind
from onezip.emulator.environments.lines import text
from onezip.emulator.environments.pool import Scaling
from onezip.emulator.plane.lambda_server import Manner

ONE = Scaling(most=1)
"""A second call waits until the environment is free, however long that takes."""

posix = pytest.mark.skipif(os.name != "posix", reason="signals and /proc: a POSIX system is needed")


def log(plane: Plane) -> list[str]:
    """The log stream so far."""
    found = []
    for event in list(plane.heard):
        if event.type == "function":
            found.append(str(event.fields["line"]))
        found += text(event.type, event.fields)
    return found


def outlasting(plane: Plane, event: dict[str, object], name: str = "f") -> Answered:
    """The answer to a call that its function does not come to the end of: a minute passes meanwhile."""
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        call = threads.submit(plane.call, {"print": "begins", **event}, name)
        plane.hears("begins")
        plane.leap(60)
        return call.result()


def unhandled(request_id: str, kind: str, message: str) -> dict[str, str]:
    return {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {message}"}


def deadline(answered: Answered) -> float:
    """When the call would have timed out, in seconds since 1970."""
    return int(answered.value["headers"]["Lambda-Runtime-Deadline-Ms"]) / 1000


def test_calls_share_an_environment_and_lines_stand_under_their_invocation() -> None:
    with serving(scaling=ONE) as plane:
        begun = time.time()
        first = plane.call({"print": "hello", "after": "bye"})
        answered = time.time()
        assert (first.status, first.error) == (200, None)
        plane.leap(30)
        second = plane.call({"print": "again"})
        assert (first.value["count"], second.value["count"]) == (1, 2)
        one, two = plane.wait("invocation", 2)
        assert one["lines"] == ["started", "hello", "bye"]
        assert two["lines"] == ["again"]
        assert one["metrics"]["initDurationMs"] > 0
        assert "initDurationMs" not in two["metrics"]
        if sys.platform == "linux":
            assert 4 < one["metrics"]["maxMemoryUsedMB"] < 100
        heads = first.value["headers"]
        assert heads["Lambda-Runtime-Aws-Request-Id"] == first.headers["x-amzn-RequestId"]
        assert heads["Lambda-Runtime-Trace-Id"] == first.headers["X-Amzn-Trace-Id"]
        assert begun - 1 < deadline(first) - 60 < answered + 1
        assert deadline(second) - 60 < time.time() + 1  # the function knows nothing of the plane's clock


def test_lines_after_an_answer_stand_under_it_however_soon_the_next_call_comes() -> None:
    with serving(scaling=ONE) as plane:
        connection = http.client.HTTPConnection("127.0.0.1", plane.port, timeout=180)
        with contextlib.closing(connection):
            for number in range(100):
                body = json.dumps({"after": f"after {number}"})
                connection.request("POST", "/2015-03-31/functions/f/invocations", body)
                assert connection.getresponse().read()
        told = [fields["lines"][-1:] for fields in plane.wait("invocation", 100)]
        assert told == [[f"after {number}"] for number in range(100)]


@posix
@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"exit": 7}, "Runtime exited with error: exit status 7"),
        ({"exit": 0}, "Runtime exited without providing a reason"),
        ({"kill": "SIGKILL"}, "Runtime exited with error: signal: killed"),
        ({"kill": "SIGTERM"}, "Runtime exited with error: signal: terminated"),
        ({"segfault": True}, "Runtime exited with error: signal: segmentation fault (core dumped)"),
    ],
)
def test_a_process_that_dies_in_an_invocation(event: dict[str, object], message: str) -> None:
    with serving(scaling=ONE) as plane:
        before = plane.call().value["pid"]
        got = plane.call({"print": "last words", **event})
        assert (got.status, got.error) == (200, "Unhandled")
        request_id = got.headers["x-amzn-RequestId"]
        assert got.value == unhandled(request_id, "Runtime.ExitError", message)
        after = plane.call().value
        assert (after["count"], after["pid"] != before) == (1, True)
        dead = plane.wait("invocation", 3)[1]
        assert dead["lines"] == ["last words"]
        assert dead["environment"] == 1
        assert dead["hint"]
        lines = log(plane)
        assert f"START RequestId: {request_id} Version: $LATEST" in lines
        assert any(
            line.startswith(f"REPORT RequestId: {request_id}\t")
            and line.endswith("\tStatus: error\tError Type: Runtime.ExitError")
            for line in lines
        )


@posix
def test_a_process_that_dies_between_two_invocations() -> None:
    with serving() as plane:
        first = plane.call().value["pid"]
        plane.wait("invocation")
        os.kill(first, 9)
        until(lambda: not alive(first))
        until(lambda: not plane.server.pool("f")._warm)
        again = plane.call()
        assert (again.error, again.value["count"]) == (None, 1)
        assert plane.wait("invocation", 2)[1]["environment"] == 1


def test_a_process_that_dies_after_its_answer() -> None:
    with serving(scaling=ONE) as plane:
        got = plane.call({"exit_after": 3})
        assert got.error is None
        assert plane.call().value["count"] == 1
        assert plane.wait("invocation", 2)[0]["status"] == "error"


def test_the_caller_has_the_answer_before_the_function_is_through(tmp_path: Path) -> None:
    with serving() as plane:
        plane.call()
        plane.wait("invocation")
        plane.call({"wait_after": str(tmp_path / "through")})
        # the environment is busy until the runtime asks for the next event, so this is another one
        assert plane.call().value["count"] == 1
        (tmp_path / "through").touch()
        plane.wait("invocation", 3)
        assert len({fields["environment"] for fields in plane.records("invocation")}) == 2


def test_a_timeout() -> None:
    with serving() as plane:
        plane.call()
        got = outlasting(plane, {"sleep": 600})
        request_id = got.headers["x-amzn-RequestId"]
        assert got.error == "Unhandled"
        assert got.value == unhandled(request_id, "Sandbox.Timedout", "Task timed out after 60.00 seconds")
        assert plane.call().value["count"] == 1
        (ended,) = [one for one in plane.wait("invocation", 3) if one["status"] == "timeout"]
        assert "raise `timeout`" in ended["hint"]


@posix
def test_a_stopped_process_times_out_and_is_replaced() -> None:
    with serving(scaling=ONE) as plane, concurrent.futures.ThreadPoolExecutor(1) as threads:
        first = plane.call().value["pid"]
        call = threads.submit(plane.call, {"kill": "SIGSTOP"})
        until(lambda: stopped(first))
        plane.leap(60)
        assert call.result().value["errorType"] == "Sandbox.Timedout"
        assert plane.call().value["count"] == 1
        assert not alive(first)


def test_a_process_that_grows_is_measured_at_its_peak() -> None:
    with serving(scaling=ONE) as plane:
        plane.call()
        plane.call({"allocate": 64, "sleep": 0.1})
        plane.call()
        before, grown, after = (one["metrics"]["maxMemoryUsedMB"] for one in plane.wait("invocation", 3))
        assert grown >= before + 60
        assert after == grown


def test_a_timeout_after_the_answer_ends_the_process() -> None:
    with serving(scaling=ONE) as plane:
        first = plane.call().value["pid"]
        assert plane.call({"after": "sleeps", "sleep_after": 600}).value["pid"] == first
        plane.hears("sleeps")
        plane.leap(60)
        ended = plane.wait("invocation", 2)[1]
        assert ended["status"] == "timeout"
        assert plane.call().value["pid"] != first


def test_an_init_that_fails_is_tried_again_and_told() -> None:
    with serving({"INIT_EXIT": "9"}) as plane:
        got = plane.call()
        request_id = got.headers["x-amzn-RequestId"]
        told = "Runtime exited with error: exit status 9"
        assert got.value == unhandled(request_id, "Runtime.ExitError", told)
        plane.wait("invocation")
        lines = log(plane)
        assert lines.count("ends in its init") == 2
        assert [line.partition("\t")[2] for line in lines if line.startswith("INIT_REPORT")] == [
            "Phase: init\tStatus: error\tError Type: Runtime.ExitError",
            "Phase: invoke\tStatus: error\tError Type: Runtime.ExitError",
        ]
        # and once more with the next call, inside of it
        assert plane.call().error == "Unhandled"


def test_an_init_error_that_is_reported() -> None:
    with serving({"INIT_ERROR": "1"}) as plane:
        got = plane.call()
        assert got.error == "Unhandled"
        assert got.body == b'{"errorMessage":"no config","errorType":"Runtime.ConfigError"}'


def test_a_slow_init_is_ended_and_tried_inside_of_the_call(tmp_path: Path) -> None:
    env = {"INIT_ONCE": str(tmp_path / "once"), "INIT_SLEEP": "1.5"}
    with serving(env) as plane, concurrent.futures.ThreadPoolExecutor(1) as threads:
        call = threads.submit(plane.call)
        plane.hears("hangs in its init")
        plane.leap(60)
        assert call.result().error is None
        (ended,) = plane.wait("invocation")
        assert ended["metrics"]["durationMs"] > 600
        assert "initDurationMs" not in ended["metrics"]
        assert any("Phase: init\tStatus: timeout" in line for line in log(plane))


def test_what_it_takes_to_unpack_is_not_the_init() -> None:
    planes: list[Plane] = []

    async def unpack(_: object) -> None:
        planes[0].leap(100)
        await asyncio.sleep(0)

    with serving(before=unpack) as plane:
        planes.append(plane)
        assert plane.call().error is None
        (ended,) = plane.wait("invocation")
        assert 0 < ended["metrics"]["initDurationMs"] < 60_000
        assert len(plane.records("platform.initStart")) == 1


def test_an_end_while_a_process_is_about_to_start() -> None:
    answered = threading.Event()
    with concurrent.futures.ThreadPoolExecutor() as threads:
        with serving(before=lambda _: asyncio.to_thread(answered.wait, 60), grace=0.2) as plane:
            call = threads.submit(plane.call)
            call.add_done_callback(lambda _: answered.set())
            plane.wait("platform.initStart")
        assert call.result().headers["x-amzn-ErrorType"] == "ServiceException"


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    missing = tmp_path / "bootstrap"
    with serving(argv=(str(missing),), folder=tmp_path) as plane:
        got = plane.call()
        assert got.error == "Unhandled"
        assert got.value["errorType"] in {"Runtime.InvalidEntrypoint", "Runtime.ExitError"}


def test_an_error_of_the_function_passes() -> None:
    with serving() as plane:
        error = {"errorMessage": "boom", "errorType": "E", "stackTrace": ["a"]}
        got = plane.call({"error": error})
        assert (got.status, got.error, got.value) == (200, "Unhandled", error)


def test_sizes_of_responses() -> None:
    with serving(scaling=ONE) as plane:
        assert len(plane.call({"large": 6_291_556}).body) == 6_291_556
        got = plane.call({"large": 6_291_557})
        assert got.error == "Unhandled"
        assert got.value == {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        }
        assert "answered with 413" in plane.wait("invocation", 2)[1]["lines"]


def test_sizes_of_requests() -> None:
    with serving() as plane:
        body = b'{"return":"' + b"x" * (6_291_456 - 13) + b'"}'
        assert len(plane.call(body).value) == 6_291_456 - 13
        got = plane.call(body + b" ")
        assert (got.status, got.headers["x-amzn-ErrorType"]) == (413, "RequestEntityTooLargeException")
        assert len(plane.wait("invocation")) == 1


def test_a_tail_holds_start_lines_and_report() -> None:
    with serving() as plane:
        plane.call()
        got = plane.call({"print": "in between", "after": "at last"}, X_Amz_Log_Type="Tail")
        tail = base64.b64decode(got.headers["X-Amz-Log-Result"]).decode().splitlines()
        request_id = got.headers["x-amzn-RequestId"]
        assert tail[0] == f"START RequestId: {request_id} Version: $LATEST"
        assert tail[1:3] == ["in between", "at last"]
        assert tail[3] == f"END RequestId: {request_id}"
        assert tail[4].startswith(f"REPORT RequestId: {request_id}\tDuration: ")


def test_event_and_dry_run() -> None:
    with serving() as plane:
        got = plane.call({"print": "later"}, X_Amz_Invocation_Type="Event")
        assert (got.status, got.body) == (202, b"")
        (ended,) = plane.wait("invocation")
        assert ended["invocationType"] == Kind.EVENT
        assert ended["requestId"] == got.headers["x-amzn-RequestId"]
        assert plane.call({}, X_Amz_Invocation_Type="DryRun").status == 204
        assert len(plane.records("invocation")) == 1


def test_many_callers_share_few_environments_without_an_error() -> None:
    with serving(scaling=Scaling(most=4)) as plane:
        with concurrent.futures.ThreadPoolExecutor(64) as threads:
            got = list(threads.map(lambda _: plane.call({"sleep": 0.02}), range(128)))
        assert {one.status for one in got} == {200}
        assert {one.error for one in got} == {None}
        assert len({one.value["pid"] for one in got}) <= 4


def test_throttle(tmp_path: Path) -> None:
    with serving(scaling=Scaling(most=1, throttle=True)) as plane:
        plane.call()
        plane.wait("invocation")
        with concurrent.futures.ThreadPoolExecutor(2) as threads:
            slow = threads.submit(plane.call, {"print": "begins", "wait": str(tmp_path / "go")})
            plane.hears("begins")
            got = plane.call()
            assert (got.status, got.headers["x-amzn-ErrorType"]) == (429, "TooManyRequestsException")
            (tmp_path / "go").touch()
            assert slow.result().status == 200


@pytest.mark.parametrize("rudely", [False, True])
def test_a_caller_who_leaves_harms_nobody(tmp_path: Path, rudely: bool) -> None:
    with serving(scaling=ONE) as plane:
        plane.call()
        plane.wait("invocation")
        body = json.dumps({"wait": str(tmp_path / "go"), "print": "still here"}).encode()
        head = "POST /2015-03-31/functions/f/invocations HTTP/1.1\r\nHost: localhost\r\n"
        with socket.create_connection(("127.0.0.1", plane.port)) as caller:
            caller.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            plane.hears("still here")
            if rudely:  # a reset instead of an end
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if rudely:
            until(lambda: plane.server._server.connections == 0)
        (tmp_path / "go").touch()
        assert plane.call().value["count"] == 3
        assert plane.wait("invocation", 3)[1]["lines"] == ["still here"]


def test_idle_environments_are_ended() -> None:
    with serving(scaling=Scaling(idle=0.3)) as plane:
        pid = plane.call().value["pid"]
        if os.name == "posix":
            until(lambda: not alive(pid))
        assert plane.call().value["pid"] != pid


def test_rie_compat() -> None:
    with serving(manner=Manner(rie=True)) as plane:
        got = plane.call({}, "function")
        assert got.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert "x-amzn-RequestId" not in got.headers
        assert "Lambda-Runtime-Trace-Id" not in got.value["headers"]
        assert plane.call({"error": {"errorMessage": "x"}}).error is None
        assert plane.call({"exit": 7}).status == 502
        assert outlasting(plane, {"sleep": 600}).body == b"Task timed out after 60.00 seconds"


def test_another_host_is_refused() -> None:
    with serving() as plane:
        connection = http.client.HTTPConnection("127.0.0.1", plane.port)
        connection.request("POST", "/2015-03-31/functions/f/invocations", b"{}", {"Host": "evil.example"})
        assert connection.getresponse().status == 403
        connection.close()
        assert plane.records("platform.initStart") == []


def test_the_end_waits_for_those_under_way(tmp_path: Path) -> None:
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        with serving(grace=60) as plane:
            ends = threads.submit(plane.call, {"print": "begins", "wait": str(tmp_path / "go")})
            plane.hears("begins")

            def go() -> None:
                until(lambda: plane.server._server.closing)
                (tmp_path / "go").touch()

            gone = threads.submit(go)
        assert ends.result().status == 200
        gone.result()


def test_the_end_answers_those_that_take_longer() -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        with serving(timeout=900) as plane:
            stays = threads.submit(plane.call, {"print": "begins", "sleep": 600})
            plane.hears("begins")
        got = stays.result()
        assert (got.status, got.headers["x-amzn-ErrorType"]) == (500, "ServiceException")
