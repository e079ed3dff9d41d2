"""The log lines of a function in AWS; with --follow, new ones as they come."""

from __future__ import annotations

import argparse
import re
import time
from datetime import UTC, datetime

from onezip.cli.cloud import clouds, one, spoken, where
from onezip.cli.console import Console
from onezip.errors import Exit, UsageError

_SPAN = re.compile(r"(\d+)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip logs`."""
    parser.add_argument("name", metavar="NAME", help="the function")
    parser.add_argument("--follow", "-f", action="store_true", help="wait for new lines until interrupted")
    parser.add_argument(
        "--since", metavar="SPAN", default="10m", help="how far back: 30s, 10m, 2h, 1d (default: 10m)"
    )
    parser.add_argument("--filter", metavar="PATTERN", default="", help="a CloudWatch Logs filter pattern")
    where(parser)


def execute(args: argparse.Namespace, console: Console) -> int:
    """Print lines."""
    from onezip.deployer.logs import group_of, lines

    span = _SPAN.fullmatch(args.since)
    if span is None:
        raise UsageError(
            "usage.command", f"--since {args.since!r} is no span of time", hint="write it as 10m"
        )
    if args.follow and args.json:
        raise UsageError(
            "usage.command", "--follow has no end, --json one document", hint="leave one of them out"
        )
    since = int((time.time() - int(span[1]) * _SECONDS[span[2]]) * 1000)
    function, name = one(args)
    kept = []
    with spoken(function, clouds(args)) as calls:
        group = group_of(calls, name)
        for line in lines(calls, group, since, follow=args.follow, pattern=args.filter):
            at = datetime.fromtimestamp(line.time / 1000, UTC).isoformat(timespec="milliseconds")
            console.line(f"{at.replace('+00:00', 'Z')} {line.text}")
            if args.json:
                kept.append({"time": at, "stream": line.stream, "text": line.text})
    console.result({"group": group, "lines": kept})
    return Exit.DONE
