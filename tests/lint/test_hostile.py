"""Hostile zips through the checks and the explainer: never a crash, a hang, or a wrong "nothing found"."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.hostile import File, bomb, build, many, nested
from archive.hostile_cases import HOSTILE
from archive.test_reader_fuzz import CORPUS, mutated
from explain.driver import explained
from lint.made import HANDLER, PYTHON, X86, codes, look
from onezip.archive.lint import Report
from onezip.archive.reader import opened
from onezip.errors import ArchiveError, Severity
from onezip.model.function import Handler

SMALL = build([File(b"app.py", HANDLER), File(b"core.py", b"x = 1\n", method=0)])


def checked(path: Path) -> Report | None:
    """What is found in a zip of a Python function; None where it is refused as no zip."""
    try:
        return look(path, runtime=PYTHON, architecture=X86, handler=Handler("app.handler"))
    except ArchiveError as error:
        if error.code not in {"archive.malformed", "archive.limit"}:
            raise
        return None


def content(path: Path) -> list[tuple[str, bytes]]:
    """What one gets who unpacks it."""
    with opened(str(path)) as (manifest, source):
        return [(entry.name, source.read(entry.name, entry.size)) for entry in manifest.entries]


def test_the_small_one_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "whole.zip"
    path.write_bytes(SMALL)
    report = checked(path)
    assert report is not None
    assert not report.findings


def test_cut_at_every_byte_nothing_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "cut.zip"
    for length in range(len(SMALL)):
        path.write_bytes(SMALL[:length])
        report = checked(path)
        assert report is None or report.failed


@pytest.mark.ring2
def test_with_any_bit_flipped_what_is_fine_has_the_same_content(tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.zip", tmp_path / "flipped.zip"
    whole.write_bytes(SMALL)
    wanted = content(whole)
    for place in range(len(SMALL)):
        for bit in range(8):
            flipped = bytearray(SMALL)
            flipped[place] ^= 1 << bit
            path.write_bytes(flipped)
            report = checked(path)
            if report is not None and not codes(report, Severity.WARNING):
                assert content(path) == wanted, (place, bit)
            if report is not None and bit == place % 8:
                assert explained(whole, path), (place, bit)


@pytest.mark.parametrize("name", HOSTILE)
def test_every_hostile_zip_is_told_of(name: str, tmp_path: Path) -> None:
    _, make = HOSTILE[name]
    whole, path = tmp_path / "whole.zip", tmp_path / "hostile.zip"
    whole.write_bytes(SMALL)
    path.write_bytes(make())
    report = checked(path)
    if report is not None:
        assert report.findings
        assert explained(whole, path)
        assert explained(path, whole)


LARGE: dict[str, Callable[[], bytes]] = {
    "70,000 entries": lambda: many(70_000),
    "a bomb of overlaps": lambda: bomb(300),
    "zips in zips": lambda: nested(4),
    "one long stream": lambda: build([File(b"app.py", bytes(64 << 20))]),
    "20,000 modules that a handler imports": lambda: build([
        File(b"app.py", b"".join(b"import m%05d\n" % number for number in range(20_000)) + HANDLER),
        *(File(b"m%05d.py" % number, b"import gone%d\n" % number, method=0) for number in range(20_000)),
    ]),
}  # fmt: skip
"""Large ones; none of them can run."""


@pytest.mark.ring2
@pytest.mark.parametrize("name", LARGE)
def test_large_ones_end(name: str, tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.zip", tmp_path / "large.zip"
    whole.write_bytes(SMALL)
    path.write_bytes(LARGE[name]())
    started = time.process_time()
    report = checked(path)
    assert report is not None
    assert report.failed
    assert explained(whole, path)
    assert time.process_time() - started < 60


ROUNDS = 3000


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_zips_grown_by_chance(seed: int, tmp_path: Path) -> None:
    """The corpus of the reader, through the checks and the explainer; a failure leaves its zip."""
    chance = random.Random(seed)
    pool = [SMALL, *(path.read_bytes() for path in sorted(CORPUS.glob("*.zip")))]
    whole, path = tmp_path / "whole.zip", tmp_path / "grown.zip"
    whole.write_bytes(SMALL)
    for number in range(ROUNDS):
        data = chance.choice(pool)
        for _ in range(chance.randint(1, 4)):
            data = mutated(data, pool, chance)
        path.write_bytes(data)
        try:
            if checked(path) is not None and data != SMALL:
                assert explained(whole, path)
        except Exception as error:
            error.add_note(f"seed {seed}, round {number}, the zip is {path}")
            raise
