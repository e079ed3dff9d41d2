"""The program of a command: where it is. It is never looked for in the working folder."""

from __future__ import annotations

import os

from onezip.builder.languages.base import Tool
from onezip.builder.languages.command import is_path
from onezip.builder.languages.go_mod import below
from onezip.errors import ProjectError, ToolMissing
from onezip.model.function import Function
from onezip.process import find_tool


def program(root: str, function: Function) -> Tool | None:
    """The program that a function's command starts: on PATH, or where a path from source leads.

    Raises ProjectError where the source folder is not there, ToolMissing where the program is not.
    """
    if function.command is None:
        return None
    source = below(os.path.abspath(root), function.source)
    if not os.path.isdir(source):
        raise ProjectError(
            "project.source",
            f"{function.name}: {function.source} is no folder",
            hint="source is the folder in which the command runs",
            place=function.place,
        )
    name = function.command.run[0]
    found = below(source, name) if is_path(name) else find_tool(name)
    if found is None or not os.path.isfile(found):
        where = f"in {function.source}" if is_path(name) else "on PATH"
        raise ToolMissing(
            "tool.missing",
            f"{function.name}: there is no {name} {where}",
            hint="install it, or correct the first word of run",
            place=function.place,
        )
    return Tool(os.path.basename(name), found, "as found", exact=False)
