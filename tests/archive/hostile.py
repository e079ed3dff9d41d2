"""Zips of every shape, made byte by byte, so that each field can lie. `hostile_cases` has the lies."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from struct import pack

Value = int | bytes
Fields = Mapping[str, Value]

UNIX = 3 << 8 | 20
FILE, FOLDER, LINK = 0o100644, 0o040755, 0o120777
ZEROS = 1 << 20


def raw_deflate(data: bytes, level: int = 9) -> bytes:
    """A raw deflate stream."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


@dataclass(frozen=True)
class File:
    """An entry to be; local and central override single fields of its headers, by name."""

    name: bytes
    data: bytes = b""
    method: int = 8
    mode: int = FILE
    packed: bytes | None = None
    extra: bytes = b""
    local_extra: bytes = b""
    comment: bytes = b""
    before: bytes = b""
    descriptor: bytes = b""
    flags: int = 0
    alone: bool = True
    local: Fields = field(default_factory=dict)
    central: Fields = field(default_factory=dict)

    def stream(self) -> bytes:
        """What stands in the zip."""
        if self.packed is not None:
            return self.packed
        return raw_deflate(self.data) if self.method == 8 else self.data

    def fields(self) -> dict[str, Value]:
        """What both headers say when nobody lies."""
        return {
            "needed": 20, "flags": self.flags, "method": self.method, "time": 0, "date": 33,
            "crc": zlib.crc32(self.data), "packed": len(self.stream()), "size": len(self.data),
            "name": self.name,
        }  # fmt: skip


def local_header(values: Fields) -> bytes:
    """APPNOTE 4.3.7."""
    v = dict(values)
    name, extra = _bytes(v, "name"), _bytes(v, "extra")
    numbers = [v[key] for key in ("needed", "flags", "method", "time", "date", "crc", "packed", "size")]
    lengths = v.get("name_length", len(name)), v.get("extra_length", len(extra))
    signature = v.get("signature", b"PK\x03\x04")
    return pack("<4s5H3I2H", signature, *numbers, *lengths) + name + extra


def central_header(values: Fields) -> bytes:
    """APPNOTE 4.3.12."""
    v = dict(values)
    name, extra, comment = _bytes(v, "name"), _bytes(v, "extra"), _bytes(v, "comment")
    keys = ("made_by", "needed", "flags", "method", "time", "date", "crc", "packed", "size")
    lengths = (
        v.get("name_length", len(name)), v.get("extra_length", len(extra)),
        v.get("comment_length", len(comment)),
    )  # fmt: skip
    rest = [v[key] for key in ("disk", "internal", "external", "offset")]
    signature = v.get("signature", b"PK\x01\x02")
    head = pack("<4s6H3I5H2I", signature, *[v[key] for key in keys], *lengths, *rest)
    return head + name + extra + comment


def end_record(values: Fields, comment: bytes = b"") -> bytes:
    """APPNOTE 4.3.16."""
    keys = ("disk", "directory_disk", "here", "count", "size", "offset")
    length = values.get("comment_length", len(comment))
    return pack("<4s4H2IH", b"PK\x05\x06", *[values[key] for key in keys], length) + comment


def end64_records(values: Fields, where: int) -> bytes:
    """APPNOTE 4.3.14 and 4.3.15; where is the place of the first."""
    keys = ("made_by64", "needed64", "disk", "directory_disk", "here", "count", "size", "offset")
    more = _bytes(dict(values), "more64")
    record = pack(
        "<4sQ2H2I4Q",
        values.get("signature64", b"PK\x06\x06"),
        values.get("length64", 44 + len(more)),
        *[values[key] for key in keys],
    )
    locator = pack("<4sIQI", b"PK\x06\x07", values.get("locator_disk", 0), values.get("locator", where),
                   values.get("disks", 1))  # fmt: skip
    return record + more + locator


def build(
    files: Sequence[File],
    *,
    prefix: bytes = b"",
    shifted: bytes = b"",
    before_directory: bytes = b"",
    after_directory: bytes = b"",
    end: Fields | None = None,
    end64: Fields | None = None,
    comment: bytes = b"",
    trailing: bytes = b"",
) -> bytes:
    """A zip. prefix is counted in the offsets, shifted is put before all of it afterwards."""
    out, directory = bytearray(prefix), bytearray()
    for file in files:
        out += file.before
        values = file.fields() | {
            "made_by": UNIX, "disk": 0, "internal": 0, "external": file.mode << 16, "offset": len(out),
            "extra": file.extra, "comment": file.comment,
        }  # fmt: skip
        directory += central_header(values | dict(file.central))
        if file.alone:
            out += local_header(file.fields() | {"extra": file.local_extra} | dict(file.local))
            out += file.stream() + file.descriptor
    out += before_directory
    count = len(files)
    values = {
        "disk": 0, "directory_disk": 0, "here": count, "count": count, "size": len(directory),
        "offset": len(out),
    }  # fmt: skip
    out += directory + after_directory
    if end64 is not None:
        out += end64_records({"made_by64": UNIX, "needed64": 45} | values | dict(end64), len(out))
    values = {
        key: min(value, 0xFFFFFFFF if key in {"size", "offset"} else 0xFFFF) for key, value in values.items()
    }
    out += end_record(values | dict(end or {}), comment)
    return shifted + bytes(out) + trailing


def zip64_field(*numbers: int) -> bytes:
    """APPNOTE 4.5.3."""
    return pack(f"<HH{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


def unicode_path(name: bytes, other: bytes) -> bytes:
    """APPNOTE 4.6.9; name is the one in the header."""
    return pack("<HHBI", 0x7075, 5 + len(other), 1, zlib.crc32(name)) + other


def descriptor(file: File, *, signature: bytes = b"PK\x07\x08", width: str = "I") -> bytes:
    """APPNOTE 4.3.9."""
    values = file.fields()
    return signature + pack(f"<I2{width}", values["crc"], values["packed"], values["size"])


def streamed(file: File, *, signature: bytes = b"PK\x07\x08", width: str = "I", **numbers: int) -> File:
    """The entry as one writes it who cannot go back: bit 3, zeros, and the numbers behind."""
    bit3 = replace(file, flags=file.flags | 8)
    after = descriptor(replace(bit3, **numbers), signature=signature, width=width)  # type: ignore[arg-type]
    return replace(bit3, descriptor=after, local={"crc": 0, "packed": 0, "size": 0} | dict(file.local))


def many(count: int, *, local: bool = True) -> bytes:
    """So many empty files, with zip64 end records where there are more than 65,534; fast."""
    values = File(b"000000", method=0).fields() | {
        "made_by": UNIX, "disk": 0, "internal": 0, "external": FILE << 16, "offset": 0,
    }  # fmt: skip
    here, there = local_header(values)[:-6], central_header(values)[:-10]
    out, directory = [], []
    span = len(here) + 6 if local else 0
    for number in range(count):
        name = b"%06d" % number
        directory.append(there + pack("<I", number * span) + name)
        if local:
            out.append(here + name)
    size, at = count * len(directory[0]), count * span
    ends: dict[str, Value] = {
        "disk": 0, "directory_disk": 0, "here": count, "count": count, "size": size, "offset": at,
        "made_by64": UNIX, "needed64": 45,
    }  # fmt: skip
    tail = b""
    if count >= 0xFFFF:
        tail = end64_records(ends, at + size)
        ends |= {"here": 0xFFFF, "count": 0xFFFF}
    return b"".join((*out, *directory, tail, end_record(ends)))


def bomb(count: int) -> bytes:
    """Overlapping entries that quote each other's headers (D. Fifield, A better zip bomb, 2019).

    Each entry starts with a stored block that holds the next one's local header, and goes on with the next
    one's own stream: count times the same megabyte of zeros.
    """
    content, stream, chain = bytes(ZEROS), raw_deflate(bytes(ZEROS)), b""
    headers: list[tuple[dict[str, Value], int]] = []
    for number in reversed(range(count)):
        file = File(b"%04d" % number, content, packed=stream + chain if not headers else chain)
        values = file.fields()
        header = local_header(values | {"extra": b""})
        body = file.stream()
        headers.append((values, len(header) + len(body)))
        quote = pack("<BHH", 0, len(header), len(header) ^ 0xFFFF)
        content = header + content
        chain = quote + header + body
    total = headers[-1][1]
    out = chain[5:]
    directory = b"".join(
        central_header(values | {"made_by": UNIX, "disk": 0, "internal": 0, "external": FILE << 16,
                                 "extra": b"", "comment": b"", "offset": total - span})
        for values, span in reversed(headers)
    )  # fmt: skip
    ends = {"disk": 0, "directory_disk": 0, "here": count, "count": count, "size": len(directory),
            "offset": len(out)}  # fmt: skip
    return out + directory + end_record(ends)


def nested(depth: int) -> bytes:
    """A zip of ten equal zips of ten equal zips ... of zeros."""
    inner = build([File(b"zeros", bytes(ZEROS))])
    for _ in range(depth):
        inner = build([File(b"%d.zip" % number, inner) for number in range(10)])
    return inner


def _bytes(values: dict[str, Value], key: str) -> bytes:
    value = values.get(key, b"")
    assert isinstance(value, bytes)
    return value
