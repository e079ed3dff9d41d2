"""Unpack a zip safely into a new folder.

Links, devices, absolute names and `..` are refused, checksums are verified, and the folder appears whole or
not at all.
"""

from __future__ import annotations

import argparse
import os

from onezip.cli.console import Console, size
from onezip.errors import Exit


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip unzip`."""
    parser.add_argument("zip", metavar="ZIP", help="the zip")
    parser.add_argument(
        "--output", "-o", metavar="DIR", help="a folder that does not exist yet (default: the zip's name)"
    )


def execute(args: argparse.Namespace, console: Console) -> int:
    """Unpack."""
    from onezip.archive.unpack import unpack

    source = os.path.join(args.folder, args.zip)
    name = args.output or os.path.splitext(os.path.basename(args.zip))[0]
    folder = os.path.join(args.folder, name)
    manifest = unpack(source, folder)
    console.line(f"{len(manifest.entries)} entries, {size(manifest.unzipped)}, in {name}")
    console.result({"folder": name, "entries": len(manifest.entries), "unzipped": manifest.unzipped})
    return Exit.DONE
