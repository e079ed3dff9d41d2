"""Python functions on the whole road: what makes a build stale, what is said, what one failure leaves."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from builder.python_driver import make_project, make_wheel, needs_uv
from cli.onezip_cli import onezip
from onezip.builder.engine import Outcome, build
from onezip.config.load import load_project
from onezip.errors import BuildFailed, Diagnostic

pytestmark = needs_uv

API = '[functions.api]\nsource = "src"\nruntime = "python3.13"\nhandler = "app.handler"\n'
LOCAL = "--no-index\n--find-links ../wheels\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ONEZIP_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    folder = tmp_path / "shop"
    (folder / "src").mkdir(parents=True)
    (folder / "onezip.toml").write_text(API)
    (folder / "src" / "app.py").write_text("def handler(event, context):\n    return 1\n")
    make_wheel(folder / "wheels", "dep", "1.0", {"dep.py": "1"})
    return folder


def built(folder: Path, said: list[Diagnostic] | None = None, *, run_builds: bool = True) -> Outcome:
    report = said.append if said is not None else None
    return build(load_project(str(folder)), report=report, run_builds=run_builds)


def status(folder: Path) -> str:
    outcome = built(folder)
    for _, error in outcome.failed:
        raise error
    return outcome.built[0].status


def names(folder: Path) -> list[str]:
    with zipfile.ZipFile(folder / "dist" / "api.zip") as file:
        return file.namelist()


def test_every_file_of_a_local_project_counts(project: Path) -> None:
    lib = make_project(project / "lib", "lib", {"lib/a.py": "1"}, needs=["dep"])
    (project / "src" / "requirements.txt").write_text(LOCAL + "-e ../lib\n")
    said: list[Diagnostic] = []
    built(project, said)
    assert [each.code for each in said] == ["python.runs-build", "python.unpinned"]
    assert {"lib/a.py", "dep.py", "app.py", "lib-1.0.dist-info/METADATA"} <= set(names(project))
    assert status(project) == "unchanged"
    (lib / "code" / "lib" / "a.py").write_text("2")
    assert status(project) == "built"
    (lib / "code" / "lib" / "b.py").write_text("new")
    assert status(project) == "built"
    assert "lib/b.py" in names(project)
    (lib / "code" / "lib" / "b.py").unlink()
    assert status(project) == "cached"
    (lib / "__pycache__").mkdir()
    (lib / "__pycache__" / "x.pyc").write_text("does not count")
    assert status(project) == "unchanged"


def test_nothing_of_a_local_project_runs_where_that_is_refused_or_not_needed(project: Path) -> None:
    make_project(project / "lib", "lib", {"lib.py": "1"})
    (project / "src" / "requirements.txt").write_text(LOCAL + "../lib\n")
    [(_, error)] = built(project, run_builds=False).failed
    assert error.code == "python.runs-build"
    assert status(project) == "built"
    (project / "src" / "app.py").write_text("def handler(event, context):\n    return 2\n")
    said: list[Diagnostic] = []
    outcome = built(project, said, run_builds=False)
    assert outcome.failed == ()  # the wheel of an equal build serves again
    assert [each.code for each in said] == []


def test_a_wheel_that_changed_in_its_folder_counts(project: Path) -> None:
    (project / "src" / "requirements.txt").write_text(LOCAL + "dep==1.0\n")
    assert status(project) == "built"
    make_wheel(project / "wheels", "dep", "1.0", {"dep.py": "another"})
    assert status(project) == "built"
    with zipfile.ZipFile(project / "dist" / "api.zip") as file:
        assert file.read("dep.py") == b"another"


def test_a_description_that_comes_and_goes(project: Path) -> None:
    assert status(project) == "built"
    assert "dep.py" not in names(project)
    text = "[project]\nname = 'shop'\nversion = '1'\ndependencies = ['dep']\n"
    settings = "[tool.uv]\nno-index = true\nfind-links = ['wheels']\n"
    (project / "pyproject.toml").write_text(text + settings)
    assert status(project) == "built"
    assert "dep.py" in names(project)
    assert status(project) == "unchanged"
    (project / "src" / "requirements.txt").write_text("# nothing\n")
    assert status(project) == "built"
    assert "dep.py" not in names(project)
    (project / "src" / "requirements.txt").unlink()
    assert status(project) == "cached"
    (project / "onezip.toml").write_text(API + '[functions.api.python]\nrequirements = ""\n')
    assert status(project) == "built"
    assert "dep.py" not in names(project)


def test_one_broken_description_does_not_stop_the_others(project: Path) -> None:
    (project / "onezip.toml").write_text(API + API.replace("api", "bad").replace('"src"', '"bad"'))
    (project / "bad").mkdir()
    (project / "bad" / "pyproject.toml").write_text("[project\n")
    outcome = built(project)
    assert [each.function for each in outcome.built] == ["api"]
    [(name, error)] = outcome.failed
    assert (name, error.code) == ("bad", "python.requirements")
    [told] = error.diagnostics()
    assert str(told.place) == "bad/pyproject.toml"


def test_functions_of_one_description_share_their_installation(project: Path) -> None:
    (project / "onezip.toml").write_text(API + API.replace("api", "job").replace('"src"', '"more"'))
    (project / "more").mkdir()
    (project / "more" / "app.py").write_text("def handler(event, context):\n    return 2\n")
    lib = make_project(project / "lib", "lib", {"lib.py": "1"}, needs=["dep"])
    text = "[project]\nname = 'shop'\nversion = '1'\ndependencies = ['lib']\n"
    settings = (
        "[tool.uv]\nno-index = true\nfind-links = ['wheels']\n[tool.uv.sources]\nlib = {path = 'lib'}\n"
    )
    (project / "pyproject.toml").write_text(text + settings)
    said: list[Diagnostic] = []
    outcome = built(project, said)
    assert outcome.failed == ()
    assert [each.message for each in said if each.code == "python.runs-build"] == [
        "building lib runs its own code"
    ]
    assert not (lib / "RAN").exists()


# ---- told once ----------------------------------------------------------------------------------------

FAILING = """
import sys
def build_wheel(*words):
    print("a line of no interest", file=sys.stderr)
    raise ValueError("which files to ship?\\n\\nname them in [tool.x]")
"""
PROJECT = "[project]\nname = 'shop'\nversion = '1'\ndependencies = [{needs}]\n"


def members(project: Path, *names: str) -> None:
    """A function below `functions` for each name; each needs the local project lib."""
    (project / "onezip.toml").write_text(
        "".join(API.replace("api", name).replace('"src"', f'"functions/{name}"') for name in names)
    )
    for name in names:
        (project / "functions" / name).mkdir(parents=True)
        (project / "functions" / name / "app.py").write_text(f"def handler(e, c): return {name!r}\n")


def test_a_failing_build_is_told_once_of_all_functions(project: Path) -> None:
    members(project, "a", "b", "c")
    lib = make_project(project / "lib", "lib", {"lib.py": "1"})
    (lib / "backend.py").write_text(FAILING)
    (project / "pyproject.toml").write_text(
        PROJECT.format(needs="'lib'") + "[tool.uv.sources]\nlib = {path = 'lib'}\n"
    )
    (project / "functions" / "c" / "requirements.txt").write_text("../../lib\n")  # a recipe of its own
    said: list[Diagnostic] = []
    failed = dict(built(project, said).failed)
    assert set(failed) == {"a", "b", "c"}
    assert failed["a"] is failed["b"]
    error = failed["a"]
    assert isinstance(error, BuildFailed)
    assert error.message == "a: build lib failed"
    assert error.brief == "ValueError: which files to ship?\nname them in [tool.x]\n"
    assert "a line of no interest" in error.output
    assert [each.message for each in said if each.code == "python.runs-build"] == [
        "building lib runs its own code"
    ]
    short = onezip(project, "build")
    assert short.code == 4
    assert short.err.count("ValueError: which files to ship?") == 1
    assert "error: a, b, c: build lib failed" in short.err
    assert "of no interest" not in short.err
    assert "of no interest" in onezip(project, "build", "--verbose").err


# ---- one file twice -----------------------------------------------------------------------------------


def conflicts(project: Path) -> list[str]:
    said: list[Diagnostic] = []
    for _, error in built(project, said).failed:
        raise error
    return [each.message for each in said if each.code == "python.conflict"]


def test_equal_bytes_are_no_conflict(project: Path) -> None:
    (project / "src" / "requirements.txt").write_text(f"{LOCAL}dep==1.0\n")
    (project / "src" / "dep.py").write_text("1")
    assert conflicts(project) == []
    assert names(project).count("dep.py") == 1
    (project / "src" / "dep.py").write_text("2")
    assert conflicts(project) == ["dep.py: the function's own file replaces a dependency's"]


def test_a_project_beside_its_own_wheel_is_no_conflict(project: Path) -> None:
    """The wheel may hold what a build backend made of the source; the source's own file stays."""
    members(project, "a")
    make_project(project, "shop", {"shop/__init__.py": "made", "app.py": "made", "dep.py": "made"})
    (project / "functions" / "a" / "shop").mkdir()
    (project / "functions" / "a" / "shop" / "__init__.py").write_text("the source's own")
    assert conflicts(project) == []
    with zipfile.ZipFile(project / "dist" / "a.zip") as file:
        assert file.read("shop/__init__.py") == b"the source's own"
        assert file.read("app.py").startswith(b"def handler")
        assert file.read("dep.py") == b"made"


def test_a_stale_copy_of_another_project_is_a_conflict(project: Path) -> None:
    make_project(project / "lib", "lib", {"lib.py": "new"})
    (project / "src" / "requirements.txt").write_text("../lib\n")
    (project / "src" / "lib.py").write_text("old")
    assert conflicts(project) == ["lib.py: the function's own file replaces a dependency's"]
