"""A zip is unpacked whole and safely, or not at all."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from archive.hostile import File, bomb, build, many, streamed
from archive.hostile_cases import HOSTILE, SOUND, A, B
from onezip.archive import unpack as module
from onezip.archive.anomalies import ANOMALIES
from onezip.archive.manifest import Kind, ManifestEntry, Method
from onezip.archive.reader import opened
from onezip.archive.unpack import DEEPEST, HARMLESS, check_names, unpack
from onezip.codes import CODES
from onezip.errors import ArchiveError

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")


@pytest.fixture
def unpacked(tmp_path: Path) -> Callable[..., dict[str, bytes]]:
    def run(data: bytes, **limits: int) -> dict[str, bytes]:
        (tmp_path / "it.zip").write_bytes(data)
        unpack(str(tmp_path / "it.zip"), str(tmp_path / "out"), **limits)
        return files(tmp_path / "out")

    return run


@pytest.fixture(autouse=True)
def _nothing_beside(tmp_path: Path) -> Iterator[None]:
    """Whatever happened, there is the zip, perhaps the folder, and nothing else, not even above."""
    yield
    assert {path.name for path in tmp_path.iterdir()} <= {"it.zip", "out"}
    assert not {"evil", "up"} & {path.name for path in tmp_path.parent.iterdir()}


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_files_and_folders(unpacked: Callable[..., dict[str, bytes]], tmp_path: Path) -> None:
    empty, folder = File(b"empty", method=0), File(b"an/empty/folder/", method=0, mode=0o40700)
    assert unpacked(build([A, B, streamed(replace(A, name=b"a/b/c")), empty, folder])) == {
        "bootstrap": A.data, "lib/data.txt": B.data, "a/b/c": A.data, "empty": b"",
    }  # fmt: skip
    assert (tmp_path / "out/an/empty/folder").is_dir()


def test_the_manifest_comes_back_with_every_digest(tmp_path: Path) -> None:
    (tmp_path / "it.zip").write_bytes(build([A, B], comment=b"note"))
    manifest = unpack(str(tmp_path / "it.zip"), str(tmp_path / "out"))
    assert [entry.sha256 for entry in manifest.entries] == [sha256(file.data).hexdigest() for file in (A, B)]
    assert [anomaly.code for anomaly in manifest.anomalies] == ["zip.trailing"]


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_modes_are_two_whatever_the_zip_and_the_umask_say(
    umask: int, unpacked: Callable[..., dict[str, bytes]], tmp_path: Path
) -> None:
    modes = {0o104755: 0o755, 0o100777: 0o755, 0o100100: 0o755, 0o100666: 0o644, 0o100000: 0o644, 0: 0o644}
    entries = [File(b"d/%o" % mode, mode=mode) for mode in modes]
    before = os.umask(umask)
    try:
        unpacked(build([File(b"d/", method=0, mode=0o42777), *entries]))
    finally:
        os.umask(before)
    for mode, expected in modes.items():
        assert stat.S_IMODE((tmp_path / "out/d" / f"{mode:o}").stat().st_mode) == expected
    for folder in (tmp_path / "out", tmp_path / "out/d"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o755


@pytest.mark.parametrize("name", SOUND)
def test_every_sound_zip_is_unpacked(
    name: str, unpacked: Callable[..., dict[str, bytes]], tmp_path: Path
) -> None:
    data = SOUND[name]()
    found = unpacked(data)
    with opened(str(tmp_path / "it.zip")) as (manifest, content):
        entries = [entry for entry in manifest.entries if entry.kind is Kind.FILE]
        assert found == {entry.name: content.read(entry.name, entry.size) for entry in entries}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_zip_is_unpacked_only_where_its_anomalies_are_harmless(
    name: str, unpacked: Callable[..., dict[str, bytes]], tmp_path: Path
) -> None:
    expected, make = HOSTILE[name]
    if expected <= HARMLESS and not (expected == {"zip.collision"} and sys.platform != "linux"):
        unpacked(make())
        return
    with pytest.raises(ArchiveError) as caught:
        unpacked(make())
    assert caught.value.code in CODES
    assert not (tmp_path / "out").exists()


def test_what_is_harmless_is_known() -> None:
    assert ANOMALIES.keys() >= HARMLESS


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (File(b"link", b"/etc/passwd", method=0, mode=0o120777), "archive.link"),
        (File(b"pipe", method=0, mode=0o010644), "archive.kind"),
        (File(b"disk", method=0, mode=0o060644), "archive.kind"),
        (File(b"../evil"), "archive.name"),
        (File(b"/evil"), "archive.name"),
        (File(b"a/../../evil"), "archive.name"),
        (File(b"a/" * DEEPEST + b"b"), "archive.name"),
        (replace(A, data=b"other"), "archive.duplicate"),
        (File(b"bootstrap/x"), "archive.duplicate"),
    ],
)
def test_what_is_refused(
    entry: File, code: str, unpacked: Callable[..., dict[str, bytes]], tmp_path: Path
) -> None:
    with pytest.raises(ArchiveError) as caught:
        unpacked(build([A, entry]))
    assert caught.value.code == code
    assert not (tmp_path / "out").exists()


def test_a_link_on_a_host_without_links_becomes_a_file(unpacked: Callable[..., dict[str, bytes]]) -> None:
    link = File(b"link", b"target", mode=0o120777, central={"made_by": 20})
    assert unpacked(build([link])) == {"link": b"target"}


def test_more_than_the_limit(unpacked: Callable[..., dict[str, bytes]], tmp_path: Path) -> None:
    size = len(A.data) + len(B.data)
    with pytest.raises(ArchiveError) as caught:
        unpacked(build([A, B]), limit=size - 1)
    assert caught.value.code == "archive.too-large"
    assert not (tmp_path / "out").exists()
    unpacked(build([A, B]), limit=size)


def test_more_files_and_folders_than_allowed(unpacked: Callable[..., dict[str, bytes]]) -> None:
    for data in (build([File(b"a/b/c/d")]), many(4), build([File(b"a/b/c/d/", method=0, mode=0)])):
        with pytest.raises(ArchiveError) as caught:
            unpacked(data, most=3)
        assert caught.value.code == "archive.limit"
    unpacked(build([File(b"a/b/c/d")]), most=4)


def test_a_bomb_writes_nothing(unpacked: Callable[..., dict[str, bytes]]) -> None:
    with pytest.raises(ArchiveError):
        unpacked(bomb(300))


def test_an_empty_folder_is_taken_and_a_full_one_is_not(
    unpacked: Callable[..., dict[str, bytes]], tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    assert unpacked(build([A])) == {"bootstrap": A.data}
    with pytest.raises(ArchiveError, match="is there already") as caught:
        unpacked(build([B]))
    assert caught.value.code == "archive.write"
    assert files(tmp_path / "out") == {"bootstrap": A.data}


def test_a_file_or_a_link_is_no_folder(
    unpacked: Callable[..., dict[str, bytes]], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path / "out"
    out.write_text("mine")
    with pytest.raises(ArchiveError, match="is there already"):
        unpacked(build([A]))
    assert out.read_text() == "mine"
    out.unlink()
    for target in (tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("empty"), tmp_path / "nowhere"):
        out.symlink_to(target, target_is_directory=True)
        with pytest.raises(ArchiveError, match="is there already"):
            unpacked(build([A]))
        assert out.is_symlink()
        out.unlink()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    zipped = tmp_path / "it.zip"
    zipped.write_bytes(build([A]))
    with pytest.raises(ArchiveError) as caught:
        unpack(str(zipped), str(zipped / "in a file"))
    assert caught.value.code == "archive.write"


def test_content_that_lies_leaves_nothing(tmp_path: Path) -> None:
    """The last of many entries is broken: what was written before is gone."""
    good = [File(b"%03d/file" % number, b"x" * number) for number in range(50)]
    bad = replace(A, local={"crc": 1}, central={"crc": 1})
    (tmp_path / "it.zip").write_bytes(build([*good, bad]))
    with pytest.raises(ArchiveError, match="CRC-32") as caught:
        unpack(str(tmp_path / "it.zip"), str(tmp_path / "out"))
    assert caught.value.code == "archive.malformed"
    assert not (tmp_path / "out").exists()


def test_an_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_self: object, _entry: ManifestEntry) -> ManifestEntry:
        raise KeyboardInterrupt

    (tmp_path / "it.zip").write_bytes(build([A, B]))
    monkeypatch.setattr(module._Work, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        unpack(str(tmp_path / "it.zip"), str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    (tmp_path / "it.zip").write_bytes(build([A, B]))
    monkeypatch.setattr(module, "_write_all", full)
    with pytest.raises(ArchiveError, match="No space left") as caught:
        unpack(str(tmp_path / "it.zip"), str(tmp_path / "out"))
    assert caught.value.code == "archive.write"


def test_names_that_meet_on_this_system(tmp_path: Path) -> None:
    """As on a system that knows no case: the place of the second is taken when it comes."""
    (tmp_path / "it.zip").write_bytes(build([A]))
    (tmp_path / "out").mkdir()
    with opened(str(tmp_path / "it.zip")) as (manifest, content):
        work = module._Work(content, str(tmp_path / "out"), 10)
        work.write(manifest.entries[0])
        for entry in (manifest.entries[0], replace(manifest.entries[0], name="bootstrap/", kind=Kind.FOLDER)):
            with pytest.raises(ArchiveError) as caught:
                work.write(entry)
            assert caught.value.code == "archive.collision"
    shutil.rmtree(tmp_path / "out")


@pytest.mark.parametrize(
    "name",
    ["con", "lib/NUL", "aux.py", "a/COM1.tar.gz", "lpt9", "com¹", "CONIN$", "nul .txt", "lib/a:b", "what?",
     "a*", "a|b", "<a", 'a"b', "dot./a", "dot.", "space ", "space /a"],
)  # fmt: skip
def test_names_that_windows_does_not_take(name: str) -> None:
    entry = ManifestEntry(name, name.encode(), Kind.FILE, 0, 0, 0, Method.STORED, 0o100644, 0)
    check_names([entry], windows=False)
    with pytest.raises(ArchiveError, match="Windows") as caught:
        check_names([entry], windows=True)
    assert caught.value.code == "archive.name"


@pytest.mark.parametrize("name", ["console", "lib/null", "auxiliary.py", "com", "com10", ".a", "a.b", "a b"])
def test_names_that_windows_takes(name: str) -> None:
    entry = ManifestEntry(name, name.encode(), Kind.FILE, 0, 0, 0, Method.STORED, 0o100644, 0)
    check_names([entry], windows=True)
