"""onezip.lock in git: branches that lock different functions merge, and what does not merge is told."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from cli.onezip_cli import onezip, project
from onezip.builder.lock import parse

NAMES = ("alpha", "beta", "gamma")
pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="needs git: apt-get install git")


def git(folder: Path, *words: str, fine: bool = True) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode == 0) == fine, done.stdout + done.stderr
    return done.stdout


def write(folder: Path, name: str, text: str = "None") -> None:
    (folder / name).mkdir(exist_ok=True)
    (folder / name / "app.py").write_text(f"def handler(event, context):\n    return {text}\n")


def commit(folder: Path, words: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", words)


def described(*names: str) -> str:
    return "".join(
        f'[functions.{name}]\nsource = "{name}"\nruntime = "python3.13"\nhandler = "app.handler"\n'
        for name in names
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Three functions, locked and committed."""
    folder = project(tmp_path / "repo", described(*NAMES))
    (folder / ".gitignore").write_text("dist/\n.home/\n")
    for name in NAMES:
        write(folder, name)
    assert onezip(folder, "lock").code == 0
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "three functions")
    return folder


@pytest.mark.parametrize(("ours", "theirs"), [("alpha", "beta"), ("beta", "gamma"), ("gamma", "alpha")])
def test_branches_that_lock_one_function_each_merge(ours: str, theirs: str, repository: Path) -> None:
    """Neighbours in the file too."""
    git(repository, "switch", "-q", "-c", "theirs")
    write(repository, theirs, "1")
    (repository / theirs / "more.py").write_text("")
    assert onezip(repository, "lock", theirs).code == 0
    commit(repository, "theirs")
    git(repository, "switch", "-q", "main")
    write(repository, ours, "2")
    (repository / ours / "zeta.py").write_text("")
    assert onezip(repository, "lock", ours).code == 0
    commit(repository, "ours")
    git(repository, "merge", "-q", "--no-edit", "theirs")
    text = (repository / "onezip.lock").read_text()
    assert set(parse(text)) == set(NAMES)
    assert onezip(repository, "build", "--locked").code == 0
    assert onezip(repository, "lock").code == 0
    assert (repository / "onezip.lock").read_text() == text


def test_a_branch_that_adds_a_function_and_one_that_removes_one_merge(repository: Path) -> None:
    git(repository, "switch", "-q", "-c", "theirs")
    project(repository, described(*NAMES) + described("zeta"))
    write(repository, "zeta")
    assert onezip(repository, "lock", "zeta").code == 0
    commit(repository, "theirs")
    git(repository, "switch", "-q", "main")
    project(repository, described("beta", "gamma"))
    shutil.rmtree(repository / "alpha")
    assert onezip(repository, "lock", "beta").code == 0
    commit(repository, "ours")
    git(repository, "merge", "-q", "--no-edit", "theirs")
    assert set(parse((repository / "onezip.lock").read_text())) == {"beta", "gamma", "zeta"}
    assert onezip(repository, "build", "--locked").code == 0


def test_branches_that_lock_the_same_function_conflict_and_are_told_so(repository: Path) -> None:
    git(repository, "switch", "-q", "-c", "theirs")
    write(repository, "beta", "1")
    assert onezip(repository, "lock").code == 0
    commit(repository, "theirs")
    git(repository, "switch", "-q", "main")
    write(repository, "beta", "2")
    assert onezip(repository, "lock").code == 0
    commit(repository, "ours")
    git(repository, "merge", "-q", "--no-edit", "theirs", fine=False)
    said = onezip(repository, "build", "--locked", "--json")
    assert (said.code, said.diagnostics[0]["code"]) == (2, "lock.malformed")
    assert "unfinished merge" in said.diagnostics[0]["message"]
    git(repository, "checkout", "-q", "--theirs", ".")
    assert onezip(repository, "build", "--locked").code == 0
