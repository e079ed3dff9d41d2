"""What the parts of a build hand to each other."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from onezip.archive.collect import Collected, LeftOut, Source
from onezip.builder.languages.base import Tool
from onezip.errors import Report
from onezip.folders import Folders
from onezip.model.build import Component, Facts
from onezip.model.event import Happened, Listener
from onezip.model.function import Function


@dataclass(frozen=True, slots=True)
class Built:
    """One function's outcome. status is `built`, `cached` or `unchanged`; record is `DIR/NAME.json`."""

    function: str
    status: str
    path: str
    record: Mapping[str, Any]
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a build has around it besides its project: folders, variables, and who listens.

    run_builds says whether the code of local projects and source distributions may run, to be built; told
    are those that the user was told of.
    """

    folders: Folders
    environ: Mapping[str, str]
    report: Report
    listen: Listener
    run_builds: bool = True
    told: set[str] = field(default_factory=set)

    def happened(self, kind: str, subject: str, **fields: object) -> None:
        """Record an event."""
        self.listen(Happened(kind, subject, time.monotonic(), fields))


@dataclass(slots=True)
class Job:
    """One function on the road: what was found out about it so far.

    components are the causes known before anything ran; fingerprint is their name. asked are the digests of
    the inputs that its commands depend on, by absolute path. collected is what was found in the sources that
    are there before a command runs.
    """

    function: Function
    tool: Tool | None
    facts: Facts
    fingerprint: str = ""
    components: tuple[Component, ...] = ()
    asked: Mapping[str, str] = field(default_factory=dict)
    collected: Mapping[Source, Collected] = field(default_factory=dict)
