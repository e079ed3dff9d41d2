"""Find the project's description and read it: the pure parser does the rest.

Looked for in this order, in the folder and then in its parents, never merged: onezip.toml, and
`[tool.onezip]` in pyproject.toml.
"""

from __future__ import annotations

import os
import tomllib
from typing import Any

from onezip.config.find import PYPROJECT, find
from onezip.config.parse import parse
from onezip.errors import ProjectError
from onezip.model.place import Place
from onezip.model.project import Origin, Project


def load_project(folder: str = ".", config: str | None = None) -> Project:
    """The project described by config, or by what is found in folder or the nearest parent.

    Raises ProjectError where there is none, or where it is wrong.
    """
    path = find(folder, config)
    text, table = _read(path)
    name = os.path.basename(path)
    origin = Origin.ONEZIP_TOML
    prefix: tuple[str, ...] = ()
    if name == PYPROJECT:
        origin, prefix = Origin.PYPROJECT, ("tool", "onezip")
        table = table.get("tool", {}).get("onezip")
        if table is None:
            raise ProjectError(
                "project.missing", f"{name} has no [tool.onezip]", hint="add [tool.onezip.functions.NAME]"
            )
    root = os.path.dirname(path)

    def place(key: tuple[str, ...]) -> Place:
        if key[len(prefix) : -1] == ("functions",):
            header = f"[{'.'.join(key)}]"
            at = text.find(header)
            if at >= 0:
                return Place(name, text.count("\n", 0, at) + 1)
        from onezip.config.locate import line_of

        return Place(name, line_of(text, key))

    return parse(
        table,
        root=root,
        file=name,
        origin=origin,
        prefix=prefix,
        place=place,
        is_file=lambda source: os.path.isfile(os.path.join(root, source)),
    )


def _read(path: str) -> tuple[str, dict[str, Any]]:
    name = os.path.basename(path)
    try:
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
    except FileNotFoundError as error:
        raise ProjectError("project.missing", f"{path} does not exist") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError("project.syntax", f"{name} cannot be read: {error}") from error
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = str(error).rpartition("(at line ")
        line = int(found[2].partition(",")[0]) if found[0] else None
        message = found[0].strip() or str(error)
        raise ProjectError("project.syntax", message, place=Place(name, line)) from error
