"""Finding uv: beside onezip first, then on PATH, never an old one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builder.python_driver import needs_uv
from onezip.builder import uv as module
from onezip.errors import ToolMissing


def fake(folder: Path, words: str) -> str:
    script = folder / "uv"
    script.write_text(f"#!/bin/sh\necho '{words}'\n")
    script.chmod(0o755)
    return str(script)


@needs_uv
def test_the_uv_beside_onezip() -> None:
    tool = module.uv()
    said = subprocess.run([tool.path, "--version"], check=True, capture_output=True, text=True).stdout
    assert said.split()[1] == tool.version
    assert (tool.name, os.path.isabs(tool.path), tool.env) == (
        "uv",
        True,
        {
            "UV_PYTHON": sys.executable,
            "UV_PYTHON_DOWNLOADS": "never",
        },
    )


@needs_uv
def test_finding_it_starts_no_process_and_loads_little() -> None:
    code = (
        "import subprocess, sys\n"
        "subprocess.Popen = None\n"
        "from onezip.builder.uv import uv\n"
        "uv()\n"
        "print('importlib.metadata' in sys.modules, 'packaging' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script; on Windows: uv.exe")
def test_the_uv_on_path_is_asked_for_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing) as caught:
        module.uv()
    assert (caught.value.message, caught.value.hint) == (
        "uv is not here",
        "install it: python -m pip install uv",
    )
    path = fake(tmp_path, "uv 0.13.9 (abc 2026-01-01)")
    assert (module.uv().path, module.uv().version) == (path, "0.13.9")
    fake(tmp_path, "uv 0.8.24")
    with pytest.raises(ToolMissing, match=r"uv 0\.8\.24 .* is too old; 0\.9 or newer is needed"):
        module.uv()
    fake(tmp_path, "something else")
    with pytest.raises(ToolMissing, match="uv is not here"):
        module.uv()
