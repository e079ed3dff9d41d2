"""A zip by cargo-lambda itself, which packs a program that it built: who made it, and why it is not ours."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from explain.driver import codes, explained, made_by, rendered
from explain.makers import need, run
from fetched import kept
from onezip.archive.entry import Entry, order
from onezip.archive.writer import pack

CARGO_LAMBDA = "1.9.2"
MANIFEST = '[package]\nname = "small"\nversion = "0.1.0"\nedition = "2021"\n'


def cargo_lambda() -> Path:
    """The folder of the tool, from PyPI."""
    from uv import find_uv_bin

    def fill(folder: Path) -> None:
        package = f"cargo-lambda=={CARGO_LAMBDA}"
        run(find_uv_bin(), "pip", "install", "-q", "--target", str(folder), package, cwd=folder)

    return kept(f"cargo-lambda-{CARGO_LAMBDA}", fill) / "bin"


@pytest.mark.ring2
def test_a_zip_of_cargo_lambda(tmp_path: Path) -> None:
    cargo = need("cargo", "https://rustup.rs")
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (tmp_path / "src/main.rs").write_text("fn main() {}\n")
    words = ("lambda", "build", "--release", "--compiler", "cargo", "--output-format", "zip")
    path = os.pathsep.join((str(cargo_lambda()), os.environ["PATH"]))
    run(cargo, *words, "--lambda-dir", str(tmp_path / "out"), cwd=tmp_path, env={"PATH": path})
    theirs = tmp_path / "out/small/bootstrap.zip"
    assert made_by(theirs) == "may have been made by Python's zipfile or cargo-lambda"

    with zipfile.ZipFile(theirs) as archive:
        (tmp_path / "bootstrap").write_bytes(archive.read("bootstrap"))
    status = (tmp_path / "bootstrap").stat()
    stamp = status.st_size, status.st_mtime_ns, status.st_ctime_ns
    entry = Entry("bootstrap", str(tmp_path / "bootstrap"), size=status.st_size, stamp=stamp)
    pack(order([entry], report=lambda _: None), str(tmp_path / "ours.zip"))
    found = explained(theirs, tmp_path / "ours.zip")
    assert {"maker", "times", "engine"} <= codes(found), rendered(found)
    assert not codes(found) & {"file", "container", "modes", "added", "removed"}, rendered(found)
