"""Builds of the user's own: what counts, what runs, what is taken; then real ones by `onezip build`."""

import json
import os
import stat
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builder.elf_samples import AARCH64, elf
from builder.go_driver import read_from, write
from onezip.builder import engine
from onezip.builder.languages import command
from onezip.builder.languages.base import Explained, Staged, Tool
from onezip.builder.program import program
from onezip.config.parse import parse
from onezip.errors import OnezipError, ProjectError, Severity, ToolMissing
from onezip.limits import RUNTIMES
from onezip.model.build import Product
from onezip.model.function import CommandSettings, Function, Handler, Language
from onezip.model.place import Place
from onezip.model.project import Origin, Project

TOOL = Tool("cargo", "/opt/bin/cargo", "as found", exact=False)


def function(
    name: str = "hello", source: str = "svc", *, runtime: str = "provided.al2023", **settings: Any
) -> Function:
    given: dict[str, Any] = {"run": ("cargo", "build"), "inputs": ("src/**",), "output": "out", **settings}
    return Function(
        name,
        Language.COMMAND,
        source,
        RUNTIMES[runtime],
        Handler("bootstrap" if runtime.startswith("provided") else "app.handler"),
        command=CommandSettings(**given),
    )


# ---- inputs ---------------------------------------------------------------------------------------------


def inputs(root: Path, *patterns: str, output: str = "out", source: str = "svc") -> set[str]:
    """The files that count, relative to the project, as a real look at a folder tells them."""
    wanted = function(source=source, inputs=patterns, output=output)
    [probe] = command.probes(str(root), [wanted], None)
    done = subprocess.run(
        probe.command.argv, cwd=probe.command.cwd, capture_output=True, text=True, check=True
    )
    found = command.facts(str(root), wanted, done.stdout, read_from({}))
    assert all(os.path.isdir(folder) for folder in found.folders)
    return {os.path.relpath(path, root).replace(os.sep, "/") for path in found.files}


TREE = {
    "svc/Cargo.toml": "",
    "svc/src/main.rs": "",
    "svc/src/in/lib.rs": "",
    "svc/src/in/notes.txt": "",
    "svc/out/old.rs": "",
    "svc/target/CACHEDIR.TAG": "",
    "svc/target/debug/build.rs": "",
    "svc/.git/x.rs": "",
    "svc/nested/Cargo.toml": "",
    "svc/nested/src/main.rs": "",
    "shared/a.rs": "",
    "shared/deep/b.rs": "",
    "top.rs": "",
}


@pytest.mark.parametrize(
    ("patterns", "files"),
    [
        (["src/**"], {"src/main.rs", "src/in/lib.rs", "src/in/notes.txt"}),
        (["src/main.rs"], {"src/main.rs"}),
        (["./src/main.rs"], {"src/main.rs"}),
        (["/src"], {"src/main.rs", "src/in/lib.rs", "src/in/notes.txt"}),
        (["/Cargo.toml"], {"Cargo.toml"}),
        (["Cargo.toml"], {"Cargo.toml", "nested/Cargo.toml"}),
        (["*.rs"], {"src/main.rs", "src/in/lib.rs", "nested/src/main.rs"}),
        (["src/**", "!*.txt"], {"src/main.rs", "src/in/lib.rs"}),
        (["src/*.rs"], {"src/main.rs"}),
        (["src/", "!nested/"], {"src/main.rs", "src/in/lib.rs", "src/in/notes.txt"}),
        (["target/debug/build.rs"], {"target/debug/build.rs"}),
        (["../shared"], {"../shared/a.rs", "../shared/deep/b.rs"}),
        (["../shared/*.rs"], {"../shared/a.rs"}),
        (["../shared/**/b.rs", "/Cargo.toml"], {"../shared/deep/b.rs", "Cargo.toml"}),
        (["../*.rs"], {"../top.rs"}),
        (["../shared/", "!../shared/deep"], {"../shared/a.rs"}),
        (["**/*.toml"], {"Cargo.toml", "nested/Cargo.toml"}),
        (["../", "!../svc/"], {"../shared/a.rs", "../shared/deep/b.rs", "../top.rs"}),
        (
            ["../shared/*.rs", "*.rs"],
            {"../shared/a.rs", "src/main.rs", "src/in/lib.rs", "nested/src/main.rs"},
        ),
    ],
)
def test_inputs(tmp_path: Path, patterns: list[str], files: set[str]) -> None:
    root = write(tmp_path, TREE)
    assert inputs(root, *patterns) == {os.path.normpath(f"svc/{name}").replace(os.sep, "/") for name in files}


@pytest.mark.parametrize(
    ("patterns", "words"),
    [
        (["src/**", "nope.rs"], "input 'nope.rs' is not there"),
        (["src/**", "../nope"], "input '../nope' is not there"),
        (["*.zig"], "no file matches '*.zig'"),
        (["out/old.rs"], "input 'out/old.rs' is not there"),
        (["src/**", "!src/**"], "no file matches 'src/**', '!src/**'"),
        (["src/**", "!src"], "no file matches 'src/**', '!src'"),
        (["**", "!*/", "!*.toml"], "no file matches '**', '!*/', '!*.toml'"),
    ],
)
def test_inputs_that_are_not_there(tmp_path: Path, patterns: list[str], words: str) -> None:
    with pytest.raises(ProjectError) as caught:
        inputs(write(tmp_path, TREE), *patterns)
    assert caught.value.code == "command.inputs"
    assert caught.value.message == f"hello: {words}"


def test_an_output_file_is_no_input(tmp_path: Path) -> None:
    root = write(tmp_path, TREE)
    assert "svc/src/main.rs" not in inputs(root, "src/**", output="src/main.rs")


def test_a_program_of_the_project_is_an_input() -> None:
    answer = json.dumps({"src": ["a.c"]})
    found = command.facts("/p", function(run=("./build.sh", "x")), answer, read_from({}))
    assert found.files == ("/p/svc/build.sh", "/p/svc/src/a.c")
    assert found.folders == ("/p/svc/src",)


# ---- recipes --------------------------------------------------------------------------------------------


def test_the_command_runs_in_its_folder_and_its_output_is_copied() -> None:
    wanted = function()
    [recipe] = command.recipes("/p", [wanted], {}, TOOL)
    run, copy = recipe.commands
    assert (run.argv, run.cwd, run.title) == (("/opt/bin/cargo", "build"), "/p/svc", "cargo build")
    assert run.env == {"SOURCE_DATE_EPOCH": "315532800", "TZ": "UTC"}
    assert copy.argv[0] == sys.executable
    assert copy.argv[-3:] == ("/p/svc/out", "{staging}/hello", "bootstrap")
    assert recipe.products == (Product("hello", "{staging}/hello"),)
    [cause] = recipe.components
    assert (cause.name, cause.detail) == ("command", "cargo build")


def test_functions_with_one_command_share_its_run() -> None:
    some = [function("a", output="out/a"), function("b", output="out/b"), function("c", run=("make",))]
    made = command.recipes("/p", some, {}, TOOL)
    assert [recipe.functions for recipe in made] == [("a", "b"), ("c",)]
    assert len(made[0].commands) == 3
    assert {product.path for product in made[0].products} == {"{staging}/a", "{staging}/b"}


def test_without_a_program() -> None:
    with pytest.raises(ToolMissing):
        command.recipes("/p", [function()], {}, None)


def test_where_a_program_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path / "p", {"svc/build.sh": "", "svc/make": ""})
    tool = write(tmp_path / "bin", {"make": "#!/bin/sh\n"}) / "make"
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tool.parent))
    monkeypatch.chdir(root / "svc")
    found = program(str(root), function(run=("make",)))
    assert found is not None
    assert (found.name, found.path) == ("make", str(tool))
    found = program(str(root), function(run=("./build.sh",)))
    assert found is not None
    assert found.path == str(root / "svc" / "build.sh")
    for name, words in (("cmake", "no cmake on PATH"), ("./nope.sh", "no ./nope.sh in svc")):
        with pytest.raises(ToolMissing, match=words):
            program(str(root), function(run=(name,)))
    with pytest.raises(ProjectError, match="nope is no folder"):
        program(str(root), function(source="nope"))


# ---- what it left ---------------------------------------------------------------------------------------


def staged(**files: bytes) -> Staged:
    return Staged(sorted(files), files.__getitem__)


def test_a_bootstrap_is_looked_at() -> None:
    assert command.harvest(function(), staged(bootstrap=elf(), other=b"x")).diagnostics == ()
    assert command.harvest(function(), staged(bootstrap=b"#!/bin/sh\n")).diagnostics == ()
    [wrong] = command.harvest(function(), staged(bootstrap=elf(AARCH64))).diagnostics
    assert (wrong.code, wrong.severity) == ("prebuilt.architecture", Severity.ERROR)
    assert wrong.message.startswith("hello: bootstrap is an executable for arm64")
    [wrong] = command.harvest(function(), staged(bootstrap=b"MZ")).diagnostics
    assert wrong.code == "prebuilt.format"


def test_no_bootstrap() -> None:
    [wrong] = command.harvest(function(), staged(hello=b"", readme=b"")).diagnostics
    assert (wrong.code, wrong.message) == (
        "archive.bootstrap",
        "hello: out holds no bootstrap, but hello, readme",
    )
    [wrong] = command.harvest(function(), staged()).diagnostics
    assert wrong.message.endswith("but nothing")


def test_a_command_may_build_for_python() -> None:
    wanted = function(runtime="python3.13")
    assert command.harvest(wanted, staged(app=b"")).diagnostics == ()
    assert command.check(wanted, ["app.py"]) == ()
    [found] = command.check(wanted, ["main.py"])
    assert found.code == "python.handler"
    [recipe] = command.recipes("/p", [wanted], {}, TOOL)
    assert recipe.commands[1].argv[-1] == ""


def test_the_promise_is_the_commands() -> None:
    [found] = command.warnings(
        function(), command.facts("/p", function(), '{"src": ["a"]}', read_from({})), TOOL, ()
    )
    assert (found.code, found.severity) == ("command.unproven", Severity.WARNING)
    assert found.message == "hello: the bytes are only as reproducible as `cargo build`"


def test_what_the_copy_says() -> None:
    told = command.explain(function(), "noise\nonezip: no output\n")
    assert (told.code, told.message) == ("command.output", "the command left no out")
    assert command.explain(function(), "error: could not compile") == Explained()


# ---- the project file -----------------------------------------------------------------------------------


def parsed(**table: Any) -> Project:
    return parse(
        {"functions": {"f": {"source": "svc", **table}}},
        root="/p",
        file="onezip.toml",
        origin=Origin.ONEZIP_TOML,
        place=lambda path: Place(".".join(path)),
        is_file=lambda _path: False,
    )


FULL = {"run": ["make", "-s"], "inputs": ["*.c"], "output": "out"}


def test_the_table_is_read() -> None:
    found = parsed(command=FULL).functions["f"]
    assert found.language is Language.COMMAND
    assert found.command == CommandSettings(("make", "-s"), ("*.c",), "out")
    assert found.runtime.id == "provided.al2023"
    found = parsed(command={**FULL, "run": "make 'two words'", "inputs": "*.c"}).functions["f"]
    assert found.command == CommandSettings(("make", "two words"), ("*.c",), "out")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"command": {}}, "functions.f.command has no run"),
        ({"command": {**FULL, "inputs": []}}, "functions.f.command has no inputs"),
        ({"command": {**FULL, "output": ""}}, "functions.f.command has no output"),
        ({"command": {**FULL, "output": "."}}, "the output must not be the source folder itself"),
        ({"command": {**FULL, "output": "/out"}}, "'/out' is not a path that every machine has"),
        ({"command": {**FULL, "run": "make 'x"}}, "no closing quotation"),
        ({"command": FULL, "language": "go"}, "go builds without a command"),
        ({"language": "command"}, "functions.f.command has no run"),
        ({"command": FULL, "runtime": "python3.13"}, "functions.f has no handler"),
        ({"command": FULL, "runtime": "go1.x"}, "AWS closed go1.x"),
    ],
)
def test_mistakes_in_the_table(table: dict[str, Any], words: str) -> None:
    with pytest.raises(ProjectError) as caught:
        parsed(**table)
    assert any(words in found.message for found in caught.value.diagnostics())


# ---- real builds ----------------------------------------------------------------------------------------

SCRIPT = """import os, pathlib, sys
out = pathlib.Path(sys.argv[1])
out.parent.mkdir(parents=True, exist_ok=True)
text = "#!/bin/sh\\n# " + pathlib.Path("src/a.txt").read_text()
text += " ".join(sorted(n for n in os.environ if n in {"SECRET", "PASSED", "TZ", "AWS_PROFILE"})) + "\\n"
if out.suffix == ".d":
    out.mkdir(exist_ok=True)
    out = out / "bootstrap"
if len(sys.argv) < 3:
    out.write_text(text)
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ONEZIP_HOME", str(tmp_path / "home"))
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "py").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", f"{bin_folder}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def make(
    home: Path, *run: str, output: str = "out/program", pass_env: tuple[str, ...] = ()
) -> tuple[Path, Function]:
    root = write(home / "p", {"svc/build.py": SCRIPT, "svc/src/a.txt": "one\n"})
    (root / "onezip.toml").touch()
    wanted = function(run=("py", "build.py", *run), inputs=("src/**", "build.py"), output=output)
    return root, replace(wanted, pass_env=pass_env)


def built(root: Path, wanted: Function) -> tuple[str, dict[str, bytes], list[str]]:
    """status, the zip's files, and the codes of what was reported."""
    reported: list[str] = []
    outcome = engine.build(
        Project(str(root), Origin.ONEZIP_TOML, "onezip.toml", {wanted.name: wanted}),
        report=lambda found: reported.append(found.code),
    )
    if outcome.failed:
        raise outcome.failed[0][1]
    [done] = outcome.built
    with zipfile.ZipFile(done.path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
        assert all(stat.S_IMODE(archive.getinfo(name).external_attr >> 16) == 0o755 for name in files)
    return done.status, files, reported


needs_links = pytest.mark.skipif(sys.platform == "win32", reason="stands in links for programs")


@needs_links
def test_a_file_becomes_the_bootstrap(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "1")
    monkeypatch.setenv("AWS_PROFILE", "1")
    monkeypatch.setenv("PASSED", "1")
    root, wanted = make(home, "out/program", pass_env=("PASSED",))
    status, files, reported = built(root, wanted)
    assert status == "built"
    assert files == {"bootstrap": b"#!/bin/sh\n# one\nPASSED TZ\n"}
    assert reported == ["command.unproven"]
    assert built(root, wanted)[0] == "unchanged"
    write(root, {"svc/src/a.txt": "two\n"})
    status, files, _ = built(root, wanted)
    assert (status, b"# two" in files["bootstrap"]) == ("built", True)
    write(root, {"svc/notes.txt": "does not count\n"})
    assert built(root, wanted)[0] == "unchanged"
    write(root, {"svc/src/b.txt": "counts\n"})
    assert built(root, wanted)[0] == "built"


@needs_links
def test_a_folder_becomes_the_content(home: Path) -> None:
    root, wanted = make(home, "out.d", output="out.d")
    assert list(built(root, wanted)[1]) == ["bootstrap"]


@needs_links
def test_the_same_bytes_in_another_folder(home: Path) -> None:
    root, wanted = make(home, "out/program")
    built(root, wanted)
    one = (root / "dist" / "hello.zip").read_bytes()
    other = home / "elsewhere"
    os.rename(root, other)
    assert built(other, wanted)[0] == "cached"
    assert (other / "dist" / "hello.zip").read_bytes() == one


@needs_links
@pytest.mark.parametrize(
    ("run", "code", "message"),
    [
        (("out/program", "nothing"), "command.output", "hello: the command left no out/program"),
        ((), "build.failed", "hello: py build.py failed"),
    ],
)
def test_a_command_that_fails(home: Path, run: tuple[str, ...], code: str, message: str) -> None:
    root, wanted = make(home, *run)
    with pytest.raises(OnezipError) as caught:
        built(root, wanted)
    assert (caught.value.code, caught.value.message) == (code, message)
