"""Rules on what compilers, installers and zip tools really make."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lint.made import (
    AL2023,
    ARM,
    HANDLER,
    PYTHON,
    PYTHON311,
    X86,
    codes,
    look,
    of,
    one,
    program,
    python,
    write,
)
from onezip.archive.lint import Report
from onezip.errors import Severity
from onezip.model.function import Architecture, Handler

GO = shutil.which("go") or ""
ZIP, SEVEN = shutil.which("zip") or "", shutil.which("7z") or ""
needs_go = pytest.mark.skipif(not GO, reason="needs Go: https://go.dev/dl")
needs_zip = pytest.mark.skipif(not ZIP, reason="needs Info-ZIP: apt-get install zip")
needs_7z = pytest.mark.skipif(not SEVEN, reason="needs 7-Zip: apt-get install p7zip-full")


def go_build(folder: Path, system: str, machine: str, **more: str) -> bytes:
    """A program of one line for a system."""
    (folder / "main.go").write_text("package main\n\nfunc main() { println(1) }\n")
    out = folder / f"{system}-{machine}"
    environment = os.environ | {"GOOS": system, "GOARCH": machine, "CGO_ENABLED": "0", "GOFLAGS": ""} | more
    subprocess.run(
        [GO, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", str(out), "main.go"],
        cwd=folder,
        env=environment,
        check=True,
        timeout=300,
    )
    return out.read_bytes()


def bootstrap(folder: Path, data: bytes, architecture: Architecture = X86) -> Report:
    path = write(folder / "a.zip", {"bootstrap": program(data)})
    return look(path, runtime=AL2023, architecture=architecture)


@needs_go
def test_go_for_linux(tmp_path: Path) -> None:
    amd, arm = go_build(tmp_path, "linux", "amd64"), go_build(tmp_path, "linux", "arm64")
    assert not codes(bootstrap(tmp_path, amd))
    assert not codes(bootstrap(tmp_path, arm, ARM))
    found = one(bootstrap(tmp_path, arm), "check.bootstrap-architecture")
    assert found.message == "bootstrap is an executable for arm64; the function is for x86_64"


@needs_go
@pytest.mark.ring2
@pytest.mark.parametrize(
    ("system", "machine", "code", "words"),
    [
        ("darwin", "arm64", "check.bootstrap-format", "Mach-O"),
        ("windows", "amd64", "check.bootstrap-format", "PE file"),
        ("linux", "386", "check.bootstrap-architecture", "32-bit x86"),
        ("linux", "arm", "check.bootstrap-architecture", "32-bit ARM"),
        ("freebsd", "amd64", "check.bootstrap-architecture", "on FREEBSD"),
        ("wasip1", "wasm", "check.bootstrap-format", "WebAssembly"),
    ],
)
def test_go_for_other_systems(system: str, machine: str, code: str, words: str, tmp_path: Path) -> None:
    report = bootstrap(tmp_path, go_build(tmp_path, system, machine))
    assert words in one(report, code).message
    assert codes(report) == {code}


@pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("gcc"), reason="needs gcc on Linux: apt-get install gcc"
)
def test_c_programs_of_this_system(tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text('#include <stdio.h>\nint main(void) { puts("x"); return 0; }\n')
    subprocess.run(["gcc", "x.c", "-o", "plain"], cwd=tmp_path, check=True)
    architecture = ARM if os.uname().machine == "aarch64" else X86
    report = bootstrap(tmp_path, (tmp_path / "plain").read_bytes(), architecture)
    assert codes(report) <= {"check.glibc"}
    if subprocess.run(["gcc", "-static", "x.c", "-o", "static"], cwd=tmp_path, check=False).returncode == 0:
        assert not codes(bootstrap(tmp_path, (tmp_path / "static").read_bytes(), architecture))


def installed(
    folder: Path, requirement: str, platform: str, version: str = "3.13", *, alone: bool = True
) -> dict[str, bytes]:
    """The files of wheels for a platform: of one, or with all that it needs."""
    from uv import find_uv_bin

    target = folder / "installed"
    subprocess.run(
        [
            *(find_uv_bin(), "pip", "install", "--quiet", "--only-binary", ":all:"),
            *(["--no-deps"] if alone else []),
            *(
                "--target",
                str(target),
                "--python-platform",
                platform,
                "--python-version",
                version,
            ),
            *requirement.split(),
        ],
        check=True,
        timeout=300,
    )
    names = [name for name in target.rglob("*") if name.is_file() and name.name != ".lock"]
    return {name.relative_to(target).as_posix(): name.read_bytes() for name in names}


def wheel(folder: Path, files: Mapping[str, bytes], **known: Any) -> Report:
    return python(folder / "a.zip", files, **known)


@pytest.mark.ring2
@pytest.mark.parametrize(
    ("platform", "known", "expected"),
    [
        ("x86_64-manylinux_2_28", {}, set()),
        ("aarch64-manylinux_2_28", {"architecture": ARM}, set()),
        ("x86_64-manylinux_2_17", {"runtime": PYTHON311}, {"check.wheel", "check.extension"}),
        ("aarch64-manylinux_2_28", {}, {"check.wheel", "check.extension"}),
        ("x86_64-unknown-linux-musl", {}, {"check.wheel", "check.extension", "check.musl"}),
        ("aarch64-apple-darwin", {}, {"check.wheel", "check.extension", "check.host-format"}),
        ("x86_64-pc-windows-msvc", {}, {"check.wheel", "check.extension", "check.host-format"}),
    ],
)
def test_a_wheel_for_each_platform(
    platform: str, known: dict[str, Any], expected: set[str], tmp_path: Path
) -> None:
    files = installed(tmp_path, "pydantic-core==2.41.5", platform)
    found = codes(wheel(tmp_path, files, **known), Severity.WARNING)
    assert found == expected


@pytest.mark.ring2
def test_a_wheel_for_a_newer_glibc(tmp_path: Path) -> None:
    files = installed(tmp_path, "cryptography==46.0.3", "x86_64-manylinux_2_34", "3.11")
    assert not codes(wheel(tmp_path, files), Severity.WARNING)
    report = wheel(tmp_path, files, runtime=PYTHON311)
    found = one(report, "check.glibc")
    assert found.entry == "cryptography/hazmat/bindings/_rust.abi3.so"
    assert "version `GLIBC_2.3" in found.prevents
    assert "it needs glibc 2.34; python3.11 has 2.26" in one(report, "check.wheel").message


@pytest.mark.ring2
def test_a_wheel_that_needs_a_library_of_the_system(tmp_path: Path) -> None:
    files = installed(tmp_path, "lightgbm==4.6.0", "x86_64-manylinux_2_28")
    found = one(wheel(tmp_path, files), "check.library-missing")
    assert "'libgomp.so.1' is not in the zip" in found.message


@pytest.mark.ring2
@pytest.mark.parametrize(
    "requirement",
    ["numpy==2.3.5", "lxml==6.0.2", "pillow==12.0.0", "psycopg2-binary==2.9.11", "pyarrow==22.0.0"],
)
def test_sound_wheels_have_no_findings(requirement: str, tmp_path: Path) -> None:
    files = installed(tmp_path, requirement, "x86_64-manylinux_2_28")
    assert not codes(wheel(tmp_path, files), Severity.WARNING)


@pytest.mark.ring2
@pytest.mark.parametrize(
    "requirement",
    [
        "boto3==1.41.5",
        "botocore==1.41.5",
        "certifi",
        "pycryptodome==3.23.0",
        "moto==5.1.18",
        "paramiko==4.0.0",
    ],
)
def test_packages_with_keys_in_their_tests_raise_no_errors(requirement: str, tmp_path: Path) -> None:
    files = installed(tmp_path, requirement, "x86_64-manylinux_2_28")
    assert not codes(wheel(tmp_path, files), Severity.ERROR)


@pytest.mark.ring2
def test_what_a_handler_imports_of_real_packages_is_there(tmp_path: Path) -> None:
    files = installed(tmp_path, "requests==2.32.5", "x86_64-manylinux_2_28")
    files["app.py"] = b"import requests\n" + HANDLER
    (tmp_path / "more").mkdir()
    lacking = {each.prevents.rpartition(" ")[2] for each in of(wheel(tmp_path, files), "check.python-import")}
    assert lacking == {"'certifi'"}  # urllib3 is in Lambda's runtime, idna is imported later
    files |= installed(tmp_path / "more", "certifi", "x86_64-manylinux_2_28")
    assert not codes(wheel(tmp_path, files), Severity.WARNING)


@pytest.mark.ring2
@pytest.mark.parametrize(
    ("requirements", "source", "taken", "says"),
    [
        ("requests==2.32.5", "import requests", "idna", ""),  # which it imports late
        ("requests==2.32.5", "import requests", "certifi", "certifi"),
        ("pydantic==2.12.5", "from pydantic import BaseModel", "pydantic_core", "pydantic_core"),
        ("numpy==2.3.5", "import numpy as np, numpy.linalg", "numpy/f2py", ""),
        ("fastapi==0.121.3 mangum==0.19.0", "import fastapi\nfrom mangum import Mangum", "anyio", "anyio"),
        ("google-cloud-storage==3.6.0", "from google.cloud import storage", "google/auth", "google.auth"),
        ("flask==3.1.2", "from flask import Flask", "werkzeug", "werkzeug"),
    ],
)
def test_large_packages_are_whole_until_something_is_taken(
    requirements: str, source: str, taken: str, says: str, tmp_path: Path
) -> None:
    files = installed(tmp_path, requirements, "x86_64-manylinux_2_28", alone=False)
    files["app.py"] = f"{source}\n".encode() + HANDLER
    assert not of(wheel(tmp_path, files), "check.python-import")
    left = {name: data for name, data in files.items() if not name.startswith((f"{taken}/", f"{taken}."))}
    assert len(left) < len(files)
    found = of(wheel(tmp_path, left), "check.python-import")
    assert {each.severity for each in found} == ({Severity.ERROR} if says else set())
    assert {each.prevents.rpartition(": ")[2] for each in found} == (
        {f"No module named '{says}'"} if says else set()
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "app.py").write_bytes(HANDLER)
    return folder


def check(path: Path) -> Report:
    return look(path, runtime=PYTHON, architecture=X86, handler=Handler("app.handler"))


@needs_zip
def test_info_zip_under_a_strict_umask(tree: Path, tmp_path: Path) -> None:
    (tree / "app.py").chmod(0o600)
    subprocess.run([ZIP, "-qr", str(tmp_path / "a.zip"), "."], cwd=tree, check=True)
    assert codes(check(tmp_path / "a.zip")) == {"check.mode-unreadable"}


@needs_zip
def test_info_zip_with_links(tree: Path, tmp_path: Path) -> None:
    (tree / "main.py").symlink_to("app.py")
    (tree / "app.py").chmod(0o644)
    subprocess.run([ZIP, "-qyr", str(tmp_path / "a.zip"), "."], cwd=tree, check=True)
    assert codes(check(tmp_path / "a.zip")) == {"check.link"}


@needs_zip
def test_info_zip_of_the_folder_instead_of_its_content(tree: Path, tmp_path: Path) -> None:
    (tree / "app.py").chmod(0o644)
    subprocess.run([ZIP, "-qDr", str(tmp_path / "a.zip"), "tree"], cwd=tmp_path, check=True)
    found = one(check(tmp_path / "a.zip"), "check.handler-missing")
    assert found.fix == "Zip what is in 'tree/', not the folder itself."


@needs_zip
def test_info_zip_into_a_pipe(tree: Path, tmp_path: Path) -> None:
    (tree / "app.py").chmod(0o644)
    data = subprocess.run([ZIP, "-qD", "-", "app.py"], cwd=tree, check=True, stdout=subprocess.PIPE).stdout
    (tmp_path / "a.zip").write_bytes(data)
    assert "check.zip-descriptors" in codes(check(tmp_path / "a.zip"))


@needs_7z
def test_7_zip_with_a_password(tree: Path, tmp_path: Path) -> None:
    (tree / "app.py").chmod(0o644)
    words = [SEVEN, "a", "-tzip", "-psecret", "-bso0", str(tmp_path / "a.zip"), "app.py"]
    subprocess.run(words, cwd=tree, check=True, stdout=subprocess.DEVNULL)
    found = one(check(tmp_path / "a.zip"), "check.zip-encrypted")
    assert found.severity is Severity.ERROR


@needs_7z
def test_7_zip_with_lzma(tree: Path, tmp_path: Path) -> None:
    (tree / "app.py").write_bytes(HANDLER * 500)
    (tree / "app.py").chmod(0o644)
    words = [SEVEN, "a", "-tzip", "-mm=LZMA", str(tmp_path / "a.zip"), "app.py"]
    subprocess.run(words, cwd=tree, check=True, stdout=subprocess.DEVNULL)
    assert "check.zip-method" in codes(check(tmp_path / "a.zip"))


def test_python_s_writestr_makes_files_unreadable(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("app.py", HANDLER)
    assert codes(check(tmp_path / "a.zip")) == {"check.mode-unreadable"}


def test_python_s_compiled_files(tree: Path, tmp_path: Path) -> None:
    import py_compile
    import zipfile

    (tree / "app.py").chmod(0o644)
    py_compile.compile(str(tree / "app.py"), invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in sorted(tree.rglob("*.py*")):
            archive.write(name, name.relative_to(tree))
    version = sys.version_info[:2]
    from onezip.limits import RUNTIMES

    own = next((each for each in RUNTIMES.values() if each.python == version), None)
    other = PYTHON if version != (3, 13) else PYTHON311
    assert "check.pyc-foreign" in codes(look(tmp_path / "a.zip", runtime=other))
    if own is not None:
        assert not {"check.pyc-foreign", "check.pyc-stale"} & codes(look(tmp_path / "a.zip", runtime=own))
