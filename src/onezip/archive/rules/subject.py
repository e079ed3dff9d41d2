"""What is checked: a zip, and what is known of the function that it is to be.  [pure]"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date
from functools import cached_property

from onezip.archive.manifest import Content, Kind, Manifest, ManifestEntry
from onezip.archive.rules.owners import packages
from onezip.archive.rules.reading import Bounded
from onezip.archive.rules.source import Mistake, Source
from onezip.archive.rules.survey import Survey, survey
from onezip.errors import ArchiveError
from onezip.model.function import Architecture, Function, Handler, Runtime
from onezip.model.layer import FOLDER


@dataclass(frozen=True)
class Subject:
    """A zip and what it is to be on Lambda; what is None is not known, and rules that need it say nothing.

    sizes are those of the entries when the zip was last locked, by name, in bytes; a name that ends with a
    slash stands for all below it. budget is the largest size of the zip, in bytes. layered says that layers
    stand beside the zip, so that what is missing in it may be there; layers are their unzipped bytes, 0 where
    nobody knows. layer says that the zip is a layer itself; beside is the function's own layer where that is
    at hand. today decides what is deprecated.
    """

    manifest: Manifest
    content: Content
    _: KW_ONLY
    today: date
    runtime: Runtime | None = None
    architecture: Architecture | None = None
    handler: Handler | None = None
    sizes: Mapping[str, int] | None = None
    budget: int | None = None
    layered: bool = False
    layers: int = 0
    layer: bool = False
    beside: tuple[Manifest, Content] | None = None

    @cached_property
    def importable(self) -> Subject:
        """What Python finds: the zip, and behind it what its own layer has in /opt/python."""
        if self.beside is None:
            return self
        manifest, content = self.beside
        start = f"{FOLDER}/"
        there = [each for each in manifest.entries if each.name.startswith(start)]
        moved = [replace(each, name=each.name.removeprefix(start)) for each in there]
        both = replace(
            self.manifest,
            size=self.manifest.size + manifest.size,
            entries=(*moved, *self.manifest.entries),
        )
        return replace(self, manifest=both, content=_Both(self.files, self.content, content), beside=None)

    @cached_property
    def files(self) -> Mapping[str, ManifestEntry]:
        """The files by name; where a name comes twice, the later, which overwrites the other."""
        return {entry.name: entry for entry in self.manifest.entries if entry.kind is Kind.FILE}

    @cached_property
    def survey(self) -> Survey:
        """What each file is."""
        return survey(self.files.values(), self._bounded)

    @cached_property
    def packages(self) -> frozenset[str]:
        """Folders and modules that installed packages bring."""
        return packages(self.files, self.read)

    @cached_property
    def sources(self) -> dict[str, Source | Mistake | None]:
        """Python modules that were parsed already, by file; None for those that could not be read."""
        return {}

    @cached_property
    def _bounded(self) -> Bounded:
        return Bounded(self.content, self.manifest)

    def read(self, name: str, limit: int) -> bytes | None:
        """At most limit bytes from the start of an entry; None where it cannot be had."""
        try:
            return self._bounded.read(name, limit)
        except ArchiveError as error:
            if error.code in {"archive.limit", "archive.malformed"}:
                return None
            raise


class _Both:
    """Content of a zip, and behind it that of its layer."""

    def __init__(self, files: Mapping[str, ManifestEntry], first: Content, second: Content) -> None:
        self._files, self._first, self._second = files, first, second

    def read(self, name: str, limit: int) -> bytes:
        if name in self._files:
            return self._first.read(name, limit)
        return self._second.read(f"{FOLDER}/{name}", limit)


def of_function(
    function: Function,
    manifest: Manifest,
    content: Content,
    *,
    today: date,
    sizes: Mapping[str, int] | None = None,
    layers: int = 0,
    layered: bool = False,
    beside: tuple[Manifest, Content] | None = None,
) -> Subject:
    """A zip of a function of the project, or of its layer. layers are the unzipped bytes of layers made
    elsewhere, 0 if not known; layered says that it has some that the project does not name; beside is the
    zip of its own layer.
    """
    return Subject(
        manifest,
        content,
        today=today,
        runtime=function.runtime,
        architecture=function.architecture,
        handler=None if function.layer_of else function.handler,
        sizes=sizes,
        budget=function.budget,
        layered=layered or bool(function.layers) or (function.layer and beside is None),
        layers=layers + (beside[0].unzipped if beside else 0),
        layer=bool(function.layer_of),
        beside=beside,
    )
