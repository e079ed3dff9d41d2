import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.elf_samples import ARM, RISCV, X86_64
from builder.elf_samples import elf as header
from lint.elves import AARCH64, DYN, EXEC, I386, LOADER, MUSL, REL, elf
from onezip.archive.elfinfo import MOST_TAGS, Elf, read_elf
from onezip.model.function import Architecture

WHOLE = elf(
    kind=DYN,
    interpreter=LOADER,
    needed=["libc.so.6", "libm.so.6"],
    search="$ORIGIN/lib:/opt/lib",
    versions={"libc.so.6": ["GLIBC_2.2.5", "GLIBC_2.34"], "libm.so.6": ["GLIBC_2.38", "GLIBC_PRIVATE"]},
    weak=["GLIBC_2.38"],
    pie=True,
)


def found(data: bytes) -> Elf:
    read = read_elf(data)
    assert read is not None
    return read


def test_everything_is_read() -> None:
    assert found(WHOLE) == Elf(
        bits=64,
        little_endian=True,
        machine="EM_X86_64",
        system="ELFOSABI_SYSV",
        executable=True,
        interpreter=LOADER,
        needed=("libc.so.6", "libm.so.6"),
        search=("$ORIGIN/lib", "/opt/lib"),
        versions=(
            ("libc.so.6", "GLIBC_2.2.5"),
            ("libc.so.6", "GLIBC_2.34"),
            ("libm.so.6", "GLIBC_PRIVATE"),
        ),
    )
    assert found(WHOLE).glibc == (2, 34)


@pytest.mark.parametrize(
    ("data", "executable", "static", "architecture"),
    [
        (elf(), True, True, Architecture.X86_64),
        (elf(AARCH64), True, True, Architecture.ARM64),
        (elf(interpreter=LOADER), True, False, Architecture.X86_64),
        (elf(kind=DYN, pie=True), True, True, Architecture.X86_64),
        (elf(kind=DYN, needed=["libc.so.6"]), False, False, Architecture.X86_64),
        (elf(kind=REL), False, False, Architecture.X86_64),
        (elf(I386, EXEC, bits=32), True, True, None),
    ],
)
def test_kinds(data: bytes, executable: bool, static: bool, architecture: Architecture | None) -> None:
    read = found(data)
    assert (read.executable, read.static, read.architecture) == (executable, static, architecture)


@pytest.mark.parametrize(
    ("data", "architecture", "executable", "words"),
    [
        (header(), Architecture.X86_64, True, "an executable for x86_64"),
        (header(AARCH64), Architecture.ARM64, True, "an executable for arm64"),
        (header(system=3), Architecture.X86_64, True, "an executable for x86_64"),
        (header(kind=DYN, interpreter=LOADER), Architecture.X86_64, True, "an executable for x86_64"),
        (header(kind=DYN, pie=True), Architecture.X86_64, True, "an executable for x86_64"),
        (header(kind=DYN), Architecture.X86_64, False, "a library or object file for x86_64"),
        (header(AARCH64, REL), Architecture.ARM64, False, "a library or object file for arm64"),
        (header(I386, bits=32), None, True, "an executable for 32-bit x86"),
        (header(ARM, bits=32), None, True, "an executable for 32-bit ARM"),
        (header(X86_64, bits=32), None, True, "an executable for 32-bit x86_64"),
        (header(AARCH64, little=False), None, True, "an executable for big-endian arm64"),
        (header(RISCV), None, True, "an executable for RISC-V"),
        (header(9999), None, True, "an executable for machine 9999"),
        (header(system=9), None, True, "an executable for x86_64 on FREEBSD"),
    ],
)
def test_a_header_is_read(
    data: bytes, architecture: Architecture | None, executable: bool, words: str
) -> None:
    read = found(data)
    assert (read.architecture, read.executable, read.told) == (architecture, executable, words)


def test_versions_are_numbers() -> None:
    versions = {
        "libc.so.6": ["GLIBC_2.9", "GLIBC_2.17"],
        "libstdc++.so.6": ["GLIBCXX_3.4.30", "CXXABI_1.3.9"],
    }
    read = found(elf(kind=DYN, versions=versions))
    assert read.glibc == (2, 17)
    assert read.highest("GLIBCXX") == (3, 4, 30)
    assert read.newest("GLIBCXX") == ((3, 4, 30), "libstdc++.so.6", "GLIBCXX_3.4.30")
    assert read.highest("CXXABI") == (1, 3, 9)
    assert found(elf(kind=DYN, versions={"libc.so.6": ["GLIBC_ABI_DT_RELR"]})).glibc == (2, 36)
    assert found(elf()).glibc is None


def test_musl_has_two_signs() -> None:
    assert found(elf(interpreter=MUSL)).musl
    assert found(elf(kind=DYN, needed=["libc.musl-x86_64.so.1"])).musl
    assert found(elf(kind=DYN, needed=["libc.so"])).musl
    assert not found(WHOLE).musl


def test_a_table_behind_the_end_is_unknown() -> None:
    data = elf(kind=DYN, needed=["libx.so"], padding=5000)
    assert found(data).needed == ("libx.so",)
    part = found(data[:4000])
    assert not part.whole
    assert part.needed == ()
    assert not part.static


def test_tables_without_end_end() -> None:
    data = elf(kind=DYN, needed=["x"] * (2 * MOST_TAGS))
    assert len(found(data).needed) < MOST_TAGS


def test_other_files_are_none() -> None:
    assert read_elf(b"") is None
    assert read_elf(b"#!/bin/sh\n") is None
    assert read_elf(b"\x7fELF") is None


@pytest.mark.parametrize("size", range(0, len(WHOLE), 5))
def test_a_torn_file_raises_nothing(size: int) -> None:
    read_elf(WHOLE[:size])


@settings(max_examples=400)
@given(st.integers(4, len(WHOLE)), st.binary(min_size=1, max_size=16))
def test_a_damaged_file_raises_nothing(at: int, noise: bytes) -> None:
    read = read_elf(WHOLE[:at] + noise + WHOLE[at + len(noise) :])
    if read is not None:
        assert read.told
        assert read.glibc is None or read.glibc >= (0, 0)
        assert read.static in {True, False}


@pytest.mark.skipif(sys.platform != "linux", reason="reads this system's own programs")
def test_this_python_is_an_executable() -> None:
    read = found(Path(sys.executable).resolve().read_bytes())
    assert read.executable
    assert read.needed
    assert read.glibc
