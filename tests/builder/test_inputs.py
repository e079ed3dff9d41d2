"""Times first, digests where times prove nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path

from archive.trees import tick
from onezip.builder.inputs import (
    Check,
    below,
    digest_file,
    digests,
    file_is,
    names_are,
    stamp,
    stamp_of,
    take,
)

LONG_AGO = 1_700_000_000_000_000_000


def aged(path: Path, text: str = "x") -> Path:
    path.write_text(text)
    os.utime(path, ns=(LONG_AGO, LONG_AGO))
    return path


def test_a_file_by_its_times(tmp_path: Path) -> None:
    path = aged(tmp_path / "a")
    was = stamp(str(path))
    now = time.time_ns()
    assert file_is(str(path), was, now) is True
    path.touch()
    assert file_is(str(path), was, now) is None  # other times, the same content
    path.write_text("y")
    assert file_is(str(path), was, now) is False
    path.write_text("longer")
    assert file_is(str(path), was, now) is False
    path.unlink()
    assert file_is(str(path), was, now) is False


def test_a_file_changed_just_before_the_snapshot_is_hashed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("x")
    was = stamp(str(path))
    assert file_is(str(path), was, path.stat().st_mtime_ns + 1_999_999_999) is None
    assert file_is(str(path), was, path.stat().st_mtime_ns + 2_000_000_001) is True


def test_a_file_whose_mtime_was_put_back(tmp_path: Path) -> None:
    path = aged(tmp_path / "a", "old")
    was = stamp(str(path))
    tick()
    aged(path, "new")  # the same size and mtime; only the change time tells
    assert file_is(str(path), was, time.time_ns() + 10_000_000_000) is False


def test_names_of_a_folder(tmp_path: Path) -> None:
    aged(tmp_path / "a")
    os.utime(tmp_path, ns=(LONG_AGO, LONG_AGO))
    snapshot = take(time.time_ns(), [], [str(tmp_path)])
    was = snapshot["folders"][str(tmp_path)]["names"]
    assert names_are(str(tmp_path), was, snapshot["at"]) is True
    (tmp_path / "b").touch()
    assert names_are(str(tmp_path), was, snapshot["at"]) is False
    (tmp_path / "b").unlink()
    assert names_are(str(tmp_path), was, snapshot["at"]) is None
    assert names_are(str(tmp_path / "gone"), was, snapshot["at"]) is False


def test_a_snapshot_and_one_check_of_it(tmp_path: Path) -> None:
    one, two = aged(tmp_path / "one"), aged(tmp_path / "two")
    (tmp_path / "sub").mkdir()
    three = aged(tmp_path / "sub/three")
    snapshot = take(time.time_ns(), map(str, (one, two, three)), [str(tmp_path)])
    assert dict(digests(snapshot)) == {str(path): digest_file(str(path)) for path in (one, two, three)}
    folders = list(snapshot["folders"])
    assert Check().holds(snapshot, folders)
    three.write_text("other")
    assert Check().holds(snapshot, [str(tmp_path)])
    assert not Check().holds(snapshot, folders)


def test_a_check_says_that_it_had_to_hash(tmp_path: Path) -> None:
    path = aged(tmp_path / "a")
    snapshot = take(time.time_ns(), [str(path)], [])
    check = Check()
    assert check.holds(snapshot, snapshot["folders"])
    assert not check.hashed
    path.touch()
    check = Check()
    assert check.holds(snapshot, snapshot["folders"])
    assert check.hashed


def test_folders_below(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    assert sorted(below(str(tmp_path))) == [str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a/b")]
    assert below(str(tmp_path / "gone")) == []


def test_a_digest_is_taken_over_only_where_times_prove_it(tmp_path: Path) -> None:
    path = aged(tmp_path / "a", "old")
    real = stamp(str(path))
    was = [*real[:3], "what was remembered"]
    later = time.time_ns() + 10_000_000_000
    assert stamp_of(str(path), was, later) == was
    just_now = path.stat().st_ctime_ns + 1_999_999_999
    assert stamp_of(str(path), was, just_now) == real  # its change time is too young
    assert stamp_of(str(path), None, later) == real
    assert stamp_of(str(path), [*real[:3], ""], later) == real  # a tool has no digest
    tick()
    aged(path, "new")  # the same size and mtime; only the change time tells
    assert stamp_of(str(path), was, later)[3] == digest_file(str(path))


def test_a_build_reads_an_input_once(tmp_path: Path) -> None:
    path = aged(tmp_path / "a")
    known = {str(path): [1, 2, 3, "at hand"]}
    snapshot = take(time.time_ns(), [str(path)], [], known)
    assert dict(digests(snapshot)) == {str(path): "at hand"}
