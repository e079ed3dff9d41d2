"""Records: who hears of which, and what may wait."""

from __future__ import annotations

from emulator.clocks import ManualClock
from onezip.emulator.environments.record import LATE, Recorder
from onezip.model.event import Happened


def test_each_hears_what_it_asked_for() -> None:
    recorder = Recorder(ManualClock())
    some: list[Happened] = []
    recorder.happened("a", "f", {})
    recorder.listen(some.append, ["a"])
    recorder.happened("a", "f", {"n": 1})
    recorder.happened("b", "f", {"n": 2})
    every: list[Happened] = []
    recorder.listen(every.append)
    recorder.happened("a", "f", {"n": 3})
    recorder.happened("b", "f", {"n": 4})
    assert [each.fields["n"] for each in some] == [1, 3]
    assert [each.fields["n"] for each in every] == [3, 4]


def test_what_waits_comes_in_its_order_and_not_too_late() -> None:
    clock = ManualClock()
    recorder = Recorder(clock)
    done: list[int] = []
    recorder.later(lambda: done.append(1))
    clock.forward(LATE / 2)
    recorder.later(lambda: done.append(2))
    assert done == []
    clock.forward(LATE / 2)
    assert done == [1, 2]
    recorder.later(lambda: done.append(3))
    recorder.later(lambda: recorder.later(lambda: done.append(4)))
    recorder.catch_up()
    assert done == [1, 2, 3, 4]
    recorder.later(lambda: done.append(5))
    clock.forward(LATE)
    assert done == [1, 2, 3, 4, 5]
