"""Rules about `.pyc` files: bytecode that the runtime's Python will not use, or cannot.  [pure]

PEP 3147 (`__pycache__`), PEP 552 (hash-based .pyc); /var/task is read-only, so Python compiles at every cold
start what it finds stale (aws/aws-lambda-builders#924, serverless/serverless#13889).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator

from onezip.archive.rules.finding import Finding, Rule, megabytes, several
from onezip.archive.rules.subject import Subject
from onezip.errors import Severity

MAGIC = {
    (3, 8): 3413, (3, 9): 3425, (3, 10): 3439, (3, 11): 3495, (3, 12): 3531, (3, 13): 3571, (3, 14): 3627,
}  # fmt: skip
"""The number that a final release's bytecode starts with (CPython's `importlib/_bootstrap_external.py`)."""

_CACHED = re.compile(
    r"(?:(?P<folder>.*)/)?__pycache__/(?P<stem>[^/]+)\.(?P<tag>[a-z]+-?\d[^./]*)"
    r"(?P<opt>\.opt-\w+)?\.pyc"
)
_QUARTER = 15 * 60
_FARTHEST = 14 * 3600 + 2


def foreign(subject: Subject) -> Iterator[Finding]:
    """Bytecode of another Python: never read in `__pycache__`, an error where it stands for its source."""
    python = subject.runtime.python if subject.runtime else None
    if python is None:
        return
    idle: list[str] = []
    for name, head in subject.survey.bytecode.items():
        match = _CACHED.fullmatch(name)
        own = _is_of(head, python)
        if match is not None:
            if match["tag"] != f"cpython-{python[0]}{python[1]}" or match["opt"] or own is False:
                idle.append(name)
        elif name[:-1] in subject.files:
            idle.append(name)  # beside its source, where nothing has looked since Python 3.2
        elif own is False and name.endswith(".pyc"):
            module = name.removesuffix(".pyc").replace("/", ".")
            yield Finding(
                "check.pyc-foreign",
                Severity.ERROR,
                f"{several([name])} is bytecode of another Python, without its source in the zip",
                name,
                f"ImportError: bad magic number in '{module}': {head[:4]!r}",
                f"Compile it with Python {python[0]}.{python[1]}, or bring the source.",
            )
    if idle:
        size = sum(subject.files[name].size for name in idle)
        yield Finding(
            "check.pyc-foreign",
            Severity.WARNING,
            f"{len(idle):,} files of bytecode ({megabytes(size)}) that Python {python[0]}.{python[1]} never"
            f" reads: {several(idle)}",
            idle[0],
            "",
            "Leave them out with `exclude`: __pycache__ and *.pyc.",
        )


def stale(subject: Subject) -> Iterator[Finding]:
    """Bytecode that names another time or size of its source than the zip gives it."""
    python = subject.runtime.python if subject.runtime else None
    if python is None:
        return
    found = []
    for name, head in subject.survey.bytecode.items():
        match = _CACHED.fullmatch(name)
        if (
            match is None
            or match["opt"]
            or match["tag"] != f"cpython-{python[0]}{python[1]}"
            or len(head) < 16
        ):
            continue
        source = subject.files.get(
            "/".join(part for part in (match["folder"], f"{match['stem']}.py") if part)
        )
        flags, time, size = (int.from_bytes(head[at : at + 4], "little") for at in (4, 8, 12))
        if source is None or flags:
            continue  # without a source it is not read; hash-based bytecode knows no time
        if size != source.size & 0xFFFFFFFF or not _near(source.modified, time):
            found.append(name)
    if found:
        yield Finding(
            "check.pyc-stale",
            Severity.WARNING,
            f"{len(found):,} files of bytecode are stale for Python: they name another time or size of their"
            f" source than the zip: {several(found)}",
            found[0],
            "",
            "Leave them out, or compile with --invalidation-mode unchecked-hash: else each cold start"
            " compiles the sources anew.",
        )


def _is_of(head: bytes, python: tuple[int, int]) -> bool | None:
    """Whether bytecode is that of a Python; None where its number is not known."""
    magic = MAGIC.get(python)
    if len(head) < 4 or head[2:4] != b"\r\n":
        return False
    return None if magic is None else int.from_bytes(head[:2], "little") == magic


def _near(modified: tuple[int, int, int, int, int, int], time: int) -> bool:
    """Whether a time in a zip, of some time zone and in steps of two seconds, can be a time in UTC.

    The Lambda service is taken to read it as UTC; what only another zone explains gets the benefit of doubt.
    """
    year, month, day, hour, minute, second = modified
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return False  # some tools write 1980-00-00
    away = calendar.timegm((year, month, day, hour, minute, second, 0, 0, 0)) - time
    rest = abs(away) % _QUARTER
    return abs(away) <= _FARTHEST and min(rest, _QUARTER - rest) <= 2


RULES = (
    Rule(
        "check.pyc-foreign",
        Severity.WARNING,
        foreign,
        "Bytecode in `__pycache__` is read only by the Python whose tag it bears; other bytecode is dead"
        " weight. Where a `.pyc` stands for its source, one of another Python cannot be imported: an error.",
    ),
    Rule(
        "check.pyc-stale",
        Severity.WARNING,
        stale,
        "Ordinary bytecode holds the time and size of its source. A zip with fixed times (1980-01-01), as"
        " reproducible ones have, makes all of it stale: Python compiles the sources at every cold start,"
        " since it cannot write to /var/task. Hash-based bytecode (PEP 552) has no time.",
    ),
)
