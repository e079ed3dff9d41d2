"""Build twice in different surroundings, and find out which of them the bytes depend on."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from onezip import process
from onezip.builder.engine import build, select
from onezip.builder.memory import Memory
from onezip.errors import BuildFailed, OnezipError, Report
from onezip.folders import folders
from onezip.model.build import Command
from onezip.model.event import Happened, Listener
from onezip.model.project import Project


@dataclass(frozen=True, slots=True)
class Surrounding:
    """One thing that is made different: variables, the umask, a copy in another folder, its files' order."""

    name: str
    env: Mapping[str, str] = field(default_factory=dict)
    umask: int | None = None
    copied: bool = False
    reversed: bool = False
    fresh: bool = False


SURROUNDINGS = (
    Surrounding("another run"),
    Surrounding("another folder", copied=True),
    Surrounding("file order and times", copied=True, reversed=True),
    Surrounding("umask", umask=0o077),
    Surrounding("time zone", {"TZ": "Pacific/Kiritimati"}),
    Surrounding("locale", {"LC_ALL": "C", "LANG": "C"}),
    Surrounding("hash seed", {"PYTHONHASHSEED": "4711"}),
    Surrounding("fresh caches of compilers and installers", fresh=True),
)
"""What is made different, in the order in which blame is looked for."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One function: its digests in both builds, their zips, and the names of what the bytes depend on.

    error says why the second build failed where it did; the zips lie in the folder given to `verify`.
    """

    function: str
    first: str
    second: str
    culprits: tuple[str, ...] = ()
    zips: tuple[str, str] = ("", "")
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
    wanted = [function.name for function in select(project, functions)]
    first = os.path.join(work, "first")
    outcome = build(project, wanted, output=first, force=True, report=report, listen=listen)
    for _, error in outcome.failed:
        raise error
    digests = {built.function: str(built.record["sha256"]) for built in outcome.built}
    inputs = _inputs(project, first)
    variables = {name: value for each in SURROUNDINGS for name, value in each.env.items()}
    every = Surrounding("all", variables, 0o077, copied=True, reversed=True, fresh=True)

    def again(surrounding: Surrounding, names: Sequence[str]) -> dict[str, str]:
        listen(Happened("build.running", ", ".join(names), 0.0, {"title": surrounding.name}))
        return _build_again(project, names, inputs, surrounding, work)

    verdicts = []
    try:
        second = again(every, wanted)
    except BuildFailed as error:
        return [Verdict(name, digests[name], "", error=error) for name in wanted]
    for name in wanted:
        zips = (os.path.join(first, f"{name}.zip"), os.path.join(work, _slug(every), f"{name}.zip"))
        culprits = () if digests[name] == second[name] else _blame(name, digests[name], again)
        verdicts.append(Verdict(name, digests[name], second[name], culprits, zips))
    return verdicts


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


def _build_again(
    project: Project, names: Sequence[str], inputs: Sequence[str], how: Surrounding, work: str
) -> dict[str, str]:
    """The digests of another build, in a process of its own. Raises BuildFailed."""
    root = project.root
    if how.copied:
        root = _copy(project.root, inputs, os.path.join(work, f"{_slug(how)} copy"), backwards=how.reversed)
    env = dict(how.env)
    env["ONEZIP_HOME"] = tempfile.mkdtemp(prefix="home-", dir=work)
    if how.fresh:
        env |= {"GOCACHE": os.path.join(work, "gocache"), "UV_CACHE_DIR": os.path.join(work, "uvcache")}
    output = os.path.join(work, _slug(how))
    words = ["-C", root, "build", "--json", "--force", "--output", output, *names]
    if project.file:
        words += ["--config", project.file]
    start = (
        "import os, sys; mask = sys.argv.pop(1); mask and os.umask(int(mask, 8));"
        "from onezip.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    mask = "" if how.umask is None else f"{how.umask:o}"
    finished = process.run(
        Command((sys.executable, "-c", start, mask, *words), root, env, title=f"build again: {how.name}")
    )
    try:
        told = json.loads(finished.stdout)
        built = {each["function"]: str(each["sha256"]) for each in told["result"]["functions"]}
        if finished.code == 0 and set(names) <= set(built):
            return built
        words_of = "\n".join(d["message"] for d in told["diagnostics"] if d["severity"] == "error")
    except (ValueError, LookupError, TypeError):
        words_of = ""
    raise BuildFailed(
        "verify.second",
        f"{', '.join(names)}: the build failed when these were different: {how.name}",
        output=f"{words_of}\n{finished.stderr}",
        hint="an input that onezip does not know of is a likely cause: it is not in the copy",
    )


def _copy(root: str, inputs: Sequence[str], to: str, *, backwards: bool) -> str:
    """Copy just the known inputs; the copied root. Outside paths keep their place relative to the root."""
    top = os.path.commonpath([root, *(os.path.dirname(path) for path in inputs)])
    for number, path in enumerate(reversed(inputs) if backwards else inputs):
        place = os.path.join(to, os.path.relpath(path, top))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        shutil.copyfile(path, place)
        if backwards:
            os.utime(place, (number + 1, number + 1))
    copied = os.path.join(to, os.path.relpath(root, top))
    os.makedirs(copied, exist_ok=True)
    return os.path.normpath(copied)


def _slug(how: Surrounding) -> str:
    return how.name.replace(" ", "-")
