"""Tiny projects of every shape, built as a stranger would: the zip is unpacked and its handler called.

Then the same projects, each broken in the ways that messages speak of.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from builder.python_driver import make_project, make_wheel, needs_uv
from builder.python_index import alone, serving
from onezip.builder.engine import Outcome, build
from onezip.builder.uv import uv
from onezip.config.load import load_project
from onezip.errors import BuildFailed, Diagnostic
from onezip.model.build import Command
from onezip.process import find_tool, run

pytestmark = needs_uv

HANDLER = "import {name}\ndef handler(event, context):\n    return {name}.WORD\n"
LINKS = "--no-index\n--find-links {up}wheels\n"
NO_INDEX = '[tool.uv]\nno-index = true\nfind-links = ["{up}wheels"]\n'
PROJECT = "[project]\nname = 'shop'\nversion = '1'\nrequires-python = '>=3.11'\n"
BUILDS = "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
TOML = '[functions.{name}]\nsource = "{source}"\nhandler = "app.handler"\nruntime = "python3.13"\n'

Files = Mapping[str, str]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with wheels: demo 1 and 2, which says a word; more, which `demo[x]` wants."""
    monkeypatch.setenv("ONEZIP_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    folder = tmp_path / "shop"
    for version in ("1.0", "2.0"):
        said = {"demo.py": f"WORD = 'demo {version}'\n", "demo_data/words.txt": version}
        make_wheel(folder / "wheels", "demo", version, said, needs=["more ; extra == 'x'"])
    make_wheel(folder / "wheels", "more", "1.0", {"more.py": "WORD = 'more'\n"})
    return folder


def write(folder: Path, files: Files) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def built(folder: Path, said: list[Diagnostic] | None = None, *, run_builds: bool = True) -> Outcome:
    report = said.append if said is not None else None
    return build(load_project(str(folder)), report=report, run_builds=run_builds)


def called(folder: Path, name: str) -> str:
    """What the handler of a built function returns, run from its unpacked zip and from nothing else."""
    place = folder.parent / "unpacked" / name
    with zipfile.ZipFile(folder / "dist" / f"{name}.zip") as file:
        file.extractall(place)
    handler = json.loads((folder / "dist" / f"{name}.json").read_text())["handler"]
    module, _, function = handler.rpartition(".")
    code = f"import sys; sys.path[:0] = ['.']; import {module} as m; print(m.{function}({{}}, None), end='')"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=place, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def answers(folder: Path, *, run_builds: bool = True) -> dict[str, str]:
    """What each function of a project returns, once it is built."""
    outcome = built(folder, run_builds=run_builds)
    for _, error in outcome.failed:
        raise error
    return {each.function: called(folder, each.function) for each in outcome.built}


def failure(folder: Path, *, run_builds: bool = True) -> tuple[str, str]:
    """The code and message of what goes wrong."""
    failed = built(folder, run_builds=run_builds).failed
    assert len({error.message for _, error in failed}) == 1
    return failed[0][1].code, failed[0][1].message


def digest(folder: Path, name: str) -> str:
    [path] = (folder / "wheels").glob(f"{name}-1.0-*.whl")
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def tool(folder: Path, *words: str) -> None:
    done = run(Command((uv().path, *words), cwd=str(folder), env=uv().env))
    assert done.code == 0, done.stderr


# ---- shapes -------------------------------------------------------------------------------------------


def requirements(shop: Path) -> Path:
    text = LINKS.format(up="") + "demo==1.0\n"
    return write(shop, {"app.py": HANDLER.format(name="demo"), "requirements.txt": text})


def constraints(shop: Path) -> Path:
    files = {"requirements.txt": LINKS.format(up="") + "-c limits.txt\ndemo\n", "limits.txt": "demo<2\n"}
    return write(shop, {"app.py": HANDLER.format(name="demo"), **files})


def extras(shop: Path) -> Path:
    text = LINKS.format(up="") + "demo[x]==1.0\n"
    return write(shop, {"app.py": HANDLER.format(name="more"), "requirements.txt": text})


def pyproject_with_extras(shop: Path) -> Path:
    text = f"{PROJECT}optional-dependencies = {{fast = ['more==1.0']}}\n{NO_INDEX.format(up='')}"
    toml = TOML.format(name="shop", source=".") + '[functions.shop.python]\nextras = ["fast"]\n'
    return write(shop, {"app.py": HANDLER.format(name="more"), "pyproject.toml": text, "onezip.toml": toml})


def uv_lock(shop: Path) -> Path:
    text = f"{PROJECT}dependencies = ['demo<2']\n{NO_INDEX.format(up='')}"
    write(shop, {"app.py": HANDLER.format(name="demo"), "pyproject.toml": text})
    tool(shop, "lock", "--no-python-downloads")
    return shop


def uv_workspace(shop: Path) -> Path:
    """Two members that are functions, and one that both need."""
    write(
        shop, {"pyproject.toml": f"[tool.uv.workspace]\nmembers = ['packages/*']\n{NO_INDEX.format(up='')}"}
    )
    source = "[tool.uv.sources]\nshared = {workspace = true}\n"
    make_project(
        shop / "packages/shared", "shared", {"shared.py": "from demo import WORD\n"}, needs=["demo<2"]
    )
    for name in ("api", "job"):
        text = PROJECT.replace("shop", name) + f"dependencies = ['shared']\n{source}"
        write(
            shop / "packages" / name,
            {
                "pyproject.toml": text,
                f"src/{name}/__init__.py": "",
                f"src/{name}/handler.py": f"from {name} import words\ndef handler(e, c): return words.WORD\n",
                f"src/{name}/words.py": f"import shared\nWORD = '{name}: ' + shared.WORD\n",
            },
        )
    path = shop / "packages/shared/pyproject.toml"
    path.write_text(path.read_text().replace("version =", "requires-python = '>=3.11'\nversion =", 1))
    tool(shop, "lock", "--no-python-downloads")
    return shop


def pylock(shop: Path) -> Path:
    write(shop, {"app.py": HANDLER.format(name="demo"), "in.txt": "demo<2\n"})
    tool(
        shop, "pip", "compile", "--no-config", "--no-index", "--find-links", "wheels", "--quiet",
        "--format", "pylock.toml", "--generate-hashes", "-o", "pylock.toml", "in.txt",
    )  # fmt: skip
    text = (shop / "pylock.toml").read_text()
    return write(shop, {"pylock.toml": text, ".python-version": "3.13"})


def poetry(shop: Path) -> Path:
    lock = (
        f'[[package]]\nname = "demo"\nversion = "1.0"\ngroups = ["main"]\n'
        f'files = [{{file = "x", hash = "{digest(shop, "demo")}"}}]\n'
        '[metadata]\nlock-version = "2.1"\npython-versions = ">=3.12"\n'
    )
    text = "[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\npython = '>=3.12'\ndemo = '<2'\n"
    return write(shop, {"app.py": HANDLER.format(name="demo"), "pyproject.toml": text, "poetry.lock": lock})


def poetry_without_a_lock(shop: Path) -> Path:
    text = (
        "[tool.poetry]\nname = 'shop'\npackage-mode = false\n[tool.poetry.dependencies]\n"
        "python = '^3.12'\ndemo = '^1'\nmore = {version = '*', optional = true}\n"
    )
    return write(shop, {"app.py": HANDLER.format(name="demo"), "pyproject.toml": text})


def pipenv(shop: Path) -> Path:
    packages = {"demo": {"version": "==1.0", "hashes": [digest(shop, "demo")]}}
    meta: dict[str, Any] = {
        "pipfile-spec": 6,
        "hash": {},
        "sources": [],
        "requires": {"python_version": "3.13"},
    }
    lock = json.dumps({"_meta": meta, "default": packages, "develop": {}})
    text = "[packages]\ndemo = '*'\n[requires]\npython_version = '3.13'\n"
    return write(shop, {"app.py": HANDLER.format(name="demo"), "Pipfile": text, "Pipfile.lock": lock})


def local_projects(shop: Path) -> Path:
    """One below the folder, editable; one beside it, with an extra."""
    make_project(shop / "lib", "lib", {"lib.py": "import far\nWORD = 'lib and ' + far.WORD\n"})
    far = {"far/__init__.py": "import more\nWORD = 'far and ' + more.WORD\n"}
    make_project(shop.parent / "far", "far", far, needs=["more ; extra == 'x'"])
    text = LINKS.format(up="") + "-e ./lib\n../far[x]\n"
    return write(shop, {"app.py": HANDLER.format(name="lib"), "requirements.txt": text})


def source_folder(shop: Path) -> Path:
    """A `src` with modules, a package, data files, and its requirements beside it."""
    return write(
        shop,
        {
            "src/app.py": "import pkg\ndef handler(event, context):\n    return pkg.word()\n",
            "src/pkg/__init__.py": (
                "import importlib.resources, demo\ndef word():\n"
                "    return demo.WORD + importlib.resources.read_text('pkg', 'words.txt')\n"
            ),
            "src/pkg/words.txt": " and words",
            "requirements.txt": LINKS.format(up="") + "demo==2.0\n",
        },
    )


def package_in_src(shop: Path) -> Path:
    """A project with a build backend and its package in `src`; its code is packed, not built."""
    text = f"{PROJECT}dependencies = ['demo==1.0']\n{BUILDS}{NO_INDEX.format(up='')}"
    return write(
        shop,
        {
            "pyproject.toml": text,
            "src/shop/__init__.py": "",
            "src/shop/handler.py": "from .words import WORD\ndef handler(event, context): return WORD\n",
            "src/shop/words.py": "from demo import WORD\n",
        },
    )


SHAPES: Mapping[Callable[[Path], Path], Mapping[str, str]] = {
    requirements: {"shop": "demo 1.0"},
    constraints: {"shop": "demo 1.0"},
    extras: {"shop": "more"},
    pyproject_with_extras: {"shop": "more"},
    uv_lock: {"shop": "demo 1.0"},
    uv_workspace: {"api": "api: demo 1.0", "job": "job: demo 1.0"},
    poetry: {"shop": "demo 1.0"},
    poetry_without_a_lock: {"shop": "demo 1.0"},
    pipenv: {"shop": "demo 1.0"},
    pylock: {"shop": "demo 1.0"},
    local_projects: {"shop": "lib and far and more"},
    source_folder: {"shop": "demo 2.0 and words"},
    package_in_src: {"shop": "demo 1.0"},
}

ELSEWHERE = (poetry, poetry_without_a_lock, pipenv, pylock)
"""Those that say nothing of a folder with wheels: a variable does."""


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_shape_is_built_as_it_is(
    shop: Path, monkeypatch: pytest.MonkeyPatch, shape: Callable[[Path], Path]
) -> None:
    folder = shape(shop)
    if shape in ELSEWHERE:
        monkeypatch.setenv("UV_FIND_LINKS", str(shop / "wheels"))
        monkeypatch.setenv("UV_OFFLINE", "1")
    assert answers(folder) == SHAPES[shape]
    assert {each.status for each in built(folder).built} == {"unchanged"}


def test_a_private_index(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its secret the message says which index and which variables; with it the function is built."""
    alone(monkeypatch, shop.parent / "cache")
    with serving(shop / "wheels", "me:se cret") as index:
        text = (
            f"{PROJECT}dependencies = ['demo==1.0']\n[[tool.uv.index]]\nname = 'corp'\nurl = '{index.url}'\n"
        )
        write(shop, {"app.py": HANDLER.format(name="demo"), "pyproject.toml": f"{text}default = true\n"})
        [(_, error)] = built(shop).failed
        assert (error.code, error.message) == (
            "network.failed",
            f"shop: the index {index.url} wants a user and password (401 Unauthorized)",
        )
        assert error.hint == "set UV_INDEX_CORP_USERNAME and UV_INDEX_CORP_PASSWORD"
        monkeypatch.setenv("UV_INDEX_CORP_USERNAME", "me")
        monkeypatch.setenv("UV_INDEX_CORP_PASSWORD", "se cret")
        assert answers(shop) == {"shop": "demo 1.0"}
        secret = f"http://me:wrong@{index.host}/simple/"
        (shop / "pyproject.toml").unlink()
        write(shop, {"requirements.txt": f"--index-url {secret}\nmore\n"})
        [(_, error)] = built(shop).failed
    assert "does not take the user and password it is given (401 Unauthorized)" in error.message
    assert "wrong" not in error.message + error.hint


def test_a_commit_of_a_repository(shop: Path) -> None:
    """Source is refused with the ways out; allowed by name, it is built."""
    if (git := find_tool("git")) is None:
        pytest.skip("git is not here: apt-get install git")
    far = make_project(shop.parent / "far", "far", {"far.py": "WORD = 'far'\n"})
    me = ("-c", "user.name=x", "-c", "user.email=x@x.test", "-c", "init.defaultBranch=main")
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "x")):
        subprocess.run([git, *me, *words], cwd=far, check=True)
    commit = subprocess.run([git, "rev-parse", "HEAD"], cwd=far, check=True, capture_output=True, text=True)
    line = f"far @ git+{far.as_uri()}@{commit.stdout.strip()}\n"
    write(shop, {"app.py": HANDLER.format(name="far"), "requirements.txt": LINKS.format(up="") + line})
    [(_, error)] = built(shop).failed
    [told] = error.diagnostics()
    assert (told.code, str(told.place)) == ("python.sdist", "requirements.txt:3")
    assert "name a version with wheels (far==1.2.3)" in told.hint
    write(
        shop,
        {
            "onezip.toml": TOML.format(name="shop", source=".")
            + '[functions.shop.python]\nallow_sdist = "far"\n'
        },
    )
    assert answers(shop) == {"shop": "far"}


# ---- the same, broken ---------------------------------------------------------------------------------


def edit(name: str, old: str, new: str) -> Callable[[Path], object]:
    """A change of one file; without old text the file is written anew."""

    def change(folder: Path) -> object:
        path = folder / name
        if not old:
            return write(folder, {name: new})
        text = path.read_text()
        assert old in text
        return path.write_text(text.replace(old, new))

    return change


def remove(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


BROKEN: tuple[tuple[Callable[[Path], Path], Callable[[Path], object], str, str], ...] = (
    (requirements, edit("requirements.txt", "demo==1.0", "-r no.txt"), "python.requirements",
     "no.txt is not there"),
    (requirements, edit("requirements.txt", "demo==1.0", "--frobnicate"), "python.requirements",
     "the option --frobnicate is not known here"),
    (requirements, edit("requirements.txt", "demo==1.0", "demo=1.0"), "python.requirements",
     "demo=1.0 is not a requirement"),
    (requirements, edit("requirements.txt", "demo==1.0", "nosuch"), "build.failed",
     "nosuch is not in the package index"),
    (requirements, edit("requirements.txt", "demo==1.0", "demo==9"), "build.failed",
     "demo==9 is not in the package index"),
    (requirements, edit("requirements.txt", "demo==1.0", f"demo==1.0 --hash=sha256:{'0' * 64}"),
     "build.failed", "does not have the hash that the requirements give"),
    (requirements, edit("requirements.txt", "demo==1.0", "x @ git+https://h.test/x.git"), "python.sdist",
     "git+https://h.test/x.git is source, and only wheels are installed"),
    (requirements, edit("requirements.txt", "demo==1.0", "git+https://h.test/x.git"), "python.requirements",
     "git+https://h.test/x.git has no name"),
    (constraints, edit("limits.txt", "demo<2", "./lib"), "python.requirements",
     "./lib names a place; a constraint is a version"),
    (constraints, edit("limits.txt", "demo<2", "demo<1"), "build.failed", ""),
    (constraints, remove("limits.txt"), "python.requirements", "limits.txt is not there"),
    (pyproject_with_extras, edit("onezip.toml", '"fast"', '"quick"'), "python.requirements",
     "there is no extra 'quick'"),
    (pyproject_with_extras, edit("pyproject.toml", ">=3.11", ">=3.14"), "python.requirements",
     "asks for Python >=3.14, and the runtime has 3.13"),
    (pyproject_with_extras, edit("pyproject.toml", "[tool.uv]", "[tool.uv"), "python.requirements",
     "not TOML"),
    (uv_lock, edit("pyproject.toml", "'demo<2'", "'demo', 'more'"), "python.stale-lock", "changed"),
    (uv_lock, edit("uv.lock", "version = 1", "version = 99"), "build.failed", ""),
    (uv_workspace, edit("packages/api/pyproject.toml", "'shared'", "'shared', 'more'"), "python.stale-lock",
     "changed"),
    (uv_workspace, edit("packages/shared/backend.py", "def build_wheel", "def build_nothing"),
     "build.failed", "build packages/shared failed"),
    (uv_workspace, remove("uv.lock"), "python.requirements",
     "shared is of the uv workspace, and there is no uv.lock"),
    (pylock, edit("pylock.toml", 'lock-version = "1.0"', 'lock-version = "9.0"'), "python.requirements",
     "9.0"),
    (poetry, edit("poetry.lock", ">=3.12", "<3.12"), "python.requirements", "made for Python <3.12"),
    (poetry, edit("poetry.lock", "[metadata]\n", f'[metadata]\ncontent-hash = "{"0" * 64}"\n'),
     "python.stale-lock", "pyproject.toml changed since it was written"),
    (poetry_without_a_lock, edit("pyproject.toml", "'^1'", "'^1 || ^3'"), "python.requirements",
     "demo ^1 || ^3 is more than one range"),
    (pipenv, edit("Pipfile.lock", '"hash": {}', f'"hash": {{"sha256": "{"0" * 64}"}}'), "python.stale-lock",
     "the Pipfile changed since it was written"),
    (pipenv, edit("Pipfile.lock", '"pipfile-spec": 6', '"pipfile-spec": 5'), "python.requirements",
     "its pipfile-spec is 5; 6 is known"),
    (pipenv, remove("Pipfile.lock"), "python.requirements", "there is no Pipfile.lock"),
    (local_projects, edit("requirements.txt", "./lib", "./nothing"), "python.requirements",
     "nothing has neither pyproject.toml nor setup.py"),
    (local_projects, edit("lib/TAG", "", "cp313-cp313-linux_x86_64"), "python.wheel",
     "is for the system that it was built on, not for Lambda"),
    (local_projects, edit("lib/code/__editable__.lib.pth", "", "/home/me\n"), "python.wheel",
     "leads to a folder of this machine"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "change", "code", "message"),
    BROKEN,
    ids=[f"{row[0].__name__}-{number}" for number, row in enumerate(BROKEN)],
)
def test_a_broken_one_says_what_is_wrong(
    shop: Path,
    monkeypatch: pytest.MonkeyPatch,
    shape: Callable[[Path], Path],
    change: Callable[[Path], object],
    code: str,
    message: str,
) -> None:
    folder = shape(shop)
    if shape in ELSEWHERE:
        monkeypatch.setenv("UV_FIND_LINKS", str(shop / "wheels"))
        monkeypatch.setenv("UV_OFFLINE", "1")
    change(folder)
    told = failure(folder)
    assert told[0] == code
    assert message in told[1]


def test_builds_of_local_projects_are_refused_where_that_is_asked(shop: Path) -> None:
    code, message = failure(local_projects(shop), run_builds=False)
    assert code == "python.runs-build"
    assert message == "shop: building lib, ../far runs their own code, and that is refused"


def test_a_failing_backend_is_told_by_its_last_words(shop: Path) -> None:
    folder = local_projects(shop)
    write(folder, {"lib/backend.py": "def build_wheel(*words):\n    raise OSError('no disk')\n"})
    [(_, error)] = built(folder).failed
    assert isinstance(error, BuildFailed)
    assert (error.message, error.brief) == ("shop: build lib failed", "OSError: no disk\n")
