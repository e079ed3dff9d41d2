"""The corpus, read as it always was; and, in the long ring, zips grown from it by chance.

corpus/expected.json has the anomaly codes of each file, or the error's code. A zip that once broke the
reader goes there, with a name that says what it is.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from archive.hostile_cases import HOSTILE, SOUND
from archive.judging import codes, judge, strict
from onezip.errors import ArchiveError

CORPUS = Path(__file__).parent / "corpus"
EXPECTED: dict[str, list[str]] = json.loads((CORPUS / "expected.json").read_text("utf-8"))
ROUNDS = 20_000
SIGNATURES = [b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"]
NUMBERS = [0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 32, (1 << 64) - 1]


def test_every_file_of_the_corpus_is_expected() -> None:
    assert {path.name for path in CORPUS.glob("*.zip")} == set(EXPECTED)
    assert sum(path.stat().st_size for path in CORPUS.iterdir()) < 100_000


@pytest.mark.parametrize("name", EXPECTED)
def test_the_corpus_reads_as_ever(name: str, tmp_path: Path) -> None:
    judge((CORPUS / name).read_bytes(), tmp_path / name)
    try:
        told = sorted(codes(strict(CORPUS / name)))
    except ArchiveError as error:
        told = [error.code]
    assert told == EXPECTED[name]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_zips_grown_by_chance(seed: int, tmp_path: Path) -> None:
    """A failure names the seed and the round, and leaves the zip in the test's folder."""
    chance = random.Random(seed)
    pool = [path.read_bytes() for path in sorted(CORPUS.glob("*.zip"))]
    pool += [make() for make in SOUND.values()]
    pool += [make() for name, (_, make) in HOSTILE.items() if not name.startswith("bomb")]
    path = tmp_path / "grown.zip"
    for number in range(ROUNDS):
        data = chance.choice(pool)
        for _ in range(chance.randint(1, 4)):
            data = mutated(data, pool, chance)
        try:
            manifest = judge(data, path)
        except Exception as error:
            error.add_note(f"seed {seed}, round {number}, the zip is {path}")
            raise
        if manifest is not None and len(data) < 2000 and chance.random() < 0.02:
            pool.append(data)


def mutated(data: bytes, pool: list[bytes], chance: random.Random) -> bytes:
    """One change, of a kind that zips break by."""
    at, length = chance.randint(0, len(data)), chance.choice([1, 2, 4, 8, 30, 46])
    other = chance.choice(pool)
    start = chance.randint(0, len(other))
    number = (chance.choice(NUMBERS) + chance.choice([-1, 0, 0, 1])) & (1 << 64) - 1
    match chance.randint(0, 9):
        case 0:
            return (
                data[:at] + bytes([data[at] ^ 1 << chance.randint(0, 7)]) + data[at + 1 :]
                if at < len(data)
                else data
            )
        case 1:
            return data[:at] + data[at + length :]
        case 2:
            return data[:at] + chance.randbytes(length) + data[at + length :]
        case 3:
            return data[:at] + other[start : start + length] + data[at:]
        case 4:
            width = chance.choice([2, 4, 8])
            return data[:at] + number.to_bytes(8, "little")[:width] + data[at + width :]
        case 5:
            return data[:at] + chance.choice(SIGNATURES) + data[at + chance.choice([0, 4]) :]
        case 6:
            return data + other[start:]
        case 7:
            return data[:at] + other + data[at:]
        case 8:
            return data[: len(data) - chance.randint(0, 40)]
        case _:
            return near_a_signature(data, chance)


def near_a_signature(data: bytes, chance: random.Random) -> bytes:
    """A byte of a record's fixed part, or the same byte of two records, made another one."""
    places = [at for signature in SIGNATURES for at in find_all(data, signature)]
    if not places:
        return data
    changed = bytearray(data)
    offset, value = chance.randint(4, 45), chance.choice([0, 1, 2, 8, 9, 20, 45, 255, chance.randint(0, 255)])
    first = chance.choice(places)
    twin = {b"PK\x03\x04": 2, b"PK\x01\x02": -2}.get(data[first : first + 4], 0)
    # Most fields of the directory's header stand two bytes behind those of the local one.
    for place in (first + offset, chance.choice(places) + offset + twin)[: chance.randint(1, 2)]:
        if place < len(changed):
            changed[place] = value
    return bytes(changed)


def find_all(data: bytes, signature: bytes) -> list[int]:
    found, at = [], data.find(signature)
    while at >= 0:
        found.append(at)
        at = data.find(signature, at + 1)
    return found
