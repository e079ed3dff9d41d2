"""The table of decisions: words for each, from which the docs are made."""

from __future__ import annotations

import pytest

from onezip.emulator.events import uncertain_authorizers  # noqa: F401 - registers its decisions
from onezip.emulator.events.context import Context, domain
from onezip.emulator.events.ids import ids
from onezip.emulator.events.uncertain import DECISIONS, Decision
from onezip.model.front import FrontKind


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda each: each.name)
def test_each_decision_has_its_words(decision: Decision[object]) -> None:
    assert decision.mark in {"K", "I", "D", "local"}
    assert decision.decided.endswith(".")
    assert decision.fronts
    assert decision.otherwise[0].islower()


def test_names_are_unique() -> None:
    assert len({decision.name for decision in DECISIONS}) == len(DECISIONS) > 30


@pytest.mark.parametrize(
    ("kind", "own", "names"),
    [
        (FrontKind.REST, False, ["x-amzn-RequestId", "x-amz-apigw-id", "X-Amzn-Trace-Id"]),
        (FrontKind.REST, True, ["x-amzn-RequestId", "x-amz-apigw-id"]),
        (FrontKind.HTTP, False, ["Apigw-Requestid"]),
        (FrontKind.HTTP_V1, True, ["apigw-requestid"]),
        (FrontKind.URL, False, ["x-amzn-RequestId", "X-Amzn-Trace-Id"]),
        (FrontKind.ALB, False, []),
    ],
)
def test_ids(kind: FrontKind, own: bool, names: list[str]) -> None:
    context = Context("r", 0.0, trace_id="t", extended_id="e")
    assert [name for name, _ in ids(kind, context, own=own)] == names


def test_domains() -> None:
    assert domain("api.example:80") == ("api.example", "api")
    assert domain("[::1]:80")[0] == "[::1]"
    assert Context("r", 1583348638.39).clf == "04/Mar/2020:19:03:58 +0000"
    assert Context("r", 1583348638.39).epoch == 1583348638390
