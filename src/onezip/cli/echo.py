"""Show HTTP requests as the events that a function would get: `/json`, `/dump`, `/diff`.

`onezip echo` listens and runs no function. `onezip echo diff LOCAL.json CLOUD.json` compares two events of
the same request, one from here and one from AWS; it exits with 1 where they differ in more than ids, times
and addresses.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from onezip.cli import fronting, https
from onezip.cli.console import Console
from onezip.errors import Exit, UsageError

_DIFF = 3
"""Words of `diff LOCAL.json CLOUD.json`."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip echo`."""
    parser.add_argument(
        "words", nargs="*", metavar="diff LOCAL CLOUD", help="compare two files, instead of listening"
    )
    parser.add_argument(
        "--as", dest="kind", choices=fronting.KINDS, default="http",
        help="the front where a request does not say ?as= (default: http)",
    )  # fmt: skip
    fronting.arguments(parser)


def execute(args: argparse.Namespace, console: Console) -> int:
    """Compare, or listen until a signal comes."""
    if args.words:
        if args.words[0] != "diff" or len(args.words) != _DIFF:
            raise UsageError(
                "usage.command",
                f"echo {' '.join(args.words)}",
                hint="write `onezip echo`, or `onezip echo diff LOCAL.json CLOUD.json`",
            )
        return _diff(console, *args.words[1:])
    from onezip.cli.run import run
    from onezip.model.front import FrontKind

    async def serve() -> int:
        from onezip.emulator.echo.server import EchoServer
        from onezip.emulator.environments.clock import LoopClock
        from onezip.emulator.environments.record import Recorder

        clock = LoopClock(asyncio.get_running_loop())
        recorder = Recorder(clock)
        recorder.listen(fronting.Requests(console, clock).hear, ["request"])
        front = EchoServer(recorder, FrontKind(args.kind), ssl=https.context(args))
        url = await fronting.listen(args, front)
        listening = fronting.Listening(url, (), default=False, echo=True, authority=https.authority(args))
        fronting.say(console, listening)
        return await fronting.until_told(front)

    return run(serve)


def _diff(console: Console, local: str, cloud: str) -> int:
    from onezip.emulator.echo.compare import Word, compare, kind_of

    events = [_event(file) for file in (local, cloud)]
    kinds = [kind_of(event) for event in events]
    for file, kind in zip((local, cloud), kinds, strict=True):
        if kind is None:
            raise UsageError(
                "usage.command",
                f"{file} is no event of a front",
                hint="save one with: curl localhost:3000/json > local.json",
            )
    if kinds[0] != kinds[1]:
        console.say(f"{local} is of a front of type {kinds[0]}, {cloud} of type {kinds[1]}")
    rows = compare(*events, calls=True)
    expected = sum(row.word is Word.EXPECTED for row in rows)
    found = [row for row in rows if row.word not in {Word.SAME, Word.EXPECTED}]
    if found:
        told = [[row.path, _shown(row.left, row.word, Word.RIGHT), _shown(row.right, row.word, Word.LEFT)]
                for row in found]  # fmt: skip
        console.table(["place", "local", "cloud"], told)
    same = sum(row.word is Word.SAME for row in rows)
    console.say(f"{len(found)} differ, {same} are the same, {expected} are ids, times and addresses")
    console.result({
        "kinds": kinds, "same": same, "expected": expected,
        "differences": [
            {"path": row.path, "what": row.word, "local": row.left, "cloud": row.right} for row in found
        ],
    })  # fmt: skip
    return Exit.NO if found else Exit.DONE


def _event(file: str) -> Any:
    """The JSON of a file."""
    try:
        with open(file, encoding="utf-8") as opened:
            found = json.load(opened)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError("usage.command", f"{file} cannot be read: {error}") from error
    return found


def _shown(value: Any, word: str, absent: str) -> str:
    if word == absent:
        return "-"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
