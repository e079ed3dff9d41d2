"""The processes of this machine: who descends from whom, and the end of all of them."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import NamedTuple

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)

PROC = os.path.isdir("/proc/self")
"""Whether the kernel tells of processes in files (proc(5))."""


class Process(NamedTuple):
    """One process; memory is its resident set in bytes, now, 0 where the list does not tell."""

    pid: int
    parent: int
    group: int
    memory: int = 0


def processes() -> list[Process]:
    """Every process that can be seen: proc(5) on Linux, ps(1) elsewhere, none on Windows."""
    if sys.platform == "win32":
        return []
    if not PROC:
        return _listed()
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                with open(f"/proc/{name}/stat", "rb") as file:
                    # `pid (any text) state ppid pgrp ...`
                    fields = file.read().rpartition(b")")[2].split()
                found.append(Process(int(name), int(fields[1]), int(fields[2])))
    return found


def _listed() -> list[Process]:
    with os.popen("ps -axo pid=,ppid=,pgid=,rss=") as output:  # noqa: S605, S607 - a constant
        rows = [line.split() for line in output]
    return [Process(int(a), int(b), int(c), int(d) * 1024) for a, b, c, d in rows]


def descendants(root: int, table: list[Process]) -> list[Process]:
    """The processes below root, without root itself."""
    children: dict[int, list[Process]] = {}
    for process in table:
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    waiting = [root]
    while waiting:
        for child in children.pop(waiting.pop(), ()):
            found.append(child)
            waiting.append(child.pid)
    return found


def first_child(pid: int) -> int:
    """The oldest child of a process that has one thread, 0 where it has none. Quicker than a whole table."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", "rb") as file:
            children = file.read().split()
    except OSError:  # a kernel without CONFIG_PROC_CHILDREN
        return next((each.pid for each in processes() if each.parent == pid), 0)
    return int(children[0]) if children else 0


def below(root: int) -> list[int]:
    """The numbers of the processes below root, without root itself. Quicker than a whole table, too."""
    if not os.path.exists("/proc/thread-self/children"):
        return [each.pid for each in descendants(root, processes())]
    found: list[int] = []
    waiting = [root]
    while waiting:
        children = _children(waiting.pop())
        found += children
        waiting += children
    return found


def _children(pid: int) -> list[int]:
    """What the threads of a process have started, as far as it is there at this moment."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", "rb", 0) as file:
                found += map(int, file.read().split())
    return found


def members(root: int, mark: str) -> list[int]:
    """What belongs to root, a process that leads a group: itself, its descendants and its group.

    So do those that left both, and still have the variable mark, `NAME=value`, in their environment; an
    empty mark is none.
    """
    table = processes()
    below = {process.pid for process in descendants(root, table)} | _marked(table, mark)
    return [process.pid for process in table if process.pid in below or root in {process.pid, process.group}]


def _marked(table: list[Process], mark: str) -> set[int]:
    """The processes with a variable in their environment, as far as this user may see it."""
    if not mark:
        return set()
    if not PROC:
        with os.popen("ps -axwwE -o pid=,command=") as output:  # noqa: S605, S607 - a constant
            rows = [line.split() for line in output]
        return {int(words[0]) for words in rows if mark in words}
    found = set()
    for process in table:
        with contextlib.suppress(OSError), open(f"/proc/{process.pid}/environ", "rb") as file:
            if mark.encode() in file.read().split(b"\0"):
                found.add(process.pid)
    return found


def kill_all(root: int, mark: str) -> None:
    """End root and what belongs to it, until nothing new turns up. This process is spared."""
    if root <= 1:
        raise ValueError(f"{root} is no process of ours")
    seen: set[int] = set()
    for _ in range(10):
        fresh = [pid for pid in members(root, mark) if pid not in seen and pid != os.getpid()]
        if not fresh:
            return
        for pid in fresh:
            with contextlib.suppress(OSError):
                os.kill(pid, KILL)
        seen.update(fresh)
