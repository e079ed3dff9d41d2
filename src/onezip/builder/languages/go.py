"""Go: a main package becomes `bootstrap`, for the OS-only runtimes. From any system, without C."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from onezip.archive.elfinfo import is_elf, read_elf
from onezip.builder.languages import go_build, go_cgo, go_errors, go_files, go_list, go_probe, go_words
from onezip.builder.languages.base import Explained, Harvest, Probe, Read, Staged, Tool
from onezip.builder.languages.go_flags import flags
from onezip.builder.languages.go_inputs import inputs
from onezip.builder.languages.go_mod import below
from onezip.config.detect.go_source import tags
from onezip.errors import BuildFailed, Diagnostic, ProjectError, Severity, ToolMissing
from onezip.limits import GO_RUNTIME
from onezip.model.build import Component, Facts, Recipe
from onezip.model.function import Function


def probes(
    root: str, functions: Sequence[Function], tool: Tool | None, read: Read | None = None
) -> list[Probe]:
    """One question for the packages of a module with equal settings; see `go_probe.probes`.

    A function that cannot be built as it is described is not asked about: `facts` says why.
    """
    del read
    return go_probe.probes(root, functions, _found(tool))


def facts(root: str, function: Function, output: str, read: Read) -> Facts:
    """The files of the function's package and of all it imports; see `go_inputs.inputs`.

    output may speak of other functions' packages too: their mistakes are not this one's.
    """
    _check(function)
    chosen = flags(function)
    patterns = (go_probe.absolute(root, function), go_probe.package_folder(function))
    try:
        listing = go_list.listing(output)
    except ValueError:
        listing = go_list.Listing([])
    main = listing.asked(patterns)
    if main is None:
        raise BuildFailed("build.failed", f"{function.name}: go list gave no packages", output=output)
    if file := go_probe.package_file(function):
        main = go_files.only(function, main, file, read)
    listed = listing.closure(main)
    with_c = tags(function.architecture.goarch, chosen.tags.split(","), c=True)
    without_c = [] if function.go.cgo else go_cgo.left_out(listed, with_c, read)
    if any(package.get("Error") for package in listed):
        raise go_errors.failure(function, listed, bool(without_c), read)
    if main.get("Name") != "main":
        raise ProjectError(
            "go.not-main",
            f"{function.name}: {main['ImportPath']} is package {main.get('Name')}, not package main",
            hint="set package in the function's go table to the folder of a `package main`",
            place=function.place,
        )
    found = inputs(below(root, function.source), listed, read)
    details = dict(found.details)
    if file:
        details["files"] = go_files.named(function, main)
    if without_c:
        details["without_c"] = ", ".join(without_c)
    return replace(found, details=details)


def warnings(
    function: Function, facts: Facts, tool: Tool | None, components: Sequence[Component]
) -> tuple[Diagnostic, ...]:
    """What the version of Go leaves open, and packages whose C is left out."""
    del components
    found = []
    if tool is not None and not tool.exact:
        version = tool.version.partition(" ")[0]
        found.append(
            Diagnostic(
                "go.unpinned",
                Severity.WARNING,
                f"{function.name}: built with {version} as found here; another Go makes other bytes",
                function.place,
                f"pin it: `go mod edit -toolchain={version}`, "
                f'or go = "{version.removeprefix("go")}" at the top of the project file',
            )
        )
    zig = tool.version.partition(" zig")[2] if tool is not None else ""
    if zig not in {"", go_cgo.ZIG}:
        found.append(
            Diagnostic(
                "go.unpinned",
                Severity.WARNING,
                f"{function.name}: C compiled by ziglang {zig}; onezip's own is {go_cgo.ZIG}, and another "
                "makes other bytes",
                function.place,
                "pip install 'onezip[cgo]'",
            )
        )
    if packages := facts.details.get("without_c"):
        found.append(
            Diagnostic(
                "go.cgo-needed",
                Severity.WARNING,
                f"{function.name}: {packages}: built without its C code; what stands in for it may only "
                "return errors",
                function.place,
                "set cgo = true in the function's go table (pip install 'onezip[cgo]' brings the compiler)",
            )
        )
    return tuple(found)


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
    if function.go.system != "linux":
        return Harvest()  # it is only for this machine, which will judge it
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
