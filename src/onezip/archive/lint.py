"""The checks of a finished zip: a table of rules, and what they find.  [pure]

    subject = of_function(function, manifest, content, today=date.today())
    report = check(subject, function.ignore)

The manifest should be one of `reader.digests`, which unpacks everything once: then damaged content is told
for each entry. Time and memory are bounded whatever the zip says of itself (`rules/reading.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from onezip.archive.rules import (
    bootstrap,
    bytecode,
    container,
    imports,
    libraries,
    modes,
    native,
    packages,
    python,
    runtime,
    script,
    secrets,
    sizes,
    stray,
)
from onezip.archive.rules.finding import Finding, Rule
from onezip.archive.rules.sizes import largest
from onezip.archive.rules.subject import Subject, of_function
from onezip.errors import Severity

__all__ = [
    "MOST_OF_A_CODE",
    "RULES",
    "Finding",
    "Report",
    "Rule",
    "Subject",
    "check",
    "largest",
    "of_function",
]

MOST_OF_A_CODE = 50
"""Findings of one code that are kept, the gravest; the rest is told as a number."""

RULES: tuple[Rule, ...] = (
    *bootstrap.RULES,
    *script.RULES,
    *native.RULES,
    *libraries.RULES,
    *python.RULES,
    *imports.RULES,
    *packages.RULES,
    *bytecode.RULES,
    *container.RULES,
    *modes.RULES,
    *sizes.RULES,
    *secrets.RULES,
    *stray.RULES,
    *runtime.RULES,
)
"""Every rule, by theme. To add one: a function, its row in its theme, its line in `codes.CODES`."""

IGNORE = "check.ignore"
"""The code of notes about `ignore` itself."""

_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, gravest first; and what the project passes over, each with the project's reason."""

    findings: tuple[Finding, ...]
    ignored: tuple[tuple[Finding, str], ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return self.count(Severity.ERROR) > 0


def check(subject: Subject, ignore: Mapping[str, str] | None = None, rules: Iterable[Rule] = RULES) -> Report:
    """Apply the rules to a zip. ignore maps codes to the reasons why they are passed over.

    An ignored code that finds nothing, or that no rule has, is itself a note. What cannot be unpacked is a
    finding. Raises ArchiveError archive.changed and archive.unreadable, where the content does.
    """
    ignore = ignore or {}
    kept: list[Finding] = []
    ignored: list[tuple[Finding, str]] = []
    for rule in rules:
        found = list(_few(rule.find(subject)))
        if rule.code in ignore:
            ignored += [(finding, ignore[rule.code]) for finding in found]
        else:
            kept += found
    kept += _about(ignore, {finding.code for finding, _ in ignored})
    return Report(tuple(sorted(kept, key=_order)), tuple(sorted(ignored, key=lambda item: _order(item[0]))))


def _few(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The gravest of one rule, and how many more there are."""
    by_rank: dict[Severity, list[Finding]] = {severity: [] for severity in _RANK}
    counts = dict.fromkeys(_RANK, 0)
    code = ""
    for finding in findings:
        code = finding.code
        counts[finding.severity] += 1
        if len(by_rank[finding.severity]) < MOST_OF_A_CODE:
            by_rank[finding.severity].append(finding)
    left = MOST_OF_A_CODE
    for severity, kept in by_rank.items():
        yield from kept[:left]
        more = counts[severity] - len(kept[:left])
        left -= len(kept[:left])
        if more:
            yield Finding(code, severity, f"... and {more:,} more of this kind")


def _about(ignore: Mapping[str, str], used: set[str]) -> Iterator[Finding]:
    known = {rule.code for rule in RULES}
    for code in ignore:
        if code not in used:
            what = "finds nothing here" if code in known else "is no rule of onezip's"
            yield Finding(
                IGNORE, Severity.NOTE, f"ignore names {code!a}, which {what}", fix="Take it out of `ignore`."
            )


def _order(finding: Finding) -> tuple[int, str, bool, str, str]:
    """Gravest first, then by code; what is left over of a code comes last."""
    rest = finding.message.startswith("... and ")
    return _RANK[finding.severity], finding.code, rest, finding.entry, finding.message
