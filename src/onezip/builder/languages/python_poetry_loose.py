"""A project of Poetry's without a poetry.lock: its dependencies as it writes them, pinned by nothing.  [pure]

The form is that of "Dependency specification" in Poetry's documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from onezip.builder.languages.python_direct import normalised
from onezip.builder.languages.python_poetry import each_of, holds, path_of, pep440
from onezip.builder.languages.python_project import Table, part, unknown, wrong
from onezip.builder.languages.python_target import Target


def requirement_lines(
    project: Table, file: str, on: Target, extras: Sequence[str], groups: Sequence[str]
) -> list[str]:
    """One line for each dependency that applies there, with some of the project's extras and groups.

    Raises ProjectError `python.requirements` where the project is for another Python, has no such extra or
    group, or where a range cannot be said in one line.
    """
    poetry = part(project, "tool", "poetry")
    python = poetry.get("dependencies", {}).get("python", "*")
    if isinstance(python, str) and not holds(python, on.full):
        raise wrong(
            file, f"asks for Python {python}, and the runtime has {on.short}", "choose another runtime"
        )
    every = {normalised(name): value for name, value in poetry.get("extras", {}).items()}
    optional = set()
    for extra in map(normalised, extras):
        if extra not in every:
            raise unknown(file, "extra", extra, every)
        optional |= {normalised(re.split(r"[\s\[(;<>=!~]", text, maxsplit=1)[0]) for text in every[extra]}
    tables = [poetry.get("dependencies", {})]
    named = {normalised(name): value for name, value in poetry.get("group", {}).items()}
    if "dev-dependencies" in poetry:
        named.setdefault("dev", {"dependencies": poetry["dev-dependencies"]})
    for group in map(normalised, groups):
        if group not in named:
            raise unknown(file, "group", group, named)
        tables.append(named[group].get("dependencies", {}))
    return [
        _line(name, wish, file)
        for table in tables
        for name, value in table.items()
        if normalised(name) != "python"
        for wish in _applying(value, on)
        if not wish.get("optional") or normalised(name) in optional
    ]


def _applying(value: Any, on: Target) -> Iterator[Mapping[str, Any]]:
    """The wishes of one dependency that hold for this Python and system."""
    for wish in each_of(value):
        system = str(wish.get("platform", "linux"))
        if holds(str(wish.get("python", "*")), on.full) and re.match(system, "linux"):
            yield wish


def _line(name: str, wish: Mapping[str, Any], file: str) -> str:
    extras = f"[{','.join(sorted(wish['extras']))}]" if wish.get("extras") else ""
    tail = f" ; {wish['markers']}" if wish.get("markers") else ""
    below = f"#subdirectory={wish['subdirectory']}" if "subdirectory" in wish else ""
    if "path" in wish:
        return f"{name}{extras} @ {path_of(wish['path'])}{tail}"
    if "git" in wish:
        at = next((f"@{wish[key]}" for key in ("rev", "tag", "branch") if key in wish), "")
        return f"{name}{extras} @ git+{wish['git']}{at}{below}{tail}"
    if "url" in wish:
        return f"{name}{extras} @ {wish['url']}{below}{tail}"
    said = str(wish.get("version", "*"))
    if "|" in said:
        raise wrong(file, f"{name} {said} is more than one range", "run `poetry lock`")
    return f"{name}{extras}{pep440(said)}{tail}"
