"""A function's process in its surroundings: started, heard, measured and ended with all its children."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable, Coroutine, Sequence

from onezip.emulator.environments.output import Exit, Line, Lines
from onezip.emulator.running import memory, tree
from onezip.emulator.running.holder import Holder, make_holder
from onezip.emulator.running.host import Host
from onezip.emulator.running.pipes import Pipes
from onezip.emulator.running.sandbox import Isolation, Launch, entered, limited
from onezip.limits import MIB
from onezip.process import environment

DRAIN = 0.5
"""Seconds that the last output may take after the process is gone."""

POLL = 0.1
"""Seconds between two looks at the memory where it has a limit."""

_STREAMS = {1: "stdout", 2: "stderr"}


class Sandbox:
    """The surroundings of one execution environment. They and /tmp outlive the processes; close them."""

    def __init__(self, launch: Launch, host: Host, confirm: Callable[[], object] | None = None) -> None:
        """Confirm is called before each start; what it raises, `start` raises."""
        self.launch = launch
        self._host = host
        self._confirm = confirm
        self._holder: Holder | None = None
        self._running: Running | None = None

    async def start(self, on_line: Line, on_exit: Callable[[Exit], None]) -> Running:
        """Start the function, again where one ran before. on_exit comes last, after every line.

        Raises OSError where the program cannot be started at all, ToolMissing where its surroundings cannot.
        """
        launch = self.launch
        if self._confirm is not None:
            self._confirm()
        cwd = None
        if launch.isolation is Isolation.PLAIN:
            await self._host.prepare()
            argv, cwd = [*limited(self._host.tools, (("nofile", 1024),)), *launch.argv], launch.task
        else:
            if self._holder is None or not self._holder.alive:  # without it, /tmp is gone as well
                self._holder = await make_holder(launch, self._host)
            argv = entered(launch, self._host.tools, self._holder.inside)
        running = Running(launch, self._holder, self._host, on_line, on_exit)
        await running.start(argv, cwd)
        self._running = running
        return running

    async def close(self) -> None:
        """End what still runs, and give /tmp back."""
        if self._running is not None:
            await self._running.kill()
        if self._holder is not None:
            await self._holder.close()
            self._holder = None


def _of_the_system() -> dict[str, str]:
    """What Windows' own libraries cannot do without; nothing elsewhere."""
    names = ("SYSTEMROOT", "TEMP", "TMP") if sys.platform == "win32" else ()
    return {name: environment()[name] for name in names if name in environment()}


class Running:
    """One process of a function, from its start to its exit."""

    def __init__(
        self,
        launch: Launch,
        surroundings: Holder | None,
        host: Host,
        on_line: Line,
        on_exit: Callable[[Exit], None],
    ) -> None:
        self.pid = 0
        self.exit: Exit | None = None
        self._launch = launch
        self._holder = surroundings
        self._host = host
        self._on_line = on_line
        self._on_exit = on_exit
        self._lines = {1: Lines(), 2: Lines()}
        self._open = {1, 2}
        self._quiet = asyncio.Event()
        self._gone = asyncio.Event()
        self._out_of_memory = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.SubprocessTransport | None = None
        self._pipes: Pipes | None = None
        self._gauge: memory.Gauge | None = None
        name = "AWS_LAMBDA_RUNTIME_API"
        self._mark = f"{name}={launch.env.get(name, '')}"

    async def start(self, argv: Sequence[str], cwd: str | None) -> None:
        """Start it. Raises OSError."""
        out, err = PIPE, PIPE
        if sys.platform != "win32":
            self._pipes = Pipes(self.heard, self.closed)
            out, err = self._pipes.given
        try:
            transport, _ = await asyncio.get_running_loop().subprocess_exec(
                lambda: _Listener(self),
                *argv,
                stdin=DEVNULL,
                stdout=out,
                stderr=err,
                cwd=cwd,
                env={**_of_the_system(), **self._launch.env},
                start_new_session=True,
            )
        except BaseException:
            if self._pipes is not None:
                self._pipes.close()
            raise
        if self._pipes is not None:
            self._pipes.give()
        self._transport = transport
        self.pid = transport.get_pid()
        inside = self._holder.inside if self._holder else 0
        self._gauge = memory.Gauge(self.pid, wrapped=inside)
        self._host.watch(self.pid, self._mark)
        if self._launch.memory is not None:
            self._keep(self._enforce(self._launch.memory * MIB, self._gauge))

    def peak_memory(self) -> int:
        """The most memory the process and its living children had so far, in bytes; 0 where unknown."""
        return self._gauge.peak() if self._gauge else 0

    def catch_up(self) -> bool:
        """Hear what was written before this moment. False where that comes by itself, two turns of the event
        loop later.
        """
        if self._pipes is None:
            return False
        self._pipes.read()
        return True

    async def kill(self, grace: float = 0.0) -> None:
        """End it with all it started; where grace is not 0, SIGTERM comes first and has so many seconds."""
        if self._gone.is_set():
            return
        if grace > 0 and sys.platform != "win32":
            for pid in self._mains():
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._gone.wait(), grace)
        if not self._gone.is_set():
            await self._kill_tree()
            await self._gone.wait()

    def heard(self, stream: int, data: bytes) -> None:
        """The process wrote something."""
        for line in self._lines[stream].feed(data):
            self._on_line(_STREAMS[stream], line)

    def closed(self, stream: int) -> None:
        """Nobody can write to a stream any more."""
        self._open.discard(stream)
        if not self._open:
            self._quiet.set()

    def exited(self) -> None:
        """The process is gone; what it left behind goes too, as on Lambda."""
        if self._gauge is not None:
            self._gauge.close()
        self._keep(self._finish())

    async def _finish(self) -> None:
        await self._kill_tree()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._quiet.wait(), DRAIN)
        assert self._transport is not None  # noqa: S101 - it was started
        code = self._transport.get_returncode() or 0
        self._transport.close()
        if self._pipes is not None:
            self._pipes.close()
        self._host.forget(self.pid)
        for stream, lines in self._lines.items():
            for line in lines.end():
                self._on_line(_STREAMS[stream], line)
        self.exit = Exit(code if code >= 0 else None, -code if code < 0 else None, self._out_of_memory)
        self._gone.set()
        self._on_exit(self.exit)

    async def _kill_tree(self) -> None:
        if self._holder is not None:
            if self._transport is not None and self._transport.get_returncode() is None:
                with contextlib.suppress(OSError):  # it may not have entered the namespaces yet
                    os.kill(self.pid, tree.KILL)
            await self._holder.kill()
        elif sys.platform == "win32":
            self._host.end(self.pid)
            if self._transport is not None:  # a process that could not join a job ends at least itself
                with contextlib.suppress(OSError):
                    self._transport.kill()
        else:
            tree.kill_all(self.pid, self._mark)

    def _mains(self) -> list[int]:
        """The function's own process: the one that was started, or the child of the one that entered."""
        if self._holder is None:
            return [self.pid]
        child = tree.first_child(self.pid)
        return [child] if child else []

    async def _enforce(self, most: int, gauge: memory.Gauge) -> None:
        while not self._gone.is_set():
            if gauge.now() > most:
                self._out_of_memory = True
                await self._kill_tree()
                return
            await asyncio.sleep(POLL)

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Listener(asyncio.SubprocessProtocol):
    """Hands on what asyncio hears: the end, and on Windows the output."""

    def __init__(self, running: Running) -> None:
        self._running = running

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._running.heard(fd, data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        del exc
        self._running.closed(fd)

    def process_exited(self) -> None:
        self._running.exited()
