"""The table of Python's library against the Pythons of this machine."""

import pytest

from lint.stdlib_table import found_here
from onezip.archive.rules.modules import brought
from onezip.archive.rules.stdlib import NEWEST, OLDEST, library

HERE = found_here()


@pytest.mark.parametrize("version", sorted(HERE), ids=lambda version: f"{version[0]}.{version[1]}")
def test_the_table_is_what_a_real_python_says(version: tuple[int, int]) -> None:
    assert library(version) == HERE[version]


def test_versions_beyond_the_table_are_the_nearest() -> None:
    assert library((3, 99)) == library(NEWEST)
    assert library((2, 7)) == library(OLDEST)


@pytest.mark.parametrize(
    ("module", "first", "last"),
    [
        ("json", 8, 15), ("tomllib", 11, 15), ("zoneinfo", 9, 15), ("annotationlib", 14, 15),
        ("distutils", 8, 11), ("telnetlib", 8, 12), ("dummy_threading", 8, 8), ("setuptools", 8, 11),
        ("boto3", 8, 15), ("this", 8, 15), ("winreg", 1, 0), ("requests", 1, 0),
    ],
)  # fmt: skip
def test_what_a_runtime_brings(module: str, first: int, last: int) -> None:
    assert [minor for minor in range(8, 16) if brought(module, (3, minor))] == [*range(first, last + 1)]
