"""A file that appears whole or not at all: written beside, synced, renamed."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from typing import Self

from onezip.archive.leftover import claim, sweep, temporary
from onezip.archive.names import long_path
from onezip.errors import ArchiveError

LARGE = 1 << 18
"""Bytes from which a part is written by itself; smaller ones are joined first."""

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_CREATE |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)
_FULL = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})


class Sink:
    """A file beside `out` that takes its place when it is whole and on the disk.

    Raises ArchiveError archive.write with the cause and the next step.
    """

    def __init__(self, out: str) -> None:
        self.out = out
        self.size = 0
        self.sha256 = sha256()
        self._path = long_path(os.path.abspath(out), windows=sys.platform == "win32")
        self._beside = ""
        self._fd = -1

    def __enter__(self) -> Self:
        folder, base = os.path.split(self._path)
        try:
            os.makedirs(folder, exist_ok=True)
            if os.path.isdir(self._path):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            self._create(folder, base)
        except OSError as error:
            raise self._failed(error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            try:
                if kind is None:
                    os.fsync(self._fd)
                    if os.name == "posix":  # while the file is still locked, so that nobody sweeps it away
                        self._replace()
            finally:
                os.close(self._fd)
            if kind is None:
                if self._beside:  # Windows renames no open file
                    self._replace()
                _sync_folder(os.path.dirname(self._path))
        except OSError as error:
            raise self._failed(error) from error
        finally:
            if self._beside:
                with suppress(OSError):
                    os.unlink(self._beside)

    def write(self, parts: Iterable[bytes | bytearray]) -> None:
        """Append the parts, small ones together."""
        small: list[bytes | bytearray] = []
        for part in parts:
            if len(part) < LARGE:
                small.append(part)
                continue
            self._write(b"".join(small))
            self._write(part)
            small = []
        self._write(b"".join(small))

    def _create(self, folder: str, base: str) -> None:
        sweep(folder, base)
        for number in range(1000):
            beside = temporary(folder, base, number)
            try:
                self._fd = os.open(beside, _CREATE, 0o644)
            except FileExistsError:
                continue
            if claim(self._fd, beside):
                self._beside = beside
                return
            os.close(self._fd)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

    def _replace(self) -> None:
        os.replace(self._beside, self._path)
        self._beside = ""

    def _write(self, content: bytes | bytearray) -> None:
        self.sha256.update(content)
        self.size += len(content)
        try:
            written = os.write(self._fd, content)
            while written < len(content):
                written += os.write(self._fd, memoryview(content)[written:])
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> ArchiveError:
        folder = os.path.dirname(os.path.abspath(self.out))
        hint = f"look at the folder {folder}, or choose another one with --output"
        if error.errno in _FULL:
            hint = f"free some space on the disk of {folder}, or choose another folder with --output"
        return ArchiveError(
            "archive.write", f"{self.out} could not be written: {error.strerror or error}", hint=hint
        )


def _sync_folder(folder: str) -> None:
    """Make the rename itself last, where a folder can be synced (POSIX)."""
    if os.name != "posix":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
