"""One execution environment as a machine: an event in, effects out; no clock, socket or process.  [pure]

    NEW ── Invoked ──> INIT ── /next ──> IDLE <── /next ── ANSWERED
                        │                 │ Invoked           ^ /response, /error
                        │ exit, timeout   v                   │
                        v                BUSY ── STREAMING ───┘
                  INIT again,             │ exit, timeout
                  inside the invoke       v
                        └──> DOWN (STOPPING until the process is gone) ── Invoked ──> INIT

The phases and what each failure means: "Lambda execution environment lifecycle", AWS Lambda Developer
Guide. An init phase that fails or takes more than 10 seconds is tried once more inside of the invocation,
at the cost of the function's own timeout; a failed invocation resets the environment, /tmp is kept. The
response to a streamed invocation passes through in parts.
"""

from __future__ import annotations

from onezip.emulator.environments import phases, words
from onezip.emulator.environments.extensions_api import Extensions
from onezip.emulator.environments.runtime_api import (
    Answer,
    ConnectionLost,
    Effect,
    Ended,
    Event,
    Finished,
    Idle,
    Invocation,
    Invoked,
    KillProcess,
    Opened,
    Passed,
    ProcessExited,
    ProcessStarted,
    Reason,
    Record,
    Reply,
    Settings,
    ShutdownAsked,
    StartFailed,
    StartProcess,
    StartTimer,
    StopTimer,
    Streamed,
    StreamEnded,
    TimerFired,
)
from onezip.emulator.environments.states import (
    API,
    GRACE,
    INIT_TIMER,
    INVOKE_TIMER,
    LEAVE,
    LEAVE_TIMER,
    State,
    error_body,
    logged_type,
    milliseconds,
)
from onezip.emulator.environments.stream import MODES, Stream, mode, streams
from onezip.emulator.http.message import Headers, Pairs, Request

JSON = phases.JSON
_INVOCATION, _NEXT = f"{API}invocation/", f"{API}invocation/next"
NEW, INIT, IDLE, BUSY, STREAMING, ANSWERED, STOPPING, DOWN, ENDED = State
_FREE = frozenset({NEW, IDLE, DOWN})
TEXT: Pairs = (("Content-Type", "text/plain; charset=utf-8"),)


class Machine:
    """One environment. `handle` takes an event and the clock's time, which epoch makes seconds since 1970."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.epoch = 0.0
        self.state = NEW
        self.current: Invocation | None = None
        self.extensions = Extensions(settings)
        self._waiting: list[int] = []
        self._phase = "init"
        self._began = 0.0  # of the init, in the clock's seconds
        self._started = 0.0  # of the invocation
        self._runs = False  # whether the process is known to run
        self._told_start = False
        self._init_ms: float | None = None  # of a cold start, until its REPORT is written
        self._reported: Answer | None = None  # what the runtime posted as an error of its init
        self._after = ""  # what follows once a killed process is gone
        self._error_type = ""  # of the current invocation, as the runtime told it
        self._stream = Stream()  # its response, where that is streamed

    def handle(self, event: Event, now: float) -> list[Effect]:
        """What is to be done now."""
        match event:
            case Request():
                return self._requested(event, now)
            case Invoked(invocation):
                return self._invoked(invocation, now)
            case ProcessExited(code, signal, out_of_memory):
                kind = words.OUT_OF_MEMORY if out_of_memory else words.EXIT_ERROR
                return self._gone(kind, words.exited(code, signal), Reason.EXIT, now)
            case StartFailed(message, here):
                reason = Reason.HERE if here else Reason.START
                return self._gone(words.INVALID_ENTRYPOINT, message, reason, now)
            case TimerFired(name):
                return self._fired(name, now)
            case Streamed(connection, data):
                return self._passed(connection, data, now)
            case StreamEnded(connection, trailers):
                return self._stream_ended(connection, trailers, now)
            case ConnectionLost(connection):
                if connection == self._stream.connection:
                    self._stream.broken = True  # most often the process is gone, and that is told soon
                self.extensions.lost(connection)
                self._waiting = [one for one in self._waiting if one != connection]
                return self._progress(now) if self.state is STREAMING else []
            case ShutdownAsked():
                return self._shutdown(now)
            case ProcessStarted():
                return self._running(now)

    # ---- invocations ------------------------------------------------------------------------

    def _invoked(self, invocation: Invocation, now: float) -> list[Effect]:
        if self.current is not None or self.state not in _FREE:
            raise ValueError(f"an invocation for an environment that is {self.state}")
        self.current = invocation
        self._error_type = ""
        self._stream = Stream()
        self._told_start = False
        if self.state is not IDLE:
            return self._start("init" if self.state is NEW else "invoke", now)
        if not self._waiting:  # the runtime hung up: it asks again, or its end is about to be told
            self._started = now
            return [StartTimer(INVOKE_TIMER, self.settings.timeout)]
        return self._dispatch(now)

    def _start(self, phase: str, now: float) -> list[Effect]:
        """Start the process. Its time begins when it runs; what it takes to get there is ours."""
        self.state, self._phase, self._began = INIT, phase, now
        self._reported, self._runs = None, False
        self._waiting.clear()
        self.extensions = Extensions(self.settings)
        if phase == "invoke":
            self._started = now
        return [phases.init_start(self.settings, phase), StartProcess(phase)]

    def _running(self, now: float) -> list[Effect]:
        """The process runs; inside of an invocation, the function's own timeout counts."""
        if self.state is not INIT:
            return []
        self._began, self._runs = now, True
        if self._phase == "init":
            return [StartTimer(INIT_TIMER, self.settings.init_limit)]
        self._started = now
        return [StartTimer(INVOKE_TIMER, self.settings.timeout)]

    def _dispatch(self, now: float) -> list[Effect]:
        """Hand the invocation to the runtime that waits, before anything else is done."""
        invocation = self.current
        assert invocation is not None  # noqa: S101 - only called with one
        timers: list[Effect] = []
        if self.state is not INIT or self._phase == "init" or not self._runs:
            self._started = now
            timers = [StartTimer(INVOKE_TIMER, self.settings.timeout)]
        self.state = BUSY
        deadline = int((self._started + self.settings.timeout + self.epoch) * 1000)
        headers = phases.event_headers(invocation, deadline)
        told = self.extensions.invoke(invocation, deadline)
        event = Reply(self._waiting.pop(0), 200, headers, invocation.payload)
        return [event, *told, *timers, self._start_record(invocation)]

    def _start_record(self, invocation: Invocation) -> Record:
        self._told_start = True
        return phases.start(invocation, self.settings.version)

    def _finish(self, status: str, error_type: str, now: float, fault: str = "") -> list[Effect]:
        """END and REPORT; the invocation is over. fault is what stands in the log of a failed init."""
        invocation = self.current
        assert invocation is not None  # noqa: S101 - only called with one
        self.current = None
        begun = () if self._told_start else (self._start_record(invocation),)
        late = status == "timeout"
        duration = self.settings.timeout * 1000 if late else milliseconds(self._started, now)
        told = Finished(invocation.id, status, error_type, fault, duration, self._init_ms)
        self._init_ms = None
        return [*begun, told, StopTimer(INVOKE_TIMER)]

    # ---- the Runtime API --------------------------------------------------------------------

    def _requested(self, asked: Request, now: float) -> list[Effect]:
        path = asked.target.partition("?")[0]
        if path == _NEXT:
            return phases.only("GET", asked) or self._next(asked.connection, now)
        if path.startswith(_INVOCATION):
            name, _, call = path[len(_INVOCATION) :].partition("/")
            if call in {"response", "error"}:
                return phases.only("POST", asked) or self._answered(asked, name, call)
        elif path == f"{API}init/error":
            return phases.only("POST", asked) or self._init_error(asked)
        elif path == "/2018-06-01/ping":
            return phases.only("GET", asked) or [Reply(asked.connection, 200, TEXT, words.PONG)]
        elif path.startswith("/2020-01-01/extension/") or path in {
            "/2020-08-15/logs",
            "/2022-07-01/telemetry",
        }:
            effects = self.extensions.requested(asked, path, initializing=self.state is INIT)
            return effects + self._progress(now)
        return [Reply(asked.connection, 404, TEXT, words.NOT_FOUND)]

    def _next(self, connection: int, now: float) -> list[Effect]:
        if self.state is BUSY:
            # an event was taken and not answered: AWS refuses, or it would be lost
            body = words.invalid_transition(BUSY, IDLE)
            return [Reply(connection, 403, JSON, body)]
        self._waiting.append(connection)
        return self._progress(now)

    def _progress(self, now: float) -> list[Effect]:
        """Go on where the runtime and all extensions wait for the next event."""
        if not self._waiting or not self.extensions.ready:
            return []
        if self.state is ANSWERED:
            status = "error" if self._error_type else "success"
            effects = self._finish(status, self._error_type, now)
            self.state = IDLE
            return [*effects, Idle()]
        if self.state is INIT:
            return self._initialized(now)
        if self.state is IDLE and self.current is not None:
            return self._dispatch(now)
        if self.state is STREAMING and self._stream.broken:
            self.state, self._error_type = ANSWERED, words.TRUNCATED
            told = words.BROKEN_OFF
            return [self._failure(words.TRUNCATED, told, Reason.TRUNCATED, told), *self._progress(now)]
        return []

    def _initialized(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        if self._phase == "init":
            effects.append(StopTimer(INIT_TIMER))
            self._init_ms = milliseconds(self._began, now)
        effects += self._init_ended("success", "", now)
        if self.current is not None:
            return effects + self._dispatch(now)
        self.state = IDLE
        return [*effects, Idle()]

    def _init_ended(self, status: str, kind: str, now: float) -> list[Effect]:
        """Records of an init phase that is over; kind is the type of its error."""
        done, report = phases.init_done(self._phase, status, kind, milliseconds(self._began, now))
        return [done, *(self.extensions.records() if status == "success" else ()), report]

    def _init_error(self, asked: Request) -> list[Effect]:
        if self.state is not INIT or self._reported is not None:
            body = words.invalid_transition(self.state, "InitError")
            return [Reply(asked.connection, 403, JSON, body)]
        kind = logged_type(asked.headers.get("lambda-runtime-function-error-type")) or "Runtime.Unknown"
        name = self.current.id if self.current else ""
        self._reported = Answer(name, asked.body, "Unhandled", Reason.INIT, kind)
        return [Reply(asked.connection, 202, JSON, words.ACCEPTED), StartTimer(LEAVE_TIMER, LEAVE)]

    def _answered(self, asked: Request, name: str, call: str) -> list[Effect]:
        connection, invocation = asked.connection, self.current
        if invocation is None or invocation.id != name or self.state is INIT:
            return [Reply(connection, 400, JSON, words.INVALID_REQUEST_ID)]
        if self.state is not BUSY:
            wanted = "InvocationResponse" if call == "response" else "InvocationErrorResponse"
            return [Reply(connection, 403, JSON, words.invalid_transition(self.state, wanted))]
        if mode(asked) not in MODES:
            return [Reply(connection, 400, JSON, words.INVALID_MODE)]
        if asked.flowing:
            self.state, self._stream.connection = STREAMING, connection
            return [Opened(name, connection, asked.headers.get("content-type"))]
        self.state = ANSWERED
        size = asked.oversize or len(asked.body)
        if size > words.RESPONSE_LIMIT:
            self._error_type = words.TOO_LARGE
            here = words.response_too_large(size)
            failed = self._failure(words.TOO_LARGE, words.response_too_large(), Reason.TOO_LARGE, here)
            return [Reply(connection, 413, JSON, words.TOO_LARGE_RESPONSE), failed]
        accepted = Reply(connection, 202, JSON, words.ACCEPTED)
        told = asked.headers if call == "error" else asked.trailers
        kind = told.get("lambda-runtime-function-error-type")
        if call == "error" or kind:
            self._error_type = logged_type(kind)
            body = asked.body if call == "error" else error_body(told, asked.body)
            return [accepted, Answer(name, body, "Unhandled", Reason.FUNCTION, kind)]
        return [accepted, Answer(name, asked.body)]

    # ---- a response in parts ----------------------------------------------------------------

    def streams(self, asked: Request) -> bool:
        """Does this request answer a streamed invocation? Then its body is to come in parts (`Streamed`)."""
        return self.state is BUSY and streams(asked, self.current)

    def _passed(self, connection: int, data: bytes, now: float) -> list[Effect]:
        if self.state is not STREAMING or connection != self._stream.connection:
            return []  # it was answered otherwise meanwhile
        if self._stream.takes(data):
            return [Passed(data)]
        self.state, self._error_type = ANSWERED, words.TOO_LARGE
        told = words.stream_too_large(self._stream.size)
        failed = self._failure(words.TOO_LARGE, told, Reason.TOO_LARGE, told)
        return [Reply(connection, 413, JSON, words.TOO_LARGE_STREAM), failed, *self._progress(now)]

    def _stream_ended(self, connection: int, trailers: Headers, now: float) -> list[Effect]:
        invocation = self.current
        if self.state is not STREAMING or connection != self._stream.connection:
            return []
        assert invocation is not None  # noqa: S101 - it is there in this state
        answer = self._stream.answer(invocation, trailers)
        self.state, self._error_type = ANSWERED, logged_type(answer.error_type)
        return [Reply(connection, 202, JSON, words.ACCEPTED), answer, *self._progress(now)]

    # ---- failures ---------------------------------------------------------------------------

    def _gone(self, kind: str, message: str, reason: Reason, now: float) -> list[Effect]:
        """The process ended by itself, could not be started, or was killed as we asked."""
        self._waiting.clear()
        state = self.state
        if state is STOPPING:
            return self._stopped(now)
        if state is IDLE and self.current is not None:
            return self._start("invoke", now)  # nothing of this invocation has reached the process
        effects: list[Effect] = []
        if state is INIT:
            kind = self._reported.error_type if self._reported else kind
            effects = [StopTimer(INIT_TIMER), StopTimer(LEAVE_TIMER), *self._init_ended("error", kind, now)]
            if self.current is not None and self._phase == "init" and reason is not Reason.HERE:
                return effects + self._start("invoke", now)
        self.state = DOWN
        if self.current is not None:
            told = words.of_request(self.current.id, message)
            if state is INIT:
                posted = self._reported
                reason = Reason.INIT if reason is Reason.EXIT else reason
                if posted is not None:
                    payload = posted.payload
                    effects.append(Answer(self.current.id, payload, "Unhandled", reason, kind, message))
                else:
                    effects.append(self._failure(kind, told, reason, message))
                effects += self._finish("error", kind, now, "" if posted else f"{told}\n{kind}")
            else:
                if state in {BUSY, STREAMING}:
                    effects.append(self._failure(kind, told, reason, message))
                effects += self._finish("error", kind, now)
        return [*effects, Idle(alive=False)]

    def _failure(self, kind: str, told: str, reason: Reason, message: str) -> Answer:
        assert self.current is not None  # noqa: S101 - only called with one
        payload = words.failure(kind, told)
        size = self._stream.size
        return Answer(self.current.id, payload, "Unhandled", reason, kind, message, False, size)

    def _fired(self, name: str, now: float) -> list[Effect]:
        if name == INIT_TIMER and self.state is INIT:
            self.state, self._after = STOPPING, "restart"
            return [*self._init_ended("timeout", "", now), KillProcess()]
        if name == LEAVE_TIMER and self.state is INIT:
            return [KillProcess()]
        if name == INVOKE_TIMER and self.current is not None:
            effects: list[Effect] = []
            if self.state is INIT:
                effects = [StopTimer(LEAVE_TIMER), *self._init_ended("timeout", "", now)]
            if self.state in {INIT, IDLE, BUSY, STREAMING}:
                message = words.timed_out(self.settings.timeout)
                told = words.of_request(self.current.id, message)
                effects.append(self._failure(words.TIMED_OUT, told, Reason.TIMEOUT, message))
            self.state, self._after = STOPPING, "down"
            return [*effects, *self._finish("timeout", "", now), KillProcess()]
        return []

    def _stopped(self, now: float) -> list[Effect]:
        """The process that we killed is gone."""
        if self._after == "end":
            self.state = ENDED
            return [Ended()]
        if self._after == "restart" and self.current is not None:
            return self._start("invoke", now)
        self.state = DOWN
        return [Idle(alive=False)]

    def _shutdown(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        if self.current is not None:
            if self.state is not ANSWERED:
                told = words.STOPPING
                answer = Answer(self.current.id, b"", "Unhandled", Reason.SHUTDOWN, "", told, reported=False)
                effects.append(answer)
            effects += self._finish("failure", "", now)
        if self.state in {NEW, DOWN, ENDED}:
            self.state = ENDED
            return [*effects, Ended()]
        stopping = self.state is STOPPING
        self.state, self._after = STOPPING, "end"
        if stopping:
            return effects
        grace = GRACE if self.extensions.registered else 0.0
        return [*effects, StopTimer(INIT_TIMER), StopTimer(LEAVE_TIMER), KillProcess(grace)]
