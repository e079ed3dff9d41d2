"""The cache: what it holds, where it is, and how to make it smaller.

    onezip cache           what it holds
    onezip cache where     its folder
    onezip cache prune     remove the least recently used until the limit holds

Losing the cache costs a rebuild, never a wrong result. What is in use is not removed.
"""

from __future__ import annotations

import argparse
import os
import re

from onezip.cli.console import Console, size
from onezip.errors import Exit, UsageError
from onezip.folders import folders

_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip cache`."""
    parser.add_argument(
        "what", nargs="?", choices=("info", "prune", "where"), default="info", help="what to do"
    )
    parser.add_argument(
        "--size", metavar="SIZE", help="the limit for prune, such as 500M or 2G (default: 5G)"
    )


def execute(args: argparse.Namespace, console: Console) -> int:
    """Show, locate or prune."""
    from onezip.builder.pruning import LIMIT, kept, prune

    cache = folders(os.environ).cache
    if args.what == "where":
        console.line(cache)
        console.result({"folder": cache})
        return Exit.DONE
    if args.what == "prune":
        gone = prune(cache, LIMIT if args.size is None else _bytes(args.size))
        console.line(f"removed {len(gone)}, {size(sum(each.size for each in gone))}")
        console.result({"removed": len(gone), "bytes": sum(each.size for each in gone)})
        return Exit.DONE
    there = kept(cache)
    kinds = {
        "zip": "built zips",
        "tree": "installed dependencies",
        "unpacked": "unpacked to run",
        "runtime": "Python runtimes to run",
        "old": "of other versions",
    }
    counted = {kind: [each for each in there if each.kind == kind] for kind in kinds}
    console.line(cache)
    console.table(
        ("what", "count", "size"),
        [
            (words, str(len(counted[kind])), size(sum(each.size for each in counted[kind])))
            for kind, words in kinds.items()
        ],
        right=(1, 2),
    )
    console.result({
        "folder": cache,
        "limit": LIMIT,
        **{
            kind: {"count": len(counted[kind]), "bytes": sum(each.size for each in counted[kind])}
            for kind in kinds
        },
    })  # fmt: skip
    return Exit.DONE


def _bytes(text: str) -> int:
    found = re.fullmatch(r"(\d+)\s*([kmgt]?)i?b?", text.lower())
    if found is None:
        raise UsageError("usage.command", f"{text!r} is not a size", hint="write it as 500M or 2G")
    return int(found[1]) * _UNITS[found[2]]
