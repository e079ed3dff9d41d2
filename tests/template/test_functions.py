"""The tables of functions, the lines they come from, and the walk over the resources."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onezip.codes import CODES
from onezip.config.schema import NOT_YET, TABLES
from onezip.config.template.functions import functions
from onezip.config.template.read import read_template
from onezip.errors import ProjectError
from onezip.model.function import Architecture, Language
from onezip.model.place import Place
from template.driver import HEAD, complaints, describe, one, project, shown
from template.single import FILES, GO, metadata, refusal

# tables


def test_a_whole_table() -> None:
    text = one(
        "Runtime: python3.13, CodeUri: ./b/, Handler: app.handler, Architectures: [arm64], MemorySize: '256',"
        " Timeout: 7, EphemeralStorage: {Size: 1024}, Description: d, FunctionName: shop, Layers: [x],"
        " Role: r, Environment: {Variables: {TEXT: a, NUMBER: 1, SWITCH: true, VERSION: 3.10, NONE: ''}}"
    )
    described = describe(text, FILES)
    assert described.functions["F"].table == {
        "source": "b",
        "language": "python",
        "runtime": "python3.13",
        "handler": "app.handler",
        "architecture": "arm64",
        "memory": 256,
        "timeout": 7,
        "tmp": 1024,
        "environment": {"TEXT": "a", "NUMBER": "1", "SWITCH": "true", "VERSION": "3.10", "NONE": ""},
        "description": "d",
    }
    assert described.notes == ("F: its name in AWS is shop", "F: its layers are left to the deployment")
    made = project(described, FILES).functions["F"]
    assert (made.language, made.architecture, made.limits.memory) == (
        Language.PYTHON,
        Architecture.ARM64,
        256,
    )
    assert made.place == Place("template.yaml", 3)


def test_tables_hold_plain_values_and_no_key_without_code() -> None:
    text = one(
        f"{GO}, Description: d, Environment: {{Variables: {{AB: x}}}}, Handler: h, Architectures: [arm64]"
    )
    found = describe(text, FILES).functions["F"].table

    def plain(value: Any) -> bool:
        if type(value) is dict:
            return all(type(key) is str and plain(inner) for key, inner in value.items())
        return type(value) in {str, int}

    assert plain(found)
    assert all(key in TABLES["function"] and ("function", key) not in NOT_YET for key in found)


@pytest.mark.parametrize(
    ("properties", "wanted"),
    [
        ("MemorySize: big", "MemorySize must be a whole number, not big"),
        ("MemorySize: 1.5", "MemorySize must be a whole number, not 1.5"),
        ("Timeout: [1]", "Timeout must be text, not [1]"),
        ("EphemeralStorage: 512", "EphemeralStorage must be a table with Size"),
        ("EphemeralStorage: {Size: x}", "EphemeralStorage must be a whole number, not x"),
        (
            "Architectures: arm64",
            "Architectures must be a list of one, not arm64 (write Architectures: [arm64])",
        ),
        ("Architectures: []", "Architectures must be a list of one, not [] (write Architectures: [arm64])"),
        ("Architectures: [[x]]", 'Architectures must be text, not ["x"]'),
        ("Environment: {Variables: x}", "Environment.Variables must be a table"),
        ("Environment: x", "Environment.Variables must be a table"),
        ("Environment: {Variables: {A: [1]}}", "the variable A must be text, not [1]"),
        ("Handler: [x]", 'Handler must be text, not ["x"]'),
        ("Description: {a: b}", 'Description must be text, not {"a": "b"}'),
    ],
)
def test_wrong_values(properties: str, wanted: str) -> None:
    assert refusal(f"{GO}, {properties}") == f"template.yaml:5 template.value F: {wanted}"


@pytest.mark.parametrize(
    ("properties", "note"),
    [
        ("MemorySize: !Ref Size", "MemorySize (!Ref Size)"),
        ("Timeout: !GetAtt X.Y", "Timeout (!GetAtt X.Y)"),
        ("EphemeralStorage: {Size: !Ref X}", 'EphemeralStorage ({"Size": {"Ref": "X"}})'),
        ("Handler: !Ref X", "Handler (!Ref X)"),
        ("Description: !Sub '${X}'", 'Description (!Sub "${X}")'),
        ("Environment: !Ref X", "Environment (!Ref X)"),
        ("Environment: {Variables: !Ref X}", "Environment (!Ref X)"),
        (
            "Environment: {Variables: {A1: !Ref X, B1: '{{resolve:ssm:x}}'}}",
            "A1 (!Ref X), B1 ({{resolve:ssm:x}})",
        ),
    ],
)
def test_what_the_zip_does_not_need_may_be_unknown(properties: str, note: str) -> None:
    described = describe(one(f"{GO}, {properties}"), FILES)
    assert described.details == (f"F: known only when deployed, left out here: {note}",)
    count = "2 values" if ", B1" in note else "1 value"
    assert described.notes == (f"known only when deployed, left out here: {count} of F",)
    assert project(described, FILES).functions["F"].language is Language.GO


def test_variables_without_a_value_stop_nothing() -> None:
    variables = "{A: , B1: x, C: null, D: !If [No, x, !Ref AWS::NoValue], E1: ''}"
    text = f"Conditions: {{No: !Equals [a, b]}}\n{one(f'{GO}, Environment: {{Variables: {variables}}}')}"
    described = describe(text, FILES)
    assert described.functions["F"].table["environment"] == {"B1": "x", "E1": ""}
    assert described.notes == ("F: without a value, left out here: A, C",)
    assert project(described, FILES).functions["F"].environment == {"B1": "x", "E1": ""}


def test_what_a_deployment_knows_is_one_line_for_a_template() -> None:
    text = one(f"{GO}, MemorySize: !Ref X, Environment: {{Variables: {{A: !Ref Y}}}}")
    text += f"  G:\n    Type: AWS::Serverless::Function\n    Properties: {{{GO}, Timeout: !Ref X}}\n"
    described = describe(text, FILES)
    assert described.notes == ("known only when deployed, left out here: 3 values of 2 functions",)
    assert described.details == (
        "F: known only when deployed, left out here: MemorySize (!Ref X), A (!Ref Y)",
        "G: known only when deployed, left out here: Timeout (!Ref X)",
    )


@pytest.mark.parametrize(
    ("properties", "more", "key"),
    [
        ("Runtime: !Ref X, CodeUri: a", "", "Runtime"),
        ("Runtime: provided.al2023, CodeUri: !Ref X", "", "CodeUri"),
        (f"{GO}, Architectures: !Ref X", "", "Architectures"),
        (f"{GO}, Architectures: [!Ref X]", "", "Architectures"),
        ("Runtime: python3.13, CodeUri: b, Handler: !Ref X", "", "Handler"),
        (GO, metadata("{BuildMethod: !Ref X}"), "BuildMethod"),
    ],
)
def test_what_the_zip_needs_must_be_known(properties: str, more: str, key: str) -> None:
    found = refusal(properties, more=more)
    line = 6 if more else 5
    assert found.startswith(f"template.yaml:{line} template.unresolved F: {key} is ")
    assert "which is not known here: there is no parameter or resource X" in found


def test_go1x_becomes_an_os_only_runtime() -> None:
    described = describe(one("Runtime: go1.x, CodeUri: a, Handler: main"), FILES)
    assert described.functions["F"].table == {"source": "a", "language": "go", "runtime": "provided.al2023"}
    assert described.notes == (
        "F: AWS closed go1.x; built for provided.al2023 with its program called bootstrap",
    )
    assert project(described, FILES).functions["F"].handler.text == "bootstrap"


# places


def test_places() -> None:
    text = (
        "Globals:\n  Function:\n    Timeout: 3\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
        "    Properties:\n      CodeUri: a\n      Runtime: provided.al2023\n      Environment:\n"
        "        Variables:\n          ONE: x\n"
    )
    described = describe(text, FILES)
    wanted = {
        (): None,
        ("functions",): None,
        ("functions", "G"): None,
        ("functions", "F"): 5,
        ("functions", "F", "timeout"): 3,
        ("functions", "F", "source"): 8,
        ("functions", "F", "runtime"): 9,
        ("functions", "F", "environment"): 10,
        ("functions", "F", "environment", "ONE"): 12,
        ("functions", "F", "environment", "TWO"): 10,
        ("functions", "F", "go", "version"): 5,
    }
    assert {path: described.place(path).line for path in wanted} == wanted
    assert described.place(()).file == "template.yaml"


# the walk


def test_every_mistake_is_told_at_once() -> None:
    text = "Resources:\n" + "".join(
        f"  F{n}: {{Type: AWS::Serverless::Function, Properties: {{Runtime: python3.13}}}}\n"
        for n in range(4)
    )
    with pytest.raises(ProjectError) as caught:
        describe(text)
    assert [found.place and found.place.line for found in caught.value.diagnostics()] == [2, 3, 4, 5]


def test_resources_of_other_kinds_are_not_looked_at() -> None:
    text = (
        "Resources:\n  A: {Type: AWS::SNS::Topic, Properties: [odd], Metadata: odd, Condition: [odd]}\n"
        "  B: {Type: Custom::Thing, IgnoreGlobals: odd}\n"
        f"  F: {{Type: AWS::Serverless::Function, Properties: {{{GO}}}}}\n"
    )
    assert list(describe(text, FILES).functions) == ["F"]


@pytest.mark.parametrize(
    ("resource", "wanted"),
    [
        ("{Type: AWS::Lambda::Function, Properties: text}", "F: Properties must be a table"),
        ("{Type: AWS::Lambda::Function, Metadata: text}", "F: Metadata must be a table"),
    ],
)
def test_malformed_resources(resource: str, wanted: str) -> None:
    with pytest.raises(ProjectError) as caught:
        describe(f"Resources:\n  F: {resource}\n")
    assert complaints(caught.value) == [f"template.yaml:2 template.value {wanted}"]


@pytest.mark.parametrize("resource", ["text", "[]", "{}", "{Type: [x]}", "{Properties: {CodeUri: a}}"])
def test_what_has_no_type_is_passed_over(resource: str) -> None:
    assert describe(f"Resources:\n  F: {resource}\n").notes == ("F: passed over, it has no Type",)


@pytest.mark.parametrize("text", ["Resources: {}", "Resources:", "Outputs: {A: {Value: 1}}"])
def test_no_resources(text: str) -> None:
    with pytest.raises(ProjectError) as caught:
        describe(text)
    assert (caught.value.code, caught.value.message) == ("template.syntax", "template.yaml has no Resources")


def test_a_resource_of_a_loop_that_is_there_already() -> None:
    resource = f"{{Type: AWS::Serverless::Function, Properties: {{{GO}}}}}"
    text = f"Resources:\n  Fa: {resource}\n  Fn::ForEach::L: [X, [a, b], {{'F${{X}}': {resource}}}]\n"
    with pytest.raises(ProjectError) as caught:
        describe(text, FILES)
    assert complaints(caught.value) == [
        "template.yaml:3 template.duplicate the resource Fa stands twice, here and at template.yaml:2"
    ]


def test_properties_of_a_loop() -> None:
    text = one("Runtime: provided.al2023, Fn::ForEach::L: [X, [a], {CodeUri: '${X}'}]")
    assert describe(text, FILES).functions["F"].table["source"] == "a"
    with pytest.raises(ProjectError) as caught:
        describe(one("Fn::ForEach::L: [X, !Ref Y, {CodeUri: '${X}'}]"), FILES)
    assert caught.value.code == "template.loop"


def test_three_hundred_functions() -> None:
    one_of_them = (
        "  F{n}:\n    Type: AWS::Serverless::Function\n    Metadata: {{BuildMethod: go1.x}}\n"
        "    Properties:\n      CodeUri: f{n}/\n      Runtime: provided.al2023\n      MemorySize: 256\n"
    )
    text = HEAD + "Globals: {Function: {Timeout: 9}}\nResources:\n"
    text += "".join(one_of_them.format(n=n) for n in range(300))
    described = describe(text, [f"f{n}/main.go" for n in range(300)])
    assert len(described.functions) == 300
    assert described.functions["F299"].table["timeout"] == 9
    assert len(project(described, []).functions) == 300


def test_the_tuple_that_it_is() -> None:
    made, foreigners, notes, file, details = describe(one(GO), FILES)
    assert (list(made), foreigners, notes, file, details) == (["F"], (), (), "template.yaml", ())


def test_json_makes_the_same_tables() -> None:
    properties = {
        "Runtime": "provided.al2023",
        "CodeUri": "a",
        "Environment": {"Variables": {"AB": {"Ref": "P"}}},
    }
    tree = {
        "Parameters": {"P": {"Type": "String", "Default": "x"}},
        "Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": properties}},
    }
    as_json = describe(json.dumps(tree, indent=2), FILES, name="template.json")
    as_yaml = describe(json.dumps(tree), FILES)
    assert as_json.functions["F"].table == as_yaml.functions["F"].table
    assert as_json.functions["F"].table["environment"] == {"AB": "x"}


# all of it

KEYS = [
    "CodeUri", "Code", "Runtime", "Handler", "Architectures", "MemorySize", "EphemeralStorage", "Environment",
    "InlineCode", "ImageUri", "PackageType", "Description", "Layers", "FunctionName", "Fn::Transform",
]  # fmt: skip
WORDS = [
    "a",
    "b",
    "provided.al2023",
    "python3.13",
    "go1.x",
    "arm64",
    "",
    "s3://b/k",
    "x.zip",
    "\0",
    "Image",
    "/",
]
CALLS = [{"Ref": "P"}, {"Ref": "AWS::NoValue"}, {"Fn::Sub": "${P}"}, {"Fn::If": ["C", "a", {"Ref": "P"}]}]
scalars = st.none() | st.booleans() | st.integers(0, 999) | st.sampled_from(WORDS)
values = st.recursive(
    scalars | st.sampled_from(CALLS),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["Variables", "Size", "Bucket", "AB", "ZipFile"]), inner, max_size=2
        )
    ),
    max_leaves=5,
)
METHODS = st.sampled_from(["go1.x", "makefile", "python-uv", "esbuild", "x", None])


@given(
    st.sampled_from(["AWS::Serverless::Function", "AWS::Lambda::Function", "AWS::CloudFormation::Stack"]),
    st.dictionaries(st.sampled_from(KEYS), values, max_size=6),
    st.dictionaries(
        st.sampled_from(["BuildMethod", "SkipBuild", "BuildProperties"]), METHODS | values, max_size=2
    ),
    st.dictionaries(st.sampled_from(["Condition", "IgnoreGlobals"]), values, max_size=1),
)
@settings(max_examples=150)
def test_whatever_stands_there_is_described_or_refused(
    kind: str, properties: dict[str, Any], about: dict[str, Any], more: dict[str, Any]
) -> None:
    tree = {
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}},
        "Globals": {"Function": {"Timeout": 3}},
        "Resources": {"F": {"Type": kind, "Properties": properties, "Metadata": about, **more}},
    }
    try:
        described = describe(json.dumps(tree), FILES)
    except ProjectError as error:
        assert all(found.code in CODES and found.place for found in error.diagnostics())  # noqa: PT017
        return
    assert len(described.functions) + len(described.foreign) + len(described.notes) >= 1
    assert shown(described)


def test_a_reader_that_is_not_there_is_not_asked() -> None:
    def never(path: str) -> Any:
        raise AssertionError(path)

    document = read_template(one("Runtime: nodejs24.x, CodeUri: a"), "template.yaml")
    described = functions(document, is_file=never, is_dir=never, listing=never, read=never)
    assert [found.name for found in described.foreign] == ["F"]
