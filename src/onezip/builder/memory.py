"""What one build adds to what onezip remembers: inputs, tools and outputs, for the next look."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Mapping
from typing import Any

from onezip import __version__, process
from onezip.builder import state as remembered
from onezip.builder.inputs import Snapshot, Stamp, below, digests, stamp, stamp_of, take
from onezip.builder.job import Job
from onezip.builder.lock import lock_path
from onezip.builder.unchanged import passed
from onezip.errors import ArchiveError
from onezip.model.layer import artifacts, layer_of
from onezip.model.project import Origin, Project
from onezip.mutex import Mutex

Entry = dict[str, Any]


class Memory:
    """The state file of a project and an output folder, and what this build will add to it.

    With doubt on, every input is read, whatever its times say.
    """

    def __init__(self, project: Project, output: str, folder: str, *, doubt: bool = False) -> None:
        self.project = project
        self.output = output
        self.file = os.path.join(project.root, project.file or "")
        self.path = remembered.state_path(folder, self.file, output)
        self.started = time.time_ns()
        self._described = _times_of(self.file)
        self._state: remembered.State | None = None
        self._read_at: tuple[int, ...] = ()
        self._entries: dict[str, Entry] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._now: dict[str, Stamp] = {}
        self._stamps: dict[str, tuple[Stamp | None, int]] | None = {} if doubt else None

    def read(self) -> remembered.State:
        """What is remembered now; another process may have written it since. Not to be changed."""
        now = _identity(self.path)
        if self._state is None or now != self._read_at:
            self._state = self._read()
            self._read_at = now
        return self._state

    def _read(self) -> remembered.State:
        return remembered.read(self.path, self.file, self.output, __version__)

    def digest(self, path: str) -> str:
        """The hex SHA-256 of an input, read at most once in a build. Raises ArchiveError."""
        if path not in self._now:
            try:
                self._now[path] = stamp_of(path, *self._remembered(path))
            except OSError as error:
                raise ArchiveError(
                    "archive.unreadable",
                    f"{path} cannot be read: {error.strerror or error}",
                    hint="mend its permissions, or leave it out with exclude",
                ) from error
        return str(self._now[path][3])

    def _remembered(self, path: str) -> tuple[Stamp | None, int]:
        """The stamp that an earlier build noted, and when."""
        if self._stamps is None:
            self._stamps = {}
            for snapshot in self.read()["snapshots"].values():
                for folder, entry in snapshot["folders"].items():
                    for name, was in entry["files"].items():
                        self._stamps[os.path.join(folder, name)] = (was, snapshot["at"])
        return self._stamps.get(path, (None, 0))

    def note_inputs(
        self, job: Job, group: str, files: Iterable[str], folders: Iterable[str], settings: str
    ) -> None:
        """Note a function's inputs. group names the snapshot that functions of one recipe share."""
        listed = [*folders, *(folder for tree in job.facts.trees for folder in below(tree))]
        snapshot = take(self.started, files, listed, self._now)
        if job.tool is not None:
            folder, name = os.path.split(job.tool.path)
            entry = snapshot["folders"].setdefault(folder, {"names": None, "files": {}})
            entry["files"][name] = [*_times(job.tool.path), ""]  # a tool is told by its times alone
        shared = self._snapshots.setdefault(group, {"at": self.started, "folders": {}})
        for folder, entry in snapshot["folders"].items():
            there = shared["folders"].setdefault(folder, entry)
            there["names"] = there["names"] or entry["names"]
            there["files"].update(entry["files"])
        self._entries[job.function.name] = {
            "settings": settings,
            "snapshot": group,
            "folders": list(snapshot["folders"]),
            "absent": list(job.facts.absent),
            "tools": {job.tool.name: process.find_tool(job.tool.name)} if job.tool else {},
            "environment": passed(job.function.pass_env, process.environment()),
        }
        layer = layer_of(job.function)
        if layer is not None:
            self._entries[job.function.name]["layer"] = layer.name

    def note_output(self, job: Job, record: Mapping[str, Any]) -> None:
        """Note a function's zip and record."""
        self._entries[job.function.name] |= {
            "fingerprint": job.fingerprint,
            "zip": _times(os.path.join(self.output, record["zip"])),
            "at": self.started,
            "record": dict(record),
        }

    def refresh(self, name: str, entry: Entry, snapshot: Snapshot) -> None:
        """Note the times of an unchanged function anew, so that they tell next time without a digest."""
        listed = [folder for folder, there in snapshot["folders"].items() if there["names"]]
        with contextlib.suppress(OSError):
            stamps = {path: [*_times(path), digest] for path, digest in digests(snapshot)}
            self._snapshots[entry["snapshot"]] = take(self.started, stamps, listed, stamps)
            times = _times(os.path.join(self.output, entry["record"]["zip"]))
            self._entries[name] = {**entry, "zip": times, "at": self.started}

    def forget(self, name: str) -> None:
        """Note nothing of a function that failed."""
        self._entries.pop(name, None)

    def write(self, failed: Iterable[str]) -> None:
        """Add what this build found to the state file. A state that cannot be written costs a rebuild."""
        failed = list(failed)
        if not self._entries and not failed:
            return
        with Mutex(f"{self.path}.lock"), contextlib.suppress(OSError):
            state = self._read()
            # a project file that changed under way does not vouch for what was built from its old text
            told = self.project.origin in {Origin.ONEZIP_TOML, Origin.PYPROJECT}
            same = told and _times_of(self.file) == self._described
            state["stamp"] = stamp(self.file) if same else None
            state["lock"] = stamp(lock) if os.path.isfile(lock := lock_path(self.project)) else None
            state["at"] = self.started
            known = artifacts(self.project)
            state["names"] = list(known)
            state["snapshots"] |= self._snapshots
            state["built"] |= self._entries
            for name in failed:
                state["built"].pop(name, None)
            state["built"] = {n: e for n, e in state["built"].items() if n in known}
            remembered.write(self.path, state)


def _identity(path: str) -> tuple[int, ...]:
    """What tells one writing of a file from the next; empty where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return ()
    return (status.st_ino, status.st_size, status.st_mtime_ns)


def _times(path: str) -> list[int]:
    status = os.stat(path)
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _times_of(path: str) -> list[int] | None:
    try:
        return _times(path)
    except OSError:
        return None
