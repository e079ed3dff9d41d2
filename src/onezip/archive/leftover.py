"""Temporary files that a killed process left beside its output: known by a lock that nobody holds any more.

The lock is the system's (POSIX), so it falls when its holder dies, and it holds between containers that share
a folder, whose process numbers mean nothing to each other. Where there are no such locks, age tells.
"""

from __future__ import annotations

import os
import re
import sys
import time
from contextlib import suppress

_OPEN = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)

DAY = 86_400.0
"""Seconds after which a temporary file is nobody's, lock or no lock."""


def temporary(folder: str, base: str, number: int) -> str:
    """A temporary file for an output of this base name; number tells apart those of one process."""
    return os.path.join(folder, f".{base[:100]}.{os.getpid()}-{number}.tmp")


def claim(fd: int, path: str) -> bool:
    """Lock a temporary file that was just made; False where it was swept away before that."""
    _lock(fd, wait=True)
    return _is(fd, path)


def sweep(folder: str, base: str) -> None:
    """Remove what killed processes left for an output of this base name. Raises nothing."""
    ours = re.compile(re.escape(f".{base[:100]}.") + r"\d+-\d+\.tmp")
    with suppress(OSError):
        for name in os.listdir(folder):
            if ours.fullmatch(name):
                with suppress(OSError):
                    _remove(os.path.join(folder, name))


def _remove(path: str) -> None:
    if os.stat(path).st_mtime < time.time() - DAY:
        os.unlink(path)
        return
    fd = os.open(path, _OPEN)
    try:
        # Between opening and locking, the file may have become the output, and a new one may have its name.
        if _lock(fd, wait=False) and _is(fd, path):
            os.unlink(path)
    finally:
        os.close(fd)


def _is(fd: int, path: str) -> bool:
    """Whether the path still names the open file."""
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))
    except FileNotFoundError:
        return False


def _lock(fd: int, *, wait: bool) -> bool:
    """Whether the file is locked by us now; never so where the system or its disk has no such locks."""
    if sys.platform == "win32":
        return False
    try:
        import fcntl  # not at import: the name is not there on every system

        fcntl.flock(fd, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True
