"""Go: a main package becomes `bootstrap`, for the OS-only runtimes. From any system, without C."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NoReturn

from onezip.builder.elf import is_elf, read_elf
from onezip.builder.languages import go_build, go_list, go_words
from onezip.builder.languages.base import Explained, Harvest, Probe, Read, Staged, Tool
from onezip.builder.languages.go_build import environment
from onezip.builder.languages.go_flags import flags, package_path
from onezip.builder.languages.go_mod import below
from onezip.errors import BuildFailed, Diagnostic, ProjectError, Severity, ToolMissing
from onezip.limits import GO_RUNTIME
from onezip.model.build import Command, Component, Facts, Recipe
from onezip.model.function import Function


def probes(root: str, functions: Sequence[Function], tool: Tool | None) -> list[Probe]:
    """One question for each function; see `probe`."""
    return [Probe(probe(root, function, tool), (function.name,)) for function in functions]


def probe(root: str, function: Function, tool: Tool | None) -> Command:
    """Ask Go which files the function's package is made of, in the environment of the build itself.

    With -e Go lists what it can and puts errors into the objects, so that all of them can be told at once.
    """
    _check(function)
    go = _found(tool)
    chosen = flags(function)
    return Command(
        argv=(
            go.path, "list", "-e", "-deps", f"-json={','.join(go_list.FIELDS)}",
            "-buildvcs=false", f"-tags={chosen.tags}", package_path(function),
        ),
        cwd=below(root, function.source),
        env=environment(go, chosen),
        pass_env=function.pass_env,
        title="go list",
    )  # fmt: skip


def facts(root: str, function: Function, output: str, read: Read) -> Facts:
    """The files of the package and of all it imports; see `go_list.inputs`."""
    try:
        listed = go_list.packages(output)
    except ValueError:
        listed = []
    if not listed:
        raise BuildFailed("build.failed", f"{function.name}: go list gave no packages", output=output)
    if wrong := go_list.errors(listed):
        _raise(function, wrong)
    main = listed[-1]
    if main.get("Name") != "main":
        raise ProjectError(
            "go.not-main",
            f"{function.name}: {main['ImportPath']} is package {main.get('Name')}, not package main",
            hint="set package in the function's go table to the folder of a `package main`",
            place=function.place,
        )
    return go_list.inputs(below(root, function.source), listed, read)


def warnings(
    function: Function, facts: Facts, tool: Tool | None, components: Sequence[Component]
) -> tuple[Diagnostic, ...]:
    """One line where nothing pins the Go version."""
    del facts, components
    if tool is None or tool.exact:
        return ()
    return (
        Diagnostic(
            "go.unpinned",
            Severity.WARNING,
            f"{function.name}: built with {tool.version} as found here; another Go makes other bytes",
            function.place,
            f"pin it: `go mod edit -toolchain={tool.version}`, "
            f'or go = "{tool.version.removeprefix("go")}" at the top of the project file',
        ),
    )


def check(function: Function, names: Collection[str]) -> tuple[Diagnostic, ...]:
    """The runtime starts `bootstrap`, which is always there."""
    del function, names
    return ()


def explain(function: Function, output: str) -> Explained:
    """What a failed `go` command says."""
    del function
    return go_words.explain(output)


def recipes(
    root: str, functions: Sequence[Function], facts: Mapping[str, Facts], tool: Tool | None
) -> list[Recipe]:
    """One `go build` for the packages of a module with equal settings; see `go_build.recipes`."""
    return go_build.recipes(root, functions, facts, _found(tool))


def harvest(function: Function, staged: Staged) -> Harvest:
    """Read the program's ELF header: Go was asked for the right machine, so anything else is a surprise."""
    data = staged.read(staged.names[0]) if len(staged.names) == 1 else b""
    elf = read_elf(data)
    if elf and elf.executable and elf.architecture is function.architecture:
        return Harvest()
    what = elf.told if elf else "a damaged program" if is_elf(data) else "not a Linux program"
    return Harvest(
        diagnostics=(
            Diagnostic(
                "archive.bootstrap",
                Severity.ERROR,
                f"{function.name}: go built {what}, not an executable for {function.architecture}",
                function.place,
                "check that the `go` found is a real Go toolchain",
            ),
        )
    )


# ---- what is refused ------------------------------------------------------------------------------------


def _check(function: Function) -> None:
    if function.go.cgo:
        raise ProjectError(
            "project.not-yet",
            f"{function.name}: cgo has no code yet",
            hint="remove cgo",
            place=function.place,
        )
    if function.runtime.id == "go1.x" or not function.runtime.os_only:
        raise ProjectError(
            "project.value",
            f"{function.name}: a Go function does not run on {function.runtime.id}",
            hint=f'write runtime = "{GO_RUNTIME}"',
            place=function.place,
        )


def _found(tool: Tool | None) -> Tool:
    if tool is None:
        raise ToolMissing("go.missing", "no Go toolchain was looked for")
    return tool


def _raise(function: Function, wrong: str) -> NoReturn:
    """Tell Go's findings: as a mistake of the project where it is one, else as a failed build."""
    told = go_words.explain(wrong)
    if told.code in {"go.module", "project.source"}:
        raise ProjectError(told.code, f"{function.name}: {wrong}", hint=told.hint, place=function.place)
    raise BuildFailed(
        told.code or "build.failed",
        f"{function.name}: Go cannot build this package",
        output=wrong,
        hint=told.hint,
        place=function.place,
    )
