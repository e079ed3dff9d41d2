"""Projects of the repository, built for real: copies, wheels, and what never happens to the user's folder."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from builder.python_driver import files_of, function, install, make_project, make_wheel, needs_uv, sound
from onezip.builder.languages import python
from onezip.builder.languages.base import Explained
from onezip.builder.local_wheels import with_wheels
from onezip.errors import Diagnostic, OnezipError, Severity

pytestmark = needs_uv


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    folder = tmp_path / "the shop"
    folder.mkdir()
    make_wheel(folder / "wheels", "dep", "1.0", {"dep.py": "1"})
    make_wheel(folder / "wheels", "more", "1.0", {"more.py": "1"})
    make_wheel(folder / "wheels", "lib", "9.0", {"stranger.py": "of the same name, and newer"})
    return folder


def wants(folder: Path, *lines: str) -> None:
    text = "\n".join(("--no-index", "--find-links wheels", *lines, ""))
    (folder / "requirements.txt").write_text(text)


def test_a_local_project_is_built_in_a_copy(project: Path, tmp_path: Path) -> None:
    lib = make_project(project / "lib", "lib", {"lib/__init__.py": "x", "lib/data.txt": "d"}, needs=["dep"])
    before = list(files_of(lib))
    wants(project, "-e ./lib", "lib @ file:lib ; os_name == 'posix'")
    said: list[Diagnostic] = []
    done = sound(install(project, tmp_path / "s", function(), said=said))
    assert list(files_of(lib)) == before
    assert done.packages == ["dep 1.0 py3-none-any", "lib 1.0 py3-none-any"]
    assert [name for name in done.packed if name.startswith("lib")] == [
        "lib-1.0.dist-info/METADATA",
        "lib-1.0.dist-info/WHEEL",
        "lib/__init__.py",
        "lib/data.txt",
    ]
    assert [(each.code, each.severity, each.message) for each in said] == [
        ("python.runs-build", Severity.NOTE, "building lib runs its own code")
    ]
    assert not [name for name in done.all_names if name.endswith(".pth") or "__editable__" in name]
    metadata = (tmp_path / "s" / "python" / "lib-1.0.dist-info" / "METADATA").read_text()
    assert metadata == "Metadata-Version: 2.1\nName: lib\nVersion: 1.0\nRequires-Dist: dep\n"


def test_two_builds_are_the_same_whatever_the_backend_says_of_itself(project: Path, tmp_path: Path) -> None:
    make_project(project / "lib", "lib", {"lib.py": "x"})
    wants(project, "./lib")
    one = sound(install(project, tmp_path / "one", function()))
    (project / "lib" / "__pycache__").mkdir()
    (project / "lib" / "__pycache__" / "x.pyc").write_text("of another day")
    (project / "lib" / "lib.egg-info").mkdir()
    (project / "lib" / "build").mkdir()
    (project / "lib" / "build" / "x").write_text("of another day")
    two = sound(install(project, tmp_path / "two", function(), env={"SOURCE_DATE_EPOCH": "9"}))
    assert one.packed == two.packed


def test_outside_of_the_folder_with_extras_and_nested(project: Path, tmp_path: Path) -> None:
    needs = ["dep", "more ; extra == 'x'", "inner"]
    inner = "[tool.uv.sources]\ninner = { path = '../inner', editable = true }\n"
    make_project(tmp_path / "shared", "Shared_Lib", {"shared.py": "x"}, needs=needs, more=inner)
    make_project(tmp_path / "inner", "inner", {"inner.py": "x"})
    make_wheel(project / "wheels", "inner", "9.0", {"stranger.py": "of the same name, and newer"})
    wants(project, "../shared[x]")
    done = sound(install(project, tmp_path / "s", function()))
    assert [package.split()[0] for package in done.packages] == ["dep", "inner", "more", "shared-lib"]
    assert "stranger.py" not in done.packed
    assert "inner.py" in done.packed


def test_a_member_of_a_workspace_is_not_taken_from_an_index(project: Path) -> None:
    workspace = "[tool.uv.sources]\nlib = { workspace = true }\n"
    make_project(project / "api", "api", {"api.py": "x"}, needs=["lib"], more=workspace)
    wants(project, "./api")
    with pytest.raises(OnezipError, match="lib is of the uv workspace"):
        python.facts(
            str(project),
            function(),
            "",
            lambda path: Path(path).read_text() if Path(path).is_file() else None,
        )


def test_a_build_may_be_refused(project: Path, tmp_path: Path) -> None:
    make_project(project / "lib", "lib", {"lib.py": "x"})
    wants(project, "./lib")
    with pytest.raises(OnezipError) as caught:
        install(project, tmp_path / "s", function(), run_builds=False)
    assert caught.value.code == "python.runs-build"
    assert caught.value.message == "api: building lib runs its own code, and that is refused"


def test_only_pure_wheels_are_taken(project: Path, tmp_path: Path) -> None:
    make_project(project / "lib", "lib", {"lib.py": "x"}, tag="cp313-cp313-linux_x86_64")
    wants(project, "./lib")
    with pytest.raises(OnezipError) as caught:
        install(project, tmp_path / "s", function())
    assert caught.value.code == "python.wheel"
    assert caught.value.message.endswith("is for the system that it was built on, not for Lambda")


def test_a_failing_build_says_why(project: Path, tmp_path: Path) -> None:
    lib = make_project(project / "lib", "lib", {})
    (lib / "backend.py").write_text("def build_wheel(*args):\n    raise RuntimeError('no moon tonight')\n")
    wants(project, "./lib")
    failed = install(project, tmp_path / "s", function())
    assert "no moon tonight" in failed.finished.stderr
    told = python.explain(function(), failed.finished.stderr)
    assert told == Explained(
        "build.failed",
        "",
        "mend its build; a project that is no package says so: [tool.uv] package = false",
        "RuntimeError: no moon tonight\n",
    )
    assert failed.recipe.commands[0].title == "build lib"


@pytest.mark.parametrize("line", ["./nothing", "-e ./empty"])
def test_a_folder_that_is_no_project(project: Path, line: str) -> None:
    (project / "empty").mkdir()
    wants(project, line)
    with pytest.raises(OnezipError, match=r"has neither pyproject\.toml nor setup\.py") as caught:
        python.facts(
            str(project),
            function(),
            "",
            lambda path: Path(path).read_text() if Path(path).is_file() else None,
        )
    assert str(caught.value.place) == "requirements.txt:3"


def test_hashes_go_with_local_projects(project: Path, tmp_path: Path) -> None:
    import hashlib

    digest = hashlib.sha256((project / "wheels" / "dep-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    make_project(project / "lib", "lib", {"lib.py": "x"}, needs=["dep"])
    wants(project, f"dep==1.0 --hash=sha256:{digest}", "./lib")
    done = sound(install(project, tmp_path / "s", function()))
    assert "--require-hashes" in done.recipe.commands[-1].argv
    assert len(done.packages) == 2
    make_project(project / "lib", "lib", {"lib.py": "x"}, needs=["dep", "more"])
    failed = install(project, tmp_path / "t", function())
    told = python.explain(function(), failed.finished.stderr)
    assert told.message == "more is needed, but the requirements have no hash for it"


def test_setuptools_without_any_pyproject(project: Path, tmp_path: Path) -> None:
    """The oldest form of all; its backend comes from the index, if one answers."""
    from builder.python_driver import no_index

    if reason := no_index():
        pytest.skip(reason)
    lib = project / "lib"
    lib.mkdir()
    (lib / "setup.py").write_text(
        "from setuptools import setup\n"
        "setup(name='old_lib', version='1', py_modules=['old'], package_dir={'': 's'})\n"
    )
    (lib / "s").mkdir()
    (lib / "s" / "old.py").write_text("x = 1\n")
    (project / "requirements.txt").write_text("-e ./lib\n")
    done = sound(install(project, tmp_path / "s", function()))
    assert done.packages == ["old-lib 1 py3-none-any"]
    assert sorted(files_of(lib)) == ["s/old.py", "setup.py"]


# ---- the project itself -----------------------------------------------------------------------------


def shop(folder: Path, more: str = "") -> Path:
    """A project with a build-system, whose wheel brings `shop`."""
    uv = '[tool.uv]\nno-index = true\nfind-links = ["wheels"]\n'
    return make_project(folder, "shop", {"shop/__init__.py": "x"}, needs=["dep"], more=uv + more)


def test_the_project_itself_is_built_where_its_source_is_elsewhere(project: Path, tmp_path: Path) -> None:
    shop(project)
    (project / "functions").mkdir()
    (project / "functions" / "app.py").write_text("import shop\n")
    done = sound(install(project, tmp_path / "s", function(source="functions")))
    assert done.recipe.runs == (".",)
    assert {"shop/__init__.py", "dep.py"} <= done.packed.keys()


@pytest.mark.parametrize("source", [".", "src"])
def test_the_project_itself_is_not_built_where_its_code_is_the_source(
    project: Path, tmp_path: Path, source: str
) -> None:
    shop(project)
    (project / "src").mkdir()
    (project / source / "app.py").write_text("")
    done = sound(install(project, tmp_path / "s", function(source=source)))
    assert done.recipe.runs == ()
    assert done.packages == ["dep 1.0 py3-none-any"]


def test_a_package_in_src_is_built_where_the_source_is_above_it(project: Path, tmp_path: Path) -> None:
    shop(project)
    (project / "app.py").write_text("import shop\n")
    (project / "src" / "shop").mkdir(parents=True)
    (project / "src" / "shop" / "__init__.py").write_text("")
    assert sound(install(project, tmp_path / "s", function())).recipe.runs == (".",)
    what = function(handler="shop.main")
    (project / "app.py").unlink()
    assert sound(install(project, tmp_path / "t", what)).recipe.runs == (".",)


def test_a_project_without_build_system_is_only_what_it_needs(project: Path, tmp_path: Path) -> None:
    text = "[project]\nname = 'shop'\nversion = '1'\ndependencies = ['dep']\n"
    text += "[tool.uv]\nno-index = true\nfind-links = ['wheels']\n"
    (project / "pyproject.toml").write_text(text)
    done = sound(install(project, tmp_path / "s", function(source="functions")))
    assert (done.recipe.runs, done.packages) == ((), ["dep 1.0 py3-none-any"])


# ---- what stands for a wheel until it is there ------------------------------------------------------


def test_a_wheel_is_put_in_by_name_and_digest(tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels" / "0", "My_Lib", "1", {"a.py": ""})
    text = "a==1\n{staging}/wheels/0/*.whl[x,y] ; os_name == 'nt'\n"
    first, line = with_wheels(text, str(tmp_path)).splitlines()
    assert first == "a==1"
    path = tmp_path / "wheels" / "0" / "My_Lib-1-py3-none-any.whl"
    assert line.startswith(f"my-lib[x,y] @ file://{path}#sha256=")
    assert line.endswith(" ; os_name == 'nt'")
    assert with_wheels(text, str(tmp_path)) == f"{first}\n{line}\n"
    with zipfile.ZipFile(path) as wheel:
        assert wheel.read("My_Lib-1.dist-info/WHEEL") == (
            b"Wheel-Version: 1.0\nGenerator: onezip\nRoot-Is-Purelib: false\nTag: py3-none-any\n"
        )
        record = wheel.read("My_Lib-1.dist-info/RECORD").decode().splitlines()
    assert [each.partition(",")[0] for each in record][-1] == "My_Lib-1.dist-info/RECORD"
    assert with_wheels("a==1\n", "nowhere") == "a==1\n"


def test_a_build_that_leaves_no_wheel(tmp_path: Path) -> None:
    (tmp_path / "wheels" / "0").mkdir(parents=True)
    with pytest.raises(OnezipError, match="left 0 wheels instead of one"):
        with_wheels("{staging}/wheels/0/*.whl\n", str(tmp_path))
    (tmp_path / "wheels" / "0" / "x-1-py3-none-any.whl").write_text("no zip")
    with pytest.raises(OnezipError, match=r"x-1-py3-none-any\.whl cannot be read"):
        with_wheels("{staging}/wheels/0/*.whl\n", str(tmp_path))


def test_the_project_itself_is_named_so(project: Path, tmp_path: Path) -> None:
    make_project(project, "shop", {"shop.py": ""})
    (project / "functions").mkdir()
    said: list[Diagnostic] = []
    done = sound(install(project, tmp_path / "s", function(source="functions"), said=said))
    assert done.recipe.runs == (".",)
    assert done.recipe.commands[0].title == "the project's own build"
    assert [each.message for each in said] == ["building the project itself runs its own code"]
