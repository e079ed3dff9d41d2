"""A zip in the cache: unpacked once, noticed when damaged, safe for several at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from emulator.running.stage import zipped
from onezip.emulator.running.artifact import unpacked
from onezip.errors import ArchiveError, CacheError

FILES: dict[str, bytes | str] = {
    "bootstrap": "#!/bin/sh\n",
    "pkg/a.txt": "aaaa",
    "pkg/deep/b.txt": "bbbb",
    "empty/": b"",
}


def test_unpacked_once(tmp_path: Path) -> None:
    path = zipped(tmp_path / "f.zip", FILES)
    cache = tmp_path / "cache"
    first = unpacked(path, str(cache))
    assert first.sha256 == sha256(Path(path).read_bytes()).hexdigest()
    assert first.folder == str(cache / "v1" / "unpacked" / first.sha256)
    assert Path(first.folder, "pkg/deep/b.txt").read_text() == "bbbb"
    assert Path(first.folder, "empty").is_dir()
    made = os.stat(first.folder).st_ino
    again = unpacked(path, str(cache))
    assert os.stat(again.folder).st_ino == made
    assert again.ensure() == ""
    assert [name for name in os.listdir(cache / "v1" / "unpacked") if name.endswith(".tmp")] == []
    first.close()
    again.close()


def _same_size(folder: Path) -> None:
    times = os.stat(folder / "pkg/a.txt")
    (folder / "pkg/a.txt").write_text("aaab")
    os.utime(folder / "pkg/a.txt", ns=(times.st_atime_ns, times.st_mtime_ns))


def _link(folder: Path) -> None:
    (folder / "pkg/a.txt").unlink()
    (folder / "pkg/a.txt").symlink_to("deep/b.txt")


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "other bytes, same size and time": (_same_size, "pkg/a.txt has another content"),
    "a file more": (
        lambda folder: (folder / "pkg/new.pyc").write_text("x"),
        "pkg/new.pyc does not belong there",
    ),
    "a folder more": (lambda folder: (folder / "new").mkdir(), "new does not belong there"),
    "a file less": (lambda folder: (folder / "pkg/a.txt").unlink(), "pkg/a.txt is missing"),
    "an empty folder less": (lambda folder: (folder / "empty").rmdir(), "empty is missing"),
    "a link": (_link, "pkg/a.txt has another content"),
    "not executable": (lambda folder: (folder / "bootstrap").chmod(0o644), "bootstrap has another content"),
    "all gone": (lambda folder: folder.rename(folder.with_name("away")), "it is not there"),
}


@pytest.mark.skipif(os.name == "nt", reason="needs modes and links")
@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("fresh", [True, False])
def test_damage_is_noticed_and_mended(tmp_path: Path, name: str, fresh: bool) -> None:
    harm, words = DAMAGES[name]
    path = zipped(tmp_path / "f.zip", FILES)
    artifact = unpacked(path, str(tmp_path / "cache"))
    harm(Path(artifact.folder))
    if fresh:
        unpacked(path, str(tmp_path / "cache")).close()
    else:
        assert artifact.ensure() == words
    assert artifact.ensure() == ""
    assert Path(artifact.folder, "pkg/a.txt").read_text() == "aaaa"
    assert os.access(os.path.join(artifact.folder, "bootstrap"), os.X_OK)
    assert sorted(os.listdir(artifact.folder)) == ["bootstrap", "empty", "pkg"]
    artifact.close()


def test_a_zip_that_became_another(tmp_path: Path) -> None:
    path = zipped(tmp_path / "f.zip", FILES)
    artifact = unpacked(path, str(tmp_path / "cache"))
    zipped(tmp_path / "f.zip", {"bootstrap": "other"})
    assert artifact.ensure() == ""  # what was started is still whole
    Path(artifact.folder, "bootstrap").unlink()
    with pytest.raises(ArchiveError) as caught:
        artifact.ensure()
    assert caught.value.code == "archive.changed"
    artifact.close()


def test_no_zip_and_no_cache(tmp_path: Path) -> None:
    (tmp_path / "f.zip").write_bytes(b"no zip")
    with pytest.raises(ArchiveError):
        unpacked(str(tmp_path / "f.zip"), str(tmp_path / "cache"))
    path = zipped(tmp_path / "g.zip", FILES)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CacheError):
        unpacked(path, str(tmp_path / "file"))


def test_several_processes_at_once(tmp_path: Path) -> None:
    path = zipped(tmp_path / "f.zip", {f"d{n % 20}/f{n}": os.urandom(500) for n in range(400)})
    code = (
        "import sys; from onezip.emulator.running.artifact import unpacked; "
        "print(unpacked(*sys.argv[1:]).ensure())"
    )
    command = [sys.executable, "-c", code, path, str(tmp_path / "cache")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [each.communicate(timeout=120)[0] for each in running] == ["\n"] * 4
    assert [each.returncode for each in running] == [0] * 4
    names = os.listdir(tmp_path / "cache" / "v1" / "unpacked")
    assert sorted(name.partition(".")[2] for name in names) == ["", "lock", "making.lock"]


@pytest.mark.skipif(os.name == "nt", reason="flock(2)")
def test_a_folder_in_use_is_locked(tmp_path: Path) -> None:
    import fcntl

    artifact = unpacked(zipped(tmp_path / "f.zip", FILES), str(tmp_path / "cache"))
    with open(f"{artifact.folder}.lock", "rb") as file:
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        artifact.close()
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.skipif(os.name == "nt", reason="flock(2)")
def test_what_runs_is_not_pruned(tmp_path: Path) -> None:
    from onezip.builder.pruning import kept, prune

    cache = str(tmp_path / "cache")
    artifact = unpacked(zipped(tmp_path / "f.zip", FILES), cache)
    assert [each.kind for each in kept(cache)] == ["unpacked"]
    assert prune(cache, 0) == []
    artifact.close()
    assert [each.path for each in prune(cache, 0)] == [artifact.folder]
    assert not os.path.exists(artifact.folder)
