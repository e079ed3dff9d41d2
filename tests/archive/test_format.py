"""The container's bytes: the least that the format allows, and zip64 only on demand."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from archive.trees import TREE
from onezip.archive.entry import Entry
from onezip.archive.format import (
    DEFLATED,
    STORED,
    central_header,
    end_records,
    flags_of,
    local_header,
    needs_zip64,
)
from onezip.archive.writer import pack

BIG = 0xFFFFFFFF


def test_local_header_byte_for_byte() -> None:
    header = local_header(b"a/b", 0x12345678, 10, 20, DEFLATED)
    assert header.hex(" ") == (
        "50 4b 03 04 14 00 00 00 08 00 00 00 21 00 78 56 34 12 0a 00 00 00 14 00 00 00 03 00 00 00 61 2f 62"
    )


def test_central_header_byte_for_byte() -> None:
    header = central_header(b"a", 1, 2, 2, STORED, 0o755, 77)
    assert header.hex(" ") == (
        "50 4b 01 02 14 03 14 00 00 00 00 00 00 00 21 00 01 00 00 00 02 00 00 00 02 00 00 00 01 00 00 00 "
        "00 00 00 00 00 00 00 00 ed 81 4d 00 00 00 61"
    )


def test_end_byte_for_byte() -> None:
    assert end_records(2, 100, 1000).hex(" ") == (
        "50 4b 05 06 00 00 00 00 02 00 02 00 64 00 00 00 e8 03 00 00 00 00"
    )


def test_utf8_flag_only_where_needed() -> None:
    assert flags_of(b"ascii") == 0
    assert flags_of("caf\u00e9".encode()) == 1 << 11
    assert local_header("\u00e9".encode(), 0, 0, 0, STORED)[6:8] == b"\x00\x08"
    assert central_header("\u00e9".encode(), 0, 0, 0, STORED, 0o644, 0)[8:10] == b"\x00\x08"


@pytest.mark.parametrize(("packed", "size"), [(BIG, 5), (5, BIG), (BIG + 5, BIG + 7)])
def test_local_zip64_holds_both_sizes(packed: int, size: int) -> None:
    header = local_header(b"n", 0, packed, size, DEFLATED)
    assert struct.unpack_from("<H", header, 4) == (45,)
    assert struct.unpack_from("<IIHH", header, 18) == (BIG, BIG, 1, 20)
    assert struct.unpack("<HHQQ", header[31:]) == (1, 16, size, packed)


@pytest.mark.parametrize(
    ("size", "packed", "offset"),
    [(BIG, 5, 6), (5, BIG, 6), (5, 6, BIG), (BIG + 1, BIG + 2, BIG + 3), (BIG - 1, BIG, BIG - 1)],
)
def test_central_zip64_holds_what_does_not_fit(size: int, packed: int, offset: int) -> None:
    header = central_header(b"n", 0, packed, size, DEFLATED, 0o644, offset)
    large = [number for number in (size, packed, offset) if number >= BIG]
    assert struct.unpack_from("<HH", header, 4) == (3 << 8 | 45, 45)
    assert struct.unpack_from("<II", header, 20) == (min(packed, BIG), min(size, BIG))
    assert struct.unpack_from("<I", header, 42) == (min(offset, BIG),)
    assert header[46:] == b"n" + struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large)


def test_no_zip64_below_the_marks() -> None:
    assert len(local_header(b"n", 0, BIG - 1, BIG - 1, DEFLATED)) == 31
    assert len(central_header(b"n", 0, BIG - 1, BIG - 1, DEFLATED, 0o644, BIG - 1)) == 47
    assert len(end_records(0xFFFE, BIG - 1, BIG - 1)) == 22
    assert not needs_zip64(0xFFFE, BIG - 1, BIG - 1)


@pytest.mark.parametrize(
    ("count", "size", "offset"), [(0xFFFF, 1, 2), (1, BIG, 2), (1, 2, BIG), (10**6, 3, 4)]
)
def test_zip64_end(count: int, size: int, offset: int) -> None:
    end = end_records(count, size, offset)
    assert struct.unpack("<IQHHIIQQQQ", end[:56]) == (
        0x06064B50, 44, 3 << 8 | 45, 45, 0, 0, count, count, size, offset
    )  # fmt: skip
    assert struct.unpack("<IIQI", end[56:76]) == (0x07064B50, 0, offset + size, 1)
    assert struct.unpack("<IHHHHIIH", end[76:]) == (
        0x06054B50, 0, 0, min(count, 0xFFFF), min(count, 0xFFFF), min(size, BIG), min(offset, BIG), 0
    )  # fmt: skip


def test_python_reads_offsets_beyond_four_gigabytes() -> None:
    """A directory that says where a file of a 5 GB zip is."""
    central = central_header(b"far", 7, BIG + 10, BIG + 20, STORED, 0o644, BIG + 30)
    start = BIG + 1000

    class Far(io.BytesIO):
        """The tail of a large file."""

        def seek(self, offset: int, whence: int = 0) -> int:
            return super().seek(offset - start if whence == 0 else offset, whence) + start

        def tell(self) -> int:
            return super().tell() + start

    tail = central + end_records(1, len(central), start)
    with zipfile.ZipFile(Far(tail)) as read:
        (info,) = read.infolist()
    assert (info.file_size, info.compress_size, info.header_offset) == (BIG + 20, BIG + 10, BIG + 30)
    assert (info.create_version, info.extract_version) == (45, 45)


def test_nothing_but_files_and_the_directory(tmp_path: object) -> None:
    """A whole zip is its local parts, its directory and its end, one after the other."""
    out = f"{tmp_path}/out.zip"
    manifest = pack([Entry(name, data=content) for name, content in TREE.items()], out)
    with zipfile.ZipFile(out) as read:
        infos = read.infolist()
        assert not read.comment
    place = 0
    for info, entry in zip(infos, manifest.entries, strict=True):
        assert info.header_offset == entry.offset == place
        place += 30 + len(entry.raw_name) + info.compress_size
        assert info.date_time == (1980, 1, 1, 0, 0, 0)
        assert (info.create_system, info.create_version, info.extract_version) == (3, 20, 20)
        assert (info.extra, info.comment, info.internal_attr, info.volume) == (b"", b"", 0, 0)
        assert info.flag_bits == (0 if info.filename.isascii() else 1 << 11)
        assert info.external_attr >> 16 in {0o100644, 0o100755}
        assert info.external_attr & 0xFFFF == 0
        assert not info.is_dir()
    assert place + sum(46 + len(entry.raw_name) for entry in manifest.entries) + 22 == manifest.size
