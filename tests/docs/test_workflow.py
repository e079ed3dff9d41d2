"""The workflow that compares digests on many systems: sound, pinned actions, and a last job that does it."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github/workflows/same-bytes.yml"


def text() -> str:
    return WORKFLOW.read_text(encoding="utf-8")


def script() -> str:
    """The Python program of the last job."""
    found = re.search(r"^ +python3 - <<'PYTHON'\n(.*?)^ +PYTHON$", text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    return textwrap.dedent(found[1])


def test_its_shape() -> None:
    lines = text().splitlines()
    assert [line for line in lines if line and not line.startswith((" ", "#"))] == [
        "name: same bytes",
        "on:",
        "permissions:",
        "jobs:",
    ]
    assert "\t" not in text()
    assert all((len(line) - len(line.lstrip())) % 2 == 0 for line in lines)
    assert lines[lines.index("permissions:") + 1 :][:2] == ["  contents: read", ""]
    uses = re.findall(r"uses: (\S+)", text())
    assert uses
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", action) for action in uses)
    for system in ("ubuntu", "macos", "windows"):
        assert len(re.findall(rf"^ +- {system}-", text(), re.MULTILINE)) == 2, system


def test_it_is_yaml() -> None:
    """PyYAML is no dependency: where it is not here, the shape above has to do."""
    if importlib.util.find_spec("yaml") is None:
        return
    workflow: dict[str, Any] = importlib.import_module("yaml").safe_load(text())
    assert workflow["permissions"] == {"contents": "read"}
    assert set(workflow["jobs"]) == {"build", "compare"}
    assert workflow["jobs"]["compare"]["needs"] == "build"
    names = [step["name"] for step in workflow["jobs"]["build"]["steps"]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("digests", "code"),
    [({"one": "aa", "two": "aa"}, 0), ({"one": "aa", "two": "bb"}, 1), ({"one": "aa"}, 1), ({}, 1)],
)
def test_the_last_job_compares(tmp_path: Path, digests: dict[str, str], code: int) -> None:
    for system, digest in digests.items():
        folder = tmp_path / "records" / f"records-{system}"
        folder.mkdir(parents=True)
        for name in ("go-hello", "python-hello"):
            record: dict[str, Any] = {"function": name, "sha256": digest * 32, "components": []}
            (folder / f"{name}.json").write_text(json.dumps(record))
    done = subprocess.run(
        [sys.executable, "-c", script()], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    for digest in digests.values():
        assert digest * 32 in done.stdout
