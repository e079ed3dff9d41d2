"""A fixed tree that touches every rule of the writer, and helpers to put trees on the disk and in zips."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from onezip.archive.collect import Source, collect
from onezip.archive.entry import Entry
from onezip.archive.manifest import Manifest
from onezip.archive.writer import pack
from onezip.errors import Diagnostic
from onezip.model.function import Compression


def noise(size: int, seed: str = "") -> bytes:
    """Bytes that no deflate shrinks, the same everywhere."""
    blocks = range(size // 32 + 1)
    return b"".join(sha256(f"{seed}{block}".encode()).digest() for block in blocks)[:size]


def words(lines: int) -> bytes:
    """Text that deflate shrinks, the same everywhere."""
    return b"".join(b"line %d of %d: %d\n" % (line, lines, line * line % 9973) for line in range(lines))


TREE: dict[str, bytes] = {
    "bootstrap": b"\x7fELF\x02\x01\x01" + words(3000) + noise(5000),
    "run.sh": b"#!/bin/sh\nexec ./bootstrap\n",
    "app.py": b"def handler(event, context):\n    return event\n" * 40,
    "empty.txt": b"",
    "one.bin": b"x",
    "noise.bin": noise(70_000),
    "extensions/watch": b"not a script, but Lambda runs it\n",
    "lib/native.so": b"\x7fELF" + noise(300),
    "lib/deep/er/and/deeper/data.json": b'{"a": [1, 2, 3]}' * 300,
    ".hidden/kept.cfg": b"[x]\ny = 1\n",
    "B.txt": b"capital letters sort before small ones\n",
    "caf\u00e9/\u6f22\u5b57-\U0001f680.txt": "gr\u00fc\u00df dich\n".encode(),
    "spaced name.txt": b"crlf\r\nis kept in files that nobody runs\r\n",
    "large.txt": words(60_000),
}

EXECUTABLE = frozenset({"bootstrap", "run.sh", "extensions/watch", "lib/native.so"})

GOLDEN = {
    Compression.DEFAULT: "5a749e3b2661ece4ba31532ceadbf6684cabb2c0e3807d122924614264d43e8c",
    Compression.MAX: "95e171e7253ba38670134cca62184400027dfbce123e0e21a98ad94352dae5b3",
    Compression.NONE: "c281811d5ebf6058b0171d72b19d7d257c18673ca940eacf24c1e2cf381c6908",
}
"""SHA-256 of the zip of TREE. They hold on every system; a change of one is a breaking change."""


def write(folder: Path, tree: Mapping[str, bytes] = TREE) -> Path:
    """Put the tree below the folder."""
    for name, content in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def quiet(_diagnostic: Diagnostic) -> None:
    """A report that nobody reads."""


def listed(folder: Path) -> list[Entry]:
    """The entries of a folder of the user's."""
    return collect([Source(str(folder))], report=quiet).entries


def packed(folder: Path, out: Path, compression: Compression = Compression.DEFAULT) -> Manifest:
    """The manifest of the zip of a folder."""
    return pack(listed(folder), str(out), compression=compression)


def digest(path: Path) -> str:
    """The SHA-256 of a file, read anew."""
    return sha256(path.read_bytes()).hexdigest()


def tick() -> None:
    """Wait until the clock that stamps files has moved: what is written next is told from what was before."""
    with tempfile.TemporaryFile(buffering=0) as probe:

        def stamp() -> int:
            probe.write(b".")
            return os.fstat(probe.fileno()).st_mtime_ns

        before = stamp()
        while stamp() == before:
            time.sleep(0.001)


def leftovers(folder: Path) -> list[str]:
    """Temporary files that a failure should have removed."""
    return [name for name in os.listdir(folder) if name.endswith(".tmp")]
