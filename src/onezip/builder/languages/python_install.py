"""What uv is told: to build local projects, to install, and to resolve for `onezip lock`.  [pure]"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from onezip.builder.languages.base import Tool
from onezip.builder.languages.python_target import Target, target
from onezip.builder.languages.python_wanted import WHEELS, absolute
from onezip.model.build import Command, Component
from onezip.model.function import Function

STAGED = "{staging}/python"
PROJECTS = "{staging}/projects"

_QUIET = ("--no-config", "--no-progress", "--color", "never")
_EPOCH = "315532800"
"""1980-01-01, the first day that a zip can say (`SOURCE_DATE_EPOCH`, reproducible-builds.org)."""


def install_command(root: str, function: Function, details: Mapping[str, str], tool: Tool) -> Command:
    """Install what the details say into the staging folder, for the function's Python and platform."""
    on = target(function)
    argv = [tool.path, "pip", "install", *_QUIET, "--target", STAGED, *_platform(on), *_choices(details)]
    for limit in json.loads(details["limits"]):
        argv += ["-c", limit]
    if details["hashed"]:
        argv.append("--require-hashes")
    if details["complete"]:
        argv.append("--no-deps")
    if details["hashed"] and details["indexed"]:
        # hashes decide what is taken, so it does not matter which index is asked first
        argv += ["--index-strategy", "unsafe-best-match"]
    return Command(
        (*argv, "-r", "-"),
        cwd=absolute(root, "."),
        env=tool.env,
        pass_env=function.pass_env,
        title=f"install {details['requirements']} for python{on.short} on {on.machine}",
        input=details["input"],
    )


def compile_command(
    root: str, function: Function, details: Mapping[str, str], tool: Tool, out: str
) -> Command:
    """Resolve what the details say into the pylock file out (absolute), as hermetic as an installation."""
    on = target(function)
    argv = [
        tool.path, "pip", "compile", *_QUIET, "--quiet", "--format", "pylock.toml", "--generate-hashes",
        *_platform(on), *_choices(details),
    ]  # fmt: skip
    if python := tool.env.get("UV_PYTHON"):
        argv += ["--python", python]  # else uv looks for the one that is resolved for, and goes to fetch it
    for limit in json.loads(details["limits"]):
        argv += ["-c", limit]
    return Command(
        (*argv, "-o", out, "-"),
        cwd=absolute(root, "."),
        env=tool.env,
        pass_env=function.pass_env,
        title=f"resolve {details['requirements']} for python{on.short} on {on.machine}",
        input=details["input"],
    )


def build_commands(
    root: str, function: Function, details: Mapping[str, str], tool: Tool
) -> tuple[tuple[tuple[str, str], ...], tuple[Command, ...]]:
    """(folder, copy) of each local project, and the commands that make a wheel of each copy."""
    copies, commands = [], []
    for number, (folder, *_) in enumerate(json.loads(details["projects"])):
        copy = f"{PROJECTS}/{number}"
        copies.append((absolute(root, folder), copy))
        argv = (
            tool.path, "build", *_QUIET, "--wheel", "--no-sources", "--no-create-gitignore",
            *_indexes(details), *_named(details), "--out-dir", f"{WHEELS}/{number}", copy,
        )  # fmt: skip
        commands.append(
            Command(
                argv,
                cwd=absolute(root, "."),
                env={**tool.env, "SOURCE_DATE_EPOCH": _EPOCH, "PYTHONHASHSEED": "0"},
                pass_env=function.pass_env,
                title="the project's own build" if folder == "." else f"build {folder}",
            )
        )
    return tuple(copies), tuple(commands)


def runs(details: Mapping[str, str]) -> tuple[str, ...]:
    """Whose code an installation runs: local projects by folder, distributions that may come as source."""
    return (
        *(folder for folder, *_ in json.loads(details["projects"])),
        *(f"{name} (source distribution)" for name in json.loads(details["sdists"])),
    )


def causes(
    function: Function, details: Mapping[str, str], normalised: tuple[str, ...]
) -> tuple[Component, ...]:
    """The components that are known before anything is installed."""
    on = target(function)
    platform = f"python{on.short} {on.uv_platform}"
    detail = f"{details['count']} in {details['requirements']}"
    return (
        Component("platform", _digest(f"{on.full} {on.uv_platform} {' '.join(normalised)}"), platform),
        Component("requirements", _digest(details["text"] + details["complete"]), detail),
    )


def requirements_digest(function: Function, details: Mapping[str, str]) -> str:
    """What a pylock file of `onezip lock` was resolved from: the requirements, Python and platform."""
    on = target(function)
    needs = "".join(f"{name} {needs}\n" for _, name, needs in json.loads(details["projects"]))
    glibc = f"{on.glibc[0]}.{on.glibc[1]}"
    return _digest(f"{details['text']}{needs}{details['sdists']} {on.short} {on.machine} {glibc}")


def _platform(on: Target) -> tuple[str, ...]:
    return ("--python-platform", on.uv_platform, "--python-version", on.full)


def _choices(details: Mapping[str, str]) -> list[str]:
    """Wheels only, but for what may be built; where they come from."""
    argv = ["--only-binary", ":all:"]
    for name in json.loads(details["sdists"]):
        argv += ["--no-binary", name]
    if details["prerelease"]:
        argv += ["--prerelease", "allow"]
    if details["links"] != "[]" and not details["hashed"]:
        argv.append("--refresh")  # uv knows a wheel in a folder by its name, not by its content
    return argv + _indexes(details)


def _indexes(details: Mapping[str, str]) -> list[str]:
    argv = []
    for folder in json.loads(details["links"]):
        argv += ["--find-links", folder]
    for option, value in json.loads(details["options"]):
        argv += [option, value]
    return argv


def _named(details: Mapping[str, str]) -> list[str]:
    """The index options of files for a command line, which expands no variables."""
    words = {"--index-url": "--default-index", "--extra-index-url": "--index"}
    argv = []
    for option, value in json.loads(details["indexes"]):
        if "${" not in value:
            argv += [words.get(option, option), *([value] if value else [])]
    return argv


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
