"""One look at each file of a zip: what it is, what it needs, which secrets it has the shape of.  [pure]

Each file is read once, or twice where it is a large ELF file, and only what rules ask for is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from onezip.archive.elfinfo import MAGIC, Elf, read_elf
from onezip.archive.manifest import Content, Kind, ManifestEntry
from onezip.archive.rules.shapes import Shape, shapes
from onezip.errors import ArchiveError

TEXT = 1 << 20
"""Bytes of a file that are looked at."""

BINARY = 64 << 20
"""Bytes of an ELF file that are looked at."""

MOST_ELFS = 2000
"""ELF files that are taken apart; PyTorch brings 60, a large set of packages 300."""

MOST_FACTS = 200_000
"""Libraries and symbol versions that are kept, of all ELF files together."""

MOST_SHAPES = 1000
"""Shapes of secrets that are kept."""

_HEAD = 16
_BINARY_LOOK = 8192
_MACH = {b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"}
_FAT = b"\xca\xfe\xba\xbe"  # Java's class files too: those have their version where this has a small count


class Format(StrEnum):
    """What a file is by its first bytes, where a rule cares. TEXT is what holds no NUL."""

    ELF = "an ELF file"
    MACH_O = "a Mach-O file (macOS)"
    PE = "a PE file (Windows)"
    WASM = "a WebAssembly module"
    OBJECTS = "an archive of object files"
    ZIP = "a zip"
    SCRIPT = "a script"
    TEXT = "text"
    EMPTY = "an empty file"
    OTHER = "data"


@dataclass(slots=True)
class Survey:
    """What was seen, by names. unread is (name, why) for what could not be unpacked; skipped is the number
    of files that were not looked at, or not wholly, since too much had been read before; facts is how many
    libraries and versions the ELF files ask for.
    """

    formats: dict[str, Format] = field(default_factory=dict)
    elfs: dict[str, Elf | None] = field(default_factory=dict)
    bytecode: dict[str, bytes] = field(default_factory=dict)
    shapes: list[tuple[str, Shape]] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    skipped: int = 0
    facts: int = 0

    def sound(self) -> Iterator[tuple[str, Elf]]:
        """The ELF files that could be read, by name."""
        for name, elf in self.elfs.items():
            if elf is not None:
                yield name, elf


def survey(entries: Iterable[ManifestEntry], content: Content) -> Survey:
    """Look at each file, in the order of their places in the zip."""
    found = Survey()
    for entry in sorted(entries, key=lambda entry: entry.offset):
        if entry.kind is Kind.FILE:
            _look(entry, content, found)
    return found


def format_of(head: bytes) -> Format:
    """What a file is, by its first bytes (some 8 KB tell text from data)."""
    if not head:
        return Format.EMPTY
    for start, kind in ((MAGIC, Format.ELF), (b"#!", Format.SCRIPT), (b"\0asm", Format.WASM)):
        if head.startswith(start):
            return kind
    if head[:4] in _MACH or (head.startswith(_FAT) and int.from_bytes(head[4:8], "big") < 40):
        return Format.MACH_O
    if head.startswith(b"MZ") and _is_pe(head):
        return Format.PE
    if head.startswith((b"!<arch>\n", b"!<thin>\n")):
        return Format.OBJECTS
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Format.ZIP
    return Format.OTHER if b"\0" in head else Format.TEXT


def _is_pe(head: bytes) -> bool:
    """Microsoft, "PE Format": at 0x3C stands where the signature is."""
    at = int.from_bytes(head[0x3C:0x40], "little")
    return head[at : at + 4] == b"PE\0\0" or (at + 4 > len(head) and b"\0" in head)


def _look(entry: ManifestEntry, content: Content, found: Survey) -> None:
    name = entry.name
    data = _read(entry, content, TEXT, found)
    if data is None:
        return
    kind = found.formats[name] = format_of(data[:_BINARY_LOOK])
    if kind is Format.ELF:
        if len(found.elfs) >= MOST_ELFS or found.facts >= MOST_FACTS:
            found.skipped += 1
            return
        if entry.size > len(data):
            data = _read(entry, content, BINARY, found) or data
        elf = found.elfs[name] = read_elf(data)
        found.facts += len(elf.needed) + len(elf.versions) if elf else 0
    elif name.endswith((".pyc", ".pyo")):
        found.bytecode[name] = data[:_HEAD]
    elif kind in {Format.TEXT, Format.SCRIPT} and len(found.shapes) < MOST_SHAPES:
        found.shapes += [(name, shape) for shape in shapes(data)]


def _read(entry: ManifestEntry, content: Content, limit: int, found: Survey) -> bytes | None:
    try:
        return content.read(entry.name, limit)
    except ArchiveError as error:
        if error.code == "archive.limit":
            found.skipped += 1
        elif error.code == "archive.malformed":
            found.unread.append((entry.name, error.message))
        else:
            raise
        return None
