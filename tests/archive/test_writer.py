"""What goes in comes out; a failure leaves the old zip whole."""

from __future__ import annotations

import base64
import errno
import gc
import hashlib
import os
import signal
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import onezip
from archive.trees import EXECUTABLE, TREE, digest, leftovers, listed, noise, quiet, tick, words, write
from onezip import limits
from onezip.archive import content as reading
from onezip.archive import packer
from onezip.archive.entry import Entry, check
from onezip.archive.format import DEFLATED
from onezip.archive.leftover import claim
from onezip.archive.manifest import Kind, Manifest, ManifestEntry, Method
from onezip.archive.packer import Packer, Stream
from onezip.archive.sink import Sink
from onezip.archive.writer import pack
from onezip.errors import ArchiveError, Diagnostic, Severity
from onezip.model.function import Compression

SOURCES = Path(onezip.__file__).parents[1]


def refused(entries: list[Entry], out: Path, **options: Any) -> ArchiveError:
    """The error of a pack that must fail, with an older zip in its place that must stay."""
    out.write_bytes(b"the old zip")
    with pytest.raises(ArchiveError) as caught:
        pack(entries, str(out), **options)
    assert out.read_bytes() == b"the old zip"
    assert leftovers(out.parent) == []
    return caught.value


PARTS = st.text(
    st.characters(blacklist_characters="/\\:", blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=6
).filter(lambda part: part not in {".", ".."})
NAMES = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
CONTENTS = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda piece, times: piece * times, st.binary(max_size=40), st.integers(0, 3000)),
)


@given(
    st.dictionaries(NAMES, CONTENTS, min_size=1, max_size=12),
    st.randoms(use_true_random=False),
    st.sampled_from(Compression),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_round_trip(tmp_path: Path, tree: dict[str, bytes], chance: Any, compression: Compression) -> None:
    """Any legal entries come back, and the bytes do not depend on their order or the threads."""
    entries = [Entry(name, data=content, own=False) for name, content in tree.items()]
    try:
        check(entries)
    except ArchiveError:
        return
    out = tmp_path / "out.zip"
    first = pack(entries, str(out), compression=compression, threads=1)
    with zipfile.ZipFile(out) as read:
        names = [info.filename for info in read.infolist()]
        assert names == [entry.name for entry in first.entries]
        assert names == sorted(names, key=str.encode)
        contents = {entry.name: read.read(entry.name) for entry in first.entries}
    assert sorted(contents.values()) == sorted(tree.values())
    assert {name: contents.get(name) for name in tree if name.isascii()} == {
        name: content for name, content in tree.items() if name.isascii()
    }
    chance.shuffle(entries)
    again = pack(entries, str(out), compression=compression, threads=chance.randint(2, 5))
    assert again == first
    assert digest(out) == first.sha256


def test_manifest_tells_what_is_there(tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    manifest = pack(listed(write(tmp_path / "tree")), str(out), digests=True)
    raw = out.read_bytes()
    assert manifest.size == len(raw)
    assert manifest.sha256 == hashlib.sha256(raw).hexdigest()
    assert manifest.code_sha256 == base64.b64encode(hashlib.sha256(raw).digest()).decode()
    assert manifest.unzipped == sum(map(len, TREE.values()))
    assert (manifest.engine, manifest.comment) == ("deflate 0.9.0 level 6", b"")
    assert (manifest.zip64, manifest.anomalies) == (False, ())
    assert [entry.name for entry in manifest.entries] == sorted(TREE)
    with zipfile.ZipFile(out) as read:
        for entry, info in zip(manifest.entries, read.infolist(), strict=True):
            content = TREE[entry.name]
            deflated = info.compress_type == zipfile.ZIP_DEFLATED
            assert entry == ManifestEntry(
                name=info.filename,
                raw_name=info.filename.encode(),
                kind=Kind.FILE,
                size=len(content),
                packed=info.compress_size,
                crc=info.CRC,
                method=Method.DEFLATED if deflated else Method.STORED,
                mode=stat.S_IFREG | (0o755 if entry.name in EXECUTABLE else 0o644),
                offset=info.header_offset,
                flags=info.flag_bits,
                method_number=info.compress_type,
                external=info.external_attr,
                sha256=hashlib.sha256(content).hexdigest(),
            )
    plain = pack(listed(tmp_path / "tree"), str(out))
    assert {entry.sha256 for entry in plain.entries} == {""}
    assert plain.sha256 == manifest.sha256


def test_stored_where_deflate_does_not_shrink(tmp_path: Path) -> None:
    tree = {"empty": b"", "noise": noise(5000), "words": words(100), "short": b"abc"}
    entries = [Entry(name, data=content) for name, content in tree.items()]
    by_name = {entry.name: entry for entry in pack(entries, str(tmp_path / "out.zip")).entries}
    assert [name for name, entry in by_name.items() if entry.method is Method.STORED] == [
        "empty", "noise", "short"
    ]  # fmt: skip
    assert by_name["noise"].packed == 5000
    assert by_name["words"].packed < len(tree["words"])


def test_modes_come_from_content(tmp_path: Path) -> None:
    folder = write(tmp_path / "tree")
    for name in TREE:
        (folder / name).chmod(0o600)
    out = tmp_path / "out.zip"
    pack(listed(folder), str(out))
    with zipfile.ZipFile(out) as read:
        modes = {info.filename: info.external_attr >> 16 for info in read.infolist()}
    assert {name for name, mode in modes.items() if mode == 0o100755} == EXECUTABLE
    assert {mode for name, mode in modes.items() if name not in EXECUTABLE} == {0o100644}


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0, 0o644)])
def test_mode_of_the_zip_itself(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        pack([Entry("a", data=b"")], str(tmp_path / "out.zip"))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.zip").stat().st_mode) == mode


@pytest.mark.parametrize("threads", [1, 3])
def test_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    monkeypatch.setattr(packer, "BATCH_FILES", 3)
    total = sum(map(len, TREE.values()))
    told: list[tuple[int, int]] = []
    entries = listed(write(tmp_path / "tree"))
    pack(entries, str(tmp_path / "o"), threads=threads, progress=lambda *numbers: told.append(numbers))
    assert told == sorted(told)
    assert len(told) > len(TREE) / 3
    assert told[-1] == (total, total)


def test_an_output_folder_is_made(tmp_path: Path) -> None:
    out = tmp_path / "new" / "er" / "out.zip"
    assert pack([Entry("a", data=b"x")], str(out)).sha256 == digest(out)


class Remembered:
    """Streams of an earlier run, by name."""

    def __init__(self, streams: dict[str, Stream]) -> None:
        self.streams = streams
        self.asked: list[str] = []

    def stream(self, entry: Entry) -> Stream | None:
        self.asked.append(entry.name)
        return self.streams.get(entry.name)

    def serves(self, entry: Entry) -> bool:
        return entry.name in self.streams

    def same(self, entry: Entry, sha256: str) -> Stream | None:
        return None

    def doubts(self, entry: Entry) -> bool:
        return False

    def done(self, entries: Sequence[Entry], digests: Sequence[str]) -> None:
        assert [entry.name for entry in entries] == sorted(self.asked)


def streams_of(out: Path, manifest: Manifest) -> dict[str, Stream]:
    raw = out.read_bytes()
    found = {}
    for entry in manifest.entries:
        start = entry.offset + 30 + len(entry.raw_name)
        content = raw[start : start + entry.packed]
        mode = stat.S_IMODE(entry.mode)
        found[entry.name] = Stream(entry.crc, entry.size, content, entry.method_number, mode, entry.sha256)
    return found


@pytest.mark.parametrize("threads", [1, 2])
def test_streams_of_an_earlier_run(tmp_path: Path, threads: int) -> None:
    folder, out = write(tmp_path / "tree"), tmp_path / "out.zip"
    first = pack(listed(folder), str(out), digests=True)
    entries = listed(folder)
    previous = Remembered(streams_of(out, first))
    for name in TREE:
        (folder / name).unlink()
    assert pack(entries, str(out), previous=previous, threads=threads, digests=True) == first
    assert sorted(previous.asked) == sorted(TREE)


def test_what_no_earlier_run_has_is_read(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "tree"), tmp_path / "out.zip"
    first = pack(listed(folder), str(out))
    streams = streams_of(out, first)
    del streams["app.py"]
    wrong = streams["large.txt"]
    streams["large.txt"] = Stream(1, wrong.size - 1, b"x", DEFLATED, 0o755)
    assert pack(listed(folder), str(out), previous=Remembered(streams)) == first


def test_nothing_to_pack(tmp_path: Path) -> None:
    error = refused([], tmp_path / "out.zip")
    assert (error.code, error.message) == ("archive.empty", "there is nothing to pack")
    assert error.hint == "look at `source`, `include` and `exclude`"


@pytest.mark.parametrize("content", [b"longer than before", b"short", b"AFTER!", b"before"])
def test_a_file_that_changed(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "tree", {"a": b"before"}) / "a"
    entries = listed(tmp_path / "tree")
    path.write_bytes(content)
    os.utime(path, ns=(5, 5))
    error = refused(entries, tmp_path / "out.zip")
    assert (error.code, error.message) == ("archive.changed", f"{path} changed while it was read")
    assert error.hint == "let the program that writes it finish, then build again"


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    path = write(tmp_path / "tree", {"a": b"before"}) / "a"
    entries = listed(tmp_path / "tree")
    path.unlink()
    error = refused(entries, tmp_path / "out.zip")
    assert (error.code, error.message) == ("archive.changed", f"{path} is gone since its folder was listed")


def test_a_new_link_or_mode_is_no_change(tmp_path: Path) -> None:
    path = write(tmp_path / "tree", {"a": b"before"}) / "a"
    entries = listed(tmp_path / "tree")
    tick()
    os.link(path, tmp_path / "another")
    path.chmod(0o600)
    assert path.stat().st_ctime_ns != entries[0].stamp[2]
    pack(entries, str(tmp_path / "out.zip"))
    with zipfile.ZipFile(tmp_path / "out.zip") as read:
        assert read.read("a") == b"before"


def test_a_file_that_keeps_changing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new change time alone is trusted only where the file reads the same twice."""
    path = write(tmp_path / "tree", {"a": b"before"}) / "a"
    entries = listed(tmp_path / "tree")
    size, modified, changed = entries[0].stamp
    contents = iter([b"before", b"BEFORE"])
    monkeypatch.setattr(reading, "_read_once", lambda entry: (next(contents), (size, modified, changed + 1)))
    assert refused(entries, tmp_path / "out.zip").message == f"{path} changed while it was read"


def test_a_hard_link_of_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other builds link an installer's files again and again, and renew their change time."""
    path = write(tmp_path / "tree", {"a": b"before"}) / "a"
    (entry,) = listed(tmp_path / "tree")
    entry.own = False
    size, modified, changed = entry.stamp
    times = iter(range(1, 100))
    monkeypatch.setattr(reading, "_read_once", lambda _: (b"before", (size, modified, changed + next(times))))
    pack([entry], str(tmp_path / "out.zip"))
    monkeypatch.setattr(reading, "_read_once", lambda _: (b"before", (size, modified + 1, changed)))
    assert refused([entry], tmp_path / "out.zip").message == f"{path} changed while it was read"


def test_files_given_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some systems give less than was asked for."""
    real = os.read
    monkeypatch.setattr(os, "read", lambda fd, size: real(fd, min(size, 1000)))
    pack(listed(write(tmp_path / "tree")), str(tmp_path / "out.zip"), threads=1)
    monkeypatch.undo()
    with zipfile.ZipFile(tmp_path / "out.zip") as read:
        assert {name: read.read(name) for name in read.namelist()} == TREE


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "tree", {"a": b"before"}) / "a"
    entries = listed(tmp_path / "tree")
    real = os.open

    def denied(name: str, *options: Any) -> int:
        if name == str(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
        return real(name, *options)

    monkeypatch.setattr(os, "open", denied)
    error = refused(entries, tmp_path / "out.zip")
    assert (error.code, error.message) == ("archive.unreadable", f"{path} cannot be read: Permission denied")
    assert error.hint == "give yourself the right to read it, or leave it out with `exclude`"


def test_the_first_failure_in_order_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packer, "BATCH_FILES", 1)
    entries = [Entry(name, f"/nowhere/{name}") for name in "abcdefgh"]
    for threads in (1, 2, 8):
        error = refused(entries, tmp_path / "out.zip", threads=threads)
        assert error.message == "/nowhere/a is gone since its folder was listed"


def test_line_ends_are_checked(tmp_path: Path) -> None:
    script = b"#!/bin/sh\r\necho\r\n"
    entries = [Entry("run.sh", data=script)]
    assert refused(entries, tmp_path / "out.zip").code == "archive.crlf"
    assert refused([Entry("bootstrap", data=b"a\r\n")], tmp_path / "out.zip").code == "archive.crlf"
    pack([Entry("pkg/tool.py", data=script, own=False)], str(tmp_path / "out.zip"))


def test_too_large_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    entries = [Entry("a", "/nowhere/a", size=limits.UNZIPPED + 1)]
    assert refused(entries, tmp_path / "out.zip").code == "archive.too-large"


def test_more_than_a_request_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ZIPPED_DIRECT", limits.MIB)
    told: list[Diagnostic] = []
    out = tmp_path / "big.zip"
    pack([Entry("a", data=noise(limits.MIB - 1000))], str(out), report=told.append)
    assert told == []
    pack([Entry("a", data=noise(limits.MIB * 3 // 2))], str(out), report=told.append)
    assert told == [
        Diagnostic(
            "archive.s3-needed",
            Severity.NOTE,
            "big.zip is 1.5 MB zipped; Lambda takes 1 MB in a request",
            hint="deploy it through an S3 bucket",
        )
    ]


def hint(folder: Path) -> str:
    return f"look at the folder {folder}, or choose another one with --output"


def test_the_place_of_the_zip_is_a_folder(tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    out.mkdir()
    with pytest.raises(ArchiveError) as caught:
        pack([Entry("a", data=b"x")], str(out))
    assert caught.value.code == "archive.write"
    assert caught.value.message == f"{out} could not be written: Is a directory"
    assert caught.value.hint == hint(tmp_path)
    assert leftovers(tmp_path) == []


def test_the_folder_of_the_zip_is_a_file(tmp_path: Path) -> None:
    write(tmp_path, {"file": b"x"})
    out = tmp_path / "file" / "out.zip"
    with pytest.raises(ArchiveError) as caught:
        pack([Entry("a", data=b"x")], str(out))
    assert caught.value.code == "archive.write"
    assert caught.value.message in {
        f"{out} could not be written: Not a directory", f"{out} could not be written: File exists"
    }  # fmt: skip


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_a_disk_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, code: int) -> None:
    out = tmp_path / "out.zip"

    def fail(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    out.write_bytes(b"the old zip")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(ArchiveError) as caught:
        pack([Entry("a", data=b"x")], str(out))
    monkeypatch.undo()
    assert out.read_bytes() == b"the old zip"
    assert leftovers(tmp_path) == []
    assert caught.value.message == f"{out} could not be written: {os.strerror(code)}"
    full = f"free some space on the disk of {tmp_path}, or choose another folder with --output"
    assert caught.value.hint == (full if code == errno.ENOSPC else hint(tmp_path))


def test_a_write_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, content: real(fd, memoryview(content)[:1000]))
    manifest = pack([Entry(name, data=content) for name, content in TREE.items()], str(tmp_path / "o.zip"))
    monkeypatch.undo()
    assert digest(tmp_path / "o.zip") == manifest.sha256


def test_the_zip_is_synced_before_it_is_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    for step in ("write", "fsync", "replace"):
        real = getattr(os, step)

        def told(*args: Any, step: str = step, real: Callable[..., Any] = real) -> Any:
            steps.append(step)
            return real(*args)

        monkeypatch.setattr(os, step, told)
    pack([Entry("a", data=b"x")], str(tmp_path / "o.zip"))
    assert steps[0] == "write"
    assert [step for step in steps if step != "write"] == ["fsync", "replace", "fsync"]
    assert steps.index("fsync") == len(steps) - 3


def test_the_collector_rests_and_goes_on(tmp_path: Path) -> None:
    told: list[bool] = []
    for running in (True, False):
        gc.enable() if running else gc.disable()
        try:
            pack(
                [Entry("a", data=b"x")],
                str(tmp_path / "o.zip"),
                progress=lambda *_: told.append(gc.isenabled()),
            )
            assert refused([Entry("a", "/nowhere")], tmp_path / "o.zip").code == "archive.changed"
            assert gc.isenabled() is running
        finally:
            gc.enable()
    assert told == [False, False]


def test_interrupted(tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    out.write_bytes(b"the old zip")

    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    for threads in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            pack([Entry("a", data=b"x")], str(out), threads=threads, progress=interrupt)
        assert out.read_bytes() == b"the old zip"
        assert leftovers(tmp_path) == []


def test_a_temporary_file_of_another(tmp_path: Path) -> None:
    """A name in use, such as one of a process of the same number in another container, is passed over."""
    other = tmp_path / f".out.zip.{os.getpid()}-0.tmp"
    with Sink(str(tmp_path / "out.zip")) as sink:
        sink.write([b"of another"])
        pack([Entry("a", data=b"x")], str(tmp_path / "out.zip"))
        assert other.read_bytes() == b"of another"
        assert sorted(os.listdir(tmp_path)) == [other.name, "out.zip"]
    assert (tmp_path / "out.zip").read_bytes() == b"of another"


def test_what_killed_processes_left_is_swept_away(tmp_path: Path) -> None:
    kept = [".out.zip.1-0.tmp.txt", ".other.zip.1-0.tmp", ".out.zip.x-0.tmp", "out.zip.1-0.tmp"]
    for name in (".out.zip.1-0.tmp", f".out.zip.{os.getpid()}-7.tmp", *kept):
        (tmp_path / name).write_bytes(b"left")
    (tmp_path / ".out.zip.2-0.tmp").mkdir()
    (tmp_path / ".out.zip.3-0.tmp").symlink_to("/etc/hostname")
    kept += [".out.zip.2-0.tmp", ".out.zip.3-0.tmp"]
    pack([Entry("a", data=b"x")], str(tmp_path / "out.zip"))
    assert sorted(os.listdir(tmp_path)) == sorted([*kept, "out.zip"])


def test_an_old_one_is_swept_away_whoever_holds_it(tmp_path: Path) -> None:
    left = tmp_path / ".out.zip.1-0.tmp"
    for age, there in ((0, True), (86_500, False)):
        with left.open("wb") as file:
            assert claim(file.fileno(), str(left))
            os.utime(left, (time.time() - age,) * 2)
            pack([Entry("a", data=b"x")], str(tmp_path / "out.zip"))
        assert left.exists() is there


def child(script: str, *args: object, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, args)]
    env = {**os.environ, "PYTHONPATH": str(SOURCES)}
    return subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE, **options)


HANG = """
import sys, time
from onezip.archive.entry import Entry
from onezip.archive.writer import pack
def hang(done, total):
    print(done, flush=True)
    time.sleep(600)
entries = [Entry(f"{number}", data=bytes(range(256)) * 8192) for number in range(3)]
pack(entries, sys.argv[1], threads=int(sys.argv[2]), progress=hang)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on Windows")
@pytest.mark.parametrize("threads", [1, 3])
def test_killed_in_mid_write(tmp_path: Path, threads: int) -> None:
    out = tmp_path / "out.zip"
    pack([Entry("old", data=b"old")], str(out))
    before = digest(out)
    with child(HANG, out, threads) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert digest(out) == before
    assert len(leftovers(tmp_path)) == 1
    new = pack([Entry("new", data=b"new")], str(out))
    assert digest(out) == new.sha256
    assert leftovers(tmp_path) == []


TURNS = """
import sys
from onezip.archive.entry import Entry
from onezip.archive.writer import pack
for turn in range(60):
    pack([Entry("a", data=f"{sys.argv[2]} {turn}".encode() * 999)], sys.argv[1])
"""


def test_many_at_once_sweep_nothing_of_each_other(tmp_path: Path) -> None:
    processes = [child(TURNS, tmp_path / "out.zip", number, stderr=subprocess.PIPE) for number in range(4)]
    ends = [(process.communicate()[1], process.returncode) for process in processes]
    assert ends == [("", 0)] * 4
    assert os.listdir(tmp_path) == ["out.zip"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "onezip-test", str(place)]
    done = subprocess.run(mount, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_full_disk(small_disk: Path, threads: int) -> None:
    out = small_disk / "out.zip"
    pack([Entry("old", data=noise(300_000))], str(out))
    before = digest(out)
    entries = [Entry(f"{number}", data=noise(400_000, str(number))) for number in range(4)]
    with pytest.raises(ArchiveError) as caught:
        pack(entries, str(out), threads=threads)
    assert caught.value.code == "archive.write"
    assert caught.value.message == f"{out} could not be written: No space left on device"
    assert caught.value.hint == (
        f"free some space on the disk of {small_disk}, or choose another folder with --output"
    )
    assert digest(out) == before
    assert os.listdir(small_disk) == ["out.zip"]


PEAK = """
import sys
from onezip import limits
from onezip.archive.collect import Source, collect
from onezip.archive.writer import pack
limits.UNZIPPED = 1 << 40
entries = collect([Source(sys.argv[1])], report=lambda _: None).entries
pack(entries, sys.argv[2], threads=int(sys.argv[3]))
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) * 1024)
"""


def peak(folder: Path, out: Path, threads: int) -> int:
    """The most memory in bytes that a process used to pack the folder.

    ru_maxrss would count what the test runner itself had when it started the process.
    """
    with child(PEAK, folder, out, threads) as process:
        assert process.stdout is not None
        return int(process.stdout.read())


def fill(folder: Path, count: int, mib: int) -> Path:
    """A folder of so many files, half noise and half words: what is compressed stays large."""
    folder.mkdir()
    block = os.urandom(1 << 19) + words(30_000)[: 1 << 19]
    for number in range(count):
        with open(folder / f"{number}", "wb") as file:
            file.writelines(block for _ in range(mib))
    return folder


memory = pytest.mark.skipif(sys.platform != "linux", reason="VmHWM of /proc is Linux's")


@memory
@pytest.mark.parametrize(
    "count", [30, pytest.param(300, marks=pytest.mark.ring2), pytest.param(10, marks=pytest.mark.ring2)]
)
def test_memory_of_many_files(tmp_path: Path, count: int) -> None:
    folder = fill(tmp_path / "tree", count, 300 // count)
    assert peak(folder, tmp_path / "out.zip", 4) < 300_000_000


@memory
def test_memory_of_one_file(tmp_path: Path) -> None:
    folder = fill(tmp_path / "tree", 1, 200)
    assert peak(folder, tmp_path / "out.zip", 2) < 2.2 * (200 << 20) + 100_000_000


@pytest.mark.parametrize(("count", "zip64"), [(0xFFFE, False), (0xFFFF, True), (0x10001, True)])
def test_many_entries(tmp_path: Path, count: int, zip64: bool) -> None:
    out = tmp_path / "out.zip"
    manifest = pack([Entry(f"{number:06}", data=b"") for number in range(count)], str(out))
    assert (manifest.zip64, len(manifest.entries)) == (zip64, count)
    assert (b"PK\x06\x06" in out.read_bytes()[-120:]) is zip64
    with zipfile.ZipFile(out) as read:
        infos = read.infolist()
        assert len(infos) == count
        assert {(info.create_version, info.extract_version) for info in infos} == {(20, 20)}
        assert read.read(infos[-1]) == b""


def test_a_batch_ends_by_size_and_by_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packer, "BATCH_BYTES", 100)
    monkeypatch.setattr(packer, "BATCH_FILES", 3)
    sizes = [60, 30, 10, 1, 200, 1, 1, 1, 1, 1]
    batches = packer._batches([Entry(f"{size}", data=bytes(size)) for size in sizes])
    found = [[entry.size for entry in batch] for batch in batches]
    assert found == [
        [60, 30, 10],
        [1],
        [200],
        [1, 1, 1],
        [1, 1],
    ]


def test_what_is_under_way_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packer, "IN_FLIGHT", 250)
    monkeypatch.setattr(packer, "BATCH_FILES", 1)
    under_way = 0
    most = 0
    real = Packer.pack
    lock = threading.Lock()  # += is no one step

    def counted(self: Packer, batch: list[Entry]) -> packer.Packed:
        nonlocal under_way, most
        with lock:
            under_way += sum(entry.size for entry in batch)
            most = max(most, under_way)
        return real(self, batch)

    monkeypatch.setattr(Packer, "pack", counted)
    entries = [Entry(f"{number:02}", data=bytes(100)) for number in range(20)]
    for batch in packer.packed(entries, Packer(Compression.DEFAULT), 8):
        with lock:
            under_way -= batch.size
    assert under_way == 0
    assert most <= 300


def test_tiny_files_need_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2})
    assert packer._worth([Entry("a", "/a", size=100 << 20)]) == 3
    assert packer._worth([Entry("a", "/a", size=3 << 20)]) == 1
    assert packer._worth([Entry(f"{number}", "/a", size=1000) for number in range(9000)]) == 1


def test_quiet_without_a_report(tmp_path: Path) -> None:
    entries = [Entry("a", data=b"1"), Entry("a", data=b"2", own=False)]
    pack(entries, str(tmp_path / "o.zip"), report=quiet)
    pack(entries, str(tmp_path / "o.zip"))
    with zipfile.ZipFile(tmp_path / "o.zip") as read:
        assert read.read("a") == b"1"
