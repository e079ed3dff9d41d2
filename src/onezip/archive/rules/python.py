"""Rules about the handler of a Python function: what Lambda imports and calls.  [pure]

Developer Guide, "Define Lambda function handler in Python"; the messages are those of the runtime's own
`bootstrap.py`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator

from onezip.archive.rules import words
from onezip.archive.rules.finding import Finding, Rule, quoted
from onezip.archive.rules.modules import BUILTIN, brought, extension_tag, find
from onezip.archive.rules.source import LARGEST, Definition, Mistake, Source, read_source
from onezip.archive.rules.subject import Subject
from onezip.errors import Severity

MOST_MODULES = 100
"""Modules of the zip that are parsed, from the handler's on, to see what they import."""

MOST_SOURCE = 2 << 20
"""Bytes of source that are parsed, all together."""

_MODULE = re.compile(r"(?P<stem>.+?)(?:/__init__)?(?:\.py|\.pyc|\.(?:cpython-[^./]+|abi3)\.so|(?<!\.so)\.so)$")


def name(subject: Subject) -> Iterator[Finding]:
    """A handler is MODULE.FUNCTION, and not a module that is built into Python."""
    if not _asked(subject) or subject.handler is None:
        return
    text = subject.handler.text
    module, dot, _ = text.rpartition(".")
    if not dot:
        prevents = f"Runtime.MalformedHandlerName: Bad handler '{text}': not enough values to unpack (expected 2, got 1)"
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
    module = _module(subject)
    if not module or subject.layered or _file(subject, module) or module.partition("/")[0] in BUILTIN:
        return
    dotted = module.replace("/", ".")
    near, fix = _near(module, subject.files)
    message = f"the handler needs {module}.py, which is not in the zip"
    prevents = words.not_found(subject, dotted)
    yield _finding("check.handler-missing", message, near, prevents, fix)


def shadowed(subject: Subject) -> Iterator[Finding]:
    """`pkg/app.py` is hidden by a `pkg.py` beside a folder `pkg` that has no `__init__.py`."""
    module = _module(subject)
    parts = module.split("/")
    for count in range(1, len(parts)):
        above = "/".join(parts[:count])
        file = _file(subject, above)
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
    close = difflib.get_close_matches(wanted, source.names, n=1)
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
    wrong = _wrong_arguments(node)
    if wrong:
        yield _finding(
            "check.handler-signature",
            f"{quoted(file)}, line {node.lineno}: Lambda calls {node.name} with two arguments, event and context",
            file,
            f"TypeError: {node.name}() {wrong}",
            f"Define it as def {node.name}(event, context).",
        )
    elif not isinstance(node, Definition.__args__[0]):
        yield Finding(
            "check.handler-signature",
            Severity.WARNING,
            f"{quoted(file)}, line {node.lineno}: {node.name} is async; Lambda's runtime does not await it",
            file,
            "Runtime.MarshalError: Unable to marshal response: Object of type coroutine is not JSON serializable",
            "Make it a plain function that calls asyncio.run().",
        )


def syntax(subject: Subject) -> Iterator[Finding]:
    """The handler's module parses as the runtime's Python, as far as the Python that runs onezip can tell."""
    version = subject.runtime.python if subject.runtime else None
    module = _module(subject)
    file = _file(subject, module)
    if version is None or not file.endswith(".py"):
        return
    found = _read(subject, file)
    if isinstance(found, Mistake):
        place = f", line {found.line}" if found.line else ""
        dotted = subject.handler.text.rpartition(".")[0] if subject.handler else ""
        yield Finding(
            "check.python-syntax",
            Severity.WARNING if found.sure else Severity.NOTE,
            f"{quoted(file)}{place} does not parse as Python {version[0]}.{version[1]}: {found.message}"
            + ("" if found.sure else " (onezip runs on another Python, and cannot be sure)"),
            file,
            f"Runtime.UserCodeSyntaxError: Syntax error in module '{dotted}': {found.message}",
            "Correct it, or choose a runtime with the Python it is written for.",
        )


def imports(subject: Subject) -> Iterator[Finding]:
    """What the handler's module imports when it is imported is in the zip, in Python or in the runtime."""
    version = subject.runtime.python if subject.runtime else None
    first = _module(subject)
    if version is None or subject.layered or not _file(subject, first).endswith(".py"):
        return
    tops = {each.partition("/")[0] for each in subject.files} | {
        match["stem"] for each in subject.files if "/" not in each and (match := _MODULE.fullmatch(each))
    }
    waiting, seen, told, left = [first], {first}, set[str](), MOST_SOURCE
    for module in waiting:
        file = _file(subject, module)
        left -= subject.files[file].size if file else 0
        found = _read(subject, file) if file.endswith(".py") and left >= 0 else None
        if not isinstance(found, Source):
            continue
        if found.searches:
            return
        package = module if "/__init__." in file else module.rpartition("/")[0]
        for target, line in found.imports:
            place = _absolute(target, package)
            top = place.partition("/")[0]
            if top in tops:
                if place not in seen and len(seen) < MOST_MODULES and _file(subject, place):
                    seen.add(place)
                    waiting.append(place)
            elif top and top not in told and not brought(top, version):
                told.add(top)
                yield Finding(
                    "check.python-import",
                    Severity.WARNING,
                    f"{quoted(file)}, line {line}, imports {quoted(top)}, which is neither in the zip nor in"
                    f" Python {version[0]}.{version[1]} or Lambda's runtime",
                    file,
                    words.not_found(subject, top),
                    "Add the package that brings it to the requirements.",
                )


def _absolute(target: str, package: str) -> str:
    """An import as a path below the root: `..core.x` in `pkg/sub` is `pkg/core/x`."""
    dots = len(target) - len(target.lstrip("."))
    if not dots:
        return target.replace(".", "/")
    parts = package.split("/") if package else []
    kept = parts[: max(0, len(parts) - dots + 1)]
    return "/".join([*kept, *target[dots:].split(".")]) if len(parts) >= dots else ""


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
        return f"missing {len(lacking)} required positional argument{'s' * (len(lacking) > 1)}: {' and '.join(lacking)}"
    lacking = [
        f"'{each.arg}'"
        for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    ]
    if lacking:
        plural = "s" * (len(lacking) > 1)
        return f"missing {len(lacking)} required keyword-only argument{plural}: {' and '.join(lacking)}"
    return ""


def _asked(subject: Subject) -> bool:
    return subject.runtime is not None and subject.runtime.python is not None and not subject.layer


def _module(subject: Subject) -> str:
    return subject.handler.module if _asked(subject) and subject.handler else ""


def _file(subject: Subject, module: str) -> str:
    version = subject.runtime.python if subject.runtime else None
    if version is None or not module:
        return ""
    machine = subject.architecture.machine if subject.architecture else "x86_64"
    return find(module, subject.files, extension_tag(version, machine))


def _read(subject: Subject, file: str) -> Source | Mistake | None:
    """A module, parsed once."""
    version = subject.runtime.python if subject.runtime else None
    if version is None:
        return None
    if file not in subject.sources:
        data = subject.read(file, LARGEST + 1)
        subject.sources[file] = None if data is None else read_source(data, version)
    return subject.sources[file]


def _handler(subject: Subject) -> tuple[Source | None, str]:
    file = _file(subject, _module(subject))
    found = _read(subject, file) if file.endswith(".py") else None
    return (found, file) if isinstance(found, Source) else (None, file)


def _near(module: str, files: Collection[str]) -> tuple[str, str]:
    """The file that was meant, if any, and what to do."""
    modules = {match["stem"]: each for each in files if (match := _MODULE.fullmatch(each))}
    folded = {stem.lower(): stem for stem in modules}
    if module.lower() in folded:
        stem = folded[module.lower()]
        return modules[stem], f"Write {stem.replace('/', '.')}: upper and lower case differ on Lambda."
    nested = sorted((stem for stem in modules if stem.endswith(f"/{module}")), key=lambda stem: (stem.count("/"), stem))
    tops = {each.partition("/")[0] for each in files}
    if nested and len(tops) == 1:
        folder = nested[0].removesuffix(module)
        return modules[nested[0]], f"Zip what is in {folder!a}, not the folder itself."
    near = [stem for stem in modules if stem.count("/") <= module.count("/") + 1 and ".dist-info/" not in stem]
    close = nested[:1] or difflib.get_close_matches(module, near[:5000], n=1)
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
    Rule(
        "check.python-syntax",
        Severity.WARNING,
        syntax,
        "The handler's module must parse as the runtime's version of Python. This is told by the Python that"
        " runs onezip; where that is older than the runtime's, the finding is a note.",
    ),
    Rule(
        "check.python-import",
        Severity.WARNING,
        imports,
        "Modules that the handler's module imports, directly or through modules in the zip, must be in the"
        " zip, in Python's library or in Lambda's runtime (boto3 and what it needs). Only imports that always"
        " run count: not those under `if` and `try`, or in functions. Nothing is said of functions with"
        " layers, and where a module changes `sys.path`.",
    ),
)
