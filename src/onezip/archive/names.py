"""Names and paths, as text: what may stand in a zip, and what Windows needs to open a file.

A legal name leads to one place below the root on every system: relative (APPNOTE 4.4.17.1), forward slashes,
no `.` or `..`, no control characters, encodable as UTF-8, at most 65,535 bytes (APPNOTE 4.4.10).
Names that another system would take for one are refused, since that system would make another zip.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from onezip.errors import ArchiveError

LONGEST_NAME = 0xFFFF
"""Bytes that the two-byte field for the name's length can tell (APPNOTE 4.4.10)."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")
_PLAIN_BYTES = bytes(byte for byte in range(0x20, 0x7F) if byte not in b"\\:") + b"\n"
_EXTENDED = "\\\\?\\"


def check_names(names: Sequence[str]) -> None:
    """Refuse names that may not stand in a zip. Equal names are no error.

    Raises ArchiveError archive.name, archive.collision (equal but for case or Unicode form) and
    archive.duplicate (a file where a folder must be).
    """
    if not _all_plain(names):
        for name in sorted(names):
            _check_name(name)
    _check_collisions(names)


def normal(name: str) -> str:
    """The name in Unicode's form NFC; macOS lists names as they were made, often decomposed."""
    if name.isascii():
        return name
    from unicodedata import normalize

    return normalize("NFC", name)


def base_name(path: str, *, windows: bool) -> str:
    """The last part of a path: with forward slashes, and on Windows backslashes and drives, as separators."""
    if windows:
        path = path.replace("\\", "/")
        path = path[2:] if _DRIVE.match(path) else path
    return path.rstrip("/").rpartition("/")[2]


def long_path(path: str, *, windows: bool) -> str:
    r"""The path in a form that Windows opens where it is long: `\\?\C:\...`, `\\?\UNC\server\share\...`.

    path is absolute. On other systems, up to 240 characters, and where the prefix is there: path itself.
    (Win32's MAX_PATH is 260; a folder must leave 12 for an 8.3 name.)
    """
    if not windows or len(path) <= 240 or path.startswith(_EXTENDED):
        return path
    path = path.replace("/", "\\")
    if path.startswith("\\\\"):
        return f"{_EXTENDED}UNC{path[1:]}"
    return _EXTENDED + path


def _all_plain(names: Sequence[str]) -> bool:
    """Whether every name is ASCII and certainly legal; a few passes over all names at once."""
    text = "\n".join(names)
    if not text.isascii() or text.count("\n") != len(names) - 1:
        return False
    parts = f"\n{text}\n".replace("/", "\n")
    return (
        not text.encode("ascii").translate(None, _PLAIN_BYTES)
        and "\n\n" not in parts
        and "\n.\n" not in parts
        and "\n..\n" not in parts
        and max(map(len, names)) <= LONGEST_NAME
    )


def _check_name(name: str) -> None:
    """Raise ArchiveError archive.name with what is wrong with the name, if anything."""
    try:
        length = len(name.encode("utf-8"))
    except UnicodeEncodeError:
        raise _illegal(name, "is not valid Unicode, so it cannot be stored as UTF-8") from None
    parts = name.split("/")
    if not name:
        raise _illegal(name, "is empty")
    if _CONTROL.search(name):
        raise _illegal(name, "has a control character")
    if "\\" in name:
        raise _illegal(name, "has a backslash; in a zip folders are parted by forward slashes")
    if name.startswith("/"):
        raise _illegal(name, "is absolute")
    if _DRIVE.match(name):
        raise _illegal(name, "starts with a drive letter")
    if ".." in parts or "." in parts:
        raise _illegal(name, f"has a part `{'..' if '..' in parts else '.'}`")
    if "" in parts:
        raise _illegal(name, "has an empty part")
    if length > LONGEST_NAME:
        raise _illegal(name, f"has {length} bytes; a zip takes {LONGEST_NAME}")


def _illegal(name: str, wrong: str) -> ArchiveError:
    shown = repr(name if len(name) <= 120 else f"{name[:100]}...{name[-17:]}")
    return ArchiveError(
        "archive.name",
        f"the name {shown} cannot go into the zip: it {wrong}",
        hint="rename the file, or leave it out with `exclude`",
    )


def _check_collisions(names: Sequence[str]) -> None:
    """Raise ArchiveError where two files, two folders, or a file and a folder share a place."""
    unique = set(names)
    folders = {name.rpartition("/")[0] for name in unique}
    for folder in tuple(folders):
        above = folder.rpartition("/")[0]
        while above not in folders:
            folders.add(above)
            above = above.rpartition("/")[0]
    folders.discard("")
    files = _by_key(unique, "files")
    for key, folder in _by_key(folders, "folders").items():
        if key in files:
            raise ArchiveError(
                "archive.duplicate",
                f"{files[key]!a} is a file and {folder!a} is a folder: one place cannot be both",
                hint="rename one of them, or leave it out with `exclude`",
            )


def _by_key(names: set[str], kind: str) -> dict[str, str]:
    """The names by what a system that knows neither case nor Unicode forms takes them for."""
    text = "\n".join(names)
    if text.isascii():
        keys = text.lower().split("\n") if names else []
        found = dict(zip(keys, names, strict=True))
        if len(found) == len(names):
            return found
    found = {}
    for name in sorted(names):
        other = found.setdefault(_folded(name), name)
        if other != name:
            raise ArchiveError(
                "archive.collision",
                f"the {kind} {other!a} and {name!a} have one name on systems that do not tell "
                "upper from lower case or Unicode forms apart",
                hint="rename one of them, or leave it out with `exclude`",
            )
    return found


def _folded(name: str) -> str:
    """Unicode's canonical caseless form (The Unicode Standard, 3.13, D145)."""
    if name.isascii():
        return name.lower()
    from unicodedata import normalize

    return normalize("NFD", normalize("NFD", name).casefold())
