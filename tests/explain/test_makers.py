"""Zips that other tools made, by these tools: who made them, and why they are not ours or each other's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from explain.driver import causes, codes, explained, made_by, rendered
from explain.makers import HEAVY, LIGHT, make, names_of, tree
from explain.zips import zipped
from onezip.archive.entry import Entry, order
from onezip.archive.explain import explain, maker
from onezip.archive.manifest import Manifest
from onezip.archive.reader import opened, read
from onezip.archive.writer import pack

MAKERS = names_of([*LIGHT, *HEAVY])
CONTENT = {
    "architecture", "toolchain", "dependency", "moved", "line-ends", "path", "go-code", "elf", "timestamp",
}  # fmt: skip
"""What no other way of packing can be."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tree(tmp_path_factory.mktemp("tree") / "tree")


@pytest.fixture(scope="module")
def ours(folder: Path) -> tuple[Path, Manifest]:
    entries = []
    for path in folder.rglob("*"):
        if path.is_file():
            status = path.stat()
            stamp = status.st_size, status.st_mtime_ns, status.st_ctime_ns
            name = path.relative_to(folder).as_posix()
            entries.append(Entry(name, str(path), size=status.st_size, stamp=stamp))
    out = folder.parent / "ours.zip"
    return out, pack(order(entries, report=lambda _: None), str(out))


@pytest.mark.parametrize("name", MAKERS)
def test_who_made_it(name: str, folder: Path, tmp_path: Path) -> None:
    assert made_by(make(name, folder, tmp_path / "it.zip")) == (LIGHT | HEAVY)[name][1]


@pytest.mark.parametrize("name", MAKERS)
def test_why_it_is_not_ours(name: str, folder: Path, tmp_path: Path, ours: tuple[Path, Manifest]) -> None:
    found = explained(make(name, folder, tmp_path / "it.zip"), ours[0])
    text = rendered(found)
    assert not codes(found) & CONTENT, text
    assert "maker" in codes(found), text
    assert "container" not in codes(found), text
    if name == "deterministic-zip":  # with Node 20 it writes CRC-32s of zero
        assert "app.py: cannot be unpacked here, so not compared" in text
        return
    assert "libdeflate level 6 there" in text
    if name == "jar":
        assert "only here: META-INF/MANIFEST.MF" in text
    else:
        assert not codes(found) & {"removed", "added", "file"}, text


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        ("python -m zipfile", "zlib level 6 here"),
        ("zipfile 9", "zlib level 8 or 9 here"),
        ("jar", "zlib level 6 here"),
        ("Info-ZIP", "likely Info-ZIP's own deflate here"),
        ("7-Zip", "likely 7-Zip's own deflate here"),
        pytest.param("archive/zip", "likely Go's compress/flate here", marks=pytest.mark.ring2),
        pytest.param("build-lambda-zip", "likely Go's compress/flate here", marks=pytest.mark.ring2),
        pytest.param("bestzip", "likely Node's zlib, which is Chromium's here", marks=pytest.mark.ring2),
    ],
)
def test_which_engine_packed_it(
    name: str, engine: str, folder: Path, tmp_path: Path, ours: tuple[Path, Manifest]
) -> None:
    assert engine in rendered(explained(make(name, folder, tmp_path / "it.zip"), ours[0]))


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        ("Info-ZIP", "Info-ZIP -X", {"extra"}),
        ("Info-ZIP -X", "strip-nondeterminism", {"maker", "times", "order"}),
        ("Info-ZIP", "Info-ZIP -9", {"header-flags", "engine"}),
        pytest.param("archive/zip", "archive_file", {"maker", "times", "extra"}, marks=pytest.mark.ring2),
    ],
)
def test_one_tool_against_another(
    name: str, other: str, expected: set[str], folder: Path, tmp_path: Path
) -> None:
    paths = (make(each, folder, tmp_path / f"{number}.zip") for number, each in enumerate((name, other)))
    found = explained(*paths)
    assert codes(found) <= expected, rendered(found)
    assert codes(found) >= expected - {"order"}, rendered(found)


def test_a_tool_with_another_umask(tmp_path: Path) -> None:
    made = []
    for name, mask in (("one", 0o022), ("other", 0o002)):
        before = os.umask(mask)
        try:
            folder = tree(tmp_path / name)
        finally:
            os.umask(before)
        (folder / "bootstrap").chmod(0o777 & ~mask)
        made.append(make("python -m zipfile", folder, tmp_path / f"{name}.zip"))
    found = explained(*made)
    assert codes(found) == {"umask"}, rendered(found)
    assert "0644 here, 0664 there" in found[0].summary


def test_a_tool_in_another_time_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from explain import makers

    folder, made = tree(tmp_path / "tree"), []
    for zone in ("UTC0", "EST5"):
        monkeypatch.setattr(makers, "run", lambda *words, cwd, zone=zone: _run(*words, cwd=cwd, zone=zone))
        made.append(make("python -m zipfile", folder, tmp_path / f"{zone}.zip"))
    found = explained(*made)
    assert codes(found) == {"time-zone"}
    assert "times differ by -5:00 hours, as another time zone makes it (all 6 entries)" in found[0].summary


def _run(*words: str, cwd: Path, zone: str) -> None:
    import subprocess

    subprocess.run(words, cwd=cwd, env={**os.environ, "TZ": zone}, check=True)


def test_ours_is_known_by_its_engine_only_while_we_know_it(ours: tuple[Path, Manifest]) -> None:
    assert maker(ours[1]) == "looks like it was made by onezip"
    assert made_by(ours[0]) == "may have been made by onezip"


def test_our_engine_is_taken_from_the_manifest(
    folder: Path, tmp_path: Path, ours: tuple[Path, Manifest]
) -> None:
    path = make("python -m zipfile", folder, tmp_path / "it.zip")
    with opened(str(path)) as (a, content_a), opened(str(ours[0])) as (_, content_b):
        found = explain(a, content_a, ours[1], content_b)
    assert "zlib level 6 here, deflate 0.9.0 level 6 there" in rendered(found)


def test_nobody_known(tmp_path: Path) -> None:
    path = tmp_path / "it.zip"
    path.write_bytes(zipped({}))
    assert made_by(path) == ""
    path.write_bytes(zipped({"a": b"b"}, version=99))
    assert made_by(path) == ""
    path.write_bytes(zipped({"a": b"b"}, comment=b"0123456789abcdef0123456789abcdef01234567"))
    assert made_by(path) == "looks like it was made by git archive"
    path.write_bytes(zipped({"a": b"b", "__MACOSX/._a": b"c"}))
    assert made_by(path) == "looks like it was made by macOS (Finder or ditto)"


def test_a_zip_against_none(tmp_path: Path) -> None:
    found = causes(tmp_path, zipped({}), zipped({"a": b"b"}))
    assert codes(found) == {"added", "maker"}
    assert read(str(tmp_path / "a.zip")).entries == ()
