"""What of a shared answer belongs to one function: its closure, its errors, its files. No compiler."""

import json
from typing import Any

import pytest

from builder.go_driver import TOOL, function, read_from
from onezip.builder.languages import go, go_list
from onezip.errors import BuildFailed, ProjectError
from onezip.model.build import Facts

APP = {"Path": "example.com/app", "Dir": "/p", "GoMod": "/p/go.mod", "Main": True}


def package(path: str, *imports: str, name: str = "lib", folder: str = "", **more: Any) -> dict[str, Any]:
    below = folder or f"/p/{path.removeprefix('example.com/app/')}"
    asked = {"Match": [below]} if name == "main" else {"DepOnly": True}
    found = {"ImportPath": path, "Name": name, "Dir": below, "Module": APP, "Imports": list(imports)}
    return {**found, **asked, "GoFiles": ["x.go"], **more}


def error(text: str, pos: str = "") -> dict[str, Any]:
    return {"Err": text, "Pos": pos, "ImportStack": []}


def output(*packages: dict[str, Any]) -> str:
    return "\n".join(json.dumps(one) for one in packages)


LIB = package("example.com/app/lib")
OTHER = package("example.com/app/other")
A = package("example.com/app/a", "example.com/app/lib", name="main")
B = package("example.com/app/b", "example.com/app/other", name="main")
NOT_THERE = {"ImportPath": "x.test/none", "DepOnly": True}
BROKEN = package("example.com/app/broken", "x.test/none", name="main")


def facts(answer: str, source: str, package: str = ".", texts: dict[str, str] | None = None) -> Facts:
    return go.facts("/p", function(source, source, package=package), answer, read_from(texts or {}))


def test_each_function_gets_its_own_closure() -> None:
    answer = output(LIB, OTHER, A, B)
    assert facts(answer, "a").files == ("/p/a/x.go", "/p/lib/x.go")
    assert facts(answer, "b").files == ("/p/b/x.go", "/p/other/x.go")
    assert facts(answer, ".", "b").details["package"] == "example.com/app/b"


def test_a_renamed_import_is_followed() -> None:
    vendored = package("example.com/app/vendor/x.test/y", folder="/p/vendor/x.test/y")
    main = package(
        "example.com/app/a", "x.test/y", name="main", ImportMap={"x.test/y": vendored["ImportPath"]}
    )
    assert "/p/vendor/x.test/y/x.go" in facts(output(vendored, main), "a").files


def test_the_standard_library_is_not_followed() -> None:
    std = {
        "ImportPath": "fmt",
        "Standard": True,
        "DepOnly": True,
        "Imports": ["errors"],
        "Dir": "/go/src/fmt",
    }
    deeper = {"ImportPath": "errors", "Standard": True, "DepOnly": True, "Dir": "/go/src/errors"}
    main = package("example.com/app/a", "fmt", name="main")
    listing = go_list.listing(output(deeper, std, main))
    found = listing.asked(["/p/a"])
    assert found is not None
    assert [one["ImportPath"] for one in listing.closure(found)] == ["fmt", "example.com/app/a"]


@pytest.mark.parametrize(
    "wrong",
    [
        [{**NOT_THERE, "Error": error("no required module provides package x.test/none", "broken/x.go:2:8")}],
        [{**LIB, "ImportPath": "x.test/none", "Error": error("import cycle not allowed")}],
    ],
)
def test_the_mistake_of_one_package_is_not_that_of_another(wrong: list[dict[str, Any]]) -> None:
    answer = output(LIB, *wrong, A, BROKEN)
    assert facts(answer, "a").files
    with pytest.raises((ProjectError, BuildFailed)):
        facts(answer, "broken")


def test_a_package_that_is_not_there_is_its_functions_mistake() -> None:
    gone = {
        "ImportPath": "/p/gone",
        "Match": ["/p/gone"],
        "Error": error("stat /p/gone: directory not found"),
    }
    answer = output(LIB, A, gone)
    assert facts(answer, "a").files
    with pytest.raises(ProjectError, match="directory not found"):
        facts(answer, "gone")


# ---- embedded files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("patterns", "files", "trees"),
    [
        (["web"], ["web/a/b.txt"], {"/p/a/web"}),
        (["all:web"], ["web/.hidden"], {"/p/a/web"}),
        (["web/in/deep"], ["web/in/deep/x"], {"/p/a/web/in/deep"}),
        (["one.txt", "web/two.txt"], ["one.txt", "web/two.txt"], set()),
        (["web/*.html"], ["web/x.html"], {"/p/a/web"}),
        (["web/*/x.txt"], ["web/1/x.txt"], {"/p/a/web"}),
        (["*.txt"], ["x.txt"], set()),
        (["*"], ["x.txt", "web/a/b.txt", "more/c"], {"/p/a/web", "/p/a/more"}),
        (["?eb", "[a-m]*"], ["web/a/b.txt", "more/c"], {"/p/a/web", "/p/a/more"}),
        (["*/x.txt"], ["1/x.txt"], {"/p/a"}),
        (["."], ["x.txt"], {"/p/a"}),
    ],
)
def test_folders_below_which_a_new_file_counts(
    patterns: list[str], files: list[str], trees: set[str]
) -> None:
    main = package("example.com/app/a", name="main", EmbedPatterns=patterns, EmbedFiles=files)
    found = facts(output(main), "a")
    assert set(found.trees) == trees
    assert {f"/p/a/{name}" for name in files} < set(found.files)


def test_nothing_of_the_module_cache_is_a_tree() -> None:
    module = {"Path": "x.test/y", "Version": "v1.0.0", "Dir": "/mod/y"}
    cached = package("x.test/y", folder="/mod/y", Module=module, EmbedPatterns=["web"], EmbedFiles=["web/x"])
    main = package("example.com/app/a", "x.test/y", name="main")
    assert facts(output(cached, main), "a").trees == ()


# ---- one file of a folder -------------------------------------------------------------------------------

PROGRAM = "package main\n\nimport {}\n\nfunc main() {{}}\n"
MANY = package(
    "example.com/app/many",
    "example.com/app/lib",
    "example.com/app/other",
    name="main",
    GoFiles=["one.go", "two.go", "shared.go", "odd.go", "other.go"],
    IgnoredGoFiles=["three.go"],
)
TEXTS = {
    "/p/many/one.go": PROGRAM.format('"example.com/app/lib"'),
    "/p/many/two.go": PROGRAM.format('"example.com/app/other"'),
    "/p/many/shared.go": "package main\n\n// func main() is elsewhere\nvar text = `func main()`\n",
    "/p/many/odd.go": "not go at all",
    "/p/many/other.go": "package other\n",
}


def test_one_file_is_built_with_those_that_have_no_main() -> None:
    found = facts(output(LIB, OTHER, MANY), "many", "one.go", TEXTS)
    assert found.details["files"] == "./one.go\n./shared.go"
    assert "/p/lib/x.go" in found.files
    assert "/p/other/x.go" not in found.files
    assert {"/p/many/one.go", "/p/many/shared.go", "/p/many/two.go", "/p/many/three.go"} < set(found.files)
    assert found.folders == ("/p/lib", "/p/many")
    wanted = function("one", "many", package="one.go")
    [recipe] = go.recipes("/p", [wanted], {"one": found}, TOOL)
    assert recipe.commands[0].argv[-2:] == ("./one.go", "./shared.go")
    assert recipe.commands[0].cwd == "/p/many"
    assert recipe.products[0].path == "{staging}/one/bootstrap"


@pytest.mark.parametrize(
    ("source", "package", "files"),
    [
        (".", "many/two.go", "./many/shared.go\n./many/two.go"),
        (".", "./many/../many/two.go", "./many/shared.go\n./many/two.go"),
        ("a", "../many/two.go", "../many/shared.go\n../many/two.go"),
    ],
)
def test_the_files_are_named_from_the_source(source: str, package: str, files: str) -> None:
    assert facts(output(LIB, OTHER, MANY), source, package, TEXTS).details["files"] == files


def test_programs_of_one_folder_are_never_built_together() -> None:
    some = [function(name, "many", package=f"{name}.go") for name in ("one", "two")]
    found = {one.name: facts(output(LIB, OTHER, MANY), "many", one.go.package, TEXTS) for one in some}
    assert [recipe.functions for recipe in go.recipes("/p", some, found, TOOL)] == [("one",), ("two",)]


@pytest.mark.parametrize(
    ("file", "code", "words"),
    [
        ("shared.go", "go.not-main", "shared.go declares no `func main`"),
        ("odd.go", "go.not-main", "odd.go declares no `func main`"),
        ("three.go", "go.not-main", "three.go is left out by its name, its build constraint or its C"),
        ("four.go", "project.source", "four.go does not exist in many"),
    ],
)
def test_a_file_that_is_no_program(file: str, code: str, words: str) -> None:
    with pytest.raises(ProjectError) as caught:
        facts(output(LIB, OTHER, MANY), "many", file, TEXTS)
    assert caught.value.code == code
    assert words in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("place", "words", "counts"),
    [
        ("many/two.go:3:1", "x.test/y: some mistake", False),
        ("many/one.go:3:1", "x.test/y: some mistake", True),
        ("many/two.go:3:1", "pattern web: no matching files found", True),
        ("", "found packages a and b", True),
    ],
)
def test_an_error_in_another_program_is_not_this_ones(place: str, words: str, counts: bool) -> None:
    answer = output(LIB, OTHER, {**MANY, "Error": error(words, place)})
    if counts:
        with pytest.raises(BuildFailed):
            facts(answer, "many", "one.go", TEXTS)
    else:
        assert facts(answer, "many", "one.go", TEXTS)


# ---- what is not there ----------------------------------------------------------------------------------


def test_files_and_packages_that_are_not_there_are_listed() -> None:
    answer = output(
        {
            "ImportPath": "example.com/app/gen",
            "DepOnly": True,
            "Error": error(
                "no required module provides package example.com/app/gen; to add it:", "a/x.go:3:8"
            ),
        },
        {**LIB, "Error": error("pattern web/*: no matching files found", "lib/x.go:9:12")},
        package("example.com/app/a", "example.com/app/gen", "example.com/app/lib", name="main"),
    )
    with pytest.raises(BuildFailed) as caught:
        facts(answer, "a")
    assert caught.value.code == "go.generated"
    assert caught.value.message == (
        "a: not there: example.com/app/gen (imported at a/x.go:3), web/* (embedded at lib/x.go:9)"
    )
    assert "go generate" in caught.value.hint
    assert "a/x.go:3:8: no required module" in caught.value.output


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        ("x.test/gen", {}),
        ("example.com/application", {}),
        ("example.com/app/nested/gen", {"/p/nested/go.mod": "module example.com/app/nested"}),
    ],
)
def test_a_module_that_is_not_required_is_not_a_file_that_is_missing(
    path: str, texts: dict[str, str]
) -> None:
    wrong = error(f"no required module provides package {path}; to add it:", "a/x.go:3:8")
    answer = output(
        {"ImportPath": path, "DepOnly": True, "Error": wrong}, package("example.com/app/a", path, name="main")
    )
    with pytest.raises(ProjectError) as caught:
        facts(answer, "a", texts=texts)
    assert caught.value.code == "go.module"
    assert "go mod tidy" in caught.value.hint


def test_a_mistake_of_the_project_is_told_with_what_it_means() -> None:
    wrong = error("verifying x.test/y@v1.0.0: checksum mismatch", "a/x.go:3:8")
    with pytest.raises(ProjectError) as caught:
        facts(output({**A, "Error": wrong}), "a")
    assert caught.value.message.startswith("a: x.test/y@v1.0.0 is not what go.sum recorded\na/x.go:3:8: ")
