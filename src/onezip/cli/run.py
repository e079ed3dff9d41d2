"""Run functions on this machine as Lambda would: the zip that is deployed, without Docker.

Builds what changed, then serves the Invoke API. A function's environments start with its first call.
Ctrl-C ends it: calls under way are finished, and the exit code is 0.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from onezip.cli import fronting, local
from onezip.cli.console import Console
from onezip.errors import Exit, OnezipError, UsageError

if TYPE_CHECKING:
    from onezip.emulator.emulator import Emulator, Options, Packed
    from onezip.model.event import Happened
    from onezip.model.project import Project

_LEVELS = {
    "trace": -1, "debug": -1, "info": 0, "warn": 1, "warning": 1, "error": 1, "fatal": 1, "panic": 1,
}  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip run`."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="the functions to serve; all by default")
    parser.add_argument(
        "--lambda-port", type=int, metavar="PORT",
        help=f"the Lambda API's port, 0 for a free one (default: $_LAMBDA_SERVER_PORT, else {local.PORT})",
    )  # fmt: skip
    parser.add_argument(
        "--concurrency", type=int, metavar="N", default=10,
        help="environments of a function at most; further callers wait (default: 10)",
    )  # fmt: skip
    parser.add_argument(
        "--throttle", action="store_true", help="answer 429 where no environment is free, instead of waiting"
    )
    parser.add_argument(
        "--keep", type=float, metavar="S", default=600.0,
        help="seconds after which an idle environment ends (default: 600)",
    )  # fmt: skip
    parser.add_argument(
        "--rie-compat", action="store_true",
        help="answer as AWS's Runtime Interface Emulator does, where it differs from Lambda",
    )  # fmt: skip
    parser.add_argument(
        "--report", action="store_true", help="print Lambda's own START, END, REPORT and INIT_REPORT lines"
    )
    parser.add_argument(
        "--log-level", metavar="LEVEL",
        help="debug: environments too; warn or error: failures only (default: $LOG_LEVEL, else info)",
    )  # fmt: skip
    fronting.arguments(parser)
    fronting.key_arguments(parser)
    parser.add_argument(
        "--echo", action="store_true", help="show requests at /json, /dump and /diff, beside the fronts"
    )
    local.arguments(parser)


def execute(args: argparse.Namespace, console: Console) -> int:
    """Build, listen, and serve until a signal comes."""
    from onezip.cli.described import described
    from onezip.emulator.environments.pool import Scaling
    from onezip.emulator.plane.lambda_server import Manner

    began = time.monotonic()
    level = _level(args)
    project = described(args)
    packed = local.packed(args, console, project, args.names)
    if all(one.trouble for one in packed):
        console.result(None)
        return max((one.trouble.exit_code for one in packed if one.trouble), default=Exit.FAILED)
    if args.concurrency < 1:
        raise UsageError("usage.command", f"--concurrency is {args.concurrency}", hint="it begins at 1")
    given = local.options(args, console, project)
    about = {"onezip": 1, "root": project.root, "pid": os.getpid()}
    options = local.with_manner(
        given,
        Scaling(args.concurrency, args.throttle, args.keep),
        Manner(given.wishes.region, args.rie_compat, about),
        tuple(args.allow_host),
    )
    server = Serving(args, console, project, packed, options)
    server.level = level
    server.began = began
    return run(server.serve)


def run(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run it in an event loop: uvloop's where it is installed."""
    factory = None
    with contextlib.suppress(ImportError):
        from uvloop import new_event_loop as factory  # type: ignore[import-not-found,no-redef]
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(work())


def _level(args: argparse.Namespace) -> int:
    word = args.log_level or os.environ.get("LOG_LEVEL", "")
    if not word:
        return 0
    if word.lower() not in _LEVELS:
        where = "--log-level" if args.log_level else "LOG_LEVEL"
        raise UsageError("usage.command", f"{where} is {word!r}", hint=f"there are: {', '.join(_LEVELS)}")
    return _LEVELS[word.lower()]


class Serving:
    """One run: from listening to its end."""

    level = 0
    began = 0.0

    def __init__(
        self,
        args: argparse.Namespace,
        console: Console,
        project: Project,
        packed: list[Packed],
        options: Options,
    ) -> None:
        self._args = args
        self._console = console
        self._project = project
        self._packed = packed
        self._options = options
        self._broken = False

    async def serve(self) -> int:
        """Listen, say so, and wait for a signal."""
        from onezip.emulator.emulator import Emulator

        emulator = Emulator(self._packed, self._options)
        stopped = asyncio.Event()
        signals = Signals(stopped)
        reader, kinds = self._reader(emulator)
        emulator.recorder.listen(self._unless_broken(reader, stopped), kinds)
        emulator.recorder.listen(local.remembering(self._packed), ["invocation"])
        host, port = await self._listen(emulator)
        front = await self._front(emulator, stopped)
        try:
            with signals:
                self._banner(emulator, host, port, front)
                for text in () if front is None else front.warnings:
                    emulator.recorder.notice("", text)
                await stopped.wait()
                self._console.say("ending: calls under way have two seconds; Ctrl-C again ends at once")
                code = await self._end(emulator, signals)
        except BaseException:
            await emulator.close()
            raise
        if self._broken:
            raise BrokenPipeError
        return code

    async def _end(self, emulator: Emulator, signals: Signals) -> Exit:
        closing = asyncio.ensure_future(emulator.close(local.GRACE))
        again = asyncio.ensure_future(signals.again.wait())
        await asyncio.wait({closing, again}, return_when=asyncio.FIRST_COMPLETED)
        again.cancel()
        if closing.done():
            closing.result()
            return Exit.DONE
        closing.cancel()
        await emulator.close()
        return Exit.INTERRUPTED

    async def _listen(self, emulator: Emulator) -> tuple[str, int]:
        args = self._args
        port = local.port(os.environ) if args.lambda_port is None else args.lambda_port
        try:
            return await emulator.start(args.host, port)
        except (OSError, OverflowError) as error:
            await emulator.close()
            told = getattr(error, "strerror", None) or str(error)
            raise OnezipError(
                "run.listen",
                f"{args.host}:{port} cannot be listened on: {told}",
                hint="choose another port with --lambda-port, 0 for a free one",
            ) from error

    async def _front(self, emulator: Emulator, stopped: asyncio.Event) -> fronting.Listening | None:
        reader = fronting.Requests(self._console, emulator.clock, faults=True)
        emulator.recorder.listen(self._unless_broken(reader.hear, stopped), ["request"])
        region = self._options.wishes.region
        try:
            return await fronting.attach(self._args, self._console, emulator, region, self._project.root)
        except BaseException:
            await emulator.close()
            raise

    def _unless_broken(
        self, reader: Callable[[Happened], None], stopped: asyncio.Event
    ) -> Callable[[Happened], None]:
        """End where nobody reads our lines any more, without harm to the calls under way."""

        def hear(event: Happened) -> None:
            if not self._broken:
                try:
                    reader(event)
                except BrokenPipeError:
                    self._broken = True
                    stopped.set()

        return hear

    def _reader(self, emulator: Emulator) -> tuple[Callable[[Happened], None], Sequence[str]]:
        """Who shows what happens, and of which kinds of records."""
        from onezip.cli.invocations import PHASES, SHOWN, AsJson, Plain, Report

        clock = emulator.clock
        if self._console.as_json:
            return AsJson(self._console, clock).hear, SHOWN
        if self._args.report:
            return Report(self._console).hear, ()
        width = max(len(one.function.name) for one in self._packed)
        calm = self.level > 0 or self._console.quiet
        chatty = self.level < 0 or self._console.verbose
        plain = Plain(self._console, width, clock, calm=calm)
        return plain.hear, [*SHOWN, *PHASES] if chatty else SHOWN

    def _banner(self, emulator: Emulator, host: str, port: int, front: fronting.Listening | None) -> None:
        from onezip.cli.banner import banner, ready

        took = time.monotonic() - self.began
        if self._console.as_json:
            told = [] if front is None else fronting.told(front)
            self._console.document(ready(emulator, host, port, took, told))
        else:
            for line in [*banner(emulator, host, port, took), *fronting.lines(front, self._packed)]:
                self._console.say(line)


class Signals:
    """SIGINT and SIGTERM: the first ends kindly, the second at once."""

    def __init__(self, stopped: asyncio.Event) -> None:
        self._stopped = stopped
        self.again = asyncio.Event()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()

        def told(_number: int, _frame: object) -> None:
            loop.call_soon_threadsafe(self._come)

        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, told)

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _come(self) -> None:
        (self.again if self._stopped.is_set() else self._stopped).set()
