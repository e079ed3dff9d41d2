"""go.mod and go.work as text, and paths of two systems."""

import pytest

from onezip.builder.languages.go_mod import GoMod, below, exact, is_below, is_local, parents, parse


def test_a_go_mod() -> None:
    text = """\
module example.com/a // the module

go 1.24.3
toolchain go1.26.8 // pinned

require example.com/x v1.0.0
require (
	example.com/y v1.2.3 // indirect
)
replace example.com/x => ../x
replace (
	example.com/y v1.2.3 => example.com/z v1.0.0
	example.com/w => "./with blank"
	example.com/v => C:\\v
)
exclude example.com/q v1.0.0
"""
    assert parse(text) == GoMod("1.24.3", "go1.26.8", ("../x", "./with blank", "C:\\v"))


def test_a_go_work() -> None:
    text = "go 1.25\r\ntoolchain default\r\nuse ./a\r\nuse (\r\n\t./b // two\r\n\t`c d`\r\n)\r\n"
    assert parse(text) == GoMod("1.25", "default", ("./a", "./b", "c d"))


@pytest.mark.parametrize("text", ["", "//", "module", "(", ")", "go", "use (\n", '"', "replace a =>", "\0"])
def test_what_is_not_understood_is_left_to_go(text: str) -> None:
    assert parse(text) == GoMod()


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("1.26.8", "go1.26.8"),
        ("go1.26.8", "go1.26.8"),
        ("1.21.0", "go1.21.0"),
        ("1.27rc1", "go1.27rc1"),
        ("1.27beta2", "go1.27beta2"),
        ("go1.26.8-fips", "go1.26.8-fips"),
        ("1.26", None),
        ("go1.26", None),
        ("1.26.x", None),
        ("1.26.8 ", None),
        (">=1.26.8", None),
        ("latest", None),
        ("2.0.0", None),
        ("", None),
    ],
)
def test_exact_versions(version: str, wanted: str | None) -> None:
    assert exact(version) == wanted


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        (".", True),
        ("..", True),
        ("../x", True),
        ("/x", True),
        ("C:/x", True),
        ("..\\x", True),
        ("a.b/c", False),
    ],
)
def test_local_targets(target: str, wanted: bool) -> None:
    assert is_local(target) is wanted


def test_paths_of_two_systems() -> None:
    assert list(parents("/a/b")) == ["/a/b", "/a", "/"]
    assert list(parents("C:\\a\\b")) == ["C:\\a\\b", "C:\\a", "C:\\"]
    assert list(parents("\\\\host\\share\\a")) == ["\\\\host\\share\\a", "\\\\host\\share\\"]
    assert below("/a/b", "../c/./d") == "/a/c/d"
    assert below("C:\\a", "b/c") == "C:\\a\\b\\c"
    assert below("/a", ".") == "/a"
    assert is_below("/a/b", "/a")
    assert is_below("/a", "/a")
    assert not is_below("/ab", "/a")
    assert not is_below("/a", "")
