"""The machine of an environment: scripts of events in, effects out. Words are AWS's."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from emulator.scripts import ID, Script, answers, error, invocation, records, reply, short
from onezip.emulator.environments.lines import text
from onezip.emulator.environments.runtime_api import (
    ConnectionLost,
    Invoked,
    ProcessExited,
    ProcessStarted,
    Reason,
    ShutdownAsked,
    StartFailed,
    TimerFired,
)


def lines(script: Script) -> list[str]:
    """The log that all effects so far make."""
    return [line for record in records(script.effects) for line in text(record.type, record.fields)]


def test_a_cold_start_and_a_warm_call() -> None:
    script = Script(epoch=1_700_000_000.0)
    assert short(script.event(Invoked(invocation(trace_id="Root=1-a")))) == [
        "platform.initStart", "start init",
    ]  # fmt: skip
    # its time begins when it runs, however long it took to unpack it
    assert short(script.event(ProcessStarted(), 30)) == ["timer init 10"]
    got = script.next(0.061)
    assert short(got) == [
        "stop init", "platform.initRuntimeDone success", "platform.initReport success",
        "reply 1 200", "timer invoke 3", "platform.start",
    ]  # fmt: skip
    assert reply(got).body == b'{"n":1}'
    assert list(reply(got).headers) == [
        ("Content-Type", "application/json"),
        ("Lambda-Runtime-Aws-Request-Id", ID),
        ("Lambda-Runtime-Deadline-Ms", str(int((130.061 + 3 + 1_700_000_000) * 1000))),
        ("Lambda-Runtime-Invoked-Function-Arn", invocation().arn),
        ("Lambda-Runtime-Trace-Id", "Root=1-a"),
    ]
    # the caller is answered when the response arrives; the environment is busy until /next
    got = script.respond(after=0.004)
    assert short(got) == ["reply 1 202", 'answer ok "ok"']
    assert reply(got).body == b'{"status":"OK"}\n'
    assert short(script.next(0.001)) == [
        "platform.runtimeDone success", "platform.report success", "stop invoke", "idle",
    ]  # fmt: skip
    assert lines(script) == [
        f"START RequestId: {ID} Version: $LATEST",
        f"END RequestId: {ID}",
        (
            f"REPORT RequestId: {ID}\tDuration: 5.00 ms\tBilled Duration: 66 ms\tMemory Size: 128 MB\t"
            "Max Memory Used: 0 MB\tInit Duration: 61.00 ms\t"
        ),
    ]
    script.effects.clear()
    assert short(script.event(Invoked(invocation("b")))) == [
        "reply 1 200", "timer invoke 3", "platform.start",
    ]  # fmt: skip
    script.respond(name="b", after=0.001)
    script.next()
    assert lines(script)[-1] == (
        "REPORT RequestId: b\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 0 MB\t"
    )


def test_context_identity_and_tenant_travel() -> None:
    script = Script()
    script.event(Invoked(invocation(client_context='{"a":1}', cognito_identity="{}", tenant_id="blue")))
    heads = dict(reply(script.next()).headers)
    assert heads["Lambda-Runtime-Client-Context"] == '{"a":1}'
    assert heads["Lambda-Runtime-Cognito-Identity"] == "{}"
    assert heads["Lambda-Runtime-Aws-Tenant-Id"] == "blue"
    assert "Lambda-Runtime-Trace-Id" not in heads


EXITS = [
    (ProcessExited(7), "Runtime.ExitError", "Runtime exited with error: exit status 7"),
    (ProcessExited(0), "Runtime.ExitError", "Runtime exited without providing a reason"),
    (ProcessExited(None, 9), "Runtime.ExitError", "Runtime exited with error: signal: killed"),
    (
        ProcessExited(None, 11),
        "Runtime.ExitError",
        "Runtime exited with error: signal: segmentation fault (core dumped)",
    ),
    (
        ProcessExited(None, 9, out_of_memory=True),
        "Runtime.OutOfMemory",
        "Runtime exited with error: signal: killed",
    ),
]


@pytest.mark.parametrize(("event", "kind", "message"), EXITS)
def test_an_exit_in_an_invocation(event: ProcessExited, kind: str, message: str) -> None:
    script = Script()
    script.warm()
    script.event(Invoked(invocation()))
    got = script.event(event, 0.01)
    (answer,) = answers(got)
    assert answer.error == "Unhandled"
    assert answer.payload == (
        f'{{"errorType":"{kind}","errorMessage":"RequestId: {ID} Error: {message}"}}'.encode()
    )
    assert short(got)[1:] == ["platform.runtimeDone error", "platform.report error", "stop invoke", "down"]
    assert lines(script)[-2:] == [
        f"END RequestId: {ID}",
        (
            f"REPORT RequestId: {ID}\tDuration: 10.00 ms\tBilled Duration: 10 ms\tMemory Size: 128 MB\t"
            f"Max Memory Used: 0 MB\tStatus: error\tError Type: {kind}"
        ),
    ]
    # the next call starts the process again, inside of the invocation and without an init line
    script.effects.clear()
    assert short(script.event(Invoked(invocation("b")))) == [
        "platform.initStart", "start invoke",
    ]  # fmt: skip
    assert short(script.event(ProcessStarted(), 2)) == ["timer invoke 3"]
    got = script.next(0.5)
    assert short(got)[-2:] == ["reply 1 200", "platform.start"]
    assert dict(reply(got).headers)["Lambda-Runtime-Deadline-Ms"] == str(int((script.now - 0.5 + 3) * 1000))
    script.respond(name="b", after=0.01)
    script.next()
    assert lines(script)[-1].startswith("REPORT RequestId: b\tDuration: 510.00 ms\tBilled Duration: 51")
    assert "Init Duration" not in lines(script)[-1]


def test_a_process_that_asks_before_it_is_known_to_run_has_its_timeout_too() -> None:
    script = Script()
    script.warm()
    script.event(ProcessExited(1))
    script.event(Invoked(invocation()))
    assert "timer invoke 3" in short(script.next())
    assert script.event(ProcessStarted()) == []


def test_a_crash_after_the_answer_keeps_the_answer() -> None:
    script = Script()
    script.warm()
    script.event(Invoked(invocation()))
    script.respond()
    got = script.event(ProcessExited(1))
    assert answers(got) == []
    assert short(got)[-1] == "down"
    assert lines(script)[-1].endswith("Status: error\tError Type: Runtime.ExitError")


def test_an_init_that_crashes_twice() -> None:
    script = Script()
    script.event(Invoked(invocation()))
    again = short(script.event(ProcessExited(7), 0.02))
    assert again[-2:] == ["platform.initStart", "start invoke"]
    got = script.event(ProcessExited(7), 0.03)
    (answer,) = answers(got)
    told = f"RequestId: {ID} Error: Runtime exited with error: exit status 7"
    assert json.loads(answer.payload) == {"errorType": "Runtime.ExitError", "errorMessage": told}
    assert answer.reason is Reason.INIT
    assert lines(script) == [
        "INIT_REPORT Init Duration: 20.00 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError",
        "INIT_REPORT Init Duration: 30.00 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.ExitError",
        f"START RequestId: {ID} Version: $LATEST",
        told,
        "Runtime.ExitError",
        f"END RequestId: {ID}",
        (
            f"REPORT RequestId: {ID}\tDuration: 30.00 ms\tBilled Duration: 30 ms\tMemory Size: 128 MB\t"
            "Max Memory Used: 0 MB\tStatus: error\tError Type: Runtime.ExitError"
        ),
    ]


def test_a_bootstrap_that_cannot_be_started() -> None:
    script = Script()
    script.event(Invoked(invocation()))
    message = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
    script.event(StartFailed(message))
    (answer,) = answers(script.event(StartFailed(message)))
    assert json.loads(answer.payload) == {
        "errorType": "Runtime.InvalidEntrypoint",
        "errorMessage": f"RequestId: {ID} Error: {message}",
    }
    assert answer.reason is Reason.START
    assert not answer.reported


def test_a_machine_that_cannot_run_it_is_not_tried_again() -> None:
    script = Script()
    script.event(Invoked(invocation()))
    got = script.event(StartFailed("no Python 3.13", here=True))
    (answer,) = answers(got)
    assert (answer.reason, answer.message) == (Reason.HERE, "no Python 3.13")
    assert short(got)[-1] == "down"


def test_an_init_error_that_the_runtime_tells() -> None:
    script = Script()
    script.event(Invoked(invocation()))
    body = b'{"errorMessage":"no module","errorType":"Runtime.ImportModuleError"}'
    head: dict[str, Any] = {"lambda_runtime_function_error_type": "Runtime.ImportModuleError"}
    for _ in range(2):
        got = script.call("POST", "/init/error", body, **head)
        assert short(got) == ["reply 1 202", "timer leave 1"]
        assert error(reply(script.call("POST", "/init/error", body, **head)))[:2] == (
            403,
            "InvalidStateTransition",
        )
        got = script.event(ProcessExited(1))
    (answer,) = answers(got)
    assert (answer.payload, answer.error, answer.reason) == (body, "Unhandled", Reason.INIT)
    assert lines(script)[0].endswith("Phase: init\tStatus: error\tError Type: Runtime.ImportModuleError")


def test_a_runtime_that_stays_after_its_init_error_is_ended() -> None:
    script = Script()
    script.event(Invoked(invocation()))
    script.call("POST", "/init/error", b"{}")
    assert short(script.event(TimerFired("leave"), 1)) == ["kill 0"]
    assert short(script.event(ProcessExited(None, 9)))[-1] == "start invoke"


def test_an_init_of_ten_seconds_is_tried_again_inside_of_the_invocation() -> None:
    script = Script()
    script.event(Invoked(invocation()))
    got = short(script.event(TimerFired("init"), 10))
    assert got == ["platform.initRuntimeDone timeout", "platform.initReport timeout", "kill 0"]
    assert lines(script) == ["INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout"]
    assert short(script.event(ProcessExited(None, 9), 0.1)) == [
        "platform.initStart", "start invoke",
    ]  # fmt: skip
    script.event(ProcessStarted())
    got = short(script.event(TimerFired("invoke"), 3))
    assert got[3].startswith('answer Unhandled {"errorType":"Sandbox.Timedout"')
    assert got[-1] == "kill 0"
    assert lines(script)[1:] == [
        "INIT_REPORT Init Duration: 3000.00 ms\tPhase: invoke\tStatus: timeout",
        f"START RequestId: {ID} Version: $LATEST",
        f"END RequestId: {ID}",
        (
            f"REPORT RequestId: {ID}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\t"
            "Max Memory Used: 0 MB\tStatus: timeout"
        ),
    ]
    assert short(script.event(ProcessExited(None, 9))) == ["down"]


def test_a_timeout() -> None:
    script = Script(timeout=1.0)
    script.warm()
    script.event(Invoked(invocation()))
    got = script.event(TimerFired("invoke"), 1.003)
    (answer,) = answers(got)
    assert answer.payload == (
        b'{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: '
        + ID.encode()
        + b' Error: Task timed out after 1.00 seconds"}'
    )
    assert lines(script)[-1].endswith("Duration: 1000.00 ms\tBilled Duration: 1000 ms\tMemory Size: 128 MB\t"
                                      "Max Memory Used: 0 MB\tStatus: timeout")  # fmt: skip
    # what still comes from the killed runtime changes nothing
    assert error(reply(script.respond()))[:2] == (400, "InvalidRequestID")
    assert short(script.event(ProcessExited(None, 9))) == ["down"]


def test_a_timeout_after_the_answer() -> None:
    script = Script()
    script.warm()
    script.event(Invoked(invocation()))
    script.respond()
    got = script.event(TimerFired("invoke"), 3)
    assert answers(got) == []
    assert short(got)[-1] == "kill 0"


def test_a_reported_error_passes_byte_for_byte() -> None:
    script = Script()
    script.warm()
    script.event(Invoked(invocation()))
    body = b'{"errorMessage": "boom",  "errorType":"errorString"}'
    got = script.call(
        "POST", f"/invocation/{ID}/error", body, lambda_runtime_function_error_type="errorString"
    )
    (answer,) = answers(got)
    assert (answer.payload, answer.error, answer.error_type) == (body, "Unhandled", "errorString")
    script.next()
    assert lines(script)[-1].endswith("Status: error\tError Type: Runtime.Unknown")


def test_a_reported_error_without_a_type_is_no_error_of_the_log() -> None:
    script = Script()
    script.warm()
    script.event(Invoked(invocation()))
    (answer,) = answers(script.call("POST", f"/invocation/{ID}/error", b"not json"))
    assert (answer.payload, answer.error) == (b"not json", "Unhandled")
    script.next()
    assert lines(script)[-1].endswith("\t")


def test_an_error_in_the_trailers_of_a_response() -> None:
    script = Script()
    script.warm()
    script.event(Invoked(invocation()))
    body = b'{"errorMessage":"half way","errorType":"errorString"}'
    trailers = {
        "Lambda-Runtime-Function-Error-Type": "errorString",
        "Lambda-Runtime-Function-Error-Body": base64.b64encode(body).decode(),
    }
    (answer,) = answers(script.respond(b"half", trailers=trailers))
    assert (answer.payload, answer.error) == (body, "Unhandled")


def test_a_response_that_is_too_large() -> None:
    script = Script()
    script.warm()
    script.event(Invoked(invocation()))
    got = script.respond(b"", oversize=6_291_557)
    assert error(reply(got)) == (
        413,
        "RequestEntityTooLarge",
        "Exceeded maximum allowed payload size (6291556 bytes).",
    )
    (answer,) = answers(got)
    assert json.loads(answer.payload) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }
    # an /error that follows is refused
    got = script.call("POST", f"/invocation/{ID}/error", b"{}")
    assert error(reply(got)) == (
        403,
        "InvalidStateTransition",
        (
            "State transition from RuntimeResponseSentState to InvocationErrorResponse failed for runtime. "
            "Error: State transition is not allowed"
        ),
    )


def test_the_largest_response_passes() -> None:
    script = Script()
    script.warm()
    script.event(Invoked(invocation()))
    assert reply(script.respond(b"x" * 6_291_556)).status == 202


def test_an_answer_twice() -> None:
    script = Script()
    script.warm()
    script.event(Invoked(invocation()))
    script.respond()
    assert error(reply(script.respond())) == (
        403,
        "InvalidStateTransition",
        (
            "State transition from RuntimeResponseSentState to InvocationResponse failed for runtime. "
            "Error: State transition is not allowed"
        ),
    )
    script.next()
    assert error(reply(script.respond())) == (400, "InvalidRequestID", "Invalid request ID")


REFUSED = [
    ("POST", "/invocation/other/response", {}, (400, "InvalidRequestID", "Invalid request ID")),
    (
        "POST",
        f"/invocation/{ID}/response",
        {"lambda_runtime_function_response_mode": "fast"},
        (400, "InvalidFunctionResponseMode", "Invalid function response mode"),
    ),
    (
        "GET",
        "/invocation/next",
        {},
        (
            403,
            "InvalidStateTransition",
            (
                "State transition from Running to Ready failed for runtime. "
                "Error: State transition is not allowed"
            ),
        ),
    ),
    (
        "POST",
        "/init/error",
        {},
        (
            403,
            "InvalidStateTransition",
            (
                "State transition from Running to InitError failed for runtime. "
                "Error: State transition is not allowed"
            ),
        ),
    ),
]


@pytest.mark.parametrize(("method", "path", "headers", "expected"), REFUSED)
def test_refused_calls_leave_the_invocation_alone(
    method: str, path: str, headers: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    script = Script()
    script.warm()
    script.event(Invoked(invocation()))
    assert error(reply(script.call(method, path, **headers))) == expected
    assert short(script.respond()) == ["reply 1 202", 'answer ok "ok"']


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/2018-06-01/ping", 200, b"pong"),
        ("GET", "/2018-06-01/runtime/restore/next", 404, b"404 page not found\n"),
        ("GET", "/2018-06-01/runtime/invocation/a/b/c", 404, b"404 page not found\n"),
        ("GET", f"/2018-06-01/runtime/invocation/{ID}/response", 405, b""),
        ("POST", "/2018-06-01/runtime/invocation/next", 405, b""),
        ("PUT", "/2022-07-01/telemetry", 202, None),
        ("PUT", "/2020-08-15/logs", 202, None),
        ("POST", "/2020-01-01/extension/exit/error", 403, None),
        ("GET", "/2020-01-01/extension/event/next", 403, None),
        ("POST", "/2020-01-01/extension/register", 403, None),
    ],
)
def test_other_paths(method: str, path: str, status: int, body: bytes | None) -> None:
    script = Script()
    script.warm()
    got = reply(script.call(method, path))
    assert got.status == status
    if body is not None:
        assert got.body == body
    if status == 405:
        assert dict(got.headers)["Allow"] in {"GET", "POST"}


def test_two_calls_for_the_next_event_wait_in_their_order() -> None:
    script = Script()
    script.warm()
    script.next(connection=2)
    assert reply(script.event(Invoked(invocation()))).connection == 1
    script.respond(connection=3)
    script.next(connection=1)
    assert reply(script.event(Invoked(invocation("b")))).connection == 2


def test_a_lost_connection_is_not_answered() -> None:
    script = Script()
    script.warm()
    script.next(connection=2)
    script.event(ConnectionLost(1))
    assert reply(script.event(Invoked(invocation()))).connection == 2


def test_an_internal_extension_brings_sigterm() -> None:
    script = Script()
    script.event(Invoked(invocation()))
    registered = reply(
        script.call(
            "POST",
            "/2020-01-01/extension/register",
            b'{"events":null}',
            connection=5,
            lambda_extension_name="GoLangSigterm",
        )
    )
    assert json.loads(registered.body) == {
        "functionName": "hello", "functionVersion": "$LATEST", "handler": "bootstrap",
    }  # fmt: skip
    key = dict(registered.headers)["Lambda-Extension-Identifier"]
    # the runtime is not given an event before the extension waits too
    assert script.next() == []
    got = script.call(
        "GET", "/2020-01-01/extension/event/next", connection=5, lambda_extension_identifier=key
    )
    assert "reply 1 200" in short(got)
    assert "EXTENSION\tName: GoLangSigterm\tState: Ready\tEvents: []" in lines(script)
    script.respond()
    script.next()
    assert short(script.event(ShutdownAsked("stop")))[-1] == "kill 0.5"
    assert short(script.event(ProcessExited(0))) == ["ended"]


def test_an_internal_extension_is_told_of_invocations() -> None:
    script = Script()
    script.event(Invoked(invocation()))
    path = "/2020-01-01/extension/"
    body = b'{"events":["INVOKE"]}'
    got = script.call("POST", path + "register", body, connection=5, lambda_extension_name="x")
    key = dict(reply(got).headers)["Lambda-Extension-Identifier"]
    script.call("GET", path + "event/next", connection=5, lambda_extension_identifier=key)
    got = script.next()
    assert short(got)[-4:] == ["reply 1 200", "reply 5 200", "timer invoke 3", "platform.start"]
    script.respond()
    assert script.next() == []
    got = script.call("GET", path + "event/next", connection=5, lambda_extension_identifier=key)
    assert short(got)[-1] == "idle"
    wrong = script.call("POST", path + "register", b'{"events":["SHUTDOWN"]}', lambda_extension_name="y")
    assert error(reply(wrong))[1] == "Extension.RegistrationClosed"


def test_shutdown_in_each_state() -> None:
    script = Script()
    assert short(script.event(ShutdownAsked("stop"))) == ["ended"]
    script = Script()
    script.warm()
    assert short(script.event(ShutdownAsked("stop")))[-1] == "kill 0"
    assert short(script.event(ProcessExited(None, 9))) == ["ended"]
    script = Script()
    script.warm()
    script.event(Invoked(invocation()))
    (answer,) = answers(script.event(ShutdownAsked("stop")))
    assert answer.reason is Reason.SHUTDOWN
    script = Script()
    script.warm()
    script.event(Invoked(invocation()))
    script.event(TimerFired("invoke"), 3)
    assert short(script.event(ShutdownAsked("stop"))) == []
    assert short(script.event(ProcessExited(None, 9))) == ["ended"]


def test_an_exit_between_invocations() -> None:
    script = Script()
    script.warm()
    assert short(script.event(ProcessExited(1))) == ["down"]
    assert short(script.event(Invoked(invocation())))[-1] == "start invoke"


def test_an_invocation_for_a_busy_environment_is_a_mistake_of_ours() -> None:
    script = Script()
    script.warm()
    script.event(Invoked(invocation()))
    with pytest.raises(ValueError, match="Running"):
        script.event(Invoked(invocation("b")))


def test_a_late_timer_does_nothing() -> None:
    script = Script()
    script.warm()
    assert script.event(TimerFired("init")) == []
    assert script.event(TimerFired("invoke")) == []
    assert script.event(TimerFired("leave")) == []
