"""Who wrote what differs between two builds, from the function and the names of entries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from onezip.archive.manifest import Kind, Manifest, ManifestEntry, Method
from onezip.builder.verify_suspects import differing, suspects
from onezip.limits import RUNTIMES
from onezip.model.function import CommandSettings, Function, Handler, Language, PythonSettings

BUILT = "which is built from its source distribution,"


def function(*sdists: str, run: tuple[str, ...] = ()) -> Function:
    return Function(
        name="f",
        language=Language.COMMAND if run else Language.PYTHON,
        source=".",
        runtime=RUNTIMES["python3.13"],
        handler=Handler("app.handler"),
        python=PythonSettings(allow_sdist=sdists),
        command=CommandSettings(run=run, inputs=("**",), output="out") if run else None,
        files={"conf/a.toml": "a.toml"},
    )


def entry(name: str, digest: str, mode: int = 0o644) -> ManifestEntry:
    return ManifestEntry(name, b"", Kind.FILE, 1, 1, 0, Method.STORED, mode, 0, sha256=digest)


def test_what_differs() -> None:
    a = Manifest(1, "aa", (entry("same", "1"), entry("gone", "1"), entry("text", "1"), entry("mode", "1")))
    b = Manifest(
        1, "bb", (entry("same", "1"), entry("new", "1"), entry("text", "2"), entry("mode", "1", 0o755))
    )
    assert differing(a, b) == ["gone", "mode", "new", "text"]
    assert differing(a, replace(a, sha256="cc")) == []


@pytest.mark.parametrize(
    ("what", "entries", "summaries"),
    [
        (function(run=("make", "a b")), ["bootstrap"], ["the command `make 'a b'` wrote bootstrap"]),
        (
            function(run=("make",)),
            ["a.toml", "bootstrap"],
            ["conf/a.toml differs, which `files` names", "the command `make` wrote bootstrap"],
        ),
        (
            function("Flaky_One", "other"),
            ["flaky_one/x.py", "flaky_one-1.0.dist-info/METADATA", "app.py"],
            [f"Flaky_One, {BUILT} wrote flaky_one/x.py and flaky_one-1.0.dist-info/METADATA"],
        ),
        (function("x"), ["_x.cpython-313-x86_64-linux-gnu.so"],
         [f"x, {BUILT} wrote _x.cpython-313-x86_64-linux-gnu.so"]),
        (function("x", "y"), ["z.py"], ["one of x and y, which are built here, wrote z.py"]),
        (function(), ["lib/x.py"], ["lib, which is built from ../lib, wrote lib/x.py"]),
        (function("x"), [], []),
    ],
)  # fmt: skip
def test_who_wrote_it(what: Function, entries: list[str], summaries: list[str]) -> None:
    projects = {"lib": "../lib"} if entries == ["lib/x.py"] else {}
    found = suspects(what, entries, projects)
    assert [each.summary for each in found] == summaries
    assert all(each.advice for each in found)


def test_nobody_is_blamed_without_a_reason() -> None:
    assert suspects(function(), ["app.py"]) == ()
