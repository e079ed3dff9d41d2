"""Build twice in different surroundings, and find out which of them the bytes depend on."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from onezip import process
from onezip.archive.reader import digests as whole
from onezip.archive.reader import opened
from onezip.builder.aside import build_aside, forget
from onezip.builder.languages import python
from onezip.builder.memory import Memory
from onezip.builder.reading import read_text
from onezip.builder.verify_again import SURROUNDINGS, Surrounding, build_again, slug
from onezip.builder.verify_suspects import Suspect, differing, suspects
from onezip.config.select import select_zips
from onezip.errors import BuildFailed, OnezipError, Report
from onezip.folders import folders
from onezip.model.event import Happened, Listener
from onezip.model.function import Language
from onezip.model.layer import FOLDER, artifacts
from onezip.model.project import Project


@dataclass(frozen=True, slots=True)
class Verdict:
    """One function: its digests in both builds, their zips, and the names of what the bytes depend on.

    suspects are who wrote what differs, where the function tells. error says why the second build failed
    where it did; the zips lie in the folder given to `verify`.
    """

    function: str
    first: str
    second: str
    culprits: tuple[str, ...] = ()
    zips: tuple[str, str] = ("", "")
    suspects: tuple[Suspect, ...] = ()
    error: OnezipError | None = None

    @property
    def same(self) -> bool:
        """Whether the bytes are equal."""
        return bool(self.first) and self.first == self.second


def verify(
    project: Project, functions: Sequence[str], work: str, *, report: Report, listen: Listener
) -> list[Verdict]:
    """Build the functions here, then with every surrounding different; blame is looked for one by one.

    work is an empty absolute folder for copies and zips. Raises OnezipError where the first build fails.
    """
    wanted = [function.name for function in select_zips(project, functions)]
    first = os.path.join(work, "first")
    try:
        built = build_aside(project, wanted, first, force=True, report=report, listen=listen)
        digests = {each.function: str(each.record["sha256"]) for each in built}
        inputs = _inputs(project, first)
    finally:
        forget(project, first)
    variables = {name: value for each in SURROUNDINGS for name, value in each.env.items()}
    every = Surrounding("all", variables, 0o077, copied=True, reversed=True, fresh=True)

    def again(surrounding: Surrounding, names: Sequence[str]) -> dict[str, str]:
        listen(Happened("build.running", ", ".join(names), 0.0, {"title": surrounding.name}))
        return build_again(project, names, inputs, surrounding, work)

    second, errors = _all_or_each(every, wanted, again)
    verdicts = []
    for name in wanted:
        if name in errors:
            verdicts.append(Verdict(name, digests[name], "", error=errors[name]))
            continue
        zips = (os.path.join(first, f"{name}.zip"), os.path.join(work, slug(every), f"{name}.zip"))
        if digests[name] == second[name]:
            verdicts.append(Verdict(name, digests[name], second[name], zips=zips))
            continue
        blamed = _blame(name, digests[name], again)
        verdicts.append(
            Verdict(name, digests[name], second[name], blamed, zips, _suspects(project, name, zips))
        )
    return verdicts


def _all_or_each(
    every: Surrounding,
    wanted: Sequence[str],
    again: Callable[[Surrounding, Sequence[str]], dict[str, str]],
) -> tuple[dict[str, str], dict[str, BuildFailed]]:
    """Build all once more; where that fails, one by one, so that each function has its own answer."""
    found: dict[str, str] = {}
    errors: dict[str, BuildFailed] = {}
    for names in (wanted,) if len(wanted) == 1 else (wanted, *([name] for name in wanted)):
        try:
            found |= again(every, names)
        except BuildFailed as error:
            errors |= dict.fromkeys(names, error)
        if set(found) == set(wanted):
            return found, {}
    return found, {name: error for name, error in errors.items() if name not in found}


def _suspects(project: Project, name: str, zips: tuple[str, str]) -> tuple[Suspect, ...]:
    """Who wrote what differs. Raises ArchiveError."""
    function = artifacts(project)[name]
    projects: dict[str, str] = {}
    if function.language is Language.PYTHON:
        with contextlib.suppress(OnezipError):  # what cannot be read any more names nobody
            details = python.requirement_facts(project.root, function, read_text).details
            projects = {own or folder: folder for folder, own, _ in json.loads(details.get("projects", "[]"))}
    with opened(zips[0]) as (a, content_a), opened(zips[1]) as (b, content_b):
        entries = differing(whole(a, content_a), whole(b, content_b))
    if function.layer_of:
        entries = [name.removeprefix(f"{FOLDER}/") for name in entries]
    return suspects(function, entries, projects)


def _blame(
    name: str, digest: str, again: Callable[[Surrounding, Sequence[str]], dict[str, str]]
) -> tuple[str, ...]:
    """Which surroundings, each by itself, change the bytes. If plain repetition does, that is the answer."""
    found = []
    for surrounding in SURROUNDINGS:
        if again(surrounding, [name])[name] != digest:
            found.append(surrounding.name)
            if surrounding is SURROUNDINGS[0]:
                break
            if surrounding.copied:
                found = found[:1]
    return tuple(found) or ("only all of them together",)


def _inputs(project: Project, output: str) -> list[str]:
    """Every file that counted in a build, absolute: project file, lock, and what was noted."""
    memory = Memory(project, output, folders(process.environment()).state)
    state = memory.read()
    files = [memory.file, os.path.join(project.root, "onezip.lock")]
    for built in state["built"].values():
        snapshot = state["snapshots"][built["snapshot"]]
        for folder in built["folders"]:
            for name, stamp in snapshot["folders"][folder]["files"].items():
                path = os.path.join(folder, name)
                if stamp[3]:  # a tool has no digest
                    files.append(path)
    return sorted({path for path in files if os.path.isfile(path)})
