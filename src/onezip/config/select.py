"""Which functions of a project a command line speaks of.  [pure]"""

from __future__ import annotations

from collections.abc import Sequence

from onezip.errors import UsageError
from onezip.model.function import Function
from onezip.model.project import Project


def select(project: Project, wanted: Sequence[str]) -> list[Function]:
    """The functions of these names, in the order asked; all where none is named. Raises UsageError."""
    for name in wanted:
        if name not in project.functions:
            from onezip.config.check import nearest

            raise UsageError(
                "usage.function",
                f"no function {name!r} in {project.file or project.root}",
                hint=nearest(name, project.functions) or f"there are: {', '.join(project.functions)}",
            )
    return [project.functions[name] for name in dict.fromkeys(wanted)] or list(project.functions.values())
