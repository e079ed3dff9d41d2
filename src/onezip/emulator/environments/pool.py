"""The environments of one function: scale out, most recently used first, queue or throttle, reap.

Each environment takes one invocation at a time ("Understanding Lambda function scaling", AWS Lambda
Developer Guide). Where all are busy and no more may be added, an invocation waits; or it is refused, as
the service does, with `throttle` or a reserved concurrency.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from onezip.emulator.environments.call import Call
from onezip.emulator.environments.clock import Clock
from onezip.emulator.environments.flow import Flow
from onezip.emulator.environments.record import Recorder, Story
from onezip.emulator.environments.runtime_api import Answer, Invocation, Opened

PATIENCE = 0.1
"""Seconds that an invocation waits for an environment that has answered and is about to be free.

A caller that calls again at once is faster than the runtime's call for the next event; without this wait it
would be given a second environment.
"""


@dataclass(frozen=True, slots=True)
class Scaling:
    """How far a function scales: environments at most, whether more callers are refused, and how long in
    seconds an idle environment is kept.
    """

    most: int = 10
    throttle: bool = False
    idle: float = 600.0


@dataclass(slots=True, eq=False)
class Job:
    """One invocation on its way. on_answer gets the answer as soon as it is there, on_end the whole.

    With prompt, on_end follows at once when the invocation is over. on_throttle is called instead of both
    where no environment may take it, on_open before them where the response comes in parts. attempt counts
    from 1; began is the clock's time of its arrival.
    """

    call: Call
    invocation: Invocation
    began: float
    on_answer: Callable[[Answer], None] | None = None
    on_end: Callable[[Story], None] | None = None
    on_throttle: Callable[[], None] | None = None
    on_open: Callable[[str, Flow], None] | None = None
    prompt: bool = False
    attempt: int = 1


class Room(Protocol):
    """An environment, as a pool sees it (`environment.Environment`)."""

    number: int
    since: float

    def invoke(self, invocation: Invocation, *, prompt: bool = False) -> None:
        """Hand an invocation over."""
        ...

    def shutdown(self, reason: str) -> None:
        """End."""
        ...


class Pool:
    """The environments of one function. `add` makes one, given its number and its owner."""

    def __init__(
        self,
        name: str,
        add: Callable[[int, Pool], Room],
        scaling: Scaling,
        clock: Clock,
        recorder: Recorder,
    ) -> None:
        self.name = name
        self.scaling = scaling
        self._add = add
        self._clock = clock
        self._recorder = recorder
        self._rooms: set[Room] = set()
        self._leaving: set[Room] = set()
        self._warm: list[Room] = []
        self._cold: list[Room] = []  # their process ended; the next invocation starts it again
        self._busy: dict[str, Job] = {}  # by request id
        self._settling: set[Room] = set()  # answered, and not yet through
        self._queue: deque[Job] = deque()
        self._patient = False
        self._made = 0
        self._reaping = False
        self._closing = False
        self._on_empty: Callable[[], None] | None = None

    @property
    def size(self) -> int:
        """How many environments there are."""
        return len(self._rooms)

    @property
    def waiting(self) -> int:
        """How many invocations wait for an environment."""
        return len(self._queue)

    @property
    def busy(self) -> int:
        """How many invocations are under way."""
        return len(self._busy)

    def submit(self, job: Job) -> None:
        """Take an invocation: now, or as soon as an environment is free."""
        kept = self._warm or self._cold
        if kept and not self._closing:
            self._hand(kept.pop(), job)
            return
        self._queue.append(job)
        self._scale(len(self._settling))
        if self._queue and self._settling and not self._patient:
            self._patient = True
            self._clock.call_later(PATIENCE, self._impatient)

    def forget(self, job: Job) -> bool:
        """Take an invocation back, whose caller is gone; False where the function has it already."""
        try:
            self._queue.remove(job)
        except ValueError:
            return False
        return True

    def close(self, on_empty: Callable[[], None]) -> list[Job]:
        """End all environments; the jobs that wait are given back, those under way are answered first."""
        self._closing = True
        self._on_empty = on_empty
        left = list(self._queue)
        self._queue.clear()
        if not self._rooms and not self._leaving:
            on_empty()
        for room in list(self._rooms):
            room.shutdown("the emulator stops")
        return left

    # ---- what environments tell -------------------------------------------------------------

    def opened(self, opened: Opened, flow: Flow) -> None:
        """Hand the response over that begins."""
        job = self._busy.get(opened.id)
        if job is not None and job.on_open is not None:
            job.on_open(opened.content_type, flow)

    def answered(self, environment: Room, answer: Answer) -> None:
        """Answer the caller; the environment is still busy."""
        self._settling.add(environment)
        job = self._busy.get(answer.id)
        if job is not None and job.on_answer is not None:
            job.on_answer(answer)

    def finished(self, environment: Room, story: Story) -> None:  # noqa: ARG002 - part of the protocol
        """The invocation is over, and its log is complete; the environment may have the next one already."""
        job = self._busy.pop(story.id, None)
        if job is not None and job.on_end is not None:
            job.on_end(story)

    def idle(self, environment: Room, *, alive: bool) -> None:
        """It can take the next one."""
        self._settling.discard(environment)
        if environment not in self._rooms or self._closing:
            return
        if not alive and environment in self._warm:  # its process ended while it waited
            self._warm.remove(environment)
        if self._queue:
            self._hand(environment, self._queue.popleft())
            return
        (self._warm if alive else self._cold).append(environment)
        self._reap_later(self.scaling.idle)

    def ended(self, environment: Room) -> None:
        """It is gone."""
        self._rooms.discard(environment)
        self._leaving.discard(environment)
        self._settling.discard(environment)
        if self._closing and not self._rooms and not self._leaving and self._on_empty is not None:
            self._on_empty()

    # ---- the choice -------------------------------------------------------------------------

    def _impatient(self) -> None:
        self._patient = False
        self._scale(0)

    def _scale(self, soon: int) -> None:
        """Environments for those that wait, as far as the cap allows; who may not wait is throttled.

        soon is how many are about to be free: so many may wait for them.
        """
        while len(self._queue) > soon and len(self._rooms) < self.scaling.most and not self._closing:
            self._made += 1
            room = self._add(self._made, self)
            self._rooms.add(room)
            self._hand(room, self._queue.popleft())
        while len(self._queue) > soon and (self.scaling.throttle or self._closing):
            job = self._queue.pop()
            if job.on_throttle is not None:
                job.on_throttle()

    def _hand(self, room: Room, job: Job) -> None:
        self._busy[job.invocation.id] = job
        room.invoke(job.invocation, prompt=job.prompt)

    def _reap_later(self, seconds: float) -> None:
        if not self._reaping:
            self._reaping = True
            self._clock.call_later(seconds, self._reap)

    def _reap(self) -> None:
        """End what was idle for too long; the least recently used stand first."""
        self._reaping = False
        now = self._clock.now()
        for kept in (self._warm, self._cold):
            while kept and now - kept[0].since >= self.scaling.idle:
                room = kept.pop(0)
                self._rooms.discard(room)
                self._leaving.add(room)
                room.shutdown("idle")
        oldest = min((room.since for room in (*self._warm, *self._cold)), default=None)
        if oldest is not None and not self._closing:
            self._reap_later(max(0.0, oldest + self.scaling.idle - now))
