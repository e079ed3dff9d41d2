"""Warnings of many functions that say the same are one."""

from __future__ import annotations

from pathlib import Path

from builder.go_driver import needs_go, write
from cli.onezip_cli import onezip
from onezip.builder.alike import merged
from onezip.errors import Diagnostic, Severity


def warning(message: str, hint: str = "") -> Diagnostic:
    return Diagnostic("go.unpinned", Severity.WARNING, message, None, hint)


def messages(*told: tuple[str, Diagnostic]) -> list[str]:
    return [each.message for each in merged(told)]


def test_those_alike_but_for_the_name_are_one() -> None:
    several = [(name, warning(f"{name}: built with 1")) for name in ("a", "b", "c", "d")]
    assert messages(*several) == ["a, b, c, d: built with 1"]
    assert messages(*several, ("e", warning("e: built with 1"))) == ["a, b, c and 2 more: built with 1"]
    assert messages(*several[:1]) == ["a: built with 1"]


def test_what_differs_stays_apart() -> None:
    assert messages(("a", warning("a: x")), ("b", warning("b: y")), ("c", warning("c: x", "other"))) == [
        "a: x",
        "b: y",
        "c: x",
    ]


def test_what_names_no_function_is_said_once_as_it_is() -> None:
    assert messages(("a", warning("requests is loose")), ("b", warning("requests is loose"))) == [
        "requests is loose"
    ]
    assert messages(("a", warning("a: x")), ("b", warning("x"))) == ["a: x", "x"]


@needs_go
def test_a_build_of_many_warns_once(tmp_path: Path) -> None:
    main = "package main\n\nfunc main() {}\n"
    files = {f"cmd/f{number}/main.go": main for number in range(6)}
    tables = "".join(f'[functions.f{number}]\nsource = "cmd/f{number}"\n' for number in range(6))
    write(tmp_path, {"go.mod": "module example.com/a\n\ngo 1.24\n", "onezip.toml": tables, **files})
    said = onezip(tmp_path, "build", "--json")
    assert said.code == 0, said.err
    (told,) = said.diagnostics
    assert told["message"].startswith("f0, f1, f2 and 3 more: built with go")
