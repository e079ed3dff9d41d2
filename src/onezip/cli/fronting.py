"""What `onezip run`, `front` and `echo` share: HTTP fronts on one port, and who tells of them."""

from __future__ import annotations

import argparse
import json
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from onezip import __version__
from onezip.cli.console import Console, escape
from onezip.errors import OnezipError, UsageError

if TYPE_CHECKING:
    from onezip.emulator.emulator import Emulator, Packed
    from onezip.emulator.front_calls import Calls
    from onezip.emulator.front_server import Aside, FrontServer
    from onezip.emulator.gateway.apis import Api
    from onezip.emulator.record import Recorder
    from onezip.model.event import Happened
    from onezip.model.front import Front
    from onezip.model.function import Function

PORT = 3000
"""The fronts' port where no flag says one."""

KINDS = {
    "rest": "REST API", "http": "HTTP API", "http-v1": "HTTP API, payload 1.0", "alb": "load balancer",
    "alb-multi": "load balancer, multi-value", "url": "function URL",
}  # fmt: skip
"""Kinds of fronts, and their words."""

STREAMED = "a streamed reply is sent when the function has ended, not while it writes"


class Listens(Protocol):
    """A server of fronts, or of the echo."""

    async def start(self, host: str, port: int, names: Iterable[str]) -> tuple[str, int]:
        """Listen. Raises OSError."""
        ...

    def retire(self) -> None:
        """Keep no connection."""
        ...

    async def close(self) -> None:
        """End."""
        ...


@dataclass(frozen=True, slots=True)
class Listening:
    """Fronts that listen: url ends without a slash; default says that no front was described."""

    url: str
    apis: Sequence[Api]
    default: bool
    echo: bool = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say where fronts listen, and who may ask."""
    parser.add_argument(
        "--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1, this machine only)"
    )
    parser.add_argument(
        "--allow-host", metavar="NAME", action="append", default=[],
        help="answer to this host name too; may repeat",
    )  # fmt: skip
    group = parser.add_argument_group("HTTP fronts")
    group.add_argument(
        "--port", type=int, metavar="PORT", help=f"the fronts' port, 0 for a free one (default: {PORT})"
    )
    group.add_argument("--certificate", metavar="FILE", help="serve HTTPS, with this certificate (PEM)")
    group.add_argument("--key", metavar="FILE", help="the certificate's key, where it is in another file")


def of_project(functions: Sequence[Function]) -> tuple[list[Api], bool]:
    """The APIs of these functions, and whether they are the default. Raises ProjectError."""
    from onezip.emulator.gateway.apis import apis, by_default

    names = [one.name for one in functions]
    described: Mapping[str, Sequence[Front]] = {one.name: one.fronts for one in functions if one.fronts}
    return apis(described or by_default(names), names), not described


def server(
    args: argparse.Namespace,
    found: Sequence[Api],
    calls: Calls,
    recorder: Recorder,
    *,
    root: str = ".",
    region: str = "us-east-1",
    aside: Aside | None = None,
) -> FrontServer:
    """The server of these APIs. Raises ToolMissing, UsageError."""
    from onezip.emulator.front_gate import Gate
    from onezip.emulator.front_server import FrontServer

    gate = Gate(calls, recorder, root=root, region=region)
    gate.prepare(found)
    return FrontServer(found, calls, recorder, gate, aside=aside, ssl=tls(args))


async def listen(args: argparse.Namespace, front: Listens) -> str:
    """Listen; the URL. Raises OnezipError."""
    from onezip.cli.banner import address

    port = PORT if args.port is None else args.port
    try:
        host, port = await front.start(args.host, port, args.allow_host)
    except (OSError, OverflowError) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise OnezipError(
            "run.listen",
            f"{args.host}:{port} cannot be listened on: {told}",
            hint="choose another port with --port, 0 for a free one",
        ) from error
    url = address(host, port)
    return url.replace("http:", "https:", 1) if args.certificate else url


async def attach(
    args: argparse.Namespace, console: Console, emulator: Emulator, region: str, root: str
) -> Listening | None:
    """Put fronts before an emulator's functions. Raises OnezipError.

    Fronts that nobody asked for are left out where their port is taken: the functions run all the same.
    """
    from onezip.emulator.front_calls import Here

    found, default = of_project([one.function for one in emulator.packed])
    aside = None
    if args.echo:
        from onezip.emulator.echo.answer import Echo

        aside = Echo(found[0].front.kind)
    front = server(
        args, found, Here(emulator.plane, region), emulator.recorder, root=root, region=region, aside=aside
    )
    try:
        url = await listen(args, front)
    except OnezipError as error:
        if not default or args.port is not None or args.echo:
            raise
        console.say(f"  no HTTP front: {error.message}; {error.hint}")
        return None
    emulator.front = front
    return Listening(url, found, default, args.echo)


def lines(listening: Listening | None, packed: Sequence[Packed]) -> list[str]:
    """The banner's lines; those above them have these functions."""
    if listening is None:
        return []
    width = max([len("lambda"), *(len(one.function.name) for one in packed)]) if packed else len("http")
    url, found = listening.url, listening.apis
    made: list[str] = []
    if listening.default:
        name = "/" if len(found) == 1 else f"/{{{','.join(api.front.base_path.strip('/') for api in found)}}}"
        told = "every request" if len(found) == 1 else "each function under its name"
        made = [f"  {'http'.ljust(width)}  {url}{name}   {told}, as HTTP API: no front is described"]
    else:
        for api in found:
            where = f"{url}{api.address}" if not api.front.host else f"{api.address} at {url}"
            kind = KINDS[api.front.kind]
            made.append(f"  {'http'.ljust(width)}  {where.rstrip('/')}   {kind}: {_routes(api)}")
    if listening.echo:
        made.append(f"  {'echo'.ljust(width)}  {url}/json  /dump  /diff   this very request, as an event")
    if any(api.front.streaming for api in found):
        made.append(f"  {''.ljust(width)}  {STREAMED}")
    return made


def told(listening: Listening) -> list[dict[str, Any]]:
    """The fronts for `--json`."""
    return [
        {
            "url": listening.url, "type": str(api.front.kind), "host": api.front.host,
            "basePath": api.front.base_path or "/",
            "routes": {key: target.function for key, target in api.targets.items()},
        }
        for api in listening.apis
    ]  # fmt: skip


class Requests:
    """A line for each request; with faults only for those that the front answered itself."""

    def __init__(self, console: Console, epoch: float, *, faults: bool = False) -> None:
        self._console = console
        self._epoch = epoch
        self._faults = faults

    def hear(self, event: Happened) -> None:
        """Take one record."""
        fields: Any = event.fields
        if self._console.as_json:
            words = {"type": "request", "function": event.subject, **fields}
            self._console.document(json.dumps(words, ensure_ascii=False, separators=(",", ":")))
            return
        if self._faults and not fields["why"]:
            return
        asked = escape(f"{fields['method']} {fields['path']}")
        why = f"  {escape(fields['why'])}" if fields["why"] else ""
        if self._faults:
            self._console.stream(f"{' ' * 10}{asked}  {fields['status']}{why}\n")
            return
        at = time.strftime("%H:%M:%S", time.localtime(event.time + self._epoch))
        self._console.stream(f"{at}  {fields['status']}  {fields['durationMs']:.0f} ms  {asked}{why}\n")


def notices(console: Console) -> Callable[[Happened], None]:
    """A reader of what the user should know."""

    def hear(event: Happened) -> None:
        fields: Any = event.fields
        if console.as_json:
            console.document(json.dumps({"type": "notice", **fields}, separators=(",", ":")))
        else:
            console.say("  " + "; ".join(filter(None, (fields["text"], fields["hint"]))))

    return hear


def say(console: Console, listening: Listening, *more: str) -> None:
    """The banner of fronts alone, or the first object of `--json`."""
    if console.as_json:
        first = {"type": "ready", "version": __version__, "url": listening.url, "fronts": told(listening)}
        console.document(json.dumps(first))
        return
    console.say(f"onezip {__version__}")
    for line in [*lines(listening, ()), *(f"  {each}" for each in more)]:
        console.say(line)


async def until_told(front: Listens) -> int:
    """Wait for SIGINT or SIGTERM, then end the front."""
    import asyncio

    from onezip.cli.run import Signals
    from onezip.errors import Exit

    stopped = asyncio.Event()
    try:
        with Signals(stopped):
            await stopped.wait()
    finally:
        front.retire()
        await front.close()
    return Exit.DONE


def _routes(api: Api) -> str:
    """A few routes with their functions."""
    shown = [f"{key} -> {target.function}" for key, target in api.targets.items()]
    more = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
    return f"{', '.join(shown[:4])}{more}"


def tls(args: argparse.Namespace) -> ssl.SSLContext | None:
    """What HTTPS needs, where it is asked for. Raises UsageError."""
    if not args.certificate:
        if args.key:
            raise UsageError("usage.command", "--key without --certificate")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(args.certificate, args.key)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            "usage.command", f"--certificate {args.certificate} cannot be used: {error}"
        ) from error
    return context
