"""A lock between processes: the operating system's, so that a killed holder lets go."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Self

from onezip.errors import CacheError
from onezip.folders import make_private


class Mutex:
    """One holder at a time of a lock file. The file stays; only the lock comes and goes.

    With wait off, `held` tells whether nobody else had it.
    """

    def __init__(self, path: str, *, wait: bool = True) -> None:
        self.held = False
        self._path = path
        self._wait = wait
        self._file: int | None = None

    def __enter__(self) -> Self:
        """Take the lock. Raises CacheError where the file cannot be made."""
        try:
            make_private(os.path.dirname(self._path))
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            self.held = _lock(self._file, wait=self._wait)
        except OSError as error:
            raise CacheError(
                "cache.unusable",
                f"{self._path} cannot be locked: {error.strerror or error}",
                hint="set ONEZIP_HOME to a folder on a local disk that you can write",
            ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.held = False
        if self._file is not None:
            os.close(self._file)
            self._file = None


if sys.platform == "win32":
    import msvcrt
    import time

    def _lock(file: int, *, wait: bool) -> bool:
        while True:
            try:
                msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
                time.sleep(0.05)
            else:
                return True

else:

    def _lock(file: int, *, wait: bool) -> bool:
        import fcntl  # not at import: the name is not there on every system

        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
