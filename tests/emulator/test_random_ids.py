"""Identifiers are UUIDs, and never come twice."""

from __future__ import annotations

from uuid import RFC_4122, UUID

from onezip.emulator.environments.random_ids import Random


def test_they_are_random_uuids() -> None:
    random = Random()
    made = [random.uuid() for _ in range(5000)]
    assert len(set(made)) == 5000
    assert {(UUID(each).version, UUID(each).variant, str(UUID(each)) == each) for each in made} == {
        (4, RFC_4122, True)
    }


def test_digits_are_as_many_as_wanted() -> None:
    random = Random()
    made = [random.digits(count) for count in (1, 8, 24, 4096, 4096, 4095, 4096, 31)]
    assert [len(each) for each in made] == [1, 8, 24, 4096, 4096, 4095, 4096, 31]
    assert len(set(made)) == len(made)
    assert all(set(each) <= set("0123456789abcdef") for each in made)
