"""What `onezip run` and `onezip invoke` share: building, and serving functions on this machine."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import posixpath
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from onezip.cli.console import Console
from onezip.errors import ToolMissing, UsageError
from onezip.folders import folders
from onezip.limits import MEMORY, TIMEOUT

if TYPE_CHECKING:
    from onezip.emulator.emulator import Options, Packed
    from onezip.model.event import Happened
    from onezip.model.function import Architecture, Function
    from onezip.model.project import Project

PORT = 9000
"""The Lambda plane's port."""

GRACE = 2.0
"""Seconds that calls under way have at the end."""

_TIMEOUT, _MEMORY = "AWS_LAMBDA_FUNCTION_TIMEOUT", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how functions run."""
    parser.add_argument(
        "--output", "-o", metavar="DIR", default="dist", help="where zips and records go (default: dist)"
    )
    group = parser.add_argument_group("how functions run")
    group.add_argument(
        "--timeout", type=int, metavar="S", help=f"seconds, instead of ${_TIMEOUT} or the project's"
    )
    group.add_argument("--memory", type=int, metavar="MB", help=f"instead of ${_MEMORY} or the project's")
    group.add_argument(
        "--enforce-memory", action="store_true",
        help="end a function that takes more than its memory, as Lambda does; without it that is only told",
    )  # fmt: skip
    group.add_argument(
        "--env",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a variable of the functions; may repeat",
    )
    group.add_argument(
        "--pass-env", metavar="NAME", action="append", default=[],
        help="give a variable of yours to the functions; may repeat",
    )  # fmt: skip
    group.add_argument(
        "--env-file", metavar="FILE", help="read variables from FILE instead of the project's .env"
    )
    group.add_argument(
        "--aws-credentials", action="store_true",
        help="give the functions your AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; "
        "without it they get ones that AWS refuses",
    )  # fmt: skip


def port(environ: Mapping[str, str]) -> int:
    """The Lambda plane's port where no flag says one. Raises UsageError."""
    return _number("_LAMBDA_SERVER_PORT", environ, (0, 65_535)) or PORT


def packed(
    args: argparse.Namespace, console: Console, project: Project, names: Sequence[str]
) -> list[Packed]:
    """Build the functions; what fails is told, and stands among them with its error.

    Those that do not run here are built for this machine on Linux: Go for another architecture, and Python
    with native modules for another architecture or another Python than there is.
    """
    from onezip.config.select import select

    limits = _limits(args, os.environ)
    wanted = select(project, names)
    native = {one.name: here for one in wanted if (here := _native_go(one)) is not None}
    shipped = [one.name for one in wanted if one.name not in native]
    found = {one.function.name: one for one in _built(console, project, shipped, args.output, limits)}
    for name, one in found.items():
        if (here := _native_python(project.functions[name], one.zip)) is not None:
            native[name] = here
    if native:
        digest = hashlib.sha256(project.root.encode()).hexdigest()[:16]
        output = os.path.join(folders(os.environ).cache, "v1", "native", digest)
        changed = replace(project, functions={**project.functions, **native})
        for one in _built(console, changed, list(native), output, limits, native=True):
            found[one.function.name] = one
    return [found[one.name] for one in wanted]


def _native_go(function: Function) -> Function | None:
    """A Go function for this machine's architecture; None where the shipped zip runs, or none can be made."""
    from onezip.emulator.foreign import runner
    from onezip.model.function import Language

    here = _here()
    if function.language is not Language.GO or here is None or function.architecture is here:
        return None
    try:
        runner(function.architecture)
    except ToolMissing:
        return replace(function, architecture=here)
    return None


def _native_python(function: Function, zip_path: str) -> Function | None:
    """A Python function for this machine's architecture and Python, where the shipped zip has native modules
    that do not load here; None where it runs as it is, or none can be made.
    """
    from onezip.emulator.interpreter import python_for
    from onezip.limits import RUNTIMES

    here = _here()
    if function.runtime.python is None or here is None or not zip_path:
        return None
    try:
        found = python_for(function.runtime.python[1]).version[:2]
    except ToolMissing:
        return None  # who starts the function tells it
    if (function.architecture, function.runtime.python) == (here, found):
        return None
    with zipfile.ZipFile(zip_path) as opened:
        if not any(".so" in posixpath.basename(name) for name in opened.namelist()):
            return None
    runtime = RUNTIMES.get(f"python{found[0]}.{found[1]}")
    return replace(function, architecture=here, runtime=runtime) if runtime is not None else None


def _here() -> Architecture | None:
    """This machine's architecture, None where Lambda's programs and wheels are for another system."""
    from onezip.emulator.foreign import machine
    from onezip.model.function import Architecture

    if sys.platform != "linux":
        return None
    return next((one for one in Architecture if one.machine == machine()), None)


def _built(
    console: Console,
    project: Project,
    names: Sequence[str],
    output: str,
    limits: Mapping[str, int],
    *,
    native: bool = False,
) -> list[Packed]:
    if not names:
        return []
    from onezip.builder.engine import build
    from onezip.cli.main import tell_all
    from onezip.cli.progress import Progress
    from onezip.emulator.emulator import Packed

    progress = Progress(console)
    try:
        outcome = build(project, names, output=output, report=console.report, listen=progress.hear)
    finally:
        progress.stop()
    tell_all(console, outcome.failed)
    functions = {name: _limited(project.functions[name], limits) for name in names}
    found = [
        Packed(functions[one.function], one.path, str(one.record["sha256"]), native=native)
        for one in outcome.built
    ]
    return found + [Packed(functions[name], trouble=error) for name, error in outcome.failed]


def _limited(function: Function, limits: Mapping[str, int]) -> Function:
    changed: Any = {name: value for name, value in limits.items() if value}
    return replace(function, limits=replace(function.limits, **changed))


def _limits(args: argparse.Namespace, environ: Mapping[str, str]) -> dict[str, int]:
    """Flag before variable before project; 0 where neither says anything. Raises UsageError."""
    found = {}
    for name, variable, bounds in (("timeout", _TIMEOUT, TIMEOUT), ("memory", _MEMORY, MEMORY)):
        value = getattr(args, name)
        if value is None:
            found[name] = _number(variable, environ, bounds)
        else:
            found[name] = _bounded(f"--{name}", value, bounds)
    return found


def _number(variable: str, environ: Mapping[str, str], bounds: tuple[int, int]) -> int:
    text = environ.get(variable, "")
    if not text:
        return 0
    try:
        value = int(text)
    except ValueError:
        raise UsageError(
            "usage.command", f"{variable}={text!r} is no whole number", hint=f"unset {variable}, or mend it"
        ) from None
    return _bounded(variable, value, bounds)


def _bounded(name: str, value: int, bounds: tuple[int, int]) -> int:
    if not bounds[0] <= value <= bounds[1]:
        raise UsageError(
            "usage.command", f"{name} is {value}", hint=f"it goes from {bounds[0]} to {bounds[1]}"
        )
    return value


def options(args: argparse.Namespace, console: Console, project: Project, **more: Any) -> Options:
    """How the functions run, from flags, variables and the `.env` file. Raises UsageError."""
    from onezip.emulator.emulator import Options
    from onezip.emulator.launcher import Wishes
    from onezip.emulator.variables import REGION

    environ = os.environ
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or REGION
    credentials = {}
    if args.aws_credentials:
        credentials = {name: environ[name] for name in _CREDENTIALS if environ.get(name)}
        if len(credentials) < 2:
            raise UsageError(
                "usage.command",
                "--aws-credentials, and there are none in your environment",
                hint='eval "$(aws configure export-credentials --format env)"',
            )
    return Options(
        folders(environ).cache,
        Wishes(
            region=region,
            credentials=credentials,
            extra=_extra(args, console, project, environ),
            enforce_memory=args.enforce_memory,
        ),
        **more,
    )


def _extra(
    args: argparse.Namespace, console: Console, project: Project, environ: Mapping[str, str]
) -> dict[str, str]:
    from onezip.cli.variables import assigned, parse, passed

    file = args.env_file or os.path.join(project.root, ".env")
    found = {}
    try:
        with open(file, encoding="utf-8") as opened:
            found = parse(opened.read(), file)
        console.detail(f"{file}: {', '.join(found)}")
    except FileNotFoundError:
        if args.env_file:
            raise UsageError("usage.command", f"there is no {file}", hint="see --env-file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("usage.command", f"{file} cannot be read: {error}") from error
    missing = [name for name in args.pass_env if name not in environ]
    if missing:
        console.say(f"--pass-env: you have no {', '.join(missing)}")
    return {**found, **passed(args.pass_env, environ), **assigned(args.env)}


def with_manner(options: Options, scaling: Any, manner: Any, names: tuple[str, ...]) -> Options:
    """The same options, and how calls are answered."""
    return replace(options, scaling=scaling, manner=manner, names=names)


def remembering(packed: Sequence[Packed]) -> Callable[[Happened], None]:
    """A listener that remembers which zips answered without an error, for `onezip deploy --tested`.

    A build for this machine is not what is deployed, and proves nothing.
    """
    from datetime import UTC, datetime

    from onezip import tested

    known: set[object] = {one.sha256 for one in packed if one.native}
    state = folders(os.environ).state

    def hear(event: Happened) -> None:
        if event.type != "invocation":
            return
        digest = str(event.fields["sha256"])
        answer: Any = event.fields["answer"]
        if answer.error or digest in known:
            return
        known.add(digest)
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        with contextlib.suppress(OSError):  # a note that cannot be kept hinders no call
            tested.remember(state, tested.Answer(digest, event.subject, at))

    return hear
