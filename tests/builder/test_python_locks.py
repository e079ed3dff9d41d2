"""Locks of other tools as text: which lines they come to, and when they are refused. No tool runs."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest

from builder.python_driver import function, reading
from onezip.builder.languages import python, python_pipenv, python_pylock, python_uv
from onezip.builder.languages.python_target import target
from onezip.errors import ProjectError

ROOT = "/work/shop"
ON = target(function("python3.12"))
SHA = "0" * 64
HASH = f"--hash=sha256:{SHA}"

# ---- Pipenv ------------------------------------------------------------------------------------------

PIPFILE = """
[[source]]
name = "pypi"
url = "https://index.test/s"
verify_ssl = true
[packages]
requests = {version = "*", extras = ["socks"]}
colour = {version = "*", sys_platform = "== 'win32'"}
[docs]
book = "*"
"""
PIPFILE_LOCK: dict[str, Any] = {
    "_meta": {
        "pipfile-spec": 6,
        "hash": {"sha256": "f5a3a2e5b1d5a1f6"},
        "requires": {"python_version": "3.12"},
        "sources": [{"name": "pypi", "url": "https://index.test/s"}, {"name": "c", "url": "https://${U}@c.test/s"}],
    },
    "default": {
        "requests": {
            "version": "==2.32", "extras": ["socks"], "hashes": ["sha256:aa", "sha256:bb"],
            "markers": "python_version >= '3.8'", "index": "pypi",
        },
        "colour": {"version": "*"},
        "lib": {"path": "lib", "editable": True},
        "tree": {"git": "https://h.test/t", "ref": "0a", "subdirectory": "p"},
    },
    "develop": {"tested": {"version": "==1", "hashes": ["sha256:cc"]}},
    "docs": {"book": {"version": "==1"}},
}  # fmt: skip


def pipenv(lock: dict[str, Any], *groups: str) -> list[str]:
    pipfile = tomllib.loads(PIPFILE)
    lock["_meta"]["hash"]["sha256"] = python_pipenv.content_hash(pipfile)
    return python_pipenv.requirement_lines(lock, pipfile, "Pipfile.lock", groups)


def test_a_pipfile_lock_comes_to_lines() -> None:
    default = [
        "--extra-index-url https://${U}@c.test/s",
        "requests[socks]==2.32 ; python_version >= '3.8' --hash=sha256:aa --hash=sha256:bb",
        "colour ; (sys_platform == 'win32')",
        "lib @ ./lib",
        "tree @ git+https://h.test/t@0a#subdirectory=p",
    ]
    assert pipenv(PIPFILE_LOCK) == default
    assert pipenv(PIPFILE_LOCK, "dev-packages") == [*default, "tested==1 --hash=sha256:cc"]
    assert pipenv(PIPFILE_LOCK, "docs") == [*default, "book==1"]
    with pytest.raises(ProjectError, match="there is no group 'x'"):
        pipenv(PIPFILE_LOCK, "x")


def test_the_first_source_stands_for_the_default_index_unless_it_is_the_public_one() -> None:
    lock = json.loads(json.dumps(PIPFILE_LOCK))
    lock["_meta"]["sources"] = [
        {"name": "corp", "url": "https://a.test/s"},
        {"name": "b", "url": "https://b.test/s"},
    ]
    assert pipenv(lock)[:2] == ["--index-url https://a.test/s", "--extra-index-url https://b.test/s"]


def test_a_stale_or_foreign_pipfile_lock_is_refused() -> None:
    lock = json.loads(json.dumps(PIPFILE_LOCK))
    with pytest.raises(ProjectError, match="the Pipfile changed since it was written") as caught:
        python_pipenv.requirement_lines(lock, tomllib.loads("[packages]\na = '*'\n"), "Pipfile.lock", ())
    assert (caught.value.code, caught.value.hint) == ("python.stale-lock", "run `pipenv lock`")
    for text in ("{", "[]", '{"_meta": {"pipfile-spec": 7}}'):
        with pytest.raises(ProjectError, match=r"not JSON|its pipfile-spec"):
            python_pipenv.parse_lock(text, "Pipfile.lock")


def test_a_pipfile_lock_of_another_python_is_told() -> None:
    lock = json.loads(json.dumps(PIPFILE_LOCK))
    lock["default"] = {"a": {"version": "==1", "hashes": [f"sha256:{SHA}"]}}
    lock["_meta"]["hash"] = {}
    read = reading({f"{ROOT}/Pipfile.lock": json.dumps(lock)})
    facts = python.facts(ROOT, function("python3.13"), "", read)
    [_, warning] = sorted(python.warnings(function("python3.13"), facts), key=lambda each: each.message)
    assert warning.message == "Pipfile.lock was locked for Python 3.12, and the runtime has 3.13"
    assert (facts.details["hashed"], facts.details["complete"]) == ("yes", "yes")


# ---- pylock ------------------------------------------------------------------------------------------

PYLOCK = f"""
lock-version = "1.0"
created-by = "hand"
requires-python = ">=3.11"
environments = ["sys_platform == 'linux'"]
extras = ["speed"]
dependency-groups = ["dev", "docs"]
default-groups = ["docs"]
[[packages]]
name = "a"
version = "1"
wheels = [{{ url = "https://h.test/a.whl", hashes = {{ sha256 = "{SHA}" }} }}]
sdist = {{ url = "https://h.test/a.tar.gz", hashes = {{ sha256 = "{"1" * 64}" }} }}
[[packages]]
name = "b"
version = "1"
marker = "sys_platform == 'win32' or 'speed' in extras"
wheels = [{{ path = "b.whl", hashes = {{ sha256 = "{SHA}" }} }}]
[[packages]]
name = "c"
version = "1"
marker = "'dev' in dependency_groups"
wheels = [{{ path = "c.whl", hashes = {{ sha256 = "{SHA}" }} }}]
[[packages]]
name = "d"
marker = "'docs' in dependency_groups"
vcs = {{ type = "git", url = "https://h.test/d", commit-id = "0a", subdirectory = "p" }}
[[packages]]
name = "e"
directory = {{ path = "lib/e", editable = true }}
[[packages]]
name = "f"
archive = {{ url = "https://h.test/f-1-py3-none-any.whl", hashes = {{ sha256 = "{SHA}" }} }}
"""


def pylock(text: str = PYLOCK, *, extras: tuple[str, ...] = (), groups: tuple[str, ...] = ()) -> list[str]:
    return python_pylock.requirement_lines(text, "pylock.toml", ON, extras, groups)


def test_a_pylock_comes_to_lines_for_one_python() -> None:
    a = f"a==1 {HASH} --hash=sha256:{'1' * 64}"
    rest = [
        "d @ git+https://h.test/d@0a#subdirectory=p",
        "e @ ./lib/e",
        f"f @ https://h.test/f-1-py3-none-any.whl {HASH}",
    ]
    assert pylock() == [a, *rest]
    assert pylock(extras=("speed",), groups=("dev",)) == [a, f"b==1 {HASH}", f"c==1 {HASH}", *rest]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((">=3.11", ">=3.13"), "asks for Python >=3.13, and the runtime has 3.12"),
        (
            ("environments = [\"sys_platform == 'linux'\"]", "environments = [\"sys_platform == 'win32'\"]"),
            "not for",
        ),
        (('lock-version = "1.0"', 'lock-version = "2.0"'), "its lock-version is '2.0'"),
        (('lock-version = "1.0"', "lock-version"), "not TOML"),
        (("sha256", "sha512"), "a has no version or no sha256"),
    ],
)
def test_a_pylock_that_does_not_fit(change: tuple[str, str], message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        pylock(PYLOCK.replace(*change))
    with pytest.raises(ProjectError, match="there is no extra 'x'"):
        pylock(extras=("x",))


def test_what_uv_resolved_is_written_without_this_machine() -> None:
    text = f"""# uv pip compile /home/me/x
lock-version = "1.0"
created-by = "uv"
requires-python = ">=3.12"
[[packages]]
name = "a"
version = "1"
marker = "python_version > '3'"
index = "https://u:p@h.test/s"
wheels = [
  {{ url = "https://u:p@h.test/a-2.whl", upload-time = 2024-05-29, hashes = {{ sha256 = "{SHA}" }} }},
  {{ url = "file:///work/shop/whe%20els/a-1.whl", hashes = {{ sha256 = "{SHA}" }} }},
]
[[packages]]
name = "lib"
version = "1"
archive = {{ path = "/tmp/x/lib.whl", hashes = {{ sha256 = "{SHA}" }} }}
[[packages]]
name = "own"
version = "1"
wheels = [{{ url = "https://h.test/own.whl", hashes = {{ sha256 = "{SHA}" }} }}]
"""
    said = python_pylock.written(text, "pylock.api.toml", "d1", "/work/shop", {"own"})
    assert (
        said
        == f"""\
# Written by `onezip lock`; commit it, and do not edit it.
lock-version = "1.0"
created-by = "onezip"
requires-python = ">=3.12"

[[packages]]
name = "a"
version = "1"
marker = "python_version > '3'"
wheels = [
    {{ path = "whe els/a-1.whl", hashes = {{ sha256 = "{SHA}" }} }},
    {{ url = "https://h.test/a-2.whl", hashes = {{ sha256 = "{SHA}" }} }},
]

[tool.onezip]
requirements = "d1"
"""
    )
    assert python_pylock.resolved_from(said, "pylock.api.toml") == "d1"
    assert pylock(said) == [f"a==1 {HASH}"]


# ---- uv ----------------------------------------------------------------------------------------------

UV_LOCK = """
version = 1
requires-python = ">=3.11"
[[package]]
name = "a"
version = "1"
source = { registry = "x" }
[[package]]
name = "shop"
version = "1"
source = { editable = "." }
[package.metadata]
requires-dist = [
  { name = "a", specifier = ">=1,<2" },
  { name = "b", marker = "extra == 'fast'", specifier = "==1.0" },
  { name = "lib", editable = "lib" },
]
[package.metadata.requires-dev]
dev = [{ name = "t" }]
"""
UV_PROJECT = """
[project]
name = "Shop"
dependencies = ["A <2, >=1", "lib>=3"]
optional-dependencies.fast = ["b==1.0.0"]
[dependency-groups]
dev = ["t"]
"""


@pytest.mark.parametrize(
    ("change", "stale"),
    [
        (("", ""), ""),
        (("A <2, >=1", "a[x]>=1,<2 ; os_name == 'nt'"), ""),
        (("lib>=3", "lib"), ""),
        (("A <2, >=1", "a>=1"), "a"),
        (('"lib>=3"', '"lib", "new"'), "new"),
        (('dev = ["t"]', "dev = []"), "t"),
        (('"Shop"', '"other"'), "other is not in it"),
        (('"Shop"', '"a"'), "a is not in it"),
        (('name = "Shop"', 'name = "Shop"\ndynamic = ["dependencies"]'), ""),
    ],
)
def test_a_uv_lock_that_its_project_has_left_behind(change: tuple[str, str], stale: str) -> None:
    lock, project = tomllib.loads(UV_LOCK), tomllib.loads(UV_PROJECT.replace(*change, 1))
    if not stale:
        python_uv.check_fresh(lock, project, "uv.lock", "pyproject.toml")
        return
    with pytest.raises(ProjectError, match=f"changed since it was written: {stale}") as caught:
        python_uv.check_fresh(lock, project, "svc/uv.lock", "pyproject.toml")
    assert (caught.value.code, caught.value.hint) == ("python.stale-lock", "run `uv lock` in svc")


def test_uv_is_asked_once_for_equal_questions() -> None:
    from builder.python_driver import TOOL

    read = reading({f"{ROOT}/uv.lock": UV_LOCK, f"{ROOT}/pyproject.toml": UV_PROJECT})
    some = [function(name=name, source=name) for name in ("a", "b")]
    more = function(name="c", source="c", extras=("fast",), groups=("dev",))
    one, two = python.probes(ROOT, [*some, more], TOOL, read)
    assert (one.functions, two.functions) == (("a", "b"), ("c",))
    assert (one.command.cwd, one.command.title) == (ROOT, "read uv.lock")
    assert one.command.argv[-3:] == ("--no-default-groups", "--package", "shop")
    assert two.command.argv[-6:] == ("--extra", "fast", "--group", "dev", "--package", "shop")
    assert "--frozen" in one.command.argv
    facts = python.facts(ROOT, some[0], f"a==1 \\\n    {HASH}\n", read)
    assert facts.details["input"] == f"a==1 {HASH}\n"
    assert facts.files == (f"{ROOT}/uv.lock", f"{ROOT}/pyproject.toml")
    assert python.warnings(some[0], facts) == ()
