"""Two commands, run alternately in one run: the ratio of their CPU and wall times, median and range.

Absolute times mean nothing on a shared machine with two cores; a ratio of neighbours means something.
"""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One run of a command: seconds of CPU (with its children) and of wall time, peak memory in MB."""

    cpu: float
    wall: float
    peak: float


@dataclass(frozen=True)
class Side:
    """A command, where it runs, and what is done before each run, outside the clock."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str] | None = None
    before: Callable[[], None] | None = None


@dataclass(frozen=True)
class Ratio:
    """Ours against a peer's: the pairs' ratios."""

    cpu: list[float]
    wall: list[float]
    ours: Run
    peer: Run

    def told(self, what: str) -> str:
        """`0.41 (0.39 to 0.44)`: median and range of `cpu` or `wall`."""
        values = self.cpu if what == "cpu" else self.wall
        return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"

    def median(self, what: str) -> float:
        """The median ratio of `cpu` or `wall`."""
        return statistics.median(self.cpu if what == "cpu" else self.wall)


@dataclass(frozen=True)
class Row:
    """One figure: what was measured, the ratio (with its range), what it should at most be.

    A target of infinity is none: the figure is there to compare with.
    """

    what: str
    told: str
    value: float
    target: float

    @property
    def most(self) -> str:
        """The target in words."""
        return "" if math.isinf(self.target) else f"{self.target:g}"

    @property
    def held(self) -> str:
        """Whether the target holds."""
        if not self.most:
            return "to compare"
        return "yes" if self.value <= self.target else "**no**"


def once(side: Side) -> Run:
    """Run a command to its end. Raises RuntimeError where it fails."""
    if side.before is not None:
        side.before()
    start = time.perf_counter()
    process = subprocess.Popen(
        list(side.argv), cwd=side.cwd, env=side.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(side.argv)} ended with {process.returncode}")
    return Run(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def compare(ours: Side, peer: Side, pairs: int) -> Ratio:
    """Run both alternately, once each to warm up, then pairs times; which goes first alternates too."""
    once(ours)
    once(peer)
    runs: list[tuple[Run, Run]] = []
    for number in range(pairs):
        if number % 2:
            theirs = once(peer)
            runs.append((once(ours), theirs))
        else:
            mine = once(ours)
            runs.append((mine, once(peer)))
    return Ratio(
        [a.cpu / b.cpu for a, b in runs],
        [a.wall / b.wall for a, b in runs],
        *(_middle([pair[side] for pair in runs]) for side in (0, 1)),
    )


def _middle(runs: list[Run]) -> Run:
    return Run(
        statistics.median(run.cpu for run in runs),
        statistics.median(run.wall for run in runs),
        max(run.peak for run in runs),
    )
