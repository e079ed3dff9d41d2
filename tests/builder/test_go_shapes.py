"""Projects of every shape, built for real: shared answers, programs that share a folder, what is embedded."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from builder.go_driver import SAMPLE, build, facts, function, needs_go, read, write
from onezip.builder import toolchain
from onezip.builder.languages import go
from onezip.errors import BuildFailed, OnezipError, ProjectError
from onezip.model.build import Facts
from onezip.model.function import Function
from onezip.process import run

pytestmark = needs_go

SAMPLES = SAMPLE.parent
MODULE = "module example.com/a\n\ngo 1.24\n"
USES_LIB = 'import "example.com/a/lib"\n\n'
MAIN = "package main\n\nfunc main() { println(1) }\n"


def test_an_empty_folder_that_a_pattern_takes(tmp_path: Path) -> None:
    source = 'package main\n\nimport "embed"\n\n//go:embed *\nvar f embed.FS\n\nfunc main() { _ = f }\n'
    root = write(tmp_path / "p", {"go.mod": MODULE, "m.go": source})
    (root / "dist").mkdir()
    with pytest.raises(BuildFailed, match=r"not there: files in dist \(embedded at m.go:5\)"):
        facts(root, function())


def together(root: Path, functions: Sequence[Function]) -> dict[str, Facts | OnezipError]:
    """Each function's facts out of one shared answer."""
    tools = [toolchain.go(str(root), one, read) for one in functions]
    assert len(set(map(repr, tools))) == 1
    [probe] = go.probes(str(root), functions, tools[0])
    assert set(probe.functions) == {one.name for one in functions}
    done = run(probe.command)
    assert done.code == 0, done.stderr
    found: dict[str, Facts | OnezipError] = {}
    for one in functions:
        try:
            found[one.name] = go.facts(str(root), one, done.stdout, read)
        except OnezipError as error:
            found[one.name] = error
    return found


def names(root: Path, found: Facts | OnezipError) -> set[str]:
    assert isinstance(found, Facts), found
    return {os.path.relpath(path, root).replace(os.sep, "/") for path in found.files}


def test_one_answer_for_a_module_is_what_single_answers_are(tmp_path: Path) -> None:
    root = write(
        tmp_path / "p",
        {
            "svc/go.mod": MODULE,
            "svc/lib/l.go": "package lib\n",
            "svc/cmd/a/m.go": MAIN.replace("func", 'import _ "example.com/a/lib"\n\nfunc', 1),
            "svc/cmd/b/m.go": MAIN,
            "svc/cmd/many/one.go": MAIN,
            "svc/cmd/many/two.go": MAIN,
        },
    )
    some = [
        function("a", "svc/cmd/a"),
        function("b", "svc", package="cmd/b"),
        function("one", "svc/cmd/many", package="one.go"),
        function("two", "svc", package="cmd/many/two.go"),
    ]
    found = together(root, some)
    assert names(root, found["a"]) == {"svc/go.mod", "svc/lib/l.go", "svc/cmd/a/m.go"}
    for one in some:
        assert found[one.name] == facts(root, one)


def test_mistakes_stay_with_their_functions(tmp_path: Path) -> None:
    root = write(
        tmp_path / "p",
        {
            "go.mod": MODULE,
            "good/m.go": MAIN,
            "other/go.mod": MODULE.replace("/a", "/b"),
            "other/m.go": MAIN,
            "std/m.go": MAIN.replace("func", 'import _ "fmtt"\n\nfunc', 1),
            "tidy/m.go": MAIN.replace("func", 'import _ "x.test/y"\n\nfunc', 1),
            "lib/l.go": "package lib\n",
            "mixed/a.go": MAIN,
            "mixed/b.go": "package lib\n",
            "cycle/m.go": MAIN.replace("func", 'import _ "example.com/a/c1"\n\nfunc', 1),
            "c1/c.go": 'package c1\n\nimport _ "example.com/a/c2"\n',
            "c2/c.go": 'package c2\n\nimport _ "example.com/a/c1"\n',
            "has blank/m.go": MAIN,
            "syntax/m.go": "package main\n\nfunc main( {\n",
        },
    )
    wanted = ["good", "other", "none", "std", "tidy", "lib", "mixed", "cycle", "has blank"]
    some = [function(name.replace(" ", "-"), package=name) for name in wanted]
    found = together(root, some)
    assert isinstance(found.pop("good"), Facts)
    told = {
        name: (error.code, str(getattr(error, "output", "") or error.message))
        for name, error in found.items()
        if isinstance(error, OnezipError)
    }
    expected = {
        "other": ("go.module", "does not contain package"),
        "none": ("project.source", "directory not found"),
        "std": ("build.failed", "fmtt is not in std"),
        "tidy": ("go.module", "no required module provides"),
        "lib": ("go.not-main", "is package lib"),
        "mixed": ("build.failed", "found packages"),
        "cycle": ("build.failed", "import cycle not allowed"),
        "has-blank": ("build.failed", "malformed import path"),
    }
    assert told.keys() == expected.keys()
    for name, (code, words) in expected.items():
        assert told[name][0] == code, name
        assert words in told[name][1], name


def test_functions_of_two_modules_are_not_asked_about_together(tmp_path: Path) -> None:
    root = write(tmp_path, {"a/go.mod": MODULE, "a/x/m.go": MAIN, "b/go.mod": MODULE, "b/m.go": MAIN})
    tools = [toolchain.go(str(root), function(source=source), read) for source in ("a", "a/x", "b")]
    assert [tool.module for tool in tools] == [str(root / "a"), str(root / "a"), str(root / "b")]


@pytest.mark.parametrize(
    ("files", "source"),
    [
        ({"m.go": MAIN}, "."),
        ({"a/go.mod": MODULE, "a/x/m.go": MAIN, "a/x/go.work": "go 1.24\n"}, "a/x"),
    ],
)
def test_odd_places_are_asked_about_one_by_one(tmp_path: Path, files: dict[str, str], source: str) -> None:
    root = write(tmp_path, files)
    assert toolchain.go(str(root), function(source=source), read).module == ""


@pytest.mark.skipif(sys.platform == "win32", reason="makes links")
def test_places_behind_links_are_asked_about_one_by_one(tmp_path: Path) -> None:
    write(tmp_path / "real", {"go.mod": MODULE, "a/m.go": MAIN, "b/m.go": MAIN})
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    some = [function("a", "a"), function("b", "b")]
    tool = toolchain.go(str(link), some[0], read)
    assert tool.module == ""
    assert len(go.probes(str(link), some, tool)) == 2
    for one in some:
        assert facts(link, one).details["package"] == f"example.com/a/{one.name}"


# ---- programs that share a folder -----------------------------------------------------------------------


def test_each_program_of_a_folder(tmp_path: Path) -> None:
    root = write(
        tmp_path / "p",
        {
            "go.mod": MODULE,
            "cmd/one.go": MAIN.replace("1", "lib.A, help()").replace("func", f"{USES_LIB}func"),
            "cmd/two.go": "package main\n\nfunc main() { println(2, help()) }\n",
            "cmd/help.go": 'package main\n\nimport _ "embed"\n\n//go:embed words.txt\nvar words string\n\n'
            "func help() string { return words }\n",
            "cmd/words.txt": "some-words",
            "cmd/one_test.go": "package main\n",
            "cmd/main_windows.go": MAIN,
            "lib/l.go": 'package lib\n\nconst A = "lib"\n',
        },
    )
    one, two = function("one", "cmd", package="one.go"), function("two", package="cmd/two.go")
    built = build(root, one, two)
    assert b"some-words" in built["one"]
    assert str(tmp_path).encode() not in built["one"]
    assert built["one"] != built["two"]
    assert names(root, facts(root, two)) == {
        "go.mod", "cmd/one.go", "cmd/two.go", "cmd/help.go", "cmd/words.txt", "cmd/main_windows.go",
    }  # fmt: skip
    assert built["two"] == build(root, function("two", "cmd", package="./two.go"))["two"]
    write(root, {"cmd/one.go": "package main\n\nfunc init() { println(3) }\n"})
    assert build(root, two)["two"] != built["two"]  # it lost its main, so it joins


def test_a_sample_of_programs_in_one_folder(tmp_path: Path) -> None:
    root = SAMPLES / "go_programs"
    wanted = [function(name, "handlers", package=f"{name}.go") for name in ("create", "delete")]
    assert set(build(root, *wanted, staging=tmp_path)) == {"create", "delete"}


# ---- embedded -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "old", "new", "noticed"),
    [
        ("web", "web/a.txt", "web/b/c/d.txt", True),
        ("all:web", "web/a.txt", "web/b/.c", True),
        ("web/*", "web/a.txt", "web/b/c.txt", True),
        ("*.txt", "a.txt", "b.txt", True),
        ("*", "web/a.txt", "web/b/c.txt", True),
        ("*/x.txt", "web/x.txt", "more/x.txt", True),
    ],
)
def test_a_new_embedded_file_is_noticed(
    tmp_path: Path, pattern: str, old: str, new: str, noticed: bool
) -> None:
    source = (
        f'package main\n\nimport "embed"\n\n//go:embed {pattern}\nvar f embed.FS\n\nfunc main() {{ _ = f }}\n'
    )
    root = write(tmp_path / "p", {"go.mod": MODULE, "m.go": source, old: "1"})
    (root / "web").mkdir(exist_ok=True)
    if pattern != "*":
        (root / "more").mkdir()
    before = facts(root, function())
    watched = {*before.folders, *(path for tree in before.trees for path, _, _ in os.walk(tree))}
    listings = {folder: sorted(os.listdir(folder)) for folder in watched}
    write(root, {new: "2"})
    changed = any(sorted(os.listdir(folder)) != was for folder, was in listings.items())
    assert changed == noticed
    assert str(root / new) in facts(root, function()).files


# ---- what is generated ----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["module", "workspace", "vendor", "replace"])
def test_what_is_not_generated_is_listed(tmp_path: Path, shape: str) -> None:
    files = {
        "app/go.mod": MODULE,
        "app/cmd/m.go": 'package main\n\nimport (\n\t_ "example.com/a/gen"\n\t_ "example.com/a/lib"\n)\n\n'
        "func main() {}\n",
        "app/lib/l.go": 'package lib\n\nimport "embed"\n\n//go:embed dist/*.js\nvar f embed.FS\n',
    }
    wanted = "app: not there: example.com/a/gen (imported at {0}:4), dist/*.js (embedded at {1}:5)"
    if shape == "workspace":
        files["go.work"] = "go 1.24\n\nuse ./app\n"
    if shape == "vendor":
        files["app/vendor/modules.txt"] = ""
    if shape == "replace":
        files["app/go.mod"] += "\nrequire example.com/l v0.0.0\n\nreplace example.com/l => ../l\n"
        files["l/go.mod"] = "module example.com/l\n\ngo 1.24\n"
        files["l/x/l.go"] = "package x\n"
        files["app/cmd/m.go"] = files["app/cmd/m.go"].replace(
            "func", 'import _ "example.com/l/x/gen"\n\nfunc'
        )
        files["app/cmd/m.go"] = files["app/cmd/m.go"].replace("func", 'import _ "example.com/l/x"\n\nfunc')
        wanted = wanted.replace("dist", "example.com/l/x/gen (imported at {0}:10), dist")
    root = write(tmp_path / "p", files)
    with pytest.raises(BuildFailed) as caught:
        facts(root, function("app", "app", package="cmd"))
    assert caught.value.code == "go.generated"
    told = caught.value.message.replace(os.sep, "/")
    assert told.startswith("app: not there: ")
    for item in wanted.format("cmd/m.go", "lib/l.go").removeprefix("app: not there: ").split(", "):
        assert item.partition(" (")[0] in told, item
    assert "m.go:4" in told


# ---- workspaces, vendored, replaced ---------------------------------------------------------------------


def test_a_workspace_with_several_modules(tmp_path: Path) -> None:
    root = SAMPLES / "go_workspace"
    some = [
        function("api", "services/api"),
        function("worker", "services/worker", package="cmd/worker"),
        function("from-the-top", package="services/api"),
    ]
    built = build(root, *some, staging=tmp_path)
    assert built["api"] == built["from-the-top"]
    found = facts(root, some[0])
    assert {
        "go.work",
        "services/api/go.mod",
        "services/worker/go.mod",
        "shared/go.mod",
        "shared/words.go",
    } < (names(root, found))


def test_a_vendored_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(
        tmp_path / "p",
        {
            "go.work": "go 1.24\n\nuse ./app\n",
            "app/go.mod": f"{MODULE}\nrequire x.test/y v1.0.0\n",
            "app/m.go": 'package main\n\nimport "x.test/y"\n\nfunc main() { println(y.Y) }\n',
            "vendor/modules.txt": "## workspace\n# x.test/y v1.0.0\n## explicit\nx.test/y\n",
            "vendor/x.test/y/y.go": "package y\n\nconst Y = 1\n",
        },
    )
    monkeypatch.setenv("GOPROXY", "off")
    wanted = function("app", "app")
    assert {"vendor/modules.txt", "vendor/x.test/y/y.go"} < names(root, facts(root, wanted))
    assert build(root, wanted)["app"]


@pytest.mark.parametrize("target", ["../lib", "../../lib", "./lib"])
def test_replaced_siblings_parents_and_children(tmp_path: Path, target: str) -> None:
    lib = os.path.normpath(os.path.join("deep/app", target))
    root = write(
        tmp_path / "p",
        {
            "deep/app/go.mod": f"{MODULE}\nrequire x.test/lib v0.0.0\n\nreplace x.test/lib => {target}\n",
            "deep/app/m.go": 'package main\n\nimport "x.test/lib"\n\nfunc main() { println(lib.A) }\n',
            f"{lib}/go.mod": "module x.test/lib\n\ngo 1.24\n",
            f"{lib}/l.go": "package lib\n\nconst A = 1\n",
        },
    )
    wanted = function("app", "deep/app")
    assert f"{lib}/l.go" in names(root, facts(root, wanted))
    assert build(root, wanted)["app"]


def test_a_workspace_that_names_a_folder_without_a_module(tmp_path: Path) -> None:
    root = write(
        tmp_path / "p", {"go.work": "go 1.24\n\nuse (\n\t./app\n\t./gone\n)\n", "app/go.mod": MODULE}
    )
    told = failure_of(write(root, {"app/m.go": MAIN}), function("app", "app"))
    assert told.code == "go.module"
    assert "a `use` line of go.work names" in told.hint


def failure_of(root: Path, wanted: Function) -> Any:
    tool = toolchain.go(str(root), wanted, read)
    [probe] = go.probes(str(root), [wanted], tool)
    done = run(probe.command)
    if done.code != 0:
        return go.explain(wanted, done.stderr)
    with pytest.raises((ProjectError, BuildFailed)) as caught:
        go.facts(str(root), wanted, done.stdout, read)
    return caught.value
