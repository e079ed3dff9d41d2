"""Flags: what reaches `go`, and what is refused."""

from typing import Any

import pytest

from builder.go_driver import function
from onezip.builder.languages.go_flags import flags, package_path
from onezip.errors import ProjectError
from onezip.model.function import Architecture

BASE = "-s -w -buildid="


def test_without_settings() -> None:
    assert flags(function()).arguments == (
        "-trimpath",
        "-buildvcs=false",
        "-tags=lambda.norpc",
        f"-ldflags={BASE}",
    )
    assert flags(function()).env == {
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
    assert flags(function(architecture=Architecture.ARM64)).env["GOARCH"] == "arm64"


@pytest.mark.parametrize(
    ("tags", "wanted"),
    [
        (("b", "a"), "lambda.norpc,a,b"),
        (("a,b c",), "lambda.norpc,a,b,c"),
        (("lambda.norpc", "a", "a"), "lambda.norpc,a"),
        (("",), "lambda.norpc"),
    ],
)
def test_tags(tags: tuple[str, ...], wanted: str) -> None:
    assert flags(function(tags=tags)).tags == wanted


@pytest.mark.parametrize(
    ("ldflags", "wanted"),
    [
        (("-X main.version=1.2",), "-X main.version=1.2"),
        (("-X", "main.version=1.2"), "-X main.version=1.2"),
        (("-X", "main.name=two words"), "-X 'main.name=two words'"),
        (("-X 'main.name=two words'",), "-X 'main.name=two words'"),
        (("'-X=main.name=two words'",), "'-X=main.name=two words'"),
        (("-X", "main.name=it's so"), '-X "main.name=it\'s so"'),
        (("-X", 'main.name="so"'), "-X 'main.name=\"so\"'"),
        (("-X main.a=1 -X main.b=2", "-compressdwarf=false"), "-X main.a=1 -X main.b=2 -compressdwarf=false"),
        (("-X", "main.o=-o"), "-X main.o=-o"),
        (("-X main.a=",), "-X main.a="),
        (("  ", ""), ""),
    ],
)
def test_ldflags_are_split_and_quoted_as_go_does(ldflags: tuple[str, ...], wanted: str) -> None:
    assert flags(function(ldflags=ldflags)).ldflags == f"{BASE} {wanted}".strip()


@pytest.mark.parametrize(
    ("gcflags", "wanted"),
    [
        (("-N", "-l"), ("-N -l",)),
        (("all=-N -l",), ("all=-N -l",)),
        (("all=-N", "-l"), ("all=-N -l",)),
        (("all=-N", "example.com/a/...=-l"), ("all=-N", "example.com/a/...=-l")),
        (("-d", "ssa/check/on"), ("-d ssa/check/on",)),
        (("-d=checkptr=0",), ("-d=checkptr=0",)),
        (("all=",), ("all=",)),
        ((), ()),
    ],
)
def test_gcflags_keep_their_patterns(gcflags: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    assert flags(function(gcflags=gcflags)).gcflags == wanted


RUNS = "it would run another program, or make the bytes depend on a machine"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ldflags": ("-extld=/bin/evil",)}, f"ldflags may not hold '-extld=/bin/evil': {RUNS}"),
        ({"ldflags": ("-extld", "evil")}, f"ldflags may not hold '-extld': {RUNS}"),
        ({"ldflags": ("--extld=evil",)}, f"ldflags may not hold '--extld=evil': {RUNS}"),
        (
            {"ldflags": ("-X a.b=c -extldflags=-static",)},
            f"ldflags may not hold '-extldflags=-static': {RUNS}",
        ),
        ({"ldflags": ("-linkmode external",)}, f"ldflags may not hold '-linkmode': {RUNS}"),
        ({"ldflags": ("'-extar=a b'",)}, f"ldflags may not hold '-extar=a b': {RUNS}"),
        ({"ldflags": ("-toolexec=x",)}, f"ldflags may not hold '-toolexec=x': {RUNS}"),
        ({"ldflags": ("-overlay=x",)}, f"ldflags may not hold '-overlay=x': {RUNS}"),
        ({"ldflags": ("-exec=x",)}, f"ldflags may not hold '-exec=x': {RUNS}"),
        ({"ldflags": ("-o", "/x")}, f"ldflags may not hold '-o': {RUNS}"),
        ({"ldflags": ("-C=/x",)}, f"ldflags may not hold '-C=/x': {RUNS}"),
        ({"ldflags": ("-modfile=x",)}, f"ldflags may not hold '-modfile=x': {RUNS}"),
        ({"ldflags": ("@args",)}, "ldflags may not hold '@args': it would read arguments from a file"),
        ({"ldflags": ("-X", "@args")}, "ldflags may not hold '@args': it would read arguments from a file"),
        ({"ldflags": ("-X main.name=two words",)}, "ldflags may not hold 'words': it stands alone"),
        ({"ldflags": ("all=-s",)}, "ldflags may not hold 'all=-s': it stands alone"),
        ({"ldflags": ("-X",)}, "ldflags may not hold '-X': its value is missing"),
        ({"ldflags": ("-X 'a",)}, 'ldflags may not hold "-X \'a": a quote is not closed'),
        (
            {"ldflags": ("-X", "a.b='\" ")},
            "ldflags may not hold 'a.b=\\'\"': Go cannot be given both kinds of quotes in one value",
        ),
        ({"gcflags": ("-o=/x",)}, f"gcflags may not hold '-o=/x': {RUNS}"),
        ({"gcflags": ("all=-N -trimpath=/x",)}, f"gcflags may not hold '-trimpath=/x': {RUNS}"),
        ({"gcflags": ("all='-toolexec=a b'",)}, f"gcflags may not hold '-toolexec=a b': {RUNS}"),
        ({"gcflags": ("-json=0,/x",)}, f"gcflags may not hold '-json=0,/x': {RUNS}"),
        ({"gcflags": ("@args",)}, "gcflags may not hold '@args': it would read arguments from a file"),
        ({"tags": ("a -toolexec=x",)}, "'-toolexec=x' is not a build tag"),
        ({"tags": ("!a",)}, "'!a' is not a build tag"),
    ],
)
def test_flags_that_escape_the_build_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ProjectError) as caught:
        flags(function("api", **settings))
    assert caught.value.code == "go.flag"
    assert caught.value.message == f"api: {message}"
    assert caught.value.hint


def test_the_digest_tells_settings_apart_and_no_machine() -> None:
    same = flags(function("one", "a", tags=("x", "y")))
    assert same.digest == flags(function("two", "b", tags=("y", "x"), package="cmd/z")).digest
    others = [
        flags(function()),
        flags(function(architecture=Architecture.ARM64, tags=("x", "y"))),
        flags(function(tags=("x", "y"), ldflags=("-X", "main.a=1"))),
        flags(function(tags=("x", "y"), gcflags=("-N",))),
    ]
    assert len({same.digest, *(other.digest for other in others)}) == 5


@pytest.mark.parametrize(
    ("package", "wanted"),
    [
        (".", "."),
        ("", "."),
        ("./", "."),
        ("cmd/api", "./cmd/api"),
        ("./cmd/api/", "./cmd/api"),
        ("../lib", "../lib"),
        ("..", ".."),
        ("-toolexec", "./-toolexec"),
        ("main.go", "./main.go"),
    ],
)
def test_a_package_is_a_path(package: str, wanted: str) -> None:
    assert package_path(function(package=package)) == wanted


@pytest.mark.parametrize("package", ["./...", "/abs", "cmd\\api", "a/.../b"])
def test_a_pattern_is_no_package(package: str) -> None:
    with pytest.raises(ProjectError, match="is not one folder below source"):
        package_path(function(package=package))
