import sys
from dataclasses import replace
from pathlib import Path

import pytest

from builder.elf_samples import AARCH64, ARM, DYN, elf
from builder.go_driver import staged
from onezip.builder.languages import prebuilt
from onezip.builder.languages.base import Staged
from onezip.errors import ProjectError, Severity
from onezip.limits import RUNTIMES
from onezip.model.build import Facts, Product
from onezip.model.function import Architecture, Function, Handler, Language

FUNCTION = Function("tool", Language.PREBUILT, "bin/tool", RUNTIMES["provided.al2023"], Handler("bootstrap"))
ARM64 = replace(FUNCTION, architecture=Architecture.ARM64)


def test_the_file_is_packed_as_bootstrap() -> None:
    assert prebuilt.probes("/p", [FUNCTION], None) == []
    facts = prebuilt.facts("/p", FUNCTION, "", lambda _path: None)
    assert facts == Facts(files=("/p/bin/tool",))
    [recipe] = prebuilt.recipes("/p", [FUNCTION], {"tool": facts}, None)
    assert recipe.commands == ()
    assert recipe.functions == ("tool",)
    assert recipe.products == (Product("tool", "/p/bin/tool", "bootstrap"),)
    assert prebuilt.warnings(FUNCTION, facts, None, ()) == ()
    assert prebuilt.check(FUNCTION, ["bootstrap"]) == ()
    assert prebuilt.explain(FUNCTION, "words").hint == ""


@pytest.mark.parametrize("runtime", ["python3.13", "go1.x"])
def test_a_runtime_that_starts_no_bootstrap(runtime: str) -> None:
    with pytest.raises(ProjectError) as caught:
        prebuilt.probes("/p", [replace(FUNCTION, runtime=RUNTIMES[runtime])], None)
    assert caught.value.message == f"tool: {runtime} does not start a bootstrap"
    assert caught.value.hint == 'write runtime = "provided.al2023"'


@pytest.mark.parametrize(
    ("function", "data"),
    [
        (FUNCTION, elf()),
        (ARM64, elf(AARCH64)),
        (FUNCTION, elf(kind=DYN, interpreter="/lib64/ld-linux-x86-64.so.2")),
        (FUNCTION, elf(kind=DYN, pie=True)),
        (FUNCTION, b"#!/bin/sh\necho\n"),
        (ARM64, b"#!/bin/sh\r\necho\r\n"),  # the archive tells of CR line ends
        (FUNCTION, b"#!/usr/bin/env python3"),
    ],
)
def test_what_runs_is_taken(function: Function, data: bytes) -> None:
    assert prebuilt.harvest(function, staged(data, "tool")).diagnostics == ()


HOW = (
    "a bootstrap is an ELF executable for Linux on {0} (Go: GOOS=linux GOARCH={1}; Rust and Zig: {2}-linux-"
    "musl), or a script whose first line is `#!` and its interpreter"
)
HOW_X86, HOW_ARM = HOW.format("x86_64", "amd64", "x86_64"), HOW.format("arm64", "arm64", "aarch64")


@pytest.mark.parametrize(
    ("function", "data", "message", "hint"),
    [
        (
            FUNCTION,
            elf(AARCH64),
            "is an executable for arm64, but the function's architecture is x86_64",
            f'write architecture = "arm64", or: {HOW_X86}',
        ),
        (
            ARM64,
            elf(),
            "is an executable for x86_64, but the function's architecture is arm64",
            f'write architecture = "x86_64", or: {HOW_ARM}',
        ),
    ],
)
def test_an_executable_for_the_other_architecture(
    function: Function, data: bytes, message: str, hint: str
) -> None:
    [diagnostic] = prebuilt.harvest(function, staged(data, "tool")).diagnostics
    assert diagnostic.code == "prebuilt.architecture"
    assert diagnostic.severity is Severity.ERROR
    assert (diagnostic.message, diagnostic.hint) == (f"tool: bin/tool {message}", hint)


@pytest.mark.parametrize(
    ("data", "words", "hint"),
    [
        (b"\xcf\xfa\xed\xfe\x07\0\0\x01", "is a macOS program", HOW_X86),
        (b"\xca\xfe\xba\xbe\0\0\0\x02", "is a macOS program or a Java class", HOW_X86),
        (b"MZ\x90\0", "is a Windows program", HOW_X86),
        (b"\0asm\x01\0\0\0", "is a WebAssembly module", HOW_X86),
        (b"PK\x03\x04", "is a zip", HOW_X86),
        (b"\x1f\x8b\x08", "is a gzip file", HOW_X86),
        (
            b"\xef\xbb\xbf#!/bin/sh\n",
            "is a script that starts with a byte order mark, which hides its `#!`",
            HOW_X86,
        ),
        (b"echo hello\n", "is a text without a `#!` line", HOW_X86),
        (b"", "is empty", HOW_X86),
        (b"\x01\0\x02", "is neither an ELF executable nor a script", HOW_X86),
        (elf(kind=DYN), "is a library or object file for x86_64", HOW_X86),
        (elf(ARM, bits=32), "is an executable for 32-bit ARM", HOW_X86),
        (elf(system=9), "is an executable for x86_64 on FREEBSD", HOW_X86),
        (elf()[:40], "is a damaged ELF file", "build or download it again"),
    ],
)
def test_what_cannot_run_is_told(data: bytes, words: str, hint: str) -> None:
    [diagnostic] = prebuilt.harvest(FUNCTION, staged(data, "tool")).diagnostics
    assert diagnostic.code == "prebuilt.format"
    assert (diagnostic.message, diagnostic.hint) == (f"tool: bin/tool {words}", hint)


def test_a_folder_is_no_program() -> None:
    [diagnostic] = prebuilt.harvest(FUNCTION, Staged(["a", "b"], lambda _name: b"")).diagnostics
    assert diagnostic.message == "tool: bin/tool is not a single file"


@pytest.mark.skipif(sys.platform != "linux", reason="reads this system's own programs")
def test_a_real_program() -> None:
    import platform

    data = Path(sys.executable).resolve().read_bytes()
    native = ARM64 if platform.machine() == "aarch64" else FUNCTION
    assert prebuilt.harvest(native, staged(data, "python")).diagnostics == ()
