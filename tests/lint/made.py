"""Zips for the rules: made by Python's zipfile, read by onezip's reader, checked."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from onezip.archive.lint import RULES, Finding, Report, Subject, check
from onezip.archive.reader import digests, opened
from onezip.errors import Severity
from onezip.limits import RUNTIMES
from onezip.model.function import Architecture, Handler

TODAY = date(2026, 11, 21)
AL2, AL2023 = RUNTIMES["provided.al2"], RUNTIMES["provided.al2023"]
PYTHON, PYTHON311 = RUNTIMES["python3.13"], RUNTIMES["python3.11"]
X86, ARM = Architecture.X86_64, Architecture.ARM64

HANDLER = b"def handler(event, context):\n    return 'hello'\n"


@dataclass(frozen=True)
class File:
    """A file of a zip to be. mode has the type too; host is that of APPNOTE 4.4.2."""

    data: bytes = b""
    mode: int = 0o100644
    host: int = 3
    version: int = 20
    time: tuple[int, int, int, int, int, int] = (1980, 1, 1, 0, 0, 0)


Files = Mapping[str, bytes | File]


def program(data: bytes) -> File:
    """A file that is executable."""
    return File(data, 0o100755)


def write(path: Path, files: Files, *, packed: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip with these files."""
    with zipfile.ZipFile(path, "w", packed) as archive:
        for name, content in files.items():
            file = content if isinstance(content, File) else File(content)
            info = zipfile.ZipInfo(name, file.time)
            info.external_attr = file.mode << 16
            info.create_system, info.create_version = file.host, file.version
            archive.writestr(info, file.data, packed)
    return path


def look(path: Path, **known: Any) -> Report:
    """What is found in a zip; known goes to the Subject, and ignore to the check. Where unpack is false,
    nobody looked at the content before.
    """
    ignore, unpack = known.pop("ignore", None), known.pop("unpack", True)
    with opened(str(path)) as (manifest, content):
        whole = digests(manifest, content) if unpack else manifest
        subject = Subject(whole, content, **{"today": TODAY, **known})
        for rule in RULES if len(manifest.entries) < 1000 else ():
            assert {finding.code for finding in rule.find(subject)} <= {rule.code}
        return check(subject, ignore)


def python(path: Path, files: Files, **known: Any) -> Report:
    """What is found in a zip of a Python function with the handler app.handler."""
    known = {"runtime": PYTHON, "architecture": X86, "handler": Handler("app.handler"), **known}
    return look(write(path, {"app.py": HANDLER, **files}), **known)


def provided(path: Path, files: Files, **known: Any) -> Report:
    """What is found in a zip for provided.al2023."""
    return look(write(path, files), **{"runtime": AL2023, "architecture": X86, **known})


def of(report: Report, code: str) -> list[Finding]:
    """The findings of one code."""
    return [finding for finding in report.findings if finding.code == code]


def one(report: Report, code: str) -> Finding:
    """The only finding of a code."""
    (found,) = of(report, code)
    return found


def codes(report: Report, least: Severity = Severity.NOTE) -> set[str]:
    """The codes of what was found, of a severity or graver."""
    order = [Severity.NOTE, Severity.WARNING, Severity.ERROR]
    return {each.code for each in report.findings if order.index(each.severity) >= order.index(least)}
