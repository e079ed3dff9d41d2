"""Locks that Poetry and Pipenv write themselves, against what these tools say of them; both are fetched."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from builder.python_driver import Installed, function, install, make_wheel, needs_uv, sound
from builder.python_index import Index, alone, serving
from fetched import tool
from onezip.builder.languages.python_target import target
from onezip.errors import OnezipError
from onezip.model.function import Function

pytestmark = [needs_uv, pytest.mark.ring2]

POETRY = ("poetry==2.5.1", "poetry-plugin-export==1.10.1")
POETRY_1 = ("poetry==1.8.5", "poetry-plugin-export==1.8.0")
PIPENV = ("pipenv==2026.10.3",)
MICROPIPENV = ("micropipenv[toml]==1.10.0",)


def run(program: Path, *words: str, cwd: Path) -> str:
    kept = ("PATH", "HOME", "NO_PROXY")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    env |= {"PIPENV_VENV_IN_PROJECT": "1", "PIPENV_IGNORE_VIRTUALENVS": "1", "POETRY_VIRTUALENVS_CREATE": "0"}
    env |= {"POETRY_CACHE_DIR": str(cwd.parent / "poetry"), "PIP_NO_CACHE_DIR": "1", "CI": "1"}
    done = subprocess.run([program, *words], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fitting(text: str, what: Function) -> list[str]:
    """`name==version` of each line of a requirements file that applies on Lambda."""
    found = set()
    for line in re.sub(r"\\\\\n\s*--hash=\S+", "", text).splitlines():
        if line.strip() and not line.startswith(("#", "-")):
            wanted = Requirement(line)
            if target(what).applies(str(wanted.marker or "")):
                found.add(f"{wanted.name}{wanted.specifier}")
    return sorted(found)


def installed(done: Installed) -> list[str]:
    return ["==".join(package.split()[:2]) for package in sound(done).packages]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    wheels = tmp_path / "wheels"
    needs = {
        "web": ["base>=1", "colour ; sys_platform == 'win32'", "fast>=1 ; extra == 'speed'"],
        "base": ["old ; python_version < '3.12'", "new ; python_version >= '3.12'"],
        "tested": ["web[speed]", "colour"],
        "both": [],
        "fast": [],
        "colour": [],
        "old": [],
        "new": [],
    }
    for name, lines in needs.items():
        for version in ("1.0", "1.2", "2.0"):
            make_wheel(wheels, name, version, {f"{name}.py": version}, needs=lines)
    alone(monkeypatch, tmp_path / "cache")
    with serving(wheels) as found:
        yield found


TWO = """
[project]
name = "shop"
version = "1"
requires-python = ">=3.11,<4"
dependencies = ["web<2", "both==1.0 ; python_version < '3.12'", "both==2.0 ; python_version >= '3.12'"]
[project.optional-dependencies]
speed = ["fast"]
[tool.poetry]
package-mode = false
[dependency-groups]
dev = ["tested"]
"""
ONE = """
[tool.poetry]
name = "shop"
version = "1"
description = ""
authors = []
package-mode = false
[tool.poetry.dependencies]
python = "^3.11"
web = "~1"
fast = {version = "^1.0", optional = true}
both = [{version = "1.0", python = "<3.12"}, {version = "^2", markers = "python_version >= '3.12'"}]
[tool.poetry.extras]
speed = ["fast"]
[tool.poetry.group.dev.dependencies]
tested = "*"
"""


def would_install(poetry: Path, project: Path, *words: str) -> list[str]:
    """`name==version` of what Poetry would install on this machine."""
    told = run(poetry, "install", "--no-root", "--dry-run", *words, cwd=project)
    found = re.findall(r"- (?:Installing|Downgrading|Updating) (\S+) \((\S+)\)$", told, re.MULTILINE)
    return sorted("==".join(each) for each in found)


@pytest.mark.parametrize(
    ("packages", "text", "runtime"),
    [
        (POETRY, TWO, "python3.11"),
        (POETRY, TWO, "python3.13"),
        (POETRY, ONE, "python3.13"),
        (POETRY_1, ONE, "python3.11"),
    ],
)
def test_poetry(tmp_path: Path, index: Index, packages: tuple[str, ...], text: str, runtime: str) -> None:
    poetry = tool("poetry", *packages)
    project = tmp_path / "shop"
    project.mkdir()
    source = f"[[tool.poetry.source]]\nname = 'here'\nurl = '{index.url}'\npriority = 'primary'\n"
    (project / "pyproject.toml").write_text(text + source)
    run(poetry, "lock", "--no-interaction", cwd=project)
    for number, (extras, groups) in enumerate((((), ()), (("speed",), ()), ((), ("dev",)))):
        what = function(runtime, extras=extras, groups=groups)
        done = install(project, tmp_path / str(number), what)
        assert done.facts.details["hashed"] == "yes"
        words = [*(f"--extras={extra}" for extra in extras), f"--only={','.join(('main', *groups))}"]
        if packages == POETRY:
            told = run(poetry, "export", "--without-hashes", *words, cwd=project)
            assert installed(done) == fitting(told, what)
        if runtime == f"python{sys.version_info[0]}.{sys.version_info[1]}" and sys.platform == "linux":
            assert installed(done) == would_install(poetry, project, *words)
    (project / "pyproject.toml").write_text(text.replace("web", "base", 1) + source)
    with pytest.raises(OnezipError) as caught:
        install(project, tmp_path / "t", function(runtime))
    assert (caught.value.code, caught.value.hint) == ("python.stale-lock", "run `poetry lock`")


def test_pipenv(tmp_path: Path, index: Index) -> None:
    pipenv = tool("pipenv", *PIPENV)
    project = tmp_path / "shop"
    project.mkdir()
    text = (
        f"[[source]]\nname = 'here'\nurl = '{index.url}'\nverify_ssl = false\n"
        "[packages]\nweb = {version = '<2', extras = ['speed']}\n"
        "[dev-packages]\ntested = '*'\n[docs]\nboth = '==1.2'\n"
    )
    (project / "Pipfile").write_text(text)
    run(pipenv, "lock", cwd=project)
    what = function("python3.11")
    done = install(project, tmp_path / "a", what)
    assert installed(done) == fitting(run(pipenv, "requirements", cwd=project), what)
    assert done.facts.details["hashed"] == "yes"
    other = tool("micropipenv", *MICROPIPENV)
    told = run(other, "requirements", "--method", "pipenv", "--no-dev", "--no-hashes", cwd=project)
    assert installed(done) == fitting(told, what)
    docs = function("python3.11", groups=("docs",))
    told = run(pipenv, "requirements", "--categories", "packages,docs", cwd=project)
    assert installed(install(project, tmp_path / "b", docs)) == fitting(told, docs)
    (project / "Pipfile").write_text(text.replace("'<2'", "'<3'"))
    with pytest.raises(OnezipError) as caught:
        install(project, tmp_path / "c", what)
    assert (caught.value.code, caught.value.hint) == ("python.stale-lock", "run `pipenv lock`")
