"""Real installations by uv: of wheels made here by hand, and of released ones from the configured index."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.python_driver import HELLO, PLAIN, function, install, make_wheel, needs_uv, no_index, sound
from onezip.builder.index import explain_with_index
from onezip.builder.languages import python
from onezip.errors import Severity
from onezip.model.build import Command
from onezip.process import environment, run

HOSTS = {
    ".".join(path.name.split(".")[:2]): path / "bin" / "python"
    for path in sorted(Path.home().glob(".pyenv/versions/3.*"))
    if (path / "bin" / "python").exists()
}
"""Other interpreters that may run onezip, by minor version."""

pytestmark = needs_uv


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def released() -> None:
    """Skips where no package index answers."""
    if reason := no_index():
        pytest.skip(reason)


@pytest.fixture
def umask() -> Iterator[None]:
    old = os.umask(0o022)
    yield
    os.umask(old)


def local(project: Path, *lines: str) -> None:
    """Requirements that are met from the folder `wheels` alone."""
    text = "\n".join(("--no-index", "--find-links wheels", *lines, ""))
    (project / "requirements.txt").write_text(text)


# ---- wheels made here -----------------------------------------------------------------------------


def test_what_stays_and_what_goes(project: Path, tmp_path: Path) -> None:
    make_wheel(
        project / "wheels",
        "demo",
        "1.0",
        {
            "demo/__init__.py": "",
            "demo/__init__.pyc": "old",
            "demo/__pycache__/__init__.cpython-313.pyc": "old",
            "demo/only.pyc": "the module itself",
            "demo/bin/tool": "stays",
            "demo/inner.pth": "stays",
            "demo/.DS_Store": "x",
            "demo-hook.pth": "import os",
            "demo-1.0.data/scripts/run-demo": "#!python\n",
            "demo-1.0.data/data/share/demo.txt": "stays",
            "demo-1.0.data/purelib/pure.py": "",
            "demo-1.0.dist-info/top_level.txt": "demo\n",
        },
        entry_points="[console_scripts]\ndemo = demo:main\n",
    )
    local(project, "demo")
    done = sound(install(project, tmp_path / "s", function()))
    assert sorted(done.packed) == [
        "demo-1.0.dist-info/METADATA",
        "demo-1.0.dist-info/WHEEL",
        "demo-1.0.dist-info/entry_points.txt",
        "demo-1.0.dist-info/licenses/LICENSE",
        "demo-1.0.dist-info/top_level.txt",
        "demo/__init__.py",
        "demo/bin/tool",
        "demo/inner.pth",
        "demo/only.pyc",
        "pure.py",
        "share/demo.txt",
    ]
    gone = set(done.all_names) - set(done.packed)
    assert {".lock", "bin/demo", "bin/run-demo", "demo-hook.pth", "demo-1.0.dist-info/RECORD"} <= gone


def test_a_wheel_under_a_false_name_is_found_out(project: Path, tmp_path: Path) -> None:
    tag = "cp313-cp313-manylinux_2_17_x86_64"
    make_wheel(
        project / "wheels", "demo", "1", {"demo.py": ""}, tag=tag, says=["cp313-cp313-macosx_11_0_arm64"]
    )
    local(project, "demo")
    [error] = install(project, tmp_path / "s", function()).harvest.diagnostics
    assert (error.code, error.severity) == ("python.wheel", Severity.ERROR)
    assert error.message == (
        "demo 1 was installed for cp313-cp313-macosx_11_0_arm64;"
        " Lambda has python3.13 on x86_64 with glibc 2.34"
    )


def test_a_wheel_of_somebodys_linux_is_taken_with_a_warning(project: Path, tmp_path: Path) -> None:
    make_wheel(project / "wheels", "demo", "1", {"demo.py": ""}, tag="cp313-cp313-linux_x86_64")
    local(project, "demo")
    [warning] = sound(install(project, tmp_path / "s", function())).harvest.diagnostics
    assert (
        warning.message
        == "demo 1 was built for some Linux (cp313-cp313-linux_x86_64); it may not run on Lambda"
    )


MANY_TAGS = """
py3-none-any
cp311-cp311-manylinux_2_17_x86_64 cp311-cp311-manylinux_2_28_x86_64
cp38-abi3-manylinux_2_34_x86_64 cp38-abi3-manylinux_2_35_x86_64 cp313-cp313-musllinux_1_1_x86_64
cp313-cp313-manylinux_2_28_aarch64 cp314-cp314-manylinux_2_35_aarch64
cp314-cp314t-manylinux_2_17_aarch64 cp39-cp39-manylinux_2_28_x86_64 cp313-cp313-macosx_11_0_arm64
"""


@pytest.mark.parametrize(
    ("runtime", "architecture", "chosen"),
    [
        ("python3.9", "x86_64", "py3-none-any"),
        ("python3.11", "x86_64", "cp311-cp311-manylinux_2_17_x86_64"),
        ("python3.12", "x86_64", "cp38-abi3-manylinux_2_34_x86_64"),
        ("python3.13", "x86_64", "cp38-abi3-manylinux_2_34_x86_64"),
        ("python3.13", "arm64", "cp313-cp313-manylinux_2_28_aarch64"),
        ("python3.14", "arm64", "py3-none-any"),
    ],
)
def test_which_wheel_is_chosen(
    project: Path, tmp_path: Path, runtime: str, architecture: str, chosen: str
) -> None:
    for tag in MANY_TAGS.split():
        make_wheel(project / "wheels", "demo", "1", {"demo.py": tag}, tag=tag)
    local(project, "demo")
    done = sound(install(project, tmp_path / "s", function(runtime, architecture)))
    assert done.packages == [f"demo 1 {chosen}"]


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("sys_platform == 'linux' and os_name == 'posix' and platform_system == 'Linux'", True),
        ("platform_machine == 'aarch64'", True),
        ("platform_machine == 'arm64' or platform_machine == 'x86_64'", False),
        ("python_version == '3.14' and python_full_version >= '3.14.0'", True),
        ("python_full_version < '3.14' or implementation_version < '3.14'", False),
        ("platform_python_implementation == 'CPython' and implementation_name == 'cpython'", True),
        ("platform_release == '' and platform_version == ''", True),
    ],
)
def test_markers_are_evaluated_for_lambda(project: Path, tmp_path: Path, marker: str, holds: bool) -> None:
    make_wheel(project / "wheels", "demo", "1", {"demo.py": ""}, needs=[f"extra ; {marker}"])
    make_wheel(project / "wheels", "extra", "1", {"extra.py": ""})
    local(project, "demo")
    done = sound(install(project, tmp_path / "s", function("python3.14", "arm64")))
    assert ("extra.py" in done.packed) == holds
    from packaging.markers import Marker

    from onezip.builder.languages.python_target import target

    assert Marker(marker).evaluate(dict(target(function("python3.14", "arm64")).markers())) == holds


def test_nothing_around_the_project_changes_the_result(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1", "2"):
        make_wheel(project / "wheels", "demo", version, {"demo.py": version})
    local(project, "demo")
    stray = 'no-index = false\nresolution = "lowest"\nexclude-newer = "2010-01-01"\n'
    (project / "uv.toml").write_text(stray)
    (project / "pyproject.toml").write_text(f"[tool.uv]\noverride-dependencies = ['demo==1']\n{stray}")
    (project / ".python-version").write_text("3.8\n")
    home = tmp_path / "home"
    (home / "uv").mkdir(parents=True)
    (home / "uv" / "uv.toml").write_text(stray)
    for name, value in {
        "XDG_CONFIG_HOME": str(home),
        "UV_CONFIG_FILE": str(project / "uv.toml"),
        "UV_RESOLUTION": "lowest",
        "UV_CONSTRAINT": str(project / "nowhere"),
        "UV_PROJECT": str(tmp_path),
        "UV_COMPILE_BYTECODE": "1",
        "UV_LINK_MODE": "symlink",
        "PIP_TARGET": str(tmp_path / "else"),
        "PIP_CONSTRAINT": str(project / "nowhere"),
        "PYTHONPATH": str(project),
        "VIRTUAL_ENV": str(tmp_path / "venv"),
        "FORCE_COLOR": "1",
    }.items():
        monkeypatch.setenv(name, value)
    done = sound(install(project, tmp_path / "s", function()))
    assert done.packages == ["demo 2 py3-none-any"]
    assert not [name for name in done.all_names if name.endswith(".pyc")]
    assert not (tmp_path / "s" / "python" / "demo.py").is_symlink()
    assert "\x1b" not in done.finished.stderr


def test_hashes_are_demanded_of_everything(project: Path, tmp_path: Path) -> None:
    import hashlib

    path = make_wheel(project / "wheels", "demo", "1", {"demo.py": ""}, needs=["extra"])
    make_wheel(project / "wheels", "extra", "1", {"extra.py": ""})
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    local(project, f"demo==1 --hash=sha256:{digest}")
    done = install(project, tmp_path / "s", function())
    assert python.explain(function(), done.finished.stderr).message == (
        "extra is needed, but the requirements have no hash for it"
    )
    local(project, f"extra==1 --hash=sha256:{'0' * 64}")
    done = install(project, tmp_path / "t", function())
    assert python.explain(function(), done.finished.stderr).message == (
        "extra==1 does not have the hash that the requirements give"
    )


# ---- released wheels ------------------------------------------------------------------------------


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize(
    ("runtime", "architecture"), [("python3.9", "x86_64"), ("python3.13", "x86_64"), ("python3.13", "arm64")]
)
def test_the_sample_with_included_files_and_constraints(
    tmp_path: Path, runtime: str, architecture: str
) -> None:
    what = function(runtime, architecture)
    done = sound(install(HELLO, tmp_path, what))
    assert [package.rpartition(" ")[0] for package in done.packages] == [
        "certifi 2024.8.30",
        "charset-normalizer 3.4.0",
        "idna 3.10",
        "markupsafe 3.0.2",
        "requests 2.32.3",
        "urllib3 2.2.3",
    ]
    assert python.warnings(what, done.facts, None, done.harvest.components) == ()
    assert not (HELLO / "RAN").exists()
    names = [*done.packed, "app.py", "hello/greet.py"]
    assert python.check_handler(what, names) is None


@pytest.mark.usefixtures("released", "umask")
@pytest.mark.parametrize(
    "host", [pytest.param(path, id=name) for name, path in HOSTS.items() if name in {"3.11", "3.12", "3.13"}]
)
def test_the_same_bytes_from_other_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Path
) -> None:
    what = function("python3.12", "arm64")
    one = sound(install(HELLO, tmp_path / "one", what))
    copy = tmp_path / "a place with spaces" / "ü"
    shutil.copytree(HELLO, copy)
    os.umask(0o077)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("LANG", "C")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cold"))
    two = sound(install(copy, tmp_path / "two", what, env={"UV_PYTHON": str(host)}))
    assert two.packed == one.packed
    assert two.harvest == one.harvest
    assert two.recipe.components == one.recipe.components


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize(
    ("runtime", "architecture", "machine"),
    [
        ("python3.9", "x86_64", "x86_64"),
        ("python3.11", "arm64", "aarch64"),
        ("python3.12", "x86_64", "x86_64"),
        ("python3.14", "arm64", "aarch64"),
    ],
)
def test_compiled_wheels_for_each_runtime(
    project: Path, tmp_path: Path, runtime: str, architecture: str, machine: str
) -> None:
    newest = runtime == "python3.14"
    requirements = ["cryptography==43.0.3", "markupsafe==3.0.3", "orjson==3.11.5", "pydantic-core==2.41.5"]
    (project / "requirements.txt").write_text("\n".join(requirements if newest else requirements[:2]))
    done = sound(install(project, tmp_path / "s", function(runtime, architecture)))
    details = dict(package.split(" ", 1) for package in done.packages)
    assert runtime.replace("python3.", "cp3") in details["markupsafe"]
    assert "abi3" in details["cryptography"]
    modules = [name for name in done.packed if name.endswith(".so")]
    assert modules
    assert not [name for name in modules if "-linux-gnu" in name and machine not in name]


@pytest.mark.usefixtures("released")
def test_numpy_on_the_newest_and_on_an_older_system(project: Path, tmp_path: Path) -> None:
    (project / "requirements.txt").write_text("numpy==2.3.1\n")
    old = function("python3.11")
    failed = install(project, tmp_path / "s", old)
    assert failed.finished.code == 1
    told = explain_with_index(old, failed.finished.stderr, environment(), timeout=60)
    assert told.code == "python.no-wheel"
    assert told.message == (
        "no wheel for python3.11 on x86_64 with glibc 2.26:"
        " numpy 2.3.1 (it has cp311 for manylinux_2_28_x86_64)"
    )
    assert told.hint == 'there is one with numpy 2.2.6, or with runtime = "python3.12"'
    new = sound(install(project, tmp_path / "t", function("python3.12")))
    assert new.packages == ["numpy 2.3.1 cp312-cp312-manylinux_2_28_x86_64"]


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize(
    ("runtime", "architecture", "machine"),
    [
        ("python3.9", "arm64", "aarch64"),
        ("python3.10", "x86_64", "x86_64"),
        ("python3.11", "arm64", "aarch64"),
        ("python3.11", "x86_64", "x86_64"),
    ],
)
def test_wheels_between_the_glibcs_that_uv_knows(
    project: Path, tmp_path: Path, runtime: str, architecture: str, machine: str
) -> None:
    """Amazon Linux 2 has glibc 2.26: asked for 2.17 uv refuses these, asked for 2.28 it takes too much."""
    (project / "requirements.txt").write_text("pyzmq==27.1.0\n")
    done = sound(install(project, tmp_path / "s", function(runtime, architecture)))
    interpreter = runtime.replace("python3.", "cp3")
    assert f"pyzmq 27.1.0 {interpreter}-{interpreter}-manylinux_2_26_{machine}" in done.packages
    assert any(name.endswith(".so") for name in done.packed)


@pytest.mark.usefixtures("released")
def test_a_wheel_for_a_glibc_just_above_is_refused(project: Path, tmp_path: Path) -> None:
    (project / "requirements.txt").write_text("duckdb==1.4.1\n")
    old = function("python3.11")
    failed = install(project, tmp_path / "s", old)
    told = explain_with_index(old, failed.finished.stderr, environment(), timeout=60)
    assert told.message == (
        "no wheel for python3.11 on x86_64 with glibc 2.26:"
        " duckdb 1.4.1 (it has cp311 for manylinux_2_27_x86_64)"
    )


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize("line", ["docopt==0.6.2", "docopt"])
def test_a_package_that_is_source_only(project: Path, tmp_path: Path, line: str) -> None:
    (project / "requirements.txt").write_text(f"{line}\n")
    failed = install(project, tmp_path / "s", function())
    told = explain_with_index(function(), failed.finished.stderr, environment(), timeout=60)
    assert told.message == "no wheel for python3.13 on x86_64 with glibc 2.34: docopt 0.6.2 (source only)"
    assert told.hint.startswith("docopt is published as source only;")


@pytest.mark.usefixtures("released")
def test_the_way_out_of_source_only_works(project: Path, tmp_path: Path) -> None:
    argv = (sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", "wheels", "docopt==0.6.2")
    made = run(Command(argv, cwd=str(project)))
    if made.code:
        pytest.skip(f"pip cannot build docopt here: {made.stderr[:200]}")
    (project / "requirements.txt").write_text("docopt==0.6.2\n--find-links wheels\n")
    done = sound(install(project, tmp_path / "s", function()))
    assert done.packages == ["docopt 0.6.2 py3-none-any"]


@pytest.mark.usefixtures("released")
def test_hashed_requirements(tmp_path: Path) -> None:
    what = function("python3.10", requirements="hashed.txt")
    done = sound(install(PLAIN, tmp_path, what))
    assert "--require-hashes" in done.recipe.commands[0].argv
    assert done.packages == ["idna 3.10 py3-none-any", "markupsafe 3.0.2 cp310-cp310-manylinux_2_17_x86_64"]
    assert python.warnings(what, done.facts, None, done.harvest.components) == ()


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("onezip-no-such-package\n", "onezip-no-such-package is not in the package index"),
        ("idna==99\n", "idna==99 is not in the package index"),
        ("--index-url http://127.0.0.1:9/simple\nidna==3.10\n", "the package index could not be reached"),
    ],
)
def test_other_ends(project: Path, tmp_path: Path, text: str, message: str) -> None:
    (project / "requirements.txt").write_text(text)
    env = {"UV_HTTP_RETRIES": "0"} if "127.0.0.1" in text else {}
    failed = install(project, tmp_path / "s", function(), env=env)
    assert python.explain(function(), failed.finished.stderr).message == message
