"""Rules about the source of a Python function: does it parse, and is what it imports there?  [pure]"""

from __future__ import annotations

from collections.abc import Iterator

from onezip.archive.rules import words
from onezip.archive.rules.finding import Finding, Rule, quoted, several
from onezip.archive.rules.follow import Missing, Walk
from onezip.archive.rules.modules import file_of, handler_module, parsed
from onezip.archive.rules.source import Mistake
from onezip.archive.rules.stdlib import NEWEST
from onezip.archive.rules.subject import Subject
from onezip.errors import Severity


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
    if version is None or not file_of(subject, handler_module(subject)).endswith(".py"):
        return
    walk = Walk(subject, version)
    if walk.stray:
        return
    for each in walk.missing:
        layer = subject.layered and each.elsewhere
        sure = not layer and not walk.doubtful and (not each.top or version <= NEWEST)
        yield Finding(
            "check.python-import",
            Severity.ERROR if sure else Severity.WARNING,
            f"{quoted(each.file)}, line {each.line}, {_what(each, subject, version, layer=layer)}",
            each.file,
            words.import_error(subject, each.says),
            _fix(each, subject, layer=layer),
        )


def _what(missing: Missing, subject: Subject, version: tuple[int, int], *, layer: bool) -> str:
    if not missing.place:
        return "has a relative import that leads out of every package"
    named = quoted(missing.place.replace("/", "."))
    if not missing.top:
        return f"imports {named}, which is not in the zip"
    python = f"Python {version[0]}.{version[1]}"
    zips = "the zip, its layer" if subject.beside else "the zip"
    must = "; a layer must bring it" if layer else ""
    return f"imports {named}, which is not in {zips}, {python} or Lambda's runtime{must}"


def _fix(missing: Missing, subject: Subject, *, layer: bool) -> str:
    if not missing.place:
        return "Import it by its full name, or let the handler name its package, such as app.main.handler."
    if layer:
        return "See that a layer has it, or bring it in the zip."
    if not missing.top:
        return "Correct the import, or see why the file is not in the zip."
    fix = "Add the package that brings it to the requirements."
    paths = [name for name in sorted(subject.files) if name.endswith(".pth") and "/" not in name]
    return f"{fix} Python on Lambda does not read {several(paths)}." if paths else fix


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
        Severity.ERROR,
        imports,
        "Modules that the handler's module imports, directly or through modules in the zip, must be in the"
        " zip, in Python's library or in Lambda's runtime (boto3 and what it needs); the same holds for"
        " submodules, and for names taken from the function's own modules. Only imports that always run"
        " count: not those under `if` and `try`, or in functions. It is a warning where layers may bring a"
        " module, and where a package changes `sys.path`; where the function itself does, nothing is said.",
    ),
)
