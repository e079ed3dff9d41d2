"""Tools and packages that tests fetch: each once, into a folder that later runs find again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import venv
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from builder.python_driver import no_index
from onezip.mutex import Mutex

CACHE = Path(os.environ.get("ONEZIP_TEST_CACHE", "~/.cache/onezip-tests")).expanduser()
"""What is fetched, by name and version."""

PROGRAMS = "Scripts" if os.name == "nt" else "bin"


def kept(name: str, fill: Callable[[Path], None]) -> Path:
    """A folder of the cache: filled by one process at a time, and whole or not at all."""
    folder = CACHE / name
    with Mutex(f"{folder}.lock"):
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            fill(folder)
            (folder / "done").touch()
    return folder


def twice(
    words: Sequence[str], env: Mapping[str, str], cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run what fetches from the Go proxy, and once more where that broke off: Go asks only once."""
    for _ in range(2):
        done = subprocess.run(words, env=env, cwd=cwd, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            break
    return done


@cache
def tool(name: str, *packages: str) -> Path:
    """A program of packages from the index, in an environment of their own. Skips where there is no index."""

    def fill(folder: Path) -> None:
        if reason := no_index():
            pytest.skip(reason)
        venv.create(folder, with_pip=True)
        subprocess.run([folder / PROGRAMS / "python", "-m", "pip", "install", "-q", *packages], check=True)

    return kept("-".join(re.sub(r"[^a-z0-9.]+", "-", each) for each in packages), fill) / PROGRAMS / name


@cache
def go_tool(package: str, version: str) -> Path:
    """A program from the Go proxy. Skips where there is no Go."""
    name = re.sub(r".*/", "", package)

    def fill(folder: Path) -> None:
        go = shutil.which("go")
        if go is None:
            pytest.skip("Go is not here: install it from https://go.dev/dl, or pip install 'onezip[go]'")
        env = {**os.environ, "GOBIN": str(folder), "CGO_ENABLED": "0", "GOFLAGS": "-trimpath"}
        done = twice([go, "install", f"{package}@{version}"], env)
        assert done.returncode == 0, done.stderr

    return kept(f"{name}-{version}", fill) / name
