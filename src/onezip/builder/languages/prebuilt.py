"""A ready program or script becomes `bootstrap`. Its architecture is read from its header, never believed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from onezip.archive.elfinfo import is_elf, read_elf
from onezip.builder.languages.base import Explained, Harvest, Probe, Read, Staged, Tool
from onezip.builder.languages.go_mod import below
from onezip.errors import Diagnostic, ProjectError, Severity
from onezip.limits import GO_RUNTIME
from onezip.model.build import Component, Facts, Product, Recipe
from onezip.model.function import Architecture, Function

_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\xfe\xed\xfa\xce", "a macOS program"),
    (b"\xfe\xed\xfa\xcf", "a macOS program"),
    (b"\xce\xfa\xed\xfe", "a macOS program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a macOS program or a Java class"),
    (b"MZ", "a Windows program"),
    (b"\0asm", "a WebAssembly module"),
    (b"PK\x03\x04", "a zip"),
    (b"\x1f\x8b", "a gzip file"),
    (b"!<arch>\n", "a static library"),
    (b"BC\xc0\xde", "LLVM bitcode"),
    (b"\xef\xbb\xbf#!", "a script that starts with a byte order mark, which hides its `#!`"),
    (b"\xff\xfe", "a text in UTF-16"),
    (b"\xfe\xff", "a text in UTF-16"),
)
"""How other kinds of files start."""


def probes(
    root: str, functions: Sequence[Function], tool: Tool | None, read: Read | None = None
) -> list[Probe]:
    """Nothing needs asking. Raises ProjectError where the runtime would not start the file."""
    del root, tool, read
    for function in functions:
        if function.runtime.id == "go1.x" or not function.runtime.os_only:
            raise ProjectError(
                "project.value",
                f"{function.name}: {function.runtime.id} does not start a bootstrap",
                hint=f'write runtime = "{GO_RUNTIME}"',
                place=function.place,
            )
    return []


def facts(root: str, function: Function, output: str, read: Read) -> Facts:
    """The one input: the file."""
    del output, read
    return Facts(files=(_path(root, function),))


def recipes(
    root: str, functions: Sequence[Function], facts: Mapping[str, Facts], tool: Tool | None
) -> list[Recipe]:
    """Nothing runs; each file is packed under the name that the runtime starts."""
    del facts, tool
    return [
        Recipe(
            language="prebuilt",
            functions=(function.name,),
            commands=(),
            products=(Product(function.name, _path(root, function), "bootstrap"),),
        )
        for function in functions
    ]


def harvest(function: Function, staged: Staged) -> Harvest:
    """Tell whether the one staged file can run on Lambda, from its first bytes."""
    data = staged.read(staged.names[0]) if len(staged.names) == 1 else None
    if data is None:
        return _error(function, "prebuilt.format", "is not a single file", "set source to the program itself")
    if data.startswith(b"#!"):
        return Harvest()
    if not is_elf(data):
        return _error(function, "prebuilt.format", f"is {_kind(data)}", _how_to_build(function.architecture))
    elf = read_elf(data)
    if elf is None:
        return _error(function, "prebuilt.format", "is a damaged ELF file", "build or download it again")
    if not elf.executable or elf.architecture is None:
        return _error(function, "prebuilt.format", f"is {elf.told}", _how_to_build(function.architecture))
    if elf.architecture is not function.architecture:
        return _error(
            function,
            "prebuilt.architecture",
            f"is {elf.told}, but the function's architecture is {function.architecture}",
            f'write architecture = "{elf.architecture}", or: {_how_to_build(function.architecture)}',
        )
    return Harvest()


def warnings(
    function: Function, facts: Facts, tool: Tool | None, components: Sequence[Component]
) -> tuple[Diagnostic, ...]:
    """Nothing to say before the file was read."""
    del function, facts, tool, components
    return ()


def check(function: Function, names: Collection[str]) -> tuple[Diagnostic, ...]:
    """The runtime starts `bootstrap`, which is always there."""
    del function, names
    return ()


def explain(function: Function, output: str) -> Explained:
    """Nothing runs, so nothing fails."""
    del function, output
    return Explained()


def _path(root: str, function: Function) -> str:
    return below(root, function.source)


def _kind(data: bytes) -> str:
    for start, words in _OTHERS:
        if data.startswith(start):
            return words
    if not data:
        return "empty"
    if b"\0" in data[:4096]:
        return "neither an ELF executable nor a script"
    return "a text without a `#!` line"


def _how_to_build(architecture: Architecture) -> str:
    return (
        f"a bootstrap is an ELF executable for Linux on {architecture} (Go: GOOS=linux "
        f"GOARCH={architecture.goarch}; Rust and Zig: {architecture.machine}-linux-musl), "
        "or a script whose first line is `#!` and its interpreter"
    )


def _error(function: Function, code: str, words: str, hint: str) -> Harvest:
    message = f"{function.name}: {function.source} {words}"
    return Harvest(diagnostics=(Diagnostic(code, Severity.ERROR, message, function.place, hint),))
