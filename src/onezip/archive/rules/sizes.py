"""Rules about size: Lambda's limits, the project's own budget, and what grew.  [pure]

Developer Guide, "Lambda quotas": 50 MB zipped for direct upload, 250 MB unzipped with layers; CloudFormation
User Guide, AWS::Lambda::Function Code, `ZipFile`: 4 MB, for Python in one file `index.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from onezip import limits
from onezip.archive.manifest import Kind, Manifest
from onezip.archive.rules import words
from onezip.archive.rules.finding import Finding, Rule, megabytes, quoted
from onezip.archive.rules.subject import Subject
from onezip.errors import Severity

GROWTH, GROWTH_FLOOR = 0.10, 64 << 10
"""A zip grew where it has a tenth more than when it was locked, and more than 64 KB."""

_SHOWN = 5
_DEEPEST = 8
_METADATA = re.compile(r"(?P<name>.+?)-[^-/]+\.(?:dist-info|data|egg-info)")


def largest(manifest: Manifest) -> list[tuple[str, int]]:
    """What the unzipped bytes belong to, largest first: packages with their libraries and metadata as one,
    folders and files at the root; in a zip with one folder, what is in that.
    """
    sizes = {entry.name: entry.size for entry in manifest.entries if entry.kind is Kind.FILE}
    groups = _grouped(sizes)
    for _ in range(_DEEPEST):
        only = next(iter(groups), "")
        if len(groups) != 1 or not only.endswith("/") or not all(name.startswith(only) for name in sizes):
            break
        groups = _grouped(sizes, only)
    return sorted(groups.items(), key=lambda item: (-item[1], item[0]))


def unzipped(subject: Subject) -> Iterator[Finding]:
    """250 MB for the function and its layers together."""
    total = subject.manifest.unzipped + subject.layers
    if total <= limits.UNZIPPED:
        return
    beside = f", with {megabytes(subject.layers)} of layers" if subject.layers else ""
    yield Finding(
        "check.size-unzipped",
        Severity.ERROR,
        f"{megabytes(total)} unzipped{beside}: {total - limits.UNZIPPED:,} bytes more than Lambda's"
        f" {megabytes(limits.UNZIPPED)}; {_told(largest(subject.manifest))}",
        "",
        words.UNZIPPED_SIZE,
        "Leave out what the function does not need, or move parts of it to S3, EFS or a container image.",
    )


def direct(subject: Subject) -> Iterator[Finding]:
    """50 MB in the request itself; larger zips go through S3."""
    if subject.manifest.size > limits.ZIPPED_DIRECT:
        yield Finding(
            "check.size-direct",
            Severity.NOTE,
            f"{megabytes(subject.manifest.size)} zipped: more than {megabytes(limits.ZIPPED_DIRECT)} must go"
            f" through S3; {_told(largest(subject.manifest))}",
            "",
            words.REQUEST_SIZE,
            "Upload it to S3 first, and name bucket and key.",
        )


def inline(subject: Subject) -> Iterator[Finding]:
    """4 MB for code that stands in a template: that can be one Python file only."""
    runtime = subject.runtime
    if runtime is None or runtime.python is None or len(subject.files) != 1:
        return
    ((name, entry),) = subject.files.items()
    if name.endswith(".py") and entry.size > limits.CLOUDFORMATION_INLINE:
        yield Finding(
            "check.size-inline",
            Severity.NOTE,
            f"{quoted(name)} has {megabytes(entry.size)}: code in a CloudFormation template (ZipFile,"
            f" InlineCode) may have {megabytes(limits.CLOUDFORMATION_INLINE)}",
            name,
            fix="Refer to the zip in S3 instead.",
        )


def budget(subject: Subject) -> Iterator[Finding]:
    """The project's own limit for the zip."""
    if subject.budget is not None and subject.manifest.size > subject.budget:
        over = subject.manifest.size - subject.budget
        yield Finding(
            "check.size-budget",
            Severity.ERROR,
            f"{subject.manifest.size:,} bytes zipped: {over:,} more than the budget of {subject.budget:,};"
            f" unzipped, {_told(largest(subject.manifest))}",
            fix="Leave out what the function does not need, or raise budget in the project file.",
        )


def grown(subject: Subject) -> Iterator[Finding]:
    """What is larger than when the zip was locked."""
    if subject.sizes is None:
        return
    now = {entry.name: entry.size for entry in subject.manifest.entries if entry.kind is Kind.FILE}
    before, after = sum(subject.sizes.values()), sum(now.values())
    if after - before <= max(GROWTH * before, GROWTH_FLOOR):
        return
    old, new = _grouped(subject.sizes), _grouped(now)
    growth = {name: new.get(name, 0) - old.get(name, 0) for name in {*old, *new}}
    ordered = sorted(
        ((name, size) for name, size in growth.items() if size > 0), key=lambda item: (-item[1], item[0])
    )
    parts = [
        f"{quoted(name)} {'grew by' if name in old else 'is new with'} {megabytes(size)}"
        for name, size in ordered[:_SHOWN]
    ]
    yield Finding(
        "check.size-grown",
        Severity.NOTE,
        f"{megabytes(after - before)} more unzipped than the {megabytes(before)} in the lock:"
        f" {', '.join(parts)}",
        fix="Nothing, if it is meant; `onezip lock` writes the new sizes.",
    )


def _grouped(sizes: Mapping[str, int], prefix: str = "") -> dict[str, int]:
    """The sizes by what stands behind a prefix: packages and folders with a slash, files without."""
    groups: dict[str, int] = {}
    for name, size in sizes.items():
        part, slash, _ = name[len(prefix) :].partition("/")
        key = prefix + (_package(part) + slash if slash else part)
        groups[key] = groups.get(key, 0) + size
    return groups


def _package(folder: str) -> str:
    """A folder by its package: `numpy` for `numpy.libs` and `numpy-2.1.0.dist-info`."""
    if match := _METADATA.fullmatch(folder):
        return match["name"].lower()
    return folder.removesuffix(".libs")


def _told(groups: Iterable[tuple[str, int]]) -> str:
    words_of = [f"{quoted(name)} {megabytes(size)}" for name, size in list(groups)[:_SHOWN]]
    return f"the largest: {', '.join(words_of)}"


RULES = (
    Rule(
        "check.size-unzipped",
        Severity.ERROR,
        unzipped,
        "A function and its layers together may have 262,144,000 bytes unzipped.",
    ),
    Rule(
        "check.size-direct",
        Severity.NOTE,
        direct,
        "A zip of more than 50 MB cannot be uploaded in the request: it must go through S3.",
    ),
    Rule(
        "check.size-inline",
        Severity.NOTE,
        inline,
        "Code that stands in a CloudFormation template is one file of at most 4 MB. Only functions of one"
        " Python file are judged.",
    ),
    Rule(
        "check.size-budget",
        Severity.ERROR,
        budget,
        "`budget` in the project file is the largest size of the zip in bytes; the finding names what is"
        " largest in it.",
    ),
    Rule(
        "check.size-grown",
        Severity.NOTE,
        grown,
        "A zip that has a tenth more unzipped bytes than when it was locked, and more than 64 KB; the finding"
        " names what grew.",
    ),
)
