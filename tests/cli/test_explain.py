"""`onezip explain`: two zips; a zip and a build; a build and what onezip.lock says."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from builder.go_driver import needs_go
from cli.onezip_cli import PLAIN, Said, onezip, plain, project

HANDLER = "def lambda_handler(event, context):\n    return {}\n"


def told(said: Said) -> list[tuple[str, str]]:
    return [(cause["code"], cause["summary"]) for cause in said.result["causes"]]


def remembered(folder: Path) -> set[str]:
    return {path.name for path in (folder / ".home").rglob("*") if path.is_file() and "state" in path.parts}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A project with one function, built."""
    plain(tmp_path)
    assert onezip(tmp_path, "build").code == 0
    return tmp_path


def zipped(folder: Path) -> Path:
    """The same files, by another tool."""
    with zipfile.ZipFile(folder / "other.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.write(folder / "plain/lambda_function.py", "lambda_function.py")
    return folder / "other.zip"


def test_two_zips(built: Path) -> None:
    zipped(built)
    said = onezip(built, "explain", "dist/plain.zip", "other.zip", "--json")
    assert said.code == 1
    assert {"differs.maker", "differs.times"} <= {code for code, _ in told(said)}
    assert all(cause["advice"] for cause in said.result["causes"])
    words = onezip(built, "explain", "dist/plain.zip", "other.zip")
    assert words.code == 1
    assert words.out.count("  help: ") == len(said.result["causes"])
    same = onezip(built, "explain", "other.zip", "other.zip")
    assert (same.code, same.out) == (0, "the same bytes\n")


def test_a_zip_and_a_build_as_it_would_be_now(built: Path) -> None:
    assert onezip(built, "explain", "dist/plain.zip", "plain", "--json").result == {
        "same": True,
        "causes": [],
    }
    (built / "plain/lambda_function.py").write_text(HANDLER.format("1"))
    before, notes = (built / "dist/plain.zip").read_bytes(), remembered(built)
    said = onezip(built, "explain", "dist/plain.zip", "plain", "--json")
    assert said.code == 1
    assert [code for code, _ in told(said)] == ["differs.file"]
    assert "-    return event" in said.result["causes"][0]["detail"]
    assert "+    return 1" in said.result["causes"][0]["detail"]
    assert (built / "dist/plain.zip").read_bytes() == before  # the zip asked about is not written over
    assert remembered(built) == notes
    zipped(built)
    assert "differs.maker" in {
        code for code, _ in told(onezip(built, "explain", "plain", "other.zip", "--json"))
    }


def test_a_build_and_the_zip_of_before(built: Path) -> None:
    """Where nothing is locked, the zip in dist is what there is to compare with."""
    said = onezip(built, "explain", "plain")
    assert (said.code, said.out) == (0, "plain is what dist/plain.zip is\n")
    (built / "plain/new.py").write_text("")
    said = onezip(built, "explain", "plain", "--json")
    assert (said.code, told(said)) == (1, [("differs.added", "only there: new.py (0 bytes)")])
    assert said.result["locked"] is None


def test_a_build_and_what_the_lock_says(built: Path) -> None:
    assert onezip(built, "lock").code == 0
    said = onezip(built, "explain", "plain")
    assert (said.code, said.out) == (0, "plain is what onezip.lock says\n")
    (built / "plain/lambda_function.py").write_text(HANDLER.format("1"))
    (built / "plain/new.py").write_text("")
    with_zip = onezip(built, "explain", "plain", "--json")
    assert with_zip.code == 1
    assert ("differs.sources", "sources: 1 file -> 2 files") in told(with_zip)
    assert "+    return 1" in "".join(cause["detail"] for cause in with_zip.result["causes"])
    (built / "dist/plain.zip").unlink()
    alone = onezip(built, "explain", "plain", "--json")
    assert told(alone) == [
        ("differs.sources", "sources: 1 file -> 2 files"),
        ("differs.file", "changed lambda_function.py: 53 -> 49 bytes"),
        ("differs.added", "added new.py"),
    ]
    assert all(cause["advice"] for cause in alone.result["causes"])
    assert alone.result["locked"] != alone.result["built"]


def test_what_the_lock_says_of_settings(built: Path) -> None:
    assert onezip(built, "lock").code == 0
    (built / "dist/plain.zip").unlink()
    plain(built, PLAIN.replace("3.13", "3.12") + 'architecture = "arm64"\ncompression = "none"\n')
    said = onezip(built, "explain", "plain", "--json")
    assert said.code == 1
    assert told(said)[:2] == [
        ("differs.architecture", "architecture: x86_64 -> arm64"),
        ("differs.platform", "runtime: python3.13 -> python3.12"),
    ]
    assert ("differs.engine", "engine: deflate 0.9.0 level 6 -> stored") in told(said)


def test_many_changed_entries_are_one_line(built: Path) -> None:
    assert onezip(built, "lock").code == 0
    (built / "dist/plain.zip").unlink()
    (built / "plain/data").mkdir()
    for number in range(20):
        (built / f"plain/data/{number}.txt").write_text("")
    said = onezip(built, "explain", "plain", "--json")
    assert ("differs.added", "added 20 files in data/") in told(said)
    locked = onezip(built, "build", "--locked", "--json")
    assert "added 20 files in data/" in locked.diagnostics[0]["message"]


@needs_go
def test_a_go_program_and_what_the_lock_says(tmp_path: Path) -> None:
    project(tmp_path, '[functions.f]\nsource = "src"\n')
    (tmp_path / "src").mkdir()
    (tmp_path / "src/go.mod").write_text("module example.com/small\n\ngo 1.24\n")
    (tmp_path / "src/main.go").write_text("package main\n\nfunc main() { println(1) }\n")
    assert onezip(tmp_path, "lock").code == 0
    assert onezip(tmp_path, "explain", "f", "--json").result["same"] is True
    project(tmp_path, '[functions.f]\nsource = "src"\n[functions.f.go]\ntags = ["slim"]\n')
    said = onezip(tmp_path, "explain", "f", "--json")
    found: dict[str, Any] = {cause["code"]: cause for cause in said.result["causes"]}
    assert "slim" in found["differs.flags"]["summary"]
    assert found["differs.go-setting"]["entries"] == ["bootstrap"]


def test_what_cannot_be_explained(built: Path) -> None:
    assert onezip(built, "explain", "gone.zip", "other.zip").code == 2
    assert onezip(built, "explain", "dist/plain.zip").code == 2
    assert "no function 'plane'" in onezip(built, "explain", "plane").err
    (built / "broken.zip").write_bytes(b"PK\3\4 and no more")
    assert onezip(built, "explain", "broken.zip", "dist/plain.zip").code == 4
    (built / "dist/plain.zip").unlink()
    said = onezip(built, "explain", "plain", "--json")
    assert (said.code, said.diagnostics[0]["code"]) == (2, "lock.missing")
