"""Small ELF files, made by hand after `man 5 elf`."""

from __future__ import annotations

import struct

X86_64, AARCH64, I386, ARM, RISCV = 62, 183, 3, 40, 243
EXEC, DYN, REL = 2, 3, 1


def elf(
    machine: int = X86_64,
    kind: int = EXEC,
    *,
    bits: int = 64,
    little: bool = True,
    system: int = 0,
    interpreter: str = "",
    pie: bool = False,
) -> bytes:
    """An ELF file with a header, and segments for its interpreter and DT_FLAGS_1 where asked."""
    order = "<" if little else ">"
    long = "Q" if bits == 64 else "I"
    header_size, segment_size = (64, 56) if bits == 64 else (52, 32)
    contents: list[tuple[int, bytes]] = []
    if interpreter:
        contents.append((3, interpreter.encode() + b"\0"))  # PT_INTERP
    if pie:  # PT_DYNAMIC: DT_FLAGS_1 = DF_1_PIE, DT_NULL
        contents.append((2, struct.pack(f"{order}4{long}", 0x6FFFFFFB, 0x08000000, 0, 0)))
    segments, body = b"", b""
    at = header_size + segment_size * len(contents)
    for number, content in contents:
        offset, size = at + len(body), len(content)
        if bits == 64:
            segments += struct.pack(f"{order}IIQQQQQQ", number, 4, offset, 0, 0, size, size, 1)
        else:
            segments += struct.pack(f"{order}IIIIIIII", number, offset, 0, 0, size, size, 4, 1)
        body += content
    identity = bytes([0x7F, *b"ELF", 2 if bits == 64 else 1, 1 if little else 2, 1, system]) + bytes(8)
    header = identity + struct.pack(
        f"{order}HHI{long}{long}{long}IHHHHHH",
        *(kind, machine, 1, 0x401000, header_size, 0),
        *(0, header_size, segment_size, len(contents), 0, 0, 0),
    )
    return header + segments + body
