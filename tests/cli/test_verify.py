"""`onezip verify`: real functions that are the same everywhere, and those that are not, with who it was."""

from __future__ import annotations

import io
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest

from builder.go_driver import needs_go
from cli.onezip_cli import PLAIN, Said, onezip, plain, project

pytestmark = pytest.mark.ring2

COMMAND = """\
[functions.made]
language = "command"
source = "src"
runtime = "provided.al2023"
handler = "bootstrap"
command.run = ["sh", "build.sh"]
command.inputs = ["build.sh"]
command.output = "out"
"""


def command(folder: Path, script: str, text: str = COMMAND) -> None:
    """A function that a shell script makes: a script as bootstrap."""
    project(folder, text)
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src/build.sh").write_text(
        f"set -e\nmkdir -p out\n{{ echo '#!/bin/sh'; {script}; }} > out/bootstrap\n"
    )


def verified(folder: Path, *names: str) -> tuple[Said, dict[str, Any]]:
    said = onezip(folder, "verify", *names, "--json")
    assert said.code in {0, 1}, said.err + said.out
    return said, {each["function"]: each for each in said.result["functions"]}


@needs_go
def test_go_and_python_are_the_same_everywhere(tmp_path: Path) -> None:
    text = PLAIN + '[functions.prog]\nsource = "prog"\n[functions.deps]\nsource = "deps"\n'
    text += 'runtime = "python3.13"\nhandler = "app.handler"\n'
    plain(tmp_path, text)
    (tmp_path / "prog").mkdir()
    (tmp_path / "prog/go.mod").write_text("module example.com/prog\n\ngo 1.24\n")
    (tmp_path / "prog/main.go").write_text(
        'package main\n\nimport "strings"\n\nfunc main() { println(strings.ToUpper("x")) }\n'
    )
    (tmp_path / "deps").mkdir()
    (tmp_path / "deps/app.py").write_text("import markupsafe\n\ndef handler(event, context): ...\n")
    (tmp_path / "deps/requirements.txt").write_text("markupsafe==3.0.2\nidna==3.10\n")
    said, found = verified(tmp_path)
    assert said.code == 0, said.out
    assert set(found) == {"plain", "prog", "deps"}
    for each in found.values():
        assert each["same"]
        assert each["sha256"] == each["again"] != ""
    assert {"umask", "time zone", "locale", "hash seed"} <= set(said.result["surroundings"])


def test_a_command_that_writes_the_time_is_named(tmp_path: Path) -> None:
    command(tmp_path, "date +%s%N")
    said, found = verified(tmp_path)
    assert said.code == 1
    assert found["made"]["depends_on"] == ["another run"]
    (suspect,) = found["made"]["suspects"]
    assert suspect["summary"] == "the command `sh build.sh` wrote bootstrap"
    assert "SOURCE_DATE_EPOCH" in suspect["advice"]
    assert suspect["entries"] == ["bootstrap"]
    assert any("date" in cause["code"] or cause["entries"] for cause in found["made"]["causes"])
    assert "made: the command `sh build.sh` wrote bootstrap" in onezip(tmp_path, "verify").out


@pytest.mark.parametrize(
    ("script", "culprit"),
    [("pwd", "another folder"), ("umask", "umask"), ("echo $LC_ALL", "locale")],
)
def test_what_a_command_depends_on_is_named(script: str, culprit: str, tmp_path: Path) -> None:
    command(tmp_path, script)
    _, found = verified(tmp_path)
    if script.startswith("echo") and found["made"]["same"]:
        return  # the variable is none that a command sees
    assert found["made"]["depends_on"] == [culprit]


def test_an_input_that_nobody_told_is_found_and_blames_one_function(tmp_path: Path) -> None:
    text = COMMAND + COMMAND.replace("functions.made", "functions.good").replace('"src"', '"good"')
    command(tmp_path, "cat secret.txt", text)
    (tmp_path / "src/secret.txt").write_text("echo hello\n")
    (tmp_path / "good").mkdir()
    (tmp_path / "good/build.sh").write_text("mkdir -p out; echo '#!/bin/sh' > out/bootstrap\n")
    said, found = verified(tmp_path)
    assert said.code == 1
    assert (found["made"]["failed"], found["good"]["same"]) == (True, True)
    errors = [each["code"] for each in said.diagnostics if each["severity"] == "error"]
    assert errors == ["verify.second"]


SETUP = """\
import time
from setuptools import setup
with open("flaky_module.py", "w") as file:
    file.write(f"BUILT = {time.time_ns()}\\n")
setup(name="flaky", version="1.0", py_modules=["flaky_module"])
"""


def source_distribution(path: Path) -> None:
    """A package that writes the time into its module when it is built."""
    with tarfile.open(path, "w:gz") as archive:
        for name, text in (
            ("setup.py", SETUP),
            ("PKG-INFO", "Metadata-Version: 2.1\nName: flaky\nVersion: 1.0\n"),
        ):
            info = tarfile.TarInfo(f"flaky-1.0/{name}")
            info.size, info.mtime = len(text.encode()), int(time.time())
            archive.addfile(info, io.BytesIO(text.encode()))


def test_a_source_distribution_is_named(tmp_path: Path) -> None:
    text = PLAIN + '[functions.plain.python]\nallow_sdist = ["flaky"]\n'
    plain(tmp_path, text)
    (tmp_path / "wheels").mkdir()
    source_distribution(tmp_path / "wheels/flaky-1.0.tar.gz")
    (tmp_path / "plain/requirements.txt").write_text("--find-links ../wheels\nflaky==1.0\nidna==3.10\n")
    said, found = verified(tmp_path)
    assert said.code == 1
    (suspect,) = found["plain"]["suspects"]
    assert suspect["summary"].startswith("flaky, which is built from its source distribution, wrote ")
    assert "flaky_module.py" in suspect["entries"]
    assert "--find-links" in suspect["advice"]
    assert "python.sdist" in {each["code"] for each in said.diagnostics}
