"""Zips and ELF files made byte by byte, so that a pair differs in what a test is about and no more."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

FILE, RUN, FOLDER, LINK = 0o100644, 0o100755, 0o040755, 0o120777
UNIX, DOS = 3, 0
UTF8, DESCRIPTOR = 1 << 11, 1 << 3
SPRING = (2024, 4, 6, 7, 8, 10)

Stamp = tuple[int, int, int, int, int, int]


@dataclass(frozen=True)
class Entry:
    """One entry to be. packed overrides the stream, descriptor follows it."""

    data: bytes = b""
    method: int = 8
    mode: int = FILE
    modified: Stamp = SPRING
    host: int = UNIX
    version: int = 20
    needed: int = 20
    flags: int = 0
    extra: bytes = b""
    local_extra: bytes = b""
    comment: bytes = b""
    internal: int = 0
    dos: int = 0
    level: int = 9
    packed: bytes | None = None
    descriptor: bytes = b""
    local_time: int | None = None

    def stream(self) -> bytes:
        """What stands in the zip."""
        if self.packed is not None:
            return self.packed
        return deflated(self.data, self.level) if self.method == 8 else self.data


Files = Mapping[str, bytes | Entry]


def deflated(data: bytes, level: int = 9, memory: int = 8, strategy: int = 0) -> bytes:
    """A raw deflate stream of zlib's."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15, memory, strategy)
    return packer.compress(data) + packer.flush()


def entries(files: Files, **common: object) -> dict[str, Entry]:
    """Entries of these contents, all with what is common."""
    made = {name: data if isinstance(data, Entry) else Entry(data) for name, data in files.items()}
    return {name: replace(entry, **common) for name, entry in made.items()}  # type: ignore[arg-type]


def zipped(
    files: Files | Iterable[tuple[str | bytes, Entry]],
    *,
    comment: bytes = b"",
    prefix: bytes = b"",
    zip64: bool = False,
    **common: object,
) -> bytes:
    """A zip of entries in this order (APPNOTE 4.3)."""
    pairs = entries(files, **common).items() if isinstance(files, Mapping) else files
    out, directory, count = bytearray(prefix), bytearray(), 0
    for name, entry in pairs:
        raw = name if isinstance(name, bytes) else name.encode()
        flags = entry.flags | (DESCRIPTOR if entry.descriptor else 0)
        flags |= 0 if raw.isascii() or isinstance(name, bytes) else UTF8
        stream, (date, time) = entry.stream(), _dos(entry.modified)
        sizes = zlib.crc32(entry.data), len(stream), len(entry.data)
        offset = len(out)
        local = (0, 0, 0) if entry.descriptor else sizes
        local_time = time if entry.local_time is None else entry.local_time
        out += struct.pack(
            "<4s5H3I2H", b"PK\x03\x04", entry.needed, flags, entry.method, local_time, date, *local, len(raw),
            len(entry.local_extra),
        )  # fmt: skip
        out += raw + entry.local_extra + stream + entry.descriptor
        directory += struct.pack(
            "<4s6H3I5H2I", b"PK\x01\x02", entry.host << 8 | entry.version, entry.needed, flags, entry.method,
            time, date, *sizes, len(raw), len(entry.extra), len(entry.comment), 0, entry.internal,
            (entry.mode << 16 | entry.dos) if entry.host == UNIX else entry.dos, offset,
        )  # fmt: skip
        directory += raw + entry.extra + entry.comment
        count += 1
    start = len(out)
    end = bytes(directory)
    if zip64:
        where = start + len(end)
        end += struct.pack(
            "<4sQ2H2I4Q", b"PK\x06\x06", 44, UNIX << 8 | 45, 45, 0, 0, count, count, len(directory), start
        )
        end += struct.pack("<4sIQI", b"PK\x06\x07", 0, where, 1)
    end += struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, len(comment))
    return bytes(out) + end + comment


def streamed(data: bytes, *, signature: bytes = b"PK\x07\x08") -> Entry:
    """An entry with its sizes behind it (APPNOTE 4.3.9)."""
    sizes = struct.pack("<3I", zlib.crc32(data), len(deflated(data)), len(data))
    return Entry(data, descriptor=signature + sizes)


def unix_times(modified: int) -> bytes:
    """Info-ZIP's field UT with one time."""
    return struct.pack("<HHBi", 0x5455, 5, 1, modified)


def unix_owner(user: int, group: int) -> bytes:
    """Info-ZIP's field ux."""
    return struct.pack("<HHBBIBI", 0x7875, 11, 1, 4, user, 4, group)


X86_64, AARCH64 = 62, 183


def elf(
    machine: int = X86_64,
    *,
    interpreter: bytes = b"",
    build_id: bytes = b"",
    compiler: bytes = b"",
    symbols: bool = False,
    code: bytes = b"",
) -> bytes:
    """An ELF program of 64 bits: an interpreter and a build id in segments, the rest in sections."""
    parts: list[tuple[int, bytes]] = []
    if interpreter:
        parts.append((3, interpreter + b"\0"))
    if build_id:
        parts.append((4, struct.pack("<3I", 4, len(build_id), 3) + b"GNU\0" + build_id))
    named = [(b".text", 1, code)]
    if compiler:
        named.append((b".comment", 1, compiler))
    if symbols:
        named.append((b".symtab", 2, b""))
    names = b"\0" + b"".join(name + b"\0" for name, _, _ in named) + b".shstrtab\0"
    named.append((b".shstrtab", 3, names))
    at = 64 + 56 * len(parts)
    body, heads, sections = b"", b"", bytes(64)
    for kind, data in parts:
        heads += struct.pack("<IIQQQQQQ", kind, 4, at + len(body), 0, 0, len(data), len(data), 4)
        body += data
    for name, kind, data in named:
        place = names.find(b"\0" + name + b"\0") + 1
        sections += struct.pack("<IIQQQQIIQQ", place, kind, 0, 0, at + len(body), len(data), 0, 0, 1, 0)
        body += data
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 2, machine, 1, 0x401000, 64, at + len(body), 0, 64, 56, len(parts), 64,
        len(named) + 1, len(named),
    )  # fmt: skip
    return header + heads + body + sections


def _dos(stamp: Stamp) -> tuple[int, int]:
    """MS-DOS date and time (APPNOTE 4.4.6)."""
    year, month, day, hour, minute, second = stamp
    return (year - 1980) << 9 | month << 5 | day, hour << 11 | minute << 5 | second // 2
