"""Pack files into a zip for Lambda, from any shell: the job of build-lambda-zip, the same bytes everywhere.

    onezip zip -o function.zip bootstrap
    onezip zip -o function.zip build/server config.json=etc/config.json static/
    onezip zip -o function.zip --as bootstrap build/server

The first file is made executable. `SOURCE=DEST` gives a file or folder another name in the zip; a folder
brings its content below its own name.
"""

from __future__ import annotations

import argparse
import os

from onezip.cli.console import Console, size
from onezip.errors import Exit, OnezipError, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip zip`."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="FILE, FOLDER or SOURCE=DEST; the first is the program"
    )
    parser.add_argument(
        "--output", "-o", metavar="ZIP", help="the zip (default: the first file's name and .zip)"
    )
    parser.add_argument("--as", dest="program", metavar="NAME", help="the first file's name in the zip")
    parser.add_argument(
        "--exclude", action="append", default=[], metavar="PATTERN", help="leave out of folders; may repeat"
    )
    parser.add_argument(
        "--compression",
        choices=("default", "max", "none"),
        default="default",
        help="level 6, level 12, or stored",
    )


def execute(args: argparse.Namespace, console: Console) -> int:
    """Pack."""
    from onezip.archive.collect import Source, collect
    from onezip.archive.manifest import code_sha256
    from onezip.archive.shown import near_error, near_report
    from onezip.archive.writer import pack
    from onezip.model.function import Compression, Patterns

    output = os.path.abspath(
        os.path.join(args.folder, args.output or f"{_base(_split(args.files[0])[0])}.zip")
    )
    sources = []
    for number, word in enumerate(args.files):
        path, name = _split(word)
        if number == 0 and args.program:
            name = args.program
        place = os.path.join(args.folder, path)
        if number == 0 and os.path.isdir(place) and args.program:
            raise UsageError("usage.command", f"--as names one file, but {path} is a folder")
        sources.append(Source(place, name or _base(path), Patterns(exclude=tuple(args.exclude))))
    here = os.path.abspath(args.folder)
    report = near_report(console.report, here)
    first = sources[0]
    try:
        collected = collect(sources, report=report, skip=frozenset({output}))
        if os.path.isfile(first.path):
            collected.entries[0].executable = True
        manifest = pack(collected.entries, output, compression=Compression(args.compression), report=report)
    except OnezipError as error:
        raise near_error(error, here) from error
    for left in collected.left_out:
        console.detail(f"left out {left.path} ({left.reason})")
    if console.quiet:
        console.raw(f"{args.output or os.path.basename(output)}\n")
    else:
        console.line(f"{os.path.basename(output)}  {size(manifest.size)}  sha256 {manifest.sha256}")
    console.result({
        "path": args.output or os.path.basename(output),
        "sha256": manifest.sha256,
        "code_sha256": code_sha256(manifest.sha256),
        "size": manifest.size,
        "unzipped": manifest.unzipped,
        "entries": len(manifest.entries),
    })  # fmt: skip
    return Exit.DONE


def _split(word: str) -> tuple[str, str]:
    """SOURCE=DEST; a drive letter or a lone `=` in a name that exists is no separator."""
    if os.path.lexists(word) or "=" not in word:
        return word, ""
    path, _, name = word.rpartition("=")
    return path, name.replace("\\", "/")


def _base(path: str) -> str:
    """A file's or folder's own name, whichever slashes the shell wrote."""
    return os.path.basename(os.path.abspath(path))
