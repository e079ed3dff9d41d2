"""Calls that are to come: in their order, at their time, and not once they are cancelled."""

from __future__ import annotations

from functools import partial

from emulator.clocks import ManualClock
from onezip.emulator.environments.clock import Lapse, Lapses


def test_lapses_come_at_their_times_but_for_those_that_are_cancelled() -> None:
    clock = ManualClock()
    lapses = Lapses(clock, 10.0)
    came: list[tuple[str, float]] = []

    def add(name: str) -> None:
        kept[name] = lapses.add(partial(come, name))

    def come(name: str) -> None:
        came.append((name, clock.now() - 1000))
        if name == "b":
            add("again")

    kept: dict[str, Lapse] = {}
    for name in "abcd":
        add(name)
        clock.forward(1)
    kept["a"].cancel()
    kept["c"].cancel()
    clock.forward(6.9)
    assert came == []
    clock.forward(0.2)
    assert came == [("b", 11.0)]
    clock.forward(100)
    assert came == [("b", 11.0), ("d", 13.0), ("again", 21.0)]
    add("later")  # after a time with nothing to wait for
    clock.forward(10)
    assert came[-1][0] == "later"


def test_what_was_cancelled_is_not_kept() -> None:
    lapses = Lapses(ManualClock(), 30.0)
    for _ in range(1000):
        lapses.add(lambda: None).cancel()
    assert len(lapses._queue) <= 1
