"""The published versions of a function, and which aliases point to them; with --keep, remove old ones."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from onezip.cli.cloud import clouds, one, spoken, where
from onezip.cli.console import Console, size
from onezip.errors import Exit, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip versions`."""
    parser.add_argument("name", metavar="NAME", help="the function")
    parser.add_argument(
        "--keep", type=int, metavar="N", help="remove all but the newest N, and those that an alias points to"
    )
    where(parser)


def execute(args: argparse.Namespace, console: Console) -> int:
    """List, or prune and list."""
    from onezip.deployer.apply import prune
    from onezip.deployer.history import history

    if args.keep is not None and args.keep < 1:
        raise UsageError("usage.command", "--keep must be 1 or more", hint="write --keep 5")
    function, name = one(args)
    with spoken(function, clouds(args)) as calls:
        removed = prune(calls, name, args.keep) if args.keep is not None else []
        found = history(calls, name)
    if removed:
        console.say(f"removed {', '.join(removed)}")
    console.table(
        ("version", "published", "size", "code", "aliases", "description"),
        [
            (each.number, each.modified, size(each.size), each.code_sha256[:12], ", ".join(each.aliases),
             each.description)
            for each in found
        ],
        right=(0, 2),
    )  # fmt: skip
    console.result({"name": name, "versions": [asdict(each) for each in found], "removed": removed})
    return Exit.DONE
