"""Go functions without a project file: tables of files in memory, then sample trees."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from builder.go_driver import SAMPLE
from detect.listing import LAMBDA, MAIN, found, walked
from onezip.config.parse import parse
from onezip.model.function import Language
from onezip.model.place import Place
from onezip.model.project import Origin

MOD = "module github.com/acme/shop\n\ngo 1.24\n"
USES = 'package main\n\nimport "github.com/acme/shop/internal/boot"\n\nfunc main() { boot.Start() }\n'
BOOT = 'package boot\n\nimport "github.com/aws/aws-lambda-go/lambda"\n\nfunc Start() { lambda.Start(nil) }\n'
GO = {"language": "go"}


@pytest.mark.parametrize(
    ("files", "functions"),
    [
        # places
        ({"go.mod": MOD, "main.go": LAMBDA}, {"shop": {"source": "."}}),
        ({"go.mod": MOD, "cmd/hello/main.go": LAMBDA}, {"hello": {"source": "cmd/hello"}}),
        (
            {"go.mod": MOD, "main.go": LAMBDA, "a/b/c/x.go": LAMBDA},
            {"shop": {"source": "."}, "c": {"source": "a/b/c"}},
        ),
        ({"svc/go.mod": MOD, "svc/main.go": LAMBDA}, {"svc": {"source": "svc"}}),
        ({"go.mod": MOD, "n/go.mod": MOD, "n/cmd/x/m.go": LAMBDA}, {"x": {"source": "n/cmd/x"}}),
        # names of the root
        ({"go.mod": "module hello\n", "m.go": LAMBDA}, {"hello": {"source": "."}}),
        ({"go.mod": "module a.b/hello/v2\n", "m.go": LAMBDA}, {"hello": {"source": "."}}),
        ({"go.mod": "module gopkg.in/hello.v3\n", "m.go": LAMBDA}, {"hello": {"source": "."}}),
        ({"go.mod": 'module "a.b/c.d" // x\n', "m.go": LAMBDA}, {"c-d": {"source": "."}}),
        ({"go.mod": "module (\n\ta.b/c\n)\n", "m.go": LAMBDA}, {"c": {"source": "."}}),
        ({"go.mod": "", "m.go": LAMBDA}, {"function": {"source": "."}}),
        # names that are equal
        (
            {"go.mod": MOD, "a/run/m.go": LAMBDA, "b/run/m.go": LAMBDA, "c/m.go": LAMBDA},
            {"a-run": {"source": "a/run"}, "b-run": {"source": "b/run"}, "c": {"source": "c"}},
        ),
        (
            {"go.mod": MOD, "a/x/run/m.go": LAMBDA, "b/x/Run/m.go": LAMBDA},
            {"a-x-run": {"source": "a/x/run"}, "b-x-Run": {"source": "b/x/Run"}},
        ),
        (
            {"go.mod": MOD, "m.go": LAMBDA, "cmd/shop/m.go": LAMBDA},
            {"acme-shop": {"source": "."}, "cmd-shop": {"source": "cmd/shop"}},
        ),
        ({"go.mod": MOD, "get.user/m.go": LAMBDA}, {"get-user": {"source": "get.user"}}),
        # several programs in a folder
        (
            {"go.mod": MOD, "cmd/create.go": LAMBDA, "cmd/delete.go": LAMBDA, "cmd/lib.go": "package main\n"},
            {
                "create": {"source": "cmd", "go": {"package": "create.go"}},
                "delete": {"source": "cmd", "go": {"package": "delete.go"}},
            },
        ),
        (
            {"go.mod": MOD, "a/x.go": LAMBDA, "a/y.go": LAMBDA, "b/x.go": LAMBDA, "b/z.go": LAMBDA},
            {
                "a-x": {"source": "a", "go": {"package": "x.go"}},
                "b-x": {"source": "b", "go": {"package": "x.go"}},
                "y": {"source": "a", "go": {"package": "y.go"}},
                "z": {"source": "b", "go": {"package": "z.go"}},
            },
        ),
        # what does not count
        (
            {
                "go.mod": MOD,
                "a/m.go": LAMBDA,
                "a/m_test.go": LAMBDA,
                "a/m_windows.go": LAMBDA,
                "a/gen.go": f"//go:build ignore\n\n{LAMBDA}",
                "a/old.go": f"// +build ignore\n\n{LAMBDA}",
                "a/mac.go": f"//go:build darwin\n\n{LAMBDA}",
                "vendor/x/m.go": LAMBDA,
                "testdata/m.go": LAMBDA,
                "_old/m.go": LAMBDA,
                ".hidden/m.go": LAMBDA,
                "web/node_modules/x/m.go": LAMBDA,
                "env/pyvenv.cfg": "",
                "env/m.go": LAMBDA,
            },
            {"a": {"source": "a"}},
        ),
        ({"go.mod": MOD, "a/m.go": f"//go:build linux\n\n{LAMBDA}"}, {"a": {"source": "a"}}),
        ({"go.mod": MOD, "a/m_linux.go": LAMBDA}, {"a": {"source": "a"}}),
        ({"go.mod": MOD, "lib/l.go": "package lib\n"}, {}),
        # C
        (
            {"go.mod": MOD, "a/m.go": LAMBDA, "a/c.go": 'package main\n\nimport "C"\n'},
            {"a": {"source": "a", "go": {"cgo": True}}},
        ),
        (
            {"go.mod": MOD, "a/m.go": LAMBDA, "a/c.go": '//go:build cgo\n\npackage main\n\nimport "C"\n'},
            {"a": {"source": "a"}},
        ),
    ],
)
def test_functions(files: Mapping[str, str], functions: Mapping[str, Mapping[str, Any]]) -> None:
    assert found(files).functions == {name: {**GO, **table} for name, table in functions.items()}


@pytest.mark.parametrize(
    ("files", "names", "note"),
    [
        (
            {"fn/m.go": LAMBDA, "cmd/migrate/m.go": MAIN, "tools.go": MAIN},
            {"fn"},
            "left out, for they do not import aws-lambda-go: ., cmd/migrate",
        ),
        (
            {"a/m.go": MAIN, "b/m.go": MAIN},
            {"a", "b"},
            "no Go program imports aws-lambda-go, so every one is taken for a function",
        ),
        ({"fn/m.go": USES, "internal/boot/b.go": BOOT, "other/m.go": MAIN}, {"fn"}, "other"),
        ({"fn/m.go": USES, "internal/boot/b.go": "package boot\n"}, {"fn"}, "every one is taken"),
        ({"fn/m.go": USES, "internal/boot/b_windows.go": BOOT, "o/m.go": LAMBDA}, {"o"}, "fn"),
        (
            {"fn/m.go": MAIN, "fn/helper.go": LAMBDA.replace("func main", "func run"), "o/m.go": MAIN},
            {"fn"},
            "o",
        ),
        ({"fn/one.go": LAMBDA, "fn/two.go": MAIN}, {"one"}, "aws-lambda-go: fn/two.go"),
        ({"fn/m.go": LAMBDA.replace('/lambda"', '/lambdaurl"'), "o/m.go": MAIN}, {"fn"}, "o"),
        ({"fn/m.go": LAMBDA.replace('/lambda"', '/events"'), "o/m.go": LAMBDA}, {"o"}, "fn"),
        (
            {"fn/m.go": LAMBDA.replace("aws/aws-lambda-go/lambda", "akrylysov/algnhsa"), "o/m.go": MAIN},
            {"fn"},
            "o",
        ),
    ],
)
def test_programs_that_talk_to_lambda_come_first(
    files: Mapping[str, str], names: set[str], note: str
) -> None:
    detected = found({"go.mod": MOD, **files})
    assert set(detected.functions) == names
    assert any(note in one for one in detected.notes)
    assert set(detected.why) == names


def test_packages_that_import_each_other_are_asked_once() -> None:
    files = {
        "go.mod": MOD,
        "fn/m.go": USES,
        "internal/boot/b.go": 'package boot\n\nimport _ "github.com/acme/shop/internal/loop"\n',
        "internal/loop/l.go": 'package loop\n\nimport _ "github.com/acme/shop/internal/boot"\n',
    }
    assert set(found(files).functions) == {"fn"}


def test_a_package_of_another_module_of_the_workspace() -> None:
    files = {
        "go.work": "go 1.24\n\nuse (\n\t./app // the app\n\t./boot\n)\n",
        "app/go.mod": "module x.test/app\n",
        "app/m.go": 'package main\n\nimport "x.test/boot/v2/start"\n\nfunc main() { start.Start() }\n',
        "app/tool/m.go": MAIN,
        "boot/go.mod": "module x.test/boot/v2\n",
        "boot/start/b.go": BOOT.replace("package boot", "package start"),
    }
    detected = found(files)
    assert set(detected.functions) == {"app"}
    assert detected.why["app"] == "app/m.go: a `func main` that reaches aws-lambda-go"


def test_a_module_that_the_workspace_leaves_out() -> None:
    files = {
        "go.work": 'go 1.24\nuse ./app\nuse "./b"\n',
        "app/go.mod": MOD,
        "app/m.go": LAMBDA,
        "b/go.mod": MOD,
        "b/m.go": LAMBDA,
        "old/go.mod": MOD,
        "old/cmd/m.go": LAMBDA,
    }
    detected = found(files)
    assert set(detected.functions) == {"app", "b"}
    assert detected.notes == ("old/cmd: left out, for go.work does not use its module: `go work use old`",)


def test_a_program_without_a_module() -> None:
    detected = found({"a/main.go": LAMBDA})
    assert detected.functions == {}
    assert "a: a Go program outside any module" in detected.notes[0]


def test_a_listing_may_bring_what_is_left_out_and_other_spellings() -> None:
    from onezip.config.detect.detect import detect

    files = {"go.mod": MOD, "cmd/a/main.go": LAMBDA, "vendor/v/main.go": LAMBDA}
    listing = {"": ["go.mod"], "cmd/a/": ["main.go"], "./vendor/v": ["main.go"]}
    assert set(detect(listing, files.get).functions) == {"a"}


def test_a_file_that_cannot_be_read_counts_as_nothing() -> None:
    from onezip.config.detect.detect import detect

    assert detect({".": ["go.mod", "main.go"]}, lambda _path: None).functions == {}


@pytest.mark.parametrize(
    ("sample", "functions"),
    [
        ("go_hello", {"go-hello": {"source": "."}, "two": {"source": "cmd/two"}}),
        (
            "go_programs",
            {
                "create": {"source": "handlers", "go": {"package": "create.go"}},
                "delete": {"source": "handlers", "go": {"package": "delete.go"}},
            },
        ),
        (
            "go_workspace",
            {"api": {"source": "services/api"}, "worker": {"source": "services/worker/cmd/worker"}},
        ),
    ],
)
def test_samples(sample: str, functions: Mapping[str, Any]) -> None:
    root = Path(SAMPLE).parent / sample
    detected = walked(root)
    assert detected.functions == {name: {**GO, **table} for name, table in functions.items()}
    project = parse(
        {"functions": detected.functions},
        root=str(root),
        file="",
        origin=Origin.DETECTED,
        place=lambda path: Place(".".join(path)),
        is_file=lambda path: (root / path).is_file(),
    )
    assert all(one.language is Language.GO for one in project.functions.values())
