"""The environments of a function, and asynchronous tries: with environments of the test's own."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from emulator.clocks import ManualClock
from onezip.emulator.environments.asynchronous import Events
from onezip.emulator.environments.call import Call
from onezip.emulator.environments.clock import Deadline, LoopClock
from onezip.emulator.environments.pool import Job, Pool, Scaling
from onezip.emulator.environments.record import Recorder, Story
from onezip.emulator.environments.runtime_api import Answer, Invocation, Reason
from onezip.model.event import Happened


class Room:
    """An environment that does as the test says."""

    def __init__(self, number: int, pool: Pool, clock: ManualClock) -> None:
        self.number = number
        self.since = clock.now()
        self.given: list[str] = []
        self.reason = ""
        self._pool = pool
        self._clock = clock

    def invoke(self, invocation: Invocation, *, prompt: bool = False) -> None:
        self.given.append(invocation.id)

    def shutdown(self, reason: str) -> None:
        self.reason = reason

    def respond(self, error: str = "") -> Answer:
        reason = Reason.FUNCTION if error else Reason.SUCCESS
        answer = Answer(self.given[-1], b"{}", error, reason)
        self._pool.answered(self, answer)
        return answer

    def answer(self, error: str = "") -> None:
        self.end(self.respond(error))

    def end(self, answer: Answer) -> None:
        self._pool.finished(self, Story(answer.id, answer=answer))
        self.since = self._clock.now()
        self._pool.idle(self, alive=True)


class Scene:
    """A pool with its rooms, and what was told."""

    def __init__(self, **scaling: Any) -> None:
        self.clock = ManualClock()
        self.recorder = Recorder(self.clock)
        self.heard: list[Happened] = []
        self.recorder.listen(self.heard.append)
        self.rooms: list[Room] = []
        self.answers: list[str] = []
        self.throttled: list[str] = []
        self.pool = Pool("f", self.add, Scaling(**scaling), self.clock, self.recorder)

    def add(self, number: int, pool: Pool) -> Room:
        self.rooms.append(Room(number, pool, self.clock))
        return self.rooms[-1]

    def job(self, name: str) -> Job:
        call = Call("f", b"{}", "arn")
        return Job(
            call,
            Invocation(name, b"{}", "arn"),
            self.clock.now(),
            on_answer=lambda answer: self.answers.append(answer.id),
            on_throttle=lambda: self.throttled.append(name),
        )

    def submit(self, *names: str) -> None:
        for name in names:
            self.pool.submit(self.job(name))

    @property
    def given(self) -> list[list[str]]:
        return [room.given for room in self.rooms]


def test_scales_out_to_the_cap_and_queues() -> None:
    scene = Scene(most=2)
    scene.submit("a", "b", "c", "d")
    assert scene.given == [["a"], ["b"]]
    assert scene.pool.waiting == 2
    scene.rooms[1].answer()
    scene.rooms[0].answer()
    assert scene.given == [["a", "d"], ["b", "c"]]
    assert scene.answers == ["b", "a"]


def test_the_most_recently_used_is_taken_first() -> None:
    scene = Scene()
    scene.submit("a", "b", "c")
    for number in (2, 0, 1):
        scene.rooms[number].answer()
    scene.submit("d", "e")
    assert scene.given == [["a", "e"], ["b", "d"], ["c"]]


def test_a_living_environment_goes_before_one_whose_process_ended() -> None:
    scene = Scene()
    scene.submit("a", "b")
    scene.rooms[0].answer()
    scene.rooms[1].answer()
    scene.pool.idle(scene.rooms[1], alive=False)
    scene.submit("c", "d")
    assert scene.given == [["a", "c"], ["b", "d"]]
    assert scene.pool.size == 2


def test_throttles() -> None:
    scene = Scene(most=1, throttle=True)
    scene.submit("a", "b")
    assert scene.throttled == ["b"]
    scene.rooms[0].answer()
    scene.submit("c")
    assert scene.given == [["a", "c"]]
    nothing = Scene(most=0, throttle=True)
    nothing.submit("a")
    assert nothing.throttled == ["a"]


def test_a_caller_who_calls_again_at_once_gets_the_environment_that_is_about_to_be_free() -> None:
    scene = Scene()
    scene.submit("a")
    answer = scene.rooms[0].respond()
    scene.submit("b")
    assert scene.given == [["a"]]
    scene.rooms[0].end(answer)
    assert scene.given == [["a", "b"]]
    scene.clock.forward(1)
    assert scene.given == [["a", "b"]]


def test_one_that_stays_busy_after_its_answer_is_waited_for_but_shortly() -> None:
    scene = Scene()
    scene.submit("a")
    scene.rooms[0].respond()
    scene.submit("b", "c")
    # one may be free soon: the second caller needs another one in any case
    assert scene.given == [["a"], ["b"]]
    scene = Scene()
    scene.submit("a")
    scene.rooms[0].respond()
    scene.submit("b")
    scene.clock.forward(0.2)
    assert scene.given == [["a"], ["b"]]
    scene = Scene(most=1, throttle=True)
    scene.submit("a")
    scene.rooms[0].respond()
    scene.submit("b")
    assert scene.throttled == []
    scene.clock.forward(0.2)
    assert scene.throttled == ["b"]


def test_idle_environments_are_reaped_the_oldest_first() -> None:
    scene = Scene(idle=600)
    scene.submit("a", "b")
    scene.rooms[0].answer()
    scene.clock.forward(300)
    scene.rooms[1].answer()
    scene.clock.forward(301)
    assert [room.reason for room in scene.rooms] == ["idle", ""]
    scene.clock.forward(300)
    assert [room.reason for room in scene.rooms] == ["idle", "idle"]
    scene.submit("c")
    assert scene.given[2] == ["c"]


def test_a_busy_environment_is_not_reaped() -> None:
    scene = Scene(idle=600)
    scene.submit("a")
    scene.rooms[0].answer()
    scene.clock.forward(599)
    scene.submit("b")
    scene.clock.forward(1000)
    assert scene.rooms[0].reason == ""


def test_a_caller_who_left_is_taken_out_of_the_queue() -> None:
    scene = Scene(most=1)
    scene.submit("a")
    waiting = scene.job("b")
    scene.pool.submit(waiting)
    assert scene.pool.forget(waiting)
    assert not scene.pool.forget(waiting)
    scene.rooms[0].answer()
    assert scene.given == [["a"]]


def test_close_gives_back_what_waits_and_tells_when_all_are_gone() -> None:
    scene = Scene(most=1)
    scene.submit("a", "b")
    empty: list[bool] = []
    left = scene.pool.close(lambda: empty.append(True))
    assert [job.invocation.id for job in left] == ["b"]
    assert scene.rooms[0].reason
    assert not empty
    scene.pool.ended(scene.rooms[0])
    assert empty == [True]
    scene.submit("c")
    assert scene.throttled == ["c"]


def test_close_waits_for_those_that_are_being_reaped() -> None:
    scene = Scene(idle=1)
    scene.submit("a")
    scene.rooms[0].answer()
    scene.clock.forward(2)
    empty: list[bool] = []
    scene.pool.close(lambda: empty.append(True))
    assert not empty
    scene.pool.ended(scene.rooms[0])
    assert empty == [True]


# ---- asynchronous invocations ---------------------------------------------------------------------------


def tries(scene: Scene) -> list[int]:
    return [len(room.given) for room in scene.rooms]


def test_an_error_is_tried_again_after_one_and_after_two_minutes() -> None:
    scene = Scene(most=1)
    told: list[int] = []
    events = Events(scene.clock, scene.recorder)
    events.take(scene.pool, scene.job("a"), lambda job, _: told.append(job.attempt))
    scene.rooms[0].answer("Unhandled")
    scene.clock.forward(59)
    assert tries(scene) == [1]
    scene.clock.forward(1)
    assert scene.given == [["a", "a"]]
    scene.rooms[0].answer("Unhandled")
    scene.clock.forward(119)
    assert tries(scene) == [2]
    scene.clock.forward(1)
    assert tries(scene) == [3]
    scene.rooms[0].answer("Unhandled")
    scene.clock.forward(9999)
    assert tries(scene) == [3]
    assert told == [1, 2, 3]
    assert "dropped" in str(scene.heard[-1].fields["text"])


def test_a_success_is_not_tried_again() -> None:
    scene = Scene(most=1)
    Events(scene.clock, scene.recorder).take(scene.pool, scene.job("a"), lambda *_: None)
    scene.rooms[0].answer()
    scene.clock.forward(9999)
    assert tries(scene) == [1]


def test_a_throttled_event_is_tried_ever_more_slowly_for_six_hours() -> None:
    scene = Scene(most=1, throttle=True)
    scene.submit("busy")
    submitted: list[float] = []
    submit = scene.pool.submit

    def counting(job: Job) -> None:
        submitted.append(scene.clock.now() - 1000)
        submit(job)

    scene.pool.submit = counting  # type: ignore[method-assign]
    Events(scene.clock, scene.recorder).take(scene.pool, scene.job("a"), lambda *_: None)
    scene.clock.forward(7 * 3600)
    assert submitted[:5] == [0, 1, 3, 7, 15]
    assert submitted[-1] - submitted[-2] == 300
    assert 6 * 3600 - 300 <= submitted[-1] <= 6 * 3600
    assert scene.given == [["busy"]]


# ---- the clock ------------------------------------------------------------------------------------------


def test_a_deadline_that_moves() -> None:
    clock = ManualClock()
    came: list[float] = []
    deadline = Deadline(clock, lambda: came.append(clock.now() - 1000))
    deadline.set(3)
    clock.forward(2)
    deadline.set(3)
    clock.forward(2.9)
    assert came == []
    clock.forward(1)
    assert came == [5]
    deadline.set(3)
    deadline.clear()
    clock.forward(10)
    deadline.set(9)
    deadline.set(1)
    clock.forward(20)
    assert [round(at, 1) for at in came] == [5, 16.9]
    deadline.set(1)
    deadline.cancel()
    clock.forward(20)
    assert len(came) == 2


def test_a_stopped_clock_fires_nothing_and_goes_on_where_it_stood() -> None:
    async def scenario() -> list[str]:
        clock = LoopClock(asyncio.get_running_loop())
        fired: list[str] = []
        clock.call_later(0.05, lambda: fired.append("a"))
        clock.stop()
        stood = clock.now()
        clock.call_later(0.06, lambda: fired.append("b")).cancel()
        clock.call_later(0.07, lambda: fired.append("c"))
        await asyncio.sleep(0.15)
        assert fired == []
        assert clock.now() == stood
        began = time.monotonic()
        clock.go()
        assert stood <= clock.now() <= stood + (time.monotonic() - began) + 1e-6
        before = time.time()
        assert before - 1e-3 <= clock.now() + clock.epoch <= time.time() + 1e-3  # as if it had never stood
        await asyncio.sleep(0.15)
        assert not clock.alarms
        return fired

    assert asyncio.run(scenario()) == ["a", "c"]
