"""Python functions without a project file: tables of files in memory, then sample trees."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from builder.go_driver import SAMPLE
from detect.listing import HANDLER, LAMBDA, found, walked
from onezip.config.detect.python_tree import defined
from onezip.config.parse import parse
from onezip.errors import ProjectError
from onezip.limits import NEWEST_PYTHON, RUNTIMES
from onezip.model.place import Place
from onezip.model.project import Origin

HANDLE = HANDLER.replace("lambda_handler", "handler")
NEWEST = f"no .python-version and no requires-python: {NEWEST_PYTHON}, the newest, is taken"


@pytest.mark.parametrize(
    ("text", "function"),
    [
        (HANDLER, "lambda_handler"),
        (HANDLE, "handler"),
        ("def main(event, context): ...\n", "main"),
        ("def main(*words): ...\n", "main"),
        ("def main(event, context, more=1): ...\n", "main"),
        ("@wrapped\ndef main(): ...\n", "main"),
        ("def main(): ...\n", None),
        ("def main(argv): ...\n", None),
        ("def main(a, b, c): ...\n", None),
        ("def main(*, a, b): ...\n", None),
        ("from cli import main\n", None),
        ("main = run\n", None),
        (f"{HANDLE}{HANDLER}def main(a, b): ...\n", "lambda_handler"),
        ("def handler(event, context): ...\ndef main(a, b): ...\n", "handler"),
        ("handler = Mangum(app)\n", "handler"),
        ("a = handler = make()\n", "handler"),
        ("handler: Handler = make()\n", "handler"),
        ("handler: Handler\n", None),
        ("from core import handler\n", "handler"),
        ("from core import run as lambda_handler\n", "lambda_handler"),
        ("from core import handler as other\n", None),
        ("if x:\n    handler = a\nelse:\n    handler = b\n", "handler"),
        ("try:\n    from a import handler\nexcept ImportError:\n    handler = None\n", "handler"),
        ("with x:\n    def handler(e, c): ...\n", "handler"),
        ("async def handler(event, context): ...\n", None),
        ("class A:\n    def handler(self, e, c): ...\n", None),
        ("def other():\n    def handler(e, c): ...\n", None),
        ("# def handler(e, c): ...\ntext = '''\ndef handler(e, c): ...\n'''\n", None),
        ("app = Flask(__name__)\n", None),
        ("", None),
        ("x = '\\d'\ndef handler(e, c): ...\n", "handler"),  # a warning of Python's, not an error
        ("match = ((\ndef handler(event, context):\n", "handler"),  # perhaps a newer Python
        ("broken ((\n", None),
        ("\0", None),
    ],
)
def test_what_a_module_defines(text: str, function: str | None) -> None:
    assert defined(text) == function


def table(source: str = ".", handler: str = "app.lambda_handler", **more: Any) -> dict[str, Any]:
    return {"language": "python", "source": source, "runtime": NEWEST_PYTHON, "handler": handler, **more}


@pytest.mark.parametrize(
    ("files", "functions"),
    [
        # modules
        ({"lambda_function.py": HANDLER}, {"project": table(handler="lambda_function.lambda_handler")}),
        ({"app.py": HANDLER}, {"project": table()}),
        ({"handler.py": HANDLE}, {"project": table(handler="handler.handler")}),
        ({"main.py": "def main(e, c): ..."}, {"project": table(handler="main.main")}),
        ({"index.py": HANDLE}, {"project": table(handler="index.handler")}),
        ({"other.py": HANDLER}, {}),
        ({"app.py": "app = 1", "main.py": HANDLE}, {"project": table(handler="main.handler")}),
        # places
        ({"src/app.py": HANDLER}, {"project": table("src")}),
        ({"functions/hello/app.py": HANDLER}, {"hello": table("functions/hello")}),
        (
            {"lambdas/a/app.py": HANDLER, "lambdas/b/app.py": HANDLER},
            {"a": table("lambdas/a"), "b": table("lambdas/b")},
        ),
        ({"services/a/app.py": HANDLER, "services/a/__init__.py": ""}, {"a": table("services/a")}),
        ({"services/a/src/app.py": HANDLER}, {"a": table("services/a/src")}),
        ({"src/functions/a/app.py": HANDLER}, {"a": table("src/functions/a")}),
        ({"lambda/index.py": HANDLE}, {"lambda": table("lambda", "index.handler")}),
        ({"functions/a/b/app.py": HANDLER}, {}),
        # any folder of the root where nothing else is found
        ({"hello_world/app.py": HANDLER}, {"hello_world": table("hello_world")}),
        ({"hello_world/app.py": HANDLER, "tests/app.py": HANDLER}, {"hello_world": table("hello_world")}),
        ({"app.py": HANDLER, "hello_world/app.py": HANDLER}, {"project": table()}),
        (
            {
                "hello_world/__init__.py": "",
                "hello_world/requirements.txt": "",
                "hello_world/app.py": HANDLER,
            },
            {"hello_world": table("hello_world")},
        ),
        ({"shop/__init__.py": "", "shop/app.py": HANDLER}, {"shop": table(".", "shop.app.lambda_handler")}),
        (
            {"src/shop/__init__.py": "", "src/shop/handler.py": HANDLE},
            {"shop": table("src", "shop.handler.handler")},
        ),
        ({"fns/a/app.py": HANDLER, "fns/b/app.py": HANDLER}, {"a": table("fns/a"), "b": table("fns/b")}),
        ({"fns/a/app.py": HANDLER, "other/app.py": HANDLER}, {"other": table("other")}),
        ({"tests/a/app.py": HANDLER, "a/tests/app.py": HANDLER, "a/b/c/app.py": HANDLER}, {}),
        ({"src/fns/a/app.py": HANDLER}, {"a": table("src/fns/a")}),
        # requirements of src
        (
            {"src/app.py": HANDLER, "requirements.txt": ""},
            {"project": table("src", python={"requirements": "../requirements.txt"})},
        ),
        (
            {"src/app.py": HANDLER, "src/requirements.txt": "", "requirements.txt": ""},
            {"project": table("src")},
        ),
        ({"functions/a/app.py": HANDLER, "requirements.txt": ""}, {"a": table("functions/a")}),
        (
            {"functions/a/src/app.py": HANDLER, "functions/a/requirements.txt": ""},
            {"a": table("functions/a/src", python={"requirements": "../requirements.txt"})},
        ),
        # what is not looked into
        (
            {
                "node_modules/app.py": HANDLER,
                ".venv/app.py": HANDLER,
                "env/pyvenv.cfg": "",
                "env/app.py": HANDLER,
            },
            {},
        ),
        # names
        (
            {"app.py": HANDLER, "src/app.py": HANDLER},
            {"project": table(), "src-project": table("src")},
        ),
        (
            {"functions/a/app.py": HANDLER, "lambdas/a/app.py": HANDLER},
            {"functions-a": table("functions/a"), "lambdas-a": table("lambdas/a")},
        ),
        ({"functions/my function/app.py": HANDLER}, {"my-function": table("functions/my function")}),
    ],
)
def test_functions(files: Mapping[str, str], functions: Mapping[str, Any]) -> None:
    detected = found(files)
    assert detected.functions == functions
    assert set(detected.why) == set(functions)
    assert (NEWEST in detected.notes) == bool(functions)


@pytest.mark.parametrize(
    ("files", "runtime", "note"),
    [
        ({".python-version": "3.12\n"}, "python3.12", ""),
        ({".python-version": "3.12.4"}, "python3.12", ""),
        ({".python-version": "# here\ncpython-3.11.9\n3.13\n"}, "python3.11", ""),
        ({".python-version": "python3.13"}, "python3.13", ""),
        ({".python-version": "3.13-dev"}, "python3.13", ""),
        ({".python-version": "3.14.0rc1"}, "python3.14", ""),
        ({".python-version": "pypy3.10-7.3\nmyenv\n"}, NEWEST_PYTHON, NEWEST),
        (
            {".python-version": "3.7"},
            NEWEST_PYTHON,
            ".python-version wants python3.7, which Lambda does not have",
        ),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.11"'}, "python3.11", ""),
        ({"pyproject.toml": '[project]\nrequires-python = ">= 3.10, <3.14"'}, "python3.10", ""),
        ({"pyproject.toml": '[project]\nrequires-python = "<3.14,>=3.12.1"'}, "python3.12", ""),
        ({"pyproject.toml": '[project]\nrequires-python = "~=3.12"'}, "python3.12", ""),
        ({"pyproject.toml": '[project]\nrequires-python = "==3.13.*"'}, "python3.13", ""),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.6"'}, "python3.8", ""),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.99"'}, NEWEST_PYTHON, "wants python3.99"),
        ({"pyproject.toml": '[project]\nrequires-python = "<4"'}, NEWEST_PYTHON, NEWEST),
        ({"pyproject.toml": "[project]\nrequires-python = 3"}, NEWEST_PYTHON, NEWEST),
        ({"pyproject.toml": "not toml ["}, NEWEST_PYTHON, NEWEST),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.11"'}, "python3.11", ""),
        (
            {".python-version": "3.12", "pyproject.toml": '[project]\nrequires-python = ">=3.11"'},
            "python3.12",
            "",
        ),
        ({"functions/a/.python-version": "3.12", ".python-version": "3.13"}, "python3.12", ""),
        (
            {
                "functions/a/pyproject.toml": '[project]\nrequires-python = ">=3.11"',
                ".python-version": "3.13",
            },
            "python3.11",
            "",
        ),
    ],
)
def test_versions(files: Mapping[str, str], runtime: str, note: str) -> None:
    detected = found({"functions/a/app.py": HANDLER, **files})
    assert detected.functions["a"]["runtime"] == runtime
    assert runtime in RUNTIMES
    assert any(note in one for one in detected.notes) if note else not detected.notes
    said = next(iter(files)) if not note else ""
    assert not said or "; " in detected.why["a"]


def test_two_modules_of_one_folder() -> None:
    with pytest.raises(ProjectError) as caught:
        found(
            {
                "app.py": HANDLER,
                "main.py": HANDLE,
                "functions/a/index.py": HANDLE,
                "functions/a/app.py": HANDLER,
            }
        )
    first, second = caught.value.diagnostics()
    assert first.code == "project.ambiguous"
    assert (
        first.message == "this folder has more than one handler: app.py (lambda_handler), main.py (handler)"
    )
    assert 'handler = "app.lambda_handler"' in first.hint
    assert second.message.startswith(
        "functions/a has more than one handler: app.py (lambda_handler), index.py"
    )
    assert second.place == Place("functions/a/app.py")


def test_two_modules_where_nobody_looks_are_no_mistake() -> None:
    files = {"app.py": HANDLER, "other/app.py": HANDLER, "other/main.py": HANDLER}
    assert set(found(files).functions) == {"project"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('[project]\nname = "my-shop"\n', "my-shop"),
        ('[tool.poetry]\nname = "poet"\n', "poet"),
        ('[project]\nname = "my.shop"\n', "my-shop"),
        ("", "project"),
    ],
)
def test_the_name_of_the_root(text: str, name: str) -> None:
    assert set(found({"app.py": HANDLER, "pyproject.toml": text}).functions) == {name}


def test_both_languages_in_one_folder() -> None:
    files = {"go.mod": "module x.test/hello\n", "main.go": LAMBDA, "app.py": HANDLER}
    assert {name: one["language"] for name, one in found(files).functions.items()} == {
        "hello": "go",
        "project": "python",
    }
    assert set(found(files, name="hello").functions) == {"hello", "x-test-hello"}
    nested = {"go.mod": "module m\n", "functions/a/main.go": LAMBDA, "functions/a/app.py": HANDLER}
    assert set(found(nested).functions) == {"functions-a-go", "functions-a-python"}


def test_nothing_is_found() -> None:
    detected = found({"README.md": ""})
    assert (detected.functions, detected.why) == ({}, {})
    [note] = detected.notes
    assert note == (
        "looked for a Go main package below a go.mod, and for a Python module (lambda_function.py, app.py, "
        "handler.py, main.py, index.py) that defines lambda_handler, handler or main, in the root, src, or a "
        "subfolder such as functions/NAME"
    )


@pytest.mark.parametrize(
    ("sample", "functions"),
    [
        ("python_hello", {"python_hello": "app.handler"}),
        ("python_plain", {"python_plain": "lambda_function.lambda_handler"}),
    ],
)
def test_samples(sample: str, functions: Mapping[str, str]) -> None:
    root = Path(SAMPLE).parent / sample
    detected = walked(root)
    assert {name: one["handler"] for name, one in detected.functions.items()} == functions
    project = parse(
        {"functions": detected.functions},
        root=str(root),
        file="",
        origin=Origin.DETECTED,
        place=lambda path: Place(".".join(path)),
        is_file=lambda path: (root / path).is_file(),
    )
    assert set(project.functions) == set(functions)
