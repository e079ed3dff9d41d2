"""The Runtime API's vocabulary: what happens to an execution environment, and what is to be done then.

`machine.Machine` takes one event at a time and gives back effects; it has no clock, no socket and no
process. Times are seconds of the emulator's one clock, handed in with each event. Source of the calls:
"Lambda runtime API" in the AWS Lambda Developer Guide (version 2018-06-01).  [pure]
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from onezip.emulator.http.message import Headers, Pairs, Request


class Invocation(NamedTuple):
    """One invocation on its way to the function.

    client_context is JSON text, cognito_identity too; tenant_id is empty outside tenant isolation. streamed
    is whether the caller takes the response while the function writes it.
    """

    id: str
    payload: bytes
    arn: str
    trace_id: str = ""
    client_context: str = ""
    cognito_identity: str = ""
    tenant_id: str = ""
    streamed: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """What an environment is told once: memory in MB, times in seconds."""

    function: str
    handler: str
    memory: int
    timeout: float
    version: str = "$LATEST"
    init_limit: float = 10.0


# ---- events: what happened; a whole request of the runtime is one as it is ------------------------------


class ProcessStarted(NamedTuple):
    """The bootstrap runs."""


class ProcessExited(NamedTuple):
    """The bootstrap ended: exit code, or signal number."""

    code: int | None
    signal: int | None = None
    out_of_memory: bool = False


class StartFailed(NamedTuple):
    """The bootstrap could not be started; message is the kernel's, as Lambda words it.

    here is whether Lambda could start it, and only this machine cannot; message is ours then.
    """

    message: str
    here: bool = False


class ConnectionLost(NamedTuple):
    """The runtime closed a connection, perhaps with a call pending on it."""

    connection: int


class Streamed(NamedTuple):
    """A part of the response to a streamed invocation is there; its request came before (`flowing`)."""

    connection: int
    data: bytes


class StreamEnded(NamedTuple):
    """That response is complete; trailers may tell an error."""

    connection: int
    trailers: Headers


class Invoked(NamedTuple):
    """The pool hands over an invocation."""

    invocation: Invocation


class TimerFired(NamedTuple):
    """A timer that an effect asked for came to its end."""

    name: str


class ShutdownAsked(NamedTuple):
    """The environment is to end: idle, replaced, or the emulator stops."""

    reason: str


Event = (
    ProcessStarted
    | ProcessExited
    | StartFailed
    | Request
    | Streamed
    | StreamEnded
    | ConnectionLost
    | Invoked
    | TimerFired
    | ShutdownAsked
)

# ---- effects: what is to be done -------------------------------------------------------------------


class Reason(StrEnum):
    """Why an invocation was answered as it was."""

    SUCCESS = "success"
    FUNCTION = "function"
    """The runtime reported an error of the function."""
    EXIT = "exit"
    TRUNCATED = "truncated"
    """The runtime broke off a response that was streamed."""
    INIT = "init"
    """The process ended, or reported an error, before it asked for the first event."""
    START = "start"
    """The process could not be started at all."""
    HERE = "here"
    """Nor could it here, but on Lambda it could."""
    TIMEOUT = "timeout"
    TOO_LARGE = "too-large"
    SHUTDOWN = "shutdown"


class Reply(NamedTuple):
    """Answer a pending request of the runtime."""

    connection: int
    status: int
    headers: Pairs
    body: bytes


class Opened(NamedTuple):
    """The response to a streamed invocation begins."""

    id: str
    connection: int
    content_type: str


class Passed(NamedTuple):
    """A part of it, for the caller."""

    data: bytes


class Answer(NamedTuple):
    """Answer the caller of an invocation; error is the `X-Amz-Function-Error` value, empty for success.

    error_type is the type as logs tell it, message what happened in words where onezip words it; reported
    is whether the payload is the runtime's own. streamed is how many bytes went before, in parts; the
    payload is empty then, or the error that ended them.
    """

    id: str
    payload: bytes
    error: str = ""
    reason: Reason = Reason.SUCCESS
    error_type: str = ""
    message: str = ""
    reported: bool = True
    streamed: int = 0


class StartTimer(NamedTuple):
    """Call back with TimerFired after so many seconds, unless it is stopped."""

    name: str
    seconds: float


class StopTimer(NamedTuple):
    """Forget a timer."""

    name: str


class StartProcess(NamedTuple):
    """Start the bootstrap (again). phase is `init`, or `invoke` where an invocation waits meanwhile."""

    phase: str


class KillProcess(NamedTuple):
    """End the bootstrap and all its children: SIGTERM and grace seconds first where grace is not 0."""

    grace: float = 0.0


class Record(NamedTuple):
    """Something for the event records, by Telemetry API type (`platform.report`) and fields.

    Who records it may add fields.
    """

    type: str
    fields: dict[str, object]


class Finished(NamedTuple):
    """An invocation is over: what END and REPORT tell of it (`phases.done`).

    fault is what stands in the log of a failed init; duration and init, which only a cold start has, are in
    milliseconds.
    """

    id: str
    status: str
    error_type: str
    fault: str
    duration: float
    init: float | None


class Idle(NamedTuple):
    """The environment waits for an invocation. alive is whether a process waits in it."""

    alive: bool = True


class Ended(NamedTuple):
    """The environment is gone; nothing follows."""


Effect = (
    Reply
    | Opened
    | Passed
    | Answer
    | StartTimer
    | StopTimer
    | StartProcess
    | KillProcess
    | Record
    | Finished
    | Idle
    | Ended
)
