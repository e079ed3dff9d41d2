"""How much memory a function takes: the kernel's own high-water mark where it keeps one (proc(5), VmHWM)."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time

from onezip.emulator.running import tree

RESCAN = 1.0
"""Seconds between two looks for further processes of the function: most have none."""

_FIELDS = {name: re.compile(rb"%s\s+(\d+) kB" % name) for name in (b"VmHWM:", b"VmRSS:")}


class Gauge:
    """Measures one process and its descendants.

    wrapped is the holder's process where the process only entered another namespace: then its child is the
    function, and the holder adopts orphans.
    """

    def __init__(self, pid: int, wrapped: int = 0) -> None:
        self._pid = pid
        self._wrapped = wrapped
        self._main = -1
        self._others: tuple[int, ...] = ()
        self._scanned = 0.0
        self._peak = 0

    def peak(self) -> int:
        """The most it had so far, in bytes. Costs some 20 microseconds, so that each REPORT can ask."""
        self._peak = max(self._peak, self._sum(b"VmHWM:"))
        return self._peak

    def now(self) -> int:
        """What it has at this moment, in bytes."""
        return self._sum(b"VmRSS:")

    def close(self) -> None:
        """Ask no more; `peak` still tells what it told last."""
        if self._main >= 0:
            os.close(self._main)
        self._main, self._others, self._pid = -1, (), 0

    def _sum(self, field: bytes) -> int:
        if self._pid == 0:
            return 0
        if sys.platform == "win32":
            from onezip.emulator.running.windows import peak_memory

            return peak_memory(self._pid)
        due = time.monotonic() - self._scanned >= RESCAN
        if not tree.PROC:
            return self._resident() if due else self._peak
        if self._main < 0 or due:
            self._scan()
        return _field(self._main, field) + sum(_of_process(pid, field) for pid in self._others)

    def _scan(self) -> None:
        self._scanned = time.monotonic()
        main = self._pid
        if self._wrapped:
            main = tree.first_child(self._pid)
        if self._main < 0 and main:
            with contextlib.suppress(OSError):
                self._main = os.open(f"/proc/{main}/status", os.O_RDONLY | os.O_CLOEXEC)
        below = tree.below(self._pid)
        if self._wrapped:
            below += tree.below(self._wrapped)
        self._others = tuple(each for each in below if each not in {main, self._pid})

    def _resident(self) -> int:
        """Where there is no /proc: the resident sets of now, and so only a sample."""
        self._scanned = time.monotonic()
        table = tree.processes()
        own = [each for each in table if each.pid == self._pid]
        return sum(each.memory for each in [*own, *tree.descendants(self._pid, table)])


def _of_process(pid: int, field: bytes) -> int:
    try:
        status = os.open(f"/proc/{pid}/status", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        return _field(status, field)
    finally:
        os.close(status)


def _field(status: int, field: bytes) -> int:
    """A line such as `VmHWM:     1234 kB` in bytes; 0 where the process is gone."""
    if status < 0:
        return 0
    try:
        found = _FIELDS[field].search(os.pread(status, 4096, 0))
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
