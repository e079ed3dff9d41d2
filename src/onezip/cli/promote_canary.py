"""Give the version of a canary all calls of its alias."""

from __future__ import annotations

import argparse

from onezip.cli.cloud import alias_named, clouds, one, spoken, where
from onezip.cli.console import Console
from onezip.errors import Exit


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip promote-canary`."""
    parser.add_argument("name", metavar="NAME", help="the function")
    parser.add_argument("--alias", metavar="NAME", help="the alias; that of the project file by default")
    where(parser)


def execute(args: argparse.Namespace, console: Console) -> int:
    """Move the alias forth."""
    from onezip.deployer.history import promote_canary

    function, name = one(args)
    alias = alias_named(function, args)
    with spoken(function, clouds(args)) as calls:
        old, version = promote_canary(calls, name, alias)
    console.line(f"{name}: alias {alias}: {old.version} -> {version}, all calls")
    console.result({"name": name, "alias": alias, "from": old.version, "to": version})
    return Exit.DONE
