"""Build into a folder that will be thrown away, and remember nothing of it: for comparisons."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence

from onezip import process
from onezip.builder.engine import build
from onezip.builder.job import Built
from onezip.builder.memory import Memory
from onezip.errors import Report
from onezip.folders import folders
from onezip.model.event import Listener
from onezip.model.project import Project


def build_aside(
    project: Project,
    functions: Sequence[str],
    output: str,
    *,
    force: bool = False,
    report: Report,
    listen: Listener | None = None,
) -> tuple[Built, ...]:
    """Build into an absolute folder; what was built, in the order asked. `forget` it when it is done with.

    Raises the error of the first function that failed, and what `build` raises.
    """
    outcome = build(project, functions, output=output, force=force, report=report, listen=listen)
    for _, error in outcome.failed:
        raise error
    return outcome.built


def forget(project: Project, output: str) -> None:
    """Remove what was remembered of a build into this absolute folder."""
    folder, name = os.path.split(Memory(project, output, folders(process.environment()).state).path)
    with contextlib.suppress(OSError):
        for each in [each for each in os.listdir(folder) if each.startswith(name)]:
            os.unlink(os.path.join(folder, each))
