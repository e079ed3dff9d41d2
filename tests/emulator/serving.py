"""A Lambda plane in a thread of the test, over real processes."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from onezip.emulator.environments.clock import LoopClock
from onezip.emulator.environments.environment import Surroundings
from onezip.emulator.environments.pool import Scaling
from onezip.emulator.environments.record import Recorder
from onezip.emulator.environments.runtime_api import Settings
from onezip.emulator.plane.lambda_server import LambdaServer, Manner, Served
from onezip.emulator.running.host import Host, find_tools
from onezip.emulator.running.process import Sandbox
from onezip.emulator.running.sandbox import Isolation, Launch
from onezip.model.event import Happened

RUNTIME = Path(__file__).parent / "bootstraps" / "runtime.py"


@dataclass(frozen=True)
class Answered:
    """What a caller got."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def value(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str | None:
        return self.headers.get("X-Amz-Function-Error")


@dataclass
class Plane:
    """A running plane: where it listens, and all it has recorded."""

    port: int
    server: LambdaServer
    clock: LoopClock
    loop: asyncio.AbstractEventLoop
    recorder: Recorder
    heard: list[Happened] = field(default_factory=list)

    def call(self, event: Any = None, name: str = "f", **headers: str) -> Answered:
        """One call on a connection of its own; headers with underscores."""
        body = event if isinstance(event, bytes) else json.dumps({} if event is None else event).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=180)
        with contextlib.closing(connection):
            heads = {key.replace("_", "-"): value for key, value in headers.items()}
            connection.request("POST", f"/2015-03-31/functions/{name}/invocations", body, heads)
            got = connection.getresponse()
            return Answered(got.status, dict(got.headers), got.read())

    def records(self, kind: str) -> list[Mapping[str, Any]]:
        return [event.fields for event in list(self.heard) if event.type == kind]

    def wait(self, kind: str, count: int = 1, seconds: float = 60) -> list[Mapping[str, Any]]:
        """The records of a kind, as soon as there are so many."""
        until(lambda: len(self.records(kind)) >= count, seconds)
        return self.records(kind)

    def hears(self, line: str) -> None:
        """Wait until the function has said this line."""
        until(lambda: any(fields["line"] == line for fields in self.records("function")))

    def leap(self, seconds: float) -> None:
        """So many seconds pass at once on the plane's clock: what is due then comes now."""

        def jump() -> None:
            self.clock.stop()
            assert self.clock._stopped is not None
            self.clock._stopped += seconds
            self.clock.go()

        self.loop.call_soon_threadsafe(jump)


def until(look: Callable[[], Any], seconds: float = 60) -> Any:
    """What look gives, once it gives something. Raises AssertionError when it takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


@contextlib.contextmanager
def serving(
    env: Mapping[str, str] | None = None,
    *,
    scaling: Scaling | None = None,
    manner: Manner | None = None,
    argv: tuple[str, ...] = (sys.executable, str(RUNTIME)),
    folder: Path = RUNTIME.parent,
    before: Callable[[LoopClock], Awaitable[object]] | None = None,
    grace: float = 2.0,
    **settings: Any,
) -> Iterator[Plane]:
    """A plane with one function `f`, whose processes are the tests' runtime without isolation.

    before is awaited before an environment's surroundings are made; grace are the seconds that calls under
    way have at the end. A call has a minute, unless settings say otherwise.
    """
    ready = threading.Event()
    stop: list[Callable[[], object]] = []
    planes: list[Plane] = []

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        host = Host(Isolation.PLAIN, find_tools())
        await host.prepare()

        async def make(runtime_api: str, stream: str) -> Surroundings:
            del stream
            if before is not None:
                await before(clock)
            variables = {"PATH": os.environ["PATH"], "AWS_LAMBDA_RUNTIME_API": runtime_api, **(env or {})}
            return Sandbox(Launch(argv, variables, str(folder)), host)

        clock = LoopClock(loop)
        recorder = Recorder(clock)
        told: dict[str, Any] = {"function": "f", "handler": "bootstrap", "memory": 128}
        told |= {"timeout": 60.0, "init_limit": 60.0, **settings}
        served = Served(Settings(**told), make, scaling or Scaling(), "0" * 64)
        server = LambdaServer({"f": served}, clock, recorder, manner or Manner())
        _, port = await server.start(port=0)
        plane = Plane(port, server, clock, loop, recorder)
        recorder.listen(plane.heard.append)
        planes.append(plane)
        ended = asyncio.Event()
        stop.append(lambda: loop.call_soon_threadsafe(ended.set))
        ready.set()
        await ended.wait()
        await server.close(grace)
        await host.close()

    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(scenario())
        except BaseException as error:  # noqa: BLE001 - told to the test
            failed.append(error)
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(60)
    try:
        if not failed:
            yield planes[0]
    finally:
        if stop:
            stop[0]()
        thread.join(60 + grace)
        assert not thread.is_alive()
    if failed:
        raise failed[0]


def alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def stopped(pid: int) -> bool:
    """Whether a process stands still, as after SIGSTOP."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    state = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], stdout=subprocess.PIPE, check=False)
    return state.stdout.startswith(b"T")
