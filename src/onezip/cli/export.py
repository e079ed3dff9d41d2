"""Write what other tools need to know, in their own words, from the project file and onezip.lock.

    onezip export terraform        onezip.tf.json: local.onezip["NAME"]; --functions for whole resources
    onezip export cloudformation   onezip.cfn.yaml: functions whose code is in S3 under its digest
    onezip export sam              onezip.sam.yaml: functions whose CodeUri are the finished zips
    onezip export make             onezip.mk: one rule for each function
    onezip export github           .github/workflows/onezip.yml
    onezip export gitlab           onezip.gitlab-ci.yml
    onezip export summary          a table in Markdown, on standard output

The text is the same on every machine. A file that an export did not write is not overwritten without --force.
"""

from __future__ import annotations

import argparse
import importlib
import os
from typing import TYPE_CHECKING, Any

from onezip.cli.console import Console
from onezip.deployer.export import EXPORTS
from onezip.errors import Diagnostic, Exit, ProjectError, Severity, UsageError
from onezip.limits import ZIPPED_DIRECT
from onezip.model.place import Place

if TYPE_CHECKING:
    from onezip.deployer.export.base import Exporter
    from onezip.deployer.export.facts import Options, Shipment

_FLAGS = {
    "functions": "--functions",
    "aws_provider": "--aws-provider",
    "bucket": "--bucket",
    "object_versions": "--object-versions",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip export`."""
    parser.add_argument("format", choices=tuple(EXPORTS), help="what to write")
    parser.add_argument("names", nargs="*", metavar="NAME", help="the functions; all by default")
    parser.add_argument(
        "--output", "-o", metavar="FILE", help="the file to write; `-` for standard output"
        " (default: by the format, beside the project file)",
    )  # fmt: skip
    parser.add_argument(
        "--zips", metavar="DIR", default="dist", help="the --output of `onezip build` (default: dist)"
    )
    parser.add_argument("--force", action="store_true", help="overwrite a file that no export wrote")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 where the file is not up to date"
    )
    parser.add_argument(
        "--functions",
        action="store_true",
        help="terraform: resources with roles and log groups, not only facts",
    )
    parser.add_argument(
        "--aws-provider",
        metavar="VERSION",
        default="",
        help="terraform: the version of hashicorp/aws; from 6.28 on code_sha256 shows changes made elsewhere",
    )
    parser.add_argument(
        "--bucket", metavar="NAME", default="", help="terraform, cloudformation: the bucket for the code"
    )
    parser.add_argument(
        "--object-versions",
        action="store_true",
        help="cloudformation: a parameter for the version of each S3 object",
    )
    parser.add_argument(
        "--stage", metavar="NAME", help="lay [stages.NAME] over the project; it may not change a zip"
    )
    parser.add_argument("--against", metavar="LOCK", help="summary: tell what changed since another lock")


def execute(args: argparse.Namespace, console: Console) -> int:
    """Make the text, and write it where it is not there yet."""
    from onezip import __version__
    from onezip.cli.described import described
    from onezip.cli.shipped import shipped
    from onezip.deployer.export.facts import Shipment

    row = EXPORTS[args.format]
    options = _options(args)
    project = described(args)
    place = _place(args, project.root)
    functions = shipped(project, args, locked=row.locked)
    to_root = _to_root(place, project.root)
    config = project.file or "" if args.config or (args.format == "make" and not _above(to_root)) else ""
    shipment = Shipment(functions, __version__, to_root, args.zips, config)
    if args.format in {"cloudformation", "sam"} or options.functions:
        _tell_left_out(shipment, args.format, console)
    _warn(shipment, options, console)
    module: Exporter = importlib.import_module(row.module)
    text = module.export(shipment, options)
    result: dict[str, Any] = {
        "format": args.format,
        "functions": [function.name for function in functions],
        "file": None if place is None else _shown(args, place),
    }
    if place is None:
        console.result({**result, "text": text}) if console.as_json else console.raw(text)
        return Exit.DONE
    changed = _read(place) != text
    if args.check:
        if changed:
            console.report(_stale(args, result["file"]))
        console.result({**result, "changed": changed})
        return Exit.NO if changed else Exit.DONE
    if changed:
        _write(place, text, args, result["file"])
    if console.quiet and not console.as_json:
        console.raw(f"{result['file']}\n")
    else:
        console.line(f"{result['file']} {'written' if changed else 'is up to date'}")
    console.result({**result, "changed": changed})
    return Exit.DONE


def _options(args: argparse.Namespace) -> Options:
    """What was asked of the format. Raises UsageError for what means nothing to it."""
    from onezip.deployer.export.facts import Options

    given = {name: getattr(args, name) for name in _FLAGS}
    for name, flag in _FLAGS.items():
        if given[name] and name not in EXPORTS[args.format].options:
            raise UsageError(
                "usage.command",
                f"{flag} means nothing to {args.format}",
                hint="`onezip export --help` says which format has which option",
            )
    if args.against and args.format != "summary":
        raise UsageError(
            "usage.command", f"--against means nothing to {args.format}", hint="it is for summary"
        )
    return Options(**given)


def _place(args: argparse.Namespace, root: str) -> str | None:
    """The absolute path to write; None for standard output. Raises UsageError."""
    default = EXPORTS[args.format].file
    if args.output in {None, "-"}:
        if args.output == "-" or default == "-":
            if args.check:
                raise UsageError("usage.command", "--check needs a file", hint="name it with --output FILE")
            return None
        return os.path.join(root, *default.split("/"))
    return str(os.path.abspath(os.path.join(args.folder, args.output)))


def _to_root(place: str | None, root: str) -> str:
    """From the folder of the file to the project's root, with forward slashes. Raises UsageError."""
    if place is None:
        return "."
    try:
        return os.path.relpath(root, os.path.dirname(place)).replace(os.sep, "/")
    except ValueError as error:  # another drive of Windows
        raise UsageError(
            "usage.command",
            f"{place} is on another drive than the project",
            hint="write it beside the project",
        ) from error


def _above(to_root: str) -> bool:
    """Whether a command finds the project by itself: in the folder of the file, or above it."""
    return to_root == "." or set(to_root.split("/")) == {".."}


def _tell_left_out(shipment: Shipment, form: str, console: Console) -> None:
    """Say which keys of the project file the format has no place for."""
    from onezip.deployer.export.facts import left_out

    for function in shipment.functions:
        keys = left_out(function, form)
        if keys:
            console.report(
                Diagnostic(
                    "export.left-out",
                    Severity.NOTE,
                    f"{function.name}: {form} has no place for {', '.join(keys)} of its deploy table",
                    hint="`onezip deploy` follows it",
                )
            )


def _warn(shipment: Shipment, options: Options, console: Console) -> None:
    """Say which zips cannot be sent as Terraform's `filename`, but for S3."""
    if not options.functions or options.bucket:
        return
    for function in shipment.functions:
        for each in function.zips:
            if each.size > ZIPPED_DIRECT and function.deploy.bucket is None:
                console.report(
                    Diagnostic(
                        "archive.s3-needed",
                        Severity.WARNING,
                        f"{each.name} is {each.size:,} bytes; Lambda takes {ZIPPED_DIRECT:,} directly",
                        hint="send it through S3: --bucket NAME",
                    )
                )


def _shown(args: argparse.Namespace, place: str) -> str:
    from onezip.cli.build import near

    folder: str = args.folder
    return near(place, folder)


def _read(place: str) -> str | None:
    try:
        with open(place, encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return None


def _write(place: str, text: str, args: argparse.Namespace, shown: str) -> None:
    """Write the file whole or not at all. Raises ProjectError for one that is not ours, ArchiveError."""
    from onezip.archive.sink import Sink
    from onezip.deployer.export.mark import is_ours

    old = _read(place)
    if os.path.lexists(place) and not args.force and (old is None or not is_ours(old)):
        raise ProjectError(
            "export.foreign",
            f"{shown} is there already, and `onezip export` did not write it",
            hint="choose another file with --output, or overwrite it with --force",
            place=Place(shown),
        )
    with Sink(place) as sink:
        sink.write([text.encode()])


def _stale(args: argparse.Namespace, shown: str) -> Diagnostic:
    return Diagnostic(
        "export.stale",
        Severity.ERROR,
        f"{shown} is not what `onezip export {args.format}` writes",
        Place(shown),
        "export it again with the same options",
    )
