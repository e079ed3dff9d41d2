"""Which tool a function needs, by language."""

from __future__ import annotations

from onezip.builder.languages.base import Read, Tool
from onezip.model.function import Function, Language


def find(root: str, function: Function, read: Read) -> Tool | None:
    """The tool that builds a function, or None where none is needed. Raises ToolMissing, ProjectError."""
    match function.language:
        case Language.GO:
            from onezip.builder.toolchain import go

            return go(root, function, read)
        case Language.PYTHON:
            from onezip.builder.uv import uv

            return uv()
        case Language.COMMAND:
            from onezip.builder.program import program

            return program(root, function)
        case _:
            return None
