"""Answer Terraform's external data source: build a function if needed, and tell its path and digest.

    data "external" "hello" {
      program = ["onezip", "terraform", "hello"]
      query   = { root = path.module }
    }

Reads one JSON object from standard input: `root` is the folder that `path` is to be relative to, the working
folder by default. Writes one JSON object whose values are all strings: path, sha256, base64sha256, size,
runtime, handler, architecture, s3_key; and for the layer of a function with `layer = true` layer_name,
layer_path, layer_sha256, layer_base64sha256, layer_size and layer_s3_key. All are the same on every machine.
Errors go to standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from onezip.cli.console import Console
from onezip.errors import Exit, ProjectError, UsageError
from onezip.model.place import Place

if TYPE_CHECKING:
    from onezip.builder.lock import Lock
    from onezip.model.function import Function
    from onezip.model.project import Project

_LONGEST = 1 << 20
"""Bytes of a query that are read; Terraform's are far smaller."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip terraform`."""
    parser.add_argument("name", metavar="NAME", help="the function")
    parser.add_argument(
        "--output", "-o", metavar="DIR", default="dist", help="where the zip goes (default: dist)"
    )
    parser.add_argument(
        "--no-build",
        action="store_true",
        help="build nothing: tell what onezip.lock says, and fail where the zip that is there is another one",
    )


def execute(args: argparse.Namespace, console: Console) -> int:
    """Read the query, build, answer."""
    from onezip.cli.described import described
    from onezip.config.select import select
    from onezip.deployer.own_layer import layer_name

    root = _root(_query())
    project = described(args)
    (function,) = select(project, [args.name])
    facts = _locked(project, args) if args.no_build else _built(project, args, console)
    prefix = function.deploy.bucket.prefix if function.deploy and function.deploy.bucket else ""
    answer = _answer(facts[0], root, prefix)
    for layer in facts[1:]:
        told = _answer(layer, root, prefix)
        answer["layer_name"] = layer_name(function)
        answer |= {f"layer_{key}": told[key] for key in _OF_LAYER}
    console.result(answer)
    if not console.as_json:
        console.raw(json.dumps(answer, indent=2) + "\n")
    return Exit.DONE


_OF_LAYER = ("path", "sha256", "base64sha256", "size", "s3_key")
"""What is told of a layer under a key of its own."""


def _query() -> dict[str, str]:
    """The query on standard input; empty where nobody asks. Raises UsageError."""
    text = b"" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read(_LONGEST)
    try:
        query: Any = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise UsageError("usage.query", f"standard input is no JSON: {error}", hint=_HINT) from error
    if not isinstance(query, dict) or not all(isinstance(value, str) for value in query.values()):
        raise UsageError("usage.query", "the query must be an object whose values are strings", hint=_HINT)
    unknown = [key for key in query if key != "root"]
    if unknown:
        raise UsageError("usage.query", f"the query has an unknown key {unknown[0]!r}", hint=_HINT)
    return query


_HINT = "write query = { root = path.module }, or no query at all"


def _root(query: dict[str, str]) -> str:
    """The absolute folder that paths are relative to: Terraform's own working folder, by default."""
    return os.path.abspath(query.get("root", "."))


def _built(project: Project, args: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    """The facts of a build, and of the function's layer after it. Raises OnezipError where it fails."""
    from onezip.builder.engine import build

    outcome = build(project, [args.name], output=args.output, report=console.report)
    for _, error in outcome.failed:
        raise error
    return [{**built.record, "path": built.path} for built in outcome.built]


def _locked(project: Project, args: argparse.Namespace) -> list[dict[str, Any]]:
    """The facts of the lock. Raises ProjectError where it has none, or where another zip lies there."""
    from onezip.builder.locking import read_lock
    from onezip.config.select import select_zips

    lock = read_lock(project)
    return [_of_lock(project, each, lock, args.output) for each in select_zips(project, [args.name])]


def _of_lock(project: Project, function: Function, lock: Lock, output: str) -> dict[str, Any]:
    """The facts of one zip."""
    from onezip.builder.inputs import digest_file
    from onezip.builder.locking import held as of_lock

    held = of_lock(lock, function.name)
    path = os.path.abspath(os.path.join(project.root, output, f"{function.name}.zip"))
    if os.path.isfile(path) and digest_file(path) != held.sha256:
        raise ProjectError(
            "lock.differs",
            f"{output}/{function.name}.zip is not the one of onezip.lock",
            hint=f"run `onezip build {function.name} --locked`",
            place=Place("onezip.lock"),
        )
    return {
        "path": path,
        "sha256": held.sha256,
        "code_sha256": held.code_sha256,
        "size": held.size,
        "runtime": held.runtime,
        "handler": function.handler.text,
        "architecture": held.architecture,
    }


def _answer(facts: dict[str, Any], root: str, prefix: str) -> dict[str, str]:
    """The result: all strings, no absolute path. Raises UsageError for a root on another drive."""
    try:
        path = os.path.relpath(facts["path"], root).replace(os.sep, "/")
    except ValueError as error:  # another drive of Windows
        raise UsageError(
            "usage.query", f"root {root} is on another drive than {facts['path']}", hint=_HINT
        ) from error
    return {
        "path": path,
        "sha256": facts["sha256"],
        "base64sha256": facts["code_sha256"],
        "size": str(facts["size"]),
        "runtime": facts["runtime"],
        "handler": facts["handler"],
        "architecture": str(facts["architecture"]),
        "s3_key": f"{prefix}{facts['sha256']}.zip",
    }
