"""`onezip zip`, `unzip` and `cache`: packing tools of their own."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import pytest

from cli.onezip_cli import onezip, plain


def names(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as opened:
        return {entry.filename: oct(entry.external_attr >> 16)[-4:] for entry in opened.infolist()}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "server").write_bytes(b"no magic at all")
    (tmp_path / "config.json").write_text("{}\n")
    (tmp_path / "static/deep").mkdir(parents=True)
    (tmp_path / "static/deep/a.txt").write_text("a\n")
    (tmp_path / "static/b.md").write_text("b\n")
    return tmp_path


def test_the_first_file_is_the_program(files: Path) -> None:
    said = onezip(files, "zip", "-o", "f.zip", "server", "config.json=etc/config.json", "static")
    assert said.code == 0, said.err
    assert names(files / "f.zip") == {
        "etc/config.json": "0644",
        "server": "0755",
        "static/b.md": "0644",
        "static/deep/a.txt": "0644",
    }


def test_another_name_for_the_program_and_patterns(files: Path) -> None:
    said = onezip(
        files, "zip", "-o", "f.zip", "--as", "bootstrap", "server", "static=public", "--exclude", "*.md", "-q"
    )
    assert (said.code, said.out) == (0, "f.zip\n")
    assert names(files / "f.zip") == {"bootstrap": "0755", "public/deep/a.txt": "0644"}


def test_the_default_name_and_the_same_bytes(files: Path) -> None:
    first = onezip(files, "zip", "server", "--json")
    assert first.result["path"] == "server.zip"
    os.utime(files / "server", (1, 1))
    (files / "server").chmod(0o777)
    assert onezip(files, "zip", "server", "--json").result["sha256"] == first.result["sha256"]
    assert onezip(files, "zip", "server", "--compression", "none", "--json").result["size"] > 0


def test_a_name_with_an_equals_sign(files: Path) -> None:
    (files / "a=b").write_text("x")
    assert onezip(files, "zip", "-o", "f.zip", "server", "a=b", "a=b=c").code == 0
    assert set(names(files / "f.zip")) == {"server", "a=b", "c"}


def test_what_cannot_be_zipped(files: Path) -> None:
    gone = onezip(files, "zip", "-o", "f.zip", "server", "gone")
    assert (gone.code, "gone does not exist" in gone.err) == (2, True)
    twice = onezip(files, "zip", "-o", "f.zip", "server", "config.json=server")
    assert (twice.code, "server comes twice" in twice.err) == (4, True)
    outside = onezip(files, "zip", "-o", "f.zip", "server", "config.json=../x")
    assert (outside.code, "archive.name" in outside.err) == (4, True)
    assert onezip(files, "zip").code == 2
    assert not (files / "f.zip").exists()


def test_unzip_gives_back_what_was_zipped(files: Path) -> None:
    onezip(files, "zip", "-o", "f.zip", "server", "static")
    said = onezip(files, "unzip", "f.zip")
    assert said.code == 0, said.err
    assert (files / "f/static/deep/a.txt").read_text() == "a\n"
    if os.name == "posix":
        assert (files / "f/server").stat().st_mode & 0o777 == 0o755
    again = onezip(files, "unzip", "f.zip")
    assert again.code == 4
    assert onezip(files, "unzip", "f.zip", "-o", "other").code == 0


def test_unzip_refuses_what_leaves_the_folder(files: Path) -> None:
    with zipfile.ZipFile(files / "evil.zip", "w") as made:
        made.writestr("../evil", "x")
    said = onezip(files, "unzip", "evil.zip")
    assert said.code == 4
    assert not (files.parent / "evil").exists()
    assert not (files / "evil").exists()


def test_the_cache(tmp_path: Path) -> None:
    plain(tmp_path)
    assert onezip(tmp_path, "build").code == 0
    told = onezip(tmp_path, "cache", "--json").result
    assert told["zip"]["count"] == 1
    assert onezip(tmp_path, "cache", "where").out.strip() == str(tmp_path / ".home/cache")
    assert onezip(tmp_path, "cache", "prune", "--size", "1G", "--json").result == {"removed": 0, "bytes": 0}
    assert onezip(tmp_path, "cache", "prune", "--size", "0", "--json").result["removed"] == 1
    assert onezip(tmp_path, "cache", "--json").result["zip"]["count"] == 0
    assert list((tmp_path / ".home/cache/v1/builds").iterdir()) == []
    shutil.rmtree(tmp_path / "dist")
    assert onezip(tmp_path, "build").code == 0
    assert onezip(tmp_path, "cache", "prune", "--size", "much").code == 2


def test_what_is_in_use_is_not_pruned(tmp_path: Path) -> None:
    from onezip.builder.pruning import prune
    from onezip.mutex import Mutex

    tree = tmp_path / "v1/trees/abc"
    (tree / "tree").mkdir(parents=True)
    with Mutex(str(tmp_path / "v1/trees/abc.lock")):
        assert prune(str(tmp_path), 0) == []
        assert tree.exists()
    assert [each.kind for each in prune(str(tmp_path), 0)] == ["tree"]
    assert not tree.exists()
