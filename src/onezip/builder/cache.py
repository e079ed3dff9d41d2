"""Zips by digest, and records by fingerprint: two mappings, so that neither has to be believed.

A zip's name in the cache is its SHA-256 and is checked at every get; wrong or truncated bytes are a miss with
a notice. A fingerprint only says which record, and so which digest, to look for.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
from typing import Any, Protocol

from onezip.builder.inputs import digest_file
from onezip.errors import CacheError, Diagnostic, Report, Severity
from onezip.folders import make_private

VERSION = "v1"
DAY = 86_400.0
"""Seconds between two cleanings."""

Table = dict[str, Any]


class Cache(Protocol):
    """Where built zips can be found again."""

    def get(self, fingerprint: str, to: str) -> Table | None:
        """Put the zip of a fingerprint at the path `to` and return its record; None for a miss."""
        ...

    def put(self, fingerprint: str, path: str, record: Table) -> None:
        """Keep a built zip and its record under a fingerprint."""
        ...


class FolderCache:
    """A cache in a folder of this user. Safe for many processes: files appear whole or not at all."""

    def __init__(self, folder: str, report: Report) -> None:
        self._zips = os.path.join(folder, VERSION, "zips")
        self._builds = os.path.join(folder, VERSION, "builds")
        self._report = report

    def get(self, fingerprint: str, to: str) -> Table | None:
        """See Cache.get. The copy is checked, not the original, so nothing can change in between."""
        try:
            with open(os.path.join(self._builds, fingerprint), encoding="utf-8") as file:
                record: Table = json.load(file)
            sha256 = str(record["sha256"])
            bytes.fromhex(sha256)
        except (OSError, ValueError, LookupError, TypeError):
            return None
        kept = os.path.join(self._zips, f"{sha256}.zip")
        beside = _beside(to)
        try:
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copyfile(kept, beside)
            if digest_file(beside) == sha256:
                os.replace(beside, to)
                os.utime(kept)
                return record
        except OSError:
            _remove(beside)
            return None
        _remove(beside)
        _remove(kept)
        self._report(
            Diagnostic(
                "cache.corrupt",
                Severity.NOTE,
                f"the cache held wrong bytes for {sha256[:12]}; built anew",
            )
        )
        return None

    def put(self, fingerprint: str, path: str, record: Table) -> None:
        """See Cache.put. Raises CacheError where the folder cannot be written."""
        try:
            for folder in (self._zips, self._builds):
                make_private(folder)
            kept = os.path.join(self._zips, f"{record['sha256']}.zip")
            if not os.path.exists(kept):
                beside = _beside(kept)
                shutil.copyfile(path, beside)
                os.replace(beside, kept)
            name = os.path.join(self._builds, fingerprint)
            beside = _beside(name)
            with open(beside, "w", encoding="utf-8") as file:
                json.dump(record, file)
            os.replace(beside, name)
            self._clean_now_and_then()
        except OSError as error:
            raise CacheError(
                "cache.unusable",
                f"{self._zips} cannot be written: {error.strerror or error}",
                hint="set ONEZIP_HOME to a folder that you can write",
            ) from error

    def _clean_now_and_then(self) -> None:
        """Once a day, keep the cache below its limit."""
        mark = os.path.join(os.path.dirname(self._zips), "cleaned")
        try:
            fresh = time.time() - os.stat(mark).st_mtime < DAY
        except OSError:
            fresh = False
        if not fresh:
            from onezip.builder.pruning import LIMIT, prune

            with open(mark, "w", encoding="ascii"):
                pass
            prune(os.path.dirname(os.path.dirname(self._zips)), LIMIT)


def _beside(path: str) -> str:
    """A name beside a path that no other process or thread uses."""
    return f"{path}.{os.getpid()}-{threading.get_native_id()}.tmp"


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
