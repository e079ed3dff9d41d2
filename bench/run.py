"""Run the benchmarks and write bench/RESULTS.md: ratios against peers, in one run, targets and misses.

python3 dev.py bench            all of them
python3 dev.py bench WORD ...   those whose name has one of the words; RESULTS.md is left as it is
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import builds
import deploying
import emulate
import environment
import front
import inputs
from measure import Row, Side, compare, once

HERE = Path(__file__).resolve().parent
WORK = inputs.CACHE / f"work-{os.getpid()}"


def child(script: str, *words: str | Path) -> list[str]:
    """A command line of a child of ours."""
    return [sys.executable, str(HERE / f"{script}.py"), *map(str, words)]


def go_binary() -> Iterator[Row]:
    """A 60 MB Go binary against build-lambda-zip."""
    program = inputs.bootstrap()
    peer = [inputs.build_lambda_zip(), "-o", str(WORK / "peer.zip"), str(program)]
    ratio = compare(Side(child("child_pack", program, WORK / "ours.zip"), WORK), Side(peer, WORK), 7)
    name = f"Go binary of {program.stat().st_size / 1e6:.0f} MB against build-lambda-zip"
    yield Row(f"{name}: CPU", ratio.told("cpu"), ratio.median("cpu"), 0.65)
    yield size_row(name, 0.97)


def size_row(name: str, target: float) -> Row:
    """The ratio of the two zips' sizes."""
    value = (WORK / "ours.zip").stat().st_size / (WORK / "peer.zip").stat().st_size
    return Row(f"{name}: size", f"{value:.4f}", value, target)


def tree() -> Iterator[Row]:
    """A dependency tree against Python's zipfile."""
    folder = inputs.tree()
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    ours = Side(child("child_pack", folder, WORK / "ours.zip"), WORK)
    for level, pairs in ((9, 3), (6, 5)):
        peer = Side(child("child_zipfile", folder, WORK / "peer.zip", str(level)), WORK)
        ratio = compare(ours, peer, pairs)
        name = f"dependency tree of {total / 1e6:.0f} MB against zipfile level {level}"
        if level == 9:
            yield Row(f"{name}: CPU", ratio.told("cpu"), ratio.median("cpu"), 0.18)
            yield size_row(name, 1.001)
        else:
            yield Row(f"{name}: wall", ratio.told("wall"), ratio.median("wall"), 0.25)


def many_files() -> Iterator[Row]:
    """20,000 small files against Info-ZIP."""
    folder = inputs.many_files()
    out = WORK / "peer.zip"

    def fresh() -> None:
        out.unlink(missing_ok=True)

    peer = Side(["zip", "-X", "-r", "-q", str(out), "."], folder, before=fresh)
    ratio = compare(Side(child("child_pack", folder, WORK / "ours.zip"), WORK), peer, 9)
    yield Row("20,000 small files against Info-ZIP: CPU", ratio.told("cpu"), ratio.median("cpu"), 1.6)


def nothing_changed() -> Iterator[Row]:
    """An unchanged build against go's own, and against starting Python."""
    env = inputs.surroundings()
    start = [str(Path(sys.executable).with_name("onezip")), "build"]
    for name, size, target in (("big", "60 MB", 0.35), ("small", "8 MB", 0.7)):
        folder = inputs.go_project(name)
        for _ in range(2):
            inputs.onezip(folder)
        build = [
            "go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w",
            "-o", str(folder / "same-file"), ".",
        ]  # fmt: skip
        go_env = {**env, "CGO_ENABLED": "0", "GOOS": "linux", "GOARCH": "amd64"}
        ratio = compare(Side(start, folder, env), Side(build, folder / "src", go_env), 9)
        what = f"nothing changed, a Go function with a binary of {size}, against `go build`: CPU"
        yield Row(what, ratio.told("cpu"), ratio.median("cpu"), target)
    python = Side([sys.executable, "-I", "-c", "pass"], WORK)
    ratio = compare(Side(start, inputs.go_project("small"), env), python, 15)
    yield Row("nothing changed, against `python -I -c pass`: CPU", ratio.told("cpu"), ratio.median("cpu"), 7)


def dependencies() -> Iterator[Row]:
    """The dependency step against bare uv, warm."""
    project = inputs.CACHE / "dependencies"
    (project / "src").mkdir(parents=True, exist_ok=True)
    described = '[functions.f]\nsource = "src"\nruntime = "python3.13"\nhandler = "app.handler"\n'
    (project / "onezip.toml").write_text(described)
    wanted = project / "src/requirements.txt"
    if not wanted.exists():
        argv = inputs.uv(
            "pip", "compile", "-q", *inputs.PLATFORM, "--generate-hashes", "-", "-o", str(wanted)
        )
        subprocess.run(argv, input=inputs.TREE.encode(), check=True)
    target = WORK / "target"

    home = WORK / "home"

    def fresh() -> None:
        shutil.rmtree(target, ignore_errors=True)

    def emptied() -> None:
        shutil.rmtree(home, ignore_errors=True)

    bare = inputs.uv("pip", "install", "-q", "--no-config", "--target", str(target), *inputs.PLATFORM)
    peer = Side([*bare, "--require-hashes", "-r", str(wanted)], WORK, before=fresh)
    env = {**os.environ, "ONEZIP_HOME": str(home)}
    ours = Side(child("child_dependencies", project), WORK, env, before=emptied)
    ratio = compare(ours, peer, 9)
    yield Row("dependency step against bare uv, warm: wall", ratio.told("wall"), ratio.median("wall"), 1.3)


def memory() -> Iterator[Row]:
    """Peak memory of packing."""
    folder = inputs.CACHE / "300 MB"
    if not folder.exists():
        folder.mkdir(parents=True)
        for number in range(60):
            (folder / f"{number}").write_bytes(os.urandom(4_000_000))
    peak = once(Side(child("child_pack", folder, WORK / "ours.zip"), WORK)).peak
    yield Row("240 MB in 60 files: peak MB", f"{peak:.0f}", peak, 300)
    program = inputs.bootstrap()
    peak = once(Side(child("child_pack", program, WORK / "ours.zip"), WORK)).peak
    limit = 2.2 * program.stat().st_size / 1e6 + 100
    yield Row("one file of 60 MB: peak MB", f"{peak:.0f}", peak, limit)


BENCHMARKS: dict[str, Callable[[], Iterator[Row]]] = {
    "go binary": go_binary,
    "tree": tree,
    "many files": many_files,
    "nothing changed": nothing_changed,
    "dependencies": dependencies,
    "memory": memory,
    "changed file": lambda: builds.changed_file(WORK),
    "hundred functions": builds.hundred_functions,
    "cold go": lambda: builds.cold_go(WORK),
    "deploy": deploying.unchanged,
    "emulator": emulate.emulate,
    "new environment": environment.environment,
    "front": front.front,
}


def main(words: list[str]) -> int:
    """Run the chosen benchmarks; 1 where a target is missed."""
    WORK.mkdir(parents=True)
    try:
        return measured(words)
    finally:
        shutil.rmtree(WORK, ignore_errors=True)


def measured(words: list[str]) -> int:
    """Run the chosen benchmarks in a work folder of their own."""
    chosen = {name: run for name, run in BENCHMARKS.items() if not words or any(w in name for w in words)}
    rows = []
    for run in chosen.values():
        for row in run():
            rows.append(row)
            print(f"{row.what}: {row.told}, at most {row.most or 'anything'}: {row.held}", flush=True)
    if not words:
        (HERE / "RESULTS.md").write_text(report(rows), encoding="utf-8")
    return int(any(row.held == "**no**" for row in rows))


def report(rows: list[Row]) -> str:
    """The page of results."""
    told = (
        "Written by `python3 dev.py bench`. Ratios are ours / the peer's, from runs that alternate in one "
        "run: the median, and the range in brackets. Absolute times mean nothing on a shared machine."
    )
    machine = (
        f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, {version('go', 'version')}, {version('uv', '--version')}."
    )
    table = [f"| {row.what} | {row.told} | {row.most} | {row.held} |" for row in rows]
    heads = ["| what | measured | at most | held |", "| --- | --- | --- | --- |"]
    lines = ["# Results", "", told, "", machine, "", *heads, *table, ""]
    return "\n".join(lines)


def version(name: str, word: str) -> str:
    """What a tool calls itself."""
    argv = inputs.uv(word) if name == "uv" else [name, word]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
