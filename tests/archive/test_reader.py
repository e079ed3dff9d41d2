"""Zips of all makes are read alike, and every anomaly is told by a zip that has it and by no other."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pytest

from archive.hostile import File, build, raw_deflate, streamed, unicode_path
from archive.hostile_cases import HOSTILE, SOUND, A, B
from archive.judging import agree, codes, strict
from onezip.archive.anomalies import ANOMALIES, MOST_OF_A_CODE
from onezip.archive.entry import Entry
from onezip.archive.manifest import Kind, Manifest, Method
from onezip.archive.reader import digests, opened, read
from onezip.archive.source import Source
from onezip.archive.writer import pack
from onezip.errors import ArchiveError

CONTENT = {"bootstrap": b"#!/bin/sh\n", "lib/data.bin": bytes(range(256)) * 40, "lib/empty": b""}


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[[bytes], str]:
    def write(data: bytes) -> str:
        path = tmp_path / "it.zip"
        path.write_bytes(data)
        return str(path)

    return write


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_zip_has_no_anomaly(name: str, tmp_path: Path) -> None:
    path = tmp_path / "sound.zip"
    path.write_bytes(SOUND[name]())
    manifest = strict(path)
    assert manifest.anomalies == ()
    assert all(entry.sha256 for entry in manifest.entries)
    agree(path.read_bytes(), manifest)


@pytest.mark.parametrize("name", HOSTILE)
def test_an_anomaly_is_told(name: str, tmp_path: Path) -> None:
    expected, make = HOSTILE[name]
    path = tmp_path / "hostile.zip"
    path.write_bytes(make())
    manifest = strict(path)
    assert codes(manifest) == expected
    names = {"", *(entry.name for entry in manifest.entries)}
    assert {anomaly.entry for anomaly in manifest.anomalies} <= names
    assert all(anomaly.message.isprintable() for anomaly in manifest.anomalies)


def test_every_code_is_shown_by_a_zip() -> None:
    assert set().union(*(expected for expected, _ in HOSTILE.values())) == set(ANOMALIES)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b"PK", "no end record"),
        (b"not a zip at all " * 9000, "no end record"),
        (build([A])[:-1], "no end record"),
        (build([A], end={"offset": 7, "size": 7}), "no directory"),
        (build([A], end={"size": 99999, "offset": 99999}), "no directory"),
        (build([A, B], end64={"signature64": b"PK__"}, end={"count": 0xFFFF}), "zip64 end record is missing"),
        (build([replace(A, central={"comment_length": 9})]), "cut off in entry 1"),
        (build([A, replace(B, central={"name_length": 0xFFFF})]), "cut off in entry 2"),
        (build([A])[-22:], "no directory"),
    ],
)
def test_no_zip(data: bytes, words: str, zipped: Callable[[bytes], str]) -> None:
    path = zipped(data)
    with pytest.raises(ArchiveError, match=words) as caught:
        read(path)
    assert caught.value.code == "archive.malformed"
    assert path in caught.value.message


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    places = [tmp_path, tmp_path / "missing", tmp_path / ("x" * 300), Path("nul\0")]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        places += [tmp_path / "pipe", Path("/dev/zero")]
    for place in places:
        with pytest.raises(ArchiveError) as caught:
            read(str(place))
        assert caught.value.code == "archive.unreadable"


def test_all_facts_of_an_entry(zipped: Callable[[bytes], str]) -> None:
    file = replace(
        streamed(A), name="h\xe9".encode(), flags=1 << 11 | 1 << 3, comment=b"note", mode=0o104755,
        extra=b"UT\x01\0x", local_extra=b"UT\x02\0xy",
    )  # fmt: skip
    date = {"date": (2024 - 1980) << 9 | 13 << 5 | 31, "time": 23 << 11 | 59 << 5 | 29}
    more = {"made_by": 19 << 8 | 63, "internal": 1, "external": 0o104755 << 16 | 1}
    file = replace(file, local=dict(file.local) | date, central=date | more)
    manifest = read(zipped(build([B, file], comment=b"all of it")))
    entry = manifest.entries[1]
    assert entry == replace(
        entry, name="h\xe9", raw_name="h\xe9".encode(), kind=Kind.FILE, size=len(A.data),
        packed=len(A.stream()), method=Method.DEFLATED, method_number=8, mode=0o104755,
        offset=30 + len(B.name) + len(B.data), modified=(2024, 13, 31, 23, 59, 58), flags=1 << 11 | 1 << 3,
        made_by=(19, 63), needed=20, extra=b"UT\x01\0x", local_extra=b"UT\x02\0xy", comment=b"note",
        descriptor=True, zip64=False, external=0o104755 << 16 | 1, internal=1, sha256="",
    )  # fmt: skip
    assert manifest.comment == b"all of it"
    assert (manifest.entries[0].method, manifest.entries[0].descriptor) == (Method.STORED, False)


def test_kinds(zipped: Callable[[bytes], str]) -> None:
    modes = {b"f": 0o100644, b"d/": 0o40755, b"l": 0o120777, b"p": 0o010644, b"m": 0o644, b"n/": 0}
    manifest = read(zipped(build([File(name, method=0, mode=mode) for name, mode in modes.items()])))
    kinds = [Kind.FILE, Kind.FOLDER, Kind.LINK, Kind.OTHER, Kind.FILE, Kind.FOLDER]
    assert [entry.kind for entry in manifest.entries] == kinds
    windows = File(b"l", mode=0o120777, central={"made_by": 20})
    entry = read(zipped(build([windows]))).entries[0]
    assert (entry.kind, entry.mode, entry.external >> 16) == (Kind.FILE, 0, 0o120777)


def test_names_without_a_flag_are_code_page_437(zipped: Callable[[bytes], str]) -> None:
    raw = "é".encode()
    entry = read(zipped(build([replace(A, name=raw, extra=unicode_path(raw, raw))]))).entries[0]
    assert (entry.name, entry.raw_name) == (raw.decode("cp437"), raw)


def test_offsets_are_from_the_start_of_the_file(zipped: Callable[[bytes], str]) -> None:
    for data in (build([A, B], prefix=b"12345"), build([A, B], shifted=b"12345")):
        with opened(zipped(data)) as (manifest, content):
            assert manifest.entries[0].offset == 5
            assert content.read("lib/data.txt", 100) == B.data


def test_content_is_read_up_to_a_limit(zipped: Callable[[bytes], str]) -> None:
    big = File(b"big", b"0123456789" * 500_000)
    with opened(zipped(build([A, B, big]))) as (_, content):
        for name, data in (("bootstrap", A.data), ("lib/data.txt", B.data), ("big", big.data)):
            for limit in (-1, 0, 1, 5, len(data) - 1, len(data), len(data) + 1, 1 << 40):
                assert content.read(name, limit) == data[: max(limit, 0)]
        with pytest.raises(ArchiveError, match="no entry 'nothing'"):
            content.read("nothing", 1)


def test_of_one_name_twice_the_later_counts_and_both_can_be_read(zipped: Callable[[bytes], str]) -> None:
    with opened(zipped(build([A, replace(A, data=b"other")]))) as (manifest, content):
        assert content.read("bootstrap", 99) == b"other"
        assert [content.read_entry(entry, 99) for entry in manifest.entries] == [A.data, b"other"]


@pytest.mark.parametrize(
    "name", ["crc", "longer", "shorter", "stream cut off", "stream broken", "more behind the stream",
             "encrypted", "method 12", "no local header", "past the end"],
)  # fmt: skip
def test_broken_content_is_not_given(name: str, zipped: Callable[[bytes], str]) -> None:
    with opened(zipped(HOSTILE[name][1]())) as (manifest, content), pytest.raises(ArchiveError) as caught:
        content.read_entry(manifest.entries[0], 1 << 30)
    assert caught.value.code == "archive.malformed"


def test_no_more_is_given_than_was_told(zipped: Callable[[bytes], str]) -> None:
    taken: list[bytes] = []
    with opened(zipped(HOSTILE["longer"][1]())) as (manifest, content):
        anomaly = content.pour(manifest.entries[0], 1 << 30, taken.append)
    assert anomaly is not None
    assert anomaly.code == "zip.size-lies"
    assert b"".join(taken) == A.data[:-1]


def test_impossible_sizes_are_told_without_unpacking(zipped: Callable[[bytes], str]) -> None:
    assert codes(read(zipped(HOSTILE["stored of two sizes"][1]()))) == {"zip.size-lies"}
    most = 1032 * len(A.stream())
    for size, expected in ((most, set()), (most + 1, {"zip.size-lies"})):
        lie = {"size": size}
        assert codes(read(zipped(build([replace(A, local=lie, central=lie)])))) == expected


def test_packed_bytes_as_they_stand(zipped: Callable[[bytes], str]) -> None:
    with opened(zipped(build([A, B]))) as (manifest, content):
        first, second = manifest.entries
        assert content.packed(first, 1 << 20) == raw_deflate(A.data)
        assert content.packed(second, 4) == B.data[:4]
        with pytest.raises(ArchiveError):
            content.packed(replace(first, offset=1), 4)


def test_digests_are_filled_once_and_within_a_budget(zipped: Callable[[bytes], str]) -> None:
    first, second, third = (File(b"%d" % number, bytes([number]) * 1000) for number in range(3))
    with opened(zipped(build([first, second, third]))) as (manifest, content):
        partly = digests(manifest, content, budget=2500)
        assert [entry.sha256 for entry in partly.entries] == [
            sha256(first.data).hexdigest(), sha256(second.data).hexdigest(), "",
        ]  # fmt: skip
        assert codes(partly) == {"zip.bomb"}
        fully = digests(partly, content)
        assert fully.entries[2].sha256 == sha256(third.data).hexdigest()
        assert fully.entries[:2] == partly.entries[:2]
        assert digests(fully, content, budget=0) == fully


def test_a_file_that_changes_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "it.zip"
    path.write_bytes(build([A, File(b"big", os.urandom(100_000), method=0)]))
    with opened(str(path)) as (manifest, content):
        path.write_bytes(b"short")
        with pytest.raises(ArchiveError) as caught:
            digests(manifest, content)
    assert caught.value.code == "archive.changed"


def test_a_file_that_is_written_anew_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "it.zip"
    path.write_bytes(build([A]))
    unhurried = Source.sha256

    def overtaken(source: Source) -> str:
        path.write_bytes(build([replace(A, name=b"other-one")]))
        os.utime(path, (0, 0))
        return unhurried(source)

    monkeypatch.setattr(Source, "sha256", overtaken)
    with pytest.raises(ArchiveError) as caught:
        read(str(path))
    assert caught.value.code == "archive.changed"


def test_the_same_anomaly_in_every_entry_is_bounded(zipped: Callable[[bytes], str]) -> None:
    manifest = read(
        zipped(build([replace(A, name=b"../%d" % number) for number in range(MOST_OF_A_CODE + 7)]))
    )
    told = [anomaly for anomaly in manifest.anomalies if anomaly.code == "zip.name"]
    assert len(told) == MOST_OF_A_CODE + 1
    assert told[-1].message == "... and 7 more"


def tree(folder: Path) -> Path:
    for name, data in CONTENT.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder / "bootstrap").chmod(0o755)
    return folder


def check_contents(manifest: Manifest) -> None:
    files = {entry.name: entry.sha256 for entry in manifest.entries if entry.kind is Kind.FILE}
    assert files == {name: sha256(data).hexdigest() for name, data in CONTENT.items()}


def test_our_own_zip_reads_as_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "own.zip"
    written = pack([Entry(name, data=data) for name, data in CONTENT.items()], str(path), digests=True)
    manifest = strict(path)
    assert manifest == replace(written, engine="")
    check_contents(manifest)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zips_by_zipfile(method: int, tmp_path: Path) -> None:
    path = tmp_path / "py.zip"
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in CONTENT.items():
            file.writestr(name, data)
        file.mkdir("folder")
    manifest = strict(path)
    assert manifest.anomalies == ()
    check_contents(manifest)


def test_zips_by_zipfile_that_cannot_go_back(tmp_path: Path) -> None:
    path = tmp_path / "py.zip"
    with path.open("wb") as real, zipfile.ZipFile(Forward(real), "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in CONTENT.items():
            file.writestr(name, data)
        with file.open("zip64", "w", force_zip64=True) as entry:
            entry.write(b"small")
    manifest = strict(path)
    assert codes(manifest) == {"zip.zip64-needless"}
    assert {anomaly.entry for anomaly in manifest.anomalies} == {"zip64"}
    assert all(entry.descriptor for entry in manifest.entries)


class Forward:
    """A file that cannot go back."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def write(self, data: bytes, /) -> int:
        return self.file.write(data)

    def flush(self) -> None:
        self.file.flush()

    def close(self) -> None:
        self.file.close()


@pytest.mark.parametrize(
    ("words", "piped"),
    [(["-r"], False), (["-r", "-X", "-0"], False), (["-r", "-9", "-D"], False), (["-r"], True)],
)
def test_zips_by_info_zip(words: list[str], piped: bool, tmp_path: Path) -> None:
    program = shutil.which("zip")
    if program is None:
        pytest.skip("Info-ZIP's zip is not here")
    path, folder = tmp_path / "info.zip", tree(tmp_path / "tree")
    out = "-" if piped else str(path)
    done = subprocess.run([program, "-q", *words, out, "."], cwd=folder, check=True, stdout=subprocess.PIPE)
    if piped:
        path.write_bytes(done.stdout)
    manifest = strict(path)
    assert manifest.anomalies == ()
    check_contents(manifest)
    assert any(entry.descriptor for entry in manifest.entries) == piped
    modes = {entry.name: entry.mode for entry in manifest.entries}
    assert modes["bootstrap"] == 0o100755


def test_zips_by_7zip(tmp_path: Path) -> None:
    program = shutil.which("7z")
    if program is None:
        pytest.skip("7z is not here")
    path, folder = tmp_path / "seven.zip", tree(tmp_path / "tree")
    subprocess.run([program, "a", "-tzip", path, "."], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    manifest = strict(path)
    assert manifest.anomalies == ()
    check_contents(manifest)


GO = """package main

import (
	"archive/zip"
	"os"
)

func main() {
	zipped := zip.NewWriter(os.Stdout)
	for _, name := range os.Args[1:] {
		data, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		entry, err := zipped.CreateHeader(&zip.FileHeader{
			Name: name, Method: zip.Deflate, CreatorVersion: 3 << 8, ExternalAttrs: 0777 << 16,
		})
		if err != nil {
			panic(err)
		}
		entry.Write(data)
	}
	zipped.Close()
}
"""


def test_zips_by_go(tmp_path: Path) -> None:
    program = shutil.which("go")
    if program is None:
        pytest.skip("Go is not here")
    (tmp_path / "main.go").write_text(GO)
    subprocess.run(
        [program, "build", "-o", tmp_path / "gozip", "main.go"],
        cwd=tmp_path, check=True, env=os.environ | {"GO111MODULE": "off", "CGO_ENABLED": "0"},
    )  # fmt: skip
    done = subprocess.run(
        [tmp_path / "gozip", *CONTENT], cwd=tree(tmp_path / "tree"), check=True, stdout=subprocess.PIPE
    )
    path = tmp_path / "go.zip"
    path.write_bytes(done.stdout)
    manifest = strict(path)
    assert manifest.anomalies == ()
    check_contents(manifest)
    assert {entry.modified for entry in manifest.entries} == {(1980, 0, 0, 0, 0, 0)}
    assert all(entry.descriptor for entry in manifest.entries)
