"""Watches that no function outlives onezip where the system has no namespace for it.

On POSIX a small process waits at a pipe that only onezip holds: when it closes, whatever closed it, the
functions are ended. On Windows a job object does the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

import onezip

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(onezip.__file__)))
_CODE = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from onezip.emulator.running.guard_child import main; main()"
)


class Guard:
    """Starts when it is first needed; one is enough for any number of processes."""

    def __init__(self) -> None:
        self._child: asyncio.subprocess.Process | None = None
        self._jobs: dict[int, int] = {}
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """Have it running. Twice is no error."""
        async with self._lock:
            if self._child is None and sys.platform != "win32":
                self._child = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-I", "-S", "-c", _CODE, _PACKAGE),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                    start_new_session=True,
                )

    def watch(self, pid: int, mark: str) -> None:
        """End this process with onezip; mark is a variable that only it and its children have."""
        if sys.platform == "win32":
            from onezip.emulator.running.windows import make_job

            self._jobs[pid] = make_job(pid)
        self._tell(f"watch {pid} {mark}")

    def forget(self, pid: int) -> None:
        """The process is gone."""
        self._tell(f"forget {pid}")
        self._close_job(pid)

    def end(self, pid: int) -> None:
        """End a process and all it started, on Windows: a job ends with its last handle."""
        self._close_job(pid)

    async def close(self) -> None:
        """End the guard; what it still watches ends with it."""
        for pid in list(self._jobs):
            self._close_job(pid)
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()
            await self._child.wait()
            self._child = None

    def _tell(self, words: str) -> None:
        if self._child is not None and self._child.stdin is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._child.stdin.write(f"{words}\n".encode())

    def _close_job(self, pid: int) -> None:
        job = self._jobs.pop(pid, 0)
        if job and sys.platform == "win32":
            from onezip.emulator.running.windows import close_job

            close_job(job)
