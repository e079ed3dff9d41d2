"""A file of any content, read at any place, that must stay as it is meanwhile."""

from __future__ import annotations

import os
import stat
import sys
from hashlib import sha256
from typing import Self

from onezip.archive.names import long_path
from onezip.errors import ArchiveError

LARGEST = 4 << 30
"""Bytes of a zip: 16 times what Lambda unzips. More is refused, for the whole file is hashed."""

_CHUNK = 1 << 20
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_READ |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOINHERIT", 0)


class Source:
    """An open regular file. Not for several threads at once.

    Raises ArchiveError archive.unreadable (no such file, no regular one), archive.limit (larger than
    LARGEST), archive.changed (not the bytes that were there when it was opened).
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            fd = os.open(long_path(os.path.abspath(path), windows=sys.platform == "win32"), _READ)
        except (OSError, ValueError) as error:
            raise self._unreadable(getattr(error, "strerror", None) or str(error)) from error
        status = os.fstat(fd)
        self.size = status.st_size
        self._stamp = (status.st_size, status.st_mtime_ns)
        if not stat.S_ISREG(status.st_mode):
            os.close(fd)
            raise self._unreadable("it is not a regular file")
        if self.size > LARGEST:
            os.close(fd)
            message = f"{path} has {self.size:,} bytes; a zip of more than {LARGEST:,} is not read"
            raise ArchiveError("archive.limit", message)
        self._file = os.fdopen(fd, "rb", buffering=1 << 15)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; twice is no error."""
        self._file.close()

    def at(self, offset: int, length: int) -> bytes:
        """Exactly the bytes there; the caller keeps inside of size."""
        try:
            self._file.seek(offset)
            data = self._file.read(length)
        except OSError as error:
            raise self._unreadable(error.strerror or str(error)) from error
        if len(data) != length:
            raise self._changed()
        return data

    def sha256(self) -> str:
        """The hex digest of the whole file."""
        digest = sha256()
        for offset in range(0, self.size, _CHUNK):
            digest.update(self.at(offset, min(_CHUNK, self.size - offset)))
        return digest.hexdigest()

    def confirm(self) -> None:
        """Raise ArchiveError archive.changed where the file is no longer the one that was opened."""
        status = os.fstat(self._file.fileno())
        if (status.st_size, status.st_mtime_ns) != self._stamp:
            raise self._changed()

    def _unreadable(self, why: str) -> ArchiveError:
        return ArchiveError(
            "archive.unreadable", f"{self.path} cannot be read: {why}", hint="Name a zip that you may read."
        )

    def _changed(self) -> ArchiveError:
        return ArchiveError(
            "archive.changed",
            f"{self.path} changed while it was read",
            hint="Let the program that writes it finish, then try again.",
        )
