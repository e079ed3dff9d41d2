"""Drive the Python language by hand: facts, recipes, commands, harvest. No cache, no zip."""

from __future__ import annotations

import base64
import functools
import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pathspec
import pytest

from onezip.builder.glibc_wheels import mender
from onezip.builder.job import Surroundings
from onezip.builder.languages import python
from onezip.builder.languages.base import Harvest, Read, Staged, Tool
from onezip.builder.local_wheels import prepare
from onezip.builder.staging import staged as staged_by_commands
from onezip.builder.uv import uv
from onezip.errors import BuildFailed, Diagnostic, Severity, ToolMissing
from onezip.folders import Folders
from onezip.limits import RUNTIMES
from onezip.model.build import Command, Facts, Recipe
from onezip.model.function import Architecture, Function, Handler, Language, PythonSettings
from onezip.process import Finished, run

SAMPLES = Path(__file__).parents[1] / "samples"
HELLO, PLAIN = SAMPLES / "python_hello", SAMPLES / "python_plain"

TOOL = Tool("uv", "/opt/bin/uv", "0.13.9", {"UV_PYTHON": "/usr/bin/python3"})

try:
    uv()
    NO_UV = ""
except ToolMissing as error:
    NO_UV = f"{error.message}: {error.hint}"

needs_uv = pytest.mark.skipif(bool(NO_UV), reason=NO_UV)


def function(
    runtime: str = "python3.13",
    architecture: str = "x86_64",
    *,
    name: str = "api",
    source: str = ".",
    handler: str = "app.handler",
    **more: Any,
) -> Function:
    names = {each.name for each in fields(PythonSettings)}
    settings = {key: more.pop(key) for key in names & more.keys()}
    return Function(
        name,
        Language.PYTHON,
        source,
        RUNTIMES[runtime],
        Handler(handler),
        Architecture(architecture),
        python=PythonSettings(**settings),
        **more,
    )


def read(path: str) -> str | None:
    try:
        return Path(path).read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def reading(files: Mapping[str, str]) -> Read:
    """A reader of texts that stand nowhere."""
    return files.get


def staged(files: Mapping[str, bytes | str]) -> Staged:
    """A staged folder that stands nowhere."""
    data = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
    return Staged(sorted(data), data.__getitem__)


@dataclass(frozen=True)
class Installed:
    """What an installation left: every file, and what of them would go into the zip, by digest."""

    facts: Facts
    recipe: Recipe
    finished: Finished
    harvest: Harvest
    all_names: tuple[str, ...]
    packed: Mapping[str, str]

    @property
    def packages(self) -> list[str]:
        """`name version tag` of each distribution."""
        return [
            f"{each.name.removeprefix('dependencies/')} {each.detail}"
            for each in self.harvest.components
            if each.name.startswith("dependencies/")
        ]


def ask(root: Path, what: Function) -> str:
    """What the function's probe says; empty where nothing is asked."""
    output = ""
    for probe in python.probes(str(root), [what], uv(), read):
        finished = run(probe.command)
        assert finished.code == 0, finished.stderr
        output = finished.stdout
    return output


def install(
    root: Path,
    staging: Path,
    what: Function,
    *,
    env: Mapping[str, str] | None = None,
    run_builds: bool = True,
    said: list[Diagnostic] | None = None,
) -> Installed:
    """Take one function through probe, facts, recipe, commands and harvest. env is added to the commands'.

    said gets the notes on the way.
    """
    facts = python.facts(str(root), what, ask(root, what), read)
    [recipe] = python.recipes(str(root), [what], {what.name: facts}, uv())
    commands = tuple(replace(each, env={**each.env, **(env or {})}) for each in recipe.commands)
    changed = replace(recipe, commands=commands, keep=False)
    report = said.append if said is not None else lambda _: None
    folders = Folders(str(staging / "cache"), str(staging / "state"))
    around = Surroundings(folders, {}, report, lambda _: None, run_builds)
    try:
        with staged_by_commands(
            changed,
            str(staging / "work"),
            "x",
            fail=lambda title, output: BuildFailed("build.failed", title, output=output),
            on_line=lambda _line: None,
            report=report,
            before=lambda tree: prepare(changed, tree, around, frozenset()),
            mend=mender(what, facts),
        ) as tree:
            shutil.copytree(tree, staging, symlinks=True, dirs_exist_ok=True)
    except BuildFailed as error:
        if not error.output:
            raise
        return Installed(facts, recipe, Finished(1, "", error.output), Harvest(), (), {})
    found = list(files_of(staging / "python"))
    harvest = python.harvest(what, Staged(found, lambda name: (staging / "python" / name).read_bytes()))
    patterns = [*recipe.products[0].patterns.exclude, *harvest.exclude]
    left_out = pathspec.GitIgnoreSpec.from_lines(patterns)
    packed = {
        name: hashlib.sha256((staging / "python" / name).read_bytes()).hexdigest()
        for name in found
        if not left_out.match_file(name)
    }
    return Installed(facts, recipe, Finished(0, "", ""), harvest, tuple(found), packed)


def sound(done: Installed) -> Installed:
    assert done.finished.code == 0, done.finished.stderr
    assert [d for d in done.harvest.diagnostics if d.severity is Severity.ERROR] == []
    return done


def files_of(folder: Path) -> Iterable[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def make_wheel(
    folder: Path,
    name: str,
    version: str,
    files: Mapping[str, str | bytes],
    *,
    tag: str = "py3-none-any",
    says: Sequence[str] = (),
    needs: Sequence[str] = (),
    entry_points: str = "",
) -> Path:
    """Write a wheel (PEP 427) by hand; says are the tags inside, where they differ from the file's name."""
    info = f"{name}-{version}.dist-info"
    metadata = [
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        *(f"Requires-Dist: {n}\n" for n in needs),
    ]
    content: dict[str, str | bytes] = {
        **files,
        f"{info}/METADATA": "".join(metadata),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: false\n"
        + "".join(f"Tag: {each}\n" for each in says or [tag]),
        f"{info}/licenses/LICENSE": "free\n",
    }
    if entry_points:
        content[f"{info}/entry_points.txt"] = entry_points
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-{tag}.whl"
    record = []
    with zipfile.ZipFile(path, "w") as wheel:
        for entry, text in content.items():
            data = text.encode() if isinstance(text, str) else text
            wheel.writestr(entry, data)
            record.append(f"{entry},sha256={_urlsafe(data)},{len(data)}\n")
        wheel.writestr(f"{info}/RECORD", "".join(record) + f"{info}/RECORD,,\n")
    return path


BACKEND = """
import os, pathlib, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    here = pathlib.Path.cwd()
    name, version, *needs = (here / "ABOUT").read_text().split("\\n")
    (here / "RAN").write_text("this is a copy")
    tag = (here / "TAG").read_text() if (here / "TAG").exists() else "py3-none-any"
    wheel = f"{name}-{version}-{tag}.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(os.path.join(folder, wheel), "w") as file:
        for path in sorted((here / "code").rglob("*")):
            if path.is_file():
                file.write(path, path.relative_to(here / "code").as_posix())
        said = "".join(f"Requires-Dist: {need}\\n" for need in needs if need)
        said = f"Name: {name}\\nVersion: {version}\\n{said}License-File: X\\n\\nLong words\\n"
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.4\\n{said}")
        about = f"Wheel-Version: 1.0\\nGenerator: backend {os.getpid()}\\nTag: {tag}\\n"
        file.writestr(f"{info}/WHEEL", about)
        file.writestr(f"{info}/RECORD", "")
    return wheel
"""
"""A build backend that needs nothing, so that a local project is built without an index. It lies beside."""


def make_project(
    folder: Path,
    name: str,
    code: Mapping[str, str],
    *,
    needs: Sequence[str] = (),
    version: str = "1.0",
    more: str = "",
    tag: str = "",
) -> Path:
    """Write a project with its build backend; code are the files of its wheel, more is text of the TOML."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(
        f"[project]\nname = {name!r}\nversion = {version!r}\ndependencies = {list(needs)!r}\n"
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n' + more
    )
    (folder / "backend.py").write_text(BACKEND)
    (folder / "ABOUT").write_text("\n".join([name, version, *needs]))
    if tag:
        (folder / "TAG").write_text(tag)
    for path, text in code.items():
        (folder / "code" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "code" / path).write_text(text)
    return folder


def _urlsafe(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


@functools.cache
def no_index() -> str:
    """Why no package index can be asked; empty where one answers."""
    if NO_UV:
        return NO_UV
    with tempfile.TemporaryDirectory() as folder:
        argv = (uv().path, "pip", "install", "--dry-run", "--no-config", "--target", folder, "idna==3.10")
        finished = run(Command(argv, cwd=folder, env=uv().env))
    if finished.code == 0:
        return ""
    return "no package index answers: set UV_DEFAULT_INDEX to one that does"
