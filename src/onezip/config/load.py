"""Find the project's description and read it: the pure parsers do the rest.

Looked for in this order, in the folder and then in its parents, never merged: onezip.toml, `[tool.onezip]` in
pyproject.toml, a SAM or CloudFormation template. Where there is none, the folder itself is understood.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from onezip.config.find import ONEZIP, PYPROJECT, find
from onezip.config.parse import parse
from onezip.errors import ProjectError
from onezip.model.place import Place
from onezip.model.project import Foreign, Origin, Project

MAKEFILE = "built by make, which runs its own commands: allow that with --allow-commands"
"""Why a function with `BuildMethod: makefile` is left to others."""

MADE = {"inputs": ["*"], "output": "ARTIFACTS_DIR"}
"""What counts and what is packed where make builds, in the words of a project file."""


def load_project(
    folder: str = ".",
    config: str | None = None,
    parameters: Mapping[str, str] | None = None,
    *,
    allow_commands: bool = False,
    stage: str | None = None,
) -> Project:
    """The project described by config, or by what is found in folder or the nearest parent.

    parameters are values of a template's parameters; allow_commands lets make build what the template gives
    to it. Raises ProjectError where nothing can be built, or the description is wrong.
    """
    path = find(folder, config)
    if stage is not None and (path is None or not path.endswith(".toml")):
        raise ProjectError(
            "project.stage",
            f"no stage {stage!r}: stages stand in onezip.toml or pyproject.toml",
            hint=f"write an onezip.toml with [stages.{stage}]",
        )
    if path is None:
        from onezip.config.detected import detected

        return detected(os.path.abspath(folder))
    name = os.path.basename(path)
    if name not in {ONEZIP, PYPROJECT} and not name.endswith(".toml"):
        return _template(path, parameters or {}, allow_commands=allow_commands)
    text = read_text(path)
    table, prefix = _table(path, text)
    origin = Origin.PYPROJECT if prefix else Origin.ONEZIP_TOML
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
        stage=stage,
    )


def _table(path: str, text: str) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The table that describes the project, and where it stands in its file."""
    name = os.path.basename(path)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = str(error).rpartition("(at line ")
        line = int(found[2].partition(",")[0]) if found[0] else None
        raise ProjectError(
            "project.syntax",
            found[0].strip() or str(error),
            place=Place(name, line),
            hint="mend the TOML at this line",
        ) from error
    if name != PYPROJECT:
        return table, ()
    ours = table.get("tool", {}).get("onezip")
    if ours is None:
        raise ProjectError(
            "project.missing", f"{name} has no [tool.onezip]", hint="add [tool.onezip.functions.NAME]"
        )
    return ours, ("tool", "onezip")


def _template(path: str, parameters: Mapping[str, str], *, allow_commands: bool) -> Project:
    """The project that a SAM or CloudFormation template describes."""
    from onezip.config.template.functions import functions
    from onezip.config.template.read import read_template

    root, name = os.path.split(path)

    def at(relative: str) -> str:
        return os.path.normpath(os.path.join(root, relative))

    def listing(relative: str) -> list[str]:
        try:
            return sorted(os.listdir(at(relative)))
        except OSError:
            return []

    def read(relative: str) -> str | None:
        return read_text(at(relative)) if os.path.isfile(at(relative)) else None

    described = functions(
        read_template(read_text(path), name),
        is_file=lambda relative: os.path.isfile(at(relative)),
        is_dir=lambda relative: os.path.isdir(at(relative)),
        listing=listing,
        read=read,
        parameters=parameters,
        root=root,
    )
    makefile = {name for name, function in described.functions.items() if function.makefile}
    refused = set() if allow_commands else makefile
    foreign = [
        *described.foreign,
        *(Foreign(name, MAKEFILE) for name in described.functions if name in refused),
    ]
    tables = {name: table for name, table in described.tables().items() if name not in refused}
    for name in makefile - refused:
        tables[name] = {**tables[name], "command": {**described.functions[name].table["command"], **MADE}}
    notes = [*described.notes, *(f"{each.name}: not built here: {each.reason}" for each in foreign)]
    if not tables:
        raise ProjectError(
            "project.required",
            f"{name} describes no function that onezip builds",
            hint="; ".join(notes) or "it has no AWS::Serverless::Function and no AWS::Lambda::Function",
            place=Place(name),
        )
    project = parse(
        {"functions": tables},
        root=root,
        file=name,
        origin=Origin.TEMPLATE,
        place=described.place,
        is_file=lambda source: os.path.isfile(at(source)),
    )
    ours = {
        name: replace(function, command=replace(function.command, artifacts=True))
        if function.command is not None and name in makefile
        else function
        for name, function in project.functions.items()
    }
    return replace(
        project,
        functions=ours,
        foreign=tuple(foreign),
        notes=tuple(notes),
        details=tuple(described.details),
    )


def read_text(path: str) -> str:
    """The text of a description. Raises ProjectError."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError("project.syntax", f"{os.path.basename(path)} cannot be read: {error}") from error
