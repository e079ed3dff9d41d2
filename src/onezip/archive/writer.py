"""Entries to one zip on the disk."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, repeat
from typing import Any

from onezip import limits
from onezip.archive.bulk import made_in_bulk
from onezip.archive.compress import engine
from onezip.archive.entry import Entry, check, order
from onezip.archive.format import (
    DEFLATED,
    REGULAR,
    STORED,
    central_header,
    end_records,
    flags_of,
    needs_zip64,
)
from onezip.archive.manifest import Kind, Manifest, ManifestEntry, Method
from onezip.archive.packer import Packer, Record, Streams, packed
from onezip.archive.sink import Sink
from onezip.errors import ArchiveError, Diagnostic, Report, Severity
from onezip.model.function import Compression

Progress = Callable[[int, int], None]
"""Called with the unpacked bytes done and the bytes in all."""


def pack(
    entries: Iterable[Entry],
    out: str,
    *,
    compression: Compression = Compression.DEFAULT,
    report: Report | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    previous: Streams | None = None,
    digests: bool = False,
) -> Manifest:
    """Write the zip of the entries to out and tell what is in it.

    Entries may come in any order; `check` and `order` have the rules. out appears whole or not at all: on
    any failure an older file stays as it was. threads None means one for each core, where they help.
    digests adds the SHA-256 of each entry's content to the manifest; previous may have the streams of an
    earlier run, and says what else is digested. report gets warnings and notes.

    Raises ArchiveError: what `check`, `order` and `compressor` raise, archive.empty, archive.changed,
    archive.unreadable, archive.crlf, archive.write.
    """
    report = report or _silent
    listed = list(entries)
    if not listed:
        raise ArchiveError(
            "archive.empty", "there is nothing to pack", hint="look at `source`, `include` and `exclude`"
        )
    check(listed)
    ordered = order(listed, report=report)
    packer = Packer(compression, previous, digests=digests)
    total = sum(entry.size for entry in ordered)
    with made_in_bulk(), Sink(out) as sink:
        records: list[Record] = []
        written = 0
        for batch in packed(ordered, packer, threads):
            sink.write(batch.parts)
            records += batch.records
            written += batch.size
            if progress is not None:
                progress(written, total)
        if previous is not None:
            previous.done(ordered, [record[-1] for record in records])
        headers, listing = _directory(records)
        end = (len(headers), sum(map(len, headers)), sink.size)
        sink.write([*headers, end_records(*end)])
    manifest = Manifest(
        size=sink.size,
        sha256=sink.sha256.hexdigest(),
        entries=listing,
        zip64=needs_zip64(*end),
        engine=engine(compression),
    )
    if manifest.size > limits.ZIPPED_DIRECT:
        report(_too_large_for_a_request(out, manifest.size))
    return manifest


def _silent(_diagnostic: Diagnostic) -> None:
    pass


def _too_large_for_a_request(out: str, size: int) -> Diagnostic:
    limit = limits.ZIPPED_DIRECT // limits.MIB
    return Diagnostic(
        "archive.s3-needed",
        Severity.NOTE,
        f"{os.path.basename(out)} is {size / limits.MIB:.1f} MB zipped; Lambda takes {limit} MB in a request",
        hint="deploy it through an S3 bucket",
    )


def _directory(records: Sequence[Record]) -> tuple[list[bytes], tuple[ManifestEntry, ...]]:
    """The central directory's headers and the manifest's entries."""
    names, raws, crcs, lengths, sizes, methods, modes, spans, digests = zip(*records, strict=True)
    offsets = [0, *accumulate(spans[:-1])]
    headers = list(map(central_header, raws, crcs, lengths, sizes, methods, modes, offsets))
    unix = [REGULAR | mode for mode in modes]
    kinds = {STORED: Method.STORED, DEFLATED: Method.DEFLATED}
    columns: dict[str, Iterable[object]] = {
        "name": names,
        "raw_name": raws,
        "size": sizes,
        "packed": lengths,
        "crc": crcs,
        "method": [kinds[method] for method in methods],
        "mode": unix,
        "offset": offsets,
        "flags": map(flags_of, raws),
        "method_number": methods,
        "external": [mode << 16 for mode in unix],
        "sha256": digests,
    }
    return headers, _entries(columns, len(records))


def _entries(columns: dict[str, Iterable[object]], count: int) -> tuple[ManifestEntry, ...]:
    """So many manifest entries from columns; what has none is as in a model entry.

    A frozen dataclass's own __init__ costs as much for each file as reading it. This fills the slots of
    all entries column by column, before anyone has seen them.
    """
    model = ManifestEntry("", b"", Kind.FILE, 0, 0, 0, Method.STORED, 0, 0)
    entries = tuple(map(ManifestEntry.__new__, repeat(ManifestEntry, count)))
    for field in ManifestEntry.__slots__:
        slot: Any = getattr(ManifestEntry, field)
        deque(map(slot.__set__, entries, columns.get(field, repeat(getattr(model, field)))), maxlen=0)
    return entries
