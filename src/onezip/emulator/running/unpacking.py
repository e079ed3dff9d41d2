"""How a folder of the cache comes to hold what a zip holds: beside it first, then under its name."""

from __future__ import annotations

import os
import shutil
from tempfile import mkdtemp

from onezip.archive.manifest import Manifest
from onezip.archive.unpack import unpack
from onezip.errors import ArchiveError, CacheError


def fill(zip_path: str, folder: str, manifest: Manifest) -> None:
    """Make the folder, or make it anew. Raises ArchiveError and CacheError.

    The caller holds `making`, so that a folder of the temporary name was left by a process that was killed.
    """
    made = f"{folder}.tmp"
    shutil.rmtree(made, ignore_errors=True)
    found = unpack(zip_path, made)
    if found.sha256 != manifest.sha256:
        shutil.rmtree(made, ignore_errors=True)
        raise ArchiveError(
            "archive.changed",
            f"{zip_path} is another zip than the one that was started",
            hint="Start onezip again, or let it build.",
        )
    settle(made, folder)


def settle(made: str, folder: str) -> None:
    """Give a finished folder its name, in the place of what had it. Raises CacheError."""
    try:
        if os.path.lexists(folder):
            _set_aside(folder)
        os.rename(made, folder)
    except OSError as error:
        shutil.rmtree(made, ignore_errors=True)
        raise CacheError(
            "cache.unusable",
            f"{folder} cannot be made: {error.strerror or error}",
            hint="set ONEZIP_HOME to a folder that you can write",
        ) from error


def _set_aside(folder: str) -> None:
    aside = mkdtemp(prefix=f"{os.path.basename(folder)}.", suffix=".tmp", dir=os.path.dirname(folder))
    os.rename(folder, os.path.join(aside, "old"))
    shutil.rmtree(aside, ignore_errors=True)
