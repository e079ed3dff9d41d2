"""Parameters: what may be given, and what is split."""

from __future__ import annotations

import pytest

from onezip.config.template.parameters import settle
from onezip.config.template.read import read_template
from onezip.errors import ProjectError
from onezip.model.place import Place
from onezip.model.project import Unresolved
from template.driver import complaints

NO = "t.yaml template.parameter t.yaml has no parameter"


@pytest.mark.parametrize(
    ("parameters", "given", "wanted"),
    [
        ("{A: {Type: String}}", {"B": "x"}, f"{NO} B (its parameters: A)"),
        ("{}", {"B": "x"}, f"{NO} B (its parameters: it has none)"),
        ("{Stage: {}}", {"Stag": "x"}, f"{NO} Stag (did you mean Stage?)"),
        ("{}", {"AWS::Regio": "x"}, f"{NO} AWS::Regio (did you mean AWS::Region?)"),
        (
            "{A: {Type: String, AllowedValues: [x, 1, true]}}",
            {"A": "y"},
            "t.yaml:1 template.parameter parameter A may not be 'y' (allowed: x, 1, true)",
        ),
        (
            "{A: {Type: CommaDelimitedList, AllowedValues: [x, y]}}",
            {"A": "x, z"},
            "t.yaml:1 template.parameter parameter A may not be 'z' (allowed: x, y)",
        ),
        (
            "{A: {Type: String, Default: z, AllowedValues: [x]}}",
            {},
            "t.yaml:1 template.parameter parameter A may not be 'z' (allowed: x)",
        ),
        ("{A: text}", {}, "t.yaml:1 template.value the parameter A must be a table"),
        ("[A]", {}, "t.yaml:1 template.value Parameters must be a table"),
    ],
)  # fmt: skip
def test_wrong_parameters(parameters: str, given: dict[str, str], wanted: str) -> None:
    with pytest.raises(ProjectError) as caught:
        settle(read_template(f"Parameters: {parameters}", "t.yaml"), given)
    assert complaints(caught.value) == [wanted]


def test_allowed_values() -> None:
    document = read_template("Parameters: {A: {Type: Number, AllowedValues: [1, 2.50, true]}}", "t.yaml")
    for text in ("1", "2.50", "true"):
        assert settle(document, {"A": text}) == {"A": text}


def test_what_the_stack_above_does_not_know() -> None:
    document = read_template("Parameters: {A: {Type: String, AllowedValues: [x]}}", "t.yaml")
    unknown = Unresolved("!Ref Table", "a resource")
    assert settle(document, {"A": unknown}) == {"A": unknown}
    with pytest.raises(ProjectError) as caught:
        settle(document, {"B": unknown}, Place("above.yaml", 7))
    assert str(caught.value.place) == "above.yaml:7"
