"""What a module of a format has."""

from __future__ import annotations

from typing import Protocol

from onezip.deployer.export.facts import Options, Shipment


class Exporter(Protocol):
    """A module of `onezip.deployer.export`."""

    def export(self, shipment: Shipment, options: Options) -> str:
        """The whole text of the file, ending in a line end. Raises OnezipError."""
        ...
