"""Check finished zips against the real runtime: what would fail on Lambda, why, and how to mend it.

    onezip check                 the zips of all functions, built where they are not
    onezip check NAME            the zip of one function
    onezip check FILE.zip        any zip; --runtime, --architecture and --handler say what it is to be

Nothing of the zip is run or unpacked. Exits with 1 where there is an error.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from onezip import __version__
from onezip.cli.console import Console, size
from onezip.errors import Diagnostic, Exit, Severity, UsageError
from onezip.model.place import Place

if TYPE_CHECKING:
    from onezip.archive.lint import Report, Subject
    from onezip.model.project import Project

LARGEST = 10
"""How many of the largest parts of a zip are told."""

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
    parser.add_argument(
        "--layers", action="store_true", help="the function has layers, which may bring what a zip lacks"
    )
    parser.add_argument(
        "--layers-size",
        type=int,
        metavar="BYTES",
        default=0,
        help="what those layers have unzipped, which counts towards Lambda's 250 MB",
    )
    parser.add_argument("--sarif", metavar="FILE", help="also write the findings as SARIF 2.1.0")
    parser.add_argument(
        "--output", "-o", metavar="DIR", default="dist", help="where functions are built (default: dist)"
    )


def execute(args: argparse.Namespace, console: Console) -> int:
    """Check, show the findings, and write SARIF where it is asked for."""
    from onezip.archive.sarif import sarif

    checked = _checked(args, console)
    reports = {path: each.report for path, each in checked.items()}
    for path, each in checked.items():
        _show(console, path, each)
    if args.sarif:
        with open(os.path.join(args.folder, args.sarif), "w", encoding="utf-8", newline="\n") as file:
            json.dump(sarif(reports, __version__), file, indent=2)
            file.write("\n")
    console.result({
        "zips": [
            {
                "zip": path,
                "findings": [asdict(finding) for finding in each.report.findings],
                "ignored": [{**asdict(finding), "reason": reason} for finding, reason in each.report.ignored],
                "largest": [{"name": name, "size": size} for name, size in each.largest],
            }
            for path, each in checked.items()
        ]
    })  # fmt: skip
    return Exit.NO if any(report.failed for report in reports.values()) else Exit.DONE


@dataclass(frozen=True, slots=True)
class Checked:
    """A zip that was checked: what was found, and what its unzipped bytes belong to, largest first."""

    report: Report
    largest: tuple[tuple[str, int], ...]


def _checked(args: argparse.Namespace, console: Console) -> dict[str, Checked]:
    """Each zip, by its path as the caller would write it."""
    zips = [word for word in args.what if os.path.isfile(os.path.join(args.folder, word))]
    names = [word for word in args.what if word not in zips]
    for word in names:
        if word.endswith(".zip"):
            raise UsageError("usage.command", f"{word} does not exist")
    checked = {word: _of_zip(word, args) for word in zips}
    if names or not args.what:
        checked |= _of_functions(names, args, console)
    return checked


def _of_zip(word: str, args: argparse.Namespace) -> Checked:
    from onezip.archive.lint import Subject
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
            layered=args.layers or args.layers_size > 0,
            layers=args.layers_size,
        )
        return _check(subject, {})


def _of_functions(names: list[str], args: argparse.Namespace, console: Console) -> dict[str, Checked]:
    from onezip.archive.lint import of_function
    from onezip.archive.reader import digests, opened
    from onezip.builder.engine import build
    from onezip.builder.locking import read_lock
    from onezip.cli.build import near
    from onezip.cli.described import described
    from onezip.model.layer import artifacts, layer_of

    project = described(args)
    outcome = build(project, names, output=args.output, report=console.report)
    for _, error in outcome.failed:
        raise error
    lock, functions = read_lock(project), artifacts(project)
    paths = {built.function: built.path for built in outcome.built}
    checked = {}
    for built in outcome.built:
        function = functions[built.function]
        locked = lock.get(function.name)
        sizes = {name: line.size for name, line in locked.entries.items()} if locked else None
        with contextlib.ExitStack() as stack:
            manifest, content = stack.enter_context(opened(built.path))
            layer = layer_of(function)
            beside = stack.enter_context(opened(paths[layer.name])) if layer else None
            subject = of_function(
                function,
                digests(manifest, content),
                content,
                today=datetime.now(UTC).date(),
                sizes=sizes,
                layers=args.layers_size,
                layered=args.layers or args.layers_size > 0 or _has_layers(project, function.name),
                beside=(digests(*beside), beside[1]) if beside else None,
            )
            checked[near(built.path, args.folder)] = _check(subject, function.ignore)
    return checked


def _check(subject: Subject, ignore: Mapping[str, str]) -> Checked:
    from onezip.archive.lint import check, largest

    return Checked(check(subject, ignore), tuple(largest(subject.manifest)[:LARGEST]))


def _has_layers(project: Project, name: str) -> bool:
    """Whether a template gives the function layers, of which it mostly does not know the ARNs."""
    from onezip.model.project import Origin

    if project.origin is not Origin.TEMPLATE:
        return False
    from onezip.config.template.table import LAYERS_LEFT

    return f"{name}: {LAYERS_LEFT}" in project.notes


def _show(console: Console, path: str, checked: Checked) -> None:
    """The findings of one zip for a person; each error and warning as a diagnostic at its entry."""
    report = checked.report
    for finding in report.findings:
        place = Place(f"{path}!{finding.entry}" if finding.entry else path)
        message = finding.message
        if finding.prevents:
            message += f"; Lambda would say: {finding.prevents}"
        console.report(Diagnostic(finding.code, finding.severity, message, place, finding.fix))
    for finding, reason in report.ignored:
        console.detail(f"{path}: passed over {finding.code} ({reason}): {finding.message}")
    if checked.largest:
        parts = ", ".join(f"{name} {size(each)}" for name, each in checked.largest)
        console.detail(f"{path}: largest: {parts}")
    counts = [
        f"{report.count(severity)} {word}{'' if report.count(severity) == 1 else 's'}"
        for severity, word in _MARKS.items()
        if report.count(severity)
    ]
    console.line(f"{path}: {', '.join(counts) or 'nothing found'}")
