"""A folder without a project file on the whole road: what is found, and what of a repository stays out."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from builder.python_driver import make_wheel, needs_uv
from cli.onezip_cli import onezip
from detect.listing import HANDLER
from onezip.archive.collect import Source, collect
from onezip.archive.patterns import LITTER
from onezip.config import detected
from onezip.config.load import load_project
from onezip.errors import ProjectError
from onezip.model.function import Patterns

KEPT = ("app.py", "LICENSE", "data/template.yaml", "data/README.md", "lib/tests/test_x.py", "my.env.py")


def write(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HANDLER if path.suffix == ".py" else "x")
    return folder


def sample_of(line: str) -> str:
    """A name that a line of LITTER is about."""
    name = line.lstrip("/").replace("*", "x")
    return f"{name}file.py" if name.endswith("/") else name


@pytest.mark.parametrize(("line", "reason"), LITTER)
def test_each_kind_of_litter_stays_out_with_its_reason(tmp_path: Path, line: str, reason: str) -> None:
    folder = write(tmp_path, *KEPT, sample_of(line))
    sources = [Source(str(folder), patterns=Patterns(tidy=True))]
    found = collect(sources, report=lambda _: None)
    assert {entry.name for entry in found.entries} == set(KEPT)
    [left] = found.left_out
    path = sample_of(line).removesuffix("file.py") if line.endswith("/") else sample_of(line)
    assert (left.path, left.reason) == (path, reason)
    every = collect([Source(str(folder))], report=lambda _: None)
    assert {entry.name for entry in every.entries} == {*KEPT, sample_of(line)}
    installed = collect([Source(str(folder), patterns=Patterns(tidy=True), own=False)], report=lambda _: None)
    assert len(installed.entries) == len(KEPT) + 1


def test_a_line_of_the_project_brings_litter_back(tmp_path: Path) -> None:
    folder = write(tmp_path, "app.py", "README.md", "uv.lock")
    patterns = Patterns(exclude=("!README.md",), tidy=True)
    found = collect([Source(str(folder), patterns=patterns)], report=lambda _: None)
    assert {entry.name for entry in found.entries} == {"app.py", "README.md"}


@needs_uv
def test_a_repository_is_built_without_its_litter(tmp_path: Path) -> None:
    folder = write(tmp_path / "shop", "app.py", "README.md", "tests/test_app.py", "Makefile", "dist/old.zip")
    make_wheel(tmp_path / "wheels", "dep", "1.0", {"README.md": "of the dependency", "dep/README.md": "too"})
    (folder / "requirements.txt").write_text("--no-index\n--find-links ../wheels\ndep==1.0\n")
    assert load_project(str(folder)).functions["shop"].patterns == Patterns(tidy=True)
    said = onezip(folder, "build", "--verbose", home=tmp_path / "home")
    assert said.code == 0, said.err
    for line in (
        "shop: left out README.md (words for people)",
        "shop: left out tests/ (tests)",
        "shop: left out Makefile (a tool's settings)",
        "shop: left out requirements.txt (a description of dependencies)",
    ):
        assert line in said.err
    with zipfile.ZipFile(folder / "dist/shop.zip") as file:
        names = set(file.namelist())
        assert file.read("README.md") == b"of the dependency"
    assert names >= {"app.py", "dep/README.md"}
    assert not names & {"Makefile", "tests/test_app.py", "requirements.txt", "dist/old.zip"}
    plan = onezip(folder, "build", "--plan", home=tmp_path / "home")
    assert "stay out of Python functions: --verbose lists them" in plan.err


def test_whoever_describes_a_function_says_what_goes_in(tmp_path: Path) -> None:
    folder = write(tmp_path, "app.py")
    (folder / "onezip.toml").write_text('[functions.a]\nsource = "."\nhandler = "app.lambda_handler"\n')
    assert not load_project(str(folder)).functions["a"].patterns.tidy


def test_a_walk_has_an_end(tmp_path: Path) -> None:
    deep = "/".join("abcdefgh")
    folder = write(
        tmp_path, f"{deep}/app.py", f"{deep}/i/app.py", "a/node_modules/x/app.py", "b/.venv/app.py"
    )
    [function] = load_project(str(folder)).functions.values()
    assert function.source == deep
    (folder / deep / "app.py").unlink()
    with pytest.raises(ProjectError) as caught:
        load_project(str(folder))
    assert caught.value.code == "project.missing"


def test_a_tree_with_too_many_folders_is_cut(tmp_path: Path) -> None:
    folder = write(tmp_path, "a/app.py")
    for number in range(detected.MOST):
        (folder / f"d{number:05}").mkdir()
    project = load_project(str(folder))
    assert [function.source for function in project.functions.values()] == ["a"]
    assert any("only the first 5,000 folders were looked into" in note for note in project.notes)


def test_a_folder_with_nothing_for_us_says_what_was_seen(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        load_project(str(write(tmp_path, "examples/hello/app.py")))
    assert "not taken for functions: examples/hello/app.py (below examples)" in caught.value.hint
    assert 'source = "examples/hello"' in caught.value.hint
