"""A build of the user's own: Rust, Zig, C, anything. A program runs, and what it leaves is packed.  [pure]

    inputs --walk--> Facts --recipes--> the program, in the source folder; then a copy of its output

The program is one of the project file's, which is trusted. It sees the allow-listed variables and those of
`pass_env`, never the caller's whole environment.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
import shlex
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from onezip.builder.languages import command_make, prebuilt
from onezip.builder.languages.base import Explained, Harvest, Probe, Read, Staged, Tool
from onezip.builder.languages.command_inputs import WALK, matching, question
from onezip.builder.languages.go_mod import below
from onezip.builder.languages.python_handler import check_handler
from onezip.errors import BuildFailed, Diagnostic, ProjectError, Severity, ToolMissing
from onezip.model.build import Command, Component, Facts, Product, Recipe
from onezip.model.function import CommandSettings, Function

ENVIRONMENT: Mapping[str, str] = {"SOURCE_DATE_EPOCH": "315532800", "TZ": "UTC"}
"""What every command gets besides: 1980-01-01 for tools that heed reproducible-builds.org, and one zone."""

COPY = """
import os, shutil, sys
output, target, name = sys.argv[1:]
if os.path.isdir(output):
    shutil.copytree(output, target, symlinks=True)
elif os.path.isfile(output):
    os.makedirs(target)
    shutil.copyfile(output, os.path.join(target, name or os.path.basename(output)))
else:
    sys.exit("onezip: no output")
"""
"""A program that copies a folder's content, or a file under a name, into a new folder."""

_PYTHON = (sys.executable, "-I", "-S", "-B", "-c")


def probes(
    root: str, functions: Sequence[Function], tool: Tool | None, read: Read | None = None
) -> list[Probe]:
    """One look at the source folder for each function that declares its inputs."""
    del tool, read
    return [
        Probe(
            Command(
                argv=(*_PYTHON, WALK, question(_settings(function))),
                cwd=below(root, function.source),
                title="list inputs",
            ),
            (function.name,),
        )
        for function in functions
        if function.command is not None and not function.command.artifacts
    ]


def facts(root: str, function: Function, output: str, read: Read) -> Facts:
    """The declared inputs, and the program itself where it is a file of the project."""
    del read
    settings = _settings(function)
    source = below(root, function.source)
    if settings.artifacts:
        return command_make.facts(source)
    try:
        files, folders = matching(function, settings, output)
    except ValueError as error:
        raise BuildFailed(
            "build.failed", f"{function.name}: {function.source} cannot be listed", output=output
        ) from error
    if is_path(settings.run[0]):
        files.append(settings.run[0])
    return Facts(
        files=tuple(sorted({below(source, name) for name in files})),
        folders=tuple(sorted({below(source, name) for name in folders})),
    )


def recipes(
    root: str, functions: Sequence[Function], facts: Mapping[str, Facts], tool: Tool | None
) -> list[Recipe]:
    """Functions of one folder with one command share its run; each takes its own output."""
    del facts
    if tool is None:
        raise ToolMissing("tool.missing", "no program was looked for")
    groups: dict[tuple[object, ...], list[Function]] = {}
    made = []
    for function in functions:
        settings = _settings(function)
        if settings.artifacts:
            how = (ENVIRONMENT, _digest(settings))
            made.append(command_make.recipe(function, settings, below(root, function.source), tool, how))
            continue
        key = (function.source, settings.run, settings.inputs, function.pass_env)
        groups.setdefault(key, []).append(function)
    return [*(_together(root, group, tool) for group in groups.values()), *made]


def _together(root: str, functions: Sequence[Function], tool: Tool) -> Recipe:
    first = functions[0]
    settings = _settings(first)
    cwd = below(root, first.source)
    run = Command(
        argv=(tool.path, *settings.run[1:]),
        cwd=cwd,
        env=ENVIRONMENT,
        pass_env=first.pass_env,
        title=_text(first),
    )
    return Recipe(
        language="command",
        functions=tuple(function.name for function in functions),
        commands=(run, *(_copy(function, cwd) for function in functions)),
        products=tuple(
            Product(function.name, _staged(function), patterns=function.patterns) for function in functions
        ),
        components=(Component("command", _digest(settings), _text(first)),),
    )


def _copy(function: Function, cwd: str) -> Command:
    output = posixpath.normpath(_settings(function).output)
    name = "bootstrap" if function.runtime.os_only else ""
    return Command(
        argv=(*_PYTHON, COPY, below(cwd, output), _staged(function), name), cwd=cwd, title=f"copy {output}"
    )


def _staged(function: Function) -> str:
    return f"{{staging}}/{function.name}"


def harvest(function: Function, staged: Staged) -> Harvest:
    """Look at the bootstrap as at a ready one: nobody knows what the command was told to build for."""
    if not function.runtime.os_only:
        return Harvest()
    if "bootstrap" in staged.names:
        alone = Staged(["bootstrap"], lambda _name: staged.read("bootstrap"))
        return prebuilt.harvest(replace(function, source="bootstrap"), alone)
    settings = _settings(function)
    there = ", ".join(staged.names[:5]) + (", ..." if len(staged.names) > 5 else "")
    if settings.artifacts and there:  # a template's function may have its runtime in a layer
        return Harvest(diagnostics=(command_make.no_bootstrap(function, there),))
    return Harvest(
        diagnostics=(
            Diagnostic(
                "archive.bootstrap",
                Severity.ERROR,
                f"{function.name}: {settings.output} holds no bootstrap, but {there or 'nothing'}",
                function.place,
                "let output name the program itself, or let the command call it bootstrap",
            ),
        )
    )


def warnings(
    function: Function, facts: Facts, tool: Tool | None, components: Sequence[Component]
) -> tuple[Diagnostic, ...]:
    """That nobody but the command answers for the bytes."""
    del facts, tool, components
    return (
        Diagnostic(
            "command.unproven",
            Severity.WARNING,
            f"{function.name}: the bytes are only as reproducible as `{_text(function)}`",
            function.place,
            "build it in two folders and compare: pinned tools, no paths, no times, no other inputs",
        ),
    )


def check(function: Function, names: Collection[str]) -> tuple[Diagnostic, ...]:
    """For Python, whether the handler's module is there; a bootstrap was looked at before."""
    found = None if function.runtime.os_only else check_handler(function, names)
    return (found,) if found else ()


def explain(function: Function, output: str) -> Explained:
    """What the copy says where there is nothing to copy; a command's own words speak for themselves."""
    if re.search(r"^onezip: no output$", output, re.MULTILINE):
        return Explained(
            "command.output",
            f"the command left no {_settings(function).output}",
            "output is what the command writes, relative to source",
        )
    return command_make.explain(_settings(function), output)


def is_path(program: str) -> bool:
    """Whether a program is named by its place, relative to source, and not looked up on PATH."""
    return "/" in program


def _settings(function: Function) -> CommandSettings:
    if function.command is None:
        raise ProjectError(
            "project.required",
            f"{function.name}: no command",
            hint=f"add [functions.{function.name}.command] with run, inputs and output",
            place=function.place,
        )
    return function.command


def _text(function: Function) -> str:
    return shlex.join(_settings(function).run)


def _digest(settings: CommandSettings) -> str:
    words = [*settings.run, "", *(f"{name}={value}" for name, value in sorted(ENVIRONMENT.items()))]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()
