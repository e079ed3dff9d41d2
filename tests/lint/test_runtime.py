from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from lint.made import PYTHON, of, one, python
from onezip.errors import Severity
from onezip.limits import RUNTIMES


@pytest.mark.parametrize(
    ("runtime", "today", "severity"),
    [
        ("python3.9", date(2025, 12, 14), None),
        ("python3.9", date(2025, 12, 15), Severity.WARNING),
        ("python3.9", date(2027, 2, 1), Severity.WARNING),
        ("python3.9", date(2027, 3, 3), Severity.ERROR),
        ("python3.15", date(2026, 11, 21), Severity.NOTE),
        ("python3.13", date(2026, 11, 21), None),
    ],
)
def test_dates(runtime: str, today: date, severity: Severity | None, tmp_path: Path) -> None:
    report = python(tmp_path / "a.zip", {}, runtime=RUNTIMES[runtime], today=today)
    found = of(report, "check.runtime-deprecated")
    assert [each.severity for each in found] == ([severity] if severity else [])


def test_the_service_s_words(tmp_path: Path) -> None:
    report = python(tmp_path / "a.zip", {}, runtime=RUNTIMES["python3.8"])
    assert one(report, "check.runtime-deprecated").prevents == (
        "The runtime parameter of python3.8 is no longer supported for creating or updating"
        " AWS Lambda functions"
    )


def test_an_identifier_of_no_table(tmp_path: Path) -> None:
    report = python(tmp_path / "a.zip", {}, runtime=replace(PYTHON, id="python3.99"))
    found = one(report, "check.runtime-unknown")
    assert "'python3.99' is not in onezip's table" in found.message
    assert found.severity is Severity.NOTE
