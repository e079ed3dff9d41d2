"""Wheels and libraries as installers and compilers make them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from explain.driver import causes, codes, rendered
from explain.zips import RUN, Entry, zipped

pytestmark = pytest.mark.ring2


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def installed(
    folder: Path, *requirements: str, platform: str = "x86_64-manylinux_2_17", python: str = "3.13"
) -> bytes:
    """A zip of what uv installs for Lambda."""
    run(
        sys.executable, "-m", "uv", "pip", "install", "-q", "--target", str(folder), "--only-binary", ":all:",
        "--no-deps", "--python-platform", platform, "--python-version", python, "--link-mode", "copy",
        *requirements,
    )  # fmt: skip
    names = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return zipped({path.relative_to(folder).as_posix(): path.read_bytes() for path in names}, level=1)


def test_another_version_of_a_dependency(tmp_path: Path) -> None:
    one = installed(tmp_path / "one", "idna==3.10", "certifi==2024.7.4")
    other = installed(tmp_path / "other", "idna==3.7", "certifi==2024.7.4")
    found = causes(tmp_path, one, other)
    assert found[0].summary.startswith("another version of idna: 3.10 here, 3.7 there (")
    assert codes(found) == {"dependency"}, rendered(found)


def test_another_wheel_of_a_dependency(tmp_path: Path) -> None:
    """One version, for two versions of glibc, and for another machine."""
    one = installed(tmp_path / "one", "markupsafe==3.0.2")
    arm = installed(tmp_path / "arm", "markupsafe==3.0.2", platform="aarch64-manylinux_2_17")
    found = causes(tmp_path, one, arm)
    assert found[0].summary.startswith("another wheel of MarkupSafe 3.0.2: tag: cp313-cp313-manylinux")
    assert "aarch64" in found[0].summary
    assert codes(found) == {"wheel"}, rendered(found)
    older = installed(tmp_path / "older", "markupsafe==3.0.2", python="3.12")
    assert codes(causes(tmp_path, one, older)) == {"wheel"}


def test_the_same_install_twice(tmp_path: Path) -> None:
    one, other = (installed(tmp_path / name, "idna==3.10") for name in ("one", "other"))
    assert causes(tmp_path, one, other) == []


def test_installers_leave_other_notes(tmp_path: Path) -> None:
    one = installed(tmp_path / "uv", "idna==3.10")
    folder = tmp_path / "pip"
    run(sys.executable, "-m", "pip", "install", "-q", "--no-compile", "--target", str(folder), "idna==3.10")
    names = sorted(path for path in folder.rglob("*") if path.is_file())
    other = zipped({path.relative_to(folder).as_posix(): path.read_bytes() for path in names}, level=1)
    found = causes(tmp_path, one, other)
    assert codes(found) == {"installer"}, rendered(found)
    assert "INSTALLER" in found[0].summary


def compiled(folder: Path, name: str, source: str, *flags: str) -> bytes:
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("gcc is missing: apt-get install gcc")
    folder.mkdir(exist_ok=True)
    (folder / "x.c").write_text(source, encoding="utf-8")
    run(compiler, "-o", str(folder / name), str(folder / "x.c"), *flags)
    return (folder / name).read_bytes()


MAIN = "int main(void) { return 0; }\n"


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["-s"], "stripped there only"),
        (["-g"], "debug information there only"),
        (["-Wl,--no-as-needed", "-lm"], "needs nothing more here, libm.so.6 there"),
        (["-Wl,--dynamic-linker=/lib/ld-other.so"], "the loader is /lib"),
        (["-Wl,-rpath,/opt/x"], "looks for libraries in the usual places here, /opt/x there"),
    ],
)
def test_how_a_program_was_linked(flags: list[str], words: str, tmp_path: Path) -> None:
    one = compiled(tmp_path / "c", "a", MAIN)
    other = compiled(tmp_path / "c", "b", MAIN, *flags)
    found = causes(tmp_path, *(zipped({"bootstrap": Entry(data, mode=RUN)}) for data in (one, other)))
    assert words in rendered(found)
    assert codes(found) <= {"elf", "path"}


def test_only_the_code_of_a_program(tmp_path: Path) -> None:
    one = compiled(tmp_path / "c", "a", MAIN)
    other = compiled(tmp_path / "c", "b", MAIN.replace("0", "1"))
    found = causes(tmp_path, *(zipped({"bootstrap": Entry(data, mode=RUN)}) for data in (one, other)))
    assert codes(found) == {"elf"}
    assert "with other code, linked alike" in found[0].summary
    assert "build id " in found[0].detail
