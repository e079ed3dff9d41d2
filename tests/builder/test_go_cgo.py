"""C in Go programs: what is asked, what is run, what is said where C is left out; then real builds."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from builder.go_driver import TOOL, build, function, needs_go, read, read_from, site_with, write
from onezip.builder import toolchain, zig
from onezip.builder.languages import go
from onezip.builder.languages.go_cgo import ZIG, compilers
from onezip.builder.languages.go_tool import GoTool
from onezip.errors import BuildFailed, ToolMissing
from onezip.limits import RUNTIMES
from onezip.model.build import Facts
from onezip.model.function import Architecture

WITH_C = GoTool(
    "go", TOOL.path, f"go1.26.8 zig{ZIG}", {**TOOL.env, "ZIG_GLOBAL_CACHE_DIR": "/c"}, zig="/z/zig"
)
FOUND = Facts(details={"package": "example.com/app", "module": "example.com/app", "root": "/p", "work": ""})


@pytest.mark.parametrize(
    ("runtime", "architecture", "target"),
    [
        ("provided.al2023", Architecture.X86_64, "x86_64-linux-gnu.2.34"),
        ("provided.al2023", Architecture.ARM64, "aarch64-linux-gnu.2.34"),
        ("provided.al2", Architecture.X86_64, "x86_64-linux-gnu.2.26"),
        ("provided.al2", Architecture.ARM64, "aarch64-linux-gnu.2.26"),
        ("provided", Architecture.X86_64, "x86_64-linux-gnu.2.17"),
    ],
)
def test_the_compiler_is_told_machine_and_library(
    runtime: str, architecture: Architecture, target: str
) -> None:
    wanted = function(cgo=True, runtime=runtime, architecture=architecture)
    [recipe] = go.recipes("/p", [wanted], {"hello": FOUND}, WITH_C)
    env = recipe.commands[0].env
    assert (env["CC"], env["CXX"]) == (f"/z/zig cc -target {target}", f"/z/zig c++ -target {target}")
    assert (env["CGO_ENABLED"], env["ZIG_GLOBAL_CACHE_DIR"]) == ("1", "/c")
    assert not any("-g " in f"{value} " for name, value in env.items() if name.startswith("CGO_"))
    flags, tool = recipe.components
    assert flags.detail.endswith(f"GOARCH={architecture.goarch} cgo={target}")
    assert tool.detail == f"go1.26.8 zig{ZIG}"
    [probe] = go.probes("/p", [wanted], WITH_C)
    assert probe.command.env == env


def test_with_and_without_c_are_built_apart() -> None:
    some = [
        function("a", cgo=True),
        function("b", cgo=True, runtime="provided.al2"),
        function("c", cgo=True),
        function("d"),
    ]
    found = {
        one.name: Facts(details={**FOUND.details, "package": f"example.com/app/{one.name}"}) for one in some
    }
    assert [recipe.functions for recipe in go.recipes("/p", some, found, WITH_C)] == [
        ("a", "c"),
        ("b",),
        ("d",),
    ]


def test_no_path_of_this_machine_is_in_the_components() -> None:
    one = go.recipes("/p", [function(cgo=True)], {"hello": FOUND}, WITH_C)
    other = go.recipes("/p", [function(cgo=True)], {"hello": FOUND}, replace(WITH_C, zig="C:\\zig.exe"))
    assert one[0].components == other[0].components


def test_a_path_with_a_blank_is_quoted() -> None:
    assert compilers("/my zig/zig", "t")["CC"] == "'/my zig/zig' cc -target t"


def test_another_zig_is_told() -> None:
    other = replace(WITH_C, version="go1.26.8 zig0.16.0")
    [diagnostic] = go.warnings(function(cgo=True), FOUND, other, ())
    assert diagnostic.code == "go.unpinned"
    assert "ziglang 0.16.0" in diagnostic.message
    assert go.warnings(function(cgo=True), FOUND, WITH_C, ()) == ()


def test_no_ziglang(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(ToolMissing) as caught:
        zig.zig(function(cgo=True))
    assert caught.value.code == "go.no-c"
    assert "pip install 'onezip[cgo]'" in caught.value.hint


def test_ziglang_is_found_beside_this_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    name = "zig.exe" if sys.platform == "win32" else "zig"
    write(site, {f"ziglang/{name}": "", "ziglang-0.16.1.dist-info/METADATA": ""})
    write(tmp_path, {f"ziglang/{name}": "not a package"})
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), str(site)])
    monkeypatch.setenv("ONEZIP_HOME", str(tmp_path / "home"))
    found = zig.zig(function(cgo=True))
    assert (found.path, found.version, found.exact) == (str(site / "ziglang" / name), "0.16.1", False)
    assert found.env["ZIG_GLOBAL_CACHE_DIR"] == str(tmp_path / "home" / "cache" / "zig")


# ---- C that is left out ---------------------------------------------------------------------------------

REAL_C = '//go:build cgo\n\npackage sqlite3\n\n// #include "x.h"\nimport "C"\n'
SQLITE = {
    "ImportPath": "github.com/mattn/go-sqlite3",
    "Name": "sqlite3",
    "Dir": "/mod/sqlite3",
    "DepOnly": True,
    "Module": {"Path": "github.com/mattn/go-sqlite3", "Version": "v1.14.24", "Dir": "/mod/sqlite3"},
    "GoFiles": ["static_mock.go"],
}
MAIN = {
    "ImportPath": "example.com/app",
    "Name": "main",
    "Dir": "/p",
    "Imports": ["github.com/mattn/go-sqlite3"],
    "Module": {"Path": "example.com/app", "Dir": "/p", "Main": True},
}


def facts(package: dict[str, Any], texts: dict[str, str], **settings: Any) -> Facts:
    answer = "\n".join(map(json.dumps, (package, MAIN)))
    return go.facts("/p", function(**settings), answer, read_from(texts))


@pytest.mark.parametrize(
    ("name", "text", "settings", "told"),
    [
        ("sqlite3.go", REAL_C, {}, True),
        ("sqlite3.go", REAL_C.replace("//go:build cgo\n\n", ""), {}, True),
        ("sqlite3_linux.go", REAL_C, {}, True),
        ("sqlite3.go", REAL_C, {"cgo": True}, False),
        ("sqlite3_windows.go", REAL_C, {}, False),
        ("sqlite3_arm64.go", REAL_C, {}, False),
        ("sqlite3_arm64.go", REAL_C, {"architecture": Architecture.ARM64}, True),
        ("sqlite3.go", REAL_C.replace("cgo", "cgo && darwin", 1), {}, False),
        ("sqlite3.go", REAL_C.replace("cgo", "cgo && libsqlite3", 1), {}, False),
        ("sqlite3.go", REAL_C.replace("cgo", "cgo && libsqlite3", 1), {"tags": ("libsqlite3",)}, True),
        ("sqlite3.go", "//go:build cgo\n\npackage sqlite3\n", {}, False),
        ("sqlite3.go", 'package sqlite3\n\n// import "C"\nvar s = `import "C"`\n', {}, False),
        ("sqlite3.go", "", {}, False),
    ],
)
def test_a_package_that_leaves_its_c_out(name: str, text: str, settings: dict[str, Any], told: bool) -> None:
    found = facts({**SQLITE, "IgnoredGoFiles": [name]}, {f"/mod/sqlite3/{name}": text}, **settings)
    assert ("without_c" in found.details) == told
    if told:
        [diagnostic] = go.warnings(function(), found, TOOL, ())
        assert diagnostic.code == "go.cgo-needed"
        assert diagnostic.message.startswith("hello: github.com/mattn/go-sqlite3: built without its C code")
        assert "cgo = true" in diagnostic.hint


def test_the_standard_library_does_without_c() -> None:
    package = {**SQLITE, "Standard": True, "Module": None, "IgnoredGoFiles": ["sqlite3.go"]}
    assert "without_c" not in facts(package, {"/mod/sqlite3/sqlite3.go": REAL_C}).details


def test_a_package_of_c_alone_says_how_to_build_it() -> None:
    wrong = {"Err": "build constraints exclude all Go files in /mod/sqlite3", "Pos": "m.go:2:8"}
    package = {**SQLITE, "GoFiles": [], "IgnoredGoFiles": ["sqlite3.go"], "Error": wrong}
    with pytest.raises(BuildFailed) as caught:
        facts(package, {"/mod/sqlite3/sqlite3.go": REAL_C})
    assert caught.value.code == "go.cgo-needed"
    assert "cgo = true" in caught.value.hint
    with pytest.raises(BuildFailed) as caught:
        facts(package, {"/mod/sqlite3/sqlite3.go": REAL_C.replace("cgo", "windows", 1)})
    assert caught.value.code == "build.failed"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ('exec: "onezip-uses-no-pkg-config": executable file not found in $PATH', "pkg-config"),
        ("./m.go:3:11: fatal error: 'openssl/ssl.h' file not found", "openssl/ssl.h is missing"),
        ('error: unable to find dynamic system library "rdkafka" using strategy', "links to a C library"),
    ],
)
def test_libraries_of_this_machine_are_not_taken(words: str, message: str) -> None:
    told = go.explain(function(cgo=True), words)
    assert message in told.message
    assert "C" in told.hint


# ---- real builds ----------------------------------------------------------------------------------------

SAMPLE = {
    "go.mod": "module example.com/c\n\ngo 1.24\n\ntoolchain go1.26.8\n",
    "main.go": """package main

// #cgo LDFLAGS: -lm -lpthread
// #include "add.h"
import "C"

import (
	"fmt"
	"os/user"
)

func main() {
	_, err := user.Current()
	fmt.Println(C.add(1, 2), C.GoString(C.where()), err)
}
""",
    "add.h": "int add(int a, int b);\nconst char *where(void);\n",
    "add.c": """#include "add.h"
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static void *run(void *sum) { *(double *)sum = pow(*(double *)sum, 1); return 0; }
int add(int a, int b) {
  double sum = a + b;
  pthread_t thread;
  pthread_create(&thread, 0, run, &sum);
  pthread_join(thread, 0);
  return (int)sum;
}
const char *where(void) { return __FILE__; }
""",
}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """site-packages with ziglang."""
    return site_with(f"ziglang=={ZIG}", tmp_path_factory.mktemp("ziglang"))


def needed(program: bytes) -> tuple[int, ...]:
    """The newest version of the GNU C library that a program names."""
    versions: list[tuple[int, ...]] = [(0, 0)]
    for section in ELFFile(io.BytesIO(program)).iter_sections():
        if isinstance(section, GNUVerNeedSection):
            for _, entries in section.iter_versions():
                names = [entry.name for entry in entries]
                versions += [
                    tuple(map(int, name.removeprefix("GLIBC_").split(".")))
                    for name in names
                    if name.startswith("GLIBC_")
                ]
    return max(versions)


@needs_go
@pytest.mark.ring2
@pytest.mark.parametrize("architecture", Architecture)
@pytest.mark.parametrize("runtime", ["provided.al2023", "provided.al2"])
def test_c_is_compiled_into_the_same_bytes(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: str, architecture: Architecture
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    wanted = function(cgo=True, runtime=runtime, architecture=architecture)
    one = build(write(tmp_path / "one", SAMPLE), wanted)["hello"]
    elsewhere = tmp_path / "with a blank" / "site-packages"
    shutil.copytree(site / "ziglang", elsewhere / "ziglang", copy_function=os.link)
    (elsewhere / f"ziglang-{ZIG}.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(elsewhere)])
    monkeypatch.setenv("GOCACHE", str(tmp_path / "gocache"))
    monkeypatch.setenv("CGO_CFLAGS", "-O0")
    monkeypatch.setenv("CPATH", str(tmp_path))
    monkeypatch.setenv("CC", "/bin/false")
    two = build(write(tmp_path / "another" / "folder", SAMPLE), wanted)["hello"]
    assert hashlib.sha256(one).hexdigest() == hashlib.sha256(two).hexdigest()
    assert (0, 0) < needed(one) <= RUNTIMES[runtime].glibc
    for path in (str(tmp_path), str(site), os.path.expanduser("~"), "/usr/"):
        assert path.encode() not in one
    if (architecture.machine, sys.platform) == (os.uname().machine, "linux"):
        program = tmp_path / "program"
        program.write_bytes(one)
        program.chmod(0o755)
        done = subprocess.run([program], capture_output=True, text=True, check=True)
        assert done.stdout == "3 add.c <nil>\n"


@needs_go
@pytest.mark.ring2
def test_c_that_this_machine_would_have(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    wanted = function(cgo=True)
    for lines, message in (
        ('// #cgo pkg-config: zlib\nimport "C"', "pkg-config"),
        ('// #include <nowhere.h>\nimport "C"', "nowhere.h is missing"),
        (
            '// #cgo LDFLAGS: -lnowhere\n// int f();\n// int g() { return f(); }\nimport "C"\nvar _ = C.g()',
            "links to",
        ),
    ):
        root = write(
            tmp_path / message.replace(" ", "-"),
            {"go.mod": SAMPLE["go.mod"], "main.go": f"package main\n\n{lines}\n\nfunc main() {{}}\n"},
        )
        with pytest.raises(AssertionError) as caught:
            build(root, wanted)
        assert message in go.explain(wanted, str(caught.value)).message


@needs_go
def test_a_function_with_c_gets_a_tool_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = write(tmp_path / "site-packages", {"ziglang/zig": "", f"ziglang-{ZIG}.dist-info/METADATA": ""})
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    root = write(tmp_path / "p", {"go.mod": SAMPLE["go.mod"]})
    tool = toolchain.go(str(root), function(cgo=True), read)
    assert (tool.zig, tool.version) == (str(site / "ziglang" / "zig"), f"go1.26.8 zig{ZIG}")
    assert tool.module == str(root)
    assert toolchain.go(str(root), function(), read).zig == ""
