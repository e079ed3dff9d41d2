"""The Date header's form is that of the library, whatever the locale."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from onezip.emulator.http.server import formatted


@pytest.mark.parametrize("seconds", [0, 951782400, 1700000000, 1709251199, 1767225599, 4102444800])
def test_a_date(seconds: int) -> None:
    assert formatted(time.gmtime(seconds)) == formatdate(seconds, usegmt=True)


def test_every_day_and_month() -> None:
    for day in range(366):
        seconds = 1704067200 + day * 86_400 + day
        assert formatted(time.gmtime(seconds)) == formatdate(seconds, usegmt=True)
