"""Go functions as values: what is asked, what is run, what is said. No compiler."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from builder.elf_samples import AARCH64, DYN, elf
from builder.go_driver import TOOL, function, read_from, staged
from onezip.builder.languages import go
from onezip.builder.languages.base import Staged, Tool
from onezip.builder.languages.go_tool import GoTool
from onezip.errors import ProjectError, Severity, ToolMissing
from onezip.limits import RUNTIMES
from onezip.model.build import Command, Facts, Product, Recipe
from onezip.model.function import Architecture, Function

LDFLAGS = "-ldflags=-s -w -buildid="


def found(package: str = "example.com/app", root: str = "/p", work: str = "") -> Facts:
    return Facts(details={"package": package, "module": "example.com/app", "root": root, "work": work})


def recipes(pairs: Sequence[tuple[Function, Facts]]) -> list[Recipe]:
    return go.recipes("/p", [one for one, _ in pairs], {one.name: its for one, its in pairs}, TOOL)


def command_of(*functions: Function, tool: Tool = TOOL) -> Command:
    [probe] = go.probes("/p", functions, tool)
    assert set(probe.functions) == {one.name for one in functions}
    return probe.command


def test_probe_asks_in_the_environment_of_the_build() -> None:
    command = command_of(function("api", "svc", package="cmd/api", tags=("x",), pass_env=("TOKEN",)))
    assert command.argv[:4] == ("/opt/go/bin/go", "list", "-e", "-deps")
    assert command.argv[4].startswith("-json=ImportPath,Name,Dir,")
    assert command.argv[5:] == ("-buildvcs=false", "-tags=lambda.norpc,x", "./cmd/api")
    assert command.cwd == "/p/svc"
    assert command.pass_env == ("TOKEN",)
    assert command.env == {
        "GOTOOLCHAIN": "go1.26.8",
        "GOPROXY": "https://proxy.test",
        "CGO_ENABLED": "0",
        "GOOS": "linux",
        "GOARCH": "amd64",
        "GOAMD64": "v1",
        "GOARM64": "v8.0",
        "GOENV": "off",
        "GOFLAGS": "",
        "GOEXPERIMENT": "",
        "GOFIPS140": "off",
        "GODEBUG": "",
        "GOWORK": "",
        "GO111MODULE": "",
    }


MODULE = GoTool(TOOL.name, TOOL.path, TOOL.version, TOOL.env, module="/p/m")


def test_functions_of_one_module_are_asked_about_together() -> None:
    some = [
        function("a", "m/cmd/a"),
        function("b", "m", package="cmd/b"),
        function("again", "m", package="./cmd/../cmd/b", ldflags=("-X", "main.a=b"), gcflags=("-N",)),
        function("file", "m/cmd/many", package="one.go"),
        function("other", "m/cmd/many", package="two.go"),
    ]
    command = command_of(*some, tool=MODULE)
    assert command.cwd == "/p/m"
    assert command.argv[7:] == ("/p/m/cmd/a", "/p/m/cmd/b", "/p/m/cmd/many")


@pytest.mark.parametrize(
    "other",
    [
        {"architecture": Architecture.ARM64},
        {"tags": ("x",)},
        {"pass_env": ("TOKEN",)},
        {"package": "has@sign"},
        {"package": "more...dots/x.go"},
    ],
)
def test_what_needs_a_question_of_its_own(other: dict[str, Any]) -> None:
    found = go.probes("/p", [function("a", "m"), function("b", "m", **other)], MODULE)
    assert [probe.functions for probe in found] == ([("a",), ("b",)] if "..." not in str(other) else [("a",)])


def test_without_a_module_functions_of_one_folder_are_asked_about_together() -> None:
    some = [function("a", "m", package="a"), function("b", "m", package="b"), function("c", "n")]
    found = [(probe.command.cwd, probe.command.argv[7:]) for probe in go.probes("/p", some, TOOL)]
    assert found == [("/p/m", ("./a", "./b")), ("/p/n", (".",))]


def test_an_odd_name_above_the_project_is_not_given_to_go() -> None:
    tool = replace(MODULE, module="/home/me@work/p/m")
    [probe] = go.probes("/home/me@work/p", [function("a", "m/a"), function("b", "m/a", package="x.go")], tool)
    assert (probe.command.cwd, probe.command.argv[7:]) == ("/home/me@work/p/m/a", (".",))


def test_hundreds_of_packages_fit_in_command_lines() -> None:
    long = "m/an/organisation/with/long/names/and/deep/folders/service-"
    some = [function(f"f{n:03}", f"{long}{n:03}") for n in range(600)]
    found = go.probes("/p", [*some, *(replace(one, name=f"{one.name}-2") for one in some)], MODULE)
    assert all(sum(map(len, probe.command.argv)) < 30_000 for probe in found)
    assert len(found) == 3
    assert sum(len(probe.functions) for probe in found) == 1200
    assert sum(len(probe.command.argv) - 7 for probe in found) <= 600 + len(found)


def test_a_wrong_function_does_not_stop_the_others() -> None:
    wrong = function("wrong", "m", ldflags=("-extld=sh",))
    [probe] = go.probes("/p", [wrong, function("right", "m")], MODULE)
    assert probe.functions == ("right",)
    with pytest.raises(ProjectError, match="ldflags may not hold"):
        go.facts("/p", wrong, "", read_from({}))


@pytest.mark.parametrize("runtime", ["go1.x", "python3.13"])
def test_a_runtime_that_starts_no_bootstrap(runtime: str) -> None:
    with pytest.raises(ProjectError) as caught:
        go.facts("/p", replace(function(), runtime=RUNTIMES[runtime]), "", read_from({}))
    assert caught.value.message == f"hello: a Go function does not run on {runtime}"
    assert caught.value.hint == 'write runtime = "provided.al2023"'


@pytest.mark.parametrize("runtime", ["provided.al2023", "provided.al2", "provided"])
def test_os_only_runtimes_get_the_same_build(runtime: str) -> None:
    assert recipes([(function(runtime=runtime), found())]) == recipes([(function(), found())])


def test_without_a_tool() -> None:
    with pytest.raises(ToolMissing):
        go.probes("/p", [function()], None)


def test_one_function_is_built_from_its_source_folder() -> None:
    [recipe] = recipes([(function("api", "svc", package="cmd/api", ldflags=("-X", "main.a=b c")), found())])
    [command] = recipe.commands
    assert command.argv == (
        "/opt/go/bin/go",
        "build",
        "-trimpath",
        "-buildvcs=false",
        "-tags=lambda.norpc",
        f"{LDFLAGS} -X 'main.a=b c'",
        "-o",
        "{staging}/api/bootstrap",
        "./cmd/api",
    )
    assert command.cwd == "/p/svc"
    assert recipe.products == (Product("api", "{staging}/api/bootstrap", "bootstrap"),)
    assert recipe.language == "go"
    assert pickle.loads(pickle.dumps(recipe)) == recipe


def test_components_name_no_machine() -> None:
    [recipe] = recipes([(function(), found())])
    flags, toolchain = recipe.components
    assert flags.name == "flags"
    assert flags.detail == f"-trimpath -buildvcs=false -tags=lambda.norpc {LDFLAGS} GOARCH=amd64"
    assert (toolchain.name, toolchain.detail) == ("toolchain", "go1.26.8")
    elsewhere = replace(TOOL, path="C:\\go\\go.exe", env={"GOMODCACHE": "C:\\mod"})
    [other] = go.recipes("C:\\q", [function()], {"hello": found(root="C:\\q")}, elsewhere)
    assert other.components == recipe.components


def test_functions_of_a_module_with_equal_settings_share_a_build() -> None:
    [recipe] = recipes(
        [
            (function("b", "cmd/b"), found("example.com/app/cmd/b")),
            (function("a", "cmd/a", version="1.26.8"), found("example.com/app/cmd/a")),
            (function("again", ".", package="cmd/a"), found("example.com/app/cmd/a")),
        ]
    )
    [command] = recipe.commands
    assert command.argv[-4:] == ("-o", "{staging}/bin/", "example.com/app/cmd/a", "example.com/app/cmd/b")
    assert command.cwd == "/p"
    assert recipe.functions == ("a", "again", "b")
    assert recipe.products == (
        Product("a", "{staging}/bin/a", "bootstrap"),
        Product("again", "{staging}/bin/a", "bootstrap"),
        Product("b", "{staging}/bin/b", "bootstrap"),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"architecture": Architecture.ARM64}, {}),
        ({"tags": ("x",)}, {}),
        ({"ldflags": ("-X", "main.a=b")}, {}),
        ({"gcflags": ("-N",)}, {}),
        ({"pass_env": ("TOKEN",)}, {}),
        ({}, {"root": "/q"}),
        ({}, {"package": "example.com/app/x/cmd"}),
        ({}, {"package": "example.com/app/x/CMD"}),
        ({}, {"package": "example.com/app/v2"}),
        ({}, {"package": "example.com/app/v2x", "work": "/p/cmd/go.work"}),
        ({}, {"package": "example.com/app/x", "work": "/go.work"}),
        ({}, {"package": "example.com/app/x", "work": "?"}),
        ({}, {"package": "example.com/app/has blank"}),
        ({}, {"package": "example.com/app/x.exe"}),
        ({}, {"package": "example.com/app/über"}),
        ({}, {"package": "command-line-arguments", "root": ""}),
    ],
)
def test_a_doubt_means_builds_of_their_own(one: dict[str, Any], other: dict[str, Any]) -> None:
    made = recipes(
        [
            (function("a"), found("example.com/app/cmd")),
            (function("b", **one), found(**{"package": "example.com/app/b", **other})),
        ]
    )
    assert [recipe.functions for recipe in made] == [("a",), ("b",)]
    assert [recipe.commands[0].argv[-3] for recipe in made] == ["-o", "-o"]
    assert [recipe.products[0].path for recipe in made] == [f"{{staging}}/{name}/bootstrap" for name in "ab"]


def test_a_workspace_above_is_shared() -> None:
    work = "/go.work"
    made = recipes(
        [
            (function("a"), found("example.com/app/a", work=work)),
            (function("b"), found("example.com/app/b", work=work)),
        ]
    )
    assert len(made) == 1


def test_hundreds_of_functions_fit_in_command_lines() -> None:
    long = "example.com/an/organisation/with/long/names/and/deep/folders/service-"
    made = recipes([(function(f"f{n:03}"), found(f"{long}{n:03}")) for n in range(350)])
    assert [len(recipe.functions) for recipe in made] == [100, 100, 100, 50]
    assert all(sum(map(len, recipe.commands[0].argv)) < 30_000 for recipe in made)
    assert len({name for recipe in made for name in recipe.functions}) == 350


def test_the_order_of_functions_does_not_count() -> None:
    pairs = [(function(name), found(f"example.com/app/{name}")) for name in "abc"]
    assert recipes(pairs) == recipes(pairs[::-1])


def test_harvest_reads_the_header() -> None:
    assert go.harvest(function(), staged(elf())).diagnostics == ()
    assert go.harvest(function(architecture=Architecture.ARM64), staged(elf(AARCH64))).diagnostics == ()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (elf(AARCH64), "an executable for arm64"),
        (elf(kind=DYN), "a library or object file for x86_64"),
        (elf()[:30], "a damaged program"),
        (b"MZ\x90", "not a Linux program"),
        (b"", "not a Linux program"),
    ],
)
def test_harvest_refuses_a_surprise(data: bytes, what: str) -> None:
    [diagnostic] = go.harvest(function(), staged(data)).diagnostics
    assert diagnostic.code == "archive.bootstrap"
    assert diagnostic.severity is Severity.ERROR
    assert diagnostic.message == f"hello: go built {what}, not an executable for x86_64"


def test_harvest_of_nothing() -> None:
    assert go.harvest(function(), Staged([], lambda _name: b"")).diagnostics


def test_the_names_in_the_zip_tell_nothing_more() -> None:
    assert go.check(function(), ["bootstrap"]) == ()


def test_an_exact_version_needs_no_word() -> None:
    assert go.warnings(function(), found(), TOOL, ()) == ()


def test_a_version_found_by_chance_is_told() -> None:
    [diagnostic] = go.warnings(function(), found(), replace(TOOL, version="go1.26.3", exact=False), ())
    assert (diagnostic.code, diagnostic.severity) == ("go.unpinned", Severity.WARNING)
    assert diagnostic.message == "hello: built with go1.26.3 as found here; another Go makes other bytes"
    assert diagnostic.hint == (
        'pin it: `go mod edit -toolchain=go1.26.3`, or go = "1.26.3" at the top of the project file'
    )


GONE = "no such release (https://go.dev/dl lists them), or GOPROXY does not offer it"
FETCH = "this Go version could not be fetched: it needs the network or a GOPROXY once; or install it"
NET = "a module could not be fetched: look at the network, proxies and GOPROXY; vendor needs none"
KEYS = (
    "a private module needs `go env -w GOPRIVATE=HOST/PATH` and git credentials "
    "(https://go.dev/ref/mod#private-modules)"
)


MOVED = "a moved tag, a proxy's other copy, or tampering: find out which before `go mod tidy` takes it over"
GONE_MODULE = (
    "withdrawn: `go get` another version, `replace` it by a fork, or vendor it where it still is; "
    f"private: {KEYS}"
)
UNKNOWN = (
    "private: set GOPRIVATE=HOST/PATH (`go env -w`), or GONOSUMDB=HOST/PATH where a proxy of your own "
    "has it; public: its version was withdrawn, or GOSUMDB cannot be reached from here"
)
TOOLCHAIN = "golang.org/toolchain@v0.0.1-go1.99.9.linux-amd64"
REFUSED = 'Get "https://127.0.0.1:1/x": dial tcp 127.0.0.1:1: connect: connection refused'


def test_what_is_gone_is_named() -> None:
    told = go.explain(
        function(), "go: a.test/b@v1.0.0: reading https://proxy/a.test/b/@v/v1.0.0.info: 410 Gone"
    )
    assert told.message == "a.test/b@v1.0.0 is not to be had: 410 Gone"
    told = go.explain(function(), "verifying a.test/b@v1.0.0: checksum mismatch")
    assert told.message == "a.test/b@v1.0.0 is not what go.sum recorded"


@pytest.mark.parametrize(
    ("output", "code", "hint"),
    [
        (
            "go: go.mod requires go >= 1.27.1 (running go 1.26.8; GOTOOLCHAIN=local)",
            "go.version",
            "pin a newer Go: `go mod edit -toolchain=goX.Y.Z`, or go in the project file; 1.27.1 at least",
        ),
        (
            "go: example.com/x@v1.0.0 requires go >= 1.27 (running go 1.26.8)",
            "go.version",
            "pin a newer Go: `go mod edit -toolchain=goX.Y.Z`, or go in the project file; 1.27 at least",
        ),
        (f"go: download go1.99.9: {TOOLCHAIN}: reading https://x.zip: 403 Forbidden", "go.version", GONE),
        ("go: download go1.99.9 for linux/amd64: toolchain not available", "go.version", GONE),
        (f"go: download go1.99.9: {TOOLCHAIN}: {REFUSED}", "go.version", FETCH),
        (
            f"go: download go1.99.9: {TOOLCHAIN}: verifying: checksum database disabled by GOSUMDB=off",
            "go.version",
            "Go fetches a toolchain only with its checksum: unset GOSUMDB, or install it from https://go.dev/dl",
        ),
        ("go: errors parsing go.mod:\ngo.mod:3: unknown directive: foo", "go.module", ""),
        (f"m.go:4:2: github.com/x/y@v1.0.0: {REFUSED}", "network.failed", NET),
        ("github.com/x/y@v1.0.0: module lookup disabled by GOPROXY=off", "network.failed", NET),
        ("go: x.test/y@v1: reading https://proxy/x: 404 Not Found", "go.gone", GONE_MODULE),
        (
            "go: x.test/y@v1: checking tree#71: reading https://sums.test/tile/8/3/p/4: 403 Forbidden",
            "go.gone",
            UNKNOWN,
        ),
        (
            "go: x.test/y@v1.0.0: reading https://proxy.test/x.test/y/@v/v1.0.0.mod: 400 Bad Request",
            "go.gone",
            f"look at the module's path and version for a slip, and at GOPROXY; {KEYS}",
        ),
        (
            "x.go:2:8: a.test/b@v1.0.0: reading https://proxy/b: 410 Gone\n\tfatal: could not read Username",
            "go.gone",
            GONE_MODULE,
        ),
        (
            "m.go:2:8: a.test/b@v1.0.0: reading file:///x/a.test/b/@v/v1.0.0.zip: no such file or directory",
            "go.gone",
            GONE_MODULE,
        ),
        (
            "go: a.test/b@v1.2.3: invalid version: unknown revision v1.2.3",
            "go.gone",
            "its tag was moved or deleted: `go get` a version that exists, and commit go.mod and go.sum",
        ),
        (
            "remote: Repository not found.",
            "go.gone",
            f"no such module or version, or no right to see it: {KEYS}",
        ),
        ("fatal: Could not resolve host: github.com", "network.failed", NET),
        (
            "verifying a.test/b@v1.0.0/go.mod: checksum mismatch",
            "go.module",
            MOVED,
        ),
        ("fatal: could not read Username: terminal prompts disabled", "network.failed", KEYS),
        ("./main.go:3:1: undefined: nope", "", ""),
        ("", "", ""),
    ],
)
def test_the_words_of_go_are_explained(output: str, code: str, hint: str) -> None:
    told = go.explain(function(), output)
    assert (told.code, told.hint) == (code, hint)
