"""Scripts for the machine of an environment: events in, what came of them as short words out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from onezip.emulator.environments import phases
from onezip.emulator.environments.machine import Machine
from onezip.emulator.environments.runtime_api import (
    Answer,
    Effect,
    Ended,
    Event,
    Finished,
    Idle,
    Invocation,
    Invoked,
    KillProcess,
    Record,
    Reply,
    Settings,
    StartProcess,
    StartTimer,
    StopTimer,
)
from onezip.emulator.http.message import Headers, Request

ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:hello"
RUNTIME = "/2018-06-01/runtime"


def invocation(name: str = ID, **more: Any) -> Invocation:
    return Invocation(name, b'{"n":1}', ARN, **more)


class Script:
    """A machine, its clock, and all effects so far."""

    def __init__(self, epoch: float = 0.0, **settings: Any) -> None:
        told: dict[str, Any] = {"function": "hello", "handler": "bootstrap", "memory": 128, "timeout": 3.0}
        self.machine = Machine(Settings(**{**told, **settings}))
        self.machine.epoch = epoch
        self.now = 100.0
        self.effects: list[Effect] = []

    def event(self, event: Event, after: float = 0.0) -> list[Effect]:
        """Hand in an event so many seconds after the last one."""
        self.now += after
        got = self.machine.handle(event, self.now)
        self.effects += got
        return got

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        after: float = 0.0,
        connection: int = 1,
        trailers: dict[str, str] | None = None,
        oversize: int = 0,
        **headers: Any,
    ) -> list[Effect]:
        """A request of the runtime; headers with underscores."""
        pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
        path = path if path.startswith("/20") else RUNTIME + path
        asked = Request(
            method,
            path,
            headers=Headers(pairs),
            body=body,
            trailers=Headers(list((trailers or {}).items())),
            connection=connection,
            oversize=oversize,
        )
        return self.event(asked, after)

    def next(self, after: float = 0.0, connection: int = 1) -> list[Effect]:
        """The runtime asks for an event."""
        return self.call("GET", "/invocation/next", after=after, connection=connection)

    def respond(self, body: bytes = b'"ok"', after: float = 0.0, name: str = ID, **more: Any) -> list[Effect]:
        """The runtime answers."""
        return self.call("POST", f"/invocation/{name}/response", body, after=after, **more)

    def warm(self) -> None:
        """An environment that has answered once and waits."""
        self.event(Invoked(invocation("first")))
        self.next(0.05)
        self.respond(name="first")
        self.next()
        self.effects.clear()


def short(effects: list[Effect]) -> list[str]:
    """Effects as words, records as types with their status."""
    said = []
    for effect in whole(effects):
        match effect:
            case Reply(connection, status):
                said.append(f"reply {connection} {status}")
            case Answer(_, payload, error):
                said.append(f"answer {error or 'ok'} {payload.decode()}")
            case Record(kind, fields):
                said.append(f"{kind} {fields.get('status', '')}".rstrip())
            case StartTimer(timer, seconds):
                said.append(f"timer {timer} {seconds:g}")
            case StopTimer(timer):
                said.append(f"stop {timer}")
            case StartProcess(phase):
                said.append(f"start {phase}")
            case KillProcess(grace):
                said.append(f"kill {grace:g}")
            case Idle(alive):
                said.append("idle" if alive else "down")
            case Ended():
                said.append("ended")
    return said


def reply(effects: list[Effect]) -> Reply:
    """The one reply among effects."""
    (found,) = [effect for effect in effects if isinstance(effect, Reply)]
    return found


def answers(effects: list[Effect]) -> list[Answer]:
    return [effect for effect in effects if isinstance(effect, Answer)]


def records(effects: list[Effect]) -> list[Record]:
    return [effect for effect in whole(effects) if isinstance(effect, Record)]


def whole(effects: list[Effect]) -> Iterator[Effect]:
    """Effects with the two records that the end of an invocation becomes."""
    for effect in effects:
        if isinstance(effect, Finished):
            yield from phases.done(effect, 128, 0)
        else:
            yield effect


def error(found: Reply) -> tuple[int, str, str]:
    """Status, type and message of an error of the Runtime API."""
    value = json.loads(found.body)
    assert found.body.endswith(b"\n")
    return found.status, value["errorType"], value["errorMessage"]
