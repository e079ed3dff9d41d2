"""Compiled Python: .pyc files (PEP 552; CPython's Include/internal/pycore_magic_number.h).  [pure]"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from onezip.archive.causes.change import Change, Note
from onezip.archive.causes.traces import paths_in
from onezip.archive.causes.words import both
from onezip.archive.manifest import ManifestEntry

HEADER = 16
"""Bytes before the code: magic number, flags, then time and size of the source, or a digest of it."""

_END = b"\r\n"
_HASHED, _CHECKED = 1, 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Until 3.10 there was no rule: the first number of each.
_OLD = {3430: "3.10", 3420: "3.9", 3400: "3.8", 3390: "3.7", 3370: "3.6", 3320: "3.5"}


def is_bytecode(name: str) -> bool:
    """Whether a name is that of compiled Python."""
    return name.endswith(".pyc")


def source_of(name: str) -> str:
    """The source's name: `pkg/mod.py` of `pkg/__pycache__/mod.cpython-313.pyc` (PEP 3147)."""
    folder, _, last = name.rpartition("/")
    if not (folder == "__pycache__" or folder.endswith("/__pycache__")):
        return name[:-1]
    folder = folder.removesuffix("__pycache__")
    return f"{folder}{last.partition('.')[0]}.py"


def bytecode(change: Change) -> Iterator[Note]:
    """Another Python, another kind of header, another time of the source, another path, or other code."""
    a, b = change.a, change.b
    if not is_bytecode(change.name) or min(len(a), len(b)) < HEADER or {a[2:4], b[2:4]} != {_END}:
        return
    if a[:2] != b[:2]:
        yield Note("differs.bytecode", f"compiled by other Pythons: {both(python(a), python(b))}")
        return
    if a[4:8] != b[4:8]:
        yield Note("differs.bytecode", f"compiled bytecode of another kind: {both(_kind(a), _kind(b))}")
        return
    if a[HEADER:] != b[HEADER:]:
        paths = list(paths_in(change))
        yield from paths or [Note("differs.bytecode", "compiled from other source, or in another order")]
        return
    if a[4] & _HASHED:
        yield Note("differs.bytecode", "compiled to the same code from source with another digest")
        return
    if a[8:12] != b[8:12]:
        times = both(_time(a), _time(b))
        yield Note(
            "differs.bytecode",
            "only the time of the source in the compiled file differs",
            times + _stale(change),
        )
        return
    yield Note("differs.bytecode", "only the size of the source in the compiled file differs")


def python(data: bytes) -> str:
    """The Python that made a .pyc file, by its magic number: since 3.11 that of 3.n starts at 2900 + 50 n."""
    magic = int.from_bytes(data[:2], "little")
    if 3450 <= magic < 2900 + 50 * 100:
        return f"Python 3.{(magic - 2900) // 50}"
    for first, version in _OLD.items():
        if first <= magic < 3450:
            return f"Python {version}"
    return f"a Python with the magic number {magic}"


def _kind(data: bytes) -> str:
    flags = int.from_bytes(data[4:8], "little")
    if not flags & _HASHED:
        return "checked by the source's time"
    return "checked by the source's digest" if flags & _CHECKED else "never checked (unchecked-hash)"


def _time(data: bytes) -> str:
    seconds = int.from_bytes(data[8:12], "little")
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S} UTC"


def _stale(change: Change) -> str:
    """Whether the source in the zip has the time that the compiled file asks for."""
    sides = ((change.a, change.source_a), (change.b, change.source_b))
    if all(source is not None and not _fits(data, source) for data, source in sides):
        return "\nneither is the source's time in its zip: Lambda compiles them anew at each cold start"
    return ""


def _fits(data: bytes, source: ManifestEntry) -> bool:
    """Within two seconds, MS-DOS's step; Lambda's clock is UTC."""
    try:
        moment = datetime(*source.modified, tzinfo=UTC)
    except ValueError:
        return False
    return abs((moment - _EPOCH).total_seconds() - int.from_bytes(data[8:12], "little")) < 2
