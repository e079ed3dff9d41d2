from pathlib import Path

import pytest

from lint.cases import CASES
from lint.made import of
from onezip.archive.lint import IGNORE, RULES, Rule
from onezip.codes import CODES

ROWS = {rule.code: rule for rule in RULES}


@pytest.mark.parametrize("code", [*ROWS, IGNORE])
def test_every_rule_has_a_zip_that_shows_it_and_one_that_does_not(code: str, tmp_path: Path) -> None:
    bad, good = CASES[code]
    shown = of(bad(tmp_path / "bad.zip"), code)
    assert shown
    assert not of(good(tmp_path / "good.zip"), code)
    for finding in shown:
        assert finding.message
        assert finding.fix
    if code in ROWS and code not in LIGHTER:
        assert ROWS[code].severity in {finding.severity for finding in shown}


LIGHTER = {"check.zip-trailing"}
"""Rules whose example is the milder of two."""


def test_the_tables_agree() -> None:
    assert {code for code in CODES if code.startswith("check.")} == {*ROWS, IGNORE}
    assert len(ROWS) == len(RULES)
    assert set(CASES) == {*ROWS, IGNORE}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_has_words(rule: Rule) -> None:
    assert rule.docs.endswith(".")
    assert len(rule.docs) < 1024
    assert rule.meaning
    if getattr(rule.find, "__name__", "") != "<lambda>":
        assert rule.find.__doc__
