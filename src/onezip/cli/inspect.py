"""Show what a zip holds: entries, modes, sizes, digests, and what made it.

Any zip can be looked at, damaged and hostile ones too: nothing is unpacked to the disk.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from onezip.cli.console import Console, size
from onezip.errors import Exit

if TYPE_CHECKING:
    from onezip.archive.manifest import Manifest, ManifestEntry


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip inspect`."""
    parser.add_argument("zip", metavar="ZIP", help="the zip")
    parser.add_argument(
        "--tree", action="store_true", help="folders with the sum of their sizes, largest first"
    )
    parser.add_argument(
        "--digests", action="store_true", help="the SHA-256 of each entry too (reads all of it)"
    )


def execute(args: argparse.Namespace, console: Console) -> int:
    """Read the directory, and with --digests or --json the content, and show it."""
    from onezip.archive.explain import maker
    from onezip.archive.reader import digests, opened

    with opened(os.path.join(args.folder, args.zip)) as (listed, content):
        manifest = digests(listed, content) if args.digests or args.json else listed
    made_by = maker(manifest)
    if args.tree:
        _tree(console, manifest)
    else:
        _entries(console, manifest, with_digests=args.digests)
    console.line()
    console.line(
        f"{len(manifest.entries)} entries, {size(manifest.unzipped)} unzipped, {size(manifest.size)} zipped"
    )
    console.line(f"sha256      {manifest.sha256}")
    console.line(f"CodeSha256  {manifest.code_sha256}")
    console.line(f"made by     {made_by}")
    for anomaly in manifest.anomalies:
        console.line(f"odd         {anomaly.entry + ': ' if anomaly.entry else ''}{anomaly.message}")
    console.result({
        "sha256": manifest.sha256,
        "code_sha256": manifest.code_sha256,
        "size": manifest.size,
        "unzipped": manifest.unzipped,
        "made_by": made_by,
        "entries": [_as_table(entry) for entry in manifest.entries],
        "anomalies": [anomaly_as_table(anomaly) for anomaly in manifest.anomalies],
    })  # fmt: skip
    return Exit.DONE


def anomaly_as_table(anomaly: object) -> dict[str, str]:
    """An oddity of the container as JSON values."""
    return {name: getattr(anomaly, name) for name in ("code", "message", "entry")}


def _as_table(entry: ManifestEntry) -> dict[str, object]:
    return {
        "name": entry.name,
        "kind": str(entry.kind),
        "mode": f"{entry.mode & 0o7777:04o}",
        "size": entry.size,
        "packed": entry.packed,
        "method": str(entry.method),
        "crc": f"{entry.crc:08x}",
        "modified": "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*entry.modified),
        "sha256": entry.sha256,
    }


def _entries(console: Console, manifest: Manifest, *, with_digests: bool) -> None:
    heads = ["mode", "size", "packed", "method", *(["sha256"] if with_digests else []), "name"]
    rows = [
        [
            f"{entry.mode & 0o7777:04o}",
            f"{entry.size:,}",
            f"{entry.packed:,}",
            str(entry.method),
            *([entry.sha256 or "unreadable"] if with_digests else []),
            entry.name,
        ]
        for entry in manifest.entries
    ]
    console.table(heads, rows, right=(1, 2))


def _tree(console: Console, manifest: Manifest) -> None:
    sums: dict[str, tuple[int, int]] = {}
    for entry in manifest.entries:
        parts = entry.name.split("/")
        for depth in range(len(parts)):
            path = "/".join(parts[: depth + 1]) + ("/" if depth + 1 < len(parts) else "")
            total, packed = sums.get(path, (0, 0))
            sums[path] = (total + entry.size, packed + entry.packed)

    def key(path: str) -> list[tuple[int, str]]:
        """Every folder above decides first, the largest before the smaller."""
        parts = path.rstrip("/").split("/")
        above = ["/".join(parts[: depth + 1]) + "/" for depth in range(len(parts) - 1)]
        return [(-sums[name][0], name) for name in [*above, path]]

    rows = []
    for path in sorted(sums, key=key):
        depth = path.rstrip("/").count("/")
        name = path.rstrip("/").rpartition("/")[2] + ("/" if path.endswith("/") else "")
        rows.append([f"{sums[path][0]:,}", f"{sums[path][1]:,}", "  " * depth + name])
    console.table(["size", "packed", "name"], rows, right=(0, 1))
