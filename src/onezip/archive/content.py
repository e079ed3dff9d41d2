"""Read a listed file once, and know that it is still the file that was listed."""

from __future__ import annotations

import os
import sys

from onezip.archive.entry import Entry, Stamp
from onezip.archive.names import long_path
from onezip.errors import ArchiveError

_WINDOWS = sys.platform == "win32"
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_READ |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOINHERIT", 0)


def read(entry: Entry) -> bytes:
    """The content of the entry's file, which must still be the one that was listed.

    Raises ArchiveError archive.changed or archive.unreadable.
    """
    content, stamp = _read_once(entry)
    if stamp == entry.stamp and len(content) == entry.size:
        return content
    if stamp[:2] == entry.stamp[:2]:
        # A new hard link or mode renews the change time and nothing else: then a file reads the same twice.
        # An installer's files may be links of a cache's, whose change time others renew again and again.
        if not entry.own and len(content) == entry.size:
            return content
        again, later = _read_once(entry)
        if later == stamp and again == content and len(content) == entry.size:
            return content
    raise _changed(entry.path, "changed while it was read")


def _read_once(entry: Entry) -> tuple[bytes, Stamp]:
    """The content, and the file's stamp after it was read."""
    try:
        fd = os.open(long_path(entry.path, windows=True) if _WINDOWS else entry.path, _READ)
        try:
            content = os.read(fd, entry.size)
            if len(content) != entry.size:
                content = _read_on(fd, content, entry.size)
            status = os.fstat(fd)
        finally:
            os.close(fd)
    except OSError as error:
        raise unreadable(entry.path, error) from error
    return content, (status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _read_on(fd: int, content: bytes, size: int) -> bytes:
    """The rest, where the system gives a file in pieces."""
    pieces = [content]
    missing = size - len(content)
    while missing:
        pieces.append(os.read(fd, missing))
        if not pieces[-1]:
            break
        missing -= len(pieces[-1])
    return b"".join(pieces)


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
