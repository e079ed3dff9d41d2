"""poetry.lock as text: which lines it comes to, and when it is refused. No tool runs."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence

import pytest

from builder.python_driver import function
from onezip.builder.languages import python_poetry, python_poetry_loose
from onezip.builder.languages.python_target import target
from onezip.errors import ProjectError

ON = target(function("python3.12"))


NEW = """
[[package]]
name = "Requests"
version = "2.32"
optional = false
groups = ["main"]
files = [{file = "r.whl", hash = "sha256:bb"}, {file = "r.tar.gz", hash = "sha256:aa"}]

[[package]]
name = "fast"
version = "1"
optional = true
groups = ["main"]
markers = 'extra == "speed" and python_version < "3.13"'
files = [{file = "f.whl", hash = "sha256:cc"}]

[[package]]
name = "colour"
version = "1"
groups = ["main", "dev"]
files = []
[package.markers]
main = 'sys_platform == "win32"'

[[package]]
name = "tested"
version = "1"
groups = ["dev"]
files = []

[[package]]
name = "lib"
version = "1"
groups = ["main"]
files = []
[package.source]
type = "directory"
url = "../lib"

[[package]]
name = "tree"
version = "1"
groups = ["main"]
files = []
[package.source]
type = "git"
url = "https://h.test/tree"
reference = "main"
resolved_reference = "0a"
subdirectory = "py"

[extras]
speed = ["fast"]

[metadata]
lock-version = "2.1"
python-versions = ">=3.11,<4.0"
"""
NEW_PROJECT = "[dependency-groups]\nDev = ['tested']\n[tool.poetry]\n"


def poetry(
    lock: str, project: str, *, extras: tuple[str, ...] = (), groups: tuple[str, ...] = ()
) -> list[str]:
    return python_poetry.requirement_lines(
        tomllib.loads(lock), tomllib.loads(project), "poetry.lock", ON, extras, groups
    )


def test_a_new_poetry_lock_says_its_groups_and_markers() -> None:
    main = [
        "Requests==2.32 --hash=sha256:aa --hash=sha256:bb",
        "lib @ ../lib",
        "tree @ git+https://h.test/tree@0a#subdirectory=py",
    ]
    assert poetry(NEW, NEW_PROJECT) == main
    assert poetry(NEW, NEW_PROJECT, extras=("Speed",)) == [main[0], "fast==1 --hash=sha256:cc", *main[1:]]
    assert poetry(NEW, NEW_PROJECT, groups=("dev",)) == [main[0], "colour==1", "tested==1", *main[1:]]


OLD = """
[[package]]
name = "Web.App"
version = "2"
optional = false
[package.dependencies]
fast = {version = ">=1", optional = true, markers = "extra == 'speed'"}
both = [
  {version = "<2", markers = "python_version < '3.12'"},
  {version = "^2.1", markers = "python_version >= '3.12'"},
]
colour = {version = "*", markers = "sys_platform == 'win32'"}
[package.extras]
speed = ["fast (>=1)"]

[[package]]
name = "both"
version = "1.9"
[[package]]
name = "both"
version = "2.5"
[[package]]
name = "fast"
version = "1"
optional = true
[[package]]
name = "colour"
version = "1"
[[package]]
name = "tested"
version = "1"
[package.dependencies]
web-app = "*"
[[package]]
name = "opt"
version = "1"
optional = true

[extras]
more = ["opt"]

[metadata]
lock-version = "1.1"
python-versions = "^3.9"
[metadata.files]
both = [{file = "b.whl", hash = "sha256:bb"}]
"""
OLD_PROJECT = """
[tool.poetry.dependencies]
python = "^3.9"
web_app = {version = "2", extras = ["speed"]}
opt = {version = "*", optional = true}
old = {version = "1", python = "<3.10"}
windows = {version = "1", platform = "win32"}
[tool.poetry.group.test.dependencies]
tested = "*"
[tool.poetry.dev-dependencies]
colour = "*"
"""


def test_an_old_poetry_lock_is_walked() -> None:
    main = ["both==2.5 --hash=sha256:bb", "fast==1", "Web.App==2"]
    assert poetry(OLD, OLD_PROJECT) == main
    assert poetry(OLD, OLD_PROJECT, extras=("more",)) == [*main[:2], "opt==1", main[2]]
    assert poetry(OLD, OLD_PROJECT, groups=("test",)) == [*main[:2], "tested==1", main[2]]
    assert poetry(OLD, OLD_PROJECT, groups=("dev",)) == [main[0], "colour==1", *main[1:]]
    without = OLD_PROJECT.replace(', extras = ["speed"]', "")
    assert poetry(OLD, without) == [main[0], main[2]]


@pytest.mark.parametrize(
    ("constraint", "yes", "no"),
    [
        ("*", "0 1.2", ""),
        ("^1.2.3", "1.2.3 1.9", "1.2.2 2.0"),
        ("^0.2.3", "0.2.9", "0.3 0.2.2"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0", "0.9", "1.0"),
        ("~1.2.3", "1.2.9", "1.3"),
        ("~1", "1.9", "2"),
        ("~=1.2", "1.9", "2.0"),
        ("1.2", "1.2 1.2.0", "1.2.1"),
        ("1.2.*", "1.2.7", "1.3"),
        (">= 1.0, < 2", "1.5", "2.0"),
        (">=1 <2 || 3.0 | ^5", "1.5 3 5.1", "2 4 6"),
        ("^1.0a1", "1.0a1 1.0", "2.0"),
    ],
)
def test_ranges_as_poetry_writes_them(constraint: str, yes: str, no: str) -> None:
    assert [version for version in yes.split() if not python_poetry.holds(constraint, version)] == []
    assert [version for version in no.split() if python_poetry.holds(constraint, version)] == []


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (
            ("[metadata]", "[metadata]\ncontent-hash = 'x'"),
            "python.stale-lock",
            "pyproject.toml changed since",
        ),
        ((">=3.11,<4.0", "~3.11"), "python.requirements", "made for Python ~3.11, not 3.12"),
    ],
)
def test_poetry_locks_that_do_not_fit(change: tuple[str, str], code: str, message: str) -> None:
    with pytest.raises(ProjectError, match=message) as caught:
        poetry(NEW.replace(*change), NEW_PROJECT)
    assert caught.value.code == code


def test_extras_and_groups_that_poetry_does_not_know() -> None:
    with pytest.raises(ProjectError, match="there is no extra 'x'") as caught:
        poetry(NEW, NEW_PROJECT, extras=("x",))
    assert caught.value.hint == "there are: speed"
    with pytest.raises(ProjectError, match="there is no group 'x'"):
        poetry(NEW, NEW_PROJECT, groups=("x",))


def test_poetry_sources_are_indexes_with_their_names() -> None:
    text = """
[[tool.poetry.source]]
name = "corp main"
url = "https://c.test/s"
[[tool.poetry.source]]
name = "more"
url = "https://m.test/s"
priority = "supplemental"
"""
    first, more = ("corp-main=https://c.test/s", "more=https://m.test/s")
    assert python_poetry.index_options(tomllib.loads(text)) == [("--default-index", first), ("--index", more)]
    public = text + "[[tool.poetry.source]]\nname = 'PyPI'\n"
    assert python_poetry.index_options(tomllib.loads(public)) == [("--index", first), ("--index", more)]


# ---- without a lock ------------------------------------------------------------------------------------

LOOSE = """
[tool.poetry.dependencies]
python = "^3.11"
a = "^1.2"
b = {version = "~2.1", extras = ["y", "x"], markers = "os_name == 'posix'"}
c = "*"
d = "1.5"
E_e = {version = ">=1,<2", optional = true}
f = [{version = "1", python = "<3.12"}, {version = "2.*", python = ">=3.12"}]
g = {path = "libs/g", develop = true}
h = {git = "https://h.test/h.git", tag = "v1", subdirectory = "sub"}
i = {url = "https://h.test/i-1-py3-none-any.whl"}
j = {version = "1", platform = "win32"}
[tool.poetry.extras]
all = ["e-e"]
[tool.poetry.group.docs.dependencies]
k = ">= 3"
[tool.poetry.dev-dependencies]
l = "^0.3"
"""


def loose(text: str, extras: Sequence[str] = (), groups: Sequence[str] = ()) -> list[str]:
    table = tomllib.loads(text)
    return python_poetry_loose.requirement_lines(table, "p.toml", target(function()), extras, groups)


def test_a_project_of_poetry_without_its_lock_comes_to_lines() -> None:
    lines = loose(LOOSE)
    assert lines == [
        "a>=1.2,<2",
        "b[x,y]>=2.1,<2.2 ; os_name == 'posix'",
        "c",
        "d==1.5",
        "f==2.*",
        "g @ ./libs/g",
        "h @ git+https://h.test/h.git@v1#subdirectory=sub",
        "i @ https://h.test/i-1-py3-none-any.whl",
    ]
    assert set(loose(LOOSE, ["All"])) - set(lines) == {"E_e>=1,<2"}
    assert set(loose(LOOSE, groups=["docs", "dev"])) - set(lines) == {"k>=3", "l>=0.3,<0.4"}


@pytest.mark.parametrize(
    ("text", "extras", "groups", "message"),
    [
        (LOOSE, ["none"], [], "there is no extra 'none'"),
        (LOOSE, [], ["none"], "there is no group 'none'"),
        (LOOSE.replace("^3.11", "~3.11"), [], [], "asks for Python ~3.11, and the runtime has 3.13"),
        (LOOSE.replace('c = "*"', 'c = "^1 || ^3"'), [], [], "c ^1 || ^3 is more than one range"),
    ],
)
def test_projects_of_poetry_that_cannot_be_used_without_a_lock(
    text: str, extras: list[str], groups: list[str], message: str
) -> None:
    with pytest.raises(ProjectError) as caught:
        loose(text, extras, groups)
    assert caught.value.message == message
