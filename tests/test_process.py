"""What a tool gets to see, and how it is found and run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from onezip.errors import ToolMissing
from onezip.model.build import Command
from onezip.process import allowed_environment, find_tool, run


def test_tools_get_an_allow_list() -> None:
    told = {
        "PATH": "/bin", "HOME": "/h", "https_proxy": "p", "GOPRIVATE": "x", "GIT_SSH": "s",
        "UV_INDEX_A_PASSWORD": "1",
        "AWS_SECRET_ACCESS_KEY": "no", "GITHUB_TOKEN": "no", "GOFLAGS": "no", "PYTHONPATH": "no",
        "GOENV": "no",
        "SOURCE_DATE_EPOCH": "no", "CGO_ENABLED": "no", "ASKED": "yes",
    }  # fmt: skip
    kept = allowed_environment(told, {"GOFLAGS": ""}, ["ASKED", "ABSENT"])
    assert kept == {
        "PATH": "/bin", "HOME": "/h", "https_proxy": "p", "GOPRIVATE": "x", "GIT_SSH": "s",
        "UV_INDEX_A_PASSWORD": "1",
        "GOFLAGS": "", "ASKED": "yes",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("told", "index"),
    [
        ({"PIP_INDEX_URL": "a"}, "a"),
        ({"PIP_INDEX_URL": "a", "UV_DEFAULT_INDEX": "b"}, "b"),
        ({"PIP_INDEX_URL": "a", "UV_INDEX_URL": "b"}, None),
    ],
)
def test_an_index_that_only_pip_was_told_of(told: dict[str, str], index: str | None) -> None:
    assert allowed_environment(told, {}).get("UV_DEFAULT_INDEX") == index


@pytest.mark.skipif(os.name == "nt", reason="makes a program by its mode, which Windows does not have")
def test_the_working_folder_is_never_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "sometool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    assert find_tool("sometool", f".{os.pathsep}{os.pathsep}relative") is None
    assert find_tool("sometool", str(tmp_path)) == str(tool)
    tool.chmod(0o644)
    assert find_tool("sometool", str(tmp_path)) is None


def test_running(tmp_path: Path) -> None:
    script = "import sys; print(sys.stdin.read().upper()); print('e1\\ne2', file=sys.stderr); sys.exit(7)"
    heard: list[str] = []
    done = run(Command((sys.executable, "-c", script), str(tmp_path), input="ab"), on_line=heard.append)
    assert (done.code, done.stdout.strip(), done.stderr.split()) == (7, "AB", ["e1", "e2"])
    assert heard == ["e1", "e2"]


def test_much_output_on_both_sides_does_not_block(tmp_path: Path) -> None:
    script = "import sys\nfor _ in range(20000): print('o' * 50); print('e' * 50, file=sys.stderr)"
    done = run(Command((sys.executable, "-c", script), str(tmp_path)))
    assert (done.code, len(done.stdout.split()), len(done.stderr.split())) == (0, 20000, 20000)


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing) as caught:
        run(Command((str(tmp_path / "gone"),), str(tmp_path)))
    assert "gone cannot be started" in caught.value.message
