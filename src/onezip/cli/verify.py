"""Build twice in different surroundings and compare: folder, umask, time zone, locale, hash seed, file order,
file times, fresh caches.

Where the bytes differ, each surrounding is tried by itself, whoever wrote them is named, and the difference
is explained. Exits with 1.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from onezip.cli.console import Console
from onezip.errors import Exit

if TYPE_CHECKING:
    from onezip.builder.verify import Verdict


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip verify`."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="the functions to verify; all by default")


def execute(args: argparse.Namespace, console: Console) -> int:
    """Verify, and show a row for each function."""
    from onezip.builder.verify import verify
    from onezip.builder.verify_again import SURROUNDINGS
    from onezip.cli.described import described
    from onezip.cli.main import tell
    from onezip.cli.progress import Progress

    project = described(args)
    progress = Progress(console)
    with tempfile.TemporaryDirectory(prefix="onezip-verify-") as work:
        try:
            verdicts = verify(project, args.names, work, report=console.report, listen=progress.hear)
        finally:
            progress.stop()
        told = [_as_table(verdict) for verdict in verdicts]
    for verdict in verdicts:
        if verdict.error is not None:
            tell(console, verdict.error)
    console.table(
        ("function", "sha256", ""),
        [(each["function"], each["sha256"], _word(each)) for each in told],
    )
    for each in told:
        for cause in (*each["suspects"], *each["causes"]):
            console.line(f"{each['function']}: {cause['summary']}")
            if cause["advice"]:
                console.line(f"  help: {cause['advice']}")
    if all(each["same"] for each in told):
        console.say("made different: " + ", ".join(surrounding.name for surrounding in SURROUNDINGS[1:]))
    console.result({"functions": told, "surroundings": [s.name for s in SURROUNDINGS[1:]]})
    return Exit.DONE if all(each["same"] for each in told) else Exit.NO


def _as_table(verdict: Verdict) -> dict[str, Any]:
    from onezip.cli.explain import causes_of

    differs = not verdict.same and verdict.error is None
    return {
        "function": verdict.function,
        "same": verdict.same,
        "sha256": verdict.first,
        "again": verdict.second,
        "depends_on": list(verdict.culprits),
        "suspects": [asdict(suspect) for suspect in verdict.suspects],
        "causes": causes_of(*verdict.zips) if differs else [],
        "failed": verdict.error is not None,
    }


def _word(told: dict[str, Any]) -> str:
    if told["same"]:
        return "the same bytes"
    return "failed" if told["failed"] else f"differs: {', '.join(told['depends_on'])}"
