"""Python functions without a project file: tables of files in memory, then sample trees."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from builder.go_driver import SAMPLE
from detect.listing import HANDLER, LAMBDA, found, walked
from onezip.config.detect.python import NOT_FUNCTIONS
from onezip.config.detect.python_tree import defined
from onezip.config.parse import parse
from onezip.errors import ProjectError
from onezip.limits import NEWEST_PYTHON, RUNTIMES
from onezip.model.place import Place
from onezip.model.project import Origin

HANDLE = HANDLER.replace("lambda_handler", "handler")
OLD = {
    minor: f"python3.{minor}, which AWS deprecated on {RUNTIMES[f'python3.{minor}'].deprecated}"
    for minor in (8, 9, 10)
}
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
        ({"functions/a/b/app.py": HANDLER}, {"b": table("functions/a/b")}),
        ({"functions/a/code/app.py": HANDLER}, {"a": table("functions/a/code")}),
        ({"functions/a/app.py": HANDLER, "functions/a/b/app.py": HANDLER}, {"a": table("functions/a")}),
        (
            {"functions/a/app.py": HANDLER, "functions/b/src/code/app.py": HANDLER},
            {"a": table("functions/a"), "b": table("functions/b/src/code")},
        ),
        ({"functions/tests/app.py": HANDLER, "functions/a/tests/app.py": HANDLER}, {}),
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
        (
            {"fns/a/app.py": HANDLER, "other/app.py": HANDLER},
            {"a": table("fns/a"), "other": table("other")},
        ),
        (
            {"tests/a/app.py": HANDLER, "a/tests/app.py": HANDLER, "a/b/c/app.py": HANDLER},
            {"c": table("a/b/c")},
        ),
        # deeper
        (
            {"one/lambdas/x/code/app.py": HANDLER, "two/lambdas/x/code/index.py": HANDLE},
            {
                "one-lambdas-x": table("one/lambdas/x/code"),
                "two-lambdas-x": table("two/lambdas/x/code", "index.handler"),
            },
        ),
        (
            {
                "packages/api/src/api/__init__.py": "",
                "packages/api/src/api/handler.py": HANDLE,
                "packages/api/src/api/core/app.py": HANDLER,
                "packages/job/src/job/__init__.py": "",
                "packages/job/src/job/main.py": HANDLER,
            },
            {
                "api": table("packages/api/src", "api.handler.handler"),
                "job": table("packages/job/src", "job.main.lambda_handler"),
            },
        ),
        ({"a/b/c/d/e/f/app.py": HANDLER}, {"f": table("a/b/c/d/e/f")}),
        ({f"a/{name}/x/app.py": HANDLER for name in ("node_modules", ".venv", "vendor", "_x")}, {}),
        ({f"a/{name}/x/app.py": HANDLER for name in NOT_FUNCTIONS}, {}),
        # where the modules are imported from
        (
            {"src/orders/app.py": f"import shared.db\n{HANDLER}", "src/shared/db.py": ""},
            {"orders": table("src", "orders.app.lambda_handler")},
        ),
        (
            {
                "src/orders/app.py": f"from shared import db\n{HANDLER}",
                "src/orders/requirements.txt": "",
                "src/shared/__init__.py": "",
            },
            {
                "orders": table(
                    "src", "orders.app.lambda_handler", python={"requirements": "orders/requirements.txt"}
                )
            },
        ),
        (
            {
                "src/orders/app.py": f"def f():\n    from src.shared import db\n{HANDLER}",
                "src/shared/db.py": "",
            },
            {"orders": table(".", "src.orders.app.lambda_handler")},
        ),
        (
            {"a/b/c/app.py": f"from ..x import y\n{HANDLER}", "a/b/x/__init__.py": ""},
            {"c": table("a", "b.c.app.lambda_handler")},
        ),
        ({"app.py": f"from . import y\n{HANDLER}"}, {"project": table()}),
        ({"a/app.py": f"import json, b.c\n{HANDLER}", "a/b/c.py": "", "json.py": ""}, {"a": table("a")}),
        ({"a/app.py": f"import b.c\n{HANDLER}", "b/d.py": ""}, {"a": table("a")}),
        ({"a/v1.2/app.py": f"import b\n{HANDLER}", "b/__init__.py": ""}, {"v1-2": table("a/v1.2")}),
        (
            {
                "a/app.py": f"import shop\n{HANDLER}",
                "shop/__init__.py": "",
                "pyproject.toml": '[project]\nname = "shop"\n[build-system]\nrequires = []\n',
            },
            {"a": table("a")},
        ),
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
        ({"pyproject.toml": '[project]\nrequires-python = "<3.14,>=3.12.1"'}, "python3.12", ""),
        ({"pyproject.toml": '[project]\nrequires-python = "~=3.12"'}, "python3.12", ""),
        ({"pyproject.toml": '[project]\nrequires-python = "==3.13.*"'}, "python3.13", ""),
        ({"pyproject.toml": '[project]\nrequires-python = "~=3.10.0"'}, "python3.10", ""),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.8,<3.11"'}, "python3.8", ""),
        (
            {"pyproject.toml": '[project]\nrequires-python = ">=3.99"'},
            NEWEST_PYTHON,
            "pyproject.toml wants Python >=3.99, which Lambda does not have",
        ),
        (
            {"pyproject.toml": '[project]\nrequires-python = "odd"'},
            NEWEST_PYTHON,
            f"{NEWEST_PYTHON}, the newest, is taken",
        ),
        (
            {"pyproject.toml": '[project]\nrequires-python = "<4"'},
            NEWEST_PYTHON,
            f"pyproject.toml has no lower bound: {NEWEST_PYTHON}, the newest it allows, is taken",
        ),
        (
            {"pyproject.toml": '[project]\nrequires-python = "<3.13"'},
            "python3.12",
            "pyproject.toml has no lower bound: python3.12, the newest it allows, is taken",
        ),
        # a lower bound that AWS has deprecated
        *(
            (
                {"pyproject.toml": text},
                "python3.11",
                f"pyproject.toml allows {lowest}: python3.11, the lowest that is supported, is taken",
            )
            for text, lowest in (
                ('[project]\nrequires-python = ">= 3.10, <3.14"', OLD[10]),
                ('[project]\nrequires-python = ">=3.6"', OLD[8]),
                ('[project]\nrequires-python = ">=3.9,!=3.9.7"', OLD[9]),
                ('[tool.poetry.dependencies]\npython = "^3.10"', OLD[10]),
                ('[tool.poetry.dependencies]\npython = ">=3.9 <3.13"', OLD[9]),
                ('[tool.poetry.dependencies]\npython = "~3.9 || ^3.11"', OLD[9]),
            )
        ),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "~3.10"'}, "python3.10", ""),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "3.12.*"'}, "python3.12", ""),
        # other tools' files
        ({"Pipfile": '[requires]\npython_version = "3.9"'}, "python3.9", ""),
        ({"Pipfile": '[requires]\npython_full_version = "3.12.4"\npython_version = "3"'}, "python3.12", ""),
        ({".tool-versions": "nodejs 20\npython 3.11.4 3.10.1 # ours\n"}, "python3.11", ""),
        ({".tool-versions": "python system 3.12"}, "python3.12", ""),
        ({"mise.toml": '[tools]\npython = "3.12"'}, "python3.12", ""),
        ({".mise.toml": '[tools]\npython = ["3.12.1", "3.11"]'}, "python3.12", ""),
        ({"mise.toml": '[tools]\npython = {version = "3.13", virtualenv = ".venv"}'}, "python3.13", ""),
        ({"mise.toml": '[tools]\npython = "latest"'}, NEWEST_PYTHON, NEWEST),
        ({".tool-versions": "ruby 3.3.0\n\n"}, NEWEST_PYTHON, NEWEST),
        ({"Pipfile": "[packages]\nx = '*'\n"}, NEWEST_PYTHON, NEWEST),
        (
            {".python-version": "3.13", "Pipfile": "[requires]\npython_version = '3.12'"},
            "python3.13",
            "",
        ),
        (
            {
                ".tool-versions": "python 3.12.1",
                "mise.toml": '[tools]\npython = "3.13"',
                "pyproject.toml": '[project]\nrequires-python = ">=3.11"',
            },
            "python3.12",
            "",
        ),
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
        "handler.py, main.py, index.py) that defines lambda_handler, handler or main"
    )


def test_what_was_not_taken_is_told_with_the_reason_and_the_way_out() -> None:
    files = {
        "examples/hello/app.py": HANDLER,
        "src/shop/order_function.py": HANDLE,
        "a/tests/test_app.py": HANDLER,
        "a/main.py": "def main(): ...\n",
        "a/odd.py": "def main(event, context): ...\n",
        ".python-version": "3.12",
    }
    first, _ = found(files).notes
    assert first == (
        "not taken for functions: examples/hello/app.py (below examples), src/shop/order_function.py "
        "(its name is not a usual one); to build the first, write an onezip.toml: [functions.NAME], "
        'source = "examples/hello", runtime = "python3.12", handler = "app.lambda_handler"'
    )
    package = {"src/demo/__init__.py": HANDLER, "src/demo/words.py": ""}
    assert (
        'source = "src", runtime = "python3.14", handler = "demo.lambda_handler"' in found(package).notes[0]
    )
    many = {f"docs/{number}/app.py": HANDLER for number in range(9)}
    assert "docs/2/app.py (below docs) and 6 more; to" in found(many).notes[0]


def test_why_a_folder_above_is_packed() -> None:
    files = {"src/orders/app.py": f"import shared\n{HANDLER}", "src/shared/__init__.py": ""}
    assert found(files).why == {
        "orders": "lambda_handler in src/orders/app.py; packed from src, for it imports shared"
    }


def test_folders_with_two_modules_are_all_told_however_deep() -> None:
    files = {
        f"services/{name}/x/y/{module}.py": HANDLER for name in ("a", "b") for module in ("app", "index")
    }
    with pytest.raises(ProjectError) as caught:
        found(files)
    assert [str(each.place) for each in caught.value.diagnostics()] == [
        "services/a/x/y/app.py",
        "services/b/x/y/app.py",
    ]


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
