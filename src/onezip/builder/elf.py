"""What an executable's ELF header says (System V ABI, chapter 4; `man 5 elf`)."""

from __future__ import annotations

import io
from dataclasses import dataclass

from onezip.model.function import Architecture

MAGIC = b"\x7fELF"

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
        machine = _WORDS.get(self.machine, self.machine.removeprefix("EM_"))
        if machine in {"x86_64", "arm64"} and self.bits == 32:
            machine = f"32-bit {machine}"
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
    from elftools.construct import ConstructError
    from elftools.elf.dynamic import DynamicSegment
    from elftools.elf.elffile import ELFFile
    from elftools.elf.segments import InterpSegment

    interpreter = None
    position_independent = False
    try:
        file = ELFFile(io.BytesIO(data))
        for segment in file.iter_segments():
            if isinstance(segment, InterpSegment):
                interpreter = str(segment.get_interp_name())
            elif isinstance(segment, DynamicSegment):
                # static-pie: DF_1_PIE in DT_FLAGS_1 tells a program from a library
                position_independent |= any(
                    tag["d_val"] & 0x08000000 for tag in segment.iter_tags("DT_FLAGS_1")
                )
        kind, identity = file["e_type"], file["e_ident"]
        loadable = kind == "ET_DYN" and (interpreter is not None or position_independent)
        return Elf(
            bits=file.elfclass,
            little_endian=file.little_endian,
            machine=str(file["e_machine"]),
            system=str(identity["EI_OSABI"]),
            executable=kind == "ET_EXEC" or loadable,
            interpreter=interpreter,
        )
    except (
        ELFError,
        ConstructError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        OverflowError,
    ):
        return None  # pyelftools raises any of these on a torn file
