"""What `onezip run`, `front` and `echo` share: HTTP fronts on one port, and who tells of them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from onezip import __version__
from onezip.cli import https
from onezip.cli.console import Console, escape, time_of_day
from onezip.errors import OnezipError

if TYPE_CHECKING:
    from onezip.emulator.emulator import Emulator, Packed
    from onezip.emulator.environments.clock import Clock
    from onezip.emulator.environments.record import Recorder
    from onezip.emulator.front.calls import Calls
    from onezip.emulator.front.later import LaterFront
    from onezip.emulator.front.server import Aside, FrontServer
    from onezip.emulator.gateway.apis import Api
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
    """Fronts that listen: url ends without a slash; default says that no front was described;
    apis may be left out then.

    warnings are notices for when that is told; authority is the file that vouches for a certificate of our
    own.
    """

    url: str
    apis: Sequence[Api]
    default: bool
    echo: bool = False
    authority: str = ""
    warnings: Sequence[str] = ()


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
    group.add_argument(
        "--https",
        action="store_true",
        help="serve HTTPS, with a certificate of onezip's own unless one is given",
    )
    group.add_argument("--certificate", metavar="FILE", help="serve HTTPS, with this certificate (PEM)")
    group.add_argument("--key", metavar="FILE", help="the certificate's key, where it is in another file")


def key_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of fronts with authorizers."""
    parser.add_argument(
        "--jwks", metavar="[NAME=]FILE", action="append", default=[],
        help="the keys of the JWT or Cognito authorizer NAME, of all without a name: a JWKS file or an "
        "https address; may repeat",
    )  # fmt: skip


def of_project(functions: Sequence[Function], jwks: Sequence[str] = ()) -> tuple[list[Api], bool]:
    """The APIs of these functions, and whether they are the default. jwks are the values of `--jwks`.

    Raises ProjectError, UsageError.
    """
    from onezip.emulator.gateway.apis import apis, by_default

    names = [one.name for one in functions]
    described: Mapping[str, Sequence[Front]] = {one.name: one.fronts for one in functions if one.fronts}
    if jwks:
        from onezip.cli.keysets import with_keys

        described = with_keys(described, jwks)
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
    from onezip.emulator.front.gate import Gate
    from onezip.emulator.front.server import FrontServer

    gate = Gate(calls, recorder, root=root, region=region)
    warnings = gate.prepare(found)
    tls = https.context(args, [api.front.host or "" for api in found])
    front = FrontServer(found, calls, recorder, gate, aside=aside, ssl=tls)
    front.warnings = warnings
    return front


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
    return url.replace("http:", "https:", 1) if args.certificate or args.https else url


async def attach(
    args: argparse.Namespace, console: Console, emulator: Emulator, region: str, root: str
) -> Listening | None:
    """Put fronts before an emulator's functions. Raises OnezipError.

    Fronts that nobody asked for are left out where their port is taken: the functions run all the same.
    """
    functions = [one.function for one in emulator.packed]
    default = not any(one.fronts for one in functions)
    later = default and not (args.certificate or args.key or args.https or args.echo or args.jwks)
    # the gateway's modules are not even imported for a front that nobody may ask for
    found = [] if later and not console.as_json else of_project(functions, args.jwks)[0]
    aside: Aside | None = None
    if args.echo:
        from onezip.emulator.echo.answer import Echo

        aside = Echo(found[0].front.kind)

    def make() -> FrontServer:
        from onezip.emulator.front.calls import Here

        calls = Here(emulator.plane, region)
        apis = found or of_project(functions)[0]
        return server(args, apis, calls, emulator.recorder, root=root, region=region, aside=aside)

    front: FrontServer | LaterFront
    warnings: Sequence[str] = ()
    if later:
        from onezip.emulator.front.later import LaterFront

        front = LaterFront(make)
    else:
        front = made = make()
        warnings = made.warnings
    try:
        url = await listen(args, front)
    except OnezipError as error:
        if not default or args.port is not None or args.echo:
            raise
        console.say(f"  no HTTP front: {error.message}; {error.hint}")
        return None
    emulator.front = front
    return Listening(url, found, default, args.echo, https.authority(args), warnings)


def lines(listening: Listening | None, packed: Sequence[Packed]) -> list[str]:
    """The banner's lines; those above them have these functions."""
    if listening is None:
        return []
    width = max([len("lambda"), *(len(one.function.name) for one in packed)]) if packed else len("http")
    url, found = listening.url, listening.apis
    made: list[str] = []
    if listening.default:
        names = [api.front.base_path.strip("/") for api in found] or [one.function.name for one in packed]
        name = "/" if len(names) == 1 else f"/{{{','.join(names)}}}"
        told = "every request" if len(names) == 1 else "each function under its name"
        made = [f"  {'http'.ljust(width)}  {url}{name}   {told}, as HTTP API: no front is described"]
    else:
        for api in found:
            where = f"{url}{api.address}" if not api.front.host else f"{api.address} at {url}"
            kind = KINDS[api.front.kind]
            made.append(f"  {'http'.ljust(width)}  {where.rstrip('/')}   {kind}: {_routes(api)}")
    if listening.echo:
        made.append(f"  {'echo'.ljust(width)}  {url}/json  /dump  /diff   this very request, as an event")
    if listening.authority:
        made.append(
            f"  {'https'.ljust(width)}  signed by {listening.authority}, which nothing trusts by itself:"
        )
        made.append(f"  {''.ljust(width)}  {https.TRUST}")
    return made


def told(listening: Listening) -> list[dict[str, Any]]:
    """The fronts for `--json`."""
    return [
        {
            "url": listening.url, "type": str(api.front.kind), "host": api.front.host,
            "basePath": api.front.base_path or "/", "authority": listening.authority or None,
            "routes": {key: target.function for key, target in api.targets.items()},
        }
        for api in listening.apis
    ]  # fmt: skip


class Requests:
    """A line for each request; with faults only for those that the front answered itself."""

    def __init__(self, console: Console, clock: Clock, *, faults: bool = False) -> None:
        self._console = console
        self._clock = clock
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
        at = time_of_day(int(event.time + self._clock.epoch))
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
        first = {
            "type": "ready", "version": __version__, "url": listening.url, "fronts": told(listening),
            "authority": listening.authority or None,
        }  # fmt: skip
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
