from pathlib import Path
from typing import Any

import pytest

from lint.cases import MACH_O, PE, SO
from lint.elves import AARCH64, BPF, DYN, LOADER, elf, library
from lint.made import AL2, AL2023, ARM, PYTHON311, File, Files, codes, of, one, program, provided, python
from onezip.archive.rules import survey
from onezip.errors import Severity

GLIBC = "check.glibc"


def test_an_import_is_graver_than_a_library(tmp_path: Path) -> None:
    report = python(tmp_path / "a.zip", {"pkg.libs/libx.so": library(machine=AARCH64)})
    found = one(report, "check.native-architecture")
    assert found.severity is Severity.WARNING
    assert not found.prevents
    report = python(tmp_path / "b.zip", {"pkg/_x.abi3.so": library(machine=AARCH64)})
    found = one(report, "check.native-architecture")
    assert found.severity is Severity.ERROR
    assert "Unable to import module 'app'" in found.prevents


def test_libraries_of_a_package_are_one_finding(tmp_path: Path) -> None:
    files = {f"pkg/_{name}.abi3.so": library(machine=AARCH64) for name in "abc"}
    found = one(python(tmp_path / "a.zip", files), "check.native-architecture")
    assert "and 2 more below 'pkg'" in found.message


def test_what_python_does_not_load_by_its_name_is_told_once(tmp_path: Path) -> None:
    files = {"_x.cpython-313-aarch64-linux-gnu.so": library(machine=AARCH64)}
    assert codes(python(tmp_path / "a.zip", files)) == {"check.extension"}


def test_programs_for_the_kernel_are_data(tmp_path: Path) -> None:
    assert not codes(python(tmp_path / "a.zip", {"probe.o": elf(BPF, 1)}))


@pytest.mark.parametrize(
    ("known", "version", "bad"),
    [
        ({}, "2.34", False),
        ({}, "2.35", True),
        ({}, "2.2.5", False),
        ({}, "ABI_DT_RELR", True),
        ({"runtime": PYTHON311}, "2.26", False),
        ({"runtime": PYTHON311}, "2.28", True),
        ({"architecture": ARM}, "2.38", False),  # that it is for x86_64 is told instead
    ],
)
def test_glibc_of_a_module(known: dict[str, Any], version: str, bad: bool, tmp_path: Path) -> None:
    found = of(python(tmp_path / "a.zip", {"x.abi3.so": library(glibc=version)}, **known), GLIBC)
    assert bool(found) is bad


def test_the_loader_s_own_words(tmp_path: Path) -> None:
    found = one(python(tmp_path / "a.zip", {SO: library(glibc="2.38")}), GLIBC)
    assert found.severity is Severity.ERROR
    assert found.message.endswith("needs GLIBC_2.38; python3.13 has glibc 2.34")
    assert found.prevents == (
        "Runtime.ImportModuleError: Unable to import module 'app': /lib64/libc.so.6: version `GLIBC_2.38'"
        f" not found (required by /var/task/{SO})"
    )
    assert "manylinux_2_34" in found.fix
    data = elf(interpreter=LOADER, versions={"libc.so.6": ["GLIBC_2.2.5", "GLIBC_2.28"]})
    found = one(provided(tmp_path / "b.zip", {"bootstrap": program(data)}, runtime=AL2), GLIBC)
    assert found.prevents == (
        "Runtime.ExitError: RequestId: <id> Error: Runtime exited with error: exit status 1;"
        " /var/task/bootstrap: /lib64/libc.so.6: version `GLIBC_2.28' not found"
        " (required by /var/task/bootstrap)"
    )


def test_the_library_that_lacks_the_version_is_named(tmp_path: Path) -> None:
    data = elf(kind=DYN, versions={"libc.so.6": ["GLIBC_2.17"], "libm.so.6": ["GLIBC_2.38"]})
    found = one(python(tmp_path / "a.zip", {SO: data}), GLIBC)
    assert "/lib64/libm.so.6: version `GLIBC_2.38' not found" in found.prevents


def test_what_elf_files_ask_for_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "MOST_FACTS", 5)
    files = {f"{name}.abi3.so": library("libx.so", "liby.so") for name in "abc"}
    report = python(tmp_path / "a.zip", files)
    assert one(report, "check.zip-unread").message.startswith("1 files are not looked at")


def test_weak_versions_and_an_own_glibc_do_not_count(tmp_path: Path) -> None:
    weak = elf(kind=DYN, versions={"libc.so.6": ["GLIBC_2.38"]}, weak=["GLIBC_2.38"])
    assert not of(python(tmp_path / "a.zip", {SO: weak}), GLIBC)
    files = {SO: library(glibc="2.38"), "lib/libc.so.6": library()}
    assert not of(python(tmp_path / "b.zip", files), GLIBC)


def test_libstdcxx_may_be_brought(tmp_path: Path) -> None:
    data = elf(kind=DYN, needed=["libstdc++.so.6"], versions={"libstdc++.so.6": ["GLIBCXX_3.4.30"]})
    code = "check.libstdcxx"
    assert not of(python(tmp_path / "a.zip", {SO: data}), code)
    old = {"runtime": PYTHON311}
    assert of(python(tmp_path / "b.zip", {"x.abi3.so": data}, **old), code)
    files = {"x.abi3.so": data, "x.libs/libstdc++-1a2b.so.6": library()}
    assert not of(python(tmp_path / "c.zip", files, **old), code)


def bootstrap(*needed: str, search: str = "") -> Files:
    return {"bootstrap": program(elf(interpreter=LOADER, needed=["libc.so.6", *needed], search=search))}


@pytest.mark.parametrize(
    ("files", "bad"),
    [
        (bootstrap(), False),
        (bootstrap("libz.so.1", "libssl.so.3"), False),
        (bootstrap("libpq.so.5"), True),
        ({**bootstrap("libpq.so.5"), "libpq.so.5": library()}, False),
        ({**bootstrap("libpq.so.5"), "lib/libpq.so.5": library()}, False),
        ({**bootstrap("libpq.so.5"), "deps/libpq.so.5": library()}, True),
        ({**bootstrap("libpq.so.5", search="$ORIGIN/deps"), "deps/libpq.so.5": library()}, False),
        ({**bootstrap("libpq.so.5", search="/x:${ORIGIN}/a/../deps/."), "deps/libpq.so.5": library()}, False),
        (bootstrap("libcrypto.so.10"), True),
    ],
)
def test_libraries_of_bootstrap(files: Files, bad: bool, tmp_path: Path) -> None:
    found = of(provided(tmp_path / "a.zip", files), "check.library-missing")
    assert bool(found) is bad
    for each in found:
        assert each.severity is Severity.ERROR
        assert each.prevents == (
            "Runtime.ExitError: RequestId: <id> Error: Runtime exited with error: exit status 127;"
            " /var/task/bootstrap: error while loading shared libraries:"
            f" {each.message.split()[0][1:-1]}: cannot open shared object file: No such file or directory"
        )


def test_a_library_in_the_wrong_place_is_named(tmp_path: Path) -> None:
    files = {**bootstrap("libpq.so.5"), "deps/libpq.so.5": library()}
    found = one(provided(tmp_path / "a.zip", files), "check.library-missing")
    assert "'libpq.so.5' is in 'deps/libpq.so.5', where the loader does not look" in found.message


def test_a_layer_may_bring_a_library(tmp_path: Path) -> None:
    report = provided(tmp_path / "a.zip", bootstrap("libpq.so.5"), layered=True)
    assert one(report, "check.library-missing").severity is Severity.WARNING


def test_a_link_to_a_library_will_do(tmp_path: Path) -> None:
    files = {**bootstrap("libpq.so.5"), "lib/libpq.so.5": File(b"libpq.so.5.17", 0o120777)}
    assert not of(provided(tmp_path / "a.zip", files), "check.library-missing")


def test_a_module_is_not_imported_without_its_library(tmp_path: Path) -> None:
    found = one(python(tmp_path / "a.zip", {SO: library("libGL.so.1")}), "check.library-missing")
    assert found.severity is Severity.WARNING
    assert found.prevents == (
        "Runtime.ImportModuleError: Unable to import module 'app': libGL.so.1: cannot open shared object"
        " file: No such file or directory"
    )


def test_programs_beside_python_may_never_run(tmp_path: Path) -> None:
    data = elf(interpreter=LOADER, versions={"libc.so.6": ["GLIBC_2.38"]})
    assert one(python(tmp_path / "a.zip", {"bin/tool": data}), GLIBC).severity is Severity.WARNING


def test_systems_differ(tmp_path: Path) -> None:
    files = bootstrap("libcrypto.so.10")
    assert not of(provided(tmp_path / "a.zip", files, runtime=AL2), "check.library-missing")
    assert of(provided(tmp_path / "b.zip", files, runtime=AL2023), "check.library-missing")


def test_python_s_own_library_is_there(tmp_path: Path) -> None:
    assert not codes(python(tmp_path / "a.zip", {SO: library("libpython3.13.so.1.0")}))


def test_each_missing_library_is_told_once(tmp_path: Path) -> None:
    files = {f"cv2/{name}.abi3.so": library("libGL.so.1") for name in "abc"}
    found = one(python(tmp_path / "a.zip", files), "check.library-missing")
    assert "needed by 'cv2/a.abi3.so', 'cv2/b.abi3.so', 'cv2/c.abi3.so'" in found.message


@pytest.mark.parametrize(
    ("name", "data", "severity"),
    [
        ("x/_y.so", MACH_O, Severity.ERROR),
        ("x/liby.dylib", MACH_O, Severity.WARNING),
        ("x/y.dll", PE, Severity.WARNING),
        ("x/cli-64.exe", PE, Severity.NOTE),
    ],
)
def test_files_of_other_systems(name: str, data: bytes, severity: Severity, tmp_path: Path) -> None:
    found = one(python(tmp_path / "a.zip", {name: data}), "check.host-format")
    assert found.severity is severity
    assert ("invalid ELF header" in found.prevents) is (severity is Severity.ERROR)
