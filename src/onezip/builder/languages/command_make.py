"""Functions that a SAM template gives to make (`BuildMethod: makefile`).  [pure]

AWS SAM Developer Guide, "Building Lambda functions with custom runtimes": `make build-LOGICALID` runs in a
copy of CodeUri and leaves what is to be packed in the folder that ARTIFACTS_DIR names. Every file of CodeUri
counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from onezip.builder.languages.base import Explained, Tool
from onezip.errors import Diagnostic, Severity
from onezip.model.build import Command, Component, Facts, Product, Recipe
from onezip.model.function import CommandSettings, Function

ARTIFACTS = "ARTIFACTS_DIR"


def facts(source: str) -> Facts:
    """Every file below source (absolute) that is not left out by default."""
    return Facts(sources=(source,))


def recipe(
    function: Function, settings: CommandSettings, source: str, tool: Tool, how: tuple[Mapping[str, str], str]
) -> Recipe:
    """The run of one target on a copy of source (absolute). how is the environment, and a digest."""
    env, digest = how
    copy, artifacts = f"{{staging}}/source-{function.name}", f"{{staging}}/{function.name}"
    run = Command(
        argv=(tool.path, *settings.run[1:]),
        cwd=copy,
        env={**env, ARTIFACTS: artifacts},
        pass_env=function.pass_env,
        title=" ".join(settings.run),
    )
    return Recipe(
        language="command",
        functions=(function.name,),
        commands=(run,),
        products=(Product(function.name, artifacts, patterns=function.patterns),),
        components=(Component("command", digest, " ".join(settings.run)),),
        copies=((source, copy),),
    )


def no_bootstrap(function: Function, there: str) -> Diagnostic:
    """What to say where make left everything but a program: a layer may bring it."""
    return Diagnostic(
        "archive.bootstrap",
        Severity.WARNING,
        f"{function.name}: {ARTIFACTS} holds no bootstrap, but {there}: right only where a layer has it",
        function.place,
        f"let the target copy the program to $({ARTIFACTS})/bootstrap",
    )


def explain(settings: CommandSettings, output: str) -> Explained:
    """What make says where the target is missing."""
    if re.search(r"No rule to make target ['`]" + re.escape(settings.run[-1]), output):
        return Explained(
            "command.output",
            f"its Makefile has no target {settings.run[-1]}",
            f"add the target, and let it copy what is to be packed to $({ARTIFACTS})",
        )
    return Explained()
