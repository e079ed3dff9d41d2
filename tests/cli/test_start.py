"""What starting up may cost, and where it must work."""

from __future__ import annotations

import json
import os
import pkgutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import onezip
from cli.onezip_cli import onezip as run_onezip
from cli.onezip_cli import plain

HEAVY = {
    "asyncio", "boto3", "botocore", "cryptography", "dataclasses", "hashlib", "http", "importlib.metadata",
    "inspect", "logging", "multiprocessing", "packaging", "pathlib", "pathspec", "platformdirs", "socket",
    "ssl", "subprocess", "tempfile", "threading", "tomlkit", "tomllib", "unittest", "urllib", "yaml",
}  # fmt: skip

LOOK = """
import sys
from onezip.cli.main import main
code = main(sys.argv[1:])
import json
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
sys.exit(code)
"""


def modules(folder: Path, *words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *words],
        cwd=folder,
        env={"ONEZIP_HOME": str(folder / ".home"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def unchanged(tmp_path: Path) -> None:
    """Build a project so that the next look needs no digest."""
    for path in [*tmp_path.rglob("*"), tmp_path]:
        age(path)
    for _ in range(2):
        assert run_onezip(tmp_path, "build", env={"PATH": "/usr/bin:/bin"}).code == 0
    for path in tmp_path.joinpath("dist").iterdir():
        age(path)
    # the first look after a build may have to hash, and writes down that it did
    assert run_onezip(tmp_path, "build", env={"PATH": "/usr/bin:/bin"}).code == 0
    time.sleep(2.1)
    assert run_onezip(tmp_path, "build", env={"PATH": "/usr/bin:/bin"}).code == 0


def test_an_unchanged_build_imports_next_to_nothing(tmp_path: Path) -> None:
    plain(tmp_path)
    unchanged(tmp_path)
    loaded = modules(tmp_path, "build")
    assert not loaded & HEAVY
    assert {name for name in loaded if name.startswith("onezip.")} <= {
        "onezip.builder", "onezip.builder.inputs", "onezip.builder.state", "onezip.builder.unchanged",
        "onezip.cli", "onezip.cli.build", "onezip.cli.console", "onezip.cli.main", "onezip.config",
        "onezip.config.find", "onezip.errors", "onezip.folders", "onezip.model", "onezip.model.place",
        "onezip.process",
    }  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
def test_a_run_of_unchanged_functions_imports_nothing_that_builds_or_fronts(tmp_path: Path) -> None:
    tmp_path.joinpath("bootstrap").write_text("#!/bin/sh\n")
    tmp_path.joinpath("bootstrap").chmod(0o755)
    tmp_path.joinpath("onezip.toml").write_text('[functions.f]\nsource = "bootstrap"\n')
    unchanged(tmp_path)
    words = ["run", "--json", "--lambda-port", "0", "--port", "0"]
    before = "plain"
    for _ in range(2):  # the first one tries how well a function can be kept apart, and unpacks
        process = subprocess.Popen(
            [sys.executable, "-c", LOOK, *words],
            cwd=tmp_path,
            env={"ONEZIP_HOME": str(tmp_path / ".home"), "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        told = process.communicate()[1]
        assert process.returncode == 0, told
        loaded = set(json.loads(told.splitlines()[-1]))
        tried = before == "plain"  # and plain is not remembered: a busy machine may have been the cause
        assert sorted(loaded & (SLOW if tried else SLOW | FIRST)) == []
        before = ready["isolation"]


SLOW = {
    "elftools", "email", "http.client", "onezip.builder.engine", "onezip.emulator.front.server",
    "onezip.emulator.running.interpreter", "platform", "urllib.request", "zipfile",
}  # fmt: skip
FIRST = {"onezip.archive.unpack", "shutil", "tempfile"}


def age(path: Path) -> None:
    """Make a file look as if it had been there for a minute."""
    then = time.time() - 60
    os.utime(path, (then, then))


def test_help_imports_no_command(tmp_path: Path) -> None:
    loaded = modules(tmp_path, "--help")
    assert not loaded & HEAVY
    assert "onezip.cli.build" not in loaded


HIDE = """
import importlib, sys

for name in ("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog", "posix_ipc"):
    sys.modules[name] = None
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def test_every_module_imports_without_what_only_posix_has() -> None:
    names = [
        info.name
        for info in pkgutil.walk_packages(onezip.__path__, "onezip.")
        if info.name != "onezip.__main__"
    ]
    assert len(names) > 40
    subprocess.run([sys.executable, "-c", HIDE, *names], check=True)


def test_the_public_names() -> None:
    for name in onezip.__all__:
        assert getattr(onezip, name) is not None
