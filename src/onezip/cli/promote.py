"""Bring the very bytes that run in one place to another: from one profile and Region to another.

    onezip promote NAME --from staging/eu-central-1 --to production/eu-central-1

Nothing is built: the zip is fetched from where it runs, proven by its digest, and deployed as `onezip deploy`
does it, with the settings of the project and of --stage.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from onezip.cli.cloud import clouds, one, spoken, where
from onezip.cli.console import Console
from onezip.cli.deploy import deployment_of, finished, wished, wishes
from onezip.errors import UsageError

if TYPE_CHECKING:
    from onezip.model.function import Function


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip promote`."""
    parser.add_argument("name", metavar="NAME", help="the function")
    parser.add_argument(
        "--from", dest="source", metavar="PROFILE/REGION", required=True, help="where the code is taken from"
    )
    parser.add_argument(
        "--to", dest="target", metavar="PROFILE/REGION", required=True, help="where it is brought to"
    )
    parser.add_argument(
        "--qualifier", metavar="VERSION", default="", help="the version or alias to take; $LATEST by default"
    )
    parser.add_argument(
        "--from-name", metavar="NAME", help="the function's name where the code is taken from"
    )
    wishes(parser)
    where(parser)


def execute(args: argparse.Namespace, console: Console) -> int:
    """Fetch, plan, deploy."""
    from onezip.deployer.code import fetch_code
    from onezip.deployer.engine import Task
    from onezip.deployer.layers import fetch_layer

    function, name = one(args)
    source = _at(function, args.source)
    target = wished(_at(function, args.target), args)
    places = clouds(args)
    with TemporaryDirectory(prefix="onezip-") as folder:
        with spoken(source, places) as calls:
            there = args.from_name or name
            archive = fetch_code(calls, there, folder, qualifier=args.qualifier)
            layer = None
            if function.layer:
                layer = fetch_layer(calls, function, there, folder, qualifier=args.qualifier)
        console.say(f"{function.name}: sha256 {archive.sha256}")
        if layer is not None:
            console.say(f"{function.name}: layer sha256 {layer.sha256}")
        made, voice = deployment_of(places, args, console)
        tasks = [Task(target, archive, layer)]
        results = made.plan(tasks) if args.plan else made.deploy(tasks)
        return finished(results, [], args, console, voice)


def _at(function: Function, text: str) -> Function:
    """The function at PROFILE/REGION; either may be empty. Raises UsageError."""
    from onezip.model.deploy import Deploy

    profile, slash, region = text.partition("/")
    if not slash:
        raise UsageError(
            "usage.command", f"{text!r} is no PROFILE/REGION", hint="write it as staging/eu-central-1"
        )
    deploy = function.deploy or Deploy()
    place = replace(deploy, profile=profile or deploy.profile, region=region or deploy.region)
    return replace(function, deploy=place)
