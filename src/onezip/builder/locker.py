"""`onezip lock`: pin what nothing pins, build, and write down what was built."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from onezip import process
from onezip.builder.engine import build
from onezip.builder.job import Surroundings
from onezip.builder.lock import Locked
from onezip.builder.locking import locked_from, pinned, read_lock, write_blocks
from onezip.builder.reading import read_text
from onezip.builder.tools import find
from onezip.config.select import owners
from onezip.errors import OnezipError, Report
from onezip.folders import folders
from onezip.model.event import Listener
from onezip.model.function import Function, Language
from onezip.model.project import Project


@dataclass(frozen=True, slots=True)
class LockOutcome:
    """The functions that were locked, in the order asked, and those that failed."""

    locked: tuple[Locked, ...]
    failed: tuple[tuple[str, OnezipError], ...] = ()


def lock(
    project: Project,
    functions: Sequence[str] = (),
    *,
    output: str = "dist",
    upgrade: bool = False,
    report: Report,
    listen: Listener,
) -> LockOutcome:
    """Lock the named functions (all, where none is named); their blocks are written together.

    upgrade resolves unpinned Python requirements anew. Raises UsageError, ProjectError, CacheError.
    """
    environ = process.environment()
    around = Surroundings(folders(environ), environ, report, listen)
    wanted = owners(project, functions)
    old = read_lock(project)
    failed: dict[str, OnezipError] = {}
    pins: dict[str, tuple[str, str]] = {}
    for function in wanted:
        before = old.get(function.name)
        try:
            go = _go_pin(project, function, before)
            pylock = _python_pin(project, function, before, around, upgrade=upgrade)
        except OnezipError as error:
            failed[function.name] = error
        else:
            pins[function.name] = (go, pylock)
    held = replace(
        project,
        functions={
            name: replace(
                function,
                go=replace(function.go, locked=pins[name][0]),
                python=replace(function.python, locked=pins[name][1]),
            )
            if name in pins
            else function
            for name, function in pinned(project, old).functions.items()
        },
    )
    names = [function.name for function in wanted if function.name in pins]
    outcome = (
        build(held, names, output=output, report=report, listen=listen, use_lock=False) if names else None
    )
    unpinned = ("", "")  # a layer's pins are its function's
    blocks = [
        locked_from(built.record, built.path, *pins.get(built.function, unpinned))
        for built in (outcome.built if outcome else ())
    ]
    failed |= dict(outcome.failed) if outcome else {}
    if blocks:
        write_blocks(project, blocks, around)
    return LockOutcome(tuple(blocks), tuple(failed.items()))


def _go_pin(project: Project, function: Function, before: Locked | None) -> str:
    """The Go version to pin in the lock: that of the last lock, else the one found; empty where pinned."""
    if function.language is not Language.GO:
        return ""
    tool = find(project.root, function, read_text)
    if tool is None or tool.exact:
        return ""
    return before.go if before is not None and before.go else tool.version


def _python_pin(
    project: Project, function: Function, before: Locked | None, around: Surroundings, *, upgrade: bool
) -> str:
    """The pylock file that pins a function's requirements, made where they are not pinned; else empty."""
    if function.language is not Language.PYTHON:
        return ""
    from onezip.builder.pylock import resolve, unpinned

    if not unpinned(project, function):
        return ""
    name = before.pylock if before is not None and before.pylock else f"pylock.{function.name}.toml"
    path = os.path.join(project.root, name)
    resolve(project, function, path, around, upgrade=upgrade)
    return name
