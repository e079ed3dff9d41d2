"""The content of one entry, unpacked piece by piece, checked, and never more than was told."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

from onezip.archive.anomalies import shown
from onezip.archive.layout import data_start
from onezip.archive.manifest import Anomaly, ManifestEntry, Method
from onezip.archive.records import Bytes

_IN, _OUT = 1 << 16, 1 << 20
"""Bytes taken and given at a time: deflate makes at most 1,032 from one."""

Take = Callable[[bytes], object]


def unpack_entry(source: Bytes, entry: ManifestEntry, limit: int, take: Take) -> Anomaly | None:
    """Give the content's first limit bytes to take, in pieces; what is wrong with it, or None.

    At most entry.size + 1 bytes are unpacked, of which at most entry.size are given. Length and CRC-32 are
    checked only where limit is no less than entry.size: then None means that content and directory agree.
    """
    name = entry.name
    if entry.flags & 1:
        return Anomaly("zip.encrypted", f"{shown(name)} is encrypted", name)
    if entry.method is Method.OTHER:
        return Anomaly("zip.method", f"{shown(name)} is packed by method {entry.method_number}", name)
    start = data_start(source, entry.offset)
    if start is None:
        return Anomaly("zip.signature", f"{shown(name)} has no local header", name)
    if start + entry.packed > source.size:
        return Anomaly("zip.truncated", f"{shown(name)} reaches past the end of the file", name)
    whole = limit >= entry.size
    most = entry.size + 1 if whole else max(limit, 0)
    unpacking = _Unpacking(source, start, entry.packed)
    pieces = unpacking.stored(most) if entry.method is Method.STORED else unpacking.inflated(most)
    size = crc = 0
    try:
        for piece in pieces:
            given = piece[: entry.size - size]
            size += len(piece)
            crc = zlib.crc32(given, crc)
            if given:
                take(given)
    except zlib.error as error:
        return Anomaly("zip.stream", f"{shown(name)}: its deflate stream is broken ({error})", name)
    if not whole:
        return None
    return _verdict(entry, size, crc, unpacking)


def _verdict(entry: ManifestEntry, size: int, crc: int, unpacking: _Unpacking) -> Anomaly | None:
    name = entry.name
    if size > entry.size:
        return Anomaly("zip.size-lies", f"{shown(name)} is longer than the {entry.size:,} bytes told", name)
    if not unpacking.ended:
        return Anomaly("zip.stream", f"{shown(name)}: its deflate stream ends after {size:,} bytes", name)
    if size < entry.size:
        return Anomaly("zip.size-lies", f"{shown(name)} has {size:,} bytes, not {entry.size:,}", name)
    if unpacking.left:
        message = f"{shown(name)}: {unpacking.left:,} packed bytes are left when the content has ended"
        return Anomaly("zip.size-lies", message, name)
    if crc != entry.crc:
        message = f"{shown(name)} has the CRC-32 {crc:08x}; the directory says {entry.crc:08x}"
        return Anomaly("zip.crc", message, name)
    return None


class _Unpacking:
    """The packed bytes of one entry on their way; ended says whether the content came to its own end."""

    def __init__(self, source: Bytes, start: int, packed: int) -> None:
        self._source = source
        self._at = start
        self.left = packed
        self.ended = False

    def stored(self, most: int) -> Iterator[bytes]:
        """At most `most` bytes as they are."""
        while most > 0 and (piece := self._next(min(most, _OUT))):
            most -= len(piece)
            yield piece
        self.ended = not self.left

    def inflated(self, most: int) -> Iterator[bytes]:
        """At most `most` bytes of a raw deflate stream (RFC 1951). Raises zlib.error where it is broken."""
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        while most > 0 and not inflater.eof:
            data = inflater.unconsumed_tail or self._next(_IN)
            piece = inflater.decompress(data, min(most, _OUT))
            if not data and not piece:
                return
            most -= len(piece)
            if piece:
                yield piece
        self.ended = inflater.eof
        self.left += len(inflater.unused_data)

    def _next(self, most: int) -> bytes:
        piece = self._source.at(self._at, min(most, self.left))
        self._at += len(piece)
        self.left -= len(piece)
        return piece
