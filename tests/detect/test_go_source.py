"""Go source text, read without a compiler; and the same questions put to the compiler."""

import itertools
import json
import subprocess
from pathlib import Path

import pytest

from builder.go_driver import needs_go, write
from onezip.builder.toolchain import find_go
from onezip.config.detect.go_source import GoSource, fits, satisfied, scan, tags

LINUX = tags("amd64", ["own"])


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("package main\nfunc main() {}\n", GoSource("main", (), main=True)),
        ("package main;func main(){}", GoSource("main", (), main=True)),
        ("\ufeffpackage main\n\nfunc   main ( ) {\n}\n", GoSource("main", (), main=True)),
        ("package main\r\nfunc main() {}\r\n", GoSource("main", (), main=True)),
        ("package lib\nfunc main() {}\n", GoSource("lib")),
        ("package main\n// func main() {}\n", GoSource("main")),
        ("package main\n/* func main() {} */\n", GoSource("main")),
        ("package main\nvar s = `\nfunc main() {}\n`\n", GoSource("main")),
        ('package main\nvar s = "func main() {}"\n', GoSource("main")),
        ("package main\nvar s = '\"'\nfunc main() {}\nvar t = '\"'\n", GoSource("main", main=True)),
        ("package main\nfunc (t T) main() {}\n", GoSource("main")),
        ("package main\nfunc mainly() {}\nfunc domain() {}\n", GoSource("main")),
        ("package main\nfunc // why\nmain() {}\n", GoSource("main")),  # nobody writes this
        ('// Package x\n/* package y */ package x // z\nimport "a/b"\n', GoSource("x", ("a/b",))),
        (
            'package x\nimport (\n\t"a"\n\tb "b/c"\n\t_ `d`\n\t. "e" // f\n)\n',
            GoSource("x", ("a", "b/c", "d", "e")),
        ),
        (
            'package x\nimport "a"; import ("b"; "c")\nimport d "d"\nvar x = "e"\n',
            GoSource("x", ("a", "b", "c", "d")),
        ),
        ('package x\n\nimport ()\nimport "a"\n', GoSource("x", ("a",))),
        ('package x\n// import "y"\nvar i = `import "z"`\n', GoSource("x")),
        ('package x\n// #include <x.h>\nimport "C"\n', GoSource("x", ("C",))),
        ("//go:build linux && cgo\n\npackage x\n", GoSource("x", constraint="linux && cgo")),
        ("// A comment.\n\n//go:build linux\npackage x\n", GoSource("x", constraint="linux")),
        ("package x\n//go:build windows\n", GoSource("x")),
        (
            "// +build linux,cgo darwin\n// +build !x\n\npackage x\n",
            GoSource("x", constraint="((linux && cgo) || (darwin)) && ((!x))"),
        ),
        ("//go:build a\n// +build b\n\npackage x\n", GoSource("x", constraint="a")),
        ("", None),
        ("// only a comment", None),
        ("import x", None),
        ("package", None),
        ("{{ template }}", None),
        ("/* open", None),
        ('package x\nimport "open', GoSource("x")),
    ],
)
def test_scan(text: str, source: GoSource | None) -> None:
    assert scan(text) == source


@pytest.mark.parametrize(
    ("constraint", "holds"),
    [
        ("", True),
        ("linux", True),
        ("unix", True),
        ("windows", False),
        ("!windows", True),
        ("ignore", False),
        ("own", True),
        ("amd64", True),
        ("arm64", False),
        ("gc && !gccgo", True),
        ("cgo", False),
        ("!cgo", True),
        ("go1.21", True),
        ("!go1.21", False),
        ("linux && windows", False),
        ("linux || windows", True),
        ("windows || (linux && !own)", False),
        ("!(windows || darwin)", True),
        ("windows && darwin || linux", True),
        ("linux || windows && darwin", True),
        ("!!linux", True),
        ("linux &&", True),
        ("(linux", True),
        ("windows)", True),
    ],
)
def test_constraints(constraint: str, holds: bool) -> None:
    assert satisfied(constraint, LINUX) == holds


NAMES = [
    "main.go", "main_linux.go", "main_windows.go", "main_amd64.go", "main_arm64.go", "main_linux_amd64.go",
    "main_linux_arm64.go", "main_windows_amd64.go", "linux.go", "windows.go", "windows_amd64.go",
    "x_unix.go", "x_test.go", "x_linux_test.go", "_x.go", ".x.go", "x_js.go", "x_wasm.go", "a_b_linux.go",
    "linux_windows.go", "x_android.go", "x_linux.y.go", "x.y_windows.go", "darwin_x.go",
]  # fmt: skip


@needs_go
def test_go_agrees(tmp_path: Path) -> None:
    constraints = ["", "linux", "!linux", "cgo", "!cgo && unix", "own || windows", "arm64", "!arm64 && (own)"]
    files = dict.fromkeys(NAMES, "package p\n")
    for number, (constraint, c) in enumerate(itertools.product(constraints, ("", 'import "C"\n'))):
        line = f"//go:build {constraint}\n\n" if constraint else ""
        files[f"f{number}.go"] = f"{line}package p\n\n{c}"
    root = write(tmp_path, {"go.mod": "module a.b/c\n\ngo 1.24\n", **files})
    go = find_go(str(tmp_path)).path
    for machine, own, c in itertools.product(("amd64", "arm64"), ("own", "other"), ("0", "1")):
        done = subprocess.run(
            [go, "list", f"-tags={own}", "-json=GoFiles,CgoFiles"],
            cwd=root, capture_output=True, text=True, check=True,
            env={"GOOS": "linux", "GOARCH": machine, "CGO_ENABLED": c, "GOFLAGS": "", "HOME": str(tmp_path),
                 "PATH": "/usr/bin:/bin", "GOTOOLCHAIN": "local"},
        )  # fmt: skip
        listed = json.loads(done.stdout)
        taken = {*listed.get("GoFiles", []), *listed.get("CgoFiles", [])}
        holds = tags(machine, [own], c=c == "1")
        ours = {name for name, text in files.items() if (source := scan(text)) and fits(name, source, holds)}
        assert ours == taken
