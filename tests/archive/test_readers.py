"""Other programs open what the writer makes, without a word of complaint."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest

from archive.trees import EXECUTABLE, TREE, packed, write
from onezip.archive.entry import Entry
from onezip.archive.writer import pack
from onezip.model.function import Compression

READER = Path(__file__).with_name("go_reader")


@pytest.fixture(params=Compression)
def zipped(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    packed(write(tmp_path / "tree"), tmp_path / "out.zip", request.param)
    return tmp_path / "out.zip"


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    """A zip that needs zip64 for its number of entries."""
    pack([Entry(f"d/{number:06}", data=b"%d" % number) for number in range(66_000)], f"{tmp_path}/many.zip")
    return tmp_path / "many.zip"


def tool(*names: str, package: str) -> str:
    for name in names:
        path = shutil.which(name)
        if path is not None:
            return path
    pytest.skip(f"no {names[0]} here: install {package}")


def run(*command: object, **environ: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        check=False,
        capture_output=True,
        env={**os.environ, "LC_ALL": "C.UTF-8", **environ},
    )
    words = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, words
    assert "arning" not in words
    return words


def unpacked(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_info_zip(zipped: Path, tmp_path: Path) -> None:
    unzip = tool("unzip", package="unzip")
    words = run(unzip, "-t", zipped)
    assert "No errors detected in compressed data" in words
    run(unzip, "-q", zipped, "-d", tmp_path / "there")
    assert unpacked(tmp_path / "there") == TREE
    executable = {name for name in TREE if (tmp_path / "there" / name).stat().st_mode & stat.S_IXUSR}
    assert executable == EXECUTABLE


def test_info_zip_tells_the_container(zipped: Path) -> None:
    words = run(tool("zipinfo", package="unzip"), "-v", zipped)
    assert words.count("version of encoding software:                   2.0") == len(TREE)
    assert words.count("minimum software version required to extract:   2.0") == len(TREE)
    assert words.count("file last modified on (DOS date/time):          1980 Jan 1 00:00:00") == len(TREE)
    assert words.count("length of extra field:                          0 bytes") == len(TREE)
    assert words.count("extended local header:                          no") == len(TREE)


def test_seven_zip(zipped: Path, tmp_path: Path) -> None:
    seven = tool("7z", "7za", "7zz", package="p7zip-full")
    assert "Everything is Ok" in run(seven, "t", zipped)
    run(seven, "x", zipped, f"-o{tmp_path / 'there'}")
    assert unpacked(tmp_path / "there") == TREE


def test_python(zipped: Path) -> None:
    with zipfile.ZipFile(zipped) as read:
        assert read.testzip() is None
        assert {name: read.read(name) for name in read.namelist()} == TREE
        assert read.namelist() == sorted(TREE)


@pytest.fixture(scope="module")
def go_reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    go = tool("go", package="Go, https://go.dev/dl")
    out = tmp_path_factory.mktemp("go") / "reader"
    run(go, "-C", READER, "build", "-o", out, ".", GOFLAGS="", GOTOOLCHAIN="local", CGO_ENABLED="0")
    return out


def test_go(zipped: Path, go_reader: Path) -> None:
    lines = run(go_reader, zipped).splitlines()
    assert len(lines) == len(TREE)
    for line, name in zip(lines, sorted(TREE), strict=True):
        mode = "-rwxr-xr-x" if name in EXECUTABLE else "-rw-r--r--"
        # strconv.Quote and JSON write these names alike
        quoted = json.dumps(name, ensure_ascii=False)
        assert line == f"{mode} 1980-01-01T00:00:00 {quoted} {hashlib.sha256(TREE[name]).hexdigest()}"


def test_zip64_elsewhere(crowded: Path, go_reader: Path) -> None:
    assert len(run(go_reader, crowded).splitlines()) == 66_000
    assert "No errors detected" in run(tool("unzip", package="unzip"), "-tq", crowded)
    assert "Files: 66000" in run(tool("7z", "7za", "7zz", package="p7zip-full"), "t", crowded)
