"""Each cause is told by a pair of zips that shows it, and by no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from explain.content_cases import CONTENT
from explain.driver import causes, codes, rendered
from explain.engine_cases import ENGINES
from explain.packing_cases import PACKING, Case
from explain.python_cases import PYTHON
from onezip.archive.explain import TABLE
from onezip.codes import CODES

CASES = PACKING | ENGINES | CONTENT | PYTHON
ELSEWHERE = {
    "sources", "platform", "flags", "component",  # test_components
    "toolchain", "go-module", "go-vcs", "go-trimpath", "go-setting", "go-code",  # test_go_programs
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_pair_shows_its_causes_and_no_others(name: str, tmp_path: Path) -> None:
    one: Case = CASES[name]
    found = causes(tmp_path, one.a(), one.b())
    text = rendered(found)
    assert codes(found) == one.codes, text
    for words in one.words:
        assert words in text
    assert not one.codes & one.near


@pytest.mark.parametrize("name", CASES)
def test_the_other_way_round_it_is_the_same_causes(name: str, tmp_path: Path) -> None:
    one = CASES[name]
    swapped = {"added": "removed", "removed": "added"}
    found = codes(causes(tmp_path, one.b(), one.a()))
    assert found == {swapped.get(code, code) for code in one.codes}


def test_every_cause_is_shown_and_nearly_shown() -> None:
    every = {code.removeprefix("differs.") for code in TABLE} - ELSEWHERE
    assert set().union(*(one.codes for one in CASES.values())) == every
    assert all(any(code not in one.codes for one in CASES.values()) for code in every)


def test_every_cause_has_a_meaning_and_advice() -> None:
    assert {code for code in CODES if code.startswith("differs.")} == set(TABLE)
    assert all(row.advice and row.advice.isprintable() for row in TABLE.values())
    weights = [row.weight for row in TABLE.values()]
    assert weights == sorted(weights, reverse=True)
