"""The handler's module is looked for among names; nothing is imported."""

from __future__ import annotations

import pytest

from builder.python_driver import function
from onezip.builder.languages.python import check_handler
from onezip.errors import Severity


@pytest.mark.parametrize(
    ("handler", "name"),
    [
        ("app.handler", "app.py"),
        ("pkg.app.handler", "pkg/app.py"),
        ("pkg/app.handler", "pkg/app.py"),
        ("pkg.app.handler", "pkg/app/__init__.py"),
        ("app.handler", "app.pyc"),
        ("app.handler", "app.so"),
        ("app.handler", "app.abi3.so"),
        ("app.handler", "app.cpython-313-x86_64-linux-gnu.so"),
    ],
)
def test_modules_that_lambda_finds(handler: str, name: str) -> None:
    assert check_handler(function(handler=handler), ["other.py", name]) is None


@pytest.mark.parametrize(
    ("handler", "names", "message", "hint"),
    [
        ("app.handler", ["shop.py", "x.txt"], "the handler app.handler needs app.py, which is not in the zip",
         "correct handler, or source and the patterns that choose its files"),
        ("ap.handler", ["app.py"], "the handler ap.handler needs ap.py, which is not in the zip",
         "did you mean 'app'?"),
        ("app.handler", ["src/app.py", "deep/src/app.py"],
         "the handler app.handler needs app.py, which is not in the zip", "did you mean 'src.app'?"),
        ("src.app.handler", ["app.py"],
         "the handler src.app.handler needs src/app.py, which is not in the zip", "did you mean 'app'?"),
        ("App.handler", ["app.py"], "the handler App.handler needs App.py, which is not in the zip",
         "did you mean 'app'? upper and lower case differ on Lambda"),
        ("app.py.handler", ["app.py"],
         "the handler app.py.handler needs app/py.py, which is not in the zip", "did you mean 'app'?"),
        ("ap_i.handler", ["shop.py", "main.py", "app/x.txt"],
         "the handler ap_i.handler needs ap_i.py, which is not in the zip", "did you mean 'main'?"),
        ("app", ["app.py"], "the handler 'app' is not MODULE.FUNCTION", "write it as app.handler"),
        ("app.", ["app.py"], "the handler 'app.' is not MODULE.FUNCTION", "write it as app.handler"),
    ],
)  # fmt: skip
def test_modules_that_are_not_there(handler: str, names: list[str], message: str, hint: str) -> None:
    error = check_handler(function(handler=handler), names)
    assert error is not None
    assert (error.code, error.severity, error.message, error.hint) == (
        "python.handler",
        Severity.WARNING,
        message,
        hint,
    )


def test_a_handler_in_a_layer_is_not_judged() -> None:
    layers = ("arn:aws:lambda:eu-west-1:123456789012:layer:wrapper:1",)
    assert check_handler(function(handler="wrapper.handler", layers=layers), []) is None
