"""YAML text: what a reader makes of it is what was written, whichever rules of YAML it follows."""

from __future__ import annotations

import string
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from onezip.deployer.export.yaml_text import Call, as_yaml

HARD = [
    "", " ", "yes", "No", "on", "OFF", "y", "null", "~", "true", "1", "0x1f", "1e3", "12:30", "2012-10-17",
    "a: b", "a:b", "AWS::Lambda::Function", "a #b", "#a", "- a", "-", "a'b", '"', "\n", "a\nb", "\t", "é",
    "😀", "{", "[a]", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a`", "=", "<<", "a/b.zip", "/a", "a:", ":a",
    "\x7f", "\x00", "\u2028", "\ufeff", "\x85", "a\\b", "../a",
]  # fmt: skip


@pytest.mark.parametrize("text", HARD)
def test_text_stays_text(text: str) -> None:
    assert yaml.safe_load(as_yaml({"key": text, "list": [text]})) == {"key": text, "list": [text]}
    assert yaml.safe_load(as_yaml({text: 1})) == {text: 1}


VALUES = st.recursive(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"])),
        st.text(string.printable),
        st.integers(-(2**40), 2**40),
        st.booleans(),
        st.none(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(string.printable, max_size=6), VALUES, max_size=4))
def test_every_value(value: dict[str, Any]) -> None:
    assert (yaml.safe_load(as_yaml(value)) or {}) == value


def test_functions_have_their_short_form() -> None:
    text = as_yaml({"A": Call("Ref", "B"), "C": [Call("Sub", "${D}-e")], "F": Call("GetAtt", ["G", "Arn"])})
    assert text == "A: !Ref B\nC:\n  - !Sub '${D}-e'\nF: !GetAtt [G, Arn]\n"
