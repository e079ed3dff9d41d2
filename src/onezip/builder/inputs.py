"""Whether the inputs of a build are as they were: sizes and times first, digests where those do not tell.

A snapshot is plain JSON, so that looking at it needs nothing but `json` and `os`:

    {"at": TIME, "folders": {FOLDER: {"names": STAMP or null, "files": {NAME: STAMP}}}}

A STAMP is [size, mtime_ns, ctime_ns, sha256], for a folder's names with their digest in its last place; times
are nanoseconds since the epoch. What was changed within two seconds of the snapshot's own time may have
changed again without a trace in its times (git's "racy" rule): then the digest decides.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

RACY = 2_000_000_000
"""Nanoseconds before a snapshot in which a file's times prove nothing."""

Stamp = list[Any]
Snapshot = dict[str, Any]


def digest_file(path: str) -> str:
    """Hex SHA-256 of a file's content. Raises OSError."""
    import hashlib

    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_names(folder: str) -> str:
    """Hex SHA-256 of the names in a folder. Raises OSError."""
    import hashlib

    return hashlib.sha256(
        "\0".join(sorted(os.listdir(folder))).encode("utf-8", "surrogateescape")
    ).hexdigest()


def digest_text(text: str) -> str:
    """Hex SHA-256 of a text."""
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def stamp(path: str) -> Stamp:
    """The stamp of a file now. Raises OSError."""
    return stamp_of(path, None, 0)


def below(folder: str) -> list[str]:
    """A folder and every folder below it; none where it is not there."""
    return [path for path, _, _ in os.walk(folder)]


def take(
    at: int, files: Iterable[str], folders: Iterable[str], known: Mapping[str, Stamp] | None = None
) -> Snapshot:
    """A snapshot of absolute files and of the names in absolute folders; known holds stamps at hand.

    at is the time before the first of them was read. Raises OSError.
    """
    tree: dict[str, Any] = {}
    for folder in folders:
        status = os.stat(folder)
        names = [0, status.st_mtime_ns, status.st_ctime_ns, digest_names(folder)]
        tree[folder] = {"names": names, "files": {}}
    for path in files:
        folder, name = os.path.split(path)
        entry = tree.setdefault(folder, {"names": None, "files": {}})
        entry["files"][name] = (known or {}).get(path) or stamp(path)
    return {"at": at, "folders": tree}


def digests(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """(absolute path, hex SHA-256) of every file in a snapshot."""
    for folder, entry in snapshot["folders"].items():
        for name, values in entry["files"].items():
            yield os.path.join(folder, name), values[3]


def file_is(path: str, was: Stamp, at: int) -> bool | None:
    """Whether a file is as its stamp says: True by its times, None by its digest only, else False."""
    try:
        status = os.stat(path)
        if status.st_size != was[0]:
            return False
        if _times_tell(status, was, at):
            return True
        return None if digest_file(path) == was[3] else False
    except OSError:
        return False


def stamp_of(path: str, was: Stamp | None, at: int) -> Stamp:
    """The stamp of a file now; it is read only where size and times do not prove that it is as it was.

    at is when it was. The change time has to be old as well: who puts the modification time back renews
    that one. Raises OSError.
    """
    status = os.stat(path)
    now = [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
    if was is not None and was[3] and was[:3] == now and max(now[1:]) < at - RACY:
        return was
    return [*now, digest_file(path)]


def names_are(folder: str, was: Stamp, at: int) -> bool | None:
    """Whether a folder holds the same names: True by its times, None by their digest only, else False."""
    try:
        if _times_tell(os.stat(folder), was, at):
            return True
        return None if digest_names(folder) == was[3] else False
    except OSError:
        return False


def _times_tell(status: os.stat_result, was: Stamp, at: int) -> bool:
    unchanged = status.st_mtime_ns == was[1] and status.st_ctime_ns == was[2]
    return unchanged and status.st_mtime_ns < at - RACY


class Check:
    """One pass over snapshots. What two functions share is looked at once; `hashed` tells of digests used."""

    def __init__(self) -> None:
        self.hashed = False
        self._known: dict[tuple[str, int], bool] = {}

    def holds(self, snapshot: Snapshot, folders: Iterable[str]) -> bool:
        """Whether these folders of a snapshot are as they were."""
        return all(self._folder(folder, snapshot["folders"][folder], snapshot["at"]) for folder in folders)

    def _folder(self, folder: str, entry: dict[str, Any], at: int) -> bool:
        key = (folder, id(entry))
        if key not in self._known:
            self._known[key] = self._look(folder, entry, at)
        return self._known[key]

    def _look(self, folder: str, entry: dict[str, Any], at: int) -> bool:
        found = [file_is(os.path.join(folder, name), was, at) for name, was in entry["files"].items()]
        if entry["names"] is not None:
            found.append(names_are(folder, entry["names"], at))
        self.hashed |= None in found
        return False not in found
