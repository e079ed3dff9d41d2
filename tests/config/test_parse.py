"""The project file: what it may say, and every way to get it wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from onezip.config.load import load_project
from onezip.errors import Diagnostic, ProjectError
from onezip.model.function import Architecture, Compression, Language
from onezip.model.project import Origin

WHOLE = """\
go = "1.26.8"

[defaults]
architecture = "arm64"
environment = { STAGE = "dev", LEVEL = "info" }

[defaults.go]
tags = ["netgo"]

[functions.hello]
source = "hello/"
memory = 256
timeout = 10
environment = { LEVEL = "debug" }
include = "data/**"
exclude = ["*.md"]
files = { "LICENSE" = "LICENSE" }
compression = "max"
pass_env = ["TOKEN"]

[functions.hello.go]
package = "./cmd/hello"
ldflags = ["-X main.version=1"]

[functions.greet]
source = "greet"
runtime = "python3.13"
architecture = "x86_64"
handler = "app.handler"

[functions.ready]
source = "bin/ready"
"""


def write(folder: Path, text: str, name: str = "onezip.toml") -> Path:
    (folder / name).write_text(text)
    return folder


def mistakes(folder: Path, text: str) -> list[Diagnostic]:
    write(folder, text)
    with pytest.raises(ProjectError) as caught:
        load_project(str(folder))
    assert caught.value.exit_code == 2
    return list(caught.value.diagnostics())


def test_a_whole_project(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/ready").write_bytes(b"\x7fELF")
    project = load_project(str(write(tmp_path, WHOLE)))
    assert (project.origin, project.file, list(project.functions)) == (
        Origin.ONEZIP_TOML,
        "onezip.toml",
        ["hello", "greet", "ready"],
    )
    hello = project.functions["hello"]
    assert (hello.language, hello.runtime.id, hello.architecture) == (
        Language.GO,
        "provided.al2023",
        Architecture.ARM64,
    )
    assert (hello.source, hello.limits.memory, hello.limits.timeout) == ("hello", 256, 10)
    assert hello.environment == {"STAGE": "dev", "LEVEL": "debug"}
    assert (hello.patterns.include, hello.patterns.exclude) == (("data/**",), ("*.md",))
    assert (hello.files, hello.compression) == ({"LICENSE": "LICENSE"}, Compression.MAX)
    assert (hello.go.package, hello.go.version) == ("./cmd/hello", "1.26.8")
    assert (hello.go.tags, hello.go.ldflags) == (("netgo",), ("-X main.version=1",))
    assert hello.handler.text == "bootstrap"
    assert str(hello.place) == "onezip.toml:10"
    greet = project.functions["greet"]
    assert (greet.language, greet.architecture) == (Language.PYTHON, Architecture.X86_64)
    assert (greet.handler.module, greet.handler.function) == ("app", "handler")
    assert project.functions["ready"].language is Language.PREBUILT


def test_pyproject_and_the_order_of_files(tmp_path: Path) -> None:
    write(tmp_path, '[tool.onezip.functions.a]\nsource = "."\n', "pyproject.toml")
    (tmp_path / "below/deeper").mkdir(parents=True)
    write(tmp_path / "below", "[tool.other]\nonezip = 1\n", "pyproject.toml")
    project = load_project(str(tmp_path / "below/deeper"))
    assert (project.origin, project.root) == (Origin.PYPROJECT, str(tmp_path))
    write(tmp_path, '[functions.b]\nsource = "."\n')
    assert list(load_project(str(tmp_path)).functions) == ["b"]


def test_mistakes_in_pyproject_have_its_lines(tmp_path: Path) -> None:
    write(
        tmp_path,
        '[project]\nname = "x"\n\n[tool.onezip.functions.a]\nsource = "."\nmemory = 1\n',
        "pyproject.toml",
    )
    with pytest.raises(ProjectError) as caught:
        load_project(str(tmp_path))
    assert str(caught.value.place) == "pyproject.toml:6"


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("functions = 1", 1, "functions must be a table of tables, not 1", ""),
        (
            '[functions.f]\nsource="."\nmemmory = 1',
            3,
            "unknown key 'memmory' in [functions.f]",
            "did you mean 'memory'?",
        ),
        (
            '[functions.f]\nsource="."\nMemorySize = 1',
            3,
            "unknown key 'MemorySize' in [functions.f]",
            "did you mean 'memory'?",
        ),
        (
            '[functions.f]\nsource="."\narchitecture = "amd64"',
            3,
            "functions.f.architecture must be 'x86_64' or 'arm64', not 'amd64'",
            "write 'x86_64': AWS's word for it",
        ),
        (
            '[functions.f]\nsource="."\narchitecture = "aarch64"',
            3,
            "functions.f.architecture must be 'x86_64' or 'arm64', not 'aarch64'",
            "write 'arm64': AWS's word for it",
        ),
        (
            '[functions.f]\nsource="."\nmemory = 64',
            3,
            "functions.f.memory must be between 128 and 10240 MB, not 64",
            "",
        ),
        (
            '[functions.f]\nsource="."\ntimeout = "3"',
            3,
            "functions.f.timeout must be a whole number, not '3'",
            "",
        ),
        (
            '[functions.f]\nsource="."\ntimeout = true',
            3,
            "functions.f.timeout must be a whole number, not true",
            "",
        ),
        (
            '[functions.f]\nsource="."\n[functions.f.environment]\nA1 = "x"\nB1 = 2',
            3,
            "functions.f.environment must be a table of strings, not a table with B1 = 2",
            "",
        ),
        (
            '[functions.f]\nsource="."\nenvironment = { AWS_REGION = "eu" }',
            3,
            "Lambda reserves the variable AWS_REGION",
            "choose another name",
        ),
        (
            '[functions.f]\nsource="."\nenvironment = { 1A = "eu" }',
            3,
            "variable '1A': a letter first, then letters, digits and _, two or more in all",
            "",
        ),
        (
            '[functions.f]\nsource="."\nruntime = "pyton3.13"',
            3,
            "unknown runtime 'pyton3.13'",
            "did you mean 'python3.13'?",
        ),
        (
            '[functions.f]\nsource="."\nruntime = "go1.x"',
            3,
            "AWS closed go1.x: the program must be called bootstrap and run on an OS-only runtime",
            'write runtime = "provided.al2023"',
        ),
        (
            '[functions.f]\nsource="."\nruntime = "python3.13"',
            1,
            "functions.f has no handler",
            'add handler = "MODULE.FUNCTION", such as "app.handler"',
        ),
        (
            '[functions.f]\nsource="."\nruntime = "python3.13"\nhandler = "app"',
            4,
            "handler 'app' names no function",
            'write "MODULE.FUNCTION"',
        ),
        (
            '[functions.f]\nsource="."\nlanguage = "go"\nruntime = "python3.13"',
            4,
            "a go function does not run on python3.13",
            "write 'provided.al2023'",
        ),
        (
            '[functions.f]\nsource="C:\\\\x"',
            2,
            "functions.f.source: 'C:\\\\x' is not a path that every machine has",
            "write it relative to the project file, with forward slashes",
        ),
        (
            "[functions.f]\nmemory = 128",
            1,
            "functions.f has no source",
            'add source = "FOLDER", relative to the project file',
        ),
        (
            '[functions."a b"]\nsource="."',
            None,
            "function name 'a b': letters, digits, - and _, at most 64",
            "",
        ),
        (
            '[functions.f]\nsource="."\n[functions.f.go]\nversoin = "1"',
            4,
            "unknown key 'versoin' in [functions.f.go]",
            "did you mean 'version'?",
        ),
        (
            '[function.f]\nsource="."',
            1,
            "unknown key 'function' in the project file",
            "did you mean 'functions'?",
        ),
        (
            '[functions.f]\nsource="."\nenvironment = { BIG = "' + "x" * 4094 + '" }',
            3,
            "the environment is 4097 bytes; Lambda allows 4096",
            "",
        ),
        (
            '[functions.f]\nsource="."\nhandler="a.b"\npython.parent_packages = "shop/orders"',
            4,
            "functions.f.python.parent_packages: 'shop/orders' are not names with dots between them",
            'write parent_packages = "shop.orders"',
        ),
    ],
)
def test_mistakes(tmp_path: Path, text: str, line: int | None, message: str, hint: str) -> None:
    found = mistakes(tmp_path, text)
    assert [(d.message, d.hint) for d in found] == [(message, hint)]
    assert found[0].place is not None
    assert found[0].place.file == "onezip.toml"
    if line is not None:
        assert found[0].place.line == line


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = '[functions.f]\nsource="."\nmemory = 1\n[functions.g]\nsource = "."\ntimeout = 1000\n'
    assert [str(d.place) for d in mistakes(tmp_path, text)] == ["onezip.toml:3", "onezip.toml:6"]


def test_not_yet(tmp_path: Path) -> None:
    from onezip.config.schema import NOT_YET

    for table, key in sorted(NOT_YET):
        if table != "function":
            continue
        text = f'[functions.f]\nsource="."\n[functions.f.{key}]\n'
        assert [(d.code, d.message) for d in mistakes(tmp_path, text)] == [
            ("project.not-yet", f"{key!r} in [functions.f] is known but not supported yet")
        ]


def test_not_toml(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "[functions.f]\nsource = \n")
    assert (found[0].code, str(found[0].place)) == ("project.syntax", "onezip.toml:2")


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        load_project(str(tmp_path))
    assert caught.value.code == "project.missing"
    assert "onezip.toml" in caught.value.message


def test_a_config_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        load_project(str(tmp_path), "other.toml")
    assert caught.value.message == f"other.toml does not exist in {tmp_path}"


def test_no_function(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "[defaults]\nmemory = 128\n")[0].message == "onezip.toml describes no function"
