"""A folder to entries: the walk, and the kinds of files that cannot be packed.

Nothing here depends on the order in which a system lists a folder. Decisions are made on the way down, so
that a folder which stays out is not entered; as in Git, nothing below it can be brought back.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from errno import ELOOP
from typing import NamedTuple

from onezip.archive.bulk import made_in_bulk
from onezip.archive.content import unreadable
from onezip.archive.entry import Entry
from onezip.archive.names import base_name, long_path
from onezip.archive.patterns import VIRTUAL_ENVIRONMENT, Rules
from onezip.errors import ArchiveError, Diagnostic, ProjectError, Report, Severity
from onezip.model.function import Patterns

_WINDOWS = sys.platform == "win32"
_UTF8 = sys.getfilesystemencoding() == "utf-8"

OUTPUT = "the output folder"
"""Why a path of `skip` stays out."""


@dataclass(frozen=True, slots=True)
class Source:
    """A folder whose content goes below name in the zip, or a file that goes under it.

    A file keeps its base name where name is empty or ends with a slash. patterns are relative to the
    folder and mean nothing for a file. own tells the user's files, to which the defaults apply.
    """

    path: str
    name: str = ""
    patterns: Patterns = Patterns()
    own: bool = True


class LeftOut(NamedTuple):
    """A file or folder (with a slash at its end) that stays out; path is relative to its source."""

    path: str
    reason: str


class Collected(NamedTuple):
    """What the sources bring. folders are all that were listed, absolute: a new file there would count."""

    entries: list[Entry]
    folders: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def collect(sources: Iterable[Source], *, report: Report, skip: frozenset[str] = frozenset()) -> Collected:
    """The entries of all sources, as they are found: `entry.check` and `entry.order` come later.

    skip are absolute paths that stay out whatever the patterns say, such as the output folder. report gets
    the warning archive.empty for a folder that brings nothing.

    Raises ProjectError project.source for a source that does not exist, project.value for a bad pattern;
    ArchiveError archive.link, archive.kind, archive.unreadable.
    """
    entries: list[Entry] = []
    folders: list[str] = []
    left_out: list[LeftOut] = []
    for source in sources:
        path = os.path.abspath(source.path)
        name = "" if source.name in {".", "./"} else source.name
        try:
            status = _status(path)
        except (FileNotFoundError, NotADirectoryError):
            raise ProjectError(
                "project.source",
                f"{path} does not exist",
                hint="correct the path in the project file, or make the file",
            ) from None
        except OSError as error:
            raise unreadable(path, error) from error
        if stat.S_ISDIR(status.st_mode):
            walk = _Walk(source, path, name, skip)
            with made_in_bulk():
                walk.run()
            folders += sorted(walk.folders)
            left_out += sorted(walk.left_out)
            entries += walk.entries
            if not walk.entries:
                report(_brings_nothing(path))
        elif stat.S_ISREG(status.st_mode):
            if not name or name.endswith("/"):
                name += utf8_name(base_name(path, windows=_WINDOWS))
            size = status.st_size
            stamp = (size, status.st_mtime_ns, status.st_ctime_ns)
            entries.append(Entry(name, path, None, size, source.own, stamp))
        else:
            raise _odd(path, status.st_mode)
    return Collected(entries, tuple(folders), tuple(left_out))


def together(parts: Iterable[Collected]) -> Collected:
    """What several sources bring, one after the other."""
    listed = list(parts)
    return Collected(
        [entry for part in listed for entry in part.entries],
        tuple(folder for part in listed for folder in part.folders),
        tuple(left for part in listed for left in part.left_out),
    )


class _Folder(NamedTuple):
    """A folder to list: where it is, its path below the source (empty, or with a slash at its end).

    wanted says that it may be a virtual environment; trail are the real paths of the folders that hold
    the links taken on the way.
    """

    path: str
    relative: str = ""
    wanted: bool = False
    trail: tuple[str, ...] = ()


class _Walk:
    """One folder's walk and what it found."""

    def __init__(self, source: Source, path: str, name: str, skip: frozenset[str]) -> None:
        self.entries: list[Entry] = []
        self.folders: list[str] = []
        self.left_out: list[LeftOut] = []
        self._own = source.own
        self._rules = Rules(source.patterns, own=source.own)
        self._reason = self._rules.reason
        self._skip = skip
        self._prefix = f"{name.rstrip('/')}/" if name else ""
        self._root = path
        self._waiting = [_Folder(path, wanted=True)]

    def run(self) -> None:
        """Walk all folders."""
        while self._waiting:
            folder = self._waiting.pop()
            try:
                with os.scandir(long_path(folder.path, windows=_WINDOWS)) as listing:
                    items = list(listing)
            except OSError as error:
                raise unreadable(folder.path, error) from error
            self.folders.append(folder.path)
            if self._own and not folder.wanted and any(item.name == "pyvenv.cfg" for item in items):
                self.left_out.append(LeftOut(folder.relative, VIRTUAL_ENVIRONMENT))
                continue
            self._take(folder, items)

    def _take(self, folder: _Folder, items: list[os.DirEntry[str]]) -> None:
        for item in items:
            relative = folder.relative + (item.name if _UTF8 else utf8_name(item.name))
            try:
                if item.is_symlink() or (_WINDOWS and is_junction(item)):
                    self._follow(item, relative, folder)
                elif item.is_dir(follow_symlinks=False):
                    self._enter(item, relative, folder.trail)
                elif not self._stays_out(item, relative, folder=False):
                    # Windows keeps old times in the listing of a folder.
                    self._add(item.path, relative, _status(item.path) if _WINDOWS else item.stat())
            except OSError as error:
                raise unreadable(item.path, error) from error

    def _stays_out(self, item: os.DirEntry[str], relative: str, *, folder: bool) -> bool:
        reason = OUTPUT if item.path in self._skip else self._reason(item.name, relative, folder)
        if reason:
            self.left_out.append(LeftOut(f"{relative}/" if folder else relative, reason))
            return True
        return False

    def _enter(self, item: os.DirEntry[str], relative: str, trail: tuple[str, ...]) -> None:
        if not self._stays_out(item, relative, folder=True):
            wanted = self._rules.wanted(relative)
            self._waiting.append(_Folder(item.path, f"{relative}/", wanted, trail))

    def _add(self, path: str, relative: str, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise _odd(path, status.st_mode)
        size = status.st_size
        stamp = (size, status.st_mtime_ns, status.st_ctime_ns)
        self.entries.append(Entry(self._prefix + relative, path, None, size, self._own, stamp))

    def _follow(self, item: os.DirEntry[str], relative: str, folder: _Folder) -> None:
        """Take what a link inside the folder leads to. What stays out may lead anywhere."""
        path = item.path
        is_folder = os.path.isdir(path)
        if not is_folder:
            if self._stays_out(item, relative, folder=False):
                return
        elif self._reason(item.name, relative, True):
            self._enter(item, relative, folder.trail)
            return
        try:
            target = os.path.realpath(path, strict=True)
        except FileNotFoundError:
            raise _bad_link(path, f"leads to {os.readlink(path)}, which does not exist") from None
        except OSError as error:
            if error.errno != ELOOP:
                raise
            raise _bad_link(path, "turns in a circle") from None
        if not _below(target, os.path.realpath(self._root)):
            raise _bad_link(path, f"leads out of {self._root}, to {target}")
        if not is_folder:
            self._add(path, relative, _status(path))
            return
        if target in self._skip:
            self.left_out.append(LeftOut(f"{relative}/", OUTPUT))
            return
        trail = (*folder.trail, os.path.realpath(folder.path))
        if any(_below(passed, target) for passed in trail):
            raise _bad_link(path, f"turns in a circle: it leads to {target}, which it is in")
        self._enter(item, relative, trail)


def utf8_name(name: str) -> str:
    """A name of the disk read as UTF-8, whatever encoding the locale claims. (Windows has Unicode names.)"""
    return name if _UTF8 else os.fsencode(name).decode("utf-8", "surrogateescape")


def is_junction(item: os.DirEntry[str]) -> bool:
    """Whether an item of a folder on Windows is a junction, a folder link that is no symbolic link."""
    tag = getattr(item.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return bool(tag == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1))


def _status(path: str) -> os.stat_result:
    return os.stat(long_path(path, windows=_WINDOWS))


def _below(path: str, folder: str) -> bool:
    """Whether a real path is the folder or in it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _bad_link(path: str, wrong: str) -> ArchiveError:
    return ArchiveError(
        "archive.link",
        f"{path} is a link that {wrong}",
        hint="put the file itself there, name it in `files`, or leave the link out with `exclude`",
    )


def _odd(path: str, mode: int) -> ArchiveError:
    kinds = {stat.S_IFSOCK: "a socket", stat.S_IFIFO: "a pipe", stat.S_IFBLK: "a device"}
    kind = kinds.get(stat.S_IFMT(mode), "a device" if stat.S_ISCHR(mode) else "no ordinary file")
    return ArchiveError("archive.kind", f"{path} is {kind}", hint="remove it, or leave it out with `exclude`")


def _brings_nothing(path: str) -> Diagnostic:
    return Diagnostic(
        "archive.empty",
        Severity.WARNING,
        f"{path} brings no file into the zip",
        hint="look at `include` and `exclude`; --verbose lists what was left out and why",
    )
