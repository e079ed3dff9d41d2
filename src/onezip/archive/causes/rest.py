"""What is not explained yet: each look at the files takes its own out of it.  [pure]"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from onezip.archive.causes.sides import Pair, Sides
from onezip.archive.manifest import ManifestEntry


@dataclass(slots=True)
class Rest:
    """The changed, removed and added files that nothing explains so far, by name."""

    sides: Sides
    changed: dict[str, Pair]
    removed: dict[str, ManifestEntry]
    added: dict[str, ManifestEntry]

    def take(self, names: Iterable[str]) -> None:
        """These are explained."""
        for name in names:
            self.changed.pop(name, None)
            self.removed.pop(name, None)
            self.added.pop(name, None)

    def names(self) -> list[str]:
        """All of them, each once, in order."""
        return sorted({*self.changed, *self.removed, *self.added})


def rest_of(sides: Sides) -> Rest:
    """Everything that differs between the files of both sides."""
    return Rest(
        sides,
        {pair.name: pair for pair in sides.pairs if not pair.same},
        {entry.name: entry for entry in sides.removed},
        {entry.name: entry for entry in sides.added},
    )
