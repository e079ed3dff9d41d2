"""pyproject.toml as text: which lines it comes to, and when it is refused. No tool runs."""

from __future__ import annotations

import tomllib

import pytest

from builder.python_driver import function, reading
from onezip.builder.languages import python, python_project
from onezip.errors import ProjectError

ROOT = "/work/shop"
TWICE = """\
twice @ ./one ; (os_name == 'nt')
twice @ https://h.test/t-1-py3-none-any.whl ; (os_name == 'posix')"""


PYPROJECT = """
[project]
name = "Shop"
requires-python = ">=3.11"
dependencies = ["a>=1", "lib[x]>=2 ; os_name == 'posix'", "tree", "wheel", "twice", "u @ https://h.test/u-1-py3-none-any.whl"]
[project.optional-dependencies]
Fast_One = ["b", "shop[more]"]
more = ["c"]
[dependency-groups]
dev = ["d", {include-group = "Ops"}]
ops = ["e"]
[tool.uv.sources]
lib = { path = "../lib", editable = true }
tree = { git = "https://h.test/tree", tag = "v1", subdirectory = "py" }
wheel = { url = "https://h.test/wheel-1-py3-none-any.whl" }
twice = [
  { path = "one", marker = "os_name == 'nt'" },
  { url = "https://h.test/t-1-py3-none-any.whl", marker = "os_name == 'posix'" },
]
[tool.uv]
extra-index-url = ["https://x.test/s"]
find-links = "wheels"
no-index = true
[[tool.uv.index]]
name = "corp"
url = "https://c.test/s"
default = true
[[tool.uv.index]]
url = "https://more.test/s"
"""


def pyproject(
    text: str = PYPROJECT, *, extras: tuple[str, ...] = (), groups: tuple[str, ...] = ()
) -> list[str]:
    return python_project.requirement_lines(tomllib.loads(text), "pyproject.toml", extras, groups)


def test_a_pyproject_comes_to_lines() -> None:
    main = [
        "a>=1",
        "lib[x] @ ../lib ; (os_name == 'posix')",
        "tree @ git+https://h.test/tree@v1#subdirectory=py",
        "wheel @ https://h.test/wheel-1-py3-none-any.whl",
        TWICE,
        "u @ https://h.test/u-1-py3-none-any.whl",
    ]
    assert pyproject() == main
    assert pyproject(extras=("fast-one",), groups=("dev",)) == [*main, "b", "c", "d", "e"]
    with pytest.raises(ProjectError, match="there is no extra 'x'"):
        pyproject(extras=("x",))
    with pytest.raises(ProjectError, match="there is no group 'x'"):
        pyproject(groups=("x",))


def test_indexes_of_uv_keep_their_names() -> None:
    assert python_project.index_options(tomllib.loads(PYPROJECT)) == [
        ("--default-index", "corp=https://c.test/s"),
        ("--index", "https://more.test/s"),
        ("--no-index", ""),
        ("--index", "https://x.test/s"),
        ("--find-links", "wheels"),
    ]


def test_dependencies_in_files_and_those_that_nobody_knows() -> None:
    dynamic = "[project]\nname = 'x'\ndynamic = ['dependencies']\n"
    files = "[tool.setuptools.dynamic]\ndependencies = {file = ['r.txt']}\n"
    assert pyproject(dynamic + files) == ["-r r.txt"]
    with pytest.raises(ProjectError, match="its dependencies are found out by its build"):
        pyproject(dynamic)
    with pytest.raises(ProjectError, match=r"of the uv workspace, and there is no uv\.lock"):
        pyproject("[project]\ndependencies = ['a']\n[tool.uv.sources]\na = {workspace = true}\n")


def test_a_pyproject_alone_is_loose_and_says_so() -> None:
    text = "[project]\nname = 'x'\nrequires-python = '>=3.12'\ndependencies = ['a>=1']\n"
    read = reading({f"{ROOT}/pyproject.toml": text})
    facts = python.facts(ROOT, function(), "", read)
    [warning] = python.warnings(function(), facts)
    assert (warning.code, str(warning.place)) == ("python.unpinned", "pyproject.toml")
    assert facts.details["input"] == "a>=1\n"
    with pytest.raises(ProjectError, match=r"asks for Python >=3\.12, and the runtime has 3\.11"):
        python.facts(ROOT, function("python3.11"), "", read)
