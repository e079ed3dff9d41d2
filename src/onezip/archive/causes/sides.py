"""The two zips side by side: which entries belong together, and their content up to a budget.  [pure]"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

from onezip.archive.manifest import Content, Kind, Manifest, ManifestEntry
from onezip.errors import ArchiveError

MOST_TEXT, MOST_BINARY = 1 << 20, 64 << 20
"""Bytes read of one file: of an executable, of anything else."""

MOST_READ, MOST_LOOKED = 256 << 20, 5000
"""Bytes unpacked, and files looked into, in one comparison; the rest is only counted."""

T = TypeVar("T")


@runtime_checkable
class Packed(Protocol):
    """A Content that also gives the packed bytes, as `reader.ZipContent` does."""

    def packed(self, entry: ManifestEntry, limit: int) -> bytes:
        """At most limit bytes of an entry as they stand in the zip. Raises ArchiveError."""
        ...


@runtime_checkable
class Raw(Protocol):
    """A Content that also gives the bytes of the zip itself."""

    def at(self, offset: int, length: int) -> bytes:
        """The bytes there."""
        ...


class Pair(NamedTuple):
    """One name, in both zips."""

    a: ManifestEntry
    b: ManifestEntry

    @property
    def name(self) -> str:
        """Its name here."""
        return self.a.name

    @property
    def same(self) -> bool:
        """Whether the content is the same: by digest where both are known, else by size and CRC-32."""
        if self.a.kind != self.b.kind:
            return False
        if self.a.sha256 and self.b.sha256:
            return self.a.sha256 == self.b.sha256
        return self.a.size == self.b.size and self.a.crc == self.b.crc


@dataclass(slots=True)
class Sides:
    """Both zips. pairs have one name; removed and added are files and links of one side only.

    Where a name comes twice in one zip, its last entry counts, as when unpacked.
    """

    a: Manifest
    b: Manifest
    content_a: Content
    content_b: Content
    pairs: list[Pair]
    removed: list[ManifestEntry]
    added: list[ManifestEntry]
    folders_here: list[str]
    folders_there: list[str]
    budget: int = MOST_READ
    broken: set[tuple[str, str]] = field(default_factory=set)
    """Entries that cannot be unpacked, as (name, `here` or `there`)."""

    def read(self, pair: Pair, limit: int, *, again: bool = False) -> tuple[bytes, bytes] | None:
        """The first bytes of both; None where one cannot be unpacked, or too much was read already.

        again says that this is one of a few files, which are no matter of the budget.
        """
        before = self.budget
        self.budget += 2 * limit if again else 0
        a, b = self.read_a(pair.a, limit), self.read_b(pair.b, limit)
        self.budget = before if again else self.budget
        return None if a is None or b is None else (a, b)

    def read_a(self, entry: ManifestEntry, limit: int) -> bytes | None:
        """The first bytes of an entry here, or None."""
        return self._read(self.content_a, entry, limit, "here")

    def read_b(self, entry: ManifestEntry, limit: int) -> bytes | None:
        """The first bytes of an entry there, or None."""
        return self._read(self.content_b, entry, limit, "there")

    def _read(self, content: Content, entry: ManifestEntry, limit: int, where: str) -> bytes | None:
        most = min(limit, entry.size)
        if most > self.budget:
            return None
        self.budget -= most
        try:
            # A limit beyond the size makes a reader check the length too.
            return content.read(entry.name, limit)[:most]
        except ArchiveError:
            self.broken.add((entry.name, where))
            return None


def compare(a: Manifest, content_a: Content, b: Manifest, content_b: Content) -> Sides:
    """Pair the entries by name; and by stored bytes, where the zips disagree how to decode a name."""
    here = {entry.name: entry for entry in a.entries}
    there = {entry.name: entry for entry in b.entries}
    pairs = [Pair(entry, there[name]) for name, entry in here.items() if name in there]
    left = [entry for name, entry in here.items() if name not in there]
    right = {entry.raw_name: entry for name, entry in there.items() if name not in here}
    alone = []
    for entry in left:
        other = None if entry.raw_name.isascii() else right.pop(entry.raw_name, None)
        if other is None:
            alone.append(entry)
        else:
            pairs.append(Pair(entry, other))
    matched = {pair.b.name for pair in pairs}
    rest = [entry for name, entry in there.items() if name not in matched]
    return Sides(
        a, b, content_a, content_b, pairs,
        removed=[entry for entry in alone if entry.kind is not Kind.FOLDER],
        added=[entry for entry in rest if entry.kind is not Kind.FOLDER],
        folders_here=[entry.name for entry in alone if entry.kind is Kind.FOLDER],
        folders_there=[entry.name for entry in rest if entry.kind is Kind.FOLDER],
    )  # fmt: skip


def groups(pairs: Iterable[Pair], of: Callable[[ManifestEntry], T]) -> Sequence[tuple[T, T, list[str]]]:
    """The pairs that differ in one property, by their two values, the largest group first."""
    found: dict[tuple[T, T], list[str]] = {}
    for pair in pairs:
        values = of(pair.a), of(pair.b)
        if values[0] != values[1]:
            found.setdefault(values, []).append(pair.name)
    return [(*values, names) for values, names in sorted(found.items(), key=lambda item: -len(item[1]))]


def names_of(found: Iterable[tuple[T, T, list[str]]]) -> Iterator[str]:
    """The names of several groups."""
    return (name for _, _, names in found for name in names)
