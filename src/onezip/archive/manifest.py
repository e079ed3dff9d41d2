"""What a zip holds, as values: the common ground of the writer, the reader, the checks and the explainer."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What an entry is, told from its mode (Unix) and its name."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"


class Method(StrEnum):
    """How an entry is packed (APPNOTE 4.4.5); anything else is its number as text."""

    STORED = "stored"
    DEFLATED = "deflated"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One entry as the central directory tells it.

    size and packed are bytes; offset is that of the local header; crc is APPNOTE's CRC-32; sha256 is the
    hex digest of the unpacked content, empty while nobody has read it; mode is the Unix mode with its file
    type, 0 where the host system is not Unix; modified is (year, month, day, hour, minute, second) as
    stored, valid or not; made_by is (host system, ten times the version); extra and local_extra are the
    raw bytes of the extra fields in the directory and in the local header.
    """

    name: str
    raw_name: bytes
    kind: Kind
    size: int
    packed: int
    crc: int
    method: Method
    mode: int
    offset: int
    modified: tuple[int, int, int, int, int, int] = (1980, 1, 1, 0, 0, 0)
    flags: int = 0
    made_by: tuple[int, int] = (3, 20)
    needed: int = 20
    method_number: int = 8
    extra: bytes = b""
    local_extra: bytes = b""
    comment: bytes = b""
    descriptor: bool = False
    zip64: bool = False
    external: int = 0
    internal: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something in the container that a sound zip does not have; entry is its name, empty for the whole."""

    code: str
    message: str
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole zip. entries are in the order of the central directory; size is the file's, in bytes.

    sha256 is the hex digest of the zip itself; engine is what made the compressed bytes where that is
    known (`deflate 0.9.0 level 6`).
    """

    size: int
    sha256: str
    entries: tuple[ManifestEntry, ...]
    comment: bytes = b""
    zip64: bool = False
    anomalies: tuple[Anomaly, ...] = ()
    engine: str = ""

    @property
    def code_sha256(self) -> str:
        """AWS's CodeSha256: base64 of the zip's binary SHA-256."""
        return code_sha256(self.sha256)

    @property
    def unzipped(self) -> int:
        """The sum of the entries' sizes, in bytes."""
        return sum(entry.size for entry in self.entries)


class Content(Protocol):
    """Reads an entry's unpacked bytes, up to a limit. The rules and the explainer see a zip only so."""

    def read(self, name: str, limit: int) -> bytes:
        """At most limit bytes from the start of the named entry.

        Raises ArchiveError where the entry cannot be unpacked.
        """
        ...


def code_sha256(sha256: str) -> str:
    """AWS's CodeSha256 of a hex SHA-256."""
    return base64.b64encode(bytes.fromhex(sha256)).decode("ascii")
