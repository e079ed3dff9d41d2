"""What the tests of running functions share: zips, functions, surroundings, a Runtime API of their own."""

from __future__ import annotations

import asyncio
import io
import json
import os
import queue
import select
import socket
import threading
import time
import zipfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import pytest

from onezip.emulator.environments.output import Exit
from onezip.emulator.running.host import Host
from onezip.emulator.running.probe import look
from onezip.emulator.running.process import Running, Sandbox
from onezip.emulator.running.sandbox import Isolation, Launch
from onezip.limits import RUNTIMES
from onezip.model.function import Function, Handler, Language, Limits

WAYS = tuple(Isolation)
PATIENCE = 60.0
ARN = "arn:aws:lambda:us-east-1:000000000000:function:fn"

T = TypeVar("T")


def function(
    name: str = "fn", runtime: str = "provided.al2023", handler: str = "bootstrap", **more: Any
) -> Function:
    """A function; only what matters for running it."""
    language = Language.PYTHON if runtime.startswith("python") else Language.PREBUILT
    return Function(name, language, ".", RUNTIMES[runtime], Handler(handler), limits=Limits(), **more)


def zipped(path: Path, files: Mapping[str, bytes | str], modes: Mapping[str, int] | None = None) -> str:
    """A zip with these files; a mode is 0644 where none is named, 0755 for `bootstrap`."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            mode = (modes or {}).get(name, 0o755 if name == "bootstrap" else 0o644)
            kind = 0o040755 if name.endswith("/") else 0o100000 | mode
            info.external_attr = kind << 16
            archive.writestr(info, content)
    path.write_bytes(held.getvalue())
    return str(path)


async def host(way: Isolation) -> Host:
    """This machine with just this isolation, or a skip that says why not."""
    found = await look([way])
    if found.isolation is not way:
        pytest.skip(
            f"{way} does not work here ({found.off}): apt install bubblewrap, and allow user namespaces"
        )
    return found


@dataclass
class Seen:
    """What came of one start: lines by stream, and the exit."""

    lines: dict[str, list[bytes]] = field(default_factory=lambda: {"stdout": [], "stderr": []})
    exit: Exit | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def out(self) -> list[str]:
        """Standard output's lines."""
        return [line.decode() for line in self.lines["stdout"]]

    @property
    def err(self) -> list[str]:
        """Standard error's lines."""
        return [line.decode() for line in self.lines["stderr"]]

    def line(self, stream: str, line: bytes) -> None:
        """A `process.Line`."""
        assert self.exit is None, "a line after the exit"
        self.lines[stream].append(line)

    def ended(self, how: Exit) -> None:
        """The exit."""
        assert self.exit is None, "two exits"
        self.exit = how
        self.over.set()

    async def said(self, text: str) -> None:
        """Wait for a line of standard output that starts so."""
        for _ in range(int(PATIENCE / 0.01)):
            if any(line.startswith(text) for line in self.out):
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{text!r} was never said: {self.out} {self.err}")


async def started(sandbox: Sandbox) -> tuple[Running, Seen]:
    """Start once."""
    seen = Seen()
    return await sandbox.start(seen.line, seen.ended), seen


async def finished(sandbox: Sandbox) -> Seen:
    """Start once, and wait for the end."""
    _, seen = await started(sandbox)
    await asyncio.wait_for(seen.over.wait(), PATIENCE)
    return seen


def on_stage(way: Isolation, play: Callable[[Host], Awaitable[T]]) -> T:
    """Run a play on this machine, with just this isolation."""

    async def run() -> T:
        here = await host(way)
        try:
            return await play(here)
        finally:
            await here.close()

    return asyncio.run(run())


def script(text: str, folder: Path, way: Isolation, **more: Any) -> Launch:
    """A shell script as the function, in an empty folder of code."""
    folder.mkdir(parents=True, exist_ok=True)
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "AWS_LAMBDA_RUNTIME_API": f"nobody:{os.getpid()}"}
    return Launch(("/bin/sh", "-c", text), env, str(folder), isolation=way, **more)


def commands() -> Iterator[tuple[int, str]]:
    """The processes of this machine and their command lines; there is none until execve(2) is through."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError):
                line = Path(f"/proc/{name}/cmdline").read_bytes()
                yield int(name), line.replace(b"\0", b" ").decode("utf-8", "replace").strip()


def unique(number: str) -> str:
    """Seconds to sleep that no other test sleeps, of this process or of another one."""
    return f"{10_000_000 + os.getpid()}.{number}"


def alive(words: str) -> list[int]:
    """Processes of this machine whose command line has these words."""
    return [pid for pid, line in commands() if words in line]


def asleep(mark: str) -> int:
    """How many processes are `sleep MARK`, and no shell or `setsid` any more."""
    return sum(line in {f"sleep {mark}", f"/bin/sleep {mark}"} for _, line in commands())


def gone(words: str, within: float = PATIENCE) -> bool:
    """Whether no such process is left soon."""
    end = time.monotonic() + within
    while alive(words):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class RuntimeApi:
    """The smallest Runtime API: events from a queue, answers into another."""

    def __init__(self) -> None:
        self.events: queue.Queue[tuple[str, bytes, dict[str, str]]] = queue.Queue()
        self.answers: queue.Queue[tuple[str, dict[str, Any], bytes]] = queue.Queue()
        self.asked = threading.Event()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                api.asked.set()
                request, body, headers = event = api.events.get()
                if request and self.gone():
                    api.events.put(event)  # for the process that came after
                    self.close_connection = True
                    return
                if not request:
                    api.events.put(event)  # for the others that wait
                    self.close_connection = True
                    return
                self.send_response(200)
                given = {
                    "Lambda-Runtime-Aws-Request-Id": request,
                    "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 600_000),
                    "Lambda-Runtime-Invoked-Function-Arn": ARN,
                    "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1",
                    "Content-Type": "application/json",
                    "Content-Length": str(len(body)),
                    **headers,
                }
                for name, value in given.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def gone(self) -> bool:
                """Whether the process that asked has ended."""
                readable, _, _ = select.select([self.connection], [], [], 0)
                try:
                    return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
                except ConnectionError:
                    return True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                api.answers.put((self.path, headers, body))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def invoke(self, event: Any, request: str = "id-1", **headers: str) -> tuple[str, dict[str, Any], bytes]:
        """Send an event, as JSON or as bytes; the path, the headers and the body of the answer."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        self.events.put((request, body, {name.replace("_", "-"): value for name, value in headers.items()}))
        return self.answers.get(timeout=PATIENCE)

    def close(self) -> None:
        """Stop listening."""
        self.events.put(("", b"", {}))
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def runtime_api() -> Any:
    """A Runtime API for as long as the context lasts."""
    api = RuntimeApi()
    try:
        yield api
    finally:
        api.close()
