"""Stacks in stacks, and files that a template includes."""

from __future__ import annotations

import pytest

from onezip.errors import ProjectError
from template.driver import complaints, describe, one

CHILD = """\
Parameters:
  P: {Type: String, Default: default}
  L: {Type: CommaDelimitedList, Default: ""}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: a
      Runtime: provided.al2023
      Description: !Sub "${P}"
      Environment:
        Variables: {LIST: !Join ["+", !Ref L], REGION: !Ref "AWS::Region", NAME: !Ref "AWS::StackName"}
"""
UNKNOWN = "is not known here: Table is a resource: its name is known when it is deployed"
FILES = {"child/t.yaml": CHILD, "child/a/main.go": "", "a/main.go": ""}


def above(properties: str, kind: str = "AWS::Serverless::Application", sections: str = "") -> str:
    key = "Location" if "Serverless" in kind else "TemplateURL"
    return (
        f"{sections}\nResources:\n  S:\n    Type: {kind}\n"
        f"    Properties: {{{key}: child/t.yaml, {properties}}}\n  Table: {{Type: AWS::DynamoDB::Table}}\n"
    )


def handed(properties: str, sections: str = "", **parameters: str) -> dict[str, object]:
    """What of the parameters arrives in the child's function."""
    described = describe(above(properties, sections=sections), FILES, **parameters)
    table = described.functions["S-F"].table
    return {"description": table.get("description"), **table["environment"]}


@pytest.mark.parametrize("kind", ["AWS::Serverless::Application", "AWS::CloudFormation::Stack"])
def test_functions_of_a_nested_stack(kind: str) -> None:
    described = describe(above("", kind), FILES)
    assert described.functions["S-F"].table["source"] == "child/a"
    assert str(described.functions["S-F"].place) == "child/t.yaml:5"
    assert described.notes[0] == "S: the functions of child/t.yaml are called S-NAME"


@pytest.mark.parametrize(
    ("properties", "wanted"),
    [
        ("", {"description": "default", "LIST": ""}),
        ("Parameters:", {"description": "default", "LIST": ""}),
        ("Parameters: {P: 3.10, L: 'a, b'}", {"description": "3.10", "LIST": "a+b"}),
        ("Parameters: {P: !Ref 'AWS::NoValue', L: [a, b]}", {"description": "default", "LIST": "a+b"}),
        ("Parameters: {P: !Ref Table, L: [a, !Ref Table]}", {"description": None}),
        ("Parameters: !If [Yes, {P: x}, {P: y}]", {"description": "x", "LIST": ""}),
        ("Parameters: !If [Unknown, {P: x}, {P: y}]", {"description": None}),
    ],
)
def test_what_is_handed_down(properties: str, wanted: object) -> None:
    sections = "Conditions: {Yes: !Equals [a, a], Unknown: !Equals [a, !Ref 'AWS::Region']}"
    assert handed(properties, sections) == wanted


def test_the_region_goes_down_and_the_name_does_not() -> None:
    found = handed("", AWS__Region="eu-west-1", AWS__StackName="top")
    assert found == {"description": "default", "LIST": "", "REGION": "eu-west-1"}


def test_what_the_user_gives_is_for_the_top() -> None:
    found = handed("Parameters: {P: !Ref Q}", "Parameters: {Q: {Type: String}}", Q="given")
    assert found["description"] == "given"


@pytest.mark.parametrize(
    ("properties", "wanted"),
    [
        ("Parameters: {Q: x}", "5 template.parameter child/t.yaml has no parameter Q (did you mean P?)"),
        ("Parameters: [x]", "5 template.value S: Parameters must be a table"),
    ],
)
def test_wrong_parameters(properties: str, wanted: str) -> None:
    with pytest.raises(ProjectError) as caught:
        describe(above(properties), FILES)
    (found,) = complaints(caught.value)
    assert found.partition(" (")[0] == f"template.yaml:{wanted}".partition(" (")[0]


@pytest.mark.parametrize(
    ("location", "note"),
    [
        ("https://s3.amazonaws.com/b/k", "S: not read, its template is not a local file"),
        ("s3://b/k", "S: not read, its template is not a local file"),
        ("{ApplicationId: x, SemanticVersion: 1.0.0}", "S: not read, its template is not a local file"),
        ("!Sub 'https://${Table}/k'", f'S: not read, its Location !Sub "https://${{Table}}/k" {UNKNOWN}'),
    ],
)
def test_stacks_that_are_not_here(location: str, note: str) -> None:
    text = above("").replace("child/t.yaml", location)
    described = describe(text, FILES)
    assert (described.functions, described.notes) == ({}, (note,))


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({}, "template.yaml:5 template.nested S: Location child/t.yaml does not exist"),
        ({"child/t.yaml": "A: !Foo x"}, "child/t.yaml:1 template.tag !Foo is no tag of CloudFormation"),
        ({"child/t.yaml": "A: 1"}, "child/t.yaml template.syntax child/t.yaml has no Resources"),
        (
            {"child/t.yaml": "Globals: {Funktion: {}}\nResources: {}"},
            "child/t.yaml:1 template.globals Globals has no section 'Funktion'",
        ),
        (
            {"child/t.yaml": above("").replace("child/t.yaml", "../child/t.yaml")},
            "child/t.yaml:5 template.nested S-S: Location ../child/t.yaml leads back to itself",
        ),
        (
            {"child/t.yaml": above("").replace("child/t.yaml", "../template.yaml")},
            "child/t.yaml:5 template.nested S-S: Location ../template.yaml leads back to itself",
        ),
    ],
)
def test_wrong_stacks(files: dict[str, str], wanted: str) -> None:
    with pytest.raises(ProjectError) as caught:
        describe(above(""), files)
    (found,) = complaints(caught.value)
    assert found.partition(" (")[0] == wanted


def test_stacks_are_not_followed_for_ever() -> None:
    text = above("").replace("child/t.yaml", "t%d.yaml")
    files = {f"t{n}.yaml": text % (n + 1) for n in range(50)}
    with pytest.raises(ProjectError) as caught:
        describe(files["t0.yaml"], files, name="t0.yaml")
    assert caught.value.code == "template.nested"


def test_a_mistake_below_stops_nothing_beside_it() -> None:
    text = above("") + "  G: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.13}}\n"
    with pytest.raises(ProjectError) as caught:
        describe(text, {"child/t.yaml": "Resources: {F: {Type: AWS::Lambda::Function, Properties: {}}}"})
    assert [str(found.place) for found in caught.value.diagnostics()] == ["child/t.yaml:1", "template.yaml:7"]


def test_one_template_for_two_stacks() -> None:
    stack = "{Type: AWS::Serverless::Application, Properties: {Location: child/t.yaml, Parameters: {P: %s}}}"
    text = (
        f"Resources:\n  A: {stack % 'a'}\n  B: {stack % 'b'}\n"
        "  C: {Type: AWS::Serverless::Application, Condition: No, Properties: {Location: none}}\n"
        "Conditions: {No: !Equals [a, b]}\n"
    )
    described = describe(text, FILES)
    tables = described.tables()
    assert {name: tables[name]["description"] for name in tables} == {"A-F": "a", "B-F": "b"}
    assert "C: left out, its condition No is false" in described.notes


def test_names_that_meet() -> None:
    text = above("") + (
        "  S-F: {Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2023, CodeUri: a}}\n"
    )
    with pytest.raises(ProjectError) as caught:
        describe(text, FILES)
    assert complaints(caught.value) == [
        "template.yaml:7 template.duplicate S-F: another function has this name"
    ]


INCLUDE = "Resources:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: %s}}\n"
FRAGMENT = "G: {Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2023, CodeUri: a}}\n"


def test_an_include() -> None:
    described = describe(INCLUDE % "parts/more.yaml", {**FILES, "parts/more.yaml": FRAGMENT})
    assert str(described.functions["G"].place) == "parts/more.yaml:1"
    assert described.functions["G"].table["source"] == "a"


@pytest.mark.parametrize("location", ["s3://b/k", "!Ref Nobody", "[x]", '"\\0"'])
def test_an_include_that_is_not_here(location: str) -> None:
    described = describe(INCLUDE % location)
    assert described.notes[0].startswith("template.yaml: what ")
    assert described.notes[0].endswith(" brings in is not read")


def test_another_transform() -> None:
    text = "Resources:\n  Fn::Transform: {Name: Mine}\n  F: {Type: AWS::SNS::Topic}\n"
    assert describe(text).notes == ('template.yaml: what {"Name": "Mine"} brings in is not read',)


def test_an_include_that_is_missing() -> None:
    with pytest.raises(ProjectError) as caught:
        describe(INCLUDE % "none.yaml")
    assert complaints(caught.value) == [
        "template.yaml:2 template.nested the include none.yaml does not exist"
    ]


def test_an_include_in_the_properties_is_noted() -> None:
    transform = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}"
    text = one(f"Runtime: provided.al2023, CodeUri: a, {transform}")
    assert describe(text, FILES).notes == ("F: what its Fn::Transform brings in is not read",)
