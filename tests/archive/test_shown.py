"""Paths in messages as their reader knows them: relative to the folder that is spoken of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.onezip_cli import onezip, plain, project
from onezip.archive.shown import near, near_error
from onezip.errors import ArchiveError

POSIX = pytest.mark.skipif(os.sep != "/", reason="paths of POSIX")


@POSIX
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/w/p/src/a is a link that leads to /w/p/x", "src/a is a link that leads to x"),
        ("it leads out of /w/p, to /etc/passwd", "it leads out of ., to /etc/passwd"),
        ("look at '/w/p/a b' and (/w/p)", "look at 'a b' and (.)"),
        ("/w/p2/x, /w/p.old/x, /other/w/p/x stay", "/w/p2/x, /w/p.old/x, /other/w/p/x stay"),
        ("/w/p/ and /w/p//x", "/w/p/ and x"),
        ("nothing", "nothing"),
    ],
)
def test_words(text: str, wanted: str) -> None:
    assert near(text, "/w/p") == wanted


@POSIX
def test_below_the_root_everything_stays() -> None:
    assert near("/a/b is gone", "/") == "/a/b is gone"


@POSIX
def test_an_error() -> None:
    error = ArchiveError("archive.kind", "/w/p/x is a socket", hint="remove /w/p/x")
    assert near_error(error, "/w/p") is error
    assert (error.message, error.hint) == ("x is a socket", "remove x")


@POSIX
def test_a_build_tells_paths_from_the_project(tmp_path: Path) -> None:
    folder = plain(tmp_path)
    (folder / "plain" / "out").symlink_to("/etc")
    said = onezip(folder, "build", "--json")
    (error,) = said.diagnostics
    assert error["code"] == "archive.link"
    assert error["message"] == "plain/out is a link that leads out of plain, to /etc"


def test_an_empty_source_is_told_once(tmp_path: Path) -> None:
    described = '[functions.f]\nsource = "src"\nruntime = "python3.13"\nhandler = "app.handler"\n'
    folder = project(tmp_path, described + 'exclude = ["*"]\n')
    (folder / "src").mkdir()
    (folder / "src/app.py").write_text("def handler(event, context): pass\n")
    found = onezip(folder, "build", "--json").diagnostics
    empty = [each for each in found if each["code"] == "archive.empty"]
    assert [(each["severity"], each["message"]) for each in empty] == [
        ("warning", "src brings no file into the zip"),
        ("error", "there is nothing to pack"),
    ]


def test_a_zip_tells_paths_as_they_were_given(tmp_path: Path) -> None:
    said = onezip(tmp_path, "zip", "-o", "f.zip", "bootstrap", "--json")
    assert [each["message"] for each in said.diagnostics] == ["bootstrap does not exist"]
