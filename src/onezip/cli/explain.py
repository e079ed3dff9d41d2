"""Say why two zips differ, and what to do: a line for each cause, the most telling first.

    onezip explain A.zip B.zip     two zips, of any tool
    onezip explain A.zip NAME      a zip, and a function's build as it would be now
    onezip explain NAME            a function's build as it would be now, and what onezip.lock says

Exits with 0 where they are the same, with 1 where they differ.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from typing import Any

from onezip.cli.console import Console
from onezip.errors import Exit, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip explain`."""
    parser.add_argument("first", metavar="A", help="a zip, or a function's name")
    parser.add_argument("second", metavar="B", nargs="?", help="another zip, or a function's name")


def execute(args: argparse.Namespace, console: Console) -> int:
    """Explain."""
    if args.second is None:
        return _against_lock(args, console)
    paths = [_zip_of(word, args, console) for word in (args.first, args.second)]
    causes = causes_of(*paths)
    show(console, causes, same="the same bytes")
    console.result({"same": not causes, "causes": causes})
    return Exit.NO if causes else Exit.DONE


def causes_of(first: str, second: str) -> list[dict[str, Any]]:
    """Why two zips differ, as JSON values. Raises ArchiveError."""
    from onezip.archive.explain import explain
    from onezip.archive.reader import digests, opened

    with opened(first) as (a, content_a), opened(second) as (b, content_b):
        if a.sha256 == b.sha256:
            return []
        whole_a, whole_b = digests(a, content_a), digests(b, content_b)
        return [_as_table(cause) for cause in explain(whole_a, content_a, whole_b, content_b)]


def show(console: Console, causes: list[dict[str, Any]], *, same: str) -> None:
    """The causes for a person."""
    if not causes:
        console.line(same)
    for cause in causes:
        console.line(cause["summary"])
        for line in cause["detail"].splitlines():
            console.line(f"    {line}")
        if cause["advice"]:
            console.line(f"  help: {cause['advice']}")


def _as_table(cause: Any) -> dict[str, Any]:
    table = asdict(cause)
    table.pop("weight", None)
    return {**table, "entries": list(table["entries"])}


def _zip_of(word: str, args: argparse.Namespace, console: Console) -> str:
    """A zip on the disk, or that of a function, built now."""
    path = os.path.join(args.folder, word)
    if os.path.isfile(path):
        return path
    if word.endswith(".zip") or os.sep in word:
        raise UsageError("usage.command", f"{word} does not exist")
    return str(_built(word, args, console)["path"])


def _built(name: str, args: argparse.Namespace, console: Console) -> dict[str, Any]:
    """A function's record as its build is now, with the path of its zip."""
    from onezip.builder.engine import build
    from onezip.cli.described import described

    outcome = build(described(args), [name], report=console.report)
    for _, error in outcome.failed:
        raise error
    return {**outcome.built[0].record, "path": outcome.built[0].path}


def _against_lock(args: argparse.Namespace, console: Console) -> int:
    from onezip.builder.locking import read_lock, reasons
    from onezip.cli.described import described

    if args.first.endswith(".zip"):
        raise UsageError("usage.command", "explain what?", hint=f"onezip explain {args.first} ANOTHER.zip")
    locked = read_lock(described(args)).get(args.first)
    record = _built(args.first, args, console)
    if locked is None:
        raise UsageError(
            "lock.missing",
            f"{args.first} is not in onezip.lock",
            hint=f"run `onezip lock {args.first}` first",
        )
    same = locked.sha256 == record["sha256"]
    why = [] if same else reasons(locked, record)
    for line in why:
        console.line(line)
    if same:
        console.line(f"{args.first} is what onezip.lock says")
    console.result({"same": same, "reasons": why, "locked": locked.sha256, "built": record["sha256"]})
    return Exit.DONE if same else Exit.NO
