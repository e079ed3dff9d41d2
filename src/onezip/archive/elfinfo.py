"""What an ELF file says of itself and of what it needs (System V ABI, chapters 4 and 5; `man 5 elf`).  [pure]

Only headers, segments and the dynamic table are read, never sections: that is what the kernel and the loader
read, and a stripped file has nothing else. Every table is bounded, so that a file may lie.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct, error

from onezip.model.function import Architecture

MAGIC = b"\x7fELF"

MOST_SEGMENTS, MOST_TAGS, MOST_LIBRARIES, MOST_VERSIONS = 64, 4096, 512, 2048
"""What is read of each table; the largest of real files have 15, 70, 60 and 90."""

LONGEST, LONGEST_PATH = 255, 4095
"""Bytes of a name, and of a path, that are read: no file system of Linux has longer ones."""

_LINUX = {"ELFOSABI_SYSV", "ELFOSABI_LINUX"}
_LAMBDA = {"EM_X86_64": Architecture.X86_64, "EM_AARCH64": Architecture.ARM64}
_WORDS = {
    "EM_X86_64": "x86_64", "EM_AARCH64": "arm64", "EM_386": "32-bit x86", "EM_ARM": "32-bit ARM",
    "EM_RISCV": "RISC-V", "EM_PPC64": "PowerPC", "EM_S390": "IBM Z",
}  # fmt: skip
_NUMBERED = re.compile(r"([A-Z]+)_(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?")
# The marker of packed relative relocations: the loader of glibc 2.36 is the first that knows it.
_ABI_MARKER, _ABI_SINCE = "GLIBC_ABI_DT_RELR", (2, 36)
# The file's header behind its first 16 bytes, and a segment's (chapters 4 and 5).
_HEADER = {64: "HHIQQQIHHHHHH", 32: "HHIIIIIHHHHHH"}
_SEGMENT = {64: "IIQQQQQQ", 32: "IIIIIIII"}
_EXECUTABLE, _SHARED = 2, 3
_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_MACHINES, _SYSTEMS = {62: "EM_X86_64", 183: "EM_AARCH64"}, {0: "ELFOSABI_SYSV", 3: "ELFOSABI_LINUX"}
# Dynamic tags (chapter 5, figure 5-10; the GNU ones in glibc's elf.h).
_NEEDED, _STRTAB, _RPATH, _RUNPATH, _FLAGS_1 = 1, 5, 15, 29, 0x6FFFFFFB
_VERNEED, _VERNEED_COUNT = 0x6FFFFFFE, 0x6FFFFFFF
_PIE = 0x08000000
_WEAK = 0x2


@dataclass(frozen=True, slots=True)
class Elf:
    """One ELF file. machine and system are the ABI's names (`EM_X86_64`, `ELFOSABI_SYSV`).

    interpreter is the dynamic loader of a program, None where there is none; executable is true for
    programs, false for libraries and object files. needed are the libraries it asks for, search the folders
    where it looks first, both as they stand there; versions are (library, version) for each symbol version
    that must be there. whole is false where the dynamic table lies behind the bytes that were at hand: then
    needed, search and versions are unknown.
    """

    bits: int
    little_endian: bool
    machine: str
    system: str
    executable: bool
    interpreter: str | None = None
    needed: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    whole: bool = True

    @property
    def architecture(self) -> Architecture | None:
        """Lambda's word for the machine, None where Lambda has no such machine."""
        if self.bits != 64 or not self.little_endian or self.system not in _LINUX:
            return None
        return _LAMBDA.get(self.machine)

    @property
    def static(self) -> bool:
        """Whether it is a program that needs no loader and no library."""
        return self.executable and self.whole and self.interpreter is None and not self.needed

    @property
    def musl(self) -> bool:
        """Whether it was linked against musl, which Lambda has not."""
        loader = (self.interpreter or "").rpartition("/")[2]
        # glibc's is libc.so.6; musl's is libc.so, and libc.musl-x86_64.so.1 on Alpine.
        asked = any(name == "libc.so" or name.startswith("libc.musl-") for name in self.needed)
        return asked or loader.startswith("ld-musl-")

    @property
    def glibc(self) -> tuple[int, ...] | None:
        """The oldest glibc that has every symbol: `(2, 34)`; None where it needs none of a version."""
        return self.highest("GLIBC")

    def highest(self, family: str) -> tuple[int, ...] | None:
        """The highest version of a family of symbol versions: GLIBC, GLIBCXX, CXXABI."""
        found = self.newest(family)
        return found[0] if found else None

    def newest(self, family: str) -> tuple[tuple[int, ...], str, str] | None:
        """The highest version of a family, the library that it is asked of, and its name as it stands."""
        found: list[tuple[tuple[int, ...], str, str]] = []
        for library, version in self.versions:
            if version == _ABI_MARKER and family == "GLIBC":
                found.append((_ABI_SINCE, library, version))
            elif (match := _NUMBERED.fullmatch(version)) and match[1] == family:
                numbers = tuple(int(number) for number in match.groups()[1:] if number)
                found.append((numbers, library, version))
        return max(found, default=None)

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


@dataclass(frozen=True, slots=True)
class _Segment:
    kind: int
    offset: int
    address: int
    size: int


def is_elf(data: bytes) -> bool:
    """Whether some bytes start as an ELF file does."""
    return data.startswith(MAGIC)


def read_elf(data: bytes) -> Elf | None:
    """An ELF file from its first bytes, or None where it is none or its header is damaged."""
    if not is_elf(data):
        return None
    try:
        bits, little = {1: 32, 2: 64}[data[4]], {1: True, 2: False}[data[5]]
        kind, machine, _, _, table_at, _, _, _, size, count, *_ = _struct(_HEADER, bits, little).unpack_from(
            data, 16
        )
        segments = list(
            _segments(data, table_at, size, min(count, MOST_SEGMENTS), _struct(_SEGMENT, bits, little))
        )
    except (error, LookupError, OverflowError):
        return None
    interpreter = next(
        (_text(data, each.offset, each.size) for each in segments if each.kind == _INTERPRETER), None
    )
    table = next((each for each in segments if each.kind == _DYNAMIC), None)
    whole = table is None or table.offset + table.size <= len(data)
    dynamic = _Dynamic(data, segments, bits, little=little)
    if table is not None and whole:
        whole = dynamic.read(table)
    program = kind == _SHARED and (dynamic.program or interpreter is not None)
    return Elf(
        bits=bits,
        little_endian=little,
        machine=_MACHINES.get(machine) or _name("ENUM_E_MACHINE", machine),
        system=_SYSTEMS.get(data[7]) or _name("ENUM_EI_OSABI", data[7]),
        executable=kind == _EXECUTABLE or program,
        interpreter=interpreter,
        needed=tuple(dynamic.needed),
        search=tuple(dynamic.search),
        versions=tuple(dynamic.versions),
        whole=whole,
    )


def _struct(formats: dict[int, str], bits: int, little: bool) -> Struct:
    return Struct(f"{'<' if little else '>'}{formats[bits]}")


def _segments(data: bytes, at: int, size: int, count: int, form: Struct) -> Iterator[_Segment]:
    for number in range(count):
        kind, *rest = form.unpack_from(data, at + number * size)
        # the flags stand second in 64 bits, and seventh in 32
        offset, address, _, length = rest[1:5] if form.size == 56 else rest[:4]
        yield _Segment(kind, offset, address, length)


def _name(table: str, value: int) -> str:
    """What elf.h calls a machine or a system that is not Lambda's; its number where it has no name."""
    from elftools.elf import enums

    names: dict[str, int] = getattr(enums, table)
    return {number: name for name, number in names.items()}.get(value, str(value))


def _text(data: bytes, start: int, most: int = LONGEST_PATH) -> str:
    """A string that ends with NUL."""
    if start >= len(data):
        return ""
    return (
        data[start : start + min(most, LONGEST_PATH)].partition(b"\0")[0].decode("utf-8", "backslashreplace")
    )


class _Dynamic:
    """The dynamic table (chapter 5, "Dynamic Section") and the versions needed (glibc's `Elfxx_Verneed`)."""

    def __init__(self, data: bytes, segments: Sequence[_Segment], bits: int, *, little: bool) -> None:
        self._data = data
        self._loaded = [each for each in segments if each.kind == _LOAD]
        order = "<" if little else ">"
        self._tag = Struct(f"{order}{'qQ' if bits == 64 else 'iI'}")
        self._need, self._version = Struct(f"{order}HHIII"), Struct(f"{order}IHHII")
        self.program = False
        self.needed: list[str] = []
        self.search: list[str] = []
        self.versions: list[tuple[str, str]] = []

    def read(self, table: _Segment) -> bool:
        """Fill everything; whether the tables that it points to were at hand."""
        end = table.offset + table.size // self._tag.size * self._tag.size
        tags: dict[int, int] = {}
        names: list[int] = []
        paths: list[int] = []
        for at in range(table.offset, min(end, table.offset + MOST_TAGS * self._tag.size), self._tag.size):
            tag, value = self._tag.unpack_from(self._data, at)
            if tag == 0:
                break
            if tag == _NEEDED and len(names) < MOST_LIBRARIES:
                names.append(value)
            elif tag in {_RPATH, _RUNPATH} and len(paths) < 4:
                paths.append(value)
            tags.setdefault(tag, value)
        self.program = bool(tags.get(_FLAGS_1, 0) & _PIE)
        strings = self._place(tags.get(_STRTAB))
        needs = self._place(tags.get(_VERNEED))
        if strings is None:
            return not names and _VERNEED not in tags
        self.needed = [_text(self._data, strings + name, LONGEST) for name in names]
        self.search = [
            folder
            for path in paths
            for folder in _text(self._data, strings + path).split(":")
            if folder
        ]  # fmt: skip
        if needs is not None:
            self.versions = list(self._versions(strings, needs, tags.get(_VERNEED_COUNT, 0)))
        return needs is not None or _VERNEED not in tags

    def _place(self, address: int | None) -> int | None:
        """Where in the file an address is, None where it is not in the bytes at hand."""
        for each in self._loaded:
            if address is not None and each.address <= address < each.address + each.size:
                place = address - each.address + each.offset
                return place if place < len(self._data) else None
        return None

    def _versions(self, strings: int, at: int, count: int) -> Iterator[tuple[str, str]]:
        left = MOST_VERSIONS
        for _ in range(min(count, MOST_LIBRARIES)):
            if at + self._need.size > len(self._data):
                return
            _, versions, library, first, following = self._need.unpack_from(self._data, at)
            name, each = _text(self._data, strings + library, LONGEST), at + first
            for _ in range(versions):
                left -= 1
                if left < 0 or each + self._version.size > len(self._data):
                    return
                _, flags, _, version, step = self._version.unpack_from(self._data, each)
                if not flags & _WEAK:
                    yield name, _text(self._data, strings + version, LONGEST)
                if not step:
                    break
                each += step
            if not following:
                return
            at += following
