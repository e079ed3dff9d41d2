"""The road of a build: ask, recipe, fingerprint, cache, run, collect, write."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from onezip import __version__, process
from onezip.archive.collect import Collected, LeftOut, Source, collect
from onezip.archive.compress import engine
from onezip.archive.manifest import Manifest
from onezip.archive.writer import pack
from onezip.builder import fingerprint as names
from onezip.builder import languages
from onezip.builder import state as remembered
from onezip.builder.cache import Cache, FolderCache
from onezip.builder.inputs import Check, Snapshot, digest_file, digests, stamp, take
from onezip.builder.languages.base import Harvest, LanguageModule, Tool
from onezip.builder.record import as_table, as_text
from onezip.builder.staging import STAGING, look_at, staged
from onezip.builder.tools import find
from onezip.builder.unchanged import intact, passed, still
from onezip.errors import ArchiveError, BuildFailed, OnezipError, Report, Severity
from onezip.folders import Folders
from onezip.limits import notice
from onezip.model.build import BuildRecord, Component, Facts, Product, Recipe
from onezip.model.event import Happened, Listener
from onezip.model.function import Function, Patterns
from onezip.model.project import Project


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
    """What a build has around it besides its project: folders, variables, and who listens."""

    folders: Folders
    environ: Mapping[str, str]
    report: Report
    listen: Listener

    def happened(self, kind: str, subject: str, **fields: object) -> None:
        """Record an event."""
        self.listen(Happened(kind, subject, time.monotonic(), fields))


@dataclass(slots=True)
class _Job:
    """One function on the road: what was found out about it so far."""

    function: Function
    tool: Tool | None
    facts: Facts
    own: Collected
    fingerprint: str = ""
    components: tuple[Component, ...] = ()
    folders: tuple[str, ...] = ()


class Road:
    """One build of some functions of a project into one folder (absolute)."""

    def __init__(self, project: Project, output: str, around: Surroundings, *, force: bool) -> None:
        self.project = project
        self.output = output
        self.around = around
        self.force = force
        self.file = os.path.join(project.root, project.file or "")
        self.state_file = remembered.state_path(around.folders.state, self.file, output)
        self.cache: Cache = FolderCache(around.folders.cache, around.report)
        self.built: dict[str, Built] = {}
        self.failed: dict[str, OnezipError] = {}
        self._entries: dict[str, dict[str, Any]] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._digests: dict[str, str] = {}
        self._started = time.time_ns()
        self._described = _times_of(self.file)

    def lock_path(self, name: str) -> str:
        """The lock file of one function's output."""
        return f"{self.state_file}.{name}.lock"

    # ---- nothing changed ------------------------------------------------------------------------

    def look(self, functions: Iterable[Function]) -> list[Function]:
        """Settle the functions that are unchanged; return the others."""
        state = self._read_state()
        check = Check()
        rest = []
        for function in functions:
            entry = state["built"].get(function.name)
            if (
                not self.force
                and entry
                and entry["settings"] == _settings(function)
                and still(state, entry, check, environ=self.around.environ, find_tool=process.find_tool)
            ):
                self._settle(function, "unchanged", entry["record"])
                if check.hashed:  # note the times anew, so that they tell next time
                    self._refresh(function.name, entry, state["snapshots"][entry["snapshot"]])
            else:
                rest.append(function)
        return rest

    def _refresh(self, name: str, entry: dict[str, Any], snapshot: Snapshot) -> None:
        files = dict(digests(snapshot))
        listed = [folder for folder, there in snapshot["folders"].items() if there["names"]]
        with contextlib.suppress(OSError):
            self._snapshots[entry["snapshot"]] = take(self._started, files, listed, files)
            times = _times(os.path.join(self.output, entry["record"]["zip"]))
            self._entries[name] = {**entry, "zip": times, "at": self._started}

    # ---- ask ------------------------------------------------------------------------------------

    def build(self, functions: Sequence[Function]) -> None:
        """Build the functions; failures are noted and do not stop the others."""
        jobs: dict[str, _Job] = {}
        for function in functions:
            with self._failures(function.name):
                jobs[function.name] = self._ask(function)
        recipes: list[Recipe] = []
        for language in languages.LANGUAGES:
            for same in _alike(job for job in jobs.values() if job.function.language is language):
                module = languages.module(language)
                with self._failures(*(job.function.name for job in same)):
                    facts = {job.function.name: job.facts for job in same}
                    asked = [job.function for job in same]
                    recipes += module.recipes(self.project.root, asked, facts, same[0].tool)
        if len(recipes) == 1:
            self._make(recipes[0], jobs)
        elif recipes:
            with ThreadPoolExecutor(max_workers=min(len(recipes), os.cpu_count() or 1)) as pool:
                for future in [pool.submit(self._make, recipe, jobs) for recipe in recipes]:
                    future.result()

    def _ask(self, function: Function) -> _Job:
        """Find the tool and the inputs of one function."""
        self.around.happened("build.started", function.name)
        warning = notice(function.runtime, datetime.now(UTC).date(), function.place)
        if warning:
            self.around.report(warning)
        module = languages.module(function.language)
        tool = find(self.project.root, function, read_text)
        output = ""
        command = module.probe(self.project.root, function, tool)
        if command is not None:
            self.around.happened("build.running", function.name, title=command.title)
            finished = process.run(command)
            output = finished.stdout
            if finished.code != 0:
                raise _failure(function, module, command.title, finished.stderr or output)
        facts = module.facts(self.project.root, function, output, read_text)
        return _Job(function, tool, facts, Collected([], (), ()))

    # ---- make -----------------------------------------------------------------------------------

    def _make(self, recipe: Recipe, jobs: Mapping[str, _Job]) -> None:
        """Build every function of one recipe."""
        with self._failures(*recipe.functions):
            pending = []
            for name in recipe.functions:
                with self._failures(name):
                    job = jobs[name]
                    self._fingerprint(job, recipe)
                    if self.force or not self._from_cache(job):
                        pending.append(job)
            if not pending:
                return
            probed = {path: self._digest(path) for job in pending for path in job.facts.files}
            causes = (*recipe.components, names.inputs(self.project.root, probed))
            module = languages.module(pending[0].function.language)
            with staged(
                recipe,
                self.around.folders.cache,
                names.digest(part for cause in causes for part in (cause.name, cause.digest)),
                fail=lambda title, output: _failure(pending[0].function, module, title, output),
                on_line=lambda line: self.around.happened("build.output", recipe.functions[0], line=line),
                report=self.around.report,
            ) as folder:
                for job in pending:
                    with self._failures(job.function.name):
                        self._pack(job, recipe, folder, module)

    def _fingerprint(self, job: _Job, recipe: Recipe) -> None:
        """Digest every input of a function, and name its build."""
        function = job.function
        own = [product for product in self._products(recipe, function) if STAGING not in product.path]
        job.own = collect(
            [_source(product, product.path) for product in own],
            report=self.around.report,
            skip=frozenset({self.output}),
        )
        files = [*job.facts.files, *(entry.path for entry in job.own.entries if entry.path)]
        listed = [*job.facts.folders, *job.own.folders]
        found = {path: self._digest(path) for path in files}
        if function.pass_env:
            variables = passed(function.pass_env, self.around.environ)
            found |= {f"${name}": digest or "" for name, digest in variables.items()}
        sources = names.inputs(self.project.root, found)
        job.components = (sources, *recipe.components)
        job.fingerprint = names.fingerprint(_settings(function), job.components)
        snapshot = take(self._started, files, listed, self._digests)
        if job.tool is not None:
            folder, name = os.path.split(job.tool.path)
            entry = snapshot["folders"].setdefault(folder, {"names": None, "files": {}})
            entry["files"][name] = [*_times(job.tool.path), ""]
        job.folders = tuple(snapshot["folders"])
        shared = self._snapshots.setdefault(_snapshot_id(recipe), {"at": self._started, "folders": {}})
        for folder, entry in snapshot["folders"].items():
            there = shared["folders"].setdefault(folder, entry)
            there["names"] = there["names"] or entry["names"]
            there["files"].update(entry["files"])
        self._entries[function.name] = {
            "settings": _settings(function),
            "snapshot": _snapshot_id(recipe),
            "folders": list(job.folders),
            "absent": list(job.facts.absent),
            "tools": {job.tool.name: process.find_tool(job.tool.name)} if job.tool else {},
            "environment": passed(function.pass_env, self.around.environ),
        }

    def _digest(self, path: str) -> str:
        if path not in self._digests:
            try:
                self._digests[path] = digest_file(path)
            except OSError as error:
                raise ArchiveError(
                    "archive.unreadable",
                    f"{path} cannot be read: {error.strerror or error}",
                    hint="mend its permissions, or leave it out with exclude",
                ) from error
        return self._digests[path]

    def _products(self, recipe: Recipe, function: Function) -> list[Product]:
        """The parts of a function's zip: the recipe's, and the extra files the project file names."""
        extra = [
            Product(function.name, os.path.join(self.project.root, source), name)
            for source, name in function.files.items()
        ]
        return [product for product in recipe.products if product.function == function.name] + extra

    def _from_cache(self, job: _Job) -> bool:
        """Take the zip from the output folder or the cache, if either has this very build."""
        function = job.function
        state = self._read_state()
        entry = state["built"].get(function.name)
        if entry and entry.get("fingerprint") == job.fingerprint and intact(state, entry, Check()):
            self._done(job, "unchanged", entry["record"])
            return True
        record = self.cache.get(job.fingerprint, os.path.join(self.output, f"{function.name}.zip"))
        if record is None:
            return False
        self._done(job, "cached", record)
        return True

    def _pack(self, job: _Job, recipe: Recipe, folder: str, module: LanguageModule) -> None:
        """Collect a function's files and write its zip and record."""
        function = job.function
        self.around.happened("build.packing", function.name)
        sources: list[Source] = []
        components = list(job.components)
        for product in self._products(recipe, function):
            path = product.path.replace(STAGING, folder)
            harvest = Harvest()
            if product.path != path or os.path.isfile(path):
                harvest = module.harvest(function, look_at(path))
            errors = [d for d in harvest.diagnostics if d.severity is Severity.ERROR]
            for diagnostic in harvest.diagnostics:
                if diagnostic.severity is not Severity.ERROR:
                    self.around.report(diagnostic)
            if errors:
                first = errors[0]
                raise BuildFailed(first.code, first.message, hint=first.hint, place=first.place)
            components += harvest.components
            sources.append(_source(product, path, harvest.exclude))
        collected = collect(sources, report=self.around.report, skip=frozenset({self.output}))
        path = os.path.join(self.output, f"{function.name}.zip")
        manifest = pack(
            collected.entries,
            path,
            compression=function.compression,
            report=self.around.report,
            progress=lambda done, total: self.around.happened(
                "build.packed", function.name, done=done, total=total
            ),
        )
        record = as_table(_record(job, manifest, tuple(components)))
        for diagnostic in module.check(function, {entry.name for entry in manifest.entries}):
            self.around.report(diagnostic)
        self._done(job, "built", record, collected.left_out)
        self.cache.put(job.fingerprint, path, record)

    def _done(
        self, job: _Job, status: str, record: dict[str, Any], left_out: tuple[LeftOut, ...] = ()
    ) -> None:
        """Write the record beside the zip, and note what the next build has to look at."""
        function = job.function
        components = tuple(Component(**component) for component in record["components"])
        module = languages.module(function.language)
        for diagnostic in module.warnings(function, job.facts, job.tool, components):
            self.around.report(diagnostic)
        text = as_text(record)
        path = os.path.join(self.output, f"{function.name}.json")
        if read_text(path) != text:
            beside = f"{path}.{os.getpid()}.tmp"
            with open(beside, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.replace(beside, path)
        self._entries[function.name] |= {
            "fingerprint": job.fingerprint,
            "zip": _times(os.path.join(self.output, record["zip"])),
            "at": self._started,
            "record": record,
        }
        self._settle(function, status, record, left_out)

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

    @contextlib.contextmanager
    def _failures(self, *functions: str) -> Iterator[None]:
        """Note an error for these functions instead of raising it."""
        try:
            yield
        except OnezipError as error:
            for name in functions:
                self.failed.setdefault(name, error)
                self._entries.pop(name, None)

    # ---- remember -------------------------------------------------------------------------------

    def _read_state(self) -> remembered.State:
        return remembered.read(self.state_file, self.file, self.output, __version__)

    def remember(self) -> None:
        """Add what this build found to the state file. A state that cannot be written costs a rebuild."""
        if not self._entries and not self.failed:
            return
        from onezip.builder.mutex import Mutex

        with Mutex(f"{self.state_file}.lock"), contextlib.suppress(OSError):
            state = self._read_state()
            # a project file that changed under way does not vouch for what was built from its old text
            state["stamp"] = stamp(self.file) if _times_of(self.file) == self._described else None
            state["at"] = self._started
            state["names"] = list(self.project.functions)
            state["snapshots"] |= self._snapshots
            state["built"] |= self._entries
            for name in self.failed:
                state["built"].pop(name, None)
            state["built"] = {n: e for n, e in state["built"].items() if n in self.project.functions}
            remembered.write(self.state_file, state)


def _settings(function: Function) -> str:
    return names.settings(function, engine(function.compression))


def _alike(jobs: Iterable[_Job]) -> list[list[_Job]]:
    """Jobs with the same tool, together."""
    groups: dict[str, list[_Job]] = {}
    for job in jobs:
        groups.setdefault(repr(job.tool), []).append(job)
    return list(groups.values())


def _snapshot_id(recipe: Recipe) -> str:
    return names.digest(recipe.functions)[:16]


def _times(path: str) -> list[int]:
    status = os.stat(path)
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _times_of(path: str) -> list[int] | None:
    try:
        return _times(path)
    except OSError:
        return None


def _source(product: Product, path: str, exclude: tuple[str, ...] = ()) -> Source:
    patterns = Patterns(product.patterns.include, (*product.patterns.exclude, *exclude))
    return Source(path, product.name, patterns, product.own)


def read_text(path: str) -> str | None:
    """The text of a file, or None where there is none. Raises OSError for one that cannot be read."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _failure(function: Function, module: LanguageModule, title: str, output: str) -> BuildFailed:
    told = module.explain(function, output)
    return BuildFailed(
        told.code or "build.failed",
        f"{function.name}: {told.message or f'{title} failed'}",
        output=output,
        hint=told.hint,
    )


def _record(job: _Job, manifest: Manifest, components: tuple[Component, ...]) -> BuildRecord:
    function = job.function
    return BuildRecord(
        function=function.name,
        zip=f"{function.name}.zip",
        sha256=manifest.sha256,
        code_sha256=manifest.code_sha256,
        size=manifest.size,
        unzipped=manifest.unzipped,
        entries=len(manifest.entries),
        runtime=function.runtime.id,
        architecture=function.architecture,
        handler=function.handler.text,
        language=str(function.language),
        engine=manifest.engine,
        toolchain={job.tool.name: job.tool.version} if job.tool else {},
        components=components,
    )
