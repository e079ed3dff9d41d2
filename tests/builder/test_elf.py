import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.elf_samples import AARCH64, ARM, DYN, EXEC, I386, REL, RISCV, X86_64, elf
from onezip.builder.elf import is_elf, read_elf
from onezip.model.function import Architecture

LOADER = "/lib64/ld-linux-x86-64.so.2"


@pytest.mark.parametrize(
    ("data", "architecture", "executable", "words"),
    [
        (elf(), Architecture.X86_64, True, "an executable for x86_64"),
        (elf(AARCH64), Architecture.ARM64, True, "an executable for arm64"),
        (elf(system=3), Architecture.X86_64, True, "an executable for x86_64"),
        (elf(kind=DYN, interpreter=LOADER), Architecture.X86_64, True, "an executable for x86_64"),
        (elf(kind=DYN, pie=True), Architecture.X86_64, True, "an executable for x86_64"),
        (elf(kind=DYN), Architecture.X86_64, False, "a library or object file for x86_64"),
        (elf(AARCH64, REL), Architecture.ARM64, False, "a library or object file for arm64"),
        (elf(I386, bits=32), None, True, "an executable for 32-bit x86"),
        (elf(ARM, bits=32), None, True, "an executable for 32-bit ARM"),
        (elf(X86_64, bits=32), None, True, "an executable for 32-bit x86_64"),
        (elf(AARCH64, little=False), None, True, "an executable for big-endian arm64"),
        (elf(RISCV), None, True, "an executable for RISC-V"),
        (elf(9999), None, True, "an executable for machine 9999"),
        (elf(system=9), None, True, "an executable for x86_64 on FREEBSD"),
    ],
)
def test_a_header_is_read(
    data: bytes, architecture: Architecture | None, executable: bool, words: str
) -> None:
    found = read_elf(data)
    assert found is not None
    assert (found.architecture, found.executable, found.told) == (architecture, executable, words)


def test_the_loader_is_read() -> None:
    found = read_elf(elf(kind=EXEC, interpreter=LOADER))
    assert found is not None
    assert found.interpreter == LOADER
    assert read_elf(elf()).interpreter is None  # type: ignore[union-attr]


def test_other_files_are_none() -> None:
    assert read_elf(b"") is None
    assert read_elf(b"#!/bin/sh\n") is None
    assert not is_elf(b"\x7fEL")


@pytest.mark.parametrize("size", range(0, len(elf(kind=DYN, interpreter=LOADER, pie=True)), 7))
def test_a_torn_file_raises_nothing(size: int) -> None:
    read_elf(elf(kind=DYN, interpreter=LOADER, pie=True)[:size])


@settings(max_examples=300)
@given(st.integers(4, 200), st.binary(min_size=1, max_size=16))
def test_a_damaged_file_raises_nothing(at: int, noise: bytes) -> None:
    whole = elf(kind=DYN, interpreter=LOADER, pie=True)
    read_elf(whole[:at] + noise + whole[at + len(noise) :])


@pytest.mark.skipif(sys.platform != "linux", reason="reads this system's own programs")
def test_this_python_is_an_executable() -> None:
    found = read_elf(Path(sys.executable).resolve().read_bytes())
    assert found is not None
    assert found.executable
    assert found.interpreter
