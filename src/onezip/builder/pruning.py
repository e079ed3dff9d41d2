"""What the cache holds, and what may go: the least recently used first, nothing that is in use."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from typing import NamedTuple

from onezip.builder.cache import DAY, VERSION
from onezip.mutex import Mutex

LIMIT = 5 * 1024**3
"""Bytes that the cache may hold before the least recently used goes."""


LOCKED = frozenset({"tree", "unpacked", "runtime"})
"""Folders whose users hold a lock on the file beside them."""


class Kept(NamedTuple):
    """One thing in the cache: `zip`, `tree` (installed dependencies), `unpacked` (a zip's content, to run
    it), `runtime` (what Lambda has in /var/runtime) or `old` (of another version of onezip, or left by a
    process that was killed).

    size is bytes, used the time of its last use in seconds since the epoch.
    """

    kind: str
    path: str
    size: int
    used: float


def kept(cache: str) -> list[Kept]:
    """What the cache folder holds, the least recently used first."""
    found = list(_look(cache))
    return sorted(found, key=lambda each: (each.used, each.path))


def prune(cache: str, limit: int) -> list[Kept]:
    """Remove until no more than limit bytes are left; what was removed. What is in use stays."""
    there = kept(cache)
    total = sum(each.size for each in there)
    gone = []
    for each in there:
        if total <= limit:
            break
        if _remove(each):
            total -= each.size
            gone.append(each)
    _forget_records(cache)
    return gone


def _look(cache: str) -> Iterator[Kept]:
    with contextlib.suppress(OSError):
        for entry in os.scandir(cache):
            if entry.name != VERSION:
                yield _measured("old", entry)
    for folder, kind in (
        ("zips", "zip"),
        ("trees", "tree"),
        ("unpacked", "unpacked"),
        ("runtimes", "runtime"),
    ):
        with contextlib.suppress(OSError):
            for entry in os.scandir(os.path.join(cache, VERSION, folder)):
                if entry.name.startswith(("work-", "old-")) or entry.name.endswith(".tmp"):
                    left = _measured("old", entry)  # by a build that was killed, or is under way
                    if left.used < time.time() - DAY:
                        yield left
                elif not entry.name.endswith(".lock"):
                    yield _measured(kind, entry)


def _measured(kind: str, entry: os.DirEntry[str]) -> Kept:
    status = entry.stat(follow_symlinks=False)
    size = status.st_size
    if entry.is_dir(follow_symlinks=False):
        for path, _, names in os.walk(entry.path):
            for name in names:
                with contextlib.suppress(OSError):
                    size += os.lstat(os.path.join(path, name)).st_size
    return Kept(kind, entry.path, size, status.st_mtime)


def _remove(each: Kept) -> bool:
    if each.kind not in LOCKED:
        with contextlib.suppress(OSError):
            if os.path.isdir(each.path):
                shutil.rmtree(each.path)
            else:
                os.unlink(each.path)
            return True
        return False
    with Mutex(f"{each.path}.lock", wait=False) as lock:
        if not lock.held:
            return False
        shutil.rmtree(each.path, ignore_errors=True)
        return not os.path.lexists(each.path)


def _forget_records(cache: str) -> None:
    """Drop records whose zip is gone."""
    import json

    builds = os.path.join(cache, VERSION, "builds")
    with contextlib.suppress(OSError):
        for name in os.listdir(builds):
            path = os.path.join(builds, name)
            with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
                with open(path, encoding="utf-8") as file:
                    sha256 = json.load(file)["sha256"]
                if not os.path.exists(os.path.join(cache, VERSION, "zips", f"{sha256}.zip")):
                    os.unlink(path)
