"""Let a function's alias point to the version before, or to one that is named; of a canary, end the trial."""

from __future__ import annotations

import argparse

from onezip.cli.cloud import alias_named, clouds, one, spoken, where
from onezip.cli.console import Console
from onezip.errors import Exit


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip rollback`."""
    parser.add_argument("name", metavar="NAME", help="the function")
    parser.add_argument("--alias", metavar="NAME", help="the alias; that of the project file by default")
    parser.add_argument("--to", metavar="VERSION", help="the version to go back to")
    where(parser)


def execute(args: argparse.Namespace, console: Console) -> int:
    """Move the alias back."""
    from onezip.deployer.history import roll_back

    function, name = one(args)
    alias = alias_named(function, args)
    with spoken(function, clouds(args)) as calls:
        old, version = roll_back(calls, name, alias, args.to)
    told = ", ".join([old.version, *sorted(old.weights, key=int)])
    console.line(f"{name}: alias {alias}: {told} -> {version}")
    console.result({"name": name, "alias": alias, "from": old.version, "to": version})
    return Exit.DONE
