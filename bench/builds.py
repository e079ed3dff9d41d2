"""Benchmarks of whole builds: one changed file, nothing changed in many functions, a cold Go cache."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import inputs
import projects
from measure import Row, Side, compare

HERE = Path(__file__).resolve().parent
ONEZIP = str(Path(sys.executable).with_name("onezip"))


def changed_file(work: Path) -> Iterator[Row]:
    """One changed file of a large tree against packing the tree whole, the rest of a build with both."""
    folder = projects.large_tree()
    app = folder / "src/app.py"
    env = {**os.environ, "ONEZIP_HOME": str(work / "home")}

    def edit() -> None:
        app.write_text(f"def handler(event, context):\n    return {time.time_ns()}\n")

    subprocess.run([ONEZIP, "build", "-q"], cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
    ours = Side([ONEZIP, "build"], folder, env, before=edit)
    whole = Side([ONEZIP, "build", "--force"], folder, env, before=edit)
    ratio = compare(ours, whole, 5)
    edit()
    subprocess.run([ONEZIP, "build", "-q"], cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
    incremental = (folder / "dist/f.zip").read_bytes()
    subprocess.run(
        [ONEZIP, "build", "-q", "--force"], cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL
    )
    if (folder / "dist/f.zip").read_bytes() != incremental:
        raise RuntimeError("the zip of a changed file is not that of a whole build")
    total = sum(path.stat().st_size for path in (folder / "src").rglob("*") if path.is_file())
    what = f"one changed file of {total / 1e6:.0f} MB, a build against one with --force, which packs all: CPU"
    yield Row(what, ratio.told("cpu"), ratio.median("cpu"), 0.3)


def hundred_functions() -> Iterator[Row]:
    """Nothing changed in 100 functions, against one function of one file."""
    env = inputs.surroundings()
    for folder in (projects.hundred(), projects.one()):
        for _ in range(2):
            said = subprocess.run(
                [ONEZIP, "build", "--json"], cwd=folder, env=env, check=True, capture_output=True
            )
        statuses = {each["status"] for each in json.loads(said.stdout)["result"]["functions"]}
        if statuses != {"unchanged"}:
            raise RuntimeError(f"{folder} is {statuses}")
    ours = Side([ONEZIP, "build"], projects.hundred(), env)
    ratio = compare(ours, Side([ONEZIP, "build"], projects.one(), env), 11)
    what = "nothing changed, 100 functions with 3,000 files, against one of one file: CPU"
    yield Row(what, ratio.told("cpu"), ratio.median("cpu"), 3)


def cold_go(work: Path) -> Iterator[Row]:
    """20 Go functions of one module with an empty build cache, against calls of `go build`.

    Twenty calls share the cache that the first of them fills: both sides compile the standard library once,
    which is most of the time of either. In twenty CI jobs or containers each call would fill a cache of its
    own; such a call is timed by itself, and counts twenty times.
    """
    folder = projects.twenty()
    names = sorted(path.name for path in (folder / "cmd").iterdir())
    env = {**os.environ, "GOCACHE": str(work / "gocache"), "ONEZIP_HOME": str(work / "home")}

    def cold(*made: Path) -> None:
        for path in (work / "gocache", work / "home", *made):
            shutil.rmtree(path, ignore_errors=True)

    out = work / "out"
    calls = [sys.executable, str(HERE / "child_go_builds.py"), str(folder), str(out)]
    ours = Side([ONEZIP, "build"], folder, env, before=lambda: cold(folder / "dist"))
    ratio = compare(ours, Side(calls, folder, env, before=lambda: cold(out)), 3)
    for name in names:
        with zipfile.ZipFile(folder / f"dist/{name}.zip") as file:
            if file.read("bootstrap") != (out / name / "bootstrap").read_bytes():
                raise RuntimeError(f"the program of {name} is not that of `go build`")
    what = "20 Go functions, cold cache, zips and all, against twenty `go build` calls: wall"
    yield Row(what, ratio.told("wall"), ratio.median("wall"), 0.5)
    ratio = compare(ours, Side([*calls, names[0]], folder, env, before=lambda: cold(out)), 3)
    ratio = replace(ratio, wall=[each / len(names) for each in ratio.wall])
    what = "the same against twenty times a `go build` call that has a cold cache of its own: wall"
    yield Row(what, ratio.told("wall"), ratio.median("wall"), 0.1)
