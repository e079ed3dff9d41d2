"""Which file describes a function's dependencies: texts only, no tool."""

from __future__ import annotations

import pytest

from builder.python_driver import function, reading
from onezip.builder.languages import python
from onezip.builder.languages.python_find import Description, Kind, find
from onezip.errors import ProjectError

ROOT = "/work/shop"
PROJECT = "[project]\nname = 'My.Shop'\n"
WORKSPACE = PROJECT + "[tool.uv.workspace]\nmembers = ['packages/*', 'deep/**']\nexclude = ['packages/out']\n"
MEMBER = "[project]\nname = 'api'\n"
POETRY = "[tool.poetry.dependencies]\npython = '*'\n"


def found(*files: str, source: str = "svc/api", settings: str | None = None, **texts: str) -> str:
    every = dict.fromkeys(files, "") | {
        name.replace("__", "/").replace("_toml", ".toml"): t for name, t in texts.items()
    }
    there = {f"{ROOT}/{name}": text for name, text in every.items()}
    what = function(source=source, requirements=settings)
    about = find(ROOT, what, reading(there)).found
    return "" if about is None else about.file


ORDER = ("requirements.txt", "uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", "pyproject.toml")


@pytest.mark.parametrize("number", range(len(ORDER)))
def test_one_goes_before_another(number: int) -> None:
    there = {
        f"{ROOT}/{name}": PROJECT if name.endswith(".toml") else ""
        for name in (*ORDER[number:], "pyproject.toml")
    }
    search = find(ROOT, function(), reading(there))
    assert search.found is not None
    assert search.found.file == ORDER[number]
    assert search.absent[:number] == [f"{ROOT}/{name}" for name in ORDER[:number]]


def test_the_nearest_counts_and_requirements_of_others_do_not() -> None:
    assert found("svc/api/requirements.txt", "svc/uv.lock") == "svc/api/requirements.txt"
    assert found("requirements.txt", "svc/requirements.txt") == ""
    assert found("svc/poetry.lock", "uv.lock", svc__pyproject_toml=PROJECT) == "svc/poetry.lock"
    assert found(svc__pyproject_toml=PROJECT, pyproject_toml=PROJECT) == "svc/pyproject.toml"
    assert found("../uv.lock", "../requirements.txt") == ""


def test_a_pyproject_of_tools_describes_nothing() -> None:
    assert found(pyproject_toml="[tool.ruff]\nline-length = 80\n") == ""
    assert found(svc__api__pyproject_toml="[tool.ruff]\n", pyproject_toml=POETRY) == "pyproject.toml"


def test_a_named_file_counts_alone() -> None:
    assert found("svc/api/requirements.txt", "deps.in", settings="../../deps.in") == "deps.in"
    assert found("svc/api/requirements.txt", settings="") == ""
    for name, kind in (
        ("../x/pylock.api.toml", Kind.PYLOCK), ("poetry.lock", Kind.POETRY),
        ("Pipfile.lock", Kind.PIPENV), ("pyproject.toml", Kind.PYPROJECT), ("base.txt", Kind.REQUIREMENTS),
    ):  # fmt: skip
        about = find(ROOT, function(requirements=name), reading({f"{ROOT}/pyproject.toml": PROJECT})).found
        assert about is not None
        assert about.kind is kind


def test_a_member_of_a_workspace_has_the_lock_above() -> None:
    files = {
        "/work/pyproject.toml": WORKSPACE,
        "/work/uv.lock": "",
        "/work/packages/api/pyproject.toml": MEMBER,
        "/work/packages/out/pyproject.toml": MEMBER,
        "/work/packages/more/api/pyproject.toml": MEMBER,
        "/work/deep/er/api/pyproject.toml": MEMBER,
    }
    read = reading(files)
    for root, source, project in (
        ("/work", "packages/api", "packages/api"),
        ("/work", "packages/api/src", "packages/api"),
        ("/work", "deep/er/api", "deep/er/api"),
        ("/work/packages/api", "src", "."),
        ("/work/packages", "api/src", "api"),
    ):
        about = find(root, function(source=source), read).found
        assert about == Description(Kind.UV, about.file if about else "", project, "api")
        assert about.file.strip("./") == "uv.lock"
    for root in ("/work/packages/out", "/work/packages/more/api"):
        assert find(root, function(), read).found == Description(Kind.PYPROJECT, "pyproject.toml", ".")
    own = find("/work", function(source="src"), read).found
    assert own == Description(Kind.UV, "uv.lock", ".", "my-shop")


def test_a_workspace_without_a_project_wants_a_member() -> None:
    files = {f"{ROOT}/pyproject.toml": "[tool.uv.workspace]\nmembers = ['a']\n", f"{ROOT}/uv.lock": ""}
    with pytest.raises(ProjectError, match="svc is in none of the projects that it is for"):
        find(ROOT, function(source="svc"), reading(files))


def test_a_pipfile_without_its_lock_is_no_description() -> None:
    with pytest.raises(ProjectError, match=r"there is no Pipfile\.lock") as caught:
        found("Pipfile")
    assert caught.value.hint == "run `pipenv lock`, and commit the lock"
    with pytest.raises(ProjectError, match="says which packages, not which versions"):
        found("Pipfile", settings="Pipfile")


def test_what_was_looked_for_is_known() -> None:
    facts = python.facts(ROOT, function(source="svc"), "", reading({f"{ROOT}/pyproject.toml": "[tool.x]\n"}))
    assert facts.files == (f"{ROOT}/pyproject.toml",)
    assert f"{ROOT}/svc/pyproject.toml" in facts.absent
    assert f"{ROOT}/uv.lock" in facts.absent
    assert f"{ROOT}/requirements.txt" not in facts.absent


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "Pipfile.lock", "pylock.toml", "pyproject.toml"])
def test_a_named_file_that_is_not_there(name: str) -> None:
    what = function(source="svc", requirements=f"../deps/{name}")
    with pytest.raises(ProjectError) as caught:
        python.facts(ROOT, what, "", reading({}))
    assert str(caught.value.place).startswith("deps/")


@pytest.mark.parametrize("name", ["extras", "groups"])
def test_extras_and_groups_want_a_project(name: str) -> None:
    what = function(**{name: ("x",)})  # type: ignore[arg-type]
    with pytest.raises(ProjectError, match=f"has no {name}, which api asks for"):
        python.facts(ROOT, what, "", reading({f"{ROOT}/requirements.txt": "a==1\n"}))
