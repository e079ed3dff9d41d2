"""The guard's own process: reads what to watch, and ends all of it when its input closes.

It is started with nothing but Python's library, and lives as long as the pipe to it.
"""

from __future__ import annotations

import signal
import sys

from onezip.emulator.running.tree import kill_all


def main() -> None:
    """`watch PID NAME=VALUE` and `forget PID`, a line each, until there are no more."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    watched: dict[int, str] = {}
    for line in sys.stdin:
        word, _, rest = line.rstrip("\n").partition(" ")
        pid, _, mark = rest.partition(" ")
        if word == "watch":
            watched[int(pid)] = mark
        else:
            watched.pop(int(pid), None)
    for number, mark in watched.items():
        kill_all(number, mark)
