"""A function whose dependencies are a layer: two zips, described as two functions."""

from __future__ import annotations

from dataclasses import replace

from onezip.model.deploy import Deploy
from onezip.model.function import Function, Limits, Patterns
from onezip.model.project import Project

SUFFIX = "-layer"
"""What stands after a function's name in that of its layer, here and in AWS."""

FOLDER = "python"
"""Where dependencies lie in the zip of a layer, and so below /opt (Developer Guide, "Packaging your layer
content"): for every Python that Lambda has, without its version."""


def layer_of(function: Function) -> Function | None:
    """The layer of a function as a function of its own; None where the function has none of its own.

    Only what decides the layer's bytes is in it, with the handler, which tells whether the function's own
    project becomes a wheel. It is built and locked, and never run or deployed alone.
    """
    if not function.layer:
        return None
    return replace(
        function,
        name=f"{function.name}{SUFFIX}",
        layer=False,
        layer_of=function.name,
        limits=Limits(),
        environment={},
        patterns=Patterns(),
        files={},
        description="",
        budget=None,
        layers=(),
        fronts=(),
        deploy=function.deploy and Deploy(bucket=function.deploy.bucket),
    )


def with_layers(functions: list[Function]) -> list[Function]:
    """Functions and their layers, each layer after its function."""
    found = []
    for function in functions:
        layer = layer_of(function)
        found += [function] if layer is None else [function, layer]
    return found


def artifacts(project: Project) -> dict[str, Function]:
    """All that a project's build makes, by name: its functions, and their layers."""
    return {each.name: each for each in with_layers(list(project.functions.values()))}
