"""What a strict reading finds, and whether another reader agrees when it finds nothing."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from onezip.archive.anomalies import ANOMALIES
from onezip.archive.manifest import Manifest
from onezip.archive.reader import digests, opened
from onezip.errors import ArchiveError


def strict(path: Path) -> Manifest:
    """The manifest after everything was unpacked that can be."""
    with opened(str(path)) as (manifest, content):
        return digests(manifest, content)


def codes(manifest: Manifest) -> set[str]:
    """The codes of its anomalies."""
    return {anomaly.code for anomaly in manifest.anomalies}


def judge(data: bytes, path: Path) -> Manifest | None:
    """Read any bytes strictly; None where they are refused.

    Fails where the reader raises anything but ArchiveError, tells a code that is not in the table, or finds
    all well although Python's own reader does not, or sees other names or contents.
    """
    put(data, path)
    try:
        manifest = strict(path)
    except ArchiveError:
        return None
    assert codes(manifest) <= ANOMALIES.keys()
    if not manifest.anomalies:
        agree(data, manifest)
    return manifest


def put(data: bytes, path: Path) -> None:
    """Write over a file: some file systems wait for the disk where one is emptied first."""
    with path.open("r+b" if path.exists() else "wb") as file:
        file.write(data)
        file.truncate()


def agree(data: bytes, manifest: Manifest) -> None:
    """Python's reader, which raises where content is broken, sees the same names and contents."""
    assert manifest.sha256 == sha256(data).hexdigest()
    with zipfile.ZipFile(BytesIO(data)) as other:
        assert other.comment == manifest.comment
        seen = [(info.filename, sha256(other.read(info)).hexdigest()) for info in other.infolist()]
    assert seen == [(entry.name, entry.sha256) for entry in manifest.entries]


def bare(manifest: Manifest) -> Manifest:
    """The manifest without the digest of the whole, which any change changes."""
    return replace(manifest, sha256="")
