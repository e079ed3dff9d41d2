"""Whatever two zips hold: an answer, in bounded time, fit for a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explain.driver import causes, codes, rendered
from explain.zips import Entry, elf, zipped
from onezip.archive.anomalies import ANOMALIES
from onezip.archive.causes.cause import MOST_NAMES
from onezip.archive.causes.change import Change
from onezip.archive.causes.files import LOOKS
from onezip.archive.causes.leftover import MOST_TOLD
from onezip.archive.causes.sides import MOST_BINARY, MOST_READ, MOST_TEXT
from onezip.archive.causes.text import MOST_LINES, diff
from onezip.archive.causes.words import LINE, common_folder, escaped, listed, named
from onezip.archive.explain import explain, maker
from onezip.archive.manifest import Anomaly, Kind, Manifest, ManifestEntry, Method
from onezip.errors import ArchiveError


class Memory:
    """A Content of what it is given; None cannot be unpacked. asked is the bytes that were asked for."""

    def __init__(self, files: Mapping[str, bytes | None]) -> None:
        self.files = files
        self.asked = 0

    def read(self, name: str, limit: int) -> bytes:
        data = self.files.get(name)
        if data is None:
            raise ArchiveError("archive.malformed", "no")
        self.asked += min(limit, len(data))
        return data[:limit]


class Streams(Memory):
    """One that gives packed bytes too."""

    def packed(self, entry: ManifestEntry, limit: int) -> bytes:
        return self.read(entry.name, limit)


NAMES = st.one_of(
    st.sampled_from([
        "bootstrap", "app.py", "lib/a.json", "a.toml", "x/__pycache__/a.cpython-313.pyc", "lib/", "A.py",
        "RECORD", "foo-1.0.dist-info/METADATA", "foo-1.0.dist-info/WHEEL", "foo-1.0.dist-info/RECORD",
        "foo/x.py",
        "foo-1.1.dist-info/METADATA", "foo-1.1.dist-info/top_level.txt", "extensions/x", "a\\b", "/", "",
    ]),
    st.text(max_size=12),
)  # fmt: skip
BYTES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([
        b"{}", b"[1]", b"\xef\xbb\xbfa\r\n", b"a\n", b"#!/bin/sh\n", elf(),
        elf(interpreter=b"/x", build_id=b"1"),
        elf()[:70], b"MZ", b"\xa7\r\r\n" + bytes(20), b"\xcb\r\r\n" + bytes(20), b"Name: foo\nVersion: 1\n",
        b"/home/a/b 2024-01-01", b"/tmp/a/b 2025-01-01", b'foo/x.py,,\n"a,b",,\n',
        b"\xff Go buildinf:" * 4,
    ]),
)  # fmt: skip
SMALL = st.integers(0, 0xFFFF)
EXTRA = st.one_of(
    st.binary(max_size=12), st.sampled_from([b"UT\x05\0\1\0\0\0\0", b"ux\x0b\0\1\4\0\0\0\0\4\0\0\0\0", b""])
)
ENTRIES = st.builds(
    ManifestEntry,
    name=NAMES,
    raw_name=st.binary(max_size=8),
    kind=st.sampled_from(Kind),
    size=st.integers(0, 1 << 33),
    packed=st.integers(0, 1 << 33),
    crc=st.integers(0, 3),
    method=st.sampled_from(Method),
    mode=SMALL,
    offset=st.integers(-5, 1 << 33),
    modified=st.tuples(
        st.integers(1980, 2107), st.integers(0, 15), st.integers(0, 31),
        st.integers(0, 31), st.integers(0, 63), st.integers(0, 62),
    ),
    flags=SMALL,
    made_by=st.tuples(st.integers(0, 255), st.sampled_from([20, 30, 45, 63, 0])),
    needed=SMALL,
    method_number=st.sampled_from([0, 8, 14]),
    extra=EXTRA,
    local_extra=EXTRA,
    comment=st.binary(max_size=3),
    descriptor=st.booleans(),
    zip64=st.booleans(),
    external=st.integers(0, 0xFFFFFFFF),
    internal=st.integers(0, 3),
    sha256=st.sampled_from(["", "00", "11"]),
)  # fmt: skip
MANIFESTS = st.builds(
    Manifest,
    size=st.integers(22, 1 << 33),
    sha256=st.sampled_from(["", "a0", "b1", "c2"]),
    entries=st.lists(ENTRIES, max_size=6).map(tuple),
    comment=st.binary(max_size=40),
    zip64=st.booleans(),
    anomalies=st.lists(
        st.builds(Anomaly, st.sampled_from(sorted(ANOMALIES)), st.text(max_size=9).map(ascii), NAMES),
        max_size=3,
    ).map(tuple),
    engine=st.sampled_from(["", "deflate 0.9.0 level 6", "stored"]),
)


@settings(max_examples=60)
@given(MANIFESTS, MANIFESTS, st.dictionaries(NAMES, BYTES), st.dictionaries(NAMES, BYTES), st.booleans())
def test_any_two_manifests(
    a: Manifest, b: Manifest, one: dict[str, bytes], other: dict[str, bytes], packed: bool
) -> None:
    _judge(a, b, one, other, Streams if packed else Memory)


@settings(max_examples=60)
@given(MANIFESTS, st.data(), st.dictionaries(NAMES, BYTES), st.dictionaries(NAMES, BYTES))
def test_manifests_that_are_alike(
    a: Manifest, data: st.DataObject, one: dict[str, bytes], other: dict[str, bytes]
) -> None:
    """The same names, each in its own way: what pairs of real zips look like."""
    entries = [
        replace(
            data.draw(ENTRIES), name=entry.name, raw_name=entry.raw_name, size=len(other.get(entry.name, b""))
        )
        for entry in a.entries
    ]
    here = tuple(replace(entry, size=len(one.get(entry.name, b""))) for entry in a.entries)
    _judge(replace(a, entries=here), replace(a, sha256="dd", entries=tuple(entries)), one, other, Streams)


def _judge(
    a: Manifest,
    b: Manifest,
    one: Mapping[str, bytes],
    other: Mapping[str, bytes],
    kind: Callable[..., Memory],
) -> None:
    content_a, content_b = kind(one), kind(other)
    found = explain(a, content_a, b, content_b)
    assert bool(found) == (a != b and (not a.sha256 or a.sha256 != b.sha256))
    assert explain(a, content_a, a, content_a) == []
    text = rendered(found)
    assert all(line.isprintable() for line in text.split("\n")), text
    assert maker(a).isprintable()


@settings(max_examples=60)
@given(NAMES, BYTES, BYTES)
def test_no_look_crashes(name: str, a: bytes, b: bytes) -> None:
    for look in LOOKS:
        for note in look(Change(name, a, b)):
            assert note.words.isprintable()


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_a_diff_is_short_and_printable(a: bytes, b: bytes) -> None:
    lines = diff(a, b).split("\n")
    assert len(lines) <= MOST_LINES
    assert all(line.isprintable() for line in lines)
    assert all(len(line) <= 10 * (LINE + 10) for line in lines)


def quick(seconds: float, call: Callable[[], object]) -> None:
    started = time.process_time()
    call()
    assert time.process_time() - started < seconds


def entry(name: str, number: int, **more: object) -> ManifestEntry:
    made = ManifestEntry(name, name.encode(), Kind.FILE, 9, 9, number, Method.DEFLATED, 0o100644, 0)
    return replace(made, **more)  # type: ignore[arg-type]


def test_many_entries_that_all_differ() -> None:
    names = [f"{n % 700}/{n % 40}/{n}.dist-info/x" if n % 3 else f"{n}.txt" for n in range(30_000)]
    a = Manifest(1, "aa", tuple(entry(name, 1) for name in names))
    b = Manifest(1, "bb", tuple(entry(name, 2, mode=0o100755, needed=n % 9) for n, name in enumerate(names)))
    found = []
    quick(20, lambda: found.extend(explain(a, Memory({}), b, Memory({}))))
    assert len(found) < 40
    assert all(len(cause.entries) <= MOST_NAMES for cause in found)
    assert any("25,000 more files changed, which were not looked into" in each.summary for each in found)


def test_no_more_is_read_than_the_budget() -> None:
    class Endless(Memory):
        def read(self, name: str, limit: int) -> bytes:
            self.asked += limit
            return b"\x7fELF".ljust(min(limit, 1 << 16), b"\0")

    names = [f"{n}.so" for n in range(400)]
    a, b = (
        Manifest(1, digest, tuple(entry(name, number, size=MOST_BINARY * 4) for name in names))
        for number, digest in enumerate(("aa", "bb"))
    )
    contents = Endless({}), Endless({})
    quick(10, lambda: explain(a, contents[0], b, contents[1]))
    assert sum(content.asked for content in contents) <= MOST_READ + 4 * MOST_TOLD * MOST_TEXT


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (b"x" * 900_000, b"y" * 900_000),
        (b"\n" * 900_000, b"x\n" * 450_000),
        (b"a\nb\n" * 200_000, b"b\na\n" * 200_000),
        (b"/home/" + b"a/" * 400_000, b"/home/" + b"b/" * 400_000),
        (b"/home/a" * 130_000, b"/tmp/b/" * 130_000),
        (b"1" * 900_000, b"2" * 900_000),
        (b"2024-" * 180_000, b"2025-" * 180_000),
        (b"C:\\" * 300_000, b"D:\\" * 300_000),
        (b"[" * 900_000, b"{" * 900_000),
        (b"Mon, " * 180_000, b"Tue, " * 180_000),
        (b"\0/" * 450_000, b"\0/a.go" * 150_000),
    ],
)
@pytest.mark.parametrize("name", ["a.json", "foo-1.dist-info/METADATA"])
def test_no_content_takes_long(name: str, a: bytes, b: bytes) -> None:
    sides = [
        Manifest(1, digest, (entry(name, number, size=len(data)),))
        for number, (digest, data) in enumerate((("aa", a), ("bb", b)))
    ]
    quick(5, lambda: explain(sides[0], Memory({name: a}), sides[1], Memory({name: b})))


@pytest.mark.parametrize("size", [16, 1 << 24])
def test_an_elf_of_lies(size: int) -> None:
    """Tables of sections, segments and notes that claim to be huge."""
    data = bytearray(elf(interpreter=b"/x", build_id=b"1", compiler=b"c", symbols=True).ljust(size, b"\4"))
    data[0x38:0x40] = b"\xff" * 8
    name, other = "bootstrap", bytes(data).replace(b"\4" * 9, b"\5" * 9, 1) + b"!"
    sides = [
        Manifest(1, digest, (entry(name, number, size=len(content)),))
        for number, (digest, content) in enumerate((("aa", bytes(data)), ("bb", other)))
    ]
    quick(10, lambda: explain(sides[0], Memory({name: bytes(data)}), sides[1], Memory({name: other})))


def test_something_is_always_told(tmp_path: Path) -> None:
    found = causes(tmp_path, zipped({"a": b"b\n"}), zipped({"a": Entry(b"b\n", local_time=5)}))
    assert codes(found) == {"unsound"}
    manifest = Manifest(9, "aa", (entry("a", 1),))
    found = explain(manifest, Memory({}), replace(manifest, sha256="bb"), Memory({}))
    assert [cause.code for cause in found] == ["differs.container"]
    assert "in local headers or outside of the entries" in found[0].summary


def test_words() -> None:
    assert escaped("a\x1b\u202e\ud800\n") == r"a\x1b\u202e\ud800\n"
    assert len(escaped("x" * 999)) < LINE
    assert (common_folder(["a/b/c", "a/b/d"]), common_folder(["a/bc", "a/bd"]), common_folder([])) == (
        "a/b/",
        "a/",
        "",
    )
    assert named(["x/a", "x/b", "x/c"]) == "3 files in x/"
    assert named(["a", "x/b", "x/c"], "name") == "3 names, such as a"
    assert (listed([]), listed(["a"]), listed(["a", "b", "c"])) == ("", "a", "a, b and c")
    assert listed(list("abcdefg")) == "a, b, c and 4 more"
