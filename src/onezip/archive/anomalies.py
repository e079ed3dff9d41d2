"""What a container may have that a sound zip has not: the codes, and a bounded list of what was found."""

from __future__ import annotations

from onezip.archive.manifest import Anomaly

ANOMALIES: dict[str, str] = {
    # the end of the zip and the directory
    "zip.ambiguous-end": "several end records or directories fit: readers disagree about the whole zip",
    "zip.count": "the end record counts other entries than the directory has",
    "zip.directory": "the directory is not as long as the end record tells, or holds more than headers",
    "zip.disk": "a part of a zip on several disks",
    "zip.truncated": "bytes are missing: a record or an entry ends outside of the file",
    "zip.zip64-malformed": "zip64 records that are missing, cut, ambiguous or contradictory",
    "zip.zip64-needless": "zip64 where no number demands it",
    # where things lie
    "zip.prefix": "data before the first entry",
    "zip.gap": "data between the entries, or between them and the directory",
    "zip.trailing": "data after the end record: a comment, or more",
    "zip.overlap": "entries that share bytes with each other or with the directory",
    "zip.bomb": "unpacks to far more than a function can be",
    # an entry's headers
    "zip.signature": "no local header where the directory points",
    "zip.local-differs": "the local header and the directory disagree",
    "zip.descriptor": "a data descriptor that is missing, contradictory or of the wrong width",
    "zip.encrypted": "an encrypted entry",
    "zip.flags": "general purpose flags that are reserved, unused or for methods that are not read",
    "zip.method": "a compression method other than stored and deflate",
    "zip.version": "a version needed that the format does not have",
    "zip.extra": "extra fields that do not add up",
    "zip.kind": "name, mode, attributes and size disagree about what is a folder",
    # names
    "zip.name": "a name that is empty, absolute, not decodable, leaves the folder or has illegal parts",
    "zip.encoding": "a name that is not ASCII and has no flag for UTF-8: readers disagree",
    "zip.unicode-path": "a Unicode path field that holds another name",
    "zip.duplicate": "one place for two entries, or a file where a folder must be",
    "zip.collision": "names that are equal but for case or Unicode form",
    # content; all but the impossible sizes are found only when it is unpacked
    "zip.size-lies": "content that is longer or shorter than told",
    "zip.crc": "content that does not fit its CRC-32",
    "zip.stream": "a deflate stream that is broken or cut",
}
"""Every anomaly's code and what it means."""

MOST_OF_A_CODE = 1000
"""Anomalies of one code that are kept: 200,000 entries may be wrong in the same way."""


class Told:
    """The anomalies found so far, bounded for each code."""

    def __init__(self) -> None:
        self._found: list[Anomaly] = []
        self._counts: dict[str, int] = {}

    def __call__(self, code: str, message: str, entry: str = "") -> None:
        """Add one; code is of ANOMALIES, entry a name or empty for the whole zip."""
        self.add(Anomaly(code, message, entry))

    def add(self, anomaly: Anomaly) -> None:
        """Add one that is a value already."""
        count = self._counts.get(anomaly.code, 0) + 1
        self._counts[anomaly.code] = count
        if count <= MOST_OF_A_CODE:
            self._found.append(anomaly)

    def all(self) -> tuple[Anomaly, ...]:
        """Everything told; the rest of a code that has too many as a number."""
        rest = [
            Anomaly(code, f"... and {count - MOST_OF_A_CODE:,} more")
            for code, count in self._counts.items()
            if count > MOST_OF_A_CODE
        ]
        return (*self._found, *rest)


def shown(name: str) -> str:
    """A name as a message shows it: quoted, escaped, and short."""
    return ascii(name if len(name) <= 120 else f"{name[:80]}...{name[-37:]}")
