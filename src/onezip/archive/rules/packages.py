"""Rules about installed Python packages: wheels, their metadata, and extension modules.  [pure]

The binary distribution format (packaging.python.org; PEP 427, 425, 600, 656), extension modules' names
(PEP 3149), and the Developer Guide, "Working with .zip file archives for Python Lambda functions".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from onezip.archive.rules import words
from onezip.archive.rules.finding import Finding, Rule, quoted
from onezip.archive.rules.modules import EXTENSION, loads
from onezip.archive.rules.subject import Subject
from onezip.archive.rules.wheels import unfit
from onezip.errors import Severity

_LARGEST = 64 << 10
_PLACES = re.compile(r"(?:python/(?:lib/python3\.\d+/site-packages/)?)?([^/]+)\.dist-info/([^/]+)")


def wheel(subject: Subject) -> Iterator[Finding]:
    """The tags in each `*.dist-info/WHEEL` fit the runtime's Python, its C library and the architecture."""
    runtime = subject.runtime
    if runtime is None or runtime.python is None:
        return
    for name in sorted(subject.files):
        match = _PLACES.fullmatch(name)
        if match is None or match[2] != "WHEEL":
            continue
        tags = _tags(subject.read(name, _LARGEST) or b"")
        reasons = [unfit(tag, runtime, subject.architecture) for tag in tags]
        if not tags or None in reasons:
            continue
        unproven = [tag for tag in tags if re.search(r"(?:^|-|\.)linux_\w+$", tag)]
        package = match[1].replace("-", " ")
        yield Finding(
            "check.wheel",
            Severity.WARNING if unproven else Severity.ERROR,
            f"{quoted(package)} was built for {', '.join(tags[:3])}: {reasons[0]}",
            name,
            "" if unproven else words.not_found(subject, "<module>"),
            "Build it in a manylinux image and mend its tag with auditwheel."
            if unproven
            else f"Install it for python{runtime.python[0]}.{runtime.python[1]} on Linux: onezip build does,"
            " and pip with --platform and --only-binary.",
        )


def metadata(subject: Subject) -> Iterator[Finding]:
    """A `*.dist-info` folder has METADATA: importlib.metadata, Amazon Inspector and scanners read it."""
    if subject.runtime is None or subject.runtime.python is None:
        return
    folders: dict[str, set[str]] = {}
    first: dict[str, str] = {}
    for name in subject.files:
        if match := _PLACES.fullmatch(name):
            folders.setdefault(match[1], set()).add(match[2])
            first.setdefault(match[1], name)
    for package, names in folders.items():
        if "METADATA" not in names:
            distribution = package.partition("-")[0]
            yield Finding(
                "check.metadata",
                Severity.WARNING,
                f"{quoted(package + '.dist-info')} has no METADATA",
                first[package],
                f"importlib.metadata.PackageNotFoundError: No package metadata was found for {distribution}",
                "Leave METADATA in the zip; what may go are RECORD, INSTALLER and direct_url.json.",
            )


def extension(subject: Subject) -> Iterator[Finding]:
    """Each extension module has a file that this Python, on this architecture, would load."""
    python = subject.runtime.python if subject.runtime else None
    if python is None:
        return
    variants: dict[str, list[tuple[str, str]]] = {}
    for name in subject.files:
        if name.endswith((".so", ".pyd")) and (match := EXTENSION.match(name)):
            variants.setdefault(match["stem"], []).append((match["tag"], name))
    machine = subject.architecture.machine if subject.architecture else ""
    tops: dict[tuple[str, str], list[str]] = {}
    for stem, tagged in variants.items():
        if any(name.endswith(".so") and loads(tag, python, machine) for tag, name in tagged):
            continue
        if any(f"{stem}{ending}" in subject.files for ending in (".so", ".py", ".pyc", "/__init__.py")):
            continue
        tops.setdefault((stem.partition("/")[0], tagged[0][0]), []).append(tagged[0][1])
    for (top, tag), names in tops.items():
        count = f" and {len(names) - 1:,} more below {top!a}" if len(names) > 1 else ""
        module = names[0].partition(f".{tag}")[0].replace("/", ".")
        yield Finding(
            "check.extension",
            Severity.ERROR,
            f"{quoted(names[0])}{count}: made for {tag}, which python{python[0]}.{python[1]}"
            f"{f' on {machine}' if machine else ''} does not load",
            names[0],
            words.not_found(subject, module),
            "Install the package for the runtime's Python and architecture.",
        )


def _tags(data: bytes) -> list[str]:
    lines = data.decode("utf-8", "replace").splitlines()
    values = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("tag:")]
    return [value for value in values if value.count("-") == 2][:100]


RULES = (
    Rule(
        "check.wheel",
        Severity.ERROR,
        wheel,
        "Each package says in `*.dist-info/WHEEL` what it was built for: a Python, an ABI and a platform."
        " Wheels for Windows or macOS, for musl, for another architecture or Python, or for a newer glibc"
        " than the runtime's do not work. Wheels built on somebody's Linux (`linux_x86_64`) are a warning.",
    ),
    Rule(
        "check.metadata",
        Severity.WARNING,
        metadata,
        "Packages ask for their own version and entry points through `importlib.metadata`, and scanners look"
        " for packages there: a `*.dist-info` folder without METADATA breaks both.",
    ),
    Rule(
        "check.extension",
        Severity.ERROR,
        extension,
        "The name of an extension module tells the Python and the machine it is for. Where no variant fits,"
        " and no `.py` stands in, the module cannot be imported.",
    ),
)
