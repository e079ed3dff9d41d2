"""`BuildMethod: makefile`: make runs where that is allowed, in a copy, and what it leaves is packed."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from builder.elf_samples import elf
from builder.go_driver import write
from cli.onezip_cli import Said, onezip

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make: install it, as apt's make")

TEMPLATE = """\
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: app, Handler: bootstrap, Runtime: provided.al2023, Architectures: [x86_64]}
    Metadata: {BuildMethod: makefile}
"""
MAKEFILE = """\
build-Hello:
\t./tool.sh > made.txt
\tcp made.txt $(ARTIFACTS_DIR)/
\tcp program $(ARTIFACTS_DIR)/bootstrap
\tenv > $(ARTIFACTS_DIR)/env.txt
"""


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    write(
        tmp_path,
        {"template.yaml": TEMPLATE, "app/Makefile": MAKEFILE, "app/tool.sh": "#!/bin/sh\necho $PWD; ls\n"},
    )
    (tmp_path / "app/tool.sh").chmod(0o755)
    (tmp_path / "app/program").write_bytes(elf())
    return tmp_path


def build(folder: Path, *words: str) -> Said:
    home = folder.parent / f"{folder.name}-home"  # what lies below a CodeUri counts
    env = {"SECRET": "x", "MAKEFLAGS": "-n"}
    return onezip(folder, "build", "--allow-commands", "--json", *words, home=home, env=env)


def status(said: Said) -> str:
    assert said.code == 0, said.out
    return str(said.result["functions"][0]["status"])


def test_without_the_flag_nothing_runs(stack: Path) -> None:
    said = onezip(stack, "build")
    assert said.code == 2
    assert "Hello: not built here: built by make" in said.err
    assert "--allow-commands" in said.err
    assert not (stack / "dist").exists()
    python = TEMPLATE.replace("Hello", "Py").replace("provided.al2023", "python3.13")
    more = python.replace("bootstrap", "app.handler").replace("CodeUri: app", "CodeUri: py")
    more = more.replace("    Metadata: {BuildMethod: makefile}\n", "").partition("\n")[2]
    write(stack, {"template.yaml": TEMPLATE + more, "py/app.py": "def handler(e, c): return 1\n"})
    said = onezip(stack, "build", "--plan")
    assert said.code == 0, said.err
    assert "Hello: not built here" in said.err
    assert "Py" in said.out


def test_make_builds_in_a_copy(stack: Path) -> None:
    before = sorted(path.name for path in (stack / "app").iterdir())
    assert status(build(stack)) == "built"
    assert sorted(path.name for path in (stack / "app").iterdir()) == before
    with zipfile.ZipFile(stack / "dist/Hello.zip") as file:
        assert file.namelist() == ["bootstrap", "env.txt", "made.txt"]
        folder, *names = file.read("made.txt").decode().splitlines()
        variables = dict(line.partition("=")[::2] for line in file.read("env.txt").decode().splitlines())
    assert not folder.startswith(str(stack / "app"))
    assert names == ["Makefile", "made.txt", "program", "tool.sh"]
    assert "SECRET" not in variables
    assert variables["SOURCE_DATE_EPOCH"] == "315532800"
    assert variables["ARTIFACTS_DIR"].endswith("/Hello")


def test_every_file_counts_and_nothing_that_make_leaves(stack: Path) -> None:
    assert status(build(stack)) == "built"
    assert status(build(stack)) == "unchanged"
    for name in ("app/deep/er/new.txt", "app/build/x", "app/tool.sh"):
        write(stack, {name: "#!/bin/sh\necho 1\n"})
        assert status(build(stack)) == "built", name
        assert status(build(stack)) == "unchanged", name


def test_an_output_folder_in_the_source_does_not_count(stack: Path) -> None:
    template = stack / "template.yaml"
    template.write_text(TEMPLATE.replace("CodeUri: app", "CodeUri: ."))
    for path in list((stack / "app").iterdir()):
        path.rename(stack / path.name)
    for words in ((), ("-o", "out")):
        assert status(build(stack, *words)) in {"built", "cached"}
        assert status(build(stack, *words)) == "unchanged"


@pytest.mark.parametrize(
    ("makefile", "said"),
    [
        ("all:\n\ttrue\n", "Hello: its Makefile has no target build-Hello"),
        ("build-Hello:\n\ttrue\n", "Hello: ARTIFACTS_DIR holds no bootstrap, but nothing"),
        ("build-Hello:\n\t@echo wrong >&2; exit 3\n", "Hello: make build-Hello failed"),
    ],
)
def test_what_make_does_wrong(stack: Path, makefile: str, said: str) -> None:
    write(stack, {"app/Makefile": makefile})
    found = build(stack)
    assert found.code == 4
    (error,) = [each for each in found.diagnostics if each["severity"] == "error"]
    assert error["message"] == said


def test_a_bootstrap_may_come_from_a_layer(stack: Path) -> None:
    write(stack, {"app/Makefile": "build-Hello:\n\tcp tool.sh $(ARTIFACTS_DIR)/\n"})
    said = build(stack)
    assert status(said) == "built"
    (told,) = [each for each in said.diagnostics if each["code"] == "archive.bootstrap"]
    assert told["severity"] == "warning"
    assert told["message"] == (
        "Hello: ARTIFACTS_DIR holds no bootstrap, but tool.sh: right only where a layer has it"
    )


def test_a_link_that_leads_out_is_told(stack: Path) -> None:
    (stack / "app/link").symlink_to("/etc/hostname")
    found = build(stack)
    assert found.code == 4
    assert found.diagnostics[-1]["code"] == "archive.link"
