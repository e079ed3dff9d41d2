"""Write onezip.lock: what each function's zip is made of, and its digest. Commit it.

`onezip build --locked` then builds these bytes or fails and says why. The Go version, and the versions of
Python requirements, are pinned there where nothing else pins them.
"""

from __future__ import annotations

import argparse
import os

from onezip.cli.console import Console, size
from onezip.errors import Exit


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip lock`."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="the functions to lock; all by default")
    parser.add_argument(
        "--output", "-o", metavar="DIR", default="dist", help="where the zips are built (default: dist)"
    )
    parser.add_argument(
        "--upgrade", action="store_true", help="resolve unpinned Python requirements anew, to newer versions"
    )


def execute(args: argparse.Namespace, console: Console) -> int:
    """Build, then write what was built into the lock."""
    from onezip.builder.locker import lock
    from onezip.cli.described import described
    from onezip.cli.main import tell_all
    from onezip.cli.progress import Progress

    project = described(args)
    progress = Progress(console)
    try:
        outcome = lock(
            project,
            args.names,
            output=args.output,
            upgrade=args.upgrade,
            report=console.report,
            listen=progress.hear,
        )
    finally:
        progress.stop()
    tell_all(console, outcome.failed)
    console.table(
        ("function", "size", "sha256", "pinned here"),
        [
            (each.function, size(each.size), each.sha256, ", ".join(filter(None, (each.go, each.pylock))))
            for each in outcome.locked
        ],
        right=(1,),
    )
    console.result({
        "file": os.path.join(args.folder, "onezip.lock"),
        "functions": [
            {"function": each.function, "sha256": each.sha256, "code_sha256": each.code_sha256,
             "size": each.size, "go": each.go, "pylock": each.pylock}
            for each in outcome.locked
        ],
        "failed": [name for name, _ in outcome.failed],
    })  # fmt: skip
    return max((error.exit_code for _, error in outcome.failed), default=Exit.DONE)
