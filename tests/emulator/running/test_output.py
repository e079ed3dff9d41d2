"""Lines out of bytes, and the bound of a line."""

from __future__ import annotations

import pytest

from onezip.emulator.environments.output import LONGEST, Lines


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([b"one\ntwo\n"], [b"one", b"two"]),
        ([b"o", b"n", b"e\r", b"\n", b"tw"], [b"one", b"tw"]),
        ([b"\n\n"], [b"", b""]),
        ([b""], []),
        ([b"last"], [b"last"]),
    ],
)
def test_lines(pieces: list[bytes], lines: list[bytes]) -> None:
    cut = Lines()
    found = [line for piece in pieces for line in cut.feed(piece)]
    assert found + cut.end() == lines
    assert cut.end() == []


def test_a_line_without_end_comes_in_parts() -> None:
    cut = Lines()
    parts = [part for _ in range(100) for part in cut.feed(b"x" * 10_000)] + cut.end()
    assert b"".join(parts) == b"x" * 1_000_000
    assert {len(part) for part in parts[:-1]} == {LONGEST}


def test_a_line_of_just_the_bound_is_one() -> None:
    cut = Lines()
    assert cut.feed(b"y" * LONGEST + b"\nz\n") == [b"y" * LONGEST, b"z"]
