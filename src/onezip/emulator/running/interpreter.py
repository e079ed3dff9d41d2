"""A Python of the function's own version, wherever this machine keeps one; no virtual environment."""

from __future__ import annotations

import functools
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from onezip.errors import ToolMissing
from onezip.model.build import Command
from onezip.process import environment, find_tool, run

OLDEST, NEWEST = 8, 15
"""The minor versions of Python 3 that are looked for."""

_ASK = (
    "import json, sys; print(json.dumps([*sys.version_info[:3], sys.implementation.name, sys.base_prefix, "
    "getattr(sys, '_base_executable', '') or sys.executable]))"
)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """One CPython. path and prefix are absolute and resolved; version has all its numbers."""

    path: str
    prefix: str
    version: tuple[int, int, int]

    @property
    def told(self) -> str:
        """`3.12.1`."""
        return ".".join(map(str, self.version))


def python_for(minor: int) -> Interpreter:
    """The Python 3 of this minor version, else the nearest, the newer of two.

    Raises ToolMissing where there is none at all.
    """
    for wanted in sorted(range(OLDEST, NEWEST + 1), key=lambda each: (abs(each - minor), -each)):
        for path in _candidates(wanted):
            found = ask(path)
            if found is not None and found.version[:2] == (3, wanted):
                return found
    raise ToolMissing(
        "run.python",
        f"there is no Python 3.{minor} here",
        hint=f"get one: uv python install 3.{minor}, or pyenv install 3.{minor}",
    )


@functools.lru_cache(maxsize=64)
def ask(path: str) -> Interpreter | None:
    """What a Python is, None where it does not start or is another implementation."""
    try:
        finished = run(Command((path, "-I", "-S", "-c", _ASK), cwd=os.path.dirname(path), title="python"))
    except ToolMissing:
        return None
    try:
        *version, name, prefix, base = json.loads(finished.stdout)
    except ValueError:
        return None
    if name != "cpython":
        return None
    resolved = os.path.realpath(base)
    return Interpreter(resolved, os.path.realpath(prefix), (version[0], version[1], version[2]))


def _candidates(minor: int) -> Iterator[str]:
    """Where such a Python may be, the likely places first."""
    name = f"python3.{minor}"
    if sys.version_info[:2] == (3, minor):
        yield os.path.abspath(sys.executable)
    found = find_tool(name)
    shim = found is not None and os.path.basename(os.path.dirname(found)) == "shims"
    if found and not shim:
        yield found
    yield from _of_pyenv(minor)
    if found and shim:  # a script that asks a version manager: slow, and it may have no such version
        yield found
    if sys.platform == "win32":
        launcher = find_tool("py")
        if launcher:
            finished = run(
                Command((launcher, f"-3.{minor}", "-c", "import sys; print(sys.executable)"), cwd=".")
            )
            if finished.code == 0 and finished.stdout.strip():
                yield finished.stdout.strip()
    uv = find_uv()
    if uv:
        words = (uv, "python", "find", "--managed-python", "--no-project", f"3.{minor}")
        finished = run(Command(words, cwd=os.path.dirname(uv), title="uv python find"))
        if finished.code == 0 and finished.stdout.strip():
            yield finished.stdout.strip()


def _of_pyenv(minor: int) -> Iterator[str]:
    root = environment().get("PYENV_ROOT") or os.path.join(os.path.expanduser("~"), ".pyenv")
    versions = os.path.join(root, "versions")
    names = os.listdir(versions) if os.path.isdir(versions) else []
    matching = [name for name in names if re.fullmatch(rf"3\.{minor}\.\d+", name)]
    for name in sorted(matching, key=lambda each: int(each.rpartition(".")[2]), reverse=True):
        path = os.path.join(versions, name, "bin", f"python3.{minor}")
        if os.path.isfile(path):
            yield path


def find_uv() -> str | None:
    """The uv that came with onezip, else the one on PATH."""
    try:
        from uv import find_uv_bin

        return os.path.abspath(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return find_tool("uv")
