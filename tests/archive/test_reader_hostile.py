"""Hostile bytes: never a crash, a hang, much memory or a wrong "fine"."""

from __future__ import annotations

import time
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from struct import unpack_from
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.hostile import File, bomb, build, many, nested, streamed, zip64_field
from archive.hostile_cases import HOSTILE, LARGE64, SOUND, A, B
from archive.judging import bare, codes, judge, strict
from onezip.archive import central, layout, source
from onezip.archive.reader import read
from onezip.archive.spelling import clashes, folded
from onezip.errors import ArchiveError

ZIP64_NEEDED = replace(
    A,
    local={"packed": LARGE64, "size": LARGE64, "needed": 45},
    local_extra=zip64_field(len(A.data), len(A.stream())),
    central={"size": LARGE64, "needed": 45},
    extra=zip64_field(len(A.data)),
)
SMALL = {
    "stored and deflated": build([A, B]),
    "streamed": build([streamed(A), streamed(B, signature=b"")]),
    "extra fields and comments": build(
        [replace(A, extra=b"UT\x01\0x", local_extra=b"UT\x01\0y", comment=b"of A")], comment=b"of all"
    ),
    "zip64": build([ZIP64_NEEDED], end64={}),
    "utf-8 and folder": build(
        [File(b"d/", method=0, mode=0o40755), File(b"d/\xc3\xa9", b"x", flags=1 << 11)]
    ),
    "prefix": build([A], prefix=b"#!/bin/sh\n"),
}


@contextmanager
def bounded(seconds: float, megabytes: int) -> Iterator[None]:
    """Fails where the block takes more of the processor's time, or more memory at any time."""
    tracemalloc.start()
    started = time.thread_time()
    try:
        yield
        taken, (_, peak) = time.thread_time() - started, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < seconds
    assert peak < megabytes << 20


@pytest.mark.parametrize("name", SMALL)
def test_cut_at_every_byte(name: str, tmp_path: Path) -> None:
    data = SMALL[name]
    for length in range(len(data)):
        cut = judge(data[:length], tmp_path / "cut.zip")
        # A zip with a comment is still one when only the comment is cut; all others have no end.
        assert cut is None or "zip.truncated" in codes(cut)
    for start in range(1, len(data)):
        rest = judge(data[start:], tmp_path / "rest.zip")
        assert rest is None or rest.anomalies


@pytest.mark.parametrize("name", SMALL)
def test_every_bit_flipped(name: str, tmp_path: Path) -> None:
    """A flip is refused, told or seen in the manifest; but for those that change nothing at all."""
    data, path = SMALL[name], tmp_path / "flipped.zip"
    whole = judge(data, path)
    assert whole is not None
    known = {(anomaly.code, anomaly.entry) for anomaly in whole.anomalies}
    for place in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            manifest = judge(bytes(flipped), path)
            if manifest is None or {(anomaly.code, anomaly.entry) for anomaly in manifest.anomalies} - known:
                continue
            content = [(entry.name, entry.sha256) for entry in manifest.entries]
            assert content == [(entry.name, entry.sha256) for entry in whole.entries], (place, bit)
            if bare(manifest) == bare(whole):
                assert means_nothing(data, place), (place, bit, data[:place], data[place:])


def means_nothing(data: bytes, place: int) -> bool:
    """Whether another bit here leaves all as it is: in the prefix, a deflate stream, the zip64 versions."""
    end64 = data.find(b"PK\x06\x06")
    if end64 >= 0 and end64 + 12 <= place < end64 + 16:
        return True
    at = data.find(b"PK\x03\x04")
    if place < at:
        return True
    while at >= 0:
        _, method, packed, name, extra = unpack_from("<HH8xI4xHH", data, at + 6)
        start = at + 30 + name + extra
        packed = packed if 0 < packed < 1000 else len(A.stream())
        if method == 8 and start <= place < start + packed:
            return True
        at = data.find(b"PK\x03\x04", at + 1)
    return False


def test_a_zip_with_bytes_changed_in_both_headers_agrees_with_python(tmp_path: Path) -> None:
    """What two lies that fit together make is either told or what Python's reader sees as well."""
    for key in ("needed", "flags", "method", "time", "date", "crc", "packed", "size"):
        for bit in range(16 if key in {"needed", "flags", "method", "time", "date"} else 32):
            for file in (A, B):
                value = file.fields()[key]
                assert isinstance(value, int)
                lie = {key: value ^ 1 << bit}
                judge(build([replace(file, local=lie, central=lie)]), tmp_path / "lie.zip")


def test_more_than_65_536_entries(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    path.write_bytes(many(65_537))
    manifest = strict(path)
    assert manifest.anomalies == ()
    assert manifest.zip64
    assert len({entry.sha256 for entry in manifest.entries}) == 1
    assert manifest.entries[-1].name == "065536"


def test_a_count_that_has_gone_round(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    data = bytearray(many(66_000, local=False))
    del data[-22 - 20 - 56 : -22]  # the zip64 records
    data[-14:-10] = (66_000 - 65_536).to_bytes(2, "little") * 2
    path.write_bytes(data)
    assert "zip.count" in codes(read(str(path)))


def test_65_534_entries_need_no_zip64_and_65_535_do(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    for count, zip64 in ((65_534, False), (65_535, True)):
        path.write_bytes(many(count, local=False))
        manifest = read(str(path))
        assert manifest.zip64 == zip64
        assert "zip.zip64-needless" not in codes(manifest)


@pytest.mark.parametrize(
    ("module", "limit", "value", "data"),
    [
        (central, "MOST_ENTRIES", 2, build([A, B, File(b"c")])),
        (central, "MOST_BYTES", 100, build([A, B, File(b"c")])),
        (layout, "MOST_EXTRA", 9, build([replace(A, local_extra=b"UT\x06\x00123456")])),
        (source, "LARGEST", 99, build([A, B])),
    ],
)
def test_a_zip_above_a_limit_is_refused(
    module: object, limit: str, value: int, data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large.zip"
    path.write_bytes(data)
    read(str(path))
    monkeypatch.setattr(module, limit, value)
    with pytest.raises(ArchiveError) as caught:
        read(str(path))
    assert caught.value.code == "archive.limit"


@pytest.mark.long
def test_one_entry_more_than_are_read(tmp_path: Path) -> None:
    path = tmp_path / "large.zip"
    path.write_bytes(many(central.MOST_ENTRIES + 1, local=False))
    with pytest.raises(ArchiveError, match="entries"):
        read(str(path))


def test_overlapping_entries_are_not_unpacked_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(bomb(300))
    with bounded(seconds=30, megabytes=20):
        manifest = strict(path)
    assert codes(manifest) == {"zip.overlap", "zip.bomb"}
    assert manifest.unzipped > 300 << 20


def test_a_nested_bomb_is_content_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "nested.zip"
    path.write_bytes(nested(4))
    with bounded(seconds=15, megabytes=20):
        manifest = strict(path)
    assert manifest.anomalies == ()
    assert len(manifest.entries) == 10


def test_a_large_file_of_zeros_is_unpacked_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "zeros.zip"
    path.write_bytes(build([File(b"zeros", bytes(64 << 20), packed=zeros(64 << 20))]))
    with bounded(seconds=30, megabytes=20):
        assert codes(strict(path)) == {"zip.bomb"}


def zeros(size: int) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    return b"".join([packer.compress(bytes(1 << 20)) for _ in range(size >> 20)]) + packer.flush()


def test_a_stream_that_goes_on_forever_is_left(tmp_path: Path) -> None:
    path = tmp_path / "long.zip"
    path.write_bytes(build([File(b"small", b"x", packed=zeros(256 << 20))]))
    with bounded(seconds=10, megabytes=5):
        assert codes(strict(path)) == {"zip.size-lies"}


def test_many_streams_without_output_over_the_same_bytes(tmp_path: Path) -> None:
    """Empty stored blocks: five bytes in, none out; each entry claims them all."""
    path = tmp_path / "blocks.zip"
    blocks = b"\0\0\0\xff\xff" * 20_000 + b"\x03\0"
    first = File(b"0", packed=blocks)
    rest = [File(b"%d" % n, packed=blocks, alone=False, central={"offset": 0}) for n in range(1, 2000)]
    path.write_bytes(build([first, *rest]))
    with bounded(seconds=15, megabytes=20):
        assert codes(strict(path)) == {"zip.overlap", "zip.bomb"}


def test_long_names_of_many_folders(tmp_path: Path) -> None:
    path = tmp_path / "deep.zip"
    files = [File(b"a/" * 32_000 + b"%04d" % number, method=0, alone=False) for number in range(100)]
    path.write_bytes(build(files))
    with bounded(seconds=20, megabytes=400):
        read(str(path))


def test_names_of_combining_marks_are_folded_in_bounded_time() -> None:
    started = time.thread_time()
    for name in ("\u0301\u0316" * 16_000, "\u0345\u0301" * 30_000):
        folded(name)
        list(clashes([name, name + "x"]))
    assert time.thread_time() - started < 5


def test_end_records_by_the_thousand(tmp_path: Path) -> None:
    path = tmp_path / "ends.zip"
    end = build([])
    for data in (end * 2900, b"PK\x05\x06" * 16_000, build([A], comment=end * 2900)):
        with bounded(seconds=10, megabytes=20):
            judge(data, path)


def test_memory_for_many_entries(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    path.write_bytes(many(5_000))
    with bounded(seconds=20, megabytes=10):
        strict(path)


SOUND_FILES = [
    A, B, streamed(replace(A, name=b"streamed")), File(b"empty", method=0),
    File(b"lib/", method=0, mode=0o40755),
    File("é".encode(), b"x" * 99, flags=1 << 11), File(b"a", b"b", extra=b"UT\1\0x"), File(b"\x80", b"437"),
]  # fmt: skip
NUMBERS = st.sampled_from([0, 1, 2, 8, 20, 30, 45, 63, 255, 256, 0xFFFE, 0xFFFF]) | st.integers(0, 0xFFFF)
WIDE = NUMBERS | st.sampled_from([0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF])
HALF_WORDS = ["needed", "flags", "method", "time", "date", "name_length", "extra_length"]
DIRECTORY = ["made_by", "disk", "internal", "comment_length"]
LIES = st.tuples(
    st.integers(0, 3),
    st.sampled_from(["local", "central", "both", "both", "both"]),
    st.tuples(st.sampled_from([*HALF_WORDS, *DIRECTORY]), NUMBERS)
    | st.tuples(st.sampled_from(["crc", "packed", "size", "offset", "external"]), WIDE)
    | st.tuples(
        st.just("name"), st.sampled_from([b"a", b"A", b"a/", b"a/b", b"../a", b""]) | st.binary(max_size=4)
    )
    | st.tuples(st.just("extra"), st.sampled_from([b"UT\0\0", zip64_field(35), zip64_field(35, 25), b"\1"])),
)
ENDS: dict[str, st.SearchStrategy[int]] = dict.fromkeys(("disk", "here", "count", "comment_length"), NUMBERS)
ENDS |= dict.fromkeys(("size", "offset"), WIDE)
ENDS64 = dict.fromkeys(("here", "count", "size", "offset", "locator", "disks", "length64"), WIDE)
AROUND = {
    "prefix": st.just(b"#!"), "shifted": st.sampled_from([b"MZ", build([B])]), "comment": st.just(build([])),
    "trailing": st.sampled_from([b"\0", build([B])]), "before_directory": st.just(b"?"),
    "end": st.fixed_dictionaries({}, optional=ENDS), "end64": st.fixed_dictionaries({}, optional=ENDS64),
}  # fmt: skip


@st.composite
def zips(draw: st.DrawFn) -> bytes:
    """A sound zip but for at most three lies; where both headers lie alike it may be sound again."""
    files = draw(
        st.lists(st.sampled_from(SOUND_FILES), min_size=1, max_size=4, unique_by=lambda file: file.name)
    )
    for index, where, (key, value) in draw(st.lists(LIES, max_size=3)):
        file = files[index % len(files)]
        local, central = dict(file.local), dict(file.central)
        if where != "central" and key not in DIRECTORY:
            local[key] = value
        if where != "local":
            central[key] = value
        files[index % len(files)] = replace(file, local=local, central=central)
    around = draw(st.sampled_from(["", "", "", *AROUND]))
    more: dict[str, Any] = {around: draw(AROUND[around])} if around else {}
    return build(files, **more)


MANY = settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(data=st.binary(max_size=300))
@MANY
def test_random_bytes(data: bytes, tmp_path: Path) -> None:
    judge(data, tmp_path / "random.zip")


@given(data=zips())
@MANY
def test_random_lies(data: bytes, tmp_path: Path) -> None:
    judge(data, tmp_path / "lies.zip")


SEEDS = [make() for make in SOUND.values()] + [
    make() for name, (_, make) in HOSTILE.items() if not name.startswith("bomb")
]


@given(
    data=st.sampled_from(SEEDS),
    edits=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 8), st.binary(max_size=4)), max_size=4),
)
@MANY
def test_random_edits(data: bytes, edits: list[tuple[int, int, bytes]], tmp_path: Path) -> None:
    for place, length, more in edits:
        at = place % (len(data) + 1)
        data = data[:at] + more + data[at + length :]
    judge(data, tmp_path / "edited.zip")
