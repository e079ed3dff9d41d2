"""Leaves of a template: what a scalar is, where a key stands, and the short forms of functions."""

from __future__ import annotations

from typing import Any

import pytest

from onezip.config.template.read import read_template
from onezip.config.template.scalar import Decimal, Whole, Word, key_place, text_of
from onezip.config.template.tags import LONG


def value(text: str) -> Any:
    return read_template(f"V: {text}\n", "t.yaml").tree["V"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", None), ("~", None), ("null", None), ("Null", None), ("NULL", None), ("nil", "nil"),
        ("true", True), ("True", True), ("TRUE", True), ("tRUE", True), ("false", False), ("False", False),
        ("yes", "yes"), ("no", "no"), ("NO", "NO"), ("on", "on"), ("Off", "Off"), ("y", "y"), ("n", "n"),
        ("0", 0), ("7", 7), ("-7", -7), ("+7", 7), ("123456789012", 123456789012),
        ("012345678901", "012345678901"), ("012345670123", "012345670123"), ("0755", "0755"), ("00", "00"),
        ("0o17", "0o17"), ("0xFF", "0xFF"), ("0b11", "0b11"), ("1_000", "1_000"), ("1,000", "1,000"),
        ("12:30:45", "12:30:45"), ("190:20:30.15", "190:20:30.15"), ("22:22", "22:22"),
        ("2012-10-17", "2012-10-17"), ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("=", "="), ("<<", "<<"), ("3.10", 3.1), ("1.0", 1.0), ("-.5", -0.5), ("5.", 5.0), ("2.5e3", 2500.0),
        ("1e3", "1e3"), ("1e400", "1e400"), (".", "."), (".inf", ".inf"), (".NaN", ".NaN"), ("-x", "-x"),
        ("1.2.3", "1.2.3"), ("9" * 19, "9" * 19), ("'7'", "7"), ('"true"', "true"),
        ("'~'", "~"), ("! 7", "7"), ("!!str 7", "7"), ("!!int 7", 7), ("!!bool true", True),
    ],
)  # fmt: skip
def test_a_scalar(text: str, wanted: object) -> None:
    found = value(text)
    assert found == wanted
    assert isinstance(found, bool) == isinstance(wanted, bool)
    assert isinstance(found, str) == isinstance(wanted, str)


@pytest.mark.parametrize("text", ["3.10", "1.0", "+5", "-0", "5.", ".5", "2.50e+3", "123456789012"])
def test_a_number_keeps_its_text(text: str) -> None:
    found = value(text)
    assert isinstance(found, Whole | Decimal)
    assert text_of(found) == text
    (inner,) = read_template(f'{{"V": [{text.lstrip("+.")}]}}', "t.yaml").tree["V"]
    assert text_of(inner) == text.lstrip("+.")


def test_keys_are_text() -> None:
    table = value("{1: a, 200.50: b, On: c, true: d, 2012-10-17: e, null: f, 0755: g}")
    assert list(table) == ["1", "200.50", "On", "true", "2012-10-17", "null", "0755"]
    assert all(isinstance(key, Word) for key in table)


def test_text_of_what_python_makes() -> None:
    values: list[Any] = [True, False, 5, 0.5, "x", None, [], {}]
    assert [text_of(item) for item in values] == ["true", "false", "5", "0.5", "x", None, None, None]


# places


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("\ufeffA:\n  B: 1\n\n  C:\n    - x\n    - D: y\n", "t.yaml"),
        ('{"A": {"B": 1,\n\n"C": [\n"x",\n{"D": "y"}]}}', "t.json"),
        ("A:\r\n  B: 1\r\n\r\n  C:\r\n    - x\r\n    - D: y\r\n", "t.yaml"),
    ],
)
def test_keys_know_their_lines(text: str, file: str) -> None:
    inner = read_template(text, file).tree["A"]
    offset = 0 if file == "t.yaml" else 1
    lines = [key_place(inner, "B"), key_place(inner, "C"), key_place(inner["C"][1], "D"), inner["C"][0].place]
    assert [str(place) for place in lines] == [
        f"{file}:{line}" for line in ([2, 4, 6, 5] if offset == 0 else [1, 3, 5, 4])
    ]
    assert key_place(inner, "missing") is None
    assert key_place("no table", "B") is None


# short forms


@pytest.mark.parametrize("tag", sorted(LONG))
def test_every_short_form_has_its_long_one(tag: str) -> None:
    long = tag[1:] if tag in {"!Ref", "!Condition"} else f"Fn::{tag[1:]}"

    def texts(text: str) -> list[str] | str:
        return [text] if tag == "!GetAtt" else text

    assert value(f"{tag} x") == {long: texts("x")}
    assert value(f"{tag} [1, a]") == {long: [1, "a"]}
    assert value(f"{tag} {{a: b}}") == {long: {"a": "b"}}
    assert value(f"{tag} 010") == {long: texts("010")}
    assert value(f"{tag} 10") == {long: texts("10")}


def test_get_att_is_split_once() -> None:
    assert value("!GetAtt A.B.C") == {"Fn::GetAtt": ["A", "B.C"]}
    assert value("!GetAtt [A, B]") == {"Fn::GetAtt": ["A", "B"]}
    assert value("!GetAtt A") == {"Fn::GetAtt": ["A"]}


def test_short_forms_in_one_another() -> None:
    assert value("!If [C, !Sub 'x${A}', !Join ['', [!Ref B]]]") == {
        "Fn::If": ["C", {"Fn::Sub": "x${A}"}, {"Fn::Join": ["", [{"Ref": "B"}]]}]
    }
