"""One execution environment: its Runtime API listener, its machine, its timers and its process."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Protocol

from onezip.emulator.environments import lines, phases
from onezip.emulator.environments.clock import Clock, Deadline
from onezip.emulator.environments.flow import Flow
from onezip.emulator.environments.machine import Machine
from onezip.emulator.environments.output import Exit, Line
from onezip.emulator.environments.owner import Owner
from onezip.emulator.environments.record import Recorder, Story
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
    Record,
    Reply,
    Settings,
    ShutdownAsked,
    StartFailed,
    StartProcess,
    StartTimer,
    StopTimer,
    TimerFired,
)
from onezip.emulator.environments.words import RESPONSE_LIMIT
from onezip.emulator.http.exchange import Exchange
from onezip.emulator.http.guard import same_host
from onezip.emulator.http.limits import Limits
from onezip.emulator.http.server import Server
from onezip.errors import OnezipError
from onezip.limits import MIB

HOST = "127.0.0.1"

SAMPLE = 0.1
"""Seconds between two looks at the memory of a function that is at work."""

_OF_THE_PROGRAM = frozenset({errno.ENOENT, errno.EACCES, errno.ENOEXEC, errno.EPERM})
"""Errors of execve(2) that Lambda's kernel would give too; others are this machine's."""

_LIMITS = Limits(body=RESPONSE_LIMIT, head_time=60.0, body_time=900.0, idle_time=float("inf"))
"""A runtime is slow as long as its function is; between its calls it may be silent for ever."""


class Process(Protocol):
    """A running process of the function (`process.Running`)."""

    def peak_memory(self) -> int:
        """The most bytes it had so far."""
        ...

    def catch_up(self) -> bool:
        """Hear what it wrote before this moment; False where that comes in the next two turns of the loop."""
        ...

    async def kill(self, grace: float = 0.0) -> None:
        """End it."""
        ...


class Surroundings(Protocol):
    """What outlives a process of the environment, such as /tmp (`process.Sandbox`)."""

    async def start(self, on_line: Line, on_exit: Callable[[Exit], None]) -> Process:
        """Start the function. Raises OSError."""
        ...

    async def close(self) -> None:
        """Give everything back."""
        ...


class CannotStart(Exception):
    """There is nothing to start. The message is Lambda's (`Couldn't find valid bootstrap(s): ...`)."""


Make = Callable[[str, str], Awaitable[Surroundings]]
"""Makes the surroundings of one environment, from its Runtime API's `host:port` and its log stream.

Raises CannotStart and OnezipError.
"""


class Environment:
    """One environment of one function. number counts from 1 within the function."""

    def __init__(
        self, number: int, settings: Settings, make: Make, clock: Clock, recorder: Recorder, owner: Owner
    ) -> None:
        self.number = number
        self.since = clock.now()
        self._function = settings.function
        self._machine = Machine(settings)
        self._make = make
        self._clock = clock
        self._recorder = recorder
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._server = Server(self._asked, _LIMITS, flows=self._machine.streams)
        self._surroundings: Surroundings | None = None
        self._process: Process | None = None
        self._peak = 0
        self._sampling = False
        self._gone = False
        self._starting: asyncio.Task[None] | None = None
        self._prompt = False
        self._alive = False
        self._table: dict[type, Callable[[Any], object]] = {
            Reply: self._reply,
            Opened: self._opened,
            Passed: self._passed,
            Answer: self._answer,
            StartTimer: self._start_timer,
            StopTimer: self._stop_timer,
            Record: self._record,
            Finished: self._finished,
            Idle: self._idle,
            StartProcess: lambda _: self._begin(),
            KillProcess: lambda effect: self._spawn(self._kill(effect.grace)),
            Ended: lambda _: self._spawn(self._close()),
        }
        self._timers: dict[str, Deadline] = {}
        self._exchanges: dict[int, Exchange] = {}
        self._flow: Flow | None = None
        self._story: Story | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = 0
        self._trouble: OnezipError | None = None

    @property
    def pid(self) -> int:
        """The process's number where it runs, else 0."""
        return getattr(self._process, "pid", 0)

    def invoke(self, invocation: Invocation, *, prompt: bool = False) -> None:
        """Hand an invocation over. Only for an idle or a new environment.

        With prompt, `Owner.finished` follows at once when it is over: somebody waits for its log.
        """
        self._machine.epoch = self._clock.epoch
        effects = self._machine.handle(Invoked(invocation), self._clock.now())
        if isinstance(effects[0], Reply):
            self._reply(effects[0])  # and while the function is at work, all else
            del effects[0]
        self._story = Story(invocation.id)
        self._prompt = prompt
        try:
            self._recorder.catch_up()
        finally:
            self._apply(effects)
        if not self._sampling:
            self._sampling = True
            self._clock.call_later(SAMPLE, self._sample)

    def shutdown(self, reason: str) -> None:
        """End; `Owner.ended` follows when nothing is left."""
        self._happen(ShutdownAsked(reason))

    # ---- events -----------------------------------------------------------------------------

    def _asked(self, exchange: Exchange) -> None:
        request = exchange.request
        connection = request.connection
        self._exchanges[connection] = exchange
        if request.flowing:
            self._flow = Flow(exchange, self._happen)
        self._apply(self._machine.handle(request, self._clock.now()))
        if connection in self._exchanges:
            exchange.on_lost = partial(self._lost, connection)

    def _lost(self, connection: int) -> None:
        if self._exchanges.pop(connection, None) is not None:
            self._happen(ConnectionLost(connection))

    def _happen(self, event: Event) -> None:
        self._apply(self._machine.handle(event, self._clock.now()))

    def _line(self, stream: str, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        story = self._story
        if story is not None:
            story.said(text)
        fields: dict[str, object] = {
            "line": text, "stream": stream, "environment": self.number,
            "requestId": story.id if story is not None else "",
        }  # fmt: skip
        self._recorder.happened("function", self._function, fields)

    def _exited(self, ended: Exit) -> None:
        self._measure()
        self._process = None
        self._gone = True
        if self._story is not None and self._story.answer is not None:
            self._story.died = True
        self._happen(ProcessExited(ended.code, ended.signal, ended.out_of_memory))

    # ---- effects ----------------------------------------------------------------------------

    def _apply(self, effects: list[Effect]) -> None:
        table = self._table
        for effect in effects:
            table[type(effect)](effect)

    def _reply(self, effect: Reply) -> None:
        exchange = self._exchanges.pop(effect.connection, None)
        if exchange is not None:
            exchange.reply(effect.status, effect.headers, effect.body)

    def _start_timer(self, effect: StartTimer) -> None:
        name, seconds = effect
        timer = self._timers.get(name)
        if timer is None:
            timer = self._timers[name] = Deadline(self._clock, partial(self._happen, TimerFired(name)))
        timer.set(seconds)

    def _stop_timer(self, effect: StopTimer) -> None:
        timer = self._timers.get(effect.name)
        if timer is not None:
            timer.clear()

    def _opened(self, effect: Opened) -> None:
        assert self._flow is not None  # noqa: S101 - its request came just now
        self._owner.opened(effect, self._flow)

    def _passed(self, effect: Passed) -> None:
        if self._flow is not None:
            self._flow.passed(effect.data)

    def _answer(self, effect: Answer) -> None:
        if self._story is not None:
            self._story.answer = effect
        self._owner.answered(self, effect)
        if self._flow is not None:
            self._flow.close()
            self._flow = None

    def _idle(self, effect: Idle) -> None:
        self._alive = effect.alive
        if self._story is not None:
            self._recorder.later(partial(self._late, self._story))
        self._soon(self._free)

    def _record(self, effect: Record) -> None:
        kind, fields = effect
        fields["environment"] = self.number
        story = self._story
        if story is not None:
            if kind == "platform.start":
                story.log.clear()  # a tail begins there, whatever a cold start had to say before
            story.log.append((kind, fields))
        self._recorder.happened(kind, self._function, fields)

    def _finished(self, effect: Finished) -> None:
        self._measure()
        if self._story is not None:
            self._story.finished, self._story.used = effect, -(-self._peak // MIB)

    # ---- the end of an invocation -----------------------------------------------------------

    def _soon(self, work: Callable[[], None]) -> None:
        """Do it once all is heard that the function wrote before this moment.

        Where it cannot be read at once, its pipes are ready in the same turn of the event loop as its
        request, and asyncio passes on what it read from them in the next turn.
        """
        if self._process is None or self._process.catch_up():
            work()
        else:
            self._loop.call_soon(self._loop.call_soon, work)

    def _free(self) -> None:
        """Take the next invocation; the record of the last one may follow."""
        if self._machine.current is not None:
            return  # it has the next one: its process ended since it was free
        if self._prompt and self._story is not None:
            self._settle(self._story)
        self.since = self._clock.now()
        self._owner.idle(self, alive=self._alive)

    def _late(self, story: Story) -> None:
        if self._story is story:
            self._soon(partial(self._settle, story))
        else:
            self._settle(story)  # all that was its own was heard before the next one began

    def _settle(self, story: Story) -> None:
        """Close the story of an invocation that is over: END, REPORT, and the whole of it."""
        if story.finished is None or story.report is not None:
            return
        if self._story is story:
            self._story = None
        for kind, fields in phases.done(story.finished, self._machine.settings.memory, story.used):
            fields["environment"] = self.number
            story.log.append((kind, fields))
            self._recorder.happened(kind, self._function, fields)
            story.report = fields
        if story.answer is not None:
            self._owner.finished(self, story)

    def _measure(self) -> None:
        if self._process is not None:
            self._peak = max(self._peak, self._process.peak_memory())

    def _sample(self) -> None:
        """Look at the memory now and then: of a process that crashes, nothing can be read any more."""
        self._measure()
        self._sampling = self._story is not None
        if self._sampling:
            self._clock.call_later(SAMPLE, self._sample)

    # ---- the process ------------------------------------------------------------------------

    async def _start(self) -> None:
        """Start the process, in the surroundings of this environment; they are made at the first start."""
        self._peak = 0
        self._gone = False
        try:
            if self._surroundings is None:
                if not self._port:
                    _, self._port = await self._server.start(HOST)
                    self._server.admit = same_host(HOST, self._port)
                self._surroundings = await self._make(f"{HOST}:{self._port}", self._log_stream())
            process = await self._surroundings.start(self._line, self._exited)
        except CannotStart as error:
            self._happen(StartFailed(str(error)))
        except OnezipError as error:
            self._tell(error)
            self._happen(StartFailed(error.message, here=True))
        except OSError as error:
            told = f"fork/exec {error.filename or 'bootstrap'}: {error.strerror or error}"
            self._happen(StartFailed(told, here=error.errno not in _OF_THE_PROGRAM))
        else:
            if not self._gone:
                self._process = process
                self._happen(ProcessStarted())

    def _log_stream(self) -> str:
        """A name as CloudWatch has it: `2026/11/21/[$LATEST]` and 32 hex digits."""
        day = lines.stamp(self._clock.time())[:10].replace("-", "/")
        return f"{day}/[{self._machine.settings.version}]{os.urandom(16).hex()}"

    def _tell(self, error: OnezipError) -> None:
        """Tell a trouble of ours once, not at each try."""
        if self._trouble is None or self._trouble.message != error.message:
            self._recorder.notice(self._function, error.message, error.hint)
        self._trouble = error

    async def _kill(self, grace: float) -> None:
        """End the process; one that is about to start is waited for, or it would be forgotten."""
        if self._starting is not None and not self._starting.done():
            await asyncio.wait({self._starting})
        if self._process is not None:
            await self._process.kill(grace)

    async def _close(self) -> None:
        if self._story is not None:
            self._settle(self._story)
        self._recorder.catch_up()
        for timer in self._timers.values():
            timer.cancel()
        if self._surroundings is not None:
            with contextlib.suppress(OSError):
                await self._surroundings.close()
        await self._server.close()
        self._owner.ended(self)

    def _begin(self) -> None:
        self._starting = self._spawn(self._start())

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
