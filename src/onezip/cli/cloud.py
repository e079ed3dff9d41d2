"""What the commands share that speak with AWS: where to, as whom, and with which of the project's words."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from onezip.errors import ProjectError, UsageError

if TYPE_CHECKING:
    from onezip.deployer.calls import Calls
    from onezip.deployer.cloud import Cloud
    from onezip.deployer.engine import Clouds
    from onezip.model.function import Function
    from onezip.model.project import Project


def where(parser: argparse.ArgumentParser, *, stage: bool = True) -> None:
    """The arguments that say where and as whom."""
    group = parser.add_argument_group("where in AWS")
    if stage:
        group.add_argument("--stage", metavar="NAME", help="lay [stages.NAME] over the project")
    group.add_argument("--profile", metavar="NAME", help="the profile of the AWS configuration")
    group.add_argument("--region", metavar="REGION", help="the Region")
    group.add_argument("--endpoint-url", metavar="ADDRESS", help="a server that stands in for AWS, for tests")


def zips(parser: argparse.ArgumentParser) -> None:
    """Where the zips are that are sent, as `output_of` reads it."""
    parser.add_argument(
        "--output", "-o", metavar="DIR", help="where zips are built (default: dist, or dist/STAGE)"
    )


def placed(function: Function, args: argparse.Namespace) -> Function:
    """A function whose Region and profile are those of the command line, where it names them."""
    from onezip.model.deploy import Deploy

    deploy = function.deploy or Deploy()
    region = args.region or deploy.region or os.environ.get("AWS_REGION")
    return replace(function, deploy=replace(deploy, region=region, profile=args.profile or deploy.profile))


def clouds(args: argparse.Namespace) -> Clouds:
    """The accounts and Regions of this command line."""
    from onezip.deployer.aws import Aws
    from onezip.deployer.engine import AT_ONCE, Clouds

    def opened(profile: str | None, region: str | None) -> Cloud:
        return Aws(profile, region, args.endpoint_url, connections=AT_ONCE)

    return Clouds(opened)


def chosen(project: Project, names: Sequence[str], args: argparse.Namespace) -> list[Function]:
    """The named functions, all where none is named, each with its place. Raises UsageError, ProjectError."""
    from onezip.config.select import select
    from onezip.deployer.plan import name_of

    found = [placed(function, args) for function in select(project, names)]
    known: dict[tuple[str | None, str | None, str], str] = {}
    for function in found:
        deploy, name = function.deploy, name_of(function)
        place = (deploy.profile, deploy.region, name) if deploy else (None, None, name)
        other = known.setdefault(place, function.name)
        if other != function.name:
            raise ProjectError(
                "project.value",
                f"{other} and {function.name} are both {name} in AWS",
                hint="give each a function_name of its own; a stage does that under"
                f" [stages.S.functions.{function.name}.deploy]",
                place=function.place,
            )
    return found


def output_of(args: argparse.Namespace) -> str:
    """Where zips go. A stage may build otherwise, so it has a folder of its own."""
    return args.output or (f"dist/{args.stage}" if args.stage else "dist")


@contextmanager
def spoken(function: Function, places: Clouds) -> Iterator[Calls]:
    """The calls to where a function is; a call that fails is told in words."""
    from onezip.deployer.calls import Calls
    from onezip.deployer.clock import SystemClock
    from onezip.deployer.cloud import CloudError
    from onezip.deployer.engine import explain

    cloud = places.of(function)
    try:
        yield Calls(cloud, SystemClock())
    except CloudError as error:
        raise explain(error, cloud, function) from error


def one(args: argparse.Namespace) -> tuple[Function, str]:
    """The function that NAME speaks of, with its place, and its name in AWS."""
    from onezip.cli.described import described
    from onezip.deployer.plan import name_of

    (function,) = chosen(described(args), [args.name], args)
    return function, name_of(function)


def alias_named(function: Function, args: argparse.Namespace) -> str:
    """The alias of --alias or of the project file. Raises UsageError."""
    name = args.alias or (function.deploy.alias.name if function.deploy and function.deploy.alias else None)
    if name is None:
        raise UsageError(
            "usage.command",
            f"which alias of {function.name}?",
            hint='write --alias NAME, or alias = "NAME" in its deploy table',
        )
    return str(name)
