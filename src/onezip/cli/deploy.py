"""Bring functions to AWS: build what changed, show the plan, and do no more than it says.

    onezip deploy                  all functions
    onezip deploy NAME --plan      show what would be done, and stop; exits with 1 if anything would change

A function whose code and settings are those of AWS costs one read. Exits with 4 where one failed; the others
are deployed all the same.
"""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from onezip.cli.cloud import chosen, clouds, output_of, where, zips
from onezip.cli.console import Console, size
from onezip.errors import Exit, OnezipError, UsageError
from onezip.folders import folders

if TYPE_CHECKING:
    from onezip.deployer.engine import Clouds, Deployment, Result, Task
    from onezip.deployer.guard import Guard
    from onezip.deployer.values import Plan
    from onezip.model.event import Happened
    from onezip.model.function import Function


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip deploy`."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="the functions; all by default")
    wishes(parser)
    zips(parser)
    where(parser)


def wishes(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how to deploy, over what the project file says."""
    parser.add_argument("--plan", action="store_true", help="show what would be done, and stop")
    parser.add_argument(
        "--code-only", action="store_true", help="leave the configuration to the tool that owns it"
    )
    parser.add_argument("--publish", action="store_true", help="publish a version where something changed")
    parser.add_argument("--alias", metavar="NAME", help="publish, and let this alias point to the version")
    parser.add_argument(
        "--canary", metavar="SHARE", help="give the new version this share of the alias's calls, such as 10%%"
    )
    parser.add_argument("--role", metavar="ROLE", help="the execution role, by name or ARN")
    parser.add_argument(
        "--create-role", action="store_true", help="make the role, with the basic policy, for a new function"
    )
    parser.add_argument("--bucket", metavar="NAME", help="the bucket for zips above 50 MB")
    parser.add_argument("--force", action="store_true", help="send even what `onezip check` calls broken")
    parser.add_argument(
        "--tested", action="store_true", help="refuse a zip that never answered an invocation here"
    )


def execute(args: argparse.Namespace, console: Console) -> int:
    """Build, plan, show, act."""
    from onezip.cli.described import described

    project = described(args)
    functions = [wished(function, args) for function in chosen(project, args.names, args)]
    tasks, failed = built(project, functions, args, console)
    deployment, voice = deployment_of(clouds(args), args, console)
    results = deployment.plan(tasks) if args.plan else deployment.deploy(tasks)
    return finished(results, failed, args, console, voice)


def deployment_of(places: Clouds, args: argparse.Namespace, console: Console) -> tuple[Deployment, Voice]:
    """How to deploy, as the command line says, and who tells of it."""
    from onezip.deployer.clock import SystemClock
    from onezip.deployer.engine import Deployment

    voice = Voice(console)
    guards = _guards(args)
    return Deployment(places, SystemClock(), guards, show=voice.show, listen=voice.hear), voice


def finished(
    results: Sequence[Result],
    failed: list[tuple[str, OnezipError]],
    args: argparse.Namespace,
    console: Console,
    voice: Voice,
) -> int:
    """Show what came of it; the exit code. failed are functions that could not even be built."""
    from onezip.cli.main import tell_all

    console.finish()
    if args.plan:
        for result in results:
            if result.plan is not None:
                voice.show(result.plan, again=False)
    failed += [(result.function.name, result.error) for result in results if result.error is not None]
    tell_all(console, failed)
    _show(console, results, failed)
    if failed:
        return max(error.exit_code for _, error in failed)
    changes = any(result.plan is not None and result.plan.actions for result in results)
    return Exit.NO if args.plan and changes else Exit.DONE


def wished(function: Function, args: argparse.Namespace) -> Function:
    """A function with what the command line says over its deploy table. Raises UsageError."""
    from onezip.config.parse_deploy import share
    from onezip.deployer.plan import ROLE_NAME, name_of
    from onezip.model.deploy import Alias, Bucket, Deploy, Role

    deploy = function.deploy or Deploy()
    if args.code_only:
        deploy = replace(deploy, code_only=True)
    if args.publish:
        deploy = replace(deploy, publish=True)
    if args.alias:
        deploy = replace(deploy, alias=Alias(args.alias, deploy.alias.canary if deploy.alias else None))
    if args.canary:
        part = share(args.canary)
        if part is None or deploy.alias is None:
            why = "is no share of the calls, such as 10%" if part is None else "needs an alias"
            raise UsageError("usage.command", f"--canary {args.canary} {why}", hint="add --alias NAME")
        deploy = replace(deploy, alias=replace(deploy.alias, canary=part))
    if args.bucket:
        old = deploy.bucket or Bucket(args.bucket)
        deploy = replace(deploy, bucket=replace(old, name=args.bucket))
    if args.role:
        deploy = replace(deploy, role=Role(args.role), described=deploy.described | {"role"})
    if args.create_role:
        role = deploy.role.name if deploy.role else f"{name_of(function)}-role"[-ROLE_NAME:]
        if role.startswith("arn:"):
            raise UsageError(
                "usage.command", "--create-role needs the role's name, not its ARN", hint="write its name"
            )
        # only a new function gets it: an old one keeps its own unless the project file names another
        deploy = replace(deploy, role=Role(role, create=True))
    return replace(function, deploy=deploy)


def built(
    project: Any, functions: Sequence[Function], args: argparse.Namespace, console: Console
) -> tuple[list[Task], list[tuple[str, OnezipError]]]:
    """Each function's zip and layer, built where they changed; and what could not be built."""
    from onezip.builder.engine import build
    from onezip.cli.progress import Progress
    from onezip.deployer.engine import Task
    from onezip.deployer.values import Archive
    from onezip.model.layer import layer_of

    progress = Progress(console)
    try:
        outcome = build(
            project,
            [function.name for function in functions],
            output=output_of(args),
            report=console.report,
            listen=progress.hear,
        )
    finally:
        progress.stop()
    zips = {
        each.function: Archive(each.path, int(each.record["size"]), str(each.record["sha256"]))
        for each in outcome.built
    }
    tasks = []
    for function in functions:
        layer = layer_of(function)
        if function.name in zips and (layer is None or layer.name in zips):
            tasks.append(Task(function, zips[function.name], zips[layer.name] if layer else None))
    return tasks, list(outcome.failed)


def _guards(args: argparse.Namespace) -> list[Guard]:
    from onezip.deployer.guard import answered, unbroken

    guards: list[Guard] = [] if args.force else [unbroken(datetime.now(UTC).date())]
    if args.tested:
        guards.append(answered(folders(os.environ).state))
    return guards


class Voice:
    """Says what several functions' threads have to say, one at a time."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()

    def show(self, plan: Plan, again: bool) -> None:
        """A plan, before it is carried out."""
        from onezip.deployer.words import lines

        if self._console.quiet:
            return
        with self._lock:
            name = plan.function if plan.function == plan.name else f"{plan.function} ({plan.name})"
            if not plan.actions:
                self._console.line(f"{name}: unchanged")
                return
            self._console.line(f"{name}:{' changed meanwhile, planned anew:' if again else ''}")
            found = lines(plan)
            width = max(len(subject) for subject, _ in found)
            for subject, what in found:
                self._console.line(f"  {subject.ljust(width)}  {what}")

    def hear(self, event: Happened) -> None:
        """How much of a zip is in S3."""
        done, total = event.fields["done"], event.fields["total"]
        if isinstance(done, int) and isinstance(total, int):
            with self._lock:
                self._console.progress(f"{event.subject}: {size(done)} of {size(total)} sent")


def _show(console: Console, results: Sequence[Result], failed: Sequence[tuple[str, OnezipError]]) -> None:
    from onezip.deployer.words import as_table

    functions = []
    for result in results:
        if result.plan is None:
            continue
        done = result.done
        status = "deployed" if done else "planned" if result.plan.actions else "unchanged"
        functions.append(
            as_table(result.plan)
            | {
                "status": status,
                "did": list(done.did) if done else [],
                "version": (done.version if done else "") or None,
                "url": (done.url if done else "") or None,
            }
        )
        if done and done.layer:
            functions[-1]["layer"]["arn"] = done.layer
        if done and not console.quiet:
            console.line(f"{result.plan.function}: done: {', '.join(done.did)}")
            if done.url:
                console.line(f"{result.plan.function}: {done.url}")
    if failed:
        console.line(f"failed: {', '.join(name for name, _ in failed)}")
    console.result({"functions": functions, "failed": [name for name, _ in failed]})
