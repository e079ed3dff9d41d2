"""Whether a handler's module is there. Nothing of it is imported.  [pure]"""

from __future__ import annotations

import re
from collections.abc import Collection

from onezip.errors import Diagnostic, Severity
from onezip.model.function import Function

_MODULE = re.compile(
    r"(?P<stem>.+?)(?:/__init__)?(?:\.py|\.pyc|\.(?:cpython-[^./]+|abi3)\.so|(?<!\.so)\.so)$"
)

_USUAL = ("lambda_function", "app", "handler", "main", "index")
"""Names that a handler's module mostly has; the first is AWS's own."""


def check_handler(function: Function, names: Collection[str]) -> Diagnostic | None:
    """A warning if no module for `function.handler` is among the zip's names.

    Lambda takes the part before the last dot as the module, slashes as dots ("Define Lambda function handler
    in Python", Developer Guide). A function with layers may have its handler there and is not judged; a
    layer has none.
    """
    handler = function.handler
    if function.layers or function.layer or function.layer_of:
        return None
    if not handler.module or not handler.function:
        return _error(
            function, f"the handler {handler.text!r} is not MODULE.FUNCTION", "write it as app.handler"
        )
    base = handler.module
    if any(f"{base}{ending}" in names for ending in (".py", "/__init__.py", ".pyc", ".so", "/__init__.pyc")):
        return None
    modules = {match["stem"]: name for name in names if (match := _MODULE.fullmatch(name))}
    if base in modules:
        return None
    return _error(
        function, f"the handler {handler.text} needs {base}.py, which is not in the zip", _hint(base, modules)
    )


def _hint(base: str, modules: Collection[str]) -> str:
    import difflib

    depth = base.count("/")
    near = [name for name in modules if name.count("/") <= depth + 1 and ".dist-info/" not in name]
    folded = {name.lower(): name for name in near}
    if base.lower() in folded:
        return f"did you mean {_dotted(folded[base.lower()])}? upper and lower case differ on Lambda"
    same = sorted((name for name in modules if name.rpartition("/")[2] == base.rpartition("/")[2]), key=len)
    usual = [name for name in _USUAL if name in modules]
    close = same[:1] or difflib.get_close_matches(base, near, n=1) or usual[:1]
    if close:
        return f"did you mean {_dotted(close[0])}?"
    return "correct handler, or source and the patterns that choose its files"


def _dotted(path: str) -> str:
    return repr(path.replace("/", "."))


def _error(function: Function, message: str, hint: str) -> Diagnostic:
    return Diagnostic("python.handler", Severity.WARNING, message, function.place, hint)
