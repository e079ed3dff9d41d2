from collections.abc import Callable
from pathlib import Path

import pytest

from archive.hostile import LINK, File, bomb, build, many, streamed
from archive.hostile_cases import HOSTILE, SOUND
from lint.cases import pyc
from lint.elves import LOADER, elf
from lint.made import AL2023, HANDLER, TODAY, X86, Files, codes, look, of, one, python, write
from lint.made import File as Entry
from onezip.archive.lint import Finding, Subject, check
from onezip.archive.reader import opened
from onezip.errors import ArchiveError, Severity

UNZIP = (
    "InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to"
    " upload again."
)


def found(path: Path, data: bytes, code: str) -> list[Finding]:
    path.write_bytes(data)
    return of(look(path), code)


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_no_anomaly_is_lost(name: str, tmp_path: Path) -> None:
    told, make = HOSTILE[name]
    path = tmp_path / "a.zip"
    path.write_bytes(make())
    report = look(path)
    assert {f"check.{code.replace('.', '-', 1)}" for code in told} <= codes(report)
    assert all(
        finding.prevents in {"", UNZIP} or "Unzipped" in finding.prevents for finding in report.findings
    )


@pytest.mark.parametrize("name", sorted(SOUND))
def test_sound_zips_have_no_container_findings(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(SOUND[name]())
    graver = {code for code in codes(look(path), Severity.WARNING) if code.startswith("check.zip-")}
    assert graver <= {"check.zip-descriptors"}


@pytest.mark.parametrize("field", ["time", "date", "needed"])
def test_small_differences_are_warnings(field: str, tmp_path: Path) -> None:
    data = build([File(b"a.py", b"x", local={field: 34 if field == "date" else 10})])
    (finding,) = found(tmp_path / "a.zip", data, "check.zip-local-differs")
    assert finding.severity is Severity.WARNING
    assert not finding.prevents


@pytest.mark.parametrize(
    "local",
    [{"name": b"b.py"}, {"method": 0}, {"crc": 1}, {"size": 2}],
    ids=["name", "method", "crc", "size"],
)
def test_other_differences_are_errors(local: dict[str, int | bytes], tmp_path: Path) -> None:
    findings = found(
        tmp_path / "a.zip", build([File(b"a.py", b"x" * 50, local=local)]), "check.zip-local-differs"
    )
    assert {finding.severity for finding in findings} == {Severity.ERROR}


def test_a_comment_is_a_note_and_data_a_warning(tmp_path: Path) -> None:
    code = "check.zip-trailing"
    (comment,) = found(tmp_path / "a.zip", build([File(b"a.py")], comment=b"made by hand"), code)
    (data,) = found(tmp_path / "b.zip", build([File(b"a.py")], trailing=b"more"), code)
    assert (comment.severity, data.severity) == (Severity.NOTE, Severity.WARNING)


def test_stored_entries_written_as_a_stream(tmp_path: Path) -> None:
    data = build([streamed(File(b"a.py", b"x", method=0))])
    (finding,) = found(tmp_path / "a.zip", data, "check.zip-descriptors")
    assert finding.severity is Severity.WARNING


def test_a_bomb_is_told_and_ends(tmp_path: Path) -> None:
    report_codes = {finding.code for finding in _plain(tmp_path / "a.zip", bomb(3000))}
    assert {"check.zip-bomb", "check.zip-overlap", "check.zip-unread"} <= report_codes


def test_very_many_entries_end(tmp_path: Path) -> None:
    assert not [each for each in _plain(tmp_path / "a.zip", many(70_000)) if each.severity is Severity.ERROR]


def test_a_stream_of_empty_blocks_is_not_read_for_ever(tmp_path: Path) -> None:
    # Each entry has the same stream: a megabyte of empty stored blocks, and then a byte.
    stream = b"\0\0\0\xff\xff" * 200_000 + b"\1\1\0\xfe\xffx"
    first = File(b"000", b"x", packed=stream)
    rest = [
        File(b"%03d" % number, b"x", packed=stream, alone=False, central={"offset": 0})
        for number in range(1, 999)
    ]
    path = tmp_path / "a.zip"
    path.write_bytes(build([first, *rest]))
    with opened(str(path)) as (manifest, content):
        counted = Counting(content.read)
        report = check(Subject(manifest, counted, today=TODAY))
    assert len(counted.names) <= 6
    assert one(report, "check.zip-unread").severity is Severity.WARNING


class Counting:
    """A Content that counts."""

    def __init__(self, read: Callable[[str, int], bytes]) -> None:
        self._read = read
        self.names: list[str] = []

    def read(self, name: str, limit: int) -> bytes:
        self.names.append(name)
        return self._read(name, limit)


def _plain(path: Path, data: bytes) -> tuple[Finding, ...]:
    path.write_bytes(data)
    return look(path, unpack=False).findings


def test_what_cannot_be_read_is_never_fine(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(build([File(b"bootstrap", b"#!/bin/sh\n" * 9, mode=0o100755, packed=b"\xff\xff")]))
    report = look(path, unpack=False, runtime=AL2023, architecture=X86)
    finding = one(report, "check.zip-unread")
    assert finding.entry == "bootstrap"
    assert finding.prevents == UNZIP


def test_a_content_that_fails_is_a_finding(tmp_path: Path) -> None:
    class Broken:
        def read(self, name: str, limit: int) -> bytes:
            raise ArchiveError("archive.malformed", f"{name} {limit}: no")

    with opened(str(write(tmp_path / "a.zip", {"app.py": HANDLER}))) as (manifest, _):
        report = check(Subject(manifest, Broken(), today=TODAY))
    assert one(report, "check.zip-unread").severity is Severity.ERROR


def test_a_zip_that_changes_meanwhile_is_no_finding(tmp_path: Path) -> None:
    class Changed:
        def read(self, name: str, limit: int) -> bytes:
            raise ArchiveError("archive.changed", f"{name} {limit}: changed")

    with opened(str(write(tmp_path / "a.zip", {"app.py": HANDLER}))) as (manifest, _):
        with pytest.raises(ArchiveError, match="changed"):
            check(Subject(manifest, Changed(), today=TODAY))
        with pytest.raises(ArchiveError, match="changed"):
            Subject(manifest, Changed(), today=TODAY).read("app.py", 1)


def test_no_flipped_bit_and_no_cut_breaks_it(tmp_path: Path) -> None:
    files = {"app.py": HANDLER, "bootstrap": elf(interpreter=LOADER, needed=["libx.so"]), "x.pyc": pyc(b"")}
    whole = write(tmp_path / "whole.zip", files).read_bytes()
    damaged = [whole[:size] for size in range(0, len(whole), 3)]
    damaged += [whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :] for at in range(len(whole))]
    path = tmp_path / "a.zip"
    sound = 0
    for data in damaged:
        path.write_bytes(data)
        try:
            opening = opened(str(path))
            with opening as (manifest, content):
                report = check(Subject(manifest, content, today=TODAY, runtime=AL2023, architecture=X86))
        except ArchiveError:
            continue
        sound += not report.failed
    assert sound < 10  # bootstrap has no executable bit: only a bit of its mode can make that good


@pytest.mark.parametrize(
    ("target", "severity"),
    [
        (b"x.so.1", Severity.NOTE),
        (b"../app.py", Severity.NOTE),
        (b"./../lib", Severity.NOTE),
        (b"gone.so", Severity.WARNING),
        (b"/opt/lib/x.so", Severity.WARNING),
        (b"/../x", Severity.WARNING),
        (b"../../etc/passwd", Severity.ERROR),
    ],
)
def test_links(target: bytes, severity: Severity, tmp_path: Path) -> None:
    files: Files = {"lib/x.so": Entry(target, LINK), "lib/x.so.1": b""}
    found = one(python(tmp_path / "a.zip", files), "check.link")
    assert found.severity is severity
    assert bool(found.prevents) is (severity is not Severity.NOTE)


def test_modes_are_told_together(tmp_path: Path) -> None:
    files: Files = {f"x{number}.py": Entry(b"", 0o100600) for number in range(9)} | {
        "app.py": Entry(HANDLER, 0o100640)
    }
    found = one(python(tmp_path / "a.zip", files), "check.mode-unreadable")
    assert found.entry == "app.py"
    assert "and 7 more" in found.message
    assert found.prevents == "PermissionError: [Errno 13] Permission denied: '/var/task/app.py'"


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        (0o040755, ""),
        (0o040775, "check.mode-unusual"),
        (0o040700, "check.mode-unreadable"),
        (0o040744, "check.mode-unreadable"),
    ],
)
def test_folders_must_be_open(mode: int, code: str, tmp_path: Path) -> None:
    assert codes(python(tmp_path / "a.zip", {"lib/": Entry(mode=mode)})) == ({code} if code else set())


def test_a_path_may_be_too_long_as_a_whole(tmp_path: Path) -> None:
    name = "/".join(["x" * 200] * 21)
    assert "4,22" in one(python(tmp_path / "a.zip", {name: b""}), "check.name-long").message
    assert not codes(python(tmp_path / "b.zip", {name[:4085]: b""}))
    assert codes(python(tmp_path / "c.zip", {name[:4086]: b""})) == {"check.name-long"}
