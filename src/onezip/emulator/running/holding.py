"""Who makes a folder of the cache, and who uses it: locks of the system, let go with the process."""

from __future__ import annotations

import contextlib
import os
import sys

from onezip.errors import CacheError
from onezip.mutex import Mutex


def hold(folder: str) -> int | None:
    """Mark a folder as in use until the descriptor is closed, or this process ends. Raises CacheError.

    The lock is shared, on `FOLDER.lock`: what clears the cache asks for it alone. None on Windows, where
    open files cannot be removed anyhow.
    """
    if sys.platform == "win32":
        return None
    import fcntl

    descriptor = _opened(f"{folder}.lock")
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    with contextlib.suppress(OSError):
        os.utime(folder)
    return descriptor


def making(folder: str) -> Mutex:
    """Be the only process that makes this folder. Raises CacheError."""
    return Mutex(f"{folder}.making.lock")


def _opened(path: str) -> int:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)
    try:
        return os.open(path, flags, 0o600)
    except OSError as error:
        raise CacheError(
            "cache.unusable",
            f"{path} cannot be locked: {error.strerror or error}",
            hint="set ONEZIP_HOME to a folder on a local disk that you can write",
        ) from error
