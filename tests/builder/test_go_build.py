"""Real builds with the real compiler: equal bytes, every shape of module, errors as Go words them."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from builder.go_driver import ask, build, copy, execute, facts, function, needs_go, read, recipes, write
from onezip.builder import toolchain
from onezip.builder.languages import go
from onezip.errors import BuildFailed, ProjectError
from onezip.model.function import Architecture

pytestmark = needs_go

GOLDEN = {
    Architecture.X86_64: "05cf16241ba61ce62af08d8804a8f49d29b57a0fb497ab80eba0a64b822d27e7",
    Architecture.ARM64: "ba9a3b8d0b58ae285ad044294f8411e263ee33bd022ed3f9d828b0bed3ead419",
}
"""SHA-256 of the sample's program by Go 1.26.8, which its go.mod pins. It must hold on every system."""

HELLO = function()
MAIN = 'package main\n\nvar name = "?"\n\nfunc main() { println(name) }\n'


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def run_go(folder: Path, *arguments: str) -> None:
    go_here = toolchain.find_go(str(folder)).path
    environment = {**os.environ, "GOFLAGS": "", "GOTOOLCHAIN": "local"}
    subprocess.run([go_here, *arguments], cwd=folder, env=environment, check=True, capture_output=True)


# ---- the same bytes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("architecture", Architecture)
def test_the_sample_is_golden(tmp_path: Path, architecture: Architecture) -> None:
    root = copy(tmp_path / "a")
    data = build(root, function(architecture=architecture))["hello"]
    assert sha256(data) == GOLDEN[architecture]
    assert str(tmp_path).encode() not in data
    assert b"net/rpc" not in data  # the tag lambda.norpc


def git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def in_git(root: Path, patch: pytest.MonkeyPatch) -> None:
    del patch
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    write(root, {"notes.txt": "an unclean tree"})


def with_flags(root: Path, patch: pytest.MonkeyPatch) -> None:
    del root
    flags = {
        "GOFLAGS": "-tags=evil -buildvcs=true",
        "GOEXPERIMENT": "arenas",
        "GOAMD64": "v3",
        "GOOS": "darwin",
    }
    for name, value in {**flags, "CGO_ENABLED": "1", "GOTOOLCHAIN": "go1.21.0", "GODEBUG": "x=1"}.items():
        patch.setenv(name, value)


STRAY = (
    "GOFLAGS=-tags=evil\nGOAMD64=v3\nGOARM64=v9.0\nGOEXPERIMENT=arenas\nCGO_ENABLED=1\nGOTOOLCHAIN=go1.21.0\n"
)


def with_go_env(root: Path, patch: pytest.MonkeyPatch) -> None:
    write(root.parent, {"stray": STRAY})
    patch.setenv("GOENV", str(root.parent / "stray"))


def with_go_env_at_its_own_place(root: Path, patch: pytest.MonkeyPatch) -> None:
    write(root.parent, {"config/go/env": STRAY})
    patch.setenv("XDG_CONFIG_HOME", str(root.parent / "config"))


def with_a_date(root: Path, patch: pytest.MonkeyPatch) -> None:
    del root
    for name, value in {"SOURCE_DATE_EPOCH": "1", "TZ": "Asia/Kathmandu", "LANG": "C", "LC_ALL": "C"}.items():
        patch.setenv(name, value)


def with_an_umask(root: Path, patch: pytest.MonkeyPatch) -> None:
    del patch
    os.umask(0o077)
    (root / "main.go").chmod(0o600)


def with_old_files(root: Path, patch: pytest.MonkeyPatch) -> None:
    del patch
    for path in root.rglob("*"):
        os.utime(path, (1, 1))


def with_another_name(root: Path, patch: pytest.MonkeyPatch) -> None:
    del root, patch


VARIANTS: list[Callable[[Path, pytest.MonkeyPatch], None]] = [
    in_git, with_flags, with_go_env, with_go_env_at_its_own_place, with_a_date, with_an_umask, with_old_files,
    with_another_name,
]  # fmt: skip


@pytest.mark.parametrize("vary", VARIANTS)
def test_the_surroundings_do_not_reach_the_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vary: Callable[[Path, pytest.MonkeyPatch], None]
) -> None:
    root = copy(tmp_path / "another folder" / vary.__name__)
    mask = os.umask(0o022)
    try:
        vary(root, monkeypatch)
        assert sha256(build(root, HELLO)["hello"]) == GOLDEN[Architecture.X86_64]
    finally:
        os.umask(mask)


def test_one_build_of_many_gives_the_bytes_of_single_builds(tmp_path: Path) -> None:
    root = copy(tmp_path / "a")
    two = function("two", package="cmd/two")
    three = function("three", "cmd/two")
    assert len(recipes(root, [HELLO, two, three])) == 1
    together = build(root, HELLO, two, three)
    assert together == {**build(root, HELLO), **build(root, two), **build(root, three)}
    assert together["two"] == together["three"]
    assert sha256(together["hello"]) == GOLDEN[Architecture.X86_64]


@pytest.mark.ring2
def test_a_fetched_toolchain_gives_the_bytes_of_an_installed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copy(tmp_path / "a")
    with_1_26_6 = build(root, function(version="1.26.6"))["hello"]
    assert b"go1.26.6" in with_1_26_6
    assert sha256(with_1_26_6) not in GOLDEN.values()
    goroot = next(
        Path(toolchain.go(str(root), HELLO, read).env["GOMODCACHE"]).glob("golang.org/toolchain@*go1.26.6*")
    )
    monkeypatch.setenv("PATH", str(goroot / "bin"))
    assert toolchain.find_go(str(root)).version == "go1.26.6"
    assert sha256(build(root, HELLO)["hello"]) == GOLDEN[Architecture.X86_64]


# ---- settings -------------------------------------------------------------------------------------------


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="starts the program on this system"
)
def test_flags_and_tags_reach_the_program(tmp_path: Path) -> None:
    root = write(
        tmp_path / "a",
        {
            "go.mod": "module example.com/a\n\ngo 1.24\n",
            "main.go": MAIN,
            "tagged.go": '//go:build extra && lambda.norpc\n\npackage main\n\nfunc init() { name += "!" }\n',
        },
    )
    program = tmp_path / "program"
    wanted = function(ldflags=("-X", 'main.name=two "words"'), tags=("extra",), gcflags=("all=-l", "-N"))
    program.write_bytes(build(root, wanted)["hello"])
    program.chmod(0o755)
    assert subprocess.run([program], capture_output=True, text=True, check=True).stderr == 'two "words"!\n'


@pytest.mark.parametrize(
    "package",
    ["v2", "cmd/tool/v3", "with.dot", "x_y-z", "tool.exe", "tool.test", "cmd/v2x", "v0", "bin"],
)
def test_names_of_programs_are_as_predicted(tmp_path: Path, package: str) -> None:
    root = write(
        tmp_path / "a",
        {"go.mod": "module example.com/a\n\ngo 1.24\n", f"{package}/m.go": MAIN, "z/m.go": MAIN},
    )
    built = build(root, function("one", package=package), function("other", package="z"))
    assert set(built) == {"one", "other"}


def test_equal_base_names_do_not_overwrite_each_other(tmp_path: Path) -> None:
    root = write(
        tmp_path / "a",
        {
            "go.mod": "module example.com/a\n\ngo 1.24\n",
            "x/run/m.go": MAIN.replace("?", "x"),
            "y/run/m.go": MAIN.replace("?", "y"),
        },
    )
    built = build(root, function("x", package="x/run"), function("y", package="y/run"))
    assert built["x"] != built["y"]
    assert built["x"] == build(root, function("x", package="x/run"))["x"]


# ---- shapes ---------------------------------------------------------------------------------------------


def test_vendored_without_a_network_or_a_module_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copy(tmp_path / "a")
    run_go(root, "mod", "vendor")
    monkeypatch.setenv("GOPROXY", "off")
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("GOPATH", str(tmp_path / "empty"))
    found = facts(root, HELLO)
    assert {str(root / "vendor/modules.txt"), str(root / "vendor/github.com/google/uuid/uuid.go")} < set(
        found.files
    )
    assert build(root, HELLO)["hello"]


LIB = "package lib\n\nconst Name = {!r}\n".replace("{!r}", '"lib"')
USES_LIB = 'package main\n\nimport "example.com/lib"\n\nfunc main() { println(lib.Name) }\n'

SHAPES: dict[str, tuple[dict[str, str], str, str]] = {
    "replace": (
        {
            "app/go.mod": "module example.com/app\n\ngo 1.24\n\nrequire example.com/lib v0.0.0\n\n"
            "replace example.com/lib => ../lib\n",
            "app/main.go": USES_LIB,
            "lib/go.mod": "module example.com/lib\n\ngo 1.24\n",
            "lib/lib.go": LIB,
        },
        "app",
        ".",
    ),
    "workspace": (
        {
            "go.work": "go 1.24\n\nuse ./app\nuse ./lib\n",
            "app/go.mod": "module example.com/app\n\ngo 1.24\n",
            "app/cmd/main.go": USES_LIB,
            "lib/go.mod": "module example.com/lib\n\ngo 1.24\n",
            "lib/lib.go": LIB,
        },
        "app",
        "cmd",
    ),
    "parent": (
        {
            "go.mod": "module example.com/lib\n\ngo 1.24\n",
            "lib.go": LIB,
            "functions/app/main.go": USES_LIB,
        },
        "functions/app",
        ".",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_local_modules_are_inputs(tmp_path: Path, shape: str) -> None:
    files, source, package = SHAPES[shape]
    root = write(tmp_path / "p", files)
    wanted = function("app", source, package=package)
    found = facts(root, wanted)
    assert set(found.files) == {str(root / name) for name in files}
    before = build(root, wanted)["app"]
    lib = next(root / name for name in files if name.endswith("lib.go"))
    lib.write_text(LIB.replace('"lib"', '"changed"'))
    assert build(root, wanted)["app"] != before


@pytest.mark.parametrize("shape", SHAPES)
def test_paths_that_are_to_stay_missing_would_change_the_build(tmp_path: Path, shape: str) -> None:
    files, source, package = SHAPES[shape]
    root = write(tmp_path / "p", files)
    found = facts(root, function("app", source, package=package))
    assert not any(map(os.path.lexists, found.absent))
    assert str(tmp_path / "go.work") in found.absent or shape == "workspace"
    assert all(os.path.isdir(folder) for folder in found.folders)


def test_embedded_files_assembly_and_profiles(tmp_path: Path) -> None:
    root = write(
        tmp_path / "p",
        {
            "go.mod": "module example.com/a\n\ngo 1.24\n",
            "main.go": 'package main\n\nimport "embed"\n\n//go:embed web all:more\nvar files embed.FS\n\n'
            "func one() int\n\nfunc main() { println(one(), files) }\n".replace(", files", ", &files"),
            "one_amd64.s": '#include "one.h"\nTEXT ·one(SB),0,$0-8\n\tMOVQ $ONE, ret+0(FP)\n\tRET\n',
            "one.h": "#define ONE 1\n",
            "web/a/b.txt": "b",
            "more/.hidden": "h",
            "windows_windows.go": "package main\n",
            "main_test.go": "package main\n",
        },
    )
    found = facts(root, HELLO)
    names = {os.path.relpath(path, root) for path in found.files}
    assert names == {
        "go.mod", "main.go", "one_amd64.s", "one.h", "web/a/b.txt", "more/.hidden", "windows_windows.go"
    }  # fmt: skip
    assert set(found.folders) == {str(root / name) for name in ("", "web", "web/a", "more")} | {str(root)} - {
        ""
    }
    before = build(root, HELLO)["hello"]
    write(root, {"one.h": "#define ONE 2\n"})
    assert build(root, HELLO)["hello"] != before
    (root / "default.pgo").write_bytes(b"\x1f\x8b")
    assert str(root / "default.pgo") in facts(root, HELLO).files


@pytest.mark.skipif(sys.platform == "win32", reason="makes a link")
def test_a_project_behind_a_link(tmp_path: Path) -> None:
    real = write(tmp_path / "real", {"go.mod": "module example.com/a\n\ngo 1.24.0\n", "main.go": MAIN})
    link = tmp_path / "link"
    link.symlink_to(real)
    found = facts(link, HELLO, toolchain.go(str(link), function(version="1.26.8"), read))
    assert {os.path.realpath(path) for path in found.files} == {str(real / "go.mod"), str(real / "main.go")}


# ---- errors ---------------------------------------------------------------------------------------------

MODULE = "module example.com/a\n\ngo 1.24\n"
UUID = 'package main\n\nimport _ "github.com/google/uuid"\n\nfunc main() {}\n'
REQUIRE = f"{MODULE}\nrequire github.com/google/uuid v1.6.0\n"
SUM = """\
github.com/google/uuid v1.6.0 h1:{}BOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=
github.com/google/uuid v1.6.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=
"""


@pytest.mark.parametrize(
    ("files", "package", "code", "words", "hint"),
    [
        ({"main.go": MAIN}, ".", "go.module", "go.mod file not found", "go mod init"),
        ({"go.mod": REQUIRE, "main.go": UUID}, ".", "go.module", "missing go.sum entry", "go mod tidy"),
        ({"go.mod": MODULE, "main.go": UUID}, ".", "go.module", "no required module provides", "go mod tidy"),
        (
            {"go.mod": REQUIRE, "main.go": UUID, "go.sum": SUM.format("AAAAJDMO")},
            ".",
            "go.module",
            "checksum mismatch",
            "a moved tag, a proxy's other copy, or tampering",
        ),
        ({"go.mod": f"{MODULE}foo\n", "main.go": MAIN}, ".", "go.module", "unknown directive: foo", ""),
        (
            {"go.mod": REQUIRE, "main.go": UUID, "vendor/modules.txt": ""},
            ".",
            "go.module",
            "inconsistent vendoring",
            "go mod vendor",
        ),
        (
            {
                "go.mod": f"{MODULE}require x.y/z v0.0.0\nreplace x.y/z => ../z\n",
                "main.go": MAIN.replace("var", 'import _ "x.y/z"\nvar'),
            },
            ".",
            "go.module",
            "replacement directory ../z does not exist",
            "check it out",
        ),
        (
            {
                "go.work": "go 1.24\nuse ./b\n",
                "b/go.mod": "module b.c/b\ngo 1.24\n",
                "go.mod": MODULE,
                "main.go": MAIN,
            },
            ".",
            "go.module",
            "not one of the workspace modules",
            "go work use",
        ),
        (
            {"go.mod": MODULE, "main.go": MAIN, "n/go.mod": "module b.c/n\ngo 1.24\n", "n/m.go": MAIN},
            "n",
            "go.module",
            "does not contain package",
            "set source to the folder with its go.mod",
        ),
        (
            {"go.mod": MODULE, "main.go": MAIN},
            "cmd/x",
            "project.source",
            "directory not found",
            "set package",
        ),
        (
            {"go.mod": MODULE, "main.go": MAIN, "e/x.txt": ""},
            "e",
            "project.source",
            "no Go files in",
            "set package",
        ),
        (
            {"go.mod": MODULE, "lib/l.go": "package lib\n"},
            "lib",
            "go.not-main",
            "is package lib, not",
            "package main",
        ),
        (
            {"go.mod": MODULE.replace("1.24", "1.99"), "main.go": MAIN},
            ".",
            "go.version",
            "requires go >= 1.99",
            "pin a newer Go",
        ),
        (
            {"go.mod": MODULE, "main.go": 'package main\n\nimport "C"\n\nfunc main() {}\n'},
            ".",
            "go.cgo-needed",
            "build constraints exclude all Go files",
            "set cgo = true",
        ),
        (
            {
                "go.mod": MODULE,
                "main.go": MAIN.replace("var", 'import _ "embed"\n\n//go:embed no.txt\nvar'),
            },
            ".",
            "go.generated",
            "main.go:5:12: pattern no.txt: no matching files found",
            "go generate",
        ),
        (
            {"go.mod": MODULE, "main.go": MAIN.replace("var", 'import _ "fmtt"\nvar')},
            ".",
            "build.failed",
            "package fmtt is not in std",
            "no such package",
        ),
        (
            {"go.mod": MODULE, "main.go": MAIN, "l.go": "package lib\n"},
            ".",
            "build.failed",
            "found packages",
            "",
        ),
        (
            {
                "go.mod": MODULE,
                "main.go": MAIN.replace("var", 'import _ "example.com/a/b"\nvar'),
                "b/b.go": 'package b\n\nimport _ "example.com/a/c"\n',
                "c/c.go": 'package c\n\nimport _ "example.com/a/b"\n',
            },
            ".",
            "build.failed",
            "\timports example.com/a/b: import cycle not allowed",
            "",
        ),
        (
            {"go.mod": MODULE, "a.go": MAIN, "b.go": MAIN},
            ".",
            "build.failed",
            "main redeclared",
            "a folder of its own",
        ),
        (
            {"go.mod": MODULE, "main.go": f"{MAIN}\nvar x int = y\n"},
            ".",
            "",
            "./main.go:7:13: undefined: y",
            "",
        ),
        ({"go.mod": MODULE, "main.go": "package main\n\nfunc main( {\n"}, ".", "", "./main.go:3:", ""),
    ],
)
def test_errors_keep_the_words_of_go(
    tmp_path: Path, files: Mapping[str, str], package: str, code: str, words: str, hint: str
) -> None:
    root = write(tmp_path / "p", files)
    found = failure(root, package)
    assert found[0] == code
    assert words in found[1]
    assert hint in found[2]
    assert hint or not found[2]


def failure(root: Path, package: str) -> tuple[str, str, str]:
    """The code, words and hint of a build that fails, as the engine would tell them."""
    wanted = function(package=package)
    tool = toolchain.go(str(root), wanted, read)
    asked = ask(root, wanted, tool)
    output = asked.stderr
    if asked.code == 0:
        try:
            found = go.facts(str(root), wanted, asked.stdout, read)
        except BuildFailed as error:
            return error.code, error.output, error.hint
        except ProjectError as error:
            return error.code, error.message, error.hint
        [recipe] = go.recipes(str(root), [wanted], {wanted.name: found}, tool)
        done = execute(recipe.commands[0], root.parent / "staging")
        assert done.code != 0
        output = done.stderr
    told = go.explain(wanted, output)
    return told.code, output, told.hint


def test_nothing_is_written_beside_the_sources(tmp_path: Path) -> None:
    root = copy(tmp_path / "a")
    before = sorted(str(path) for path in root.rglob("*"))
    build(root, HELLO, staging=tmp_path / "staging")
    assert sorted(str(path) for path in root.rglob("*")) == before
    shutil.rmtree(tmp_path / "staging")
