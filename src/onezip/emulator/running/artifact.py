"""The zip's content in a folder of the cache, named by the zip's digest and compared before it is used.

Folders appear whole or not at all, and one process at a time makes or mends one.
"""

from __future__ import annotations

import os
import sys
import threading
import zlib
from collections.abc import Iterator

from onezip.archive.manifest import Kind, Manifest, ManifestEntry
from onezip.archive.names import long_path
from onezip.archive.reader import read
from onezip.emulator.running.holding import hold, making
from onezip.errors import CacheError
from onezip.folders import make_private

VERSION = "v1"
"""The cache's version, the same for all that is in it."""

_CHUNK = 1 << 20

Stamp = tuple[int, int, int, int]


class Artifact:
    """A function's code, unpacked. folder is absolute; manifest is that of the zip, without digests."""

    def __init__(self, zip_path: str, folder: str, manifest: Manifest) -> None:
        self.zip = zip_path
        self.folder = folder
        self.manifest = manifest
        self._stamps: dict[str, Stamp] = {}
        self._lock = threading.Lock()
        self._use = hold(folder)

    @property
    def sha256(self) -> str:
        """The zip's digest in hex."""
        return self.manifest.sha256

    @property
    def code_sha256(self) -> str:
        """AWS's CodeSha256 of the zip."""
        return self.manifest.code_sha256

    def ensure(self) -> str:
        """Have the folder hold what the zip holds; what was wrong with it, or nothing.

        A file whose size and times are those of the last look is not read again. Raises ArchiveError where
        the zip is needed and is another one by now, CacheError where the cache cannot be written.
        """
        with self._lock:
            wrong = self._damage()
            if wrong:
                with making(self.folder):
                    if self._damage():  # nobody mended it meanwhile
                        from onezip.emulator.running.unpacking import fill  # few starts need it

                        fill(self.zip, self.folder, self.manifest)
                        self._damage()
            return wrong

    def close(self) -> None:
        """The folder is no longer in use."""
        if self._use is not None:
            os.close(self._use)
            self._use = None

    def _damage(self) -> str:
        """The first difference between folder and manifest, in words."""
        if not os.path.isdir(self.folder):
            return "it is not there"
        try:
            return self._difference()
        except OSError as error:
            return f"it cannot be read: {error.strerror or error}"

    def _difference(self) -> str:
        files = {entry.name: entry for entry in self.manifest.entries if entry.kind is not Kind.FOLDER}
        folders = {above for entry in self.manifest.entries for above in _above(entry.name)}
        for name, entry in _walk(self.folder):
            if entry.is_dir(follow_symlinks=False):
                if name not in folders:
                    return f"{name} does not belong there"
                folders.discard(name)
                continue
            wanted = files.pop(name, None)
            if wanted is None:
                return f"{name} does not belong there"
            if self._differs(name, entry, wanted):
                return f"{name} has another content"
        missing = next(iter([*files, *folders]), "")
        return f"{missing} is missing" if missing else ""

    def _differs(self, name: str, there: os.DirEntry[str], wanted: ManifestEntry) -> bool:
        status = there.stat(follow_symlinks=False)
        executable = bool(wanted.external >> 16 & 0o111)
        if there.is_symlink() or status.st_size != wanted.size:
            return True
        if sys.platform != "win32" and bool(status.st_mode & 0o111) != executable:
            return True
        stamp = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        if self._stamps.get(name) == stamp:
            return False
        if _crc(there.path) != wanted.crc:
            return True
        self._stamps[name] = stamp
        return False


def unpacked(zip_path: str, cache: str) -> Artifact:
    """A zip's content in the cache folder, unpacked at the first use and compared at each.

    Raises ArchiveError (what `read` and `unpack` raise) and CacheError.
    """
    manifest = read(zip_path)
    folder = os.path.join(cache, VERSION, "unpacked", manifest.sha256)
    private(os.path.dirname(folder))
    artifact = Artifact(zip_path, folder, manifest)
    try:
        artifact.ensure()
    except BaseException:
        artifact.close()
        raise
    return artifact


def private(folder: str) -> None:
    """Make a folder of the cache. Raises CacheError."""
    try:
        make_private(folder)
    except OSError as error:
        raise CacheError(
            "cache.unusable",
            f"{folder} cannot be made: {error.strerror or error}",
            hint="set ONEZIP_HOME to a folder that you can write",
        ) from error


def _walk(folder: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Names below a folder (forward slashes) and what is there. Links are not followed."""
    waiting = [("", folder)]
    while waiting:
        prefix, here = waiting.pop()
        with os.scandir(long_path(here, windows=sys.platform == "win32")) as entries:
            for entry in entries:
                yield prefix + entry.name, entry
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{prefix}{entry.name}/", entry.path))


def _above(name: str) -> Iterator[str]:
    """The folders that an entry makes: `a` and `a/b` for `a/b/c` and for `a/b/`."""
    folder = name.rpartition("/")[0]
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


def _crc(path: str) -> int:
    total = 0
    with open(path, "rb", buffering=0) as file:
        while piece := file.read(_CHUNK):
            total = zlib.crc32(piece, total)
    return total
