"""Check finished zips against the real runtime: what would fail on Lambda, why, and how to mend it.

    onezip check                 the zips of all functions, built where they are not
    onezip check NAME            the zip of one function
    onezip check FILE.zip        any zip; --runtime, --architecture and --handler say what it is to be

Nothing of the zip is run or unpacked. Exits with 1 where there is an error.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from onezip import __version__
from onezip.cli.console import Console
from onezip.errors import Diagnostic, Exit, Severity, UsageError
from onezip.model.place import Place

if TYPE_CHECKING:
    from onezip.archive.lint import Report

_MARKS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip check`."""
    parser.add_argument(
        "what", nargs="*", metavar="NAME|ZIP", help="functions and zips; all functions by default"
    )
    parser.add_argument(
        "--runtime", metavar="ID", help="the runtime that a zip is for, such as provided.al2023"
    )
    parser.add_argument(
        "--architecture", choices=("x86_64", "arm64"), help="the architecture that a zip is for"
    )
    parser.add_argument(
        "--handler", metavar="HANDLER", help="the handler that a zip is for, such as app.handler"
    )
    parser.add_argument("--sarif", metavar="FILE", help="also write the findings as SARIF 2.1.0")
    parser.add_argument(
        "--output", "-o", metavar="DIR", default="dist", help="where functions are built (default: dist)"
    )


def execute(args: argparse.Namespace, console: Console) -> int:
    """Check, show the findings, and write SARIF where it is asked for."""
    from onezip.archive.sarif import sarif

    reports = _reports(args, console)
    for path, report in reports.items():
        _show(console, path, report)
    if args.sarif:
        with open(os.path.join(args.folder, args.sarif), "w", encoding="utf-8", newline="\n") as file:
            json.dump(sarif(reports, __version__), file, indent=2)
            file.write("\n")
    console.result({
        "zips": [
            {
                "zip": path,
                "findings": [asdict(finding) for finding in report.findings],
                "ignored": [{**asdict(finding), "reason": reason} for finding, reason in report.ignored],
            }
            for path, report in reports.items()
        ]
    })  # fmt: skip
    return Exit.NO if any(report.failed for report in reports.values()) else Exit.DONE


def _reports(args: argparse.Namespace, console: Console) -> dict[str, Report]:
    """The report of each zip, by its path as the caller would write it."""
    zips = [word for word in args.what if os.path.isfile(os.path.join(args.folder, word))]
    names = [word for word in args.what if word not in zips]
    for word in names:
        if word.endswith(".zip"):
            raise UsageError("usage.command", f"{word} does not exist")
    reports = {word: _of_zip(word, args) for word in zips}
    if names or not args.what:
        reports |= _of_functions(names, args, console)
    return reports


def _of_zip(word: str, args: argparse.Namespace) -> Report:
    from onezip.archive.lint import Subject, check
    from onezip.archive.reader import digests, opened
    from onezip.limits import RUNTIMES
    from onezip.model.function import Architecture, Handler

    if args.runtime and args.runtime not in RUNTIMES:
        raise UsageError(
            "usage.command", f"no runtime {args.runtime!r}", hint=f"known: {', '.join(RUNTIMES)}"
        )
    with opened(os.path.join(args.folder, word)) as (manifest, content):
        subject = Subject(
            digests(manifest, content),
            content,
            today=datetime.now(UTC).date(),
            runtime=RUNTIMES.get(args.runtime or ""),
            architecture=Architecture(args.architecture) if args.architecture else None,
            handler=Handler(args.handler) if args.handler else None,
        )
        return check(subject)


def _of_functions(names: list[str], args: argparse.Namespace, console: Console) -> dict[str, Report]:
    from onezip.archive.lint import check, of_function
    from onezip.archive.reader import digests, opened
    from onezip.builder.engine import build
    from onezip.builder.locking import read_lock
    from onezip.cli.build import near
    from onezip.cli.described import described

    project = described(args)
    outcome = build(project, names, output=args.output, report=console.report)
    for _, error in outcome.failed:
        raise error
    lock = read_lock(project)
    reports = {}
    for built in outcome.built:
        function = project.functions[built.function]
        locked = lock.get(function.name)
        sizes = {name: line.size for name, line in locked.entries.items()} if locked else None
        with opened(built.path) as (manifest, content):
            subject = of_function(
                function,
                digests(manifest, content),
                content,
                today=datetime.now(UTC).date(),
                sizes=sizes,
            )
            reports[near(built.path, args.folder)] = check(subject, function.ignore)
    return reports


def _show(console: Console, path: str, report: Report) -> None:
    """The findings of one zip for a person; each error and warning as a diagnostic at its entry."""
    for finding in report.findings:
        place = Place(f"{path}!{finding.entry}" if finding.entry else path)
        message = finding.message
        if finding.prevents:
            message += f"; Lambda would say: {finding.prevents}"
        console.report(Diagnostic(finding.code, finding.severity, message, place, finding.fix))
    for finding, reason in report.ignored:
        console.detail(f"{path}: passed over {finding.code} ({reason}): {finding.message}")
    counts = [
        f"{report.count(severity)} {word}{'' if report.count(severity) == 1 else 's'}"
        for severity, word in _MARKS.items()
        if report.count(severity)
    ]
    console.line(f"{path}: {', '.join(counts) or 'nothing found'}")
