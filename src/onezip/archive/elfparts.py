"""Sections, segments and notes of an ELF file (`man 5 elf`), every table bounded.  [pure]

What the loader reads is in `elfinfo`; this is what only people and debuggers read.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct, error
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

MAGIC = b"\x7fELF"

MOST_PARTS = 400
"""Sections, and segments, that are read; real programs have 60 and 15."""

MOST_NOTES, LONGEST_NOTE = 32, 4096
"""Notes that are read of each part, and bytes of each."""

_WRITABLE = 2  # PF_W
_ALIGN = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A section by its name, or a segment by its type, and where it stands in the file."""

    name: str
    kind: str
    offset: int
    size: int
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """What an ELF file is made of. little says that its numbers have the lowest byte first."""

    sections: tuple[Part, ...]
    segments: tuple[Part, ...]
    little: bool

    def section(self, name: str) -> Part | None:
        """The first section of a name."""
        return next((part for part in self.sections if part.name == name), None)


def parts(data: bytes) -> Parts | None:
    """The sections and segments, or None where it is no ELF file or its header is damaged.

    Sections are at the end of a file: where data is only its start, there are none.
    """
    if not data.startswith(MAGIC):
        return None
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    damaged = (ELFError, ValueError, LookupError, TypeError, AttributeError, AssertionError, OverflowError)
    try:
        file = ELFFile(io.BytesIO(data))
        segments = tuple(_segments(file))
    except damaged:  # pyelftools raises any of these for a damaged file
        return None
    try:
        sections = tuple(_sections(file, data))
    except damaged:
        sections = ()
    return Parts(sections, segments, bool(file.little_endian))


def notes(data: bytes, found: Parts) -> Iterator[tuple[str, int, bytes]]:
    """The notes as (name, type, content): `GNU` 3 is the linker's build id, `Go` 4 is Go's."""
    form = Struct("<3I" if found.little else ">3I")
    for part in (*found.segments, *found.sections):
        if part.kind not in {"PT_NOTE", "SHT_NOTE"}:
            continue
        at, end = part.offset, min(part.offset + part.size, len(data))
        for _ in range(MOST_NOTES):
            try:
                name_size, size, kind = form.unpack_from(data, at)
            except error:
                break
            start = at + form.size + _aligned(name_size)
            if start + size > end or name_size > LONGEST_NOTE:
                break
            name = data[at + form.size : at + form.size + name_size].rstrip(b"\0")
            yield (
                name.decode("ascii", "backslashreplace"),
                kind,
                data[start : start + min(size, LONGEST_NOTE)],
            )
            at = start + _aligned(size)


def _aligned(size: int) -> int:
    return (size + _ALIGN - 1) // _ALIGN * _ALIGN


def _segments(file: ELFFile) -> Iterator[Part]:
    from elftools.common.utils import struct_parse

    for number in range(min(file["e_phnum"], MOST_PARTS)):
        at = file["e_phoff"] + number * file["e_phentsize"]
        entry = struct_parse(file.structs.Elf_Phdr, file.stream, at)
        kind, writable = str(entry["p_type"]), bool(entry["p_flags"] & _WRITABLE)
        yield Part("", kind, entry["p_offset"], entry["p_filesz"], writable)


def _sections(file: ELFFile, data: bytes) -> Iterator[Part]:
    from elftools.common.utils import struct_parse

    def header(number: int) -> dict[str, int]:
        at = file["e_shoff"] + number * file["e_shentsize"]
        found: dict[str, int] = struct_parse(file.structs.Elf_Shdr, file.stream, at)
        return found

    if not file["e_shnum"] or not file["e_shoff"]:
        return
    names = header(file["e_shstrndx"])["sh_offset"]
    for number in range(min(file["e_shnum"], MOST_PARTS)):
        entry = header(number)
        start = names + entry["sh_name"]
        name = data[start : start + 100].partition(b"\0")[0].decode("ascii", "backslashreplace")
        yield Part(name, str(entry["sh_type"]), entry["sh_offset"], entry["sh_size"])
