"""The stream of `go list -e -deps -json` -> inputs. No compiler."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from builder.go_driver import function, read_from
from onezip.builder.languages import go
from onezip.errors import BuildFailed, ProjectError
from onezip.model.build import Facts

STD = {
    "ImportPath": "fmt",
    "Name": "fmt",
    "Dir": "/go/src/fmt",
    "Standard": True,
    "DepOnly": True,
    "GoFiles": ["p.go"],
}
CACHED = {
    "ImportPath": "github.com/google/uuid",
    "Name": "uuid",
    "Dir": "/mod/github.com/google/uuid@v1.6.0",
    "DepOnly": True,
    "Module": {
        "Path": "github.com/google/uuid",
        "Version": "v1.6.0",
        "Dir": "/mod/github.com/google/uuid@v1.6.0",
        "GoMod": "/mod/cache/download/github.com/google/uuid/@v/v1.6.0.mod",
    },
    "GoFiles": ["uuid.go"],
}


def module(root: str, path: str, **more: Any) -> dict[str, Any]:
    return {"Path": path, "Dir": root, "GoMod": f"{root}/go.mod", **more}


def package(folder: str, path: str, *, name: str = "lib", **more: Any) -> dict[str, Any]:
    return {"ImportPath": path, "Name": name, "Dir": folder, "DepOnly": name != "main", **more}


def main(**more: Any) -> dict[str, Any]:
    given = {"GoFiles": ["main.go"], "Module": module("/p/app", "example.com/app", Main=True), **more}
    return package("/p/app", "example.com/app", name="main", **given)


def facts(
    *listed: Mapping[str, Any],
    texts: Mapping[str, str] | None = None,
    source: str = "app",
    package: str = ".",
) -> Facts:
    last = {**listed[-1], "DepOnly": False, "Imports": [one["ImportPath"] for one in listed[:-1]]}
    output = "\n".join(json.dumps(one, indent="\t") for one in [*listed[:-1], last])
    return go.facts("/p", function("api", source, package=package), output, read_from(texts or {}))


WORKS = {f"{folder}/go.work" for folder in ("/p/app", "/p", "")}


def test_one_module() -> None:
    texts = {"/p/app/go.mod": "module example.com/app\n", "/p/app/go.sum": ""}
    found = facts(STD, CACHED, main(IgnoredGoFiles=["win.go"]), texts=texts)
    assert found.files == ("/p/app/go.mod", "/p/app/go.sum", "/p/app/main.go", "/p/app/win.go")
    assert found.folders == ("/p/app",)
    assert set(found.absent) == WORKS | {"/p/app/vendor/modules.txt"}
    assert found.details == {
        "package": "example.com/app",
        "module": "example.com/app",
        "root": "/p/app",
        "work": "",
    }


def test_every_kind_of_source_counts() -> None:
    kinds = {
        "GoFiles": ["main.go"],
        "CgoFiles": ["c.go"],
        "IgnoredGoFiles": ["i.go"],
        "IgnoredOtherFiles": ["i.s"],
        "CFiles": ["c.c"],
        "CXXFiles": ["c.cc"],
        "MFiles": ["m.m"],
        "HFiles": ["h.h"],
        "FFiles": ["f.f"],
        "SFiles": ["s.s"],
        "SwigFiles": ["s.swig"],
        "SwigCXXFiles": ["s.swigcxx"],
        "SysoFiles": ["s.syso"],
    }
    found = facts(main(**kinds))
    assert set(found.files) == {f"/p/app/{name}" for names in kinds.values() for name in names}
    assert "/p/app/go.sum" in found.absent


def test_embedded_files_and_their_folders() -> None:
    found = facts(main(EmbedFiles=["web/a/b/x.html", "web/y.css", "z.txt"]))
    assert {"/p/app/web/a/b/x.html", "/p/app/web/y.css", "/p/app/z.txt"} < set(found.files)
    assert found.folders == ("/p/app", "/p/app/web", "/p/app/web/a", "/p/app/web/a/b")


def test_a_nested_package_could_be_cut_off_by_a_go_mod() -> None:
    inner = module("/p/app", "example.com/app", Main=True)
    found = facts(
        package("/p/app/a/b/c", "example.com/app/a/b/c", GoFiles=["c.go"], Module=inner),
        package("/p/app/cmd/x", "example.com/app/cmd/x", name="main", GoFiles=["m.go"], Module=inner),
        source="app/cmd/x",
        texts={"/p/app/go.mod": ""},
    )
    assert {f"/p/app/{path}/go.mod" for path in ("a", "a/b", "a/b/c", "cmd", "cmd/x")} < set(found.absent)
    assert {"/p/app/cmd/x/go.work", "/p/app/cmd/go.work", "/p/app/go.work"} < set(found.absent)
    assert "/p/app/go.mod" in found.files
    assert found.folders == ("/p/app/a/b/c", "/p/app/cmd/x")


def test_a_replaced_folder_counts_by_its_files_and_a_replaced_version_does_not() -> None:
    local = {"Path": "../lib", "Dir": "/p/lib", "GoMod": "/p/lib/go.mod"}
    texts = {
        "/p/app/go.mod": "replace example.com/lib => ../lib\nreplace example.com/unused => ../unused\n",
        "/p/lib/go.mod": "module example.com/lib",
        "/p/unused/go.mod": "module example.com/unused",
    }
    found = facts(
        package(
            "/p/lib",
            "example.com/lib",
            GoFiles=["lib.go"],
            Module=module("/p/lib", "example.com/lib", Version="v1.0.0", Replace=local),
        ),
        package(
            "/mod/fork@v2",
            "example.com/x",
            GoFiles=["x.go"],
            Module=module(
                "/mod/fork@v2", "example.com/x", Version="v1", Replace={"Path": "f", "Version": "v2"}
            ),
        ),
        main(),
        texts=texts,
    )
    assert found.files == (
        "/p/app/go.mod",
        "/p/app/main.go",
        "/p/lib/go.mod",
        "/p/lib/lib.go",
        "/p/unused/go.mod",  # no package of it is used, but its requirements decide versions
    )
    assert "/p/lib" in found.folders
    assert "/p/lib/go.sum" not in found.absent  # Go reads the sums of main modules only


def test_vendored_packages_count_by_their_files() -> None:
    vendored = package(
        "/p/app/vendor/example.com/x",
        "example.com/x",
        GoFiles=["x.go"],
        Module={"Path": "example.com/x", "Version": "v1.0.0"},
    )
    found = facts(vendored, main(), texts={"/p/app/vendor/modules.txt": "# example.com/x v1.0.0"})
    assert "/p/app/vendor/example.com/x/x.go" in found.files
    assert "/p/app/vendor/modules.txt" in found.files
    assert "/p/app/vendor/example.com/x" in found.folders


def test_a_workspace() -> None:
    texts = {
        "/p/go.work": "go 1.25\nuse ./app\nuse ./lib\nuse ./other\nreplace example.com/r => ./r\n",
        "/p/app/go.mod": "",
        "/p/lib/go.mod": "",
        "/p/lib/go.sum": "",
        "/p/other/go.mod": "replace example.com/far => ../far",
        "/p/far/go.mod": "",
    }
    lib = package(
        "/p/lib", "example.com/lib", GoFiles=["l.go"], Module=module("/p/lib", "example.com/lib", Main=True)
    )
    found = facts(lib, main(), texts=texts)
    assert set(found.files) == set(texts) | {"/p/lib/l.go", "/p/app/main.go"}
    assert {"/p/app/go.work", "/p/go.work.sum", "/p/app/go.sum", "/p/vendor/modules.txt"} < set(found.absent)
    assert "/go.work" not in found.absent
    assert found.details["work"] == "/p/go.work"


def test_a_profile_counts_even_where_it_is_not_text() -> None:
    def read(path: str) -> str | None:
        if path == "/p/app/default.pgo":
            raise UnicodeDecodeError("utf-8", b"\x1f\x8b", 1, 2, "invalid start byte")
        return None

    found = go.facts("/p", function("api", "app"), json.dumps(main()), read)
    assert "/p/app/default.pgo" in found.files


def test_windows_paths() -> None:
    root = "C:\\p\\app"
    one = package(
        f"{root}\\cmd",
        "example.com/app/cmd",
        name="main",
        GoFiles=["m.go"],
        EmbedFiles=["web/x.html"],
        Module={"Path": "example.com/app", "Dir": root, "GoMod": f"{root}\\go.mod", "Main": True},
    )
    texts = {"C:\\p\\app\\go.mod": ""}
    found = go.facts("C:\\p", function("api", "app", package="cmd"), json.dumps(one), read_from(texts))
    assert found.files == (f"{root}\\cmd\\m.go", f"{root}\\cmd\\web\\x.html", f"{root}\\go.mod")
    assert found.folders == (f"{root}\\cmd", f"{root}\\cmd\\web")
    assert {"C:\\go.work", "C:\\p\\go.work", f"{root}\\go.work", f"{root}\\cmd\\go.mod"} < set(found.absent)


def test_files_on_the_command_line_have_no_module() -> None:
    found = facts(
        {k: v for k, v in main().items() if k != "Module"} | {"ImportPath": "command-line-arguments"}
    )
    assert found.details["root"] == ""
    assert found.files == ("/p/app/main.go",)


def error(text: str, pos: str = "", stack: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"Error": {"ImportStack": list(stack), "Pos": pos, "Err": text}, "Incomplete": True}


@pytest.mark.parametrize(
    ("listed", "code", "message", "hint"),
    [
        (
            [
                package("", "x", **error("missing go.sum entry for x; to add:\n\tgo get app", "m.go:2:1")),
                main(),
            ],
            "go.module",
            "api: m.go:2:1: missing go.sum entry for x; to add:\n\tgo get app",
            "run `go mod tidy` in the folder with go.mod, and commit go.mod and go.sum",
        ),
        (
            [package("", "./cmd", **error("stat /p/app/cmd: directory not found"))],
            "project.source",
            "api: stat /p/app/cmd: directory not found",
            "set package in the function's go table to the main package's folder, relative to source",
        ),
        (
            [package("/p/app", "example.com/app", GoFiles=["l.go"])],
            "go.not-main",
            "api: example.com/app is package lib, not package main",
            "set package in the function's go table to the folder of a `package main`",
        ),
    ],
)
def test_mistakes_of_the_project(listed: list[Any], code: str, message: str, hint: str) -> None:
    with pytest.raises(ProjectError) as caught:
        facts(*listed)
    assert (caught.value.code, caught.value.message, caught.value.hint) == (code, message, hint)


def test_what_cannot_be_built_keeps_the_words_of_go() -> None:
    with pytest.raises(BuildFailed) as caught:
        facts(
            package("", "x/y", **error("package x/y is not in std", "m.go:2:1", ("app",))),
            main(**error("found packages a and b", "m.go:3:1")),
        )
    assert caught.value.code == "build.failed"
    assert caught.value.message == "api: Go cannot build this package"
    assert caught.value.output == "m.go:2:1: package x/y is not in std\nm.go:3:1: found packages a and b"
    assert "no such package" in caught.value.hint


def test_an_import_cycle_is_shown_whole() -> None:
    with pytest.raises(BuildFailed) as caught:
        facts(
            package("/p/app/b", "b", **error("import cycle not allowed", "", ("app", "b", "c", "b"))), main()
        )
    assert (
        caught.value.output == "package app\n\timports b\n\timports c\n\timports b: import cycle not allowed"
    )


@pytest.mark.parametrize("output", ["", "\n", "not json", '{"ImportPath": '])
def test_no_answer(output: str) -> None:
    with pytest.raises(BuildFailed, match="go list gave no packages"):
        go.facts("/p", function("api"), output, read_from({}))
