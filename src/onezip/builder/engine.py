"""A project's functions -> their zips: what is unchanged stays, the rest takes the road."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onezip import process
from onezip.builder.job import Built, Surroundings
from onezip.builder.locking import pinned, read_lock
from onezip.builder.reading import read_text
from onezip.builder.road import Road
from onezip.config.select import select_zips
from onezip.errors import OnezipError, Report
from onezip.folders import folders
from onezip.model.build import Component
from onezip.model.event import Listener
from onezip.model.function import Function
from onezip.model.project import Project
from onezip.mutex import Mutex


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a build came to: the functions in the order asked, and those that failed."""

    built: tuple[Built, ...]
    failed: tuple[tuple[str, OnezipError], ...] = ()


def build(
    project: Project,
    functions: Sequence[str] = (),
    *,
    output: str = "dist",
    force: bool = False,
    environ: Mapping[str, str] | None = None,
    report: Report | None = None,
    listen: Listener | None = None,
    use_lock: bool = True,
    run_builds: bool = True,
) -> Outcome:
    """Build the named functions (all, where none is named) into output, relative to the project's root.

    A function with a layer of its own brings that along, which is built as a function `NAME-layer`. A failed
    function does not stop the others. What onezip.lock pins is followed, unless use_lock is off because the
    caller brings the pins. run_builds lets build backends of local Python projects run.
    Raises UsageError for an unknown name and CacheError where nothing can be built at all.
    """
    environ = process.environment() if environ is None else environ
    around = Surroundings(folders(environ), environ, report or _deaf, listen or _deaf, run_builds)
    project = pinned(project, read_lock(project)) if use_lock else project
    wanted = select_zips(project, functions)
    road = Road(project, os.path.abspath(os.path.join(project.root, output)), around, force=force)
    with contextlib.ExitStack() as locks:
        todo = road.look(wanted)
        for name in sorted(function.name for function in todo):
            locks.enter_context(Mutex(road.lock_path(name)))
        # another process may have built some of it while we waited for the locks
        road.build(road.look(todo))
        road.memory.write(road.failed)
    return Outcome(
        tuple(road.built[function.name] for function in wanted if function.name in road.built),
        tuple(
            (function.name, road.failed[function.name]) for function in wanted if function.name in road.failed
        ),
    )


def causes(project: Project, name: str, *, report: Report | None = None) -> tuple[Component, ...]:
    """The components of a function's zip that are known before anything is built. Raises OnezipError.

    Asks the tools, but compiles, installs and writes nothing.
    """
    environ = process.environment()
    project = pinned(project, read_lock(project))
    road = Road(
        project, project.root, Surroundings(folders(environ), environ, report or _deaf, _deaf), force=False
    )
    return road.causes(select_zips(project, [name])[0])


@dataclass(frozen=True, slots=True)
class Step:
    """What a build would do with one function, in words, and with which tool; failed where it cannot."""

    function: Function
    tool: str
    verdict: str
    failed: bool = False


def plan(
    project: Project,
    functions: Sequence[str] = (),
    *,
    output: str = "dist",
    force: bool = False,
    environ: Mapping[str, str] | None = None,
    report: Report | None = None,
) -> list[Step]:
    """What `build` would do. Runs no tool and writes nothing; a tool that is missing is reported."""
    from onezip.builder.tools import find

    environ = process.environment() if environ is None else environ
    around = Surroundings(folders(environ), environ, report or _deaf, _deaf)
    project = pinned(project, read_lock(project))
    wanted = select_zips(project, functions)
    road = Road(project, os.path.abspath(os.path.join(project.root, output)), around, force=force)
    todo = {function.name for function in road.look(wanted)}
    steps = []
    for function in wanted:
        verdict = "be built" if function.name in todo else "stay: nothing changed"
        try:
            tool = find(project.root, function, read_text)
        except OnezipError as error:
            around.report(error.diagnostics()[0])
            steps.append(Step(function, "missing", "fail", failed=True))
            continue
        steps.append(Step(function, f"{tool.name} {tool.version}" if tool else "", verdict))
    return steps


def _deaf(_: object) -> None:
    """Listen to nothing."""
