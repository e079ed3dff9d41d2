"""The Runtime API's vocabulary: what happens to an execution environment, and what is to be done then.

The machine takes one event at a time and gives back effects; it has no clock, no socket and no process.
Times are seconds of the emulator's one clock, handed in with the events that need them. Source of the
calls: "Lambda runtime API" in the AWS Lambda Developer Guide (version 2018-06-01).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invocation:
    """One invocation on its way to the function. deadline is in seconds of the clock."""

    id: str
    payload: bytes
    arn: str
    deadline: float
    trace_id: str
    client_context: str = ""
    cognito_identity: str = ""


# ---- events: what happened -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProcessStarted:
    """The bootstrap runs."""


@dataclass(frozen=True, slots=True)
class ProcessExited:
    """The bootstrap ended: exit code, or signal number."""

    code: int | None
    signal: int | None = None
    out_of_memory: bool = False


@dataclass(frozen=True, slots=True)
class StartFailed:
    """The bootstrap could not be started; message is the kernel's, as Lambda words it."""

    message: str


@dataclass(frozen=True, slots=True)
class Requested:
    """The runtime sent a whole request; trailers follow the body where the client sent any."""

    connection: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    trailers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The runtime closed a connection, perhaps with a call pending on it."""

    connection: int


@dataclass(frozen=True, slots=True)
class Invoked:
    """The pool hands over an invocation."""

    invocation: Invocation


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer that an effect asked for came to its end."""

    name: str


@dataclass(frozen=True, slots=True)
class ShutdownAsked:
    """The environment is to end: idle, replaced, or the emulator stops."""

    reason: str


Event = (
    ProcessStarted
    | ProcessExited
    | StartFailed
    | Requested
    | ConnectionLost
    | Invoked
    | TimerFired
    | ShutdownAsked
)

# ---- effects: what is to be done -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer a pending request of the runtime."""

    connection: int
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the caller of an invocation; error is the `X-Amz-Function-Error` value, empty for success."""

    id: str
    payload: bytes
    error: str = ""


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Call back with TimerFired after so many seconds, unless it is stopped."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Forget a timer."""

    name: str


@dataclass(frozen=True, slots=True)
class StartProcess:
    """Start the bootstrap (again)."""

    phase: str


@dataclass(frozen=True, slots=True)
class KillProcess:
    """End the bootstrap and all its children: SIGTERM and grace seconds first where grace is not 0."""

    grace: float = 0.0


@dataclass(frozen=True, slots=True)
class Record:
    """Something for the event records, by Telemetry API type (`platform.report`) and fields."""

    type: str
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Idle:
    """The environment waits for an invocation."""


Effect = Reply | Answer | StartTimer | StopTimer | StartProcess | KillProcess | Record | Idle
