"""Drive the Go language by hand: probe, facts, recipes, commands. No cache, no zip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from onezip.builder import toolchain
from onezip.builder.languages import go
from onezip.builder.languages.base import Staged, Tool
from onezip.errors import ToolMissing
from onezip.limits import RUNTIMES
from onezip.model.build import Command, Facts, Recipe
from onezip.model.function import Architecture, Function, GoSettings, Handler, Language
from onezip.process import Finished, run

SAMPLE = Path(__file__).parents[1] / "samples" / "go_hello"

try:
    toolchain.find_go(os.path.dirname(__file__))
    MISSING = ""
except ToolMissing as error:
    MISSING = f"{error.message}: {error.hint}"

needs_go = pytest.mark.skipif(bool(MISSING), reason=MISSING)

TOOL = Tool("go", "/opt/go/bin/go", "go1.26.8", {"GOTOOLCHAIN": "go1.26.8", "GOPROXY": "https://proxy.test"})


def function(
    name: str = "hello",
    source: str = ".",
    *,
    runtime: str = "provided.al2023",
    architecture: Architecture = Architecture.X86_64,
    pass_env: tuple[str, ...] = (),
    **settings: Any,
) -> Function:
    return Function(
        name,
        Language.GO,
        source,
        RUNTIMES[runtime],
        Handler("bootstrap"),
        architecture,
        pass_env=pass_env,
        go=GoSettings(**settings),
    )


def read(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def read_from(texts: Mapping[str, str]) -> Any:
    return texts.get


def ask(root: Path, wanted: Function, tool: Tool | None = None) -> Finished:
    found = tool or toolchain.go(str(root), wanted, read)
    [probe] = go.probes(str(root), [wanted], found)
    return run(probe.command)


def facts(root: Path, wanted: Function, tool: Tool | None = None) -> Facts:
    asked = ask(root, wanted, tool)
    assert asked.code == 0, asked.stderr
    return go.facts(str(root), wanted, asked.stdout, read)


def recipes(root: Path, wanted: Sequence[Function]) -> list[Recipe]:
    tool = toolchain.go(str(root), wanted[0], read)
    return go.recipes(str(root), wanted, {one.name: facts(root, one, tool) for one in wanted}, tool)


def execute(command: Command, staging: Path) -> Finished:
    placed = tuple(argument.replace("{staging}", str(staging)) for argument in command.argv)
    return run(Command(placed, command.cwd, command.env, command.pass_env))


def build(root: Path, *wanted: Function, staging: Path | None = None) -> dict[str, bytes]:
    """Each function's program."""
    built = {}
    for number, recipe in enumerate(recipes(root, wanted)):
        folder = (staging or root.parent / f"staging-{root.name}") / str(number)
        folder.mkdir(parents=True)
        for command in recipe.commands:
            done = execute(command, folder)
            assert done.code == 0, done.stderr
        for product in recipe.products:
            assert product.name == "bootstrap"
            data = Path(product.path.replace("{staging}", str(folder))).read_bytes()
            one = next(one for one in wanted if one.name == product.function)
            assert go.harvest(one, staged(data)).diagnostics == ()
            built[product.function] = data
        shutil.rmtree(folder)
    return built


def staged(data: bytes, name: str = "bootstrap") -> Staged:
    return Staged([name], {name: data}.__getitem__)


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def copy(target: Path) -> Path:
    shutil.copytree(SAMPLE, target)
    return target


def site_with(requirement: str, folder: Path) -> Path:
    """The site-packages of a virtual environment with a package, out of uv's cache where it is."""
    uv = Path(sys.executable).parent / "uv"
    subprocess.run([uv, "venv", "-q", "--no-project", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([uv, "pip", "install", "-q", "--python", python, requirement], check=True)
    [site] = folder.glob("venv/lib/python*/site-packages")
    return site
