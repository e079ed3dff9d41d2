"""onezip.lock on the disk: read it, write it, and hold a build against it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from onezip.builder.job import Surroundings
from onezip.builder.lock import (
    NAME,
    Locked,
    as_text,
    changed_entries,
    lines,
    lock_path,
    parse,
)
from onezip.builder.parcel import built_from
from onezip.errors import CacheError, Diagnostic, ProjectError, Severity
from onezip.model.build import Component
from onezip.model.layer import artifacts
from onezip.model.place import Place
from onezip.model.project import Project
from onezip.mutex import Mutex

if TYPE_CHECKING:
    from onezip.archive.causes.cause import Cause

MOST_ENTRIES = 5
"""Entries of one kind of change that are told one by one."""

_CODES = {"added": "added", "removed": "removed", "changed": "file", "mode": "modes"}


def held(lock: Mapping[str, Locked], name: str) -> Locked:
    """A function's block of the lock. Raises ProjectError (lock.missing) where there is none."""
    found = lock.get(name)
    if found is None:
        raise ProjectError(
            "lock.missing",
            f"{name} is not in {NAME}",
            hint=f"run `onezip lock {name}` and commit {NAME}",
            place=Place(NAME),
        )
    return found


def read_lock(project: Project) -> dict[str, Locked]:
    """The project's lock; empty where there is none. Raises ProjectError for one that cannot be read."""
    try:
        with open(lock_path(project), encoding="utf-8") as file:
            return parse(file.read())
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(
            "lock.malformed",
            f"{NAME} cannot be read: {error}",
            hint="mend it, or remove it",
            place=Place(NAME),
        ) from error


def pinned(project: Project, lock: Mapping[str, Locked]) -> Project:
    """The project with what its lock pins for functions that pin it nowhere else."""
    functions = dict(project.functions)
    for name, function in functions.items():
        locked = lock.get(name)
        if locked is not None:
            functions[name] = replace(
                function,
                go=replace(function.go, locked=locked.go),
                python=replace(function.python, locked=locked.pylock),
            )
    return replace(project, functions=functions)


def entries_of(zip_path: str) -> dict[str, Any]:
    """The entry list of a zip on the disk, as a lock holds it. Raises ArchiveError."""
    from onezip.archive.reader import digests, opened

    with opened(zip_path) as (manifest, content):
        return dict(lines(digests(manifest, content)))


def locked_from(record: Mapping[str, Any], zip_path: str, go: str = "", pylock: str = "") -> Locked:
    """A function's block from its build. Raises ArchiveError."""
    return Locked(
        function=record["function"],
        sha256=record["sha256"],
        code_sha256=record["code_sha256"],
        size=record["size"],
        unzipped=record["unzipped"],
        runtime=record["runtime"],
        architecture=record["architecture"],
        engine=record["engine"],
        components=built_from(dict(record)),
        entries=entries_of(zip_path),
        go=go,
        pylock=pylock,
    )


def write_blocks(project: Project, blocks: Iterable[Locked], around: Surroundings) -> dict[str, Locked]:
    """Put blocks into the project's lock under a file lock, so that two at once lose nothing; the whole lock.

    Blocks of functions that the project no longer has are dropped. Raises CacheError, ProjectError.
    """
    path, known = lock_path(project), artifacts(project)
    with Mutex(os.path.join(around.folders.state, f"lock-{_name(path)}")):
        lock = {name: block for name, block in read_lock(project).items() if name in known}
        lock |= {block.function: block for block in blocks}
        beside = f"{path}.{os.getpid()}.tmp"
        try:
            with open(beside, "w", encoding="utf-8", newline="\n") as file:
                file.write(as_text(lock))
            os.replace(beside, path)
        except OSError as error:
            raise CacheError(
                "cache.unusable",
                f"{path} cannot be written: {error.strerror or error}",
                hint="mend its rights",
            ) from error
    return lock


def held_against(lock: Mapping[str, Locked], records: Sequence[Mapping[str, Any]]) -> list[Diagnostic]:
    """What speaks against builds: each function whose bytes are not the lock's, and why. Empty: all hold."""
    found = []
    for record in records:
        name = record["function"]
        locked = lock.get(name)
        if locked is None:
            found.append(
                Diagnostic(
                    "lock.missing",
                    Severity.ERROR,
                    f"{name} is not in {NAME}",
                    Place(NAME),
                    f"run `onezip lock {name}` and commit {NAME}",
                )
            )
        elif locked.sha256 != record["sha256"]:
            found.append(
                Diagnostic(
                    "lock.differs",
                    Severity.ERROR,
                    f"{name} is {record['sha256'][:16]}…, {NAME} has {locked.sha256[:16]}…: "
                    + "; ".join(reasons(locked, record)),
                    Place(NAME),
                    f"if the change is meant, run `onezip lock {name}` and commit {NAME}",
                )
            )
    return found


def speaks_for(locked: Locked, causes: Iterable[Component]) -> bool:
    """Whether a lock was written from these very causes; what only a build finds out is not compared."""
    held = {part.name: part.digest for part in locked.components}
    return all(held.get(part.name) == part.digest for part in causes)


def reasons(locked: Locked, record: Mapping[str, Any]) -> list[str]:
    """Why a build is not what the lock says, short enough for a line each. Raises ArchiveError."""
    return [cause.summary for cause in why(locked, record)] or ["nothing the lock holds tells why"]


def why(locked: Locked, record: Mapping[str, Any]) -> list[Cause]:
    """Why a build is not what the lock says, most telling first: what it was made from, then its entries.

    Raises ArchiveError.
    """
    from onezip.archive.causes.cause import cause, ranked  # dear, and only needed here
    from onezip.archive.causes.words import named
    from onezip.archive.explain import explain_components

    heads = {"runtime": "platform", "architecture": "architecture", "engine": "engine"}
    causes = [
        cause(f"differs.{code}", f"{key}: {getattr(locked, key)} -> {record[key]}")
        for key, code in heads.items()
        if getattr(locked, key) != record[key]
    ]
    causes += explain_components(locked.components, built_from(dict(record)))
    kinds: dict[str, dict[str, str]] = {}
    for kind, name, line in changed_entries(locked.entries, entries_of(record["path"])):
        kinds.setdefault(kind, {})[name] = line
    for kind, lines_of in kinds.items():
        code, names = f"differs.{_CODES[kind]}", list(lines_of)
        if len(names) > MOST_ENTRIES:
            of = "modes of " if kind == "mode" else ""
            causes.append(cause(code, f"{'changed' if of else kind} {of}{named(names)}", names))
        else:
            causes += [cause(code, line, [name]) for name, line in lines_of.items()]
    return ranked(causes)


def _name(path: str) -> str:
    import hashlib

    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:16]
