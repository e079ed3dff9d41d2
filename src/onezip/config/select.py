"""Which functions of a project a command line speaks of.  [pure]"""

from __future__ import annotations

from collections.abc import Sequence

from onezip.errors import UsageError
from onezip.model.function import Function
from onezip.model.layer import artifacts, with_layers
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


def select_zips(project: Project, wanted: Sequence[str]) -> list[Function]:
    """The zips of these names, a function's layer after it; a layer may be named by itself.

    Raises UsageError.
    """
    layers = {name: each for name, each in artifacts(project).items() if each.layer_of}
    found = [
        each
        for name in dict.fromkeys(wanted)
        for each in ([layers[name]] if name in layers else with_layers(select(project, [name])))
    ]
    return list({each.name: each for each in found}.values()) or list(artifacts(project).values())


def owners(project: Project, wanted: Sequence[str]) -> list[Function]:
    """The functions of these names, where a layer stands for its function. Raises UsageError."""
    layers = {name: each.layer_of for name, each in artifacts(project).items() if each.layer_of}
    return select(project, [layers.get(name, name) for name in wanted])
