"""Put HTTP fronts before functions that run elsewhere: any Invoke API, AWS's own emulator (RIE) too.

Runs nothing itself. The fronts are those of the project; with --function and --as, or where there is no
project, one front before one function.
"""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from onezip.cli import fronting, https
from onezip.cli.console import Console
from onezip.errors import ProjectError, UsageError

if TYPE_CHECKING:
    from onezip.emulator.gateway.apis import Api

STREAMED = "a streamed reply is sent when the function has ended, not while it writes"

RIE = "function"
"""The name that AWS's emulator gives its only function."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip front`."""
    parser.add_argument(
        "--to", metavar="URL", required=True, help="the Invoke API, such as http://localhost:9000"
    )
    parser.add_argument(
        "--function", metavar="NAME",
        help=f"the function's name there, for one front alone (default: the project's, else {RIE!r})",
    )  # fmt: skip
    parser.add_argument(
        "--as", dest="kind", choices=fronting.KINDS, help="the kind of front, instead of the project's"
    )
    fronting.arguments(parser)
    fronting.key_arguments(parser)


def execute(args: argparse.Namespace, console: Console) -> int:
    """Listen, and pass requests on until a signal comes."""
    from onezip.cli.run import run
    from onezip.emulator.front.remote import Endpoint

    endpoint = Endpoint.of(args.to)
    found, called, default, root = _apis(args)

    async def serve() -> int:
        from onezip.emulator.environments.clock import LoopClock
        from onezip.emulator.environments.record import Recorder
        from onezip.emulator.front.remote import There

        clock = LoopClock(asyncio.get_running_loop())
        recorder = Recorder(clock)
        recorder.listen(fronting.Requests(console, clock).hear, ["request"])
        recorder.listen(fronting.notices(console), ["notice"])
        front = fronting.server(args, found, There(endpoint, called), recorder, root=root)
        url = await fronting.listen(args, front)
        authority = https.authority(args)
        more = [STREAMED] if any(api.front.streaming for api in found) else []
        fronting.say(
            console,
            fronting.Listening(url, found, default, authority=authority),
            f"calls go to {endpoint}",
            *more,
        )
        for text in front.warnings:
            recorder.notice("", text)
        return await fronting.until_told(front)

    return run(serve)


def _apis(args: argparse.Namespace) -> tuple[list[Api], dict[str, str], bool, str]:
    """The APIs, the functions' names there, whether they are the default, and the project's folder."""
    from onezip.cli.described import described
    from onezip.emulator.gateway.apis import apis
    from onezip.model.front import Front, FrontKind

    if args.kind is None:
        try:
            project = described(args)
        except ProjectError as error:
            if error.code != "project.missing" or args.config:
                raise
        else:
            functions = list(project.functions.values())
            if args.function is None:
                found, default = fronting.of_project(functions, args.jwks)
                return found, {}, default, project.root
            named = [one for one in functions if one.name == args.function] or functions
            if len(named) > 1:
                names = ", ".join(one.name for one in functions)
                raise UsageError(
                    "usage.function",
                    f"--function {args.function}: which front? the project has no such function",
                    hint=f"name one of {names}, or say --as http",
                )
            found, default = fronting.of_project(named, args.jwks)
            return found, {named[0].name: args.function}, default, project.root
    name = args.function or RIE
    kind = FrontKind(args.kind or FrontKind.HTTP)
    return apis({name: (Front(kind),)}, [name]), {}, args.kind is None, args.folder
