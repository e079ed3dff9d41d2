"""The road of a build: ask, recipe, fingerprint, cache, run, pack, remember."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from onezip import process
from onezip.archive.collect import LeftOut, Source, collect, together
from onezip.archive.compress import engine
from onezip.archive.shown import near_error, near_report
from onezip.builder import fingerprint as names
from onezip.builder import languages
from onezip.builder.alike import merged
from onezip.builder.cache import Cache, FolderCache
from onezip.builder.copies import copy_for_command
from onezip.builder.failing import failure, mender
from onezip.builder.inputs import Check
from onezip.builder.job import Built, Job, Surroundings
from onezip.builder.languages.base import Tool
from onezip.builder.listing import Listing
from onezip.builder.local_wheels import prepare, source_folder
from onezip.builder.memory import Memory
from onezip.builder.parcel import built_from, pack_job, products, source_of
from onezip.builder.reading import read_text
from onezip.builder.record import as_text
from onezip.builder.staging import STAGING, staged
from onezip.builder.tools import find
from onezip.builder.unchanged import intact, passed, still
from onezip.errors import BuildFailed, Diagnostic, OnezipError, ProjectError
from onezip.limits import notice
from onezip.model.build import Component, Recipe
from onezip.model.function import Function, Language
from onezip.model.project import Project

AT_ONCE = 8
"""Functions that are packed at the same time at most: each may hold a large program in memory."""

Packed = tuple[dict[str, Any], tuple[LeftOut, ...]]
"""A record as JSON values, and what was left out of the zip."""


class Road:
    """One build of some functions of a project into one folder (absolute)."""

    def __init__(self, project: Project, output: str, around: Surroundings, *, force: bool) -> None:
        self.project = project
        self.output = output
        self.around = replace(around, report=near_report(around.report, project.root))
        self.force = force
        self.memory = Memory(project, output, around.folders.state, doubt=force)
        self.cache: Cache = FolderCache(around.folders.cache, around.report)
        self.built: dict[str, Built] = {}
        self.failed: dict[str, OnezipError] = {}
        self._told: dict[str, tuple[Diagnostic, ...]] = {}
        self.skip = frozenset({output, os.path.join(project.root, "dist")})

    def lock_path(self, name: str) -> str:
        """The lock file of one function's output."""
        return f"{self.memory.path}.{name}.lock"

    def look(self, functions: Iterable[Function]) -> list[Function]:
        """Settle the functions that are unchanged; return the others."""
        state = self.memory.read()
        rest = []
        check = Check()
        for function in functions:
            entry = state["built"].get(function.name)
            if (
                not self.force
                and entry
                and entry["settings"] == _settings(function)
                and still(state, entry, check, environ=self.around.environ, find_tool=process.find_tool)
            ):
                self._settle(function, "unchanged", entry["record"])
                if check.hashed:
                    self.memory.refresh(function.name, entry, state["snapshots"][entry["snapshot"]])
            else:
                rest.append(function)
        return rest

    # ---- ask ------------------------------------------------------------------------------------

    def build(self, functions: Sequence[Function]) -> None:
        """Build the functions; failures are noted and do not stop the others."""
        tools: dict[str, Tool | None] = {}
        for function in functions:
            with self._failures(function.name):
                tools[function.name] = self._start(function)
        jobs: dict[str, Job] = {}
        recipes: list[Recipe] = []
        started = [function for function in functions if function.name in tools]
        for same in _alike(started, tools):
            with self._failures(*(function.name for function in same)):
                tool = tools[same[0].name]
                asked = self._ask(same, tool)
                jobs |= asked
                recipes += self._recipes([job.function for job in asked.values()], jobs)
        if len(recipes) == 1:
            self._make(recipes[0], jobs)
        elif recipes:
            with ThreadPoolExecutor(max_workers=min(len(recipes), os.cpu_count() or 1)) as pool:
                for future in [pool.submit(self._make, recipe, jobs) for recipe in recipes]:
                    future.result()
        told = [(one.name, each) for one in functions for each in self._told.get(one.name, ())]
        for diagnostic in merged(told):
            self.around.report(diagnostic)

    def causes(self, function: Function) -> tuple[Component, ...]:
        """The components of a function that are known before anything runs. Raises OnezipError."""
        jobs = self._ask([function], self._start(function))
        for error in self.failed.values():
            raise error
        recipe = self._recipes([function], jobs)[0]
        self._fingerprint(jobs[function.name], recipe)
        return jobs[function.name].components

    def _start(self, function: Function) -> Tool | None:
        """Say that a function is looked at, and find its tool."""
        self.around.happened("build.started", function.name)
        warning = notice(function.runtime, datetime.now(UTC).date(), function.place)
        if warning and not function.layer_of:
            self.around.report(warning)
        if not os.path.exists(os.path.join(self.project.root, function.source)):
            raise ProjectError(
                "project.source",
                f"{function.name}: source {function.source!r} does not exist",
                hint="correct the path: it is relative to the project file",
                place=function.place,
            )
        return find(self.project.root, function, read_text)

    def _ask(self, functions: Sequence[Function], tool: Tool | None) -> dict[str, Job]:
        """Find the inputs of functions that one tool builds."""
        module = languages.module(functions[0].language)
        outputs: dict[str, str] = {}
        for probe in module.probes(self.project.root, functions, tool, read_text):
            first = next(function for function in functions if function.name in probe.functions)
            with self._failures(*probe.functions):
                self.around.happened("build.running", first.name, title=probe.command.title)
                finished = process.run(probe.command)
                if finished.code != 0:
                    output = finished.stderr or finished.stdout
                    raise failure(first, module, probe.command.title, output)
                outputs |= dict.fromkeys(probe.functions, finished.stdout)
        jobs = {}
        for function in functions:
            if function.name not in self.failed:
                with self._failures(function.name):
                    output = outputs.get(function.name, "")
                    facts = module.facts(self.project.root, function, output, read_text)
                    jobs[function.name] = Job(function, tool, facts)
        return jobs

    def _recipes(self, functions: Sequence[Function], jobs: Mapping[str, Job]) -> list[Recipe]:
        if not functions:
            return []
        facts = {function.name: jobs[function.name].facts for function in functions}
        module = languages.module(functions[0].language)
        return module.recipes(self.project.root, functions, facts, jobs[functions[0].name].tool)

    # ---- make -----------------------------------------------------------------------------------

    def _make(self, recipe: Recipe, jobs: Mapping[str, Job]) -> None:
        """Build a recipe's functions; where they fail together, each by itself, to find whose fault it is."""
        pending = []
        for name in recipe.functions:
            with self._failures(name):
                self._fingerprint(jobs[name], recipe)
                if self.force or not self._kept(jobs[name]):
                    pending.append(jobs[name].function)
        if not pending:
            return
        try:
            if len(pending) == len(recipe.functions):
                self._run(recipe, jobs)
            else:
                for each in self._recipes(pending, jobs):
                    self._run(each, jobs)
        except OnezipError as error:
            for function in pending:  # what is odd about the description may be why it failed
                self._warn(jobs[function.name], ())
            if len(pending) > 1 and isinstance(error, BuildFailed):
                for function in pending:
                    with self._failures(function.name):
                        for each in self._recipes([function], jobs):
                            if each.commands == recipe.commands:  # they would fail alike
                                raise
                            self._run(each, jobs)
            else:
                for function in pending:
                    self._fail(function.name, error)

    def _fingerprint(self, job: Job, recipe: Recipe) -> None:
        """Digest every input of a function, and name its build."""
        function = job.function
        root = self.project.root
        job.collected = {
            source: collect([source], report=self.around.report, skip=self.skip)
            for product in products(recipe, function, root)
            if STAGING not in product.path
            for source in (source_of(product, product.path),)
        }
        own = together(job.collected.values())
        folder = source_folder if function.language is Language.PYTHON else Source
        more = collect(map(folder, job.facts.sources), report=self.around.report, skip=self.skip)
        asked = [*job.facts.files, *(entry.path for entry in more.entries if entry.path)]
        files = [*asked, *(entry.path for entry in own.entries if entry.path)]
        found = {path: self.memory.digest(path) for path in files}
        job.asked = {path: found[path] for path in asked}
        for name, digest in passed(function.pass_env, self.around.environ).items():
            found[f"{root}/${name}"] = digest or ""
        said = names.said(names.unlocked(function), engine(function.compression))
        job.components = (said, names.inputs(root, found), *recipe.components)
        job.fingerprint = names.fingerprint(job.components)
        group = names.digest(recipe.functions)[:16]
        folders = [*job.facts.folders, *more.folders, *own.folders]
        self.memory.note_inputs(job, group, files, folders, _settings(function))

    def _kept(self, job: Job) -> bool:
        """Take the zip from the output folder or the cache, if either has this very build."""
        function = job.function
        state = self.memory.read()
        entry = state["built"].get(function.name)
        if entry and entry.get("fingerprint") == job.fingerprint and intact(state, entry, Check()):
            self._done(job, "unchanged", entry["record"])
            return True
        record = self.cache.get(job.fingerprint, os.path.join(self.output, f"{function.name}.zip"))
        if record is None:
            return False
        self._done(job, "cached", record)
        return True

    def _run(self, recipe: Recipe, jobs: Mapping[str, Job]) -> None:
        """Run a recipe's commands and pack what each function gets. Raises BuildFailed, CacheError."""
        here = [jobs[name] for name in recipe.functions]
        module = languages.module(here[0].function.language)
        asked = {path: digest for job in here for path, digest in job.asked.items()}
        causes = (*recipe.components, names.inputs(self.project.root, asked))
        with staged(
            recipe,
            self.around.folders.cache,
            names.digest(part for cause in causes for part in (cause.name, cause.digest)),
            fail=lambda title, output: failure(
                here[0].function, module, title, output, here[0], self.project.root
            ),
            on_line=lambda line: self.around.happened("build.output", here[0].function.name, line=line),
            report=self.around.report,
            fresh=self.force,
            before=lambda tree: _before(recipe, tree, self.around, self.skip),
            mend=mender(here[0]),
        ) as folder:
            for job, packed in zip(here, self._packed(here, recipe, folder), strict=True):
                with self._failures(job.function.name):
                    record, left_out = packed()
                    self._done(job, "built", record, left_out)
                    zip_path = os.path.join(self.output, record["zip"])
                    self.cache.put(job.fingerprint, zip_path, record)

    def _packed(self, jobs: Sequence[Job], recipe: Recipe, folder: str) -> Iterator[Callable[[], Packed]]:
        """For each function in order what gives its zip or raises; several are packed at once."""
        if len(jobs) == 1:
            yield lambda: self._pack(jobs[0], recipe, folder)
            return
        with ThreadPoolExecutor(min(len(jobs), os.cpu_count() or 1, AT_ONCE)) as pool:
            for future in [pool.submit(self._pack, job, recipe, folder) for job in jobs]:
                yield future.result

    def _pack(self, job: Job, recipe: Recipe, folder: str) -> Packed:
        """Write a function's zip; what is in the one before, and did not change, is not compressed again."""
        function = job.function
        listing = Listing(f"{self.memory.path}.{function.name}.zip.json", function.compression)
        zip_path = os.path.join(self.output, f"{function.name}.zip")
        with contextlib.closing(listing.previous(zip_path, doubt=self.force)) as previous:
            record, left_out = pack_job(
                job,
                recipe,
                folder,
                self.project.root,
                self.output,
                languages.module(function.language),
                self.around,
                self.skip,
                previous,
            )
        listing.write(previous, record["sha256"])
        return record, left_out

    def _done(
        self, job: Job, status: str, record: dict[str, Any], left_out: tuple[LeftOut, ...] = ()
    ) -> None:
        """Write the record beside the zip, and note what the next build has to look at."""
        function = job.function
        self._warn(job, built_from(record))
        text = as_text(record)
        path = os.path.join(self.output, f"{function.name}.json")
        if read_text(path) != text:
            beside = f"{path}.{os.getpid()}.tmp"
            with open(beside, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.replace(beside, path)
        self.memory.note_output(job, record)
        self._settle(function, status, record, left_out)

    def _warn(self, job: Job, components: Sequence[Component]) -> None:
        function = job.function
        module = languages.module(function.language)
        self._told[function.name] = module.warnings(function, job.facts, job.tool, components)

    def _settle(
        self,
        function: Function,
        status: str,
        record: Mapping[str, Any],
        left_out: tuple[LeftOut, ...] = (),
    ) -> None:
        path = os.path.join(self.output, record["zip"])
        self.built[function.name] = Built(function.name, status, path, record, left_out)
        self.around.happened("build.done", function.name, status=status)

    # ---- failures -------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _failures(self, *functions: str) -> Iterator[None]:
        """Note an error for these functions instead of raising it."""
        try:
            yield
        except OnezipError as error:
            for name in functions:
                self._fail(name, error)

    def _fail(self, name: str, error: OnezipError) -> None:
        self.failed.setdefault(name, near_error(error, self.project.root))
        self.memory.forget(name)


def _settings(function: Function) -> str:
    return names.settings(function, engine(function.compression))


def _alike(functions: Iterable[Function], tools: Mapping[str, Tool | None]) -> list[list[Function]]:
    """Functions of one language and with the same tool, together."""
    groups: dict[tuple[str, str], list[Function]] = {}
    for function in functions:
        groups.setdefault((function.language, repr(tools[function.name])), []).append(function)
    return list(groups.values())


def _before(recipe: Recipe, tree: str, around: Surroundings, skip: frozenset[str]) -> None:
    """Make what the commands work on."""
    if recipe.language == Language.COMMAND:
        copy_for_command(recipe, tree, around, skip)
    else:
        prepare(recipe, tree, around, skip)
