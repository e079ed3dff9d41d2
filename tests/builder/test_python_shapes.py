"""Descriptions of other tools, installed for real: wheels, sources and indexes are made here."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from builder.python_driver import BACKEND, function, install, make_project, make_wheel, needs_uv, read, sound
from builder.python_index import Index, alone, serving
from onezip.builder.languages import python
from onezip.builder.uv import uv
from onezip.errors import Diagnostic, OnezipError
from onezip.model.build import Command
from onezip.process import run

pytestmark = needs_uv

LOCAL = '[tool.uv]\nno-index = true\nfind-links = ["{}wheels"]\n'
NO_INDEX = "--no-index\n--find-links wheels\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    folder = tmp_path / "shop"
    for name, needs in (("dep", []), ("more", []), ("demo", ["dep", "more ; extra == 'x'"])):
        make_wheel(folder / "wheels", name, "1.0", {f"{name}.py": "1"}, needs=needs)
    for name in ("dep", "demo"):
        make_wheel(folder / "later", name, "2.0", {f"{name}.py": "2"})
    return folder


def digest(folder: Path, name: str, version: str = "1.0") -> str:
    [path] = folder.glob(f"{name}-{version}-*.whl")
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def tool(folder: Path, *words: str) -> str:
    done = run(Command((uv().path, *words), cwd=str(folder), env=uv().env))
    assert done.code == 0, done.stderr
    return done.stdout


# ---- uv.lock ----------------------------------------------------------------------------------------


def test_a_uv_lock_with_extras_and_groups(project: Path, tmp_path: Path) -> None:
    text = "[project]\nname = 'shop'\nversion = '1'\nrequires-python = '>=3.9'\ndependencies = ['demo']\n"
    text += "optional-dependencies = {fast = ['demo[x]']}\n[dependency-groups]\ndev = ['more']\n"
    (project / "pyproject.toml").write_text(text + LOCAL.format(""))
    tool(project, "lock", "--no-python-downloads")
    make_wheel(project / "wheels", "dep", "2.0", {"dep.py": "2"})
    (project / "functions").mkdir()
    what = function(source="functions")
    done = sound(install(project, tmp_path / "a", what))
    assert done.packages == ["demo 1.0 py3-none-any", "dep 1.0 py3-none-any"]
    assert "--no-deps" in done.recipe.commands[-1].argv
    assert python.warnings(what, done.facts, None, done.harvest.components) == ()
    assert done.facts.files == (str(project / "uv.lock"), str(project / "pyproject.toml"))
    for number, more in enumerate(
        (function(source="functions", extras=("fast",)), function(source="functions", groups=("dev",)))
    ):
        assert len(sound(install(project, tmp_path / str(number), more)).packages) == 3

    (project / "pyproject.toml").write_text(text.replace("'demo'", "'demo>=1'", 1) + LOCAL.format(""))
    with pytest.raises(OnezipError) as caught:
        install(project, tmp_path / "s", what)
    assert (caught.value.code, caught.value.hint) == ("python.stale-lock", "run `uv lock`")


def test_a_member_of_a_uv_workspace(project: Path, tmp_path: Path) -> None:
    """Its own needs and those of the members that it needs, each built; the host's Python does not matter."""
    head = "[tool.uv.workspace]\nmembers = ['packages/*']\n" + LOCAL.format("")
    (project / "pyproject.toml").write_text(head)
    place = "[tool.uv.sources]\nshared = { workspace = true }\n"
    needs = ["shared[x]"]
    api = make_project(project / "packages" / "api", "api", {"api/__init__.py": ""}, needs=needs, more=place)
    make_project(project / "packages" / "shared", "shared", {"shared.py": "1"}, needs=["demo"])
    extra = "[project.optional-dependencies]\nx = ['more']\n"
    shared = project / "packages" / "shared" / "pyproject.toml"
    shared.write_text(shared.read_text() + extra)
    for file in (shared, api / "pyproject.toml"):
        file.write_text(file.read_text().replace("version =", "requires-python = '>=3.9'\nversion =", 1))
    tool(project, "lock", "--no-python-downloads")
    for file in (shared, api / "pyproject.toml", project / "uv.lock"):
        file.write_text(file.read_text().replace(">=3.9", ">=3.13"))
    (api / "lambda").mkdir()

    done = sound(install(project, tmp_path / "a", function(source="packages/api/lambda")))
    assert done.recipe.runs == ("packages/api", "packages/shared")
    names = [package.split()[0] for package in done.packages]
    assert names == ["api", "demo", "dep", "more", "shared"]
    # the same from a project file in the member's own folder
    own = sound(install(api, tmp_path / "b", function(source="lambda")))
    assert own.packed == done.packed
    assert set(own.recipe.runs) == {".", "../shared"}


# ---- pylock.toml, poetry.lock, Pipfile.lock ----------------------------------------------------------


def test_a_pylock(project: Path, tmp_path: Path) -> None:
    (project / "in.txt").write_text("demo[x]\n")
    tool(
        project, "pip", "compile", "--no-config", "--no-index", "--find-links", "wheels", "--quiet",
        "--format", "pylock.toml", "--generate-hashes", "-o", "pylock.toml", "in.txt",
    )  # fmt: skip
    (project / "wheels").rename(project / "w")
    failed = install(project, tmp_path / "s", function(), env={"UV_OFFLINE": "1"})
    assert failed.finished.code == 1
    done = sound(install(project, tmp_path / "t", function(), env={"UV_FIND_LINKS": "w", "UV_OFFLINE": "1"}))
    assert done.packages == [f"{name} 1.0 py3-none-any" for name in ("demo", "dep", "more")]


def test_a_poetry_lock(project: Path, tmp_path: Path) -> None:
    make_project(project / "lib", "lib", {"lib.py": "1"}, needs=["demo @ file:///nowhere"])
    wheels = project / "wheels"
    blocks = [
        f'[[package]]\nname = "{name}"\nversion = "1.0"\ngroups = ["{group}"]\n{marker}\n'
        f'files = [{{file = "x", hash = "{digest(wheels, name)}"}}]\n'
        for name, group, marker in (
            ("demo", "main", ""),
            ("dep", "main", "markers = \"python_version >= '3.13'\""),
            ("more", "dev", ""),
        )
    ]
    blocks.append(
        '[[package]]\nname = "lib"\nversion = "1.0"\ngroups = ["main"]\nfiles = []\n'
        '[package.source]\ntype = "directory"\nurl = "lib"\n'
    )
    metadata = '[metadata]\nlock-version = "2.1"\npython-versions = ">=3.9"\n'
    (project / "poetry.lock").write_text("".join(blocks) + metadata)
    (project / "pyproject.toml").write_text(
        "[tool.poetry]\npackage-mode = false\n[dependency-groups]\ndev = []\n"
    )
    links = {"UV_FIND_LINKS": str(wheels), "UV_OFFLINE": "1"}
    done = sound(install(project, tmp_path / "a", function(), env=links))
    assert [package.split()[0] for package in done.packages] == ["demo", "dep", "lib"]
    assert done.recipe.runs == ("lib",)
    older = sound(install(project, tmp_path / "b", function("python3.12", groups=("dev",)), env=links))
    assert [package.split()[0] for package in older.packages] == ["demo", "lib", "more"]


def test_a_pipfile_lock(project: Path, tmp_path: Path) -> None:
    wheels = project / "wheels"
    lock = {
        "_meta": {"pipfile-spec": 6, "hash": {}, "sources": [], "requires": {}},
        "default": {
            "demo": {"version": "==1.0", "extras": ["x"], "hashes": [digest(wheels, "demo")]},
            "dep": {"version": "==1.0", "hashes": [digest(wheels, "dep")], "markers": "os_name == 'nt'"},
        },
        "develop": {"more": {"version": "==1.0", "hashes": [digest(wheels, "more")]}},
    }
    (project / "Pipfile.lock").write_text(json.dumps(lock))
    links = {"UV_FIND_LINKS": str(wheels), "UV_OFFLINE": "1"}
    done = sound(install(project, tmp_path / "a", function(), env=links))
    assert [package.split()[0] for package in done.packages] == ["demo"]
    more = sound(install(project, tmp_path / "b", function(groups=("develop",)), env=links))
    assert [package.split()[0] for package in more.packages] == ["demo", "more"]


# ---- constraints, sources ----------------------------------------------------------------------------


def test_constraints_of_files_and_of_the_project(project: Path, tmp_path: Path) -> None:
    (project / "requirements.txt").write_text(
        "--no-index\n--find-links wheels\n--find-links later\n-c limits/one.txt\ndemo\n"
    )
    (project / "limits").mkdir()
    (project / "limits" / "one.txt").write_text("-r two.txt\n")
    (project / "limits" / "two.txt").write_text("dep==1.0\nunused==9\n")
    (project / "own limits.txt").write_text("demo<2\n")
    what = function(constraints=("own limits.txt",))
    done = sound(install(project, tmp_path / "s", what))
    assert done.packages == ["demo 1.0 py3-none-any", "dep 1.0 py3-none-any"]
    assert str(project / "limits" / "two.txt") in done.facts.files


def make_sdist(folder: Path, name: str, version: str) -> None:
    """A source distribution with its own build backend."""
    toml = (
        f"[project]\nname = {name!r}\nversion = {version!r}\n"
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    files = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "pyproject.toml": toml,
        "backend.py": BACKEND,
        "ABOUT": f"{name}\n{version}",
        f"code/{name}.py": "x = 1\n",
    }
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / f"{name}-{version}.tar.gz", "w:gz") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(f"{name}-{version}/{path}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))


def test_a_source_distribution_is_refused_and_allowed_by_name(project: Path, tmp_path: Path) -> None:
    make_sdist(project / "wheels", "rusty", "1.0")
    (project / "requirements.txt").write_text(NO_INDEX + "rusty\ndemo\n")
    failed = install(project, tmp_path / "a", function())
    assert python.explain(function(), failed.finished.stderr).code == "python.no-wheel"
    what = function(allow_sdist=("Rusty", "unused"))
    said: list[Diagnostic] = []
    done = sound(install(project, tmp_path / "b", what, said=said))
    assert [package.split()[0] for package in done.packages] == ["demo", "dep", "rusty"]
    assert [each.message for each in said] == [
        "building rusty (source distribution), unused (source distribution) runs their own code"
    ]
    _, warning = python.warnings(what, done.facts, None, done.harvest.components)
    assert (warning.code, warning.message) == (
        "python.sdist",
        "rusty came as source and was built here: the bytes depend on the build",
    )
    with pytest.raises(OnezipError, match="that is refused"):
        install(project, tmp_path / "c", what, run_builds=False)


# ---- Amazon Linux 2 ----------------------------------------------------------------------------------


def test_wheels_for_a_glibc_that_uv_has_no_name_for(project: Path, tmp_path: Path) -> None:
    for tag in ("manylinux_2_24", "manylinux_2_26", "manylinux_2_28", "manylinux_2_24_x"):
        machine = "aarch64" if tag.endswith("_x") else "x86_64"
        for version in ("1.0", "1.1"):
            full = f"cp311-cp311-{tag.removesuffix('_x')}_{machine}"
            make_wheel(project / "wheels", "odd", version, {"odd.py": f"{version} {tag}"}, tag=full)
    make_wheel(project / "wheels", "user", "1.0", {"user.py": ""}, needs=["odd<1.1"])
    (project / "requirements.txt").write_text(NO_INDEX + "user\n")
    done = sound(install(project, tmp_path / "a", function("python3.11")))
    assert done.packages == ["odd 1.0 cp311-cp311-manylinux_2_26_x86_64", "user 1.0 py3-none-any"]
    hashed = [f"{n}==1.0 --hash={digest(project / 'wheels', n)}" for n in ("user",)]
    odd = project / "wheels" / "odd-1.0-cp311-cp311-manylinux_2_24_aarch64.whl"
    hashed.append(f"odd==1.0 --hash=sha256:{hashlib.sha256(odd.read_bytes()).hexdigest()}")
    (project / "requirements.txt").write_text(NO_INDEX + "\n".join(hashed))
    arm = sound(install(project, tmp_path / "b", function("python3.11", "arm64")))
    assert arm.packages[0] == "odd 1.0 cp311-cp311-manylinux_2_24_aarch64"
    failed = install(project, tmp_path / "c", function("python3.10"))
    assert python.explain(function("python3.10"), failed.finished.stderr).code == "python.no-wheel"


# ---- an index of one's own ----------------------------------------------------------------------------


@pytest.fixture
def index(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    alone(monkeypatch, project.parent / "cache")
    with serving(project / "wheels", "me:se cret") as found:
        yield found


DEMO = ["demo 1.0 py3-none-any", "dep 1.0 py3-none-any"]


def test_an_index_with_credentials_in_a_file(project: Path, tmp_path: Path, index: Index) -> None:
    url = index.url.replace("//", "//me:se%20cret@")
    (project / "requirements.txt").write_text(f"--index-url {url}\ndemo\n")
    done = sound(install(project, tmp_path / "s", function()))
    assert done.packages == DEMO
    assert "cret" not in done.facts.details["text"]


def test_an_index_with_a_secret_from_a_variable(
    project: Path, tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = index.url.replace("//", "//me:${CORP_SECRET}@")
    (project / "requirements.txt").write_text(f"--index-url {url}\ndemo\n")
    monkeypatch.setenv("CORP_SECRET", "se%20cret")
    failed = install(project, tmp_path / "a", function())
    assert failed.finished.code == 1
    done = sound(install(project, tmp_path / "b", function(pass_env=("CORP_SECRET",))))
    assert done.packages == DEMO


def test_named_indexes_of_uv_and_of_poetry_have_their_secrets_in_variables(
    project: Path, tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_INDEX_CORP_USERNAME", "me")
    monkeypatch.setenv("UV_INDEX_CORP_PASSWORD", "se cret")
    text = "[project]\nname = 'shop'\nversion = '1'\nrequires-python = '>=3.9'\ndependencies = ['demo']\n"
    settings = f"[[tool.uv.index]]\nname = 'corp'\nurl = '{index.url}'\ndefault = true\n"
    (project / "pyproject.toml").write_text(text + settings)
    assert sound(install(project, tmp_path / "alone", function())).packages == DEMO
    tool(project, "lock", "--no-python-downloads")
    done = sound(install(project, tmp_path / "uv", function()))
    assert done.packages == DEMO
    assert "--require-hashes" in done.recipe.commands[-1].argv
    (project / "uv.lock").unlink()
    blocks = [
        f'[[package]]\nname = "{name}"\nversion = "1.0"\ngroups = ["main"]\n'
        f'files = [{{file = "x", hash = "{digest(project / "wheels", name)}"}}]\n'
        for name in ("demo", "dep")
    ]
    metadata = '[metadata]\nlock-version = "2.1"\npython-versions = "*"\n'
    (project / "poetry.lock").write_text("".join(blocks) + metadata)
    source = f"[[tool.poetry.source]]\nname = 'corp'\nurl = '{index.url}'\n"
    (project / "pyproject.toml").write_text(text + source)
    assert sound(install(project, tmp_path / "poetry", function())).packages == DEMO


def test_an_index_from_the_callers_variables(
    project: Path, tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index.url.replace("//", "//me:se%20cret@"))
    (project / "requirements.txt").write_text("demo\n")
    assert sound(install(project, tmp_path / "s", function())).packages == DEMO


def test_a_wheel_that_uv_does_not_choose_comes_from_the_index(
    project: Path, tmp_path: Path, index: Index
) -> None:
    tags: Sequence[str] = ("manylinux_2_24_x86_64", "manylinux_2_28_x86_64")
    for tag in tags:
        make_wheel(project / "wheels", "odd", "1.0", {"odd.py": tag}, tag=f"cp311-cp311-{tag}")
    url = index.url.replace("//", "//me:se%20cret@")
    (project / "requirements.txt").write_text(f"--index-url {url}\nodd==1.0\n")
    done = sound(install(project, tmp_path / "s", function("python3.11")))
    assert done.packages == ["odd 1.0 cp311-cp311-manylinux_2_24_x86_64"]


def test_a_lock_of_a_private_index_holds_no_secret(
    project: Path, tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    from onezip.builder.locker import lock
    from onezip.config.load import load_project

    monkeypatch.setenv("ONEZIP_HOME", str(tmp_path / "home"))
    url = index.url.replace("//", "//me:se%20cret@")
    (project / "src").mkdir()
    (project / "src" / "requirements.txt").write_text(f"--index-url {url}\ndemo\n")
    (project / "onezip.toml").write_text(
        '[functions.api]\nsource = "src"\nruntime = "python3.13"\nhandler = "app.handler"\n'
    )
    outcome = lock(load_project(str(project)), report=lambda _: None, listen=lambda _: None)
    assert outcome.failed == ()
    text = (project / "pylock.api.toml").read_text() + (project / "onezip.lock").read_text()
    assert "cret" not in text
    assert "/files/demo-1.0-py3-none-any.whl" in text
    assert read(str(project / "dist" / "api.json"))
