"""Finds uv: the one installed beside onezip, else the one on PATH."""

from __future__ import annotations

import importlib.util
import os
import re
import sys

from onezip.builder.languages.base import Tool
from onezip.errors import ToolMissing
from onezip.model.build import Command
from onezip.process import find_tool, run

MINIMUM = (0, 9)
"""The oldest uv whose words and platforms onezip knows; the same as in onezip's own dependencies."""

_INSTALL = "python -m pip install uv"


def uv() -> Tool:
    """The uv to use. Its env names the running interpreter: uv wants one even to install for another.

    It never fetches one: nothing is run on Lambda's. Raises ToolMissing.
    """
    found = _beside() or _on_path()
    if found is None:
        raise ToolMissing("tool.missing", "uv is not here", hint=f"install it: {_INSTALL}")
    path, version = found
    if _numbers(version) < MINIMUM:
        raise ToolMissing(
            "tool.missing",
            f"uv {version} ({path}) is too old; {MINIMUM[0]}.{MINIMUM[1]} or newer is needed",
            hint=f"install a newer one: {_INSTALL}",
        )
    return Tool("uv", path, version, {"UV_PYTHON": sys.executable, "UV_PYTHON_DOWNLOADS": "never"})


def _beside() -> tuple[str, str] | None:
    """(path, version) of the `uv` package, with no process started and no metadata library loaded."""
    spec = importlib.util.find_spec("uv")
    if spec is None or spec.origin is None:
        return None
    site = os.path.dirname(os.path.dirname(spec.origin))
    versions = [
        match[1] for name in os.listdir(site) if (match := re.fullmatch(r"uv-([0-9][^-]*)\.dist-info", name))
    ]
    if len(versions) != 1:
        return None
    beside = os.path.join(os.path.dirname(sys.executable), "uv.exe" if sys.platform == "win32" else "uv")
    if os.path.isfile(beside) and site.startswith(sys.prefix):
        return beside, versions[0]
    from uv import find_uv_bin

    try:
        return os.path.abspath(find_uv_bin()), versions[0]
    except FileNotFoundError:
        return None


def _on_path() -> tuple[str, str] | None:
    path = find_tool("uv")
    if path is None:
        return None
    finished = run(Command((path, "--version"), cwd=os.path.dirname(path)))
    match = re.match(r"uv (\S+)", finished.stdout)
    return (path, match[1]) if match and finished.code == 0 else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
