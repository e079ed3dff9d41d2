"""Starts and keeps the process that holds an environment's namespaces (`sandbox.holder`)."""

from __future__ import annotations

import asyncio
import contextlib
import os

from onezip.emulator.running import tree
from onezip.emulator.running.host import Host
from onezip.emulator.running.sandbox import Launch, holder
from onezip.errors import ToolMissing
from onezip.process import environment


async def make_holder(launch: Launch, host: Host) -> Holder:
    """Make an environment's surroundings. Raises ToolMissing with the tool's own words where it cannot be."""
    child = await asyncio.create_subprocess_exec(
        *holder(launch, host.tools),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd="/",
        env={"PATH": environment().get("PATH", "/usr/bin:/bin")},
        start_new_session=True,
    )
    assert child.stdout is not None  # noqa: S101 - a pipe was asked for
    words = b""
    while not words.endswith(b"ready\n"):
        line = await child.stdout.readline()
        if not line:
            await child.wait()
            host.doubt()
            told = words.decode("utf-8", "replace").strip()
            raise ToolMissing(
                "run.sandbox",
                f"the function's surroundings cannot be made: {told or child.returncode}",
                hint="`onezip doctor` tells what this machine can do",
            )
        words += line
    return Holder(child, tree.first_child(child.pid))


class Holder:
    """The process that keeps an environment's namespaces. inside is its number 1 of them, on the host."""

    def __init__(self, child: asyncio.subprocess.Process, inside: int) -> None:
        self._child = child
        self.inside = inside
        self._lock = asyncio.Lock()

    @property
    def alive(self) -> bool:
        """Whether the namespaces are still there; a zombie has none."""
        try:
            os.readlink(f"/proc/{self.inside}/ns/mnt")
        except OSError:
            return False
        return True

    async def kill(self) -> None:
        """End every process in the namespaces but the holder."""
        async with self._lock:
            if self._child.stdin is None or self._child.stdout is None or self._child.returncode is not None:
                return
            with contextlib.suppress(OSError):
                self._child.stdin.write(b"\n")
                await self._child.stdin.drain()
                await self._child.stdout.readline()

    async def close(self) -> None:
        """Let go of the namespaces; what still runs in them ends."""
        if self._child.stdin is not None:
            self._child.stdin.close()
        await self._child.wait()
