"""Fronts on a loop in a thread, before functions that a test plays."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.clocks import ManualClock
from emulator.http.serving import PATIENCE
from emulator.serving import until
from onezip.emulator.environments.record import Recorder
from onezip.emulator.front.calls import Asked, Forget, OnOutcome, Outcome
from onezip.emulator.front.gate import Gate
from onezip.emulator.front.server import Aside, FrontServer
from onezip.emulator.gateway.apis import apis
from onezip.model.event import Happened
from onezip.model.front import Front

Play = Callable[[Any], Any]
"""A function: its event -> its reply as a value, or an Outcome, or None for no answer yet."""


def reflect(event: Any) -> Any:
    """A function that shows its event."""
    return {"statusCode": 200, "body": json.dumps(event)}


class Played:
    """The functions of a test, by name; asked holds every call, forgotten those given up."""

    def __init__(self, **functions: Play) -> None:
        self.functions = functions
        self.asked: list[Asked] = []
        self.open: list[OnOutcome] = []
        self.forgotten: list[str] = []

    def call(self, asked: Asked, on_outcome: OnOutcome) -> Forget:
        self.asked.append(asked)
        reply = self.functions[asked.function](json.loads(asked.payload))
        if reply is None:
            self.open.append(on_outcome)
        elif isinstance(reply, Outcome):
            on_outcome(reply)
        else:
            on_outcome(Outcome(reply if isinstance(reply, bytes) else json.dumps(reply).encode()))
        return lambda: self.forgotten.append(asked.function)

    def events(self, name: str) -> list[Any]:
        """The events that a function got."""
        return [json.loads(each.payload) for each in self.asked if each.function == name]


@dataclass(frozen=True)
class Got:
    """An answer as it came: headers in order and in their case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    reason: str = ""

    def header(self, name: str) -> str | None:
        """The first value, by exact spelling."""
        return next((value for each, value in self.headers if each == name), None)

    @property
    def value(self) -> Any:
        return json.loads(self.body)


@dataclass
class Fronts:
    """A running front."""

    port: int
    loop: asyncio.AbstractEventLoop
    clock: ManualClock
    played: Played
    recorder: Recorder
    heard: list[Happened] = field(default_factory=list)

    def ask(
        self,
        target: str = "/",
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    ) -> Got:
        """One request on a connection of its own; the target and the headers are sent as they are."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
        with contextlib.closing(connection):
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            if not any(name.lower() == "host" for name, _ in pairs):
                pairs.append(("Host", f"localhost:{self.port}"))
            if body is not None:
                pairs.append(("Content-Length", str(len(body))))
            for name, value in pairs:
                connection.putheader(name, value)
            connection.endheaders(body)
            got = connection.getresponse()
            return Got(got.status, got.getheaders(), got.read(), got.reason)

    def forward(self, seconds: float) -> None:
        """Let the clock go on, in the server's thread."""
        self._there(lambda: self.clock.forward(seconds))

    def _there(self, work: Callable[[], None]) -> None:
        """Do something in the server's thread, and wait for it."""
        done = threading.Event()

        def go() -> None:
            work()
            done.set()

        self.loop.call_soon_threadsafe(go)
        assert done.wait(PATIENCE)

    def records(self) -> list[Happened]:
        """All records so far, those among them that wait for a moment of quiet."""
        self._there(self.recorder.catch_up)
        return list(self.heard)

    def later(self, work: Callable[[], None]) -> None:
        """Do something in the server's thread."""
        self.loop.call_soon_threadsafe(work)

    def whys(self, count: int = 1) -> list[str]:
        """What the fronts told of the answers they made themselves, as soon as there are so many."""

        def told() -> list[str]:
            return [str(each.fields["why"]) for each in self.records() if each.fields.get("why")]

        until(lambda: len(told()) >= count)
        return told()


@contextlib.contextmanager
def fronting(
    described: Mapping[str, Sequence[Front]],
    played: Played,
    *,
    names: Sequence[str] = (),
    aside: Aside | None = None,
    root: str = ".",
) -> Iterator[Fronts]:
    """Fronts before the played functions, until the end of the block."""
    ready = threading.Event()
    found: list[Fronts] = []
    failed: list[object] = []
    stop: asyncio.Event

    async def scenario() -> None:
        nonlocal stop
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: failed.append(context.get("exception")))
        stop = asyncio.Event()
        clock = ManualClock(epoch=1_700_000_000.0)
        recorder = Recorder(clock)
        heard: list[Happened] = []
        recorder.listen(heard.append)
        front = FrontServer(
            apis(described, played.functions),
            played,
            recorder,
            Gate(played, recorder, root=root),
            aside=aside,
        )
        _, port = await front.start("127.0.0.1", 0, names)
        found.append(Fronts(port, loop, clock, played, recorder, heard))
        ready.set()
        await stop.wait()
        front.retire()
        await front.close()

    thread = threading.Thread(target=asyncio.run, args=(scenario(),), daemon=True)
    thread.start()
    assert ready.wait(PATIENCE)
    try:
        yield found[0]
    finally:
        found[0].later(lambda: stop.set())  # noqa: PLW0108 - stop is made by the thread
        thread.join(PATIENCE)
    assert not thread.is_alive(), "the front did not close"
    assert failed == []
