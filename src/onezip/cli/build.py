"""Build functions into zips, the same bytes on every machine.

Writes OUTPUT/NAME.zip and the record OUTPUT/NAME.json for each function. A function whose inputs did not
change is left as it is.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from onezip import __version__
from onezip.cli.console import Console, size
from onezip.errors import Exit
from onezip.folders import folders

if TYPE_CHECKING:
    from onezip.model.project import Project


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip build`."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="the functions to build; all by default")
    parser.add_argument(
        "--output", "-o", metavar="DIR", default="dist", help="where zips and records go (default: dist)"
    )
    parser.add_argument("--force", action="store_true", help="build even what did not change")
    parser.add_argument(
        "--locked",
        action="store_true",
        help="fail, and say why, where the bytes are not those of onezip.lock",
    )
    parser.add_argument(
        "--no-run-builds",
        action="store_true",
        help="refuse requirements that are local projects: building them runs their build code",
    )
    parser.add_argument(
        "--allow-commands",
        action="store_true",
        help="let make build the functions that a template gives to it (BuildMethod: makefile)",
    )
    parser.add_argument("--depfile", metavar="FILE", help="also write what the zips depend on, for make")
    parser.add_argument(
        "--sam", action="store_true", help="also write .aws-sam/build/template.yaml, as `sam build` would"
    )
    parser.add_argument("--plan", action="store_true", help="show what was found and would be done, and stop")


def execute(args: argparse.Namespace, console: Console) -> int:
    """Build, or say that nothing changed without so much as reading the project file."""
    if not args.force and not args.plan:
        records = _unchanged(args)
        if records is not None:
            code = Exit.DONE
            if args.locked:
                from onezip.cli.described import described

                code = _hold(console, described(args), records)
            _beside(args, records)
            show(console, args.folder, records, ["unchanged"] * len(records))
            return code
    from onezip.cli.described import described

    project = described(args)
    return _plan(args, console, project) if args.plan else _build(args, console, project)


def _unchanged(args: argparse.Namespace) -> list[dict[str, Any]] | None:
    from onezip.builder.unchanged import load, look
    from onezip.config.find import find
    from onezip.process import find_tool

    project = find(args.folder, args.config)
    if project is None:
        return None
    output = os.path.abspath(os.path.join(os.path.dirname(project), args.output))
    state = load(folders(os.environ).state, project, output, __version__)
    records = look(state, args.names, environ=os.environ, find_tool=find_tool)
    if records is not None:
        for record in records:
            record["path"] = os.path.join(output, record["zip"])
    return records


def _build(args: argparse.Namespace, console: Console, project: Project) -> int:
    from onezip.builder.engine import build
    from onezip.cli.main import tell_all
    from onezip.cli.progress import Progress

    progress = Progress(console)
    try:
        outcome = build(
            project,
            args.names,
            output=args.output,
            force=args.force,
            report=console.report,
            listen=progress.hear,
            run_builds=not args.no_run_builds,
        )
    finally:
        progress.stop()
    for built in outcome.built:
        for left in built.left_out:
            console.detail(f"{built.function}: left out {left.path} ({left.reason})")
    records = [{**built.record, "path": built.path} for built in outcome.built]
    tell_all(console, outcome.failed)
    failed = [name for name, _ in outcome.failed]
    held = _hold(console, project, records) if args.locked else Exit.DONE
    if not failed:
        _beside(args, records)
    show(console, args.folder, records, [built.status for built in outcome.built], failed)
    return max((error.exit_code for _, error in outcome.failed), default=held)


def _beside(args: argparse.Namespace, records: Sequence[Mapping[str, Any]]) -> None:
    """Write what other tools read of a build: --depfile and --sam."""
    if args.depfile or args.sam:
        from onezip.cli.beside import write

        write(args, records)


def _hold(console: Console, project: Project, records: Sequence[Mapping[str, Any]]) -> Exit:
    """Hold the builds against onezip.lock."""
    from onezip.builder.locking import held_against, read_lock

    against = held_against(read_lock(project), records)
    for diagnostic in against:
        console.report(diagnostic)
    return Exit.NO if against else Exit.DONE


def _plan(args: argparse.Namespace, console: Console, project: Project) -> int:
    from onezip.builder.engine import plan

    steps = plan(project, args.names, output=args.output, force=args.force, report=console.report)
    console.say(f"described by {project.file or 'nothing: found in the folder'} in {project.root}")
    for note in project.notes:
        console.say(note)
    for note in project.details:
        console.detail(note)
    console.table(
        ("function", "language", "runtime", "architecture", "source", "with", "would"),
        [
            (s.function.name, s.function.language, s.function.runtime.id, s.function.architecture,
             s.function.source, s.tool, s.verdict)
            for s in steps
        ],
    )  # fmt: skip
    console.result({
        "origin": project.file,
        "functions": [
            {
                "function": step.function.name,
                "language": step.function.language,
                "runtime": step.function.runtime.id,
                "architecture": step.function.architecture,
                "source": step.function.source,
                "handler": step.function.handler.text,
                "tool": step.tool,
                "would": step.verdict,
            }
            for step in steps
        ],
    })  # fmt: skip
    return Exit.FAILED if any(step.failed for step in steps) else Exit.DONE


def show(
    console: Console,
    folder: str,
    records: Sequence[Mapping[str, Any]],
    statuses: Sequence[str],
    failed: Sequence[str] = (),
) -> None:
    """The outcome as a table, as one path per line (--quiet), or as JSON. Paths are relative to folder."""
    paths = [near(str(record["path"]), folder) for record in records]
    if console.as_json:
        console.result({
            "functions": [
                {**record, "path": path, "status": status}
                for record, path, status in zip(records, paths, statuses, strict=True)
            ],
            "failed": list(failed),
        })  # fmt: skip
    elif console.quiet:
        for path in paths:
            console.raw(f"{path}\n")
    elif records:
        console.table(
            ("function", "runtime", "architecture", "size", "sha256", ""),
            [
                (r["function"], r["runtime"], r["architecture"], size(r["size"]), r["sha256"], status)
                for r, status in zip(records, statuses, strict=True)
            ],
            right=(3,),
        )


def near(path: str, folder: str) -> str:
    """A path as the caller would write it: relative where it lies below the working folder."""
    here = os.path.abspath(folder)
    if folder == "." and path.startswith(here + os.sep):
        return path[len(here) + 1 :]
    return path
