"""What `onezip run` and `onezip invoke` share: building, and serving functions on this machine."""

from __future__ import annotations

import argparse
import contextlib
import os
import posixpath
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from onezip import __version__
from onezip.cli.console import Console
from onezip.errors import OnezipError, ToolMissing, UsageError
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


class _Zip(NamedTuple):
    """A finished zip: its path, and its digest in hex."""

    path: str
    sha256: str


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

    Those that do not run here are built for this machine: Go for another architecture or, on macOS and
    Windows, for another system; on Linux also Python with native modules for another architecture or another
    Python than there is.
    """
    from onezip.config.select import select

    limits = _limits(args, os.environ)
    wanted = select(project, names)
    native = {one.name: here for one in wanted if (here := _native_go(one)) is not None}
    shipped = [one.name for one in wanted if one.name not in native]
    # the state of a build tells nothing of a stage
    kept = None if getattr(args, "stage", None) or not shipped else _kept(project, shipped, args.output)
    made = _built(console, project, shipped, args.output) if kept is None else (kept, {})
    found = {one.function.name: one for one in _packed(project, shipped, limits, *made)}
    for name, one in found.items():
        if (here := _native_python(project.functions[name], one.zip, one.layer)) is not None:
            native[name] = here
    if native:
        from hashlib import sha256

        digest = sha256(project.root.encode()).hexdigest()[:16]
        output = os.path.join(folders(os.environ).cache, "v1", "native", digest)
        changed = replace(project, functions={**project.functions, **native})
        made = _built(console, changed, list(native), output)
        for one in _packed(changed, list(native), limits, *made, native=True):
            found[one.function.name] = one
    return [found[one.name] for one in wanted]


def _native_go(function: Function) -> Function | None:
    """A Go function for this machine; None where the shipped zip runs, or none can be made."""
    from onezip.emulator.running.foreign import machine, runner
    from onezip.emulator.running.native import go_function

    try:
        runner(function.architecture)
    except ToolMissing:
        return go_function(function, sys.platform, machine())
    return None


def _native_python(function: Function, zip_path: str, layer: str) -> Function | None:
    """A Python function for this machine's architecture and Python, where the shipped zip or its layer has
    native modules that do not load here; None where it runs as it is, or none can be made.
    """
    here = _here()
    if function.runtime.python is None or here is None or not zip_path:
        return None
    from onezip.emulator.running.interpreter import python_for
    from onezip.limits import RUNTIMES

    try:
        found = python_for(function.runtime.python[1]).version[:2]
    except ToolMissing:
        return None  # who starts the function tells it
    if (function.architecture, function.runtime.python) == (here, found):
        return None
    if not any(_has_native(path) for path in (zip_path, layer) if path):
        return None
    runtime = RUNTIMES.get(f"python{found[0]}.{found[1]}")
    return replace(function, architecture=here, runtime=runtime) if runtime is not None else None


def _has_native(zip_path: str) -> bool:
    from zipfile import ZipFile

    with ZipFile(zip_path) as opened:
        return any(".so" in posixpath.basename(name) for name in opened.namelist())


def _here() -> Architecture | None:
    """This machine's architecture, None where Lambda's wheels are for another system."""
    from onezip.emulator.running.foreign import machine
    from onezip.emulator.running.native import architecture

    return architecture(machine()) if sys.platform == "linux" else None


def _kept(project: Project, names: Sequence[str], output: str) -> dict[str, _Zip] | None:
    """The zips that an earlier build left, by name, where nothing changed since; none of the builder's
    heavier modules is imported for that.
    """
    from onezip.builder.unchanged import load, look
    from onezip.process import find_tool

    output = os.path.abspath(os.path.join(project.root, output))
    file = os.path.join(project.root, project.file or "")
    state = load(folders(os.environ).state, file, output, __version__)
    records = look(state, names, environ=os.environ, find_tool=find_tool)
    if records is None:
        return None
    return {
        str(each["function"]): _Zip(os.path.join(output, each["zip"]), str(each["sha256"]))
        for each in records
    }


def _built(
    console: Console, project: Project, names: Sequence[str], output: str
) -> tuple[dict[str, _Zip], dict[str, OnezipError]]:
    """Build them: the zips and the errors, by name."""
    if not names:
        return {}, {}
    from onezip.builder.engine import build
    from onezip.cli.main import tell_all
    from onezip.cli.progress import Progress

    progress = Progress(console)
    try:
        outcome = build(project, names, output=output, report=console.report, listen=progress.hear)
    finally:
        progress.stop()
    tell_all(console, outcome.failed)
    zips = {one.function: _Zip(one.path, str(one.record["sha256"])) for one in outcome.built}
    return zips, dict(outcome.failed)


def _packed(
    project: Project,
    names: Sequence[str],
    limits: Mapping[str, int],
    zips: Mapping[str, _Zip],
    failed: Mapping[str, OnezipError],
    *,
    native: bool = False,
) -> list[Packed]:
    """Functions with their zips and their layers' zips, or with the error of one of them."""
    from onezip.emulator.emulator import Packed
    from onezip.model.layer import layer_of

    found = []
    for name in names:
        function = _limited(project.functions[name], limits)
        layer = layer_of(function)
        wanted = [name, layer.name] if layer else [name]
        error = next((failed[each] for each in wanted if each in failed), None)
        if error is not None:
            found.append(Packed(function, trouble=error))
            continue
        code = zips[name]
        beside = zips[layer.name] if layer else _Zip("", "")
        found.append(Packed(function, *code, native=native, layer=beside.path, layer_sha256=beside.sha256))
    return found


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
    from onezip.emulator.running.launcher import Wishes
    from onezip.emulator.running.variables import REGION

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
    known: set[object] = {one.sha256 for one in packed if one.native}
    layers = {one.sha256: one.layer_sha256 for one in packed if one.layer}
    state = folders(os.environ).state

    def hear(event: Happened) -> None:
        if event.type != "invocation":
            return
        digest = str(event.fields["sha256"])
        answer: Any = event.fields["answer"]
        if answer.error or digest in known:
            return
        known.add(digest)
        from datetime import UTC, datetime

        from onezip import tested

        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        with contextlib.suppress(OSError):  # a note that cannot be kept hinders no call
            tested.remember(state, tested.Answer(digest, event.subject, at))
            if digest in layers:
                tested.remember(state, tested.Answer(layers[digest], event.subject, at))

    return hear
