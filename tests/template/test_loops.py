"""Loops: what they stand for, and where they stop."""

from __future__ import annotations

from typing import Any

import pytest

from template.driver import resolve

NOBODY = "?there is no parameter or resource N"


def loop(text: str, sections: str = "", **parameters: str) -> Any:
    return resolve("{" + text + "}", sections, **parameters)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Fn::ForEach::L: [X, [a, b], {'K${X}': 'v-${X}'}]", {"Ka": "v-a", "Kb": "v-b"}),
        ("Fn::ForEach::L: [X, [a.b], {'K&{X}': [!Ref X, '&{X}']}]", {"Kab": ["a.b", "ab"]}),
        ("Fn::ForEach::L: [X, [a], {'${X}': !Sub '${X}-${P}'}]", {"a": "a-x"}),
        ("Fn::ForEach::L: [X, [1, true, 3.10], {'${X}': ''}]", {"1": "", "true": "", "3.10": ""}),
        ("Fn::ForEach::L: [X, !Split [',', 'a,b'], {'${X}': 1}]", {"a": 1, "b": 1}),
        ("Fn::ForEach::L: [X, [], {'${X}': 1}], Other: 2", {"Other": 2}),
        (
            "Fn::ForEach::L: [X, [a, b], {Fn::ForEach::M: [Y, ['1', '2'], {'${X}${Y}': !Sub '${Y}${X}'}]}]",
            {"a1": "1a", "a2": "2a", "b1": "1b", "b2": "2b"},
        ),
        ("Fn::ForEach::L: [X, [a], {'${X}': '${Y}', K: x}]", {"a": "${Y}", "K": "x"}),
        ("Fn::ForEach::L: [X, !Ref N, {'${X}': 1}]", {"Fn::ForEach::L": NOBODY}),
        ("Fn::ForEach::L: [X, [!Ref N], {'${X}': 1}]", {"Fn::ForEach::L": NOBODY}),
        ("Fn::ForEach::L: [X, abc, {'${X}': 1}]", {"Fn::ForEach::L": "?abc is not a list"}),
        (
            "Fn::ForEach::L: [X, [a]]",
            {"Fn::ForEach::L": "?a loop is a list of three: an identifier, a collection and a table"},
        ),
        (
            "Fn::ForEach::L: [P, [a], {'${P}': 1}]",
            {"Fn::ForEach::L": "?its identifier P is a parameter too"},
        ),
        ("Fn::ForEach::L: [X, [a], {'${X}': 1, a: 2}]", {"Fn::ForEach::L": "?'a' stands twice"}),
    ],
)  # fmt: skip
def test_loops(text: str, wanted: Any) -> None:
    assert loop(text, "Parameters: {P: {Type: String, Default: x}}") == wanted


def test_loops_have_limits() -> None:
    many = ", ".join(f"i{n}" for n in range(100))
    text = f"Fn::ForEach::A: [X, [{many}], {{Fn::ForEach::B: [Y, [{many}], {{'${{X}}${{Y}}': 1}}]}}]"
    assert loop(text) == {"Fn::ForEach::A": "?more than 5000 copies"}
    deep = "{'k${X0}': 1}"
    for level in range(6):
        deep = f"{{Fn::ForEach::L{level}: [X{level}, [a], {deep}]}}"
    assert resolve(deep) == {"Fn::ForEach::L5": "?more than 5 loops in one another"}
