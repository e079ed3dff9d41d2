"""Facts of Go functions -> the `go build` commands that make them, as few as will do."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from onezip.builder.languages.base import Tool
from onezip.builder.languages.go_cgo import compilers
from onezip.builder.languages.go_flags import GoFlags, flags, package_path
from onezip.builder.languages.go_mod import below, is_below
from onezip.builder.languages.go_tool import GoTool
from onezip.model.build import Command, Component, Facts, Product, Recipe
from onezip.model.function import Function

TOGETHER = 100
"""Most packages in one `go build`: Windows allows 32,767 characters in a command line."""

BOOTSTRAP = "bootstrap"
"""What the OS-only runtimes start ("Building a custom runtime", AWS Lambda Developer Guide)."""


def recipes(root: str, functions: Sequence[Function], facts: Mapping[str, Facts], go: Tool) -> list[Recipe]:
    """One `go build` for the packages of a module with equal settings, else one for each.

    `go build -o DIR/` names a program for the last element of its import path. Where that leaves a doubt
    (`/v2`, names that are equal but for case, files on the command line), a function is built alone. Both
    ways give the same bytes.
    """
    groups: dict[tuple[object, ...], list[Function]] = {}
    for function in sorted(functions, key=lambda function: function.name):
        found = facts[function.name].details
        key: tuple[object, ...] = (function.name,)
        if _may_join(found) and function.go.system == "linux":  # elsewhere go adds an ending to the name
            key = (found["root"], found["work"], flags(function).digest, function.pass_env)
        groups.setdefault(key, []).append(function)
    made: list[Recipe] = []
    for members in groups.values():
        packages = {function.name: facts[function.name].details["package"] for function in members}
        clashing = _clashing(set(packages.values()))
        apart = [function for function in members if packages[function.name] in clashing]
        joined = [function for function in members if packages[function.name] not in clashing]
        for some in _slices(joined, TOGETHER):
            if len(some) == 1:
                apart += some
            else:
                made.append(_together(some, facts, go))
        made += [_alone(root, function, facts[function.name].details, go) for function in apart]
    return sorted(made, key=lambda recipe: recipe.functions)


def _alone(root: str, function: Function, found: Mapping[str, str], go: Tool) -> Recipe:
    chosen = flags(function)
    wanted = found["files"].split("\n") if "files" in found else [package_path(function)]
    path = f"{{staging}}/{function.name}/{BOOTSTRAP}"
    return Recipe(
        language="go",
        functions=(function.name,),
        commands=(
            Command(
                argv=(go.path, "build", *chosen.arguments, "-o", path, *wanted),
                cwd=below(root, function.source),
                env=environment(go, chosen),
                pass_env=function.pass_env,
                title="go build",
            ),
        ),
        products=(Product(function.name, path, BOOTSTRAP),),
        components=_components(go, chosen),
    )


def _together(functions: Sequence[Function], facts: Mapping[str, Facts], go: Tool) -> Recipe:
    chosen = flags(functions[0])
    packages = {function.name: facts[function.name].details["package"] for function in functions}
    wanted = sorted(set(packages.values()))
    return Recipe(
        language="go",
        functions=tuple(packages),
        commands=(
            Command(
                argv=(go.path, "build", *chosen.arguments, "-o", "{staging}/bin/", *wanted),
                cwd=facts[functions[0].name].details["root"],
                env=environment(go, chosen),
                pass_env=functions[0].pass_env,
                title="go build",
            ),
        ),
        products=tuple(
            Product(name, f"{{staging}}/bin/{posixpath.basename(package)}", BOOTSTRAP)
            for name, package in packages.items()
        ),
        components=_components(go, chosen),
    )


def environment(go: Tool, chosen: GoFlags) -> dict[str, str]:
    """The variables of every `go` command: where Go fetches from, then what decides the bytes."""
    zig = go.zig if isinstance(go, GoTool) else ""
    return {**go.env, **chosen.env, **(compilers(zig, chosen.target) if chosen.target else {})}


def _components(go: Tool, chosen: GoFlags) -> tuple[Component, ...]:
    return (
        Component("flags", chosen.digest, f"{' '.join(chosen.arguments)} {_machine(chosen)}"),
        Component("toolchain", hashlib.sha256(go.version.encode()).hexdigest(), go.version),
    )


def _machine(chosen: GoFlags) -> str:
    return f"GOARCH={chosen.env['GOARCH']}" + (f" cgo={chosen.target}" if chosen.target else "")


def _may_join(found: Mapping[str, str]) -> bool:
    """Whether a package can be named by its import path from its module's root, with a sure file name."""
    last = posixpath.basename(found["package"])
    work = below(found["work"], "..") if found["work"] not in {"", "?"} else ""
    same_workspace = found["work"] != "?" and (not work or is_below(found["root"], work))
    return (
        bool(found["root"])
        and found["package"] != "command-line-arguments"
        and same_workspace
        and bool(re.fullmatch(r"[A-Za-z0-9_][\w.-]*", last, re.ASCII))
        and not re.fullmatch(r"v[0-9]+", last)
        and not last.lower().endswith((".exe", ".go"))
    )


def _clashing(packages: set[str]) -> set[str]:
    """Packages whose programs would get one name, on a file system that ignores case too."""
    names: dict[str, list[str]] = {}
    for package in packages:
        names.setdefault(posixpath.basename(package).casefold(), []).append(package)
    return {package for same in names.values() if len(same) > 1 for package in same}


def _slices(functions: Sequence[Function], size: int) -> Iterator[Sequence[Function]]:
    for start in range(0, len(functions), size):
        yield functions[start : start + size]
