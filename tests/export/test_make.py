"""Make: names in its escaping, each tried with the real make; and nothing runs where nothing changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from archive.trees import tick
from cli.onezip_cli import PLAIN, onezip, plain
from export.driver import HELLO, exported, golden, shipment
from onezip.deployer.export.depfile import escape, rule
from onezip.deployer.export.facts import Shipment
from onezip.errors import ProjectError

MAKE = shutil.which("make")
needs_make = pytest.mark.skipif(MAKE is None, reason="make is not here: apt-get install make")

NAMES = [
    ("plain.py", "plain.py"),
    ("a b", "a\\ b"),
    ("a\tb", "a\\\tb"),
    ("a#b", "a\\#b"),
    ("a$b", "a$$b"),
    ("a:b", "a\\:b"),
    ("a%b", "a%b"),
    ("a\\b", "a\\b"),
    ("a\\ b", "a\\\\\\ b"),
    ("a\\\\#b", "a\\\\\\\\\\#b"),
    ("a*b", "a*b"),
    ("a[b", "a[b"),
    ("~ab", "~ab"),
    ("a'b", "a'b"),
    ("a(b", "a(b"),
    ("é☃", "é☃"),
]


def test_golden() -> None:
    golden("onezip.mk", exported("make", shipment()))
    odd = replace(HELLO, zip="my zips/hello.zip")
    golden("onezip-odd.mk", exported("make", Shipment((odd,), "0.1.0", "..", "my zips")))


@pytest.mark.parametrize(("name", "escaped"), NAMES)
def test_names(name: str, escaped: str) -> None:
    assert escape(name) == escaped


def test_drives_of_windows_keep_their_colon() -> None:
    assert escape("C:/Users/A B/x:y") == "C:/Users/A\\ B/x\\:y"
    assert rule("dist/a.zip", ["C:/a b"]) == "dist/a.zip: \\\n  C:/a\\ b\nC:/a\\ b:\n"


@pytest.mark.parametrize("name", ["a=b", "a;b", "a|b", "a\nb"])
def test_names_that_make_cannot_spell(name: str) -> None:
    with pytest.raises(ProjectError) as caught:
        escape(name)
    assert (caught.value.code, repr(name) in caught.value.message) == ("make.name", True)


def make(folder: Path, *words: str) -> str:
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(
        ["make", *words],
        cwd=folder,
        env={**os.environ, "PATH": path, "ONEZIP_HOME": str(folder / ".home"), "MAKEFLAGS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_make
@pytest.mark.parametrize("name", [name for name, _ in NAMES])
def test_make_rebuilds_for_every_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("")
    (tmp_path / "Makefile").write_text(
        "out:\n\t@echo made\n\t@touch out\n" + rule("out", [name]), encoding="utf-8"
    )
    assert make(tmp_path, "out") == "made\n"
    assert "up to date" in make(tmp_path, "out")
    later = time.time() + 10
    os.utime(tmp_path / name, (later, later))
    assert make(tmp_path, "out") == "made\n"
    (tmp_path / name).unlink()
    if "\t" not in name:  # as a target such a name has no spelling
        assert make(tmp_path, "out") == "made\n"


@needs_make
def test_nothing_runs_where_nothing_changed(tmp_path: Path) -> None:
    plain(
        tmp_path, PLAIN + PLAIN.replace("functions.plain", "functions.second").replace('"plain"', '"other"')
    )
    shutil.copytree(tmp_path / "plain", tmp_path / "other")
    assert onezip(tmp_path, "export", "make").code == 0
    (tmp_path / "Makefile").write_text("include onezip.mk\n")
    ran = "onezip build {0} --output dist --depfile dist/{0}.d"
    first = make(tmp_path)
    assert [line for line in first.splitlines() if line.startswith("onezip build")] == [
        ran.format("plain"),
        ran.format("second"),
    ]
    assert "Nothing to be done" in make(tmp_path)

    source = tmp_path / "plain/lambda_function.py"
    wait_and_touch(source)
    assert ran.format("plain") in make(tmp_path)  # the same bytes come out, and the zip is newer now
    assert "Nothing to be done" in make(tmp_path)

    wait_and_touch(source, "lambda_handler = print\n")
    changed = make(tmp_path)
    assert (ran.format("plain") in changed, ran.format("second") in changed) == (True, False)
    assert "Nothing to be done" in make(tmp_path)

    wait_and_touch(tmp_path / "plain/more.py", "")
    assert ran.format("plain") in make(tmp_path)
    tick()
    (tmp_path / "plain/more.py").unlink()
    assert ran.format("plain") in make(tmp_path)
    assert "Nothing to be done" in make(tmp_path)

    (tmp_path / "dist/plain.d").unlink()
    assert ran.format("plain") in make(tmp_path)
    assert "Nothing to be done" in make(tmp_path)
    assert make(tmp_path, "-j8", "zips", "-B").count("onezip build") == 2
    assert "Nothing to be done" in make(tmp_path)


@needs_make
def test_a_makefile_above_or_below_the_project(tmp_path: Path) -> None:
    here = plain(tmp_path / "services/one")
    (here / "infra").mkdir()
    for folder, target in ((tmp_path, "services/one/dist/plain.zip"), (here / "infra", "../dist/plain.zip")):
        home = folder / ".home"
        assert onezip(here, "export", "make", "-o", str(folder / "zips.mk"), home=home).code == 0
        assert "onezip build plain" in make(folder, "-f", "zips.mk", target)
        assert "up to date" in make(folder, "-f", "zips.mk", target)
        shutil.rmtree(here / "dist")


def wait_and_touch(path: Path, text: str | None = None) -> None:
    """Change a file so that its time is told from the zip's."""
    tick()
    path.write_text(path.read_text() if text is None else text)


def test_the_zip_of_a_script(tmp_path: Path) -> None:
    plain(tmp_path)
    said = onezip(tmp_path, "build", "plain", "--quiet", "--depfile", "build/plain.d")
    assert (said.code, said.out) == (0, "dist/plain.zip\n")
    text = (tmp_path / "build/plain.d").read_text()
    assert text.startswith("dist/plain.zip: \\\n")
    assert {"onezip.toml", "plain/lambda_function.py", "plain"} <= set(text.replace("\\", "").split())
    assert str(tmp_path) not in text
    again = onezip(tmp_path, "build", "plain", "--depfile", "build/plain.d", "--json")
    assert again.result["functions"][0]["status"] == "unchanged"
    assert (tmp_path / "build/plain.d").read_text() == text


def test_a_name_that_make_cannot_spell_is_told(tmp_path: Path) -> None:
    plain(tmp_path)
    (tmp_path / "plain/a=b.txt").write_text("")
    said = onezip(tmp_path, "build", "--depfile", "plain.d", "--json")
    assert (said.code, said.diagnostics[-1]["code"]) == (2, "make.name")
    assert "plain/a=b.txt" in said.diagnostics[-1]["message"]
    assert not (tmp_path / "plain.d").exists()
