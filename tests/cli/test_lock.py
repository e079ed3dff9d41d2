"""`onezip lock`, `build --locked`, `hash`, `explain` and `verify`: proofs, as their users run them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from builder.go_driver import needs_go
from cli.onezip_cli import PLAIN, Said, onezip, plain, project

TWO = PLAIN + PLAIN.replace("functions.plain", "functions.second")


def codes(said: Said) -> list[str]:
    return [each["code"] for each in said.diagnostics]


def test_locked_builds_hold_until_something_changes(tmp_path: Path) -> None:
    plain(tmp_path)
    missing = onezip(tmp_path, "build", "--locked", "--json")
    assert (missing.code, codes(missing)) == (1, ["lock.missing"])
    said = onezip(tmp_path, "lock", "--json")
    assert said.code == 0, said.err
    text = (tmp_path / "onezip.lock").read_text()
    assert said.result["functions"][0]["sha256"] in text
    assert str(tmp_path) not in text
    assert onezip(tmp_path, "build", "--locked").code == 0
    assert onezip(tmp_path, "build", "--locked").code == 0  # nothing changed: the short way
    (tmp_path / "plain/lambda_function.py").write_text("def lambda_handler(event, context):\n    return 1\n")
    changed = onezip(tmp_path, "build", "--locked", "--json")
    assert (changed.code, codes(changed)) == (1, ["lock.differs"])
    assert "changed lambda_function.py" in changed.diagnostics[0]["message"]
    assert onezip(tmp_path, "lock").code == 0
    assert onezip(tmp_path, "build", "--locked").code == 0


def test_a_fresh_clone_builds_what_is_locked(tmp_path: Path) -> None:
    plain(tmp_path / "a")
    assert onezip(tmp_path / "a", "lock").code == 0
    shutil.copytree(tmp_path / "a", tmp_path / "b", ignore=shutil.ignore_patterns("dist", ".home"))
    assert onezip(tmp_path / "b", "build", "--locked").code == 0
    assert onezip(tmp_path / "b", "lock").code == 0
    assert (tmp_path / "b/onezip.lock").read_bytes() == (tmp_path / "a/onezip.lock").read_bytes()


def test_two_functions_locked_at_once(tmp_path: Path) -> None:
    plain(tmp_path, TWO)
    import os

    env = {**os.environ, "ONEZIP_HOME": str(tmp_path / ".home")}
    running = [
        subprocess.Popen([sys.executable, "-m", "onezip", "lock", name], cwd=tmp_path, env=env)
        for name in ("plain", "second")
    ]
    assert [process.wait() for process in running] == [0, 0]
    assert re.findall(r"^\[functions\.(\w+)\]$", (tmp_path / "onezip.lock").read_text(), re.MULTILINE) == [
        "plain",
        "second",
    ]
    assert onezip(tmp_path, "build", "--locked").code == 0


def test_hash_without_building(tmp_path: Path) -> None:
    plain(tmp_path)
    built = onezip(tmp_path, "hash", "plain", "--json")
    assert (built.code, built.result["from"]) == (0, "build")
    assert onezip(tmp_path, "lock").code == 0
    shutil.rmtree(tmp_path / "dist")
    locked = onezip(tmp_path, "hash", "plain", "--json")
    assert locked.result == {**built.result, "from": "lock"}
    assert not (tmp_path / "dist").exists()
    assert onezip(tmp_path, "hash", "plain").out.strip() == built.result["sha256"]
    assert onezip(tmp_path, "hash", "plain", "--base64").out.strip() == built.result["code_sha256"]
    plain(tmp_path, PLAIN + 'compression = "none"\n')
    other = onezip(tmp_path, "hash", "plain", "--json")
    assert other.result["from"] == "build"
    assert other.result["sha256"] != built.result["sha256"]


@needs_go
def test_the_lock_pins_go_where_nothing_else_does(tmp_path: Path) -> None:
    project(tmp_path, '[functions.f]\nsource = "src"\n')
    (tmp_path / "src").mkdir()
    (tmp_path / "src/go.mod").write_text("module example.com/small\n\ngo 1.24\n")
    (tmp_path / "src/main.go").write_text("package main\n\nfunc main() { println(1) }\n")
    loose = onezip(tmp_path, "build", "--json")
    assert codes(loose) == ["go.unpinned"]
    said = onezip(tmp_path, "lock", "--json")
    assert said.code == 0, said.err
    assert said.result["functions"][0]["go"] == "go" + loose.result["functions"][0]["toolchain"][
        "go"
    ].removeprefix("go")
    pinned = onezip(tmp_path, "build", "--locked", "--json")
    assert (pinned.code, codes(pinned)) == (0, [])


def test_check_finds_and_passes_over(tmp_path: Path) -> None:
    plain(tmp_path, PLAIN.replace("lambda_handler", "gone"))
    said = onezip(tmp_path, "check", "--json", "--sarif", "out.sarif")
    assert said.code == 1
    (told,) = said.result["zips"]
    errors = [finding["code"] for finding in told["findings"] if finding["severity"] == "error"]
    assert len(errors) == 1
    assert '"version": "2.1.0"' in (tmp_path / "out.sarif").read_text()
    text = (
        PLAIN.replace("lambda_handler", "gone")
        + f'\n[functions.plain.ignore]\n"{errors[0]}" = "made by a layer"\n'
    )
    plain(tmp_path, text)
    assert onezip(tmp_path, "check").code == 0
    assert onezip(tmp_path, "check", "dist/plain.zip", "--runtime", "provided.al2023").code == 1
    assert onezip(tmp_path, "check", "gone.zip").code == 2
