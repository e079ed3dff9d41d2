"""Bring zips into S3 under the name of their digest, for CloudFormation, SAM, Terraform or CDK to take.

Nothing is deployed. The same bytes have the same key, so what is there already is not sent again.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from onezip.cli.cloud import chosen, clouds, output_of, spoken, where, zips
from onezip.cli.console import Console, size
from onezip.cli.deploy import built
from onezip.errors import Exit, OnezipError, UsageError
from onezip.model.layer import SUFFIX

if TYPE_CHECKING:
    from onezip.deployer.engine import Clouds
    from onezip.deployer.values import Archive
    from onezip.model.function import Function


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip publish`."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="the functions; all by default")
    parser.add_argument("--bucket", metavar="NAME", help="the bucket; that of the project file by default")
    parser.add_argument("--prefix", metavar="TEXT", help="what stands before the digest in the key")
    zips(parser)
    where(parser)


def execute(args: argparse.Namespace, console: Console) -> int:
    """Build and upload."""
    from onezip.cli.described import described
    from onezip.cli.main import tell_all

    project = described(args)
    args.output = output_of(args)
    tasks, failed = built(project, chosen(project, args.names, args), args, console)
    found, places = [], clouds(args)
    for task in tasks:
        try:
            found.append(_published(task.function, task.function.name, task.archive, places, args, console))
            if task.layer is not None:
                name = f"{task.function.name}{SUFFIX}"
                found.append(_published(task.function, name, task.layer, places, args, console))
        except OnezipError as error:
            failed.append((task.function.name, error))
    console.finish()
    tell_all(console, failed)
    console.table(
        ("function", "bucket", "key", "version", ""),
        [
            (each["function"], each["bucket"], each["key"], each["version"] or "-",
             "sent" if each["sent"] else "there already")
            for each in found
        ],
    )  # fmt: skip
    console.result({"functions": found, "failed": [name for name, _ in failed]})
    return max((error.exit_code for _, error in failed), default=Exit.DONE)


def _published(
    function: Function,
    name: str,
    archive: Archive,
    places: Clouds,
    args: argparse.Namespace,
    console: Console,
) -> dict[str, Any]:
    """Bring one zip there; name is the function's, or its layer's."""
    from onezip.deployer.upload import upload

    described = function.deploy.bucket if function.deploy else None
    bucket = args.bucket or (described.name if described else None)
    if not bucket:
        raise UsageError(
            "usage.command",
            f"{function.name}: into which bucket?",
            hint='write --bucket NAME, or bucket = "NAME" in its deploy table',
        )
    prefix = args.prefix if args.prefix is not None else described.prefix if described else ""

    def listen(sent: int, whole: int) -> None:
        console.progress(f"{name}: {size(sent)} of {size(whole)} sent")

    with spoken(function, places) as calls:
        stored = upload(
            calls,
            archive,
            bucket,
            f"{prefix}{archive.sha256}.zip",
            region=calls.cloud.region,
            listen=listen,
        )
    return {
        "function": name,
        "bucket": stored.bucket,
        "key": stored.key,
        "version": stored.version,
        "sha256": archive.sha256,
        "code_sha256": archive.code_sha256,
        "sent": stored.sent,
    }
