"""Describe a function that is in AWS already, and fetch its code.

Adds [functions.NAME] to onezip.toml, and unpacks the deployed zip into a folder of that name. Nothing in AWS
changes; `onezip deploy --plan` then shows what a deploy would do.
"""

from __future__ import annotations

import argparse
import os
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from onezip.cli.cloud import clouds, placed, spoken, where
from onezip.cli.console import Console
from onezip.errors import ArchiveError, Exit, UsageError
from onezip.model.function import Function, Handler, Language

if TYPE_CHECKING:
    from onezip.archive.manifest import Manifest


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip adopt`."""
    parser.add_argument("name", metavar="FUNCTION", help="the function's name in AWS")
    where(parser, stage=False)


def execute(args: argparse.Namespace, console: Console) -> int:
    """Fetch and describe."""
    from onezip.archive.unpack import unpack
    from onezip.deployer.adopted import described, project_name
    from onezip.deployer.code import fetch_code

    name = project_name(args.name)
    root = os.path.abspath(args.folder)
    path = os.path.join(root, "onezip.toml")
    before = _free(path, name)
    folder = os.path.join(root, name)
    if os.path.lexists(folder):
        raise UsageError("usage.command", f"{name} is there already", hint="move it, or use another folder")
    with spoken(_unknown(args, name), clouds(args)) as calls, TemporaryDirectory(prefix="onezip-") as fetched:
        whole = calls("lambda", "GetFunction", FunctionName=args.name)
        described(whole, name, name, ())  # what is not for us is refused before anything is written
        archive = fetch_code(calls, args.name, fetched)
        manifest: Manifest = unpack(archive.path, folder)
    text = described(whole, name, name, [entry.name for entry in manifest.entries])
    _write(path, f"{before}\n{text}" if before else text)
    console.line(f"{args.name}: {len(manifest.entries)} entries in {name}/, described in onezip.toml")
    console.result({"function": name, "name": args.name, "folder": name, "sha256": archive.sha256})
    return Exit.DONE


def _free(path: str, name: str) -> str:
    """The text of onezip.toml, empty where there is none. Raises UsageError where it has this function."""
    import tomllib

    from onezip.config.load import read_text

    if not os.path.lexists(path):
        return ""
    text = read_text(path)
    try:
        known = tomllib.loads(text).get("functions", {})
    except tomllib.TOMLDecodeError as error:
        raise UsageError("project.syntax", f"onezip.toml: {error}", hint="mend it first") from error
    if name in known:
        raise UsageError(
            "usage.command", f"onezip.toml describes {name} already", hint="`onezip status` compares it"
        )
    return text


def _unknown(args: argparse.Namespace, name: str) -> Function:
    """A function of which only the name is known."""
    from onezip.limits import GO_RUNTIME, RUNTIMES

    bare = Function(name, Language.PREBUILT, name, RUNTIMES[GO_RUNTIME], Handler("bootstrap"))
    return placed(bare, args)


def _write(path: str, text: str) -> None:
    from onezip.archive.sink import Sink

    try:
        with Sink(path) as sink:
            sink.write([text.encode("utf-8")])
    except ArchiveError as error:
        error.hint = "look at the folder of onezip.toml"
        raise
