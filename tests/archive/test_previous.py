"""The zip of an earlier run spares work and leaves no trace in the bytes."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.trees import TREE, digest, listed, noise, quiet, tick, words, write
from onezip.archive.collect import Source, collect
from onezip.archive.entry import Entry
from onezip.archive.packer import Stream
from onezip.archive.previous import Previous
from onezip.archive.writer import pack
from onezip.errors import ArchiveError

LONG_AGO = 1_700_000_000_000_000_000
LATER = 10_000_000_000
"""Nanoseconds after which the times of a file that is made now do tell."""


class Counted(Previous):
    """Streams that count what was had without reading, and after reading."""

    def __init__(self, path: Path, sha256: str, was: Previous, at: int) -> None:
        super().__init__(str(path), sha256, was.listing, at, time.time_ns() + LATER)
        self.unread: list[str] = []
        self.read: list[str] = []

    def stream(self, entry: Entry) -> Stream | None:
        found = super().stream(entry)
        self.unread += [entry.name] if found else []
        return found

    def same(self, entry: Entry, sha256: str) -> Stream | None:
        found = super().same(entry, sha256)
        self.read += [entry.name] if found else []
        return found


def first(entries: list[Entry], out: Path) -> tuple[Previous, str, int]:
    """Pack with nothing before: the listing, the zip's digest, and when the files were listed."""
    previous = Previous(str(out), "", {}, 0, 0)  # as of files that are made just now: with their digests
    sha256 = pack(entries, str(out), previous=previous).sha256
    return previous, sha256, time.time_ns()


def whole(entries: list[Entry], out: Path) -> str:
    """The digest of the same zip, made without any other."""
    return pack(entries, str(out.with_name("whole.zip"))).sha256


def put_back(path: Path, content: bytes) -> None:
    """Write as many other bytes, and put the modification time back."""
    status = path.stat()
    path.write_bytes((content * status.st_size or b"\0" * status.st_size)[: status.st_size])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def link(path: Path) -> None:
    """Give the file a second name, which renews its change time and nothing else."""
    path.with_name(f"{path.name}2").unlink(missing_ok=True)
    os.link(path, path.with_name(f"{path.name}2"))


EDITS: dict[str, Callable[[Path, bytes], object]] = {
    "write": lambda path, content: path.write_bytes(content),
    "same size": lambda path, content: path.write_bytes(content.ljust(9)[:9]),
    "touch": lambda path, _: path.touch(),
    "mode": lambda path, _: path.chmod(0o777),
    "put back": put_back,
    "remove": lambda path, _: path.unlink(missing_ok=True),
    "link": lambda path, _: link(path),
    "swap": lambda path, _: os.replace(path, path.with_name("app.py")),
}


NAMES = ["bootstrap", "app.py", "run.sh", "lib/a.so", "lib/b.py", "extensions/x", "z/deep/er.txt"]
CONTENTS = st.one_of(
    st.binary(max_size=20),
    st.sampled_from(
        [b"#!/bin/sh\n", b"\x7fELF" + noise(5000), words(300), b"print(1)\n" * 50, b"", b"x" * 9]
    ),
)


@given(
    before=st.dictionaries(st.sampled_from(NAMES), CONTENTS, min_size=1),
    edits=st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.sampled_from(NAMES), CONTENTS), max_size=5),
    own=st.booleans(),
    aged=st.booleans(),
    late=st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_any_edit_gives_the_bytes_of_a_whole_run(
    tmp_path: Path,
    before: dict[str, bytes],
    edits: list[tuple[str, str, bytes]],
    own: bool,
    aged: bool,
    late: bool,
) -> None:
    folder, out = tmp_path / "tree", tmp_path / "out.zip"
    shutil.rmtree(folder, ignore_errors=True)
    out.unlink(missing_ok=True)
    write(folder, before)
    if aged:
        for name in before:
            os.utime(folder / name, ns=(LONG_AGO, LONG_AGO))
    was, sha256, at = first(entries_of(folder, own), out)
    if late:
        tick()
    for kind, name, content in edits:
        path = folder / name
        if kind == "write":
            path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() or kind == "write":
            EDITS[kind](path, content)
    entries = entries_of(folder, own)
    if not entries:
        return
    # the clock of a real listing: what was made just before it is racy, what is old is not
    with_previous = Previous(str(out), sha256, was.listing, at + (LATER if late else 0), time.time_ns())
    expected = whole(entries, out)
    assert pack(entries, str(out), previous=with_previous).sha256 == expected
    assert set(with_previous.listing) == {entry.name for entry in entries}


def entries_of(folder: Path, own: bool) -> list[Entry]:
    return collect([Source(str(folder), own=own)], report=quiet).entries


def test_only_what_changed_is_read(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "tree"), tmp_path / "out.zip"
    was, sha256, at = first(listed(folder), out)
    (folder / "app.py").write_text("changed\n")
    again = Counted(out, sha256, was, at + LATER)
    entries = listed(folder)
    expected = whole(entries, out)
    assert pack(entries, str(out), previous=again).sha256 == expected == digest(out)
    assert sorted(again.unread) == sorted(TREE.keys() - {"app.py"})
    assert again.read == []


@pytest.mark.parametrize("own", [False, True])
def test_only_the_change_time_tells(tmp_path: Path, own: bool) -> None:
    folder, out = write(tmp_path / "tree"), tmp_path / "out.zip"
    for name in TREE:
        os.utime(folder / name, ns=(LONG_AGO, LONG_AGO))
    was, sha256, at = first(entries_of(folder, own), out)
    tick()
    put_back(folder / "app.py", b"other")
    again = Counted(out, sha256, was, at + LATER)
    entries = entries_of(folder, own)
    expected = whole(entries, out)
    assert expected != sha256
    assert pack(entries, str(out), previous=again).sha256 == expected
    assert sorted(again.unread) == sorted(TREE.keys() - {"app.py"})


def test_what_times_do_not_prove_is_read_and_not_compressed(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "tree"), tmp_path / "out.zip"
    was, sha256, _ = first(listed(folder), out)
    again = Counted(out, sha256, was, min(max(entry.stamp[1:]) for entry in listed(folder)))
    assert pack(listed(folder), str(out), previous=again).sha256 == sha256
    assert (again.unread, sorted(again.read)) == ([], sorted(TREE))
    third = Counted(out, sha256, again, time.time_ns() + LATER)
    assert pack(listed(folder), str(out), previous=third).sha256 == sha256
    assert sorted(third.unread) == sorted(TREE)


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone", "a folder", "another zip"])
def test_a_damaged_zip_has_no_streams(tmp_path: Path, damage: str) -> None:
    folder, out = write(tmp_path / "tree"), tmp_path / "out.zip"
    was, sha256, at = first(listed(folder), out)
    content = bytearray(out.read_bytes())
    content[len(content) // 2] ^= 1
    out.unlink()
    if damage == "flipped":
        out.write_bytes(content)
    elif damage == "cut":
        out.write_bytes(content[:-40])
    elif damage == "a folder":
        out.mkdir()
    elif damage == "another zip":
        pack([Entry("app.py", data=b"other")], str(out))
    again = Counted(out, sha256, was, at + LATER)
    to = tmp_path / "new.zip"
    assert pack(listed(folder), str(to), previous=again).sha256 == sha256
    assert (again.unread, again.read) == ([], [])


def test_a_zip_that_changes_while_it_serves_is_not_relied_on(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "tree"), tmp_path / "out.zip"
    was, sha256, at = first(listed(folder), out)
    again = Counted(out, sha256, was, at + LATER)
    content = out.read_bytes()
    tick()
    with out.open("r+b") as file:
        file.write(bytes(len(content)))
    with pytest.raises(ArchiveError) as caught:
        pack(listed(folder), str(tmp_path / "new.zip"), previous=again)
    assert caught.value.code in {"archive.changed", "archive.malformed"}
    assert not (tmp_path / "new.zip").exists()


def test_a_dependency_s_script_is_checked_when_it_becomes_the_users(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "tree", {"run.sh": b"#!/bin/sh\r\n"}), tmp_path / "out.zip"
    was, sha256, at = first(entries_of(folder, own=False), out)
    again = Counted(out, sha256, was, at + LATER)
    with pytest.raises(ArchiveError) as caught:
        pack(entries_of(folder, own=True), str(out), previous=again)
    assert caught.value.code == "archive.crlf"
    again.close()


@pytest.mark.parametrize("now", [False, True])
def test_a_program_by_name_only_is_not_taken_for_the_same(tmp_path: Path, now: bool) -> None:
    """`executable` comes from the caller; it is no part of the listing."""
    folder, out = write(tmp_path / "tree", {"tool": b"plain"}), tmp_path / "out.zip"
    entries = listed(folder)
    entries[0].executable = not now
    was, sha256, at = first(entries, out)
    entries = listed(folder)
    entries[0].executable = now
    again = Counted(out, sha256, was, at + LATER)
    expected = whole(entries, out)
    assert expected != sha256
    assert pack(entries, str(out), previous=again).sha256 == expected


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_share_the_zip(tmp_path: Path, threads: int) -> None:
    tree = {f"d{number % 7}/{number}": noise(3000, str(number)) + words(200) for number in range(900)}
    folder, out = write(tmp_path / "tree", tree), tmp_path / "out.zip"
    was, sha256, at = first(listed(folder), out)
    (folder / "d0/0").write_bytes(b"changed")
    entries = listed(folder)
    expected = whole(entries, out)
    again = Counted(out, sha256, was, at + LATER)
    assert pack(entries, str(out), previous=again, threads=threads).sha256 == expected
    assert len(again.unread) == len(tree) - 1
