"""The Extensions API of one environment, as far as internal extensions go.  [pure]

An internal extension is a thread of the runtime's own process: aws-lambda-go registers one to be sent
SIGTERM. What external ones, telemetry and logs need answers "not supported" in AWS's words. Source:
"Lambda Extensions API" (version 2020-01-01), AWS Lambda Developer Guide.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from onezip.emulator.environments import words
from onezip.emulator.environments.runtime_api import Effect, Invocation, Record, Reply, Settings
from onezip.emulator.http.message import Pairs, Request

JSON: Pairs = (("Content-Type", "application/json"),)
PREFIX = "/2020-01-01/extension/"


@dataclass(slots=True)
class Extension:
    """One that registered; connection is where its call for the next event waits."""

    name: str
    events: tuple[str, ...]
    connection: int | None = None


class Extensions:
    """Those of one process; a new process registers anew."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._by_id: dict[str, Extension] = {}

    @property
    def registered(self) -> bool:
        """Whether there is one: then the process is sent SIGTERM before SIGKILL."""
        return bool(self._by_id)

    @property
    def ready(self) -> bool:
        """Whether all of them wait for an event: until then the environment is not through."""
        return not self._by_id or all(one.connection is not None for one in self._by_id.values())

    def requested(self, asked: Request, path: str, *, initializing: bool) -> list[Effect]:
        """Answer a call, or let it wait."""
        if path == PREFIX + "register" and asked.method == "POST":
            return [self._register(asked, initializing=initializing)]
        if path == PREFIX + "event/next" and asked.method == "GET":
            return self._next(asked)
        if path == "/2020-08-15/logs":
            return [Reply(asked.connection, 202, JSON, words.LOGS_UNSUPPORTED)]
        if path == "/2022-07-01/telemetry":
            return [Reply(asked.connection, 202, JSON, words.TELEMETRY_UNSUPPORTED)]
        return [Reply(asked.connection, 403, JSON, words.invalid_extension_state(path))]

    def _register(self, asked: Request, *, initializing: bool) -> Reply:
        name = asked.headers.get("lambda-extension-name")
        if not name:
            return Reply(asked.connection, 403, JSON, words.NO_EXTENSION_NAME)
        if not initializing:
            return Reply(asked.connection, 403, JSON, words.REGISTRATION_CLOSED)
        try:
            events = tuple(json.loads(asked.body or b"{}").get("events") or ())
        except (ValueError, AttributeError, TypeError):
            events = ("",)
        wrong = [str(event) for event in events if event != "INVOKE"]
        if wrong:
            return Reply(asked.connection, 403, JSON, words.invalid_event(wrong[0]))
        digest = hashlib.sha256(f"{len(self._by_id)} {name}".encode()).hexdigest()
        identifier = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
        self._by_id[identifier] = Extension(name, events)
        body = words.compact({
            "functionName": self._settings.function,
            "functionVersion": self._settings.version,
            "handler": self._settings.handler,
        })  # fmt: skip
        return Reply(asked.connection, 200, (*JSON, ("Lambda-Extension-Identifier", identifier)), body)

    def _next(self, asked: Request) -> list[Effect]:
        identifier = asked.headers.get("lambda-extension-identifier")
        if not identifier:
            return [Reply(asked.connection, 403, JSON, words.NO_EXTENSION_ID)]
        extension = self._by_id.get(identifier)
        if extension is None:
            return [Reply(asked.connection, 403, JSON, words.UNKNOWN_EXTENSION)]
        extension.connection = asked.connection
        return []

    def invoke(self, invocation: Invocation, deadline: int) -> list[Effect]:
        """Tell those that registered for INVOKE; deadline is in milliseconds since 1970."""
        effects: list[Effect] = []
        for identifier, one in self._by_id.items():
            if "INVOKE" in one.events and one.connection is not None:
                body = words.compact({
                    "eventType": "INVOKE", "deadlineMs": deadline, "requestId": invocation.id,
                    "invokedFunctionArn": invocation.arn,
                    "tracing": {"type": "X-Amzn-Trace-Id", "value": invocation.trace_id},
                })  # fmt: skip
                heads = (*JSON, ("Lambda-Extension-Event-Identifier", identifier))
                effects.append(Reply(one.connection, 200, heads, body))
                one.connection = None
        return effects

    def lost(self, connection: int) -> None:
        """A connection went away; whoever waited on it does not wait any more."""
        for one in self._by_id.values():
            if one.connection == connection:
                one.connection = None

    def records(self) -> list[Record]:
        """A record for each, once the environment is through its init."""
        return [
            Record("platform.extension", {"name": one.name, "state": "Ready", "events": list(one.events)})
            for one in self._by_id.values()
        ]
