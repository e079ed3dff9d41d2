"""What does not run on this machine is built for it, and said to be another zip than the shipped one."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from builder.go_driver import needs_go
from builder.python_driver import needs_uv
from onezip.builder.engine import build
from onezip.builder.fingerprint import settings
from onezip.config.parse import parse
from onezip.emulator.running.artifact import unpacked
from onezip.emulator.running.bootstrap import Refused
from onezip.emulator.running.native import go_function
from onezip.emulator.running.program import program_for
from onezip.emulator.running.sandbox import Isolation
from onezip.model.function import Architecture, Function, Language
from onezip.model.place import Place
from onezip.model.project import Origin, Project

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="builds for this machine are Linux's")

OTHER = "x86_64" if platform.machine() == "aarch64" else "arm64"
QEMU = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
SAYS_SO = "built for this machine, not the shipped bytes"
PURE = "def handler(event, context):\n    return event\n"
WITH_NATIVE = "import markupsafe._speedups\n" + PURE


def project(folder: Path, handler: str, requirement: str, **keys: str) -> Path:
    """A project of one Python function."""
    (folder / "src").mkdir(parents=True)
    (folder / "src/app.py").write_text(handler)
    if requirement:
        (folder / "src/requirements.txt").write_text(f"{requirement}\n")
    table = {"source": "src", "runtime": "python3.13", "handler": "app.handler", **keys}
    lines = [f'{key} = "{value}"' for key, value in table.items()]
    (folder / "onezip.toml").write_text("\n".join(["[functions.f]", *lines, ""]))
    return folder


def invoke(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """`onezip invoke f`, with a cache of its own."""
    return subprocess.run(
        [sys.executable, "-m", "onezip", "invoke", "f", "--data", '{"a": 1}', "--timeout", "60"],
        cwd=folder,
        env={**os.environ, "ONEZIP_HOME": str(folder / ".home"), **env},
        capture_output=True,
        text=True,
        check=False,
    )


@needs_go
@pytest.mark.skipif(QEMU is not None and OTHER == "arm64", reason="qemu runs the shipped zip here")
def test_go_for_another_architecture(tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parents[1] / "samples/go_lambda", tmp_path / "src")
    text = f'[functions.f]\nsource = "src"\nruntime = "provided.al2023"\narchitecture = "{OTHER}"\n'
    (tmp_path / "onezip.toml").write_text(text)
    done = invoke(tmp_path)
    assert done.returncode == 0, done.stderr
    assert SAYS_SO in done.stderr
    assert not (tmp_path / "dist/f.zip").exists()


@pytest.mark.parametrize(
    ("platform", "machine", "cgo", "made"),
    [
        ("darwin", "aarch64", False, ("darwin", Architecture.ARM64)),
        ("darwin", "x86_64", False, ("darwin", Architecture.X86_64)),
        ("win32", "x86_64", False, ("windows", Architecture.X86_64)),
        ("linux", "aarch64", False, ("linux", Architecture.ARM64)),
        ("linux", "aarch64", True, ("linux", Architecture.ARM64)),
        ("darwin", "aarch64", True, None),
        ("linux", "riscv64", False, None),
        ("freebsd14", "x86_64", False, None),
    ],
)
def test_what_is_made_for_another_host(
    platform: str, machine: str, cgo: bool, made: tuple[str, Architecture] | None
) -> None:
    function = described()
    found = go_function(replace(function, go=replace(function.go, cgo=cgo)), platform, machine)
    assert (found and (found.go.system, found.architecture)) == made
    assert go_function(replace(function, language=Language.PREBUILT), platform, machine) is None


@needs_go
@pytest.mark.parametrize(("system", "other"), [("darwin", "windows"), ("windows", "darwin")])
def test_a_go_program_of_another_host_is_built_and_would_be_started(
    tmp_path: Path, system: str, other: str
) -> None:
    shutil.copytree(Path(__file__).parents[1] / "samples/go_lambda", tmp_path / "src")
    function = described()
    function = replace(function, go=replace(function.go, system=system))
    project = Project(str(tmp_path), Origin.DETECTED, None, {"f": function})
    outcome = build(project, environ={**os.environ, "ONEZIP_HOME": str(tmp_path / ".home")})
    assert not outcome.failed
    artifact = unpacked(outcome.built[0].path, str(tmp_path / "cache"))
    try:
        program = program_for(function, artifact, Isolation.PLAIN, str(tmp_path / "cache"))
        assert program.argv == (os.path.join(artifact.folder, "bootstrap"),)
        for wrong in ("linux", other):  # Lambda would not start it, and neither would another host
            changed = replace(function, go=replace(function.go, system=wrong))
            with pytest.raises(Refused, match="fork/exec /var/task/bootstrap: exec format error"):
                program_for(changed, artifact, Isolation.PLAIN, str(tmp_path / "cache"))
    finally:
        artifact.close()


def test_the_system_is_part_of_the_fingerprint() -> None:
    function = described()
    other = replace(function, go=replace(function.go, system="darwin"))
    assert settings(function, "engine") != settings(other, "engine")


def described() -> Function:
    """The sample as it would be described."""
    table = {"functions": {"f": {"source": "src"}}}
    project = parse(
        table,
        root="/",
        file="onezip.toml",
        origin=Origin.ONEZIP_TOML,
        place=lambda _: Place("onezip.toml"),
        is_file=lambda _: False,
    )
    return project.functions["f"]


@needs_uv
def test_a_pure_python_zip_is_run_as_it_is(tmp_path: Path) -> None:
    done = invoke(project(tmp_path, PURE, "", architecture=OTHER))
    assert (done.returncode, done.stdout) == (0, '{"a": 1}')
    assert SAYS_SO not in done.stderr
    assert (tmp_path / "dist/f.zip").exists()


@needs_uv
def test_native_modules_for_another_architecture(tmp_path: Path) -> None:
    done = invoke(project(tmp_path, WITH_NATIVE, "markupsafe==3.0.2", architecture=OTHER))
    assert (done.returncode, done.stdout) == (0, '{"a": 1}'), done.stderr
    assert SAYS_SO in done.stderr
    assert (tmp_path / "dist/f.zip").exists()


@needs_uv
def test_native_modules_for_a_python_that_is_not_here(tmp_path: Path) -> None:
    here = "arm64" if platform.machine() == "aarch64" else "x86_64"
    other = "3.12" if sys.version_info[:2] == (3, 13) else "3.13"
    folder = project(
        tmp_path / "f", WITH_NATIVE, "markupsafe==3.0.2", architecture=here, runtime=f"python{other}"
    )
    (tmp_path / "bin").mkdir()
    for name in ("uv", "sh", "bwrap", "nsenter", "unshare", "prlimit", "setpriv"):
        if found := shutil.which(name):
            (tmp_path / "bin" / name).symlink_to(found)
    done = invoke(folder, PATH=str(tmp_path / "bin"), PYENV_ROOT=str(tmp_path / "none"))
    if f"runs on Python {other}" in done.stderr:
        pytest.skip(f"uv manages a Python {other} here")
    assert (done.returncode, done.stdout) == (0, '{"a": 1}'), done.stderr
    assert SAYS_SO in done.stderr
