"""Intrinsic functions: what is known, and why the rest is not."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onezip.config.template.intrinsics import LONGEST, expression
from onezip.config.template.read import read_template
from onezip.config.template.resolver import NO_VALUE
from onezip.model.project import Known, Unresolved
from template.driver import resolve, resolver

SECTIONS = """\
Parameters:
  Stage: {Type: String, Default: dev}
  Count: {Type: Number, Default: 010}
  Size: {Type: Number, Default: 512}
  Flag: {Type: String, Default: true}
  Names: {Type: CommaDelimitedList, Default: "a, b ,c"}
  Ids: {Type: List<Number>, Default: "1,2"}
  Zones: {Type: "List<AWS::EC2::AvailabilityZone::Name>", Default: x}
  Listed: {Type: CommaDelimitedList, Default: [p, q]}
  Asked: {Type: String}
  Image: {Type: "AWS::SSM::Parameter::Value<String>", Default: /path/image}
  Path: {Type: "AWS::SSM::Parameter::Name", Default: /path/name}
Mappings:
  Map:
    dev: {memory: 128, list: [x, y], "1": one}
Conditions:
  Dev: !Equals [!Ref Stage, dev]
  Prod: !Equals [!Ref Stage, prod]
  Ireland: !Equals [!Ref "AWS::Region", eu-west-1]
Resources:
  Table: {Type: AWS::DynamoDB::Table}
"""

ASKED = "?parameter Asked has no default: give it with --parameter Asked=VALUE"
REGION = "?AWS::Region is known when deployed: give it with --parameter AWS::Region=VALUE"
TABLE = "?Table is a resource: its name is known when it is deployed"
DYNAMIC = "?a dynamic reference is read when deployed"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # Ref
        ("!Ref Stage", "dev"),
        ("!Ref Count", "010"),
        ("!Ref Size", "512"),
        ("!Ref Flag", "true"),
        ("!Ref Names", ["a", "b", "c"]),
        ("!Ref Ids", ["1", "2"]),
        ("!Ref Zones", ["x"]),
        ("!Ref Listed", ["p", "q"]),
        ("!Ref Path", "/path/name"),
        ("{Ref: {'Fn::Sub': Stage}}", "dev"),
        ("!Ref Asked", ASKED),
        ("!Ref Image", "?its value stands in the Systems Manager parameter /path/image"),
        ("!Ref Table", TABLE),
        ("!Ref Nobody", "?there is no parameter or resource Nobody"),
        ("!Ref AWS::Region", REGION),
        ("!Ref [Stage]", '?["Stage"] is not text'),
        ("!GetAtt Table.Arn", "?an attribute of a resource is known when it is deployed"),
        # what is removed
        ("[a, !Ref 'AWS::NoValue', b]", ["a", "b"]),
        ("{a: !Ref 'AWS::NoValue', b: 1}", {"b": 1}),
        ("{a: !If [Prod, x, !Ref 'AWS::NoValue'], b: 1}", {"b": 1}),
        # Sub
        ("!Sub '${Stage}-${Size}'", "dev-512"),
        ("!Sub '${ Stage }'", "dev"),
        ("!Sub '${!Stage} $Stage ${!}'", "${Stage} $Stage ${}"),
        ("!Sub ['${A}${Stage}', {A: !Ref Size, Stage: own}]", "512own"),
        ("!Sub ['${A}', {A: !Sub '${Stage}'}]", "dev"),
        ("!Sub 'text'", "text"),
        ("!Sub '${Asked}'", ASKED),
        ("!Sub '${Table}'", TABLE),
        ("!Sub '${Table.Arn}'", "?Table.Arn is an attribute of a resource: it is known when deployed"),
        ("!Sub '${AWS::Region}'", REGION),
        ("!Sub '${Names}'", '?["a", "b", "c"] is not text'),
        ("!Sub '${AWS::NoValue}'", "?AWS::NoValue is not text"),
        ("!Sub '${}'", "?there is no parameter or resource "),
        ("!Sub '{{resolve:ssm:${Stage}}}'", DYNAMIC),
        ("!Sub {a: b}", '?{"a": "b"} is not a list'),
        ("!Sub [1, {}]", "?it takes a text, or a text and a table"),
        ("!Sub [a]", "?it takes 2 arguments, not 1"),
        # Join, Split, Select
        ("!Join [',', [a, 1, true, 3.10, !Ref Stage]]", "a,1,true,3.10,dev"),
        ("!Join ['', []]", ""),
        ("!Join ['-', !Ref Names]", "a-b-c"),
        ("!Join ['-', [a, !Ref 'AWS::NoValue', b]]", "a-b"),
        ("!Join ['-', [a, !Ref Asked]]", ASKED),
        ("!Join ['-', a]", "?a is not a list"),
        ("!Join ['-', [[a]]]", '?["a"] is not text'),
        ("!Join ['-']", "?it takes 2 arguments, not 1"),
        ("!Join a", "?a is not a list"),
        ("!Split [',', 'a,b,']", ["a", "b", ""]),
        ("!Split [',', !Ref Asked]", ASKED),
        ("!Split ['', a]", "?the delimiter is empty"),
        ("!Select [1, [a, b]]", "b"),
        ("!Select ['0', !Ref Names]", "a"),
        ("!Select [!Ref Asked, [a]]", ASKED),
        ("!Select [0, [a, !Ref Asked]]", "a"),
        ("!Select [1, [a, !Ref Asked]]", ASKED),
        ("!Select [2, [a, b]]", "?the list of 2 has no item 2"),
        ("!Select [-1, [a, b]]", "?the list of 2 has no item -1"),
        ("!Select [0, !GetAZs '']", "?the Region decides"),
        # Base64, Length, ToJsonString
        ("!Base64 é", "w6k="),
        ("{'Fn::Base64': !Sub '${Stage}'}", "ZGV2"),
        ("!Base64 [a]", '?["a"] is not text'),
        ("!Length [a, b]", 2),
        ("{'Fn::Length': !Ref Names}", 3),
        ("!Length abc", "?abc is not a list"),
        ("!ToJsonString {a: !Ref Stage, b: [1, true]}", '{"a":"dev","b":[1,true]}'),
        ("!ToJsonString {a: !Ref Asked}", ASKED),
        ("!ToJsonString text", "?it takes a table or a list"),
        # FindInMap
        ("!FindInMap [Map, !Ref Stage, memory]", 128),
        ("!FindInMap [Map, dev, list]", ["x", "y"]),
        ("!FindInMap [Map, dev, 1]", "one"),
        ("!FindInMap [Map, prod, memory]", "?there is no Map.prod.memory in Mappings"),
        ("!FindInMap [None, dev, memory]", "?there is no None.dev.memory in Mappings"),
        ("!FindInMap [Map, dev, memory, {DefaultValue: 1}]", 128),
        ("!FindInMap [Map, prod, memory, {DefaultValue: !Ref Stage}]", "dev"),
        ("!FindInMap [Map, prod, memory, {DefaultValue: !Ref Asked}]", ASKED),
        ("!FindInMap [Map, prod, memory, {}]", "?there is no Map.prod.memory in Mappings"),
        ("!FindInMap [Map, !Ref Asked, memory]", ASKED),
        ("!FindInMap [Map, dev]", "?it takes 3 arguments, not 2"),
        # If and conditions
        ("!If [Dev, a, b]", "a"),
        ("!If [Prod, a, !Ref Size]", "512"),
        ("!If [Ireland, a, b]", REGION),
        ("!If [Ireland, !Ref Stage, dev]", "dev"),
        ("!If [Ireland, !Ref Asked, !Ref Asked]", REGION),
        ("!If [Nobody, a, b]", "?there is no condition Nobody"),
        ("!If [Dev, a]", "?it takes a condition and two values"),
        ("!Equals [1, '1']", True),
        ("!Equals [true, 'true']", True),
        ("!Equals [a, A]", False),
        ("!Equals [[a, 1], [a, '1']]", True),
        ("!Equals [{a: b}, {a: c}]", False),
        ("!Equals [!Ref Asked, a]", ASKED),
        ("!Equals [a, a, a]", "?it takes 2 arguments, not 3"),
        ("!Not [!Equals [a, b]]", True),
        ("!Not [!Condition Ireland]", REGION),
        ("!Not [a]", "?a is not a condition"),
        ("!And [!Condition Dev, !Condition Ireland]", REGION),
        ("!And [!Condition Prod, !Condition Ireland]", False),
        ("!And [!Condition Ireland, !Condition Prod]", False),
        ("!And [!Condition Dev, !Condition Dev]", True),
        ("!Or [!Condition Dev, !Condition Ireland]", True),
        ("!Or [!Condition Ireland, !Condition Dev]", True),
        ("!Or [!Condition Prod, !Condition Ireland]", REGION),
        ("!Or [!Condition Prod, !Condition Prod]", False),
        # what a deployment knows
        ("'{{resolve:ssm:/a/b:1}}'", DYNAMIC),
        ("'x {{resolve:secretsmanager:a:SecretString:b}} y'", DYNAMIC),
        ("!ImportValue x", "?another stack exports it"),
        ("!GetStackOutput [a, b]", "?another stack gives it"),
        ("!Cidr [a, 1, 8]", "?it is computed when deployed"),
        ("!Transform {Name: AWS::Include}", "?a macro makes it when deployed"),
        ("{'Fn::Nothing': 1}", "?Fn::Nothing is no function of CloudFormation"),
        # plain values
        ("{a: [1, x, null, true], b: {}}", {"a": [1, "x", None, True], "b": {}}),
        ("{Ref: Stage, Other: 1}", {"Ref": "Stage", "Other": 1}),
    ],
)
def test_a_value(text: str, wanted: Any) -> None:
    assert resolve(text, SECTIONS) == wanted


def test_given_values_come_before_defaults() -> None:
    given = {"Stage": "prod", "Asked": "x", "Names": "p,q", "AWS__Region": "eu-west-1", "Image": "/other"}
    wanted = {
        "!Ref Stage": "prod",
        "!Sub '${Asked}'": "x",
        "!Ref Names": ["p", "q"],
        "!If [Prod, a, b]": "a",
        "!If [Ireland, a, b]": "a",
        "!Ref AWS::Region": "eu-west-1",
        "!Ref Image": "?its value stands in the Systems Manager parameter /other",
        "!Ref AWS::AccountId": REGION.replace("Region", "AccountId"),
    }
    assert {text: resolve(text, SECTIONS, **given) for text in wanted} == wanted


def test_values_as_a_whole() -> None:
    document = read_template(SECTIONS + "Value: {a: [!Ref Stage, {b: !Ref Table}]}\n", "t.yaml")
    made = resolver(document)
    assert made.value(document.tree["Value"]) == Unresolved(
        '{"a": [{"Ref": "Stage"}, {"b": {"Ref": "Table"}}]}', TABLE[1:]
    )
    assert made.value({"Ref": "Stage"}) == Known("dev")
    assert made.value({"Ref": "AWS::NoValue"}) is None
    assert made.value(None) is None
    assert made.resolve({"Ref": "AWS::NoValue"}) is NO_VALUE


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("!Ref Table", "!Ref Table"),
        ("!GetAtt A.B.C", "!GetAtt A.B.C"),
        ("!GetAtt [A, B.C]", "!GetAtt A.B.C"),
        ("!ImportValue x", "!ImportValue x"),
        ("!Sub 'x\n  ${Y}'", '!Sub "x ${Y}"'),
        ("!Join ['', [!Ref A, é]]", '!Join ["", [{"Ref": "A"}, "é"]]'),
        ("{'Fn::Nothing': 1}", "Fn::Nothing 1"),
        ("plain", "plain"),
        ("7", "7"),
        ("[a]", '["a"]'),
        ("!Sub " + "x" * 200, '!Sub "' + "x" * 90 + " ..."),
    ],
)
def test_expressions_are_shown_as_people_write_them(text: str, wanted: str) -> None:
    assert expression(read_template(f"V: {text}", "t.yaml").tree["V"]) == wanted


def test_a_text_cannot_double_for_ever() -> None:
    inner = "x" * 1000
    for _ in range(30):
        inner = f"!Sub ['${{a}}${{a}}', {{a: {inner}}}]"
    assert resolve(inner) == f"?it is longer than {LONGEST} characters"


# all of it


WORDS = [
    "a", "P", "Q", "C", "T", "M", "0", "AWS::Region", "AWS::NoValue", "${P}", "${T.X}", "{{resolve:ssm:x}}",
]  # fmt: skip
KEYS = [
    "Ref", "Condition", "Fn::If", "Fn::Sub", "Fn::Join", "Fn::Split", "Fn::Select", "Fn::Base64",
    "Fn::Length", "Fn::ToJsonString", "Fn::FindInMap", "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not",
    "Fn::GetAtt", "Fn::ForEach::L", "Fn::Transform", "Fn::Cidr", "DefaultValue", "${P}", "Fn::", "x",
]  # fmt: skip
scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", *WORDS])
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=2),
    max_leaves=25,
)


@given(trees, trees, trees)
@settings(max_examples=150, deadline=None)
def test_no_tree_makes_it_fail(value: Any, condition: Any, mapping: Any) -> None:
    """Whatever stands there, there is a value or a reason."""
    text = json.dumps(
        {
            "Parameters": {"P": {"Type": "String"}, "Q": {"Type": "CommaDelimitedList", "Default": "a,0"}},
            "Conditions": {"C": condition, "P": {"Condition": "C"}},
            "Mappings": {"M": mapping},
            "Resources": {"T": {"Type": "X"}},
            "Value": value,
        }
    )
    document = read_template(text, "t.json")
    made = resolver(document)
    found = made.value(document.tree["Value"])
    assert found is None or isinstance(found, Known | Unresolved)
    if isinstance(found, Unresolved):
        assert found.expression
        assert found.reason
    assert isinstance(made.condition("P"), bool | Unresolved)
    assert not re.search("object at 0x", repr(found))
