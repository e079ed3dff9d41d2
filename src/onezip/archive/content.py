"""Read a listed file once, and know that it is still the file that was listed."""

from __future__ import annotations

import os
import sys
import threading

from onezip.archive.entry import Entry, Stamp
from onezip.archive.names import long_path
from onezip.errors import ArchiveError

_WINDOWS = sys.platform == "win32"
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_READ |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOINHERIT", 0)

_SHARED = 1 << 20
"""Bytes of a thread's buffer: files up to this size are read into it, so that each costs no memory anew."""

_thread = threading.local()


def read(entry: Entry) -> bytes | memoryview:
    """The content of the entry's file, which must still be the one that was listed.

    A view holds until this thread reads again. Raises ArchiveError archive.changed or archive.unreadable.
    """
    content, stamp = _read_once(entry)
    if stamp == entry.stamp and len(content) == entry.size:
        return content
    if stamp[:2] == entry.stamp[:2]:
        # A new hard link or mode renews the change time and nothing else: then a file reads the same twice.
        # An installer's files may be links of a cache's, whose change time others renew again and again.
        if not entry.own and len(content) == entry.size:
            return content
        content = bytes(content)
        again, later = _read_once(entry)
        if later == stamp and again == content and len(content) == entry.size:
            return content
    raise _changed(entry.path, "changed while it was read")


def _read_once(entry: Entry) -> tuple[bytes | memoryview, Stamp]:
    """The content, and the file's stamp after it was read."""
    try:
        fd = os.open(long_path(entry.path, windows=True) if _WINDOWS else entry.path, _READ)
        try:
            content = _read_all(fd, entry.size)
            status = os.fstat(fd)
        finally:
            os.close(fd)
    except OSError as error:
        raise unreadable(entry.path, error) from error
    return content, (status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _read_all(fd: int, size: int) -> bytes | memoryview:
    """So many bytes of an open file, or fewer where it ends before."""
    if size > _SHARED or not hasattr(os, "readv"):
        pieces = [os.read(fd, size)]
        missing = size - len(pieces[0])
        while missing and pieces[-1]:
            pieces.append(os.read(fd, missing))
            missing -= len(pieces[-1])
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
    buffer: memoryview | None = getattr(_thread, "buffer", None)
    if buffer is None:
        buffer = _thread.buffer = memoryview(bytearray(_SHARED))
    done = count = os.readv(fd, [buffer[:size]])
    while count and done < size:
        count = os.readv(fd, [buffer[done:size]])
        done += count
    return buffer[:done]


def unreadable(path: str, error: OSError) -> ArchiveError:
    """What to raise for a listed file or folder that cannot be read, or is gone."""
    if isinstance(error, FileNotFoundError):
        return _changed(path, "is gone since its folder was listed")
    return ArchiveError(
        "archive.unreadable",
        f"{path} cannot be read: {error.strerror or error}",
        hint="give yourself the right to read it, or leave it out with `exclude`",
    )


def _changed(path: str, how: str) -> ArchiveError:
    return ArchiveError(
        "archive.changed",
        f"{path} {how}",
        hint="let the program that writes it finish, then build again",
    )
