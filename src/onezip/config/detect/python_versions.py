"""Which Python a folder wants: the files of version managers, then requires-python, or the newest.  [pure]"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any, NamedTuple

from onezip.config.detect.walk import Read, join, upwards
from onezip.limits import AS_OF, NEWEST_PYTHON, RUNTIMES
from onezip.model.function import Runtime

_PINNED = re.compile(r"(?:cpython-|python-?)?(3\.\d+)(?:\.\d+)?(?:-dev|[abrc.\d]*)?")
_LOWEST = re.compile(r"(?:>=|~=|===?|\^|~|>|^|[\s,|])\s*v?3\.(\d+)")
_PATCHES = range(31)
"""Patch releases that are tried: a range such as `>=3.12.1` allows some of 3.12."""

MISE = ("mise.toml", ".mise.toml")
"""Where mise looks in a folder (https://mise.jdx.dev/configuration.html)."""


class Version(NamedTuple):
    """A runtime; said is the file that asks for it, empty for the newest. notes are for the user."""

    runtime: str
    said: str = ""
    notes: tuple[str, ...] = ()


def version(folder: str, read: Read) -> Version:
    """The runtime that the nearest file about Python's version asks for, up to the root.

    In a folder .python-version counts first, then Pipfile, .tool-versions, mise.toml and pyproject.toml. A
    pinned version is taken as it is. Of a range the lowest runtime is taken, so that nothing is used that the
    project does not promise to run on; but none that is deprecated by the table's own date, where the range
    allows another.
    """
    notes: list[str] = []
    for each in upwards(folder):
        for file, pinned in _pins(each, read):
            if pinned in RUNTIMES:
                return Version(pinned, join(each, file), tuple(notes))
            if pinned:
                notes.append(f"{join(each, file)} wants {pinned}, which Lambda does not have")
        wanted = _required(pyproject(each, read))
        if wanted is not None:
            file = join(each, "pyproject.toml")
            runtime, note = _of_range(wanted, file)
            notes += [note] if note else []
            if runtime:
                return Version(runtime, file, tuple(notes))
    if not notes:
        notes.append(f"no .python-version and no requires-python: {NEWEST_PYTHON}, the newest, is taken")
    else:
        notes.append(f"{NEWEST_PYTHON}, the newest, is taken")
    return Version(NEWEST_PYTHON, "", tuple(notes))


def pyproject(folder: str, read: Read) -> dict[str, Any]:
    """A folder's pyproject.toml, or nothing where there is none that can be read."""
    return _toml(folder, "pyproject.toml", read)


def _toml(folder: str, name: str, read: Read) -> dict[str, Any]:
    text = read(join(folder, name))
    if text is None:
        return {}
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _pins(folder: str, read: Read) -> Iterator[tuple[str, str]]:
    """(file, runtime) of each file in a folder that pins a version; the runtime is empty for none of 3.N."""
    yield ".python-version", _first((read(join(folder, ".python-version")) or "").splitlines())
    requires = _toml(folder, "Pipfile", read).get("requires")
    if isinstance(requires, dict):
        wanted = requires.get("python_full_version") or requires.get("python_version")
        yield "Pipfile", _first([str(wanted or "")])
    for line in (read(join(folder, ".tool-versions")) or "").splitlines():
        tool, *versions = line.partition("#")[0].split() or [""]
        if tool == "python":
            yield ".tool-versions", _first(versions)
    for name in MISE:
        tools = _toml(folder, name, read).get("tools")
        yield name, _first(_of_mise(tools.get("python")) if isinstance(tools, dict) else [])


def _of_mise(value: Any) -> list[str]:
    """The versions of one tool: text, a list, or a table with `version`."""
    match value:
        case str():
            return [value]
        case list():
            return [version for each in value for version in _of_mise(each)]
        case {"version": str() as version}:
            return [version]
        case _:
            return []


def _first(words: list[str]) -> str:
    """The runtime of the first word that names a version; comments (`#`) are left out.

    The form is pyenv's (https://github.com/pyenv/pyenv#choose-the-python-version), asdf's and mise's.
    """
    for word in words:
        if found := _PINNED.fullmatch(word.partition("#")[0].strip()):
            return f"python{found[1]}"
    return ""


def _required(table: dict[str, Any]) -> str | None:
    """The range in requires-python (PEP 621), or in Poetry's own key."""
    project, poetry = table.get("project", {}), table.get("tool", {}).get("poetry", {})
    wanted = project.get("requires-python") or poetry.get("dependencies", {}).get("python")
    return wanted if isinstance(wanted, str) else None


def _of_range(wanted: str, file: str) -> tuple[str, str]:
    """The runtime for a range, empty where Lambda has none of it; and a note, or nothing."""
    ours = [each for each in RUNTIMES.values() if each.python and not each.preview]
    fitting = sorted((each for each in ours if _allows(wanted, each)), key=lambda each: each.python or (0, 0))
    lowest = _LOWEST.search(wanted)
    if not fitting:
        return "", f"{file} wants Python {wanted}, which Lambda does not have"
    if lowest is None:
        return fitting[-1].id, f"{file} has no lower bound: {fitting[-1].id}, the newest it allows, is taken"
    first, supported = fitting[0], [each for each in fitting if _supported(each)]
    if first in supported or not supported:
        return first.id, ""
    taken = supported[0].id
    said = f"{file} allows {first.id}, which AWS deprecated on {first.deprecated}"
    return taken, f"{said}: {taken}, the lowest that is supported, is taken"


def _supported(runtime: Runtime) -> bool:
    """Whether new functions can have a runtime, as known on AS_OF: a build must not depend on the day."""
    return all(day is None or day > AS_OF for day in (runtime.deprecated, runtime.block_create))


def _allows(wanted: str, runtime: Runtime) -> bool:
    """Whether a range, of PEP 440 or Poetry's form, allows some release of the runtime's Python."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    minor = runtime.python[1] if runtime.python else 0
    for either in re.split(r"\|\|?", wanted):
        terms = re.findall(r"[^\s,]+", re.sub(r"([<>=!~^])\s+", r"\1", either))
        try:
            range_ = SpecifierSet(",".join(map(_term, terms)))
        except InvalidSpecifier:
            continue
        if any(f"3.{minor}.{patch}" in range_ for patch in _PATCHES):
            return True
    return False


def _term(term: str) -> str:
    """A term of Poetry's (`^3.10`, `~3.10`, `3.10.*`, `*`) as PEP 440 has it; others as they are."""
    if term == "*":
        return ">=0"
    match = re.fullmatch(r"([\^~]?)v?(\d+(?:\.\d+)*)(\.\*)?", term)
    if match is None:
        return term
    numbers = match[2].split(".")
    if match[1] == "^":
        return f">={match[2]},<{int(numbers[0]) + 1}"
    if match[1] == "~":
        return f">={match[2]},=={'.'.join(numbers[:2])}.*"
    return f"=={match[2]}{match[3] or ''}"
