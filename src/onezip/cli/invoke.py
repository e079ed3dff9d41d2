"""Call a function that runs here, or start it for the call; with --remote, the one in AWS.

The payload goes to standard output, everything else to standard error. Asks the `onezip run` of this
project if there is one; else builds the function, serves it for this call, and ends. Exits with 1 where the
function fails.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import http.client
import json
import os
import stat
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from onezip.cli import cloud, local
from onezip.cli.console import Console, escape
from onezip.errors import Exit, OnezipError, UsageError

if TYPE_CHECKING:
    from onezip.model.project import Project

_PATIENCE = 1000.0
"""Seconds to wait for an answer: no function takes longer."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the Invoke API answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip invoke`."""
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="the function; needless where there is only one"
    )
    given = parser.add_mutually_exclusive_group()
    given.add_argument(
        "--data", "-d", metavar="JSON", help="the payload; `@FILE` and `-` (standard input) work too"
    )
    given.add_argument("--file", "-f", metavar="FILE", help="a file with the payload")
    parser.add_argument(
        "--type", choices=("RequestResponse", "Event", "DryRun"), default="RequestResponse",
        help="the invocation type (default: RequestResponse)",
    )  # fmt: skip
    parser.add_argument("--tail", action="store_true", help="show the end of the log, through REPORT")
    parser.add_argument("--client-context", metavar="JSON", help="the client context, as JSON text")
    parser.add_argument("--qualifier", metavar="NAME", help="a version or an alias")
    parser.add_argument("--url", metavar="URL", help="the address of a Lambda API, instead of this project's")
    parser.add_argument("--remote", action="store_true", help="call the deployed function, in AWS")
    cloud.where(parser)
    local.arguments(parser)


def execute(args: argparse.Namespace, console: Console) -> int:
    """Call, and show what came."""
    payload = _payload(args)
    if args.url and args.remote:
        raise UsageError("usage.command", "--url and --remote are two places", hint="leave one of them out")
    if args.url:
        if not args.name:
            raise UsageError("usage.command", "which function? --url needs a NAME")
        return _show(args, console, _call(args, args.url, args.name, payload))
    from onezip.cli.described import described

    project = described(args)
    name = _name(args, project)
    if args.remote:
        args.name = name
        return _remote(args, console, payload)
    for flag in ("profile", "region", "endpoint_url"):
        if getattr(args, flag):
            told = flag.replace("_", "-")
            raise UsageError("usage.command", f"--{told} means nothing here", hint="add --remote")
    url = _running(project, name)
    if url:
        console.detail(f"calling the onezip that runs at {url}")
        return _show(args, console, _call(args, url, name, payload))
    return _alone(args, console, project, name, payload)


def _name(args: argparse.Namespace, project: Project) -> str:
    if args.name:
        return str(args.name)
    if len(project.functions) > 1:
        raise UsageError(
            "usage.function", "which function?", hint=f"there are: {', '.join(project.functions)}"
        )
    return next(iter(project.functions))


def _payload(args: argparse.Namespace) -> bytes:
    """The payload from --data, --file or standard input; nothing where none is given."""
    text: str | None = args.data
    file: str | None = args.file
    if text is not None and text.startswith("@"):
        file, text = text.removeprefix("@"), None
    if text == "-" or file == "-" or (text is None and file is None and _piped()):
        return sys.stdin.buffer.read()
    if file is None:
        return (text or "").encode("utf-8", "surrogateescape")
    try:
        with open(file, "rb") as opened:
            return opened.read()
    except OSError as error:
        raise UsageError("usage.command", f"{file} cannot be read: {error.strerror or error}") from error


def _piped() -> bool:
    """Whether standard input is a pipe or a file: what a terminal or /dev/null says is nobody's payload."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


# ---- calls ----------------------------------------------------------------------------------------------


def _running(project: Project, name: str) -> str:
    """The address of the `onezip run` of this project that has the function, or nothing."""
    from onezip.emulator.plane.lambda_server import STATUS

    url = f"http://127.0.0.1:{local.port(os.environ)}"
    try:
        got = _ask(url, "GET", STATUS, b"", {}, patience=1.0)
        about = json.loads(got.body)
    except (OSError, http.client.HTTPException, ValueError):
        return ""
    if not isinstance(about, dict) or about.get("root") != project.root:
        return ""
    return url if name.partition(":")[0] in about.get("functions", []) else ""


def _call(args: argparse.Namespace, url: str, name: str, payload: bytes) -> Answered:
    headers = {"X-Amz-Invocation-Type": args.type, "Content-Type": "application/json"}
    if args.tail:
        headers["X-Amz-Log-Type"] = "Tail"
    if args.client_context:
        headers["X-Amz-Client-Context"] = base64.b64encode(args.client_context.encode()).decode("ascii")
    query = f"?Qualifier={quote(args.qualifier)}" if args.qualifier else ""
    path = f"/2015-03-31/functions/{quote(name, safe='')}/invocations{query}"
    try:
        return _ask(url, "POST", path, payload, headers, patience=_PATIENCE)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise OnezipError(
            "run.unreachable",
            f"{url} does not answer: {getattr(error, 'strerror', None) or error}",
            hint="start `onezip run`, or leave --url out",
        ) from error


def _remote(args: argparse.Namespace, console: Console, payload: bytes) -> int:
    """Call the function in AWS. Raises DeployFailed with AWS's words and what they mean here."""
    from onezip.deployer.remote import invoke

    function, name = cloud.one(args)
    with cloud.spoken(function, cloud.clouds(args)) as calls:
        answer = invoke(
            calls,
            name,
            payload,
            qualifier=args.qualifier or "",
            kind=args.type,
            client_context=args.client_context or "",
        )
    headers = http.client.HTTPMessage()
    for key, value in (
        ("X-Amz-Function-Error", answer.error),
        ("X-Amz-Executed-Version", answer.version),
        ("X-Amz-Log-Result", base64.b64encode(answer.log.encode()).decode("ascii") if args.tail else ""),
    ):
        if value:
            headers[key] = value
    return _show(args, console, Answered(answer.status, headers, answer.payload))


def _ask(
    url: str, method: str, path: str, body: bytes, headers: dict[str, str], *, patience: float
) -> Answered:
    parts = urlsplit(url if "//" in url else f"//{url}", "http")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=patience)
    with contextlib.closing(connection):
        connection.request(method, parts.path.rstrip("/") + path, body, headers)
        got = connection.getresponse()
        return Answered(got.status, got.headers, got.read())


def _alone(args: argparse.Namespace, console: Console, project: Project, name: str, payload: bytes) -> int:
    """Build the function, serve it on a free port for one call, and end."""
    from onezip.cli.banner import NATIVE
    from onezip.cli.invocations import SHOWN
    from onezip.cli.run import run

    wanted = name.partition(":")[0]
    (packed,) = local.packed(args, console, project, [wanted])
    if packed.trouble is not None:
        console.result(None)
        return packed.trouble.exit_code
    if packed.native:
        console.say(f"{wanted}: {NATIVE}")
    options = local.options(args, console, project)

    async def once() -> int:
        from onezip.emulator.emulator import Emulator

        emulator = Emulator([packed], options)
        emulator.recorder.listen(_Lines(console, quiet=args.tail).hear, SHOWN)
        emulator.recorder.listen(local.remembering([packed]), ["invocation"])
        try:
            host, port = await emulator.start("127.0.0.1", 0)
            url = f"http://{host}:{port}"
            return _show(args, console, await asyncio.to_thread(_call, args, url, name, payload))
        finally:
            await emulator.close(local.GRACE)

    return run(once)


class _Lines:
    """The function's own lines as they come, and what went wrong, on standard error."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console = console
        self._quiet = quiet

    def hear(self, event: Any) -> None:
        """Take one record."""
        fields = event.fields
        if event.type == "function" and not self._quiet:
            self._console.say(fields["line"].replace("\r", "\n"))
        elif event.type == "notice":
            self._console.say(": ".join(filter(None, (event.subject, fields["text"]))))
        elif event.type == "invocation" and fields["hint"]:
            self._console.say(f"help: {fields['hint']}")


# ---- what came ------------------------------------------------------------------------------------------


def _show(args: argparse.Namespace, console: Console, got: Answered) -> int:
    error = got.headers.get("X-Amz-Function-Error", "")
    log = base64.b64decode(got.headers.get("X-Amz-Log-Result", "")).decode("utf-8", "replace")
    if log:
        console.words_of(log)
    if got.status >= 300:
        kind = got.headers.get("x-amzn-ErrorType", "")
        told = escape(_message(got.body))
        raise OnezipError("run.refused", f"{got.status} {kind}: {told}".replace(" :", ":"))
    if console.as_json:
        console.result(_as_table(got, error, log))
    elif got.body:
        console.payload(got.body)
    if error:
        console.say(f"X-Amz-Function-Error: {error}")
        return Exit.NO
    if args.type != "RequestResponse":
        console.say(f"{got.status}: {'accepted' if got.status == 202 else 'it would be invoked'}")
    return Exit.DONE


def _as_table(got: Answered, error: str, log: str) -> dict[str, Any]:
    payload: Any = None
    with contextlib.suppress(ValueError):
        payload = json.loads(got.body) if got.body else None
    return {
        "status": got.status,
        "requestId": got.headers.get("x-amzn-RequestId"),
        "functionError": error or None,
        "executedVersion": got.headers.get("X-Amz-Executed-Version"),
        "payload": payload,
        "log": log or None,
    }


def _message(body: bytes) -> str:
    try:
        told = json.loads(body)
        return str(told.get("message") or told.get("Message") or told)
    except (ValueError, AttributeError):
        return body[:500].decode("utf-8", "replace").strip()
