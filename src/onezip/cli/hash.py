"""Print the digest of a function's zip: from onezip.lock where nothing changed since, else by building it."""

from __future__ import annotations

import argparse

from onezip.cli.console import Console
from onezip.errors import Exit


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip hash`."""
    parser.add_argument("name", metavar="NAME", help="the function")
    parser.add_argument("--base64", action="store_true", help="AWS's CodeSha256 instead of the hex digest")
    parser.add_argument(
        "--output", "-o", metavar="DIR", default="dist", help="where a build goes (default: dist)"
    )


def execute(args: argparse.Namespace, console: Console) -> int:
    """Compare the causes with the lock's, and only build where they differ."""
    from onezip.archive.manifest import code_sha256
    from onezip.builder.engine import build, causes
    from onezip.builder.locking import read_lock, speaks_for
    from onezip.cli.described import described

    project = described(args)
    found = causes(project, args.name, report=console.report)
    locked = read_lock(project).get(args.name)
    if locked is not None and speaks_for(locked, found):
        digest, origin = locked.sha256, "lock"
    else:
        outcome = build(project, [args.name], output=args.output, report=console.report)
        for _, error in outcome.failed:
            raise error
        digest, origin = str(outcome.built[0].record["sha256"]), "build"
    console.detail(f"from the {origin}")
    console.line(code_sha256(digest) if args.base64 else digest)
    console.result({
        "function": args.name, "sha256": digest, "code_sha256": code_sha256(digest), "from": origin,
    })  # fmt: skip
    return Exit.DONE
