from pathlib import Path
from typing import Any

import pytest

from lint.cases import MACH_O, PE
from lint.elves import AARCH64, DYN, EXEC, I386, LOADER, LOADER_ARM, MUSL, REL, elf
from lint.made import AL2, ARM, HANDLER, File, Files, codes, look, of, one, program, provided, write
from onezip.errors import Severity
from onezip.limits import RUNTIMES
from onezip.model.function import Handler

STATIC = program(elf())


def script(text: bytes) -> dict[str, File]:
    return {"bootstrap": program(text)}


@pytest.mark.parametrize(
    ("files", "entry", "words"),
    [
        ({"out/bootstrap": STATIC}, "out/bootstrap", "in a folder, 'out/bootstrap'"),
        ({"a/b/bootstrap": STATIC, "out/bootstrap": STATIC}, "out/bootstrap", "in a folder"),
        ({"Bootstrap": STATIC}, "Bootstrap", "is it 'Bootstrap'?"),
        ({"bootstrap.sh": b"#!/bin/sh\n"}, "bootstrap.sh", "is it 'bootstrap.sh'?"),
        ({"main": STATIC, "notes.txt": b""}, "main", "is it 'main'?"),
        ({"a": STATIC, "b": STATIC}, "", "there is no bootstrap"),
        ({"bootstrap/main": STATIC}, "", "there is no bootstrap"),
        ({}, "", "there is no bootstrap"),
    ],
)
def test_a_missing_bootstrap_is_looked_for(files: Files, entry: str, words: str, tmp_path: Path) -> None:
    found = one(provided(tmp_path / "a.zip", files), "check.bootstrap-missing")
    assert found.severity is Severity.ERROR
    assert found.entry == entry
    assert words in found.message
    assert found.prevents == (
        "Runtime.InvalidEntrypoint: RequestId: <id> Error: Couldn't find valid bootstrap(s):"
        " [/var/task/bootstrap /opt/bootstrap]"
    )


def test_a_folder_of_that_name_counts_as_missing(tmp_path: Path) -> None:
    report = provided(tmp_path / "a.zip", {"bootstrap/": File(mode=0o040755), "bootstrap/x": STATIC})
    assert "is a folder" in one(report, "check.bootstrap-missing").message


def test_the_handler_names_the_file_that_was_meant(tmp_path: Path) -> None:
    files = {"hello": STATIC, "other": STATIC}
    report = provided(tmp_path / "a.zip", files, handler=Handler("hello"))
    assert one(report, "check.bootstrap-missing").entry == "hello"


def test_a_layer_may_bring_it(tmp_path: Path) -> None:
    report = provided(tmp_path / "a.zip", {"function.sh": b""}, layered=True)
    assert one(report, "check.bootstrap-missing").severity is Severity.WARNING
    assert "check.bootstrap-missing" not in codes(provided(tmp_path / "b.zip", {"lib/x": b""}, layer=True))


@pytest.mark.parametrize(
    ("file", "severity"),
    [
        (File(elf(), 0o100744), Severity.ERROR),
        (File(elf(), 0o100711), None),
        (File(elf(), 0o755), None),
        (File(elf(), 0o100755, host=19), None),
        (File(elf(), 0, host=0), Severity.ERROR),
        (File(elf(), 0o100755, host=0), Severity.WARNING),
        (File(elf(), 0o100755, host=10), Severity.WARNING),
    ],
)
def test_the_mode_for_others_counts(file: File, severity: Severity | None, tmp_path: Path) -> None:
    found = of(provided(tmp_path / "a.zip", {"bootstrap": file}), "check.bootstrap-mode")
    assert [each.severity for each in found] == ([severity] if severity else [])
    assert all(each.prevents.endswith("fork/exec /var/task/bootstrap: permission denied") for each in found)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is an empty file"),
        (b"echo hello\n", "does not start with #!"),
        (b"\xef\xbb\xbf#!/bin/sh\n", "byte order mark"),
        (MACH_O, "Mach-O"),
        (PE, "PE file"),
        (b"\0asm\1\0\0\0", "WebAssembly"),
        (b"\xca\xfe\xba\xbe\0\0\0\2" + bytes(20), "Mach-O"),
        (b"PK\x03\x04" + bytes(30), "a zip"),
        (b"\x7fELF\x09", "damaged"),
        (elf(kind=DYN), "no program but a library"),
        (elf(kind=REL), "no program but a library"),
    ],
)
def test_what_does_not_start_is_told(data: bytes, words: str, tmp_path: Path) -> None:
    found = one(provided(tmp_path / "a.zip", {"bootstrap": program(data)}), "check.bootstrap-format")
    assert words in found.message
    assert found.prevents.endswith("fork/exec /var/task/bootstrap: exec format error")


@pytest.mark.parametrize(
    "data", [elf(), elf(kind=DYN, pie=True), elf(kind=DYN, interpreter=LOADER), b"#!/bin/bash\n"]
)
def test_what_starts_is_fine(data: bytes, tmp_path: Path) -> None:
    assert not codes(provided(tmp_path / "a.zip", {"bootstrap": program(data)}))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (elf(AARCH64), "an executable for arm64"),
        (elf(I386, bits=32), "32-bit x86"),
        (elf(243), "RISC-V"),
    ],
)
def test_another_machine(data: bytes, words: str, tmp_path: Path) -> None:
    report = provided(tmp_path / "a.zip", {"bootstrap": program(data)})
    found = one(report, "check.bootstrap-architecture")
    assert words in found.message
    assert "GOARCH=amd64" in found.fix
    assert codes(report) == {"check.bootstrap-architecture"}


@pytest.mark.parametrize(
    ("path", "known", "bad"),
    [
        (LOADER, {}, False),
        (MUSL, {}, True),
        ("/nix/store/abc-glibc/lib/ld-linux-x86-64.so.2", {}, True),
        ("/opt/lib/ld.so", {}, True),
        ("/opt/lib/ld.so", {"layered": True}, False),
        ("/var/task/ld.so", {}, False),
        ("/var/task/other.so", {}, True),
    ],
)
def test_the_loader_must_be_there(path: str, known: dict[str, Any], bad: bool, tmp_path: Path) -> None:
    files = {"bootstrap": program(elf(interpreter=path)), "ld.so": program(elf())}
    found = of(provided(tmp_path / "a.zip", files, **known), "check.bootstrap-loader")
    assert bool(found) is bad
    assert all("no such file or directory" in each.prevents for each in found)


def test_arm_has_a_loader_of_its_own(tmp_path: Path) -> None:
    data = elf(AARCH64, EXEC, interpreter=LOADER_ARM)
    assert not codes(provided(tmp_path / "a.zip", {"bootstrap": program(data)}, architecture=ARM))


@pytest.mark.parametrize(
    ("text", "words", "severity"),
    [
        (b"#!/bin/sh\r\ntrue\r\n", "first line of bootstrap ends with a CR", Severity.ERROR),
        (b"#!/bin/sh\ntrue\r\n", "CR line ends", Severity.WARNING),
        (b"#!/usr/bin/python3\n", "'/usr/bin/python3', which al2023 does not have", Severity.ERROR),
        (b"#!/usr/bin/env python3\n", "asks env for 'python3'", Severity.ERROR),
        (b"#!/usr/bin/env -S node --x\n", "asks env for 'node'", Severity.ERROR),
        (b"#!/opt/bin/php\n", "'/opt/bin/php'", Severity.ERROR),
        (b"#!/var/task/bin/php\n", "'/var/task/bin/php'", Severity.ERROR),
        (b"#!\n", "empty #! line", Severity.ERROR),
    ],
)
def test_scripts_that_do_not_run(text: bytes, words: str, severity: Severity, tmp_path: Path) -> None:
    found = one(provided(tmp_path / "a.zip", script(text)), "check.bootstrap-script")
    assert words in found.message
    assert found.severity is severity


@pytest.mark.parametrize(
    "text",
    [
        b"#!/bin/sh\nexec true\n",
        b"#! /bin/bash -e\n",
        b"#!/usr/bin/env bash\n",
        b"#!/usr/bin/env -S X=1 bash -e\n",
        b"#!/bin/sh\nexit\n\0binary\r\n",
        b"#!/var/task/bin/node\n",
    ],
)
def test_scripts_that_run(text: bytes, tmp_path: Path) -> None:
    files = {**script(text), "bin/node": STATIC}
    assert not codes(provided(tmp_path / "a.zip", files))


def test_a_layer_may_bring_the_interpreter(tmp_path: Path) -> None:
    report = provided(tmp_path / "a.zip", script(b"#!/opt/bin/php\n"), layered=True)
    assert not of(report, "check.bootstrap-script")


def test_amazon_linux_1_has_a_python(tmp_path: Path) -> None:
    files = script(b"#!/usr/bin/python\n")
    runtime = RUNTIMES["provided"]
    assert not of(provided(tmp_path / "a.zip", files, runtime=runtime), "check.bootstrap-script")
    assert of(provided(tmp_path / "b.zip", files, runtime=AL2), "check.bootstrap-script")


def test_a_link_is_left_to_its_own_rule(tmp_path: Path) -> None:
    files = {"bootstrap": File(b"main", 0o120777), "main": STATIC}
    assert codes(provided(tmp_path / "a.zip", files)) == {"check.link"}


def test_python_functions_need_none(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"app.py": HANDLER, "bootstrap": b"not run"})
    assert not codes(look(path, runtime=RUNTIMES["python3.13"], handler=Handler("app.handler")))
