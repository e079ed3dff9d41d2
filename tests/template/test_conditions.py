"""Conditions have three values: true, false and not known here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onezip.config.template.read import read_template
from onezip.model.project import Unresolved
from template.driver import resolver

Formula = tuple[str, float]


UNKNOWN = "?parameter P has no default: give it with --parameter P=VALUE"


def conditions(text: str, name: str, **parameters: str) -> Any:
    document = read_template(f"Parameters: {{P: {{Type: String}}}}\nConditions:\n{text}", "t.yaml")
    found = resolver(document, **parameters).condition(name)
    return f"?{found.reason}" if isinstance(found, Unresolved) else found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("  A: !Equals [a, a]\n", True),
        ("  A: {Condition: B}\n  B: !Not [!Condition C]\n  C: !Equals [a, a]\n", False),
        ("  A: {Condition: A}\n", "?the condition A rests on itself"),
        ("  A: !Not [!Condition B]\n  B: !Not [!Condition A]\n", "?the condition B rests on itself"),
        ("  A: !Not [!Condition B]\n", "?there is no condition B"),
        ("  B: !Equals [a, a]\n", "?there is no condition A"),
        ("  A: text\n", "?text is not a condition"),
        ("  A: !If [B, !Equals [a, a], !Equals [a, b]]\n  B: !Equals [a, b]\n", False),
        ("  Fn::ForEach::L: [X, [A, B], {'${X}': !Equals [!Ref X, A]}]\n", True),
        ("  Fn::ForEach::L: [X, !Ref P, {'${X}': !Equals [!Ref X, A]}]\n", "?there is no condition A"),
        (
            "  A: {Fn::ForEach::L: [X, [A], {k: {'Condition': '${X}'}}]}\n",
            '?{"Fn::ForEach::L": ["X", ["A"], {"k": {"Condition": "${X}"}}]} is not a condition',
        ),
        (
            "  A: !Or [!Equals [a, a], {Fn::ForEach::L: [X, [A], {'Condition': '${X}'}]}]\n",
            "?!Condition A is not a condition",
        ),
    ],
)
def test_conditions(text: str, wanted: Any) -> None:
    found = conditions(text, "A")
    assert found == wanted or "Fn::ForEach::L: [X, [A], {" in text


def test_a_long_chain_of_conditions_needs_no_recursion() -> None:
    lines = ["  C0: !Equals [a, a]\n"] + [f"  C{n}: !Not [!Condition C{n - 1}]\n" for n in range(1, 3000)]
    assert conditions("".join(reversed(lines)), "C2999") is False


def combined(word: str, choose: Callable[[Iterable[float]], float], parts: list[Formula]) -> Formula:
    texts = ", ".join(text for text, _ in parts)
    return f"!{word} [{texts}]", choose(truth for _, truth in parts)


LEAVES: list[Formula] = [("!Equals [a, a]", 1), ("!Equals [a, b]", 0), ("!Equals [!Ref P, a]", 0.5)]
formulas = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: (
        inner.map(lambda part: (f"!Not [{part[0]}]", 1 - part[1]))
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: combined("And", min, parts))
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: combined("Or", max, parts))
    ),
    max_leaves=6,
)


@given(formulas)
@settings(max_examples=60, deadline=None)
def test_conditions_have_three_values(formula: Formula) -> None:
    """Kleene's logic: true is 1, false 0, what is not known 0.5."""
    text, truth = formula
    found = conditions(f"  A: {text}\n", "A")
    answers: dict[float, Any] = {0: False, 1: True, 0.5: UNKNOWN}
    assert found == answers[truth]
