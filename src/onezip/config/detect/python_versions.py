"""Which Python a folder wants: .python-version, requires-python, or the newest.  [pure]"""

from __future__ import annotations

import re
import tomllib
from typing import Any, NamedTuple

from onezip.config.detect.walk import Read, join, upwards
from onezip.limits import NEWEST_PYTHON, RUNTIMES

_PINNED = re.compile(r"(?:cpython-|python-?)?(3\.\d+)(?:\.\d+)?(?:-dev|[abrc.\d]*)?")


class Version(NamedTuple):
    """A runtime; said is the file that names it, empty for the newest. unknown tells of one Lambda lacks."""

    runtime: str
    said: str = ""
    unknown: str = ""


def version(folder: str, read: Read) -> Version:
    """The runtime that the nearest .python-version or pyproject.toml asks for, up to the root."""
    unknown = ""
    for each in upwards(folder):
        for file, wanted in (
            (".python-version", _pinned(read(join(each, ".python-version")))),
            ("pyproject.toml", _required(pyproject(each, read))),
        ):
            if wanted is None:
                continue
            if wanted in RUNTIMES:
                return Version(wanted, join(each, file), unknown)
            unknown = unknown or f"{join(each, file)} wants {wanted}, which Lambda does not have"
    return Version(NEWEST_PYTHON, "", unknown)


def pyproject(folder: str, read: Read) -> dict[str, Any]:
    """A folder's pyproject.toml, or nothing where there is none that can be read."""
    text = read(join(folder, "pyproject.toml"))
    if text is None:
        return {}
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _pinned(text: str | None) -> str | None:
    """The first version in a .python-version (https://github.com/pyenv/pyenv#choose-the-python-version)."""
    for line in (text or "").splitlines():
        word = line.partition("#")[0].strip()
        if found := _PINNED.fullmatch(word):
            return f"python{found[1]}"
    return None


def _required(table: dict[str, Any]) -> str | None:
    """The oldest runtime that requires-python allows (PEP 621), or Poetry's own key."""
    project, poetry = table.get("project", {}), table.get("tool", {}).get("poetry", {})
    wanted = project.get("requires-python") or poetry.get("dependencies", {}).get("python")
    if not isinstance(wanted, str):
        return None
    lowest = re.search(r"(?:>=|~=|===?|\^|~|>)\s*3\.(\d+)", wanted)
    if lowest is None:
        return None
    first = int(lowest[1])
    fitting = [
        each for each in RUNTIMES.values() if each.python and each.python[1] >= first and not each.preview
    ]
    if f"python3.{first}" in RUNTIMES or not fitting:
        return f"python3.{first}"
    return min(fitting, key=lambda each: each.python or (0, 0)).id
