import re
from pathlib import Path
from typing import Any

import pytest

from lint.elves import library
from lint.made import HANDLER, PYTHON311, Files, codes, look, of, one, python, write
from onezip.archive.rules.source import LARGEST, Mistake, Source, read_source
from onezip.errors import Severity
from onezip.limits import RUNTIMES
from onezip.model.function import Handler


@pytest.mark.parametrize(
    ("handler", "prevents"),
    [
        (
            "handler",
            "Runtime.MalformedHandlerName: Bad handler 'handler': not enough values to unpack",
        ),
        (
            "time.handler",
            "Runtime.BuiltInModuleConflict: Cannot use built-in module time as a handler module",
        ),
    ],
)
def test_names_that_cannot_be(handler: str, prevents: str, tmp_path: Path) -> None:
    report = python(tmp_path / "a.zip", {"time.py": HANDLER}, handler=Handler(handler))
    assert one(report, "check.handler-name").prevents.removesuffix(" (expected 2, got 1)") == prevents


@pytest.mark.parametrize(
    ("files", "handler"),
    [
        ({"main.py": HANDLER}, "main.handler"),
        ({"main/__init__.py": HANDLER}, "main.handler"),
        ({"pkg/main.py": HANDLER}, "pkg.main.handler"),
        ({"pkg/main.py": HANDLER}, "pkg/main.handler"),
        ({"main.pyc": b""}, "main.handler"),
        ({"main.so": library()}, "main.handler"),
        ({"main.abi3.so": library()}, "main.handler"),
        ({"main.cpython-313-x86_64-linux-gnu.so": library()}, "main.handler"),
    ],
)
def test_a_module_may_be_many_things(files: Files, handler: str, tmp_path: Path) -> None:
    report = look(write(tmp_path / "a.zip", files), runtime=RUNTIMES["python3.13"], handler=Handler(handler))
    assert not [each for each in report.findings if each.code.startswith("check.handler")]


@pytest.mark.parametrize(
    ("files", "handler", "entry", "fix"),
    [
        ({"out/main.py": HANDLER, "out/x.py": b""}, "main.handler", "out/main.py", "Zip what is in 'out/'"),
        ({"Main.py": HANDLER}, "main.handler", "Main.py", "upper and lower case differ"),
        ({"src/main.py": HANDLER, "x.py": b""}, "main.handler", "src/main.py", "Did you mean src.main?"),
        ({"mian.py": HANDLER}, "main.handler", "mian.py", "Did you mean mian?"),
        ({"main.cpython-312-x86_64-linux-gnu.so": library()}, "main.handler", "main.c", "Write main"),
        ({}, "main.handler", "", "Correct the handler"),
    ],
)
def test_a_missing_module_is_looked_for(
    files: Files, handler: str, entry: str, fix: str, tmp_path: Path
) -> None:
    report = look(write(tmp_path / "a.zip", files), runtime=RUNTIMES["python3.13"], handler=Handler(handler))
    found = one(report, "check.handler-missing")
    assert found.entry.startswith(entry)
    assert fix in found.fix
    assert (
        found.prevents == "Runtime.ImportModuleError: Unable to import module 'main': No module named 'main'"
    )


def test_a_module_hides_a_folder(tmp_path: Path) -> None:
    files = {"pkg.py": b"", "pkg/app.py": HANDLER}
    found = one(
        python(tmp_path / "a.zip", files, handler=Handler("pkg.app.handler")), "check.handler-missing"
    )
    assert found.prevents.endswith("No module named 'pkg.app'; 'pkg' is not a package")
    files["pkg/__init__.py"] = b""
    assert not codes(python(tmp_path / "b.zip", files, handler=Handler("pkg.app.handler")))


def test_layers_may_bring_the_handler(tmp_path: Path) -> None:
    report = python(tmp_path / "a.zip", {}, handler=Handler("datadog_lambda.handler.handler"), layered=True)
    assert not codes(report)


@pytest.mark.parametrize(
    "source",
    [
        "def handler(event, context): ...",
        "class handler: ...",
        "handler = print",
        "handler: object = print",
        "x, (handler, *y) = 1, (2, 3)",
        "from core import handler",
        "from core import main as handler",
        "import handler",
        "import handler.x",
        "from core import *",
        "if x:\n    pass\nelif y:\n    def handler(e, c): ...",
        "try:\n    import x\nexcept ImportError:\n    def handler(e, c): ...",
        "try:\n    pass\nfinally:\n    handler = 1",
        "with x as handler: ...",
        "for handler in x: ...",
        "while x:\n    handler = 1",
        "match x:\n    case [handler]: ...",
        "match x:\n    case _:\n        handler = 1",
        "print(handler := 1)",
        "def setup():\n    global handler\n    handler = 1",
        "globals()['handler'] = 1",
        "def __getattr__(name): ...",
        "exec('handler = 1')",
        "import sys\nsys.modules[__name__] = 1",
    ],
)
def test_a_function_may_be_defined_in_many_ways(source: str, tmp_path: Path) -> None:
    report = python(tmp_path / "a.zip", {"app.py": source.encode(), "core.py": b"", "x.py": b""})
    assert not of(report, "check.handler-function")


@pytest.mark.parametrize(
    "source",
    ["", "def main(event, context):\n    handler = 1", "class A:\n    def handler(self): ...", "x = 1"],
)
def test_a_function_that_is_not_there(source: str, tmp_path: Path) -> None:
    found = one(python(tmp_path / "a.zip", {"app.py": source.encode()}), "check.handler-function")
    assert found.prevents == "Runtime.HandlerNotFound: Handler 'handler' missing on module 'app'"


def test_a_slip_of_the_pen_is_guessed(tmp_path: Path) -> None:
    found = one(python(tmp_path / "a.zip", {"app.py": b"def handlr(e, c): ..."}), "check.handler-function")
    assert found.fix == "Did you mean handlr?"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("event, context", ""),
        ("*args", ""),
        ("event, *rest", ""),
        ("event, context, more=1, *, x=2, **y", ""),
        ("event, /, context", ""),
        ("", "handler() takes 0 positional arguments but 2 were given"),
        ("event", "handler() takes 1 positional argument but 2 were given"),
        ("event, *, context", "handler() takes 1 positional argument but 2 were given"),
        ("a, b, c", "handler() missing 1 required positional argument: 'c'"),
        ("a, b, c, d", "handler() missing 2 required positional arguments: 'c' and 'd'"),
        ("a, b, *, c", "handler() missing 1 required keyword-only argument: 'c'"),
    ],
)
def test_lambda_calls_with_two_arguments(arguments: str, says: str, tmp_path: Path) -> None:
    source = f"def handler({arguments}): ..."
    found = of(python(tmp_path / "a.zip", {"app.py": source.encode()}), "check.handler-signature")
    assert [each.prevents for each in found] == ([f"TypeError: {says}"] if says else [])
    namespace: dict[str, object] = {}
    exec(source, namespace)
    handler: Any = namespace["handler"]
    if says:
        with pytest.raises(TypeError, match=rf"^{re.escape(says)}$"):
            handler(1, 2)
    else:
        handler(1, 2)


@pytest.mark.parametrize(
    "source",
    [
        "@wrap\ndef handler(): ...",
        "def handler(): ...\nhandler = wrap(handler)",
        "if x:\n    def handler(): ...",
    ],
)
def test_what_may_be_wrapped_is_not_judged(source: str, tmp_path: Path) -> None:
    assert not of(python(tmp_path / "a.zip", {"app.py": source.encode()}), "check.handler-signature")


def test_nobody_awaits(tmp_path: Path) -> None:
    source = b"async def handler(event, context): ..."
    found = one(python(tmp_path / "a.zip", {"app.py": source}), "check.handler-signature")
    assert found.severity is Severity.WARNING
    assert "Object of type coroutine is not JSON serializable" in found.prevents


def test_syntax_is_judged_only_where_it_can_be(tmp_path: Path) -> None:
    code = "check.python-syntax"
    assert (
        one(python(tmp_path / "a.zip", {"app.py": b"def"}, runtime=PYTHON311), code).severity
        is Severity.WARNING
    )
    newer = one(python(tmp_path / "b.zip", {"app.py": b"def"}, runtime=RUNTIMES["python3.15"]), code)
    assert newer.severity is Severity.NOTE
    older = {"app.py": b"match x:\n    case 1: ...\n" + HANDLER}
    assert one(python(tmp_path / "c.zip", older, runtime=RUNTIMES["python3.9"]), code)
    assert not of(python(tmp_path / "d.zip", older, runtime=PYTHON311), code)
    assert one(python(tmp_path / "e.zip", {"app.py": b"x = '\0'"}), code)


HARD = [
    "(" * 199,
    "(" * 150 + "a b" + ")" * 150,
    "not " * 100_000,
    "-" * 100_000 + "1",
    "1+" * 200_000 + "1",
    "a" + ".b" * 200_000,
    "if a:\n pass\n" + "elif b:\n pass\n" * 1000,
    "if a:\n pass\n" + "elif b:\n pass\n" * 50_000,
    "x = 1\n" * 50_000,
    "def f(): ...\n" * 20_000,
    "lambda:" * 20_000,
    "\0" * 1000,
    "# coding: nonsense\n",
    "# coding: utf-7\n+AGE-",
    "# coding: idna\nx\n",
]


@pytest.mark.parametrize("source", HARD, ids=range(len(HARD)))
def test_hard_sources_end(source: str) -> None:
    assert isinstance(read_source(source.encode(), (3, 11)), Source | Mistake)


def test_a_long_source_is_not_parsed() -> None:
    found = read_source(b"x = 1\n" * (LARGEST // 6 + 1), (3, 11))
    assert isinstance(found, Mistake)
    assert not found.sure
