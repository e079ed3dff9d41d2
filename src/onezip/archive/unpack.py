"""A zip into a fresh folder, safely: what is written is what any reader of the zip's directory would write.

Refused are links, devices, names that leave the folder or have no place on this system, two entries for
one place, and all that makes readers disagree. The folder appears whole or not at all.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from tempfile import mkdtemp

from onezip import limits
from onezip.archive.central import MOST_ENTRIES
from onezip.archive.entry import EXECUTABLE, PLAIN
from onezip.archive.manifest import Kind, Manifest, ManifestEntry
from onezip.archive.names import long_path
from onezip.archive.reader import ZipContent, opened
from onezip.archive.spelling import wrong
from onezip.errors import ArchiveError

HARMLESS = frozenset({
    "zip.prefix", "zip.gap", "zip.trailing", "zip.zip64-needless", "zip.extra", "zip.flags", "zip.encoding",
    "zip.bomb", "zip.collision",
})  # fmt: skip
"""Anomalies that do not count here. Bombs meet the limit, collisions the systems that have them."""

DEEPEST = 256
"""Folders inside of folders: more than any package has, less than what breaks the tools that remove them."""

_CODES = {"zip.name": "archive.name", "zip.duplicate": "archive.duplicate"}
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_CREATE |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0) | getattr(os, "O_NOFOLLOW", 0)
# Microsoft, "Naming Files, Paths, and Namespaces": devices with any extension, characters, last ones.
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\..*)?")
_WINDOWS = re.compile(r'[<>:"|?*]|[. ]$')


def unpack(path: str, folder: str, *, limit: int = limits.UNZIPPED, most: int = MOST_ENTRIES) -> Manifest:
    """Unpack a zip into a folder that is empty or not there yet; the manifest with every digest.

    limit is the unpacked bytes in all; most is how many files and folders are made. Files have the mode 0755
    where the entry is executable by anybody, else 0644; folders 0755; times are now.

    Raises ArchiveError: what `read` raises; archive.malformed (an anomaly that is not HARMLESS, content that
    is not what was told), archive.name, archive.link, archive.kind, archive.duplicate, archive.collision,
    archive.too-large, archive.limit, archive.write.
    """
    target = os.path.abspath(folder)
    with opened(path) as (manifest, content):
        _refuse(path, manifest, limit)
        check_names(manifest.entries, windows=sys.platform == "win32")
        beside = ""
        try:
            _check_fresh(target)
            parent, base = os.path.split(target)
            os.makedirs(parent, exist_ok=True)
            beside = mkdtemp(prefix=f".{base[:100]}.", suffix=".tmp", dir=parent)
            work = _Work(content, beside, most)
            entries = tuple(map(work.write, manifest.entries))
            os.chmod(beside, EXECUTABLE)
            if os.path.isdir(_long(target)):
                os.rmdir(_long(target))
            os.rename(_long(beside), _long(target))
            beside = ""
        except OSError as error:
            raise ArchiveError(
                "archive.write",
                f"{path} could not be unpacked into {folder}: {error.strerror or error}",
                hint="Look at the folder, and at the space on its disk.",
            ) from error
        finally:
            if beside:
                shutil.rmtree(_long(beside), ignore_errors=True)
    return replace(manifest, entries=entries)


def check_names(entries: Sequence[ManifestEntry], *, windows: bool) -> None:
    """Refuse entries that are no files or folders, and names that this system has no place for.

    Raises ArchiveError archive.link, archive.kind, archive.name.
    """
    for entry in entries:
        name = entry.name
        if entry.kind is Kind.LINK:
            raise ArchiveError("archive.link", f"{name!a} is a link: what it leads to is not in the zip")
        if entry.kind is Kind.OTHER:
            raise ArchiveError("archive.kind", f"{name!a} is neither a file nor a folder")
        parts = name.removesuffix("/").split("/")
        why = next(wrong(name), "")
        if not why and len(parts) > DEEPEST:
            why = f"has more than {DEEPEST} folders"
        if not why and windows:
            part = next((part for part in parts if _RESERVED.fullmatch(part) or _WINDOWS.search(part)), None)
            why = "" if part is None else f"has a part that Windows does not take: {part!a}"
        if why:
            raise ArchiveError("archive.name", f"the name {name[:200]!a} {why}")


def _refuse(path: str, manifest: Manifest, limit: int) -> None:
    """Raise for the first anomaly that matters, and for more bytes than are wanted."""
    for anomaly in manifest.anomalies:
        if anomaly.code not in HARMLESS:
            raise ArchiveError(
                _CODES.get(anomaly.code, "archive.malformed"),
                f"{path} is not unpacked: {anomaly.message}",
                hint="`onezip inspect` tells all that is odd about it.",
            )
    if manifest.unzipped > limit:
        raise ArchiveError(
            "archive.too-large", f"{path} unpacks to {manifest.unzipped:,} bytes; {limit:,} are allowed"
        )


def _check_fresh(target: str) -> None:
    if not os.path.lexists(target):
        return
    if os.path.islink(target) or not os.path.isdir(target) or os.listdir(target):
        raise ArchiveError(
            "archive.write",
            f"{target} is there already",
            hint="Name an empty folder, or one that is not there.",
        )


class _Work:
    """Writes entries under one folder that is nobody else's."""

    def __init__(self, content: ZipContent, root: str, most: int) -> None:
        self.content = content
        self.root = root
        self.folders = {""}
        self.left = most

    def write(self, entry: ManifestEntry) -> ManifestEntry:
        """One entry; it comes back with its digest."""
        place = entry.name.removesuffix("/")
        self.make_folders(place if entry.kind is Kind.FOLDER else place.rpartition("/")[0])
        digest = sha256()
        if entry.kind is not Kind.FOLDER:
            self.count()
            mode = EXECUTABLE if entry.external >> 16 & 0o111 else PLAIN
            try:
                fd = os.open(self.path(place), _CREATE, 0o600)
            except FileExistsError:
                raise _collision(entry.name) from None
            with os.fdopen(fd, "wb", buffering=0) as file:

                def take(piece: bytes) -> None:
                    digest.update(piece)
                    _write_all(fd, piece)

                anomaly = self.content.pour(entry, entry.size, take)
                if hasattr(os, "fchmod"):
                    os.fchmod(file.fileno(), mode)
            if anomaly is not None:
                raise ArchiveError("archive.malformed", f"not unpacked: {anomaly.message}")
        return replace(entry, sha256=digest.hexdigest())

    def make_folders(self, folder: str) -> None:
        """The folder and those above it, each once."""
        missing: list[str] = []
        while folder not in self.folders:
            missing.append(folder)
            folder = folder.rpartition("/")[0]
        for place in reversed(missing):
            self.count()
            try:
                os.mkdir(self.path(place))
            except FileExistsError:
                raise _collision(place) from None
            os.chmod(self.path(place), EXECUTABLE)
            self.folders.add(place)

    def count(self) -> None:
        """One more file or folder."""
        self.left -= 1
        if self.left < 0:
            raise ArchiveError("archive.limit", "it holds more files and folders than are allowed")

    def path(self, place: str) -> str:
        """Where a name of the zip lies, in a form that the system opens."""
        return _long(os.path.join(self.root, *place.split("/")))


def _collision(name: str) -> ArchiveError:
    """The folder was empty, so what is there came from the zip, under a name that is this one here."""
    return ArchiveError("archive.collision", f"{name!a} is there already under another spelling")


def _write_all(fd: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(fd, view) :]


def _long(path: str) -> str:
    return long_path(path, windows=sys.platform == "win32")
