"""In what a byte of a zip stands: a field of a header, a name, packed bytes, a gap.  [pure]

The structures are those of APPNOTE 4.3.7, 4.3.9, 4.3.12 and 4.3.14 to 4.3.16.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from onezip.archive.anomalies import Told
from onezip.archive.causes.sides import Raw
from onezip.archive.directory import find
from onezip.archive.manifest import Manifest
from onezip.archive.records import (
    CENTRAL_FORM,
    DESCRIPTOR,
    END,
    END64_FORM,
    END_FORM,
    LOCATOR_FORM,
    header_length,
)
from onezip.errors import ArchiveError

LOCAL_FIELDS = (
    (0, "the signature"), (4, "the version needed"), (6, "the flags"), (8, "the method"), (10, "the time"),
    (12, "the date"), (14, "the CRC-32"), (18, "the packed size"), (22, "the size"),
    (26, "the length of the name"), (28, "the length of the extra fields"),
)  # fmt: skip
"""Where each field of a local header starts, and what it is; the name starts at 30."""

CENTRAL_FIELDS = (
    (0, "the signature"), (4, "the version made by"), (6, "the version needed"), (8, "the flags"),
    (10, "the method"), (12, "the time"), (14, "the date"), (16, "the CRC-32"), (20, "the packed size"),
    (24, "the size"), (28, "the length of the name"), (30, "the length of the extra fields"),
    (32, "the length of the comment"), (34, "the disk"), (36, "the internal attributes"),
    (38, "the external attributes"), (42, "the offset"),
)  # fmt: skip
"""The same of a header of the directory; the name starts at 46."""

END_FIELDS = (
    (0, "the signature"), (4, "the disk"), (6, "the directory's disk"), (8, "the entries on this disk"),
    (10, "the number of entries"), (12, "the directory's size"), (16, "the directory's offset"),
    (20, "the length of the comment"), (22, "the comment"),
)  # fmt: skip
"""The same of the end record."""

_LOCAL, _CENTRAL, _END = "the local header", "the directory's header", "the end record"


class Stand(NamedTuple):
    """Where a byte stands: in words, and the name of its entry, empty where it belongs to none."""

    what: str
    name: str = ""


def stand(manifest: Manifest, content: Raw, offset: int) -> Stand:
    """In what the byte at this offset of a zip stands; as far as the zip can be followed."""
    if offset >= manifest.size:
        return Stand("what follows the end")
    try:
        directory = find(_Whole(manifest.size, content), Told())
    except ArchiveError:
        return Stand("a part that belongs to no entry")
    if offset >= directory.stop:
        return _at_end(manifest, content, directory.stop, offset)
    if offset >= directory.start:
        return _in_directory(manifest, content, directory.start, offset)
    return _in_entry(manifest, content, offset)


class _Whole:
    """The bytes of a zip, as the reader's parts take them."""

    path = ""

    def __init__(self, size: int, content: Raw) -> None:
        self.size = size
        self.at = content.at


def _in_entry(manifest: Manifest, content: Raw, offset: int) -> Stand:
    before = [entry for entry in manifest.entries if 0 <= entry.offset <= offset]
    if not before:
        return Stand("what stands before the first entry")
    entry = max(before, key=lambda each: each.offset)
    head, name = content.at(entry.offset, 30), entry.name
    lengths = [int.from_bytes(head[start : start + 2], "little") for start in (26, 28)]
    inside, packed = offset - entry.offset, 30 + sum(lengths)
    if inside < packed:
        return Stand(f"{_field(LOCAL_FIELDS, 30, lengths, inside)} of {_LOCAL}", name)
    if inside < packed + entry.packed:
        return Stand("the packed bytes", name)
    if entry.descriptor:
        signed = content.at(entry.offset + packed + entry.packed, 4) == DESCRIPTOR
        if inside < packed + entry.packed + 4 * signed + (20 if entry.zip64 else 12):
            return Stand("the data descriptor", name)
    return Stand("what follows the packed bytes", name)


def _in_directory(manifest: Manifest, content: Raw, start: int, offset: int) -> Stand:
    for entry in manifest.entries:
        fixed = content.at(start, CENTRAL_FORM.size)
        if len(fixed) < CENTRAL_FORM.size:
            break
        end = start + header_length(fixed, 0)
        if offset < end:
            lengths = [int.from_bytes(fixed[place : place + 2], "little") for place in (28, 30, 32)]
            return Stand(f"{_field(CENTRAL_FIELDS, 46, lengths, offset - start)} of {_CENTRAL}", entry.name)
        start = end
    return Stand("what follows the directory's headers")


def _at_end(manifest: Manifest, content: Raw, stop: int, offset: int) -> Stand:
    length = END_FORM.size + len(manifest.comment)
    end = stop
    if content.at(stop, 4) != END:
        # APPNOTE 4.3.14: the size of the zip64 end record leaves out its first 12 bytes.
        size = 12 + int.from_bytes(content.at(stop + 4, 8), "little")
        if offset < stop + max(size, END64_FORM.size):
            return Stand("the zip64 end record")
        end = stop + size + LOCATOR_FORM.size
        if offset < end:
            return Stand("the zip64 end locator")
    if offset - end < length:
        return Stand(f"{_field(END_FIELDS, 22, (), offset - end)} of {_END}")
    return Stand("what follows the end record")


def _field(fields: Sequence[tuple[int, str]], fixed: int, lengths: Sequence[int], inside: int) -> str:
    """The field of a header, by the bytes before it; name, extra fields and comment follow the fixed ones."""
    starts = list(fields)
    for what, length in zip(("the name", "the extra fields", "the comment"), lengths, strict=False):
        if length:
            starts.append((fixed, what))
        fixed += length
    return [what for start, what in starts if start <= inside][-1]
