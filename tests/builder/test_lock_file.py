"""onezip.lock as text: written one way, read strictly, merged by lines."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from onezip.archive.manifest import Kind, Manifest, ManifestEntry, Method
from onezip.builder.lock import (
    MOST,
    Line,
    Locked,
    as_text,
    changed_lines,
    lines,
    parse,
)
from onezip.errors import ProjectError
from onezip.model.build import Component

BLOCK = Locked(
    "hello",
    "ab" * 32,
    "q6s=",
    10,
    20,
    "provided.al2023",
    "arm64",
    "deflate 0.9.0 level 6",
    (Component("flags", "cd" * 4, "-trimpath"), Component("toolchain", "ef" * 4, "go1.26.8")),
    {"bootstrap": Line(0o755, 20, "0123456789abcdef")},
    go="go1.26.8",
)

GOLDEN = """\
# What each function's zip is made of. Written by `onezip lock`; commit it, and do not edit it.
version = 1

[functions.hello]
sha256 = "abababababababababababababababababababababababababababababababab"
code_sha256 = "q6s="
size = 10
unzipped = 20
runtime = "provided.al2023"
architecture = "arm64"
engine = "deflate 0.9.0 level 6"
go = "go1.26.8"

[functions.hello.components]
flags = { digest = "cdcdcdcd", detail = "-trimpath" }
toolchain = { digest = "efefefef", detail = "go1.26.8" }

[functions.hello.entries]
"bootstrap" = "0755 20 0123456789abcdef"
"""


def test_the_text() -> None:
    assert as_text({"hello": BLOCK}) == GOLDEN
    assert parse(GOLDEN) == {"hello": BLOCK}


def test_a_checkout_with_windows_line_ends_is_the_same_lock() -> None:
    assert parse(GOLDEN.replace("\n", "\r\n")) == {"hello": BLOCK}


@given(
    some.dictionaries(some.text(min_size=1), some.text(), max_size=4),
    some.dictionaries(some.text(min_size=1), some.integers(0, 2**40), max_size=4),
)
def test_any_text_comes_back(details: dict[str, str], sizes: dict[str, int]) -> None:
    def sound(text: str) -> bool:
        return all(not 0xD800 <= ord(letter) <= 0xDFFF for letter in text)

    block = replace(
        BLOCK,
        components=tuple(
            Component(name, "00", detail)
            for name, detail in sorted(details.items())
            if sound(name) and sound(detail)
        ),
        entries={name: Line(0o644, size, "ff") for name, size in sizes.items() if sound(name)},
    )
    assert parse(as_text({"hello": block}))["hello"] == block


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version = 2\n", "onezip.lock is of version 2; this onezip reads 1"),
        ("nonsense", "onezip.lock is not a lock file"),
        ("version = 1\n[functions.a]\nsize = 1\n", "onezip.lock is not a lock file"),
        (GOLDEN.replace("[functions", "<<<<<<< ours\n[functions", 1), "the marks of an unfinished merge"),
    ],
)
def test_what_is_no_lock(text: str, words: str) -> None:
    with pytest.raises(ProjectError) as caught:
        parse(text)
    assert words in caught.value.message
    assert caught.value.code == "lock.malformed"


def test_two_branches_that_lock_different_functions_merge(tmp_path: Path) -> None:
    base = {name: replace(BLOCK, function=name) for name in ("alpha", "omega")}
    ours = base | {"beta": replace(BLOCK, function="beta"), "alpha": replace(base["alpha"], size=11)}
    theirs = base | {"psi": replace(BLOCK, function="psi"), "omega": replace(base["omega"], size=12)}
    for name, lock in (("base", base), ("ours", ours), ("theirs", theirs)):
        (tmp_path / name).write_text(as_text(lock))
    merged = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert parse(merged.stdout) == ours | {"psi": theirs["psi"], "omega": theirs["omega"]}


def manifest(count: int) -> Manifest:
    entries = tuple(
        ManifestEntry(
            f"top{number % 2}/{number:04}",
            b"",
            Kind.FILE,
            3,
            3,
            0,
            Method.STORED,
            0o100644,
            0,
            sha256=f"{number:064x}",
        )
        for number in range(count)
    )
    return Manifest(0, "00", entries)


def test_a_large_zip_is_told_by_its_top_folders() -> None:
    assert len(lines(manifest(MOST))) == MOST
    few = lines(manifest(MOST + 1))
    assert [(name, line.size) for name, line in few.items()] == [("top0/", 753), ("top1/", 750)]
    changed = manifest(MOST + 1)
    other = replace(changed, entries=(replace(changed.entries[0], sha256="f" * 64), *changed.entries[1:]))
    assert changed_lines(few, lines(other)) == ["changed top0/: 753 -> 753 bytes"]


def test_what_changed() -> None:
    old = {"a": Line(0o644, 1, "1"), "b": Line(0o644, 1, "1"), "c": Line(0o644, 1, "1")}
    new = {"b": Line(0o755, 1, "1"), "c": Line(0o644, 2, "2"), "d": Line(0o644, 1, "1")}
    assert changed_lines(old, new) == [
        "added d",
        "removed a",
        "changed b: mode 0644 -> 0755",
        "changed c: 1 -> 2 bytes",
    ]
