"""ELF files that ask for libraries and symbol versions, made by hand after `man 5 elf`."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

X86_64, AARCH64, I386, BPF = 62, 183, 3, 247
EXEC, DYN, REL = 2, 3, 1
LOADER, LOADER_ARM = "/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"
MUSL = "/lib/ld-musl-x86_64.so.1"

_BASE = 0x400000
_WEAK = 2


def elf(
    machine: int = X86_64,
    kind: int = EXEC,
    *,
    interpreter: str = "",
    needed: Sequence[str] = (),
    search: str = "",
    versions: Mapping[str, Sequence[str]] | None = None,
    weak: Sequence[str] = (),
    pie: bool = False,
    padding: int = 0,
    bits: int = 64,
) -> bytes:
    """A program (EXEC) or a library (DYN). versions are those asked of each library; padding is bytes before
    the dynamic table.
    """
    if bits == 32:
        identity = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
        return identity + struct.pack(
            "<HHIIIIIHHHHHH", kind, machine, 1, 0x8000, 52, 0, 0, 52, 32, 0, 0, 0, 0
        )
    strings = bytearray(b"\0")

    def put(text: str) -> int:
        at = len(strings)
        strings.extend(text.encode() + b"\0")
        return at

    tags = [(1, put(library)) for library in needed]
    if search:
        tags.append((29, put(search)))
    if pie:
        tags.append((0x6FFFFFFB, 0x08000000))
    needs = b""
    wanted = list((versions or {}).items())
    for number, (library, names) in enumerate(wanted):
        auxiliaries = b""
        for place, name in enumerate(names):
            flags = _WEAK if name in weak else 0
            step = 16 if place + 1 < len(names) else 0
            auxiliaries += struct.pack("<IHHII", 0, flags, 2, put(name), step)
        following = 16 + len(auxiliaries) if number + 1 < len(wanted) else 0
        needs += struct.pack("<HHIII", 1, len(names), put(library), 16, following) + auxiliaries
    dynamic = bool(tags or wanted)
    count = 1 + bool(interpreter) + dynamic
    at = 64 + 56 * count
    loader = interpreter.encode() + b"\0" if interpreter else b""
    names_at = at + len(loader)
    needs_at = names_at + len(strings)
    table_at = needs_at + len(needs) + padding
    if dynamic:
        tags += [(5, _BASE + names_at), (10, len(strings))]
        if wanted:
            tags += [(0x6FFFFFFE, _BASE + needs_at), (0x6FFFFFFF, len(wanted))]
        tags.append((0, 0))
    table = b"".join(struct.pack("<qQ", *tag) for tag in tags) if dynamic else b""
    size = table_at + len(table)
    headers = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 4096)
    if interpreter:
        headers += struct.pack("<IIQQQQQQ", 3, 4, at, _BASE + at, 0, len(loader), len(loader), 1)
    if dynamic:
        headers += struct.pack("<IIQQQQQQ", 2, 6, table_at, _BASE + table_at, 0, len(table), len(table), 8)
    identity = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    head = identity + struct.pack(
        "<HHIQQQIHHHHHH", kind, machine, 1, _BASE + 0x1000, 64, 0, 0, 64, 56, count, 0, 0, 0
    )
    return head + headers + loader + bytes(strings) + needs + bytes(padding) + table


def library(*needed: str, machine: int = X86_64, glibc: str = "", **more: object) -> bytes:
    """A shared library that asks for others, and maybe for a version of glibc's."""
    versions = {"libc.so.6": [f"GLIBC_{glibc}"]} if glibc else None
    return elf(machine, DYN, needed=("libc.so.6", *needed), versions=versions, **more)  # type: ignore[arg-type]
