"""Rules about the runtime: is it known, does AWS still take it, has it the architecture?  [pure]

Developer Guide, "Lambda runtimes", "Runtime deprecation policy"; the dates are in `onezip.limits`.
"""

from __future__ import annotations

from collections.abc import Iterator

from onezip import limits
from onezip.archive.rules import words
from onezip.archive.rules.finding import Finding, Rule
from onezip.archive.rules.subject import Subject
from onezip.errors import Severity


def deprecated(subject: Subject) -> Iterator[Finding]:
    """The dates of AWS's runtimes: deprecated, no new functions, no updates."""
    runtime = subject.runtime
    notice = limits.notice(runtime, subject.today) if runtime else None
    if runtime is None or notice is None:
        return
    blocked = runtime.block_update is not None and subject.today >= runtime.block_update
    yield Finding(
        "check.runtime-deprecated",
        Severity.ERROR if blocked else notice.severity,
        notice.message,
        "",
        words.NO_LONGER_SUPPORTED.format(runtime.id) if not runtime.preview else "",
        notice.hint,
    )


def unknown(subject: Subject) -> Iterator[Finding]:
    """Without a runtime, or with one that is in no table, most rules have nothing to compare with."""
    if subject.runtime is None:
        yield Finding(
            "check.runtime-unknown",
            Severity.NOTE,
            "no runtime is known: rules about bootstrap, Python and the system's libraries say nothing",
            fix="Name the runtime: --runtime, or runtime in the project file.",
        )
    elif subject.runtime.id not in limits.RUNTIMES:
        yield Finding(
            "check.runtime-unknown",
            Severity.NOTE,
            f"the runtime {subject.runtime.id!a} is not in onezip's table of {limits.AS_OF.isoformat()}",
            fix="Look for a newer onezip.",
        )


def architecture(subject: Subject) -> Iterator[Finding]:
    """Runtimes of Amazon Linux 1 are for x86_64 only."""
    runtime, wanted = subject.runtime, subject.architecture
    if runtime is not None and wanted is not None and wanted not in runtime.architectures:
        offered = " and ".join(runtime.architectures)
        yield Finding(
            "check.runtime-architecture",
            Severity.ERROR,
            f"{runtime.id} is for {offered}; the function is for {wanted}",
            "",
            "",
            "Choose a newer runtime, or the other architecture.",
        )


RULES = (
    Rule(
        "check.runtime-deprecated",
        Severity.WARNING,
        deprecated,
        "A runtime that AWS has deprecated gets no more patches; later, functions with it can no longer be"
        " created, then no longer be updated, which is an error. AWS moves these dates; onezip's table has"
        " one of its own. A preview is a note.",
    ),
    Rule(
        "check.runtime-unknown",
        Severity.NOTE,
        unknown,
        "Without a runtime, most rules have nothing to compare with and say nothing.",
    ),
    Rule(
        "check.runtime-architecture",
        Severity.ERROR,
        architecture,
        "`go1.x` and `provided` exist for x86_64 only.",
    ),
)
