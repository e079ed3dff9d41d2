"""Go functions on the whole road: asked about once, noticed when changed, failing each for itself."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from builder.go_driver import function, needs_go, write
from onezip import process
from onezip.builder import engine
from onezip.builder.engine import Outcome
from onezip.model.build import Command
from onezip.model.function import Function
from onezip.model.project import Origin, Project

pytestmark = needs_go

MAIN = "package main\n\nfunc main() { println(1) }\n"
EMBED = """package main

import "embed"

//go:embed all:web
var f embed.FS

func main() {
	data, _ := f.ReadFile("web")
	println(string(data))
}
"""


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of the commands that were run; onezip's folders are this test's own."""
    monkeypatch.setenv("ONEZIP_HOME", str(tmp_path / "home"))
    titles: list[str] = []
    really = process.run

    def run(command: Command, **more: object) -> process.Finished:
        titles.append(command.title)
        return really(command, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "run", run)
    return titles


def build(root: Path, functions: Sequence[Function]) -> Outcome:
    (root / "onezip.toml").touch()
    project = Project(str(root), Origin.ONEZIP_TOML, "onezip.toml", {one.name: one for one in functions})
    return engine.build(project)


def statuses(outcome: Outcome) -> dict[str, str]:
    return {built.function: built.status for built in outcome.built}


def test_many_functions_are_asked_about_and_built_once(tmp_path: Path, ran: list[str]) -> None:
    files = {f"cmd/f{n}/m.go": MAIN.replace("1", str(n)) for n in range(12)}
    root = write(tmp_path / "p", {"go.mod": "module example.com/a\n\ngo 1.24\n", **files})
    some = [function(f"f{n}", f"cmd/f{n}") for n in range(12)]
    assert set(statuses(build(root, some)).values()) == {"built"}
    assert sorted(ran) == ["go build", "go list"]
    ran.clear()
    assert set(statuses(build(root, some)).values()) == {"unchanged"}
    assert ran == []


def test_a_new_file_in_an_embedded_folder_is_noticed(tmp_path: Path, ran: list[str]) -> None:
    files = {"web/a/b/c.txt": "1", "web/other/x.txt": "1", "m.go": EMBED}
    root = write(tmp_path / "p", {"go.mod": "module example.com/a\n\ngo 1.24\n", **files})
    (root / "web" / "empty").mkdir()
    some = [function("f")]
    assert statuses(build(root, some)) == {"f": "built"}
    assert statuses(build(root, some)) == {"f": "unchanged"}
    for new in ("web/a/b/.d.txt", "web/a/new/deep/e.txt", "web/empty/f.txt"):
        write(root, {new: "some new content"})
        ran.clear()
        assert statuses(build(root, some)) == {"f": "built"}, new
        assert ran
    with zipfile.ZipFile(root / "dist" / "f.zip") as archive:
        assert archive.read("bootstrap").count(b"some new content") >= 1


def test_one_broken_function_leaves_the_others(tmp_path: Path, ran: list[str]) -> None:
    root = write(
        tmp_path / "p",
        {
            "go.mod": "module example.com/a\n\ngo 1.24\n",
            "good/m.go": MAIN,
            "fine/m.go": MAIN,
            "wrong/m.go": MAIN.replace("1", "undefined"),
            "missing/m.go": MAIN.replace("func", 'import _ "x.test/y"\n\nfunc', 1),
        },
    )
    names = ["good", "fine", "wrong", "missing", "nowhere"]
    some = [*(function(name, name) for name in names), function("flag", "good", ldflags=("-extld=sh",))]
    outcome = build(root, some)
    assert statuses(outcome) == {"good": "built", "fine": "built"}
    assert {name: error.code for name, error in outcome.failed} == {
        "wrong": "build.failed",
        "missing": "go.module",
        "nowhere": "project.source",
        "flag": "go.flag",
    }
    assert ran.count("go list") == 1
    message = next(error for name, error in outcome.failed if name == "wrong")
    assert "undefined: undefined" in str(getattr(message, "output", ""))


@pytest.mark.ring2
def test_hundreds_of_programs_of_one_module(tmp_path: Path, ran: list[str]) -> None:
    count = 200
    files = {f"cmd/f{n}/m.go": MAIN.replace("1", str(n)) for n in range(count)}
    root = write(tmp_path / "p", {"go.mod": "module example.com/a\n\ngo 1.24\n", **files})
    some = [function(f"f{n}", f"cmd/f{n}") for n in range(count)]
    outcome = build(root, some)
    assert outcome.failed == ()
    assert list(statuses(outcome)) == [one.name for one in some]
    assert set(ran) == {"go build", "go list"}
    assert len(ran) < 8  # a command line holds so many
    assert len({built.record["sha256"] for built in outcome.built}) == count
    ran.clear()
    (root / "cmd/f7/m.go").write_text(MAIN.replace("1", "777"))
    now = statuses(build(root, some))
    assert {name for name, status in now.items() if status != "unchanged"} == {"f7"}
    assert sorted(ran) == ["go build", "go list"]
