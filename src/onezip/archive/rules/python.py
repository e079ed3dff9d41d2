"""Rules about the handler of a Python function: what Lambda imports and calls.  [pure]

Developer Guide, "Define Lambda function handler in Python"; the messages are those of the runtime's own
`bootstrap.py`.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Collection, Iterator

from onezip.archive.rules import words
from onezip.archive.rules.finding import Finding, Rule, quoted
from onezip.archive.rules.modules import BUILTIN, MODULE, asked, file_of, handler_module, parsed
from onezip.archive.rules.source import Definition, Source
from onezip.archive.rules.subject import Subject
from onezip.errors import Severity

# Names that are compared to guess what was meant; the comparison is slow for long ones.
_LONGEST, _MOST = 100, 1000


def name(subject: Subject) -> Iterator[Finding]:
    """A handler is MODULE.FUNCTION, and not a module that is built into Python."""
    if not asked(subject) or subject.handler is None:
        return
    text = subject.handler.text
    module, dot, _ = text.rpartition(".")
    if not dot:
        unpacking = "not enough values to unpack (expected 2, got 1)"
        prevents = f"Runtime.MalformedHandlerName: Bad handler '{text}': {unpacking}"
        message = f"the handler {quoted(text)} is not MODULE.FUNCTION"
        yield _finding("check.handler-name", message, "", prevents, "Write it as app.handler.")
    elif module.partition(".")[0] in BUILTIN:
        prevents = (
            "Runtime.BuiltInModuleConflict: Cannot use built-in module"
            f" {module} as a handler module"
        )  # fmt: skip
        message = f"the handler's module {quoted(module)} is built into Python: the zip's is never imported"
        yield _finding("check.handler-name", message, "", prevents, "Give the module another name.")


def missing(subject: Subject) -> Iterator[Finding]:
    """The handler's module is in the zip. A function with layers may have it there and is not judged."""
    module = handler_module(subject)
    if not module or subject.layered or file_of(subject, module) or module.partition("/")[0] in BUILTIN:
        return
    dotted = module.replace("/", ".")
    near, fix = _near(module, subject.files)
    message = f"the handler needs {module}.py, which is not in the zip"
    prevents = words.not_found(subject, dotted)
    yield _finding("check.handler-missing", message, near, prevents, fix)


def shadowed(subject: Subject) -> Iterator[Finding]:
    """`pkg/app.py` is hidden by a `pkg.py` beside a folder `pkg` that has no `__init__.py`."""
    module = handler_module(subject)
    parts = module.split("/")
    for count in range(1, len(parts)):
        above = "/".join(parts[:count])
        file = file_of(subject, above)
        if file and not file.startswith(f"{above}/__init__."):
            dotted, package = ".".join(parts[: count + 1]), ".".join(parts[:count])
            yield _finding(
                "check.handler-missing",
                f"{quoted(file)} hides the folder {quoted(above)}, where the handler's module is",
                file,
                words.not_found(subject, dotted) + f"; '{package}' is not a package",
                f"Rename one of them, or add {above}/__init__.py.",
            )
            return


def function(subject: Subject) -> Iterator[Finding]:
    """The handler's function is defined in its module: by `def`, `class`, an assignment or an import."""
    source, file = _handler(subject)
    if source is None or subject.handler is None:
        return
    wanted = subject.handler.function
    if wanted in source.names or source.open or not wanted:
        return
    close = difflib.get_close_matches(
        wanted, [each for each in source.names if len(each) < _LONGEST][:_MOST], n=1
    )
    module = subject.handler.text.rpartition(".")[0]
    yield _finding(
        "check.handler-function",
        f"{quoted(file)} defines no {quoted(wanted)}",
        file,
        f"Runtime.HandlerNotFound: Handler '{wanted}' missing on module '{module}'",
        f"Did you mean {close[0]}?" if close else "Correct the handler, or define the function.",
    )


def signature(subject: Subject) -> Iterator[Finding]:
    """Lambda calls the handler with the event and the context, and does not await what it returns."""
    source, file = _handler(subject)
    node = source.functions.get(subject.handler.function) if source and subject.handler else None
    if node is None:
        return
    place, wrong = f"{quoted(file)}, line {node.lineno}", _wrong_arguments(node)
    if wrong:
        yield _finding(
            "check.handler-signature",
            f"{place}: Lambda calls {node.name} with two arguments, event and context",
            file,
            f"TypeError: {node.name}() {wrong}",
            f"Define it as def {node.name}(event, context).",
        )
    elif isinstance(node, ast.AsyncFunctionDef):
        yield Finding(
            "check.handler-signature",
            Severity.WARNING,
            f"{place}: {node.name} is async; Lambda's runtime does not await it",
            file,
            "Runtime.MarshalError: Unable to marshal response:"
            " Object of type coroutine is not JSON serializable",
            "Make it a plain function that calls asyncio.run().",
        )


def _wrong_arguments(node: Definition) -> str:
    """What Python says to a call with two positional arguments, or nothing."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    needed = len(positional) - len(arguments.defaults)
    if len(positional) < 2 and arguments.vararg is None:
        plural = "" if len(positional) == 1 else "s"
        return f"takes {len(positional)} positional argument{plural} but 2 were given"
    if needed > 2:
        lacking = [f"'{each.arg}'" for each in positional[2:needed]]
        plural = "s" * (len(lacking) > 1)
        return f"missing {len(lacking)} required positional argument{plural}: {' and '.join(lacking)}"
    lacking = [
        f"'{each.arg}'"
        for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    ]
    if lacking:
        plural = "s" * (len(lacking) > 1)
        return f"missing {len(lacking)} required keyword-only argument{plural}: {' and '.join(lacking)}"
    return ""


def _handler(subject: Subject) -> tuple[Source | None, str]:
    file = file_of(subject, handler_module(subject))
    found = parsed(subject, file) if file.endswith(".py") else None
    return (found, file) if isinstance(found, Source) else (None, file)


def _near(module: str, files: Collection[str]) -> tuple[str, str]:
    """The file that was meant, if any, and what to do."""
    modules = {match["stem"]: each for each in files if (match := MODULE.fullmatch(each))}
    folded = {stem.lower(): stem for stem in modules}
    if module.lower() in folded:
        stem = folded[module.lower()]
        return modules[stem], f"Write {stem.replace('/', '.')}: upper and lower case differ on Lambda."
    nested = sorted(
        (stem for stem in modules if stem.endswith(f"/{module}")), key=lambda stem: (stem.count("/"), stem)
    )
    tops = {each.partition("/")[0] for each in files}
    if nested and len(tops) == 1:
        folder = nested[0].removesuffix(module)
        return modules[nested[0]], f"Zip what is in {folder!a}, not the folder itself."
    depth = module.count("/") + 1
    near = [stem for stem in modules if len(stem) < _LONGEST and stem.count("/") <= depth]
    close = nested[:1] or difflib.get_close_matches(module, near[:_MOST], n=1)
    if close:
        return modules[close[0]], f"Did you mean {close[0].replace('/', '.')}?"
    return "", "Correct the handler, or put its module into the zip."


def _finding(code: str, message: str, entry: str, prevents: str, fix: str) -> Finding:
    return Finding(code, Severity.ERROR, message, entry, prevents, fix)


RULES = (
    Rule(
        "check.handler-name",
        Severity.ERROR,
        name,
        "A Python handler is `module.function`. A module whose name is built into Python, such as `time`,"
        " cannot be one.",
    ),
    Rule(
        "check.handler-missing",
        Severity.ERROR,
        lambda subject: (*missing(subject), *shadowed(subject)),
        "The module before the last dot of the handler must be in the zip, where Python finds it: as"
        " `module.py`, as a package, as bytecode or as an extension module for the runtime. The usual mistake"
        " is to zip the folder instead of what is in it. A function with layers is not judged.",
    ),
    Rule(
        "check.handler-function",
        Severity.ERROR,
        function,
        "The function after the last dot must be defined in the module: by `def`, `class`, an assignment or"
        " an import, conditional or not. The module is parsed, never imported; where it imports `*`, or"
        " makes names at run time, nothing is said.",
    ),
    Rule(
        "check.handler-signature",
        Severity.ERROR,
        signature,
        "Lambda calls the handler with two arguments, and does not await an `async def` (a warning)."
        " Decorated functions are not judged.",
    ),
)
