"""An invocation for an environment whose runtime has hung up, before the end of its process is told."""

from __future__ import annotations

import pytest

from emulator.scripts import ID, Script, invocation, short
from onezip.emulator.environments.runtime_api import (
    ConnectionLost,
    Invoked,
    ProcessExited,
    ProcessStarted,
    ShutdownAsked,
    TimerFired,
)


@pytest.fixture
def script() -> Script:
    """Warm, and the connection on which the runtime waited is gone; then there is an invocation."""
    script = Script()
    script.warm()
    assert script.event(ConnectionLost(1)) == []
    assert short(script.event(Invoked(invocation()))) == ["timer invoke 3"]
    return script


def test_its_process_is_replaced_and_the_invocation_goes_to_the_new_one(script: Script) -> None:
    assert short(script.event(ProcessExited(None, 9))) == ["platform.initStart", "start invoke"]
    assert short(script.event(ProcessStarted())) == ["timer invoke 3"]
    assert "reply 2 200" in short(script.next(connection=2))
    assert short(script.respond(connection=2)) == ["reply 2 202", 'answer ok "ok"']


def test_a_runtime_that_asks_again_gets_it(script: Script) -> None:
    assert short(script.next(connection=2)) == ["reply 2 200", "timer invoke 3", "platform.start"]
    assert short(script.respond(connection=2)) == ["reply 2 202", 'answer ok "ok"']


def test_it_times_out_where_neither_happens(script: Script) -> None:
    told = short(script.event(TimerFired("invoke"), after=3.0))
    assert told[0].startswith("answer Unhandled")
    assert f"RequestId: {ID} Error: Task timed out after 3.00 seconds" in told[0]
    assert told[-1] == "kill 0"
    assert short(script.event(ProcessExited(None, 9))) == ["down"]


def test_it_is_answered_at_the_end_of_all(script: Script) -> None:
    told = short(script.event(ShutdownAsked("the emulator stops")))
    assert told[0].startswith("answer Unhandled")
    assert told[-1] == "kill 0"
