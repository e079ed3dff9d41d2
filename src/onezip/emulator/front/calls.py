"""How a front calls a function: an outcome for each call, whoever runs the function."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from onezip.emulator.environments import words
from onezip.emulator.environments.call import Call
from onezip.emulator.environments.flow import Flow
from onezip.emulator.environments.runtime_api import Answer, Reason
from onezip.emulator.events.faults import Fault
from onezip.emulator.plane.invoke_api import Place
from onezip.emulator.plane.lambda_server import LambdaServer


class Outcome(NamedTuple):
    """The function's reply, or a fault and its words for the one who runs this.

    request_id is the invocation's, empty where nobody told it.
    """

    payload: bytes
    fault: Fault | None = None
    why: str = ""
    request_id: str = ""


OnOutcome = Callable[[Outcome], None]
OnOpen = Callable[[str, Flow], None]
"""Takes a reply in parts, with the Content-Type that the runtime gave it; the outcome is its end."""

Forget = Callable[[], object]
"""Called where nobody waits for the outcome any more."""


class Asked(NamedTuple):
    """One call: function is its name, payload the event as JSON, trace an `X-Amzn-Trace-Id`.

    on_open is there where the reply is wanted while the function writes it; a whole reply may come all the
    same, if whoever runs the function has no other.
    """

    function: str
    payload: bytes
    request_id: str
    trace: str
    on_open: OnOpen | None = None


class Calls(Protocol):
    """Who runs the functions."""

    def call(self, asked: Asked, on_outcome: OnOutcome) -> Forget:
        """Call a function; on_outcome is called once, in the event loop's thread, perhaps at once."""
        ...


class Here:
    """The functions of this emulator."""

    def __init__(self, plane: LambdaServer, region: str) -> None:
        self._plane = plane
        self._place = Place((), region)

    def call(self, asked: Asked, on_outcome: OnOutcome) -> Forget:
        """Call it through its pool, as an invocation of the Lambda plane."""
        if len(asked.payload) > words.REQUEST_LIMIT:
            on_outcome(Outcome(b"", Fault.TOO_LARGE_FOR_LAMBDA, "the event is over 6 MB"))
            return _nothing
        name = asked.function
        call = Call(name, asked.payload, self._place.arn(name), trace=asked.trace)

        def answered(answer: Answer) -> None:
            on_outcome(outcome(answer))

        def throttled() -> None:
            on_outcome(Outcome(b"", Fault.THROTTLED, request_id=asked.request_id))

        return self._plane.take(call, asked.request_id, answered, throttled, asked.on_open)


def outcome(answer: Answer) -> Outcome:
    """What a front makes of an answer of the plane's."""
    if not answer.error:
        return Outcome(answer.payload, request_id=answer.id)
    fault = Fault.FUNCTION_TIMEOUT if answer.reason is Reason.TIMEOUT else Fault.FAILED
    why = _WHY.get(answer.reason, "") or answer.message
    if answer.reason is Reason.TOO_LARGE and answer.streamed:
        why = "the function's reply is over 200 MB"
    return Outcome(answer.payload, fault, why, answer.id)


_WHY = {
    Reason.FUNCTION: "the function reported an error",
    Reason.INIT: "the function failed before its first event",
    Reason.TOO_LARGE: "the function's reply is over 6 MB",
    Reason.TRUNCATED: "the runtime broke off its reply",
}


def _nothing() -> None:
    pass
