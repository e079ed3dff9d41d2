from pathlib import Path

import pytest

from lint.elves import elf
from lint.made import Files, codes, look, of, one, program, provided, python, write
from onezip.errors import Severity


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (".git/objects/ab/cd", "check.vcs"),
        ("vendor/x/.hg/store", "check.vcs"),
        ("git/x", ""),
        (".pytest_cache/v/x", "check.cache"),
        ("a/.ruff_cache/x", "check.cache"),
        (".venv/lib/x.py", "check.cache"),
        (".aws-sam/build/x", "check.cache"),
        ("cdk.out/x.json", "check.cache"),
        (".terraform/x", "check.cache"),
        (".idea/x.xml", "check.editor"),
        ("a/.vscode/x.json", "check.editor"),
        ("app.py~", "check.editor"),
        (".app.py.swp", "check.editor"),
        ("__MACOSX/._app.py", "check.editor"),
        ("desktop.ini", "check.editor"),
        ("tests/x.py", "check.tests"),
        ("test_app.py", "check.tests"),
        ("pkg/sub/test/x.py", "check.tests"),
        ("greet_test.go", "check.tests"),
        ("latest/x.py", ""),
        ("numpy/testing/x.py", ""),
        ("contest.py", ""),
        ("x-1.dist-info/INSTALLER", "check.not-normalised"),
        ("x-1.dist-info/direct_url.json", "check.not-normalised"),
        ("x-1.dist-info/licenses/RECORD", ""),
        ("bin/run.CMD", "check.windows-script"),
        ("old.tar.gz", "check.archive"),
        ("x.whl", "check.archive"),
    ],
)
def test_names(name: str, code: str, tmp_path: Path) -> None:
    files = {name: b"", "x-1.dist-info/METADATA": b""}
    assert codes(python(tmp_path / "a.zip", files)) == ({code} if code else set())


def test_a_virtual_environment_under_any_name(tmp_path: Path) -> None:
    files = {"myenv/pyvenv.cfg": b"", "myenv/lib/x.py": b"", "myenvoy/x.py": b""}
    found = one(python(tmp_path / "a.zip", files), "check.cache")
    assert found.message.startswith("2 files")


def test_own_tests_and_those_of_packages_are_told_apart(tmp_path: Path) -> None:
    files = {"tests/a.py": b"", "x/tests/b.py": b"", "x/tests/c.py": b"", "x-1.dist-info/METADATA": b""}
    own, others = of(python(tmp_path / "a.zip", files), "check.tests")
    assert own.message.startswith("1 files of the function's tests")
    assert others.message.startswith("2 files of packages' tests")


def test_node_modules_beside_a_program(tmp_path: Path) -> None:
    files: Files = {"bootstrap": program(elf()), "node_modules/x.js": b""}
    found = one(provided(tmp_path / "a.zip", files), "check.node-modules")
    assert "which provided.al2023 does not use" in found.message
    assert not of(look(write(tmp_path / "b.zip", files)), "check.node-modules")


def test_a_zip_in_a_zip(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"function.zip": b""})
    assert one(look(path), "check.archive").severity is Severity.ERROR
