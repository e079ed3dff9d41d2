"""Rules about the source of a Python function: does it parse, and is what it imports there?  [pure]"""

from __future__ import annotations

from collections.abc import Iterator

from onezip.archive.rules import words
from onezip.archive.rules.finding import Finding, Rule, quoted
from onezip.archive.rules.modules import MODULE, brought, file_of, handler_module, parsed
from onezip.archive.rules.source import Mistake, Source
from onezip.archive.rules.subject import Subject
from onezip.errors import Severity

MOST_MODULES = 100
"""Modules of the zip that are parsed, from the handler's on, to see what they import."""

MOST_SOURCE = 1 << 20
"""Bytes of source that are parsed, all together."""


def syntax(subject: Subject) -> Iterator[Finding]:
    """The handler's module parses as the runtime's Python, as far as the Python that runs onezip can tell."""
    version = subject.runtime.python if subject.runtime else None
    module = handler_module(subject)
    file = file_of(subject, module)
    if version is None or not file.endswith(".py"):
        return
    found = parsed(subject, file)
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
    first = handler_module(subject)
    if version is None or subject.layered or not file_of(subject, first).endswith(".py"):
        return
    tops = {each.partition("/")[0] for each in subject.files} | {
        match["stem"] for each in subject.files if "/" not in each and (match := MODULE.fullmatch(each))
    }
    waiting, seen, told, left = [first], {first}, set[str](), MOST_SOURCE
    for module in waiting:
        file = file_of(subject, module)
        if not file.endswith(".py"):
            continue
        left -= subject.files[file].size
        found = parsed(subject, file) if left >= 0 else None
        if not isinstance(found, Source):
            continue
        if found.searches:
            return
        package = module if "/__init__." in file else module.rpartition("/")[0]
        for target, line in found.imports:
            place = _absolute(target, package)
            top = place.partition("/")[0]
            if top in tops:
                for each in _with_packages(place):
                    if each not in seen and len(seen) < MOST_MODULES and file_of(subject, each):
                        seen.add(each)
                        waiting.append(each)
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


def _with_packages(place: str) -> Iterator[str]:
    """`a`, `a/b` and `a/b/c` for `a/b/c`: packages are imported before what is in them."""
    parts = place.split("/")
    yield from ("/".join(parts[: count + 1]) for count in range(min(len(parts), 20)))


def _absolute(target: str, package: str) -> str:
    """An import as a path below the root: `..core.x` in `pkg/sub` is `pkg/core/x`."""
    dots = len(target) - len(target.lstrip("."))
    if not dots:
        return target.replace(".", "/")
    parts = package.split("/") if package else []
    kept = parts[: max(0, len(parts) - dots + 1)]
    return "/".join([*kept, *target[dots:].split(".")]) if len(parts) >= dots else ""


RULES = (
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
