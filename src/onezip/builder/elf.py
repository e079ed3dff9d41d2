"""What an executable's ELF header says (System V ABI, chapter 4; `man 5 elf`)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onezip.model.function import Architecture

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

MAGIC = b"\x7fELF"

_DF_1_PIE = 0x08000000

_LINUX = {"ELFOSABI_SYSV", "ELFOSABI_LINUX"}
_WORDS = {
    "EM_X86_64": "x86_64", "EM_AARCH64": "arm64", "EM_386": "32-bit x86", "EM_ARM": "32-bit ARM",
    "EM_RISCV": "RISC-V", "EM_PPC64": "PowerPC", "EM_S390": "IBM Z",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Elf:
    """A sound ELF header. machine and system are the ABI's names (`EM_X86_64`, `ELFOSABI_SYSV`).

    interpreter is the dynamic loader, None where there is none; executable is true for programs, with or
    without a fixed address, and false for shared libraries and object files.
    """

    bits: int
    little_endian: bool
    machine: str
    system: str
    executable: bool
    interpreter: str | None = None

    @property
    def architecture(self) -> Architecture | None:
        """Lambda's word for the machine, None where Lambda has no such machine."""
        if self.bits != 64 or not self.little_endian or self.system not in _LINUX:
            return None
        return {"EM_X86_64": Architecture.X86_64, "EM_AARCH64": Architecture.ARM64}.get(self.machine)

    @property
    def told(self) -> str:
        """The file in words: `an executable for arm64`."""
        kind = "an executable" if self.executable else "a library or object file"
        machine = _WORDS.get(self.machine) or f"machine {self.machine.removeprefix('EM_')}"
        if machine in {"x86_64", "arm64"} and self.bits == 32:
            machine = f"32-bit {machine}"
        if machine in {"x86_64", "arm64"} and not self.little_endian:
            machine = f"big-endian {machine}"
        system = "" if self.system in _LINUX else f" on {self.system.removeprefix('ELFOSABI_')}"
        return f"{kind} for {machine}{system}"


def is_elf(data: bytes) -> bool:
    """Whether some bytes start as an ELF file does."""
    return data.startswith(MAGIC)


def read_elf(data: bytes) -> Elf | None:
    """The header of an ELF file, or None where it is none or a damaged one."""
    if not is_elf(data):
        return None
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        file = ELFFile(io.BytesIO(data))
        interpreter, independent = _segments(file)
    except (ELFError, ValueError, LookupError, TypeError, AttributeError, AssertionError, OverflowError):
        return None  # pyelftools raises any of these for a damaged file
    kind, identity = file["e_type"], file["e_ident"]
    return Elf(
        bits=file.elfclass,
        little_endian=file.little_endian,
        machine=str(file["e_machine"]),
        system=str(identity["EI_OSABI"]),
        executable=kind == "ET_EXEC" or (kind == "ET_DYN" and (independent or interpreter is not None)),
        interpreter=interpreter,
    )


def _segments(file: ELFFile) -> tuple[str | None, bool]:
    """The loader of PT_INTERP, and whether DT_FLAGS_1 says that this is a program with no fixed address.

    Only a program has one or the other; the headers are read as they stand, without the section tables.
    """
    from elftools.common.utils import parse_cstring_from_stream, struct_parse

    interpreter, independent = None, False
    for number in range(file["e_phnum"]):
        at = file["e_phoff"] + number * file["e_phentsize"]
        segment = struct_parse(file.structs.Elf_Phdr, file.stream, at)
        start, end = segment["p_offset"], segment["p_offset"] + segment["p_filesz"]
        if segment["p_type"] == "PT_INTERP":
            text = parse_cstring_from_stream(file.stream, start)
            interpreter = text.decode("utf-8", "replace") if text else None
        elif segment["p_type"] == "PT_DYNAMIC":
            while start < end:
                tag = struct_parse(file.structs.Elf_Dyn, file.stream, start)
                if tag["d_tag"] == "DT_NULL":
                    break
                independent |= tag["d_tag"] == "DT_FLAGS_1" and bool(tag["d_val"] & _DF_1_PIE)
                start += file.structs.Elf_Dyn.sizeof()
    return interpreter, independent
