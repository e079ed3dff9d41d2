"""Functions that run elsewhere: any endpoint of the Invoke API, AWS's own emulator (RIE) too."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httptools

from onezip.emulator.events.faults import Fault
from onezip.emulator.front.calls import Asked, Forget, OnOutcome, Outcome
from onezip.errors import UsageError

LIMIT = 32 * 1024 * 1024
"""Bytes of an answer; no function's reply has as many."""
_TIMED_OUT = b"Task timed out after"
_PATH = "/2015-03-31/functions/{}/invocations"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the Invoke API is: path with `{}` for the function's name, or whole."""

    host: str
    port: int
    tls: bool
    path: str

    @classmethod
    def of(cls, url: str) -> Endpoint:
        """From a URL, with the whole path of a call or without. Raises UsageError."""
        parts = urlsplit(url if "//" in url else f"//{url}", "http")
        try:
            port = parts.port
        except ValueError:
            port = 0
        if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
            raise UsageError(
                "usage.command", f"--to {url!r} is no address", hint="write it as http://localhost:9000"
            )
        tls = parts.scheme == "https"
        path = parts.path.rstrip("/")
        return cls(
            parts.hostname,
            port or (443 if tls else 80),
            tls,
            path if path.endswith("/invocations") else path + _PATH,
        )

    def __str__(self) -> str:
        return f"http{'s' if self.tls else ''}://{self.host}:{self.port}"


class There:
    """Calls functions at an endpoint. called gives a function another name there."""

    def __init__(self, endpoint: Endpoint, called: Mapping[str, str] | None = None) -> None:
        self._endpoint = endpoint
        self._called = called or {}
        self._tasks: set[asyncio.Task[None]] = set()

    def call(self, asked: Asked, on_outcome: OnOutcome) -> Forget:
        """Call it over a connection of its own."""
        task = asyncio.get_running_loop().create_task(self._run(asked, on_outcome))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return lambda: None  # what runs goes on, as on Lambda

    async def _run(self, asked: Asked, on_outcome: OnOutcome) -> None:
        try:
            answer = await self._ask(asked)
        except (OSError, ValueError, asyncio.IncompleteReadError, httptools.HttpParserError) as error:
            told = getattr(error, "strerror", None) or str(error) or type(error).__name__
            on_outcome(Outcome(b"", Fault.FAILED, f"{self._endpoint} does not answer: {told}"))
        else:
            on_outcome(outcome(answer))

    async def _ask(self, asked: Asked) -> _Answer:
        to = self._endpoint
        name = quote(self._called.get(asked.function, asked.function), safe="")
        head = (
            f"POST {to.path.replace('{}', name)} HTTP/1.1\r\nHost: {to.host}:{to.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(asked.payload)}\r\n"
            f"X-Amzn-Trace-Id: {asked.trace}\r\nConnection: close\r\n\r\n"
        )
        context = ssl.create_default_context() if to.tls else None
        reader, writer = await asyncio.open_connection(to.host, to.port, ssl=context)
        try:
            writer.write(head.encode("latin-1") + asked.payload)
            await writer.drain()
            answer = _Answer()
            answer.parser = httptools.HttpResponseParser(answer)
            while not answer.complete:
                data = await reader.read(65536)
                if not data:
                    break
                answer.parser.feed_data(data)
            if not answer.complete and not (answer.status and "content-length" not in answer.headers):
                raise ValueError("the connection broke off")
            return answer
        finally:
            writer.close()


@dataclass(slots=True)
class _Answer:
    """What came, as httptools tells it."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    complete: bool = False
    parser: Any = None

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The status is known."""
        self.status = self.parser.get_status_code()

    def on_body(self, data: bytes) -> None:
        """A part of the body."""
        self.body += data
        if len(self.body) > LIMIT:
            raise ValueError("the answer is too long")

    def on_message_complete(self) -> None:
        """That was all."""
        self.complete = self.status >= 200


def outcome(answer: _Answer) -> Outcome:
    """What a front makes of an answer of the Invoke API."""
    body = bytes(answer.body)
    request_id = answer.headers.get("x-amzn-requestid", "")
    if answer.status == 429:
        return Outcome(b"", Fault.THROTTLED, request_id=request_id)
    if answer.status == 413:
        return Outcome(b"", Fault.TOO_LARGE_FOR_LAMBDA, request_id=request_id)
    if answer.status >= 300:
        told = body[:200].decode("utf-8", "replace").strip()
        return Outcome(b"", Fault.FAILED, f"the Invoke API answers {answer.status}: {told}", request_id)
    kind = _error(body)
    if "x-amz-function-error" in answer.headers:
        fault = Fault.FUNCTION_TIMEOUT if kind == "Sandbox.Timedout" else Fault.FAILED
        return Outcome(body, fault, f"the function failed: {kind or 'no errorType'}", request_id)
    if "x-amz-executed-version" not in answer.headers:  # RIE tells errors by the body alone
        if body.startswith(_TIMED_OUT):
            return Outcome(body, Fault.FUNCTION_TIMEOUT, body[:100].decode("utf-8", "replace"), request_id)
        if kind:
            return Outcome(body, Fault.FAILED, f"the function failed: {kind}", request_id)
    return Outcome(body, request_id=request_id)


def _error(body: bytes) -> str:
    """The errorType of an error's payload; nothing where it is none."""
    if b'"errorType"' not in body:
        return ""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(told, dict) or "errorMessage" not in told or "statusCode" in told:
        return ""
    return str(told.get("errorType", ""))
