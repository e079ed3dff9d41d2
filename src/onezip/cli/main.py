"""The command line: find the command, import only it, turn errors into words and exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple, NoReturn, Protocol

from onezip import __version__
from onezip.cli.console import Console
from onezip.errors import BuildFailed, Diagnostic, Exit, OnezipError, Severity, UsageError


class CommandModule(Protocol):
    """A module in `onezip.cli`: its arguments, and what it does with them."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own arguments."""
        ...

    def execute(self, args: argparse.Namespace, console: Console) -> int:
        """Do it; return the exit code. Raises OnezipError."""
        ...


class Row(NamedTuple):
    """One command: where it lives and what it does, in a line."""

    module: str
    summary: str


COMMANDS = {
    "build": Row("onezip.cli.build", "build functions into zips, the same bytes on every machine"),
    "lock": Row("onezip.cli.lock", "write onezip.lock: what each zip is made of, and its digest"),
    "hash": Row(
        "onezip.cli.hash", "the digest of a function's zip, without building where the lock knows it"
    ),
    "verify": Row("onezip.cli.verify", "build twice in different surroundings, and compare"),
    "check": Row("onezip.cli.check", "check finished zips against the real runtime"),
    "explain": Row("onezip.cli.explain", "why two zips differ, and what to do"),
    "inspect": Row("onezip.cli.inspect", "what a zip holds, and what made it"),
    "run": Row("onezip.cli.run", "run functions on this machine as Lambda would, without Docker"),
    "invoke": Row("onezip.cli.invoke", "call a function that runs here, or start it for the call"),
    "front": Row("onezip.cli.front", "HTTP fronts before functions that run elsewhere"),
    "echo": Row("onezip.cli.echo", "show HTTP requests as the events that functions would get"),
    "zip": Row("onezip.cli.zip", "pack files for Lambda, from any shell"),
    "unzip": Row("onezip.cli.unzip", "unpack a zip safely"),
    "deploy": Row("onezip.cli.deploy", "bring functions to AWS, only where something changed"),
    "status": Row("onezip.cli.status", "what is here, in the lock and in AWS, side by side"),
    "versions": Row("onezip.cli.versions", "the published versions of a function, and its aliases"),
    "rollback": Row("onezip.cli.rollback", "let an alias point to the version before"),
    "promote-canary": Row("onezip.cli.promote_canary", "give a canary's version all calls"),
    "promote": Row("onezip.cli.promote", "bring the very bytes that run in one place to another"),
    "publish": Row("onezip.cli.publish", "bring zips into S3 under the name of their digest"),
    "adopt": Row("onezip.cli.adopt", "describe a function that is in AWS, and fetch its code"),
    "logs": Row("onezip.cli.logs", "the log lines of a function in AWS"),
    "cache": Row("onezip.cli.cache", "what the cache holds, where it is, and how to make it smaller"),
    "export": Row("onezip.cli.export", "write files for Terraform, CloudFormation, SAM, Make and CI"),
    "terraform": Row("onezip.cli.terraform", "answer Terraform's external data source"),
    "doctor": Row("onezip.cli.doctor", "what is here, what is missing, and the command that mends it"),
    "completion": Row("onezip.cli.completion", "the completion script of a shell"),
}

_VALUED = ("-C", "--config", "--parameter")


def main(argv: Sequence[str]) -> int:
    """Run one command line; return the exit code."""
    name, rest = split(argv)
    if name is None:
        return _top(list(argv))
    console = Console(name, as_json="--json" in rest, environ=os.environ)
    try:
        module: CommandModule = importlib.import_module(COMMANDS[name].module)
        args = parser(name, module).parse_args(rest)
        console = Console(name, as_json=args.json, quiet=args.quiet, verbose=args.verbose, environ=os.environ)
        return module.execute(args, console)
    except OnezipError as error:
        console.finish()
        tell(console, error)
        console.result(None)
        return error.exit_code
    except KeyboardInterrupt:
        console.finish()
        console.say("interrupted")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # the reader of our output left; nothing is left to say, and flushing at exit must not say it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FAILED
    except Exception as error:  # noqa: BLE001 - the one place that knows a bug of ours from a user's mistake
        return _bug(console, error)


def split(argv: Sequence[str]) -> tuple[str | None, list[str]]:
    """The command and all other arguments; common options may stand before it."""
    skip = False
    for number, word in enumerate(argv):
        if skip or word.startswith("-"):
            skip = not skip and word in _VALUED
        elif word in COMMANDS:
            return word, [*argv[:number], *argv[number + 1 :]]
        else:
            break
    return None, list(argv)


class Formatter(argparse.RawDescriptionHelpFormatter):
    """argparse's own, which would import shutil for the terminal's width at every start."""

    def __init__(self, prog: str) -> None:
        try:
            width = int(os.environ.get("COLUMNS") or 0) or os.get_terminal_size(1).columns
        except (ValueError, OSError):
            width = 0
        super().__init__(prog, width=(width or 80) - 2)


class Parser(argparse.ArgumentParser):
    """argparse, but a mistake is an error like all others."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError("usage.command", message, hint=f"`{self.prog} --help` lists what there is")


def parser(name: str, module: CommandModule) -> argparse.ArgumentParser:
    """The parser of one command, with what all commands share."""
    made = Parser(
        prog=f"onezip {name}",
        description=(module.__doc__ or "").strip(),
        formatter_class=Formatter,
        allow_abbrev=False,
    )
    module.arguments(made)
    common = made.add_argument_group("common to all commands")
    common.add_argument("--config", metavar="FILE", help="the project file, instead of looking for one")
    common.add_argument("-C", dest="folder", metavar="FOLDER", default=".", help="work in this folder")
    common.add_argument(
        "--parameter",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="a parameter of a SAM or CloudFormation template; may repeat",
    )
    common.add_argument("--json", action="store_true", help="print one JSON document")
    common.add_argument("--quiet", "-q", action="store_true", help="print only what a script needs")
    common.add_argument("--verbose", "-v", action="store_true", help="say more about what is done, and why")
    return made


def tell(console: Console, error: OnezipError) -> None:
    """An error in words: a tool's own first, then ours."""
    if isinstance(error, BuildFailed) and error.output:
        console.words_of(error.output if console.verbose else error.brief)
    for diagnostic in error.diagnostics():
        console.report(diagnostic)


def tell_all(console: Console, failed: Sequence[tuple[str, OnezipError]]) -> None:
    """The errors of several functions; those that say the same are told once, of all of them."""
    names = {name for name, _ in failed}
    alike: dict[tuple[str, str, str], dict[str, OnezipError]] = {}
    for name, error in failed:
        subject, _, rest = error.message.partition(": ")
        said = rest if subject in names else error.message
        alike.setdefault((error.code, said, error.hint), {})[name] = error
    for (_, said, _), errors in alike.items():
        error = next(iter(errors.values()))
        if isinstance(error, BuildFailed) and said != error.message:
            error.message = f"{some(list(errors))}: {said}"
        tell(console, error)


def some(names: Sequence[str]) -> str:
    """Names in a row; of many the first three and how many more."""
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"


def _top(argv: list[str]) -> int:
    """`onezip`, `onezip --help`, `onezip --version`, and what is none of the commands."""
    console = Console("", as_json="--json" in argv, environ=os.environ)
    if len(argv) > 1 and argv[0] == "help" and argv[1] in COMMANDS:
        return main([argv[1], "--help"])
    if argv and argv[0] in {"--version", "-V"}:
        console.line(f"onezip {__version__}")
        return Exit.DONE
    if not argv or argv[0] in {"--help", "-h", "help"}:
        width = max(map(len, COMMANDS))
        console.line("One zip for AWS Lambda: the same bytes on every machine.\n")
        console.line("usage: onezip COMMAND [options]\n\ncommands:")
        for name, row in COMMANDS.items():
            console.line(f"  {name.ljust(width)}  {row.summary}")
        console.line("\n`onezip COMMAND --help` tells more; `onezip --version` the version.")
        return Exit.DONE if argv else Exit.WRONG
    from onezip.config.check import nearest

    word = next((word for word in argv if not word.startswith("-")), argv[0])
    console.report(
        Diagnostic(
            "usage.command",
            Severity.ERROR,
            f"no command {word!r}",
            hint=nearest(word, COMMANDS) or f"there are: {', '.join(COMMANDS)}",
        )
    )
    console.result(None)
    return Exit.WRONG


def _bug(console: Console, error: Exception) -> int:
    import platform
    import traceback

    console.finish()
    console.words_of("".join(traceback.format_exception(error)))
    versions = f"onezip {__version__}, Python {platform.python_version()}, {platform.platform()}"
    console.report(
        Diagnostic(
            "usage.bug",
            Severity.ERROR,
            f"this is a bug in onezip ({versions})",
            hint="please report it with the lines above",
        )
    )
    console.result(None)
    return Exit.BUG
