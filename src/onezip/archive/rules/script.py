"""The rule about a `bootstrap` that is a script: its interpreter, and its line ends.  [pure]

execve(2), "Interpreter scripts"; Developer Guide, "Building a custom runtime for AWS Lambda".
"""

from __future__ import annotations

from collections.abc import Iterator

from onezip.archive.rules import words
from onezip.archive.rules.bootstrap import NAME, brought, entry_of
from onezip.archive.rules.finding import Finding, Rule
from onezip.archive.rules.subject import Subject
from onezip.archive.rules.survey import TEXT, Format
from onezip.archive.rules.system import interpreters, programs
from onezip.errors import Severity


def script(subject: Subject) -> Iterator[Finding]:
    """The interpreter of a script must be there, and no CR may stand behind its name (execve(2))."""
    if entry_of(subject) is None or subject.survey.formats.get(NAME) is not Format.SCRIPT:
        return
    data = subject.read(NAME, TEXT) or b""
    line, _, rest = data.partition(b"\n")
    if line.endswith(b"\r"):
        yield _script(
            "the first line of bootstrap ends with a CR (Windows): no interpreter has such a name",
            words.NO_INTERPRETER,
            "Save it with LF line ends, and write `bootstrap text eol=lf` into .gitattributes.",
        )
        return
    if b"\r\n" in rest and b"\0" not in rest:
        yield _script(
            "bootstrap has CR line ends (Windows): the shell takes the CR for a part of each last word",
            words.EXIT_127,
            "Save it with LF line ends, and write `bootstrap text eol=lf` into .gitattributes.",
            Severity.WARNING,
        )
    yield from _interpreter(subject, line[2:].decode("utf-8", "backslashreplace").split())


def _interpreter(subject: Subject, call: list[str]) -> Iterator[Finding]:
    """Whether what stands behind `#!` is on the runtime's system, in the zip, or maybe in a layer."""
    known = interpreters(subject.runtime) if subject.runtime else None
    path = call[0] if call else ""
    if known is None or brought(subject, path):
        return
    if path not in known:
        missing_one = f"{path!a}, which {subject.runtime.os if subject.runtime else ''} does not have"
        message = (
            f"bootstrap asks for the interpreter {missing_one}" if path else "bootstrap has an empty #! line"
        )
        yield _script(
            message,
            words.NO_INTERPRETER,
            "Use /bin/sh or /bin/bash, bring the interpreter in the zip, or choose a runtime that has it.",
        )
    elif path.endswith("/env"):
        name = next((word for word in call[1:] if not word.startswith("-") and "=" not in word), "")
        if "/" not in name and name not in programs(known) and not subject.layered:
            yield _script(
                f"bootstrap asks env for {name!a}, which this system does not have",
                words.EXIT_127,
                "Use sh or bash, bring the interpreter in the zip, or choose a runtime that has it.",
            )


def _script(message: str, prevents: str, fix: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding("check.bootstrap-script", severity, message, NAME, prevents, fix)


RULES = (
    Rule(
        "check.bootstrap-script",
        Severity.ERROR,
        script,
        "A script's interpreter must be on Lambda: sh, bash, awk and env are; AL2023 has no Python. A CR at"
        " the end of the first line makes a name that nothing has; CRs further on break commands, a warning.",
    ),
)
