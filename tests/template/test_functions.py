"""Functions of a template: whose they are, how they are built, and what their tables hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onezip.config.schema import NOT_YET, TABLES
from onezip.config.template.functions import functions
from onezip.config.template.read import read_template
from onezip.errors import CODES, ProjectError
from onezip.model.function import Architecture, Language
from onezip.model.place import Place
from template.driver import HEAD, complaints, describe, one, project, shown

GO = "Runtime: provided.al2023, CodeUri: a"
FILES = ["a/main.go", "b/app.py"]


def table(properties: str, files: Sequence[str] = FILES, **more: Any) -> Any:
    """The table of a function F with these properties."""
    return describe(one(properties, **more), files).functions["F"].table


def foreign(properties: str, files: Sequence[str] = FILES, **more: Any) -> str:
    """Why a function F with these properties is not ours."""
    described = describe(one(properties, **more), files)
    assert not described.functions
    ((name, reason),) = ((found.name, found.reason) for found in described.foreign)
    assert name == "F"
    return reason


def refusal(properties: str, files: Sequence[str] = FILES, **more: Any) -> str:
    """The one mistake of a function F with these properties."""
    with pytest.raises(ProjectError) as caught:
        describe(one(properties, **more), files)
    assert all(found.code in CODES for found in caught.value.diagnostics())
    (line,) = complaints(caught.value)
    return line


def metadata(text: str) -> str:
    return f"    Metadata: {text}\n"


# language


@pytest.mark.parametrize(
    ("runtime", "method", "files", "language", "source"),
    [
        ("provided.al2023", "go1.x", ["a/x"], "go", "a"),
        ("provided.al2", "go1.x", ["a/x"], "go", "a"),
        ("go1.x", "go1.x", ["a/x"], "go", "a"),
        ("go1.x", None, ["a/main.go"], "go", "a"),
        ("provided", None, ["a/main.go"], "go", "a"),
        ("provided.al2023", None, ["a/main.go", "a/bootstrap", "a/Makefile"], "go", "a"),
        ("provided.al2023", None, ["a/main_test.go", "a/bootstrap"], "prebuilt", "a/bootstrap"),
        ("provided.al2023", None, ["a/bootstrap", "a/Makefile"], "prebuilt", "a/bootstrap"),
        ("provided.al2023", None, ["a/bootstrap/x", "a/Makefile"], "command", "a"),
        ("provided.al2023", None, ["a/GNUmakefile"], "command", "a"),
        ("provided.al2023", None, ["a/go.mod", "a/cmd/main.go"], "go", "a"),
        ("provided.al2023", None, ["a"], "prebuilt", "a"),
        ("provided.al2023", "provided.al2023", ["a/Makefile"], "command", "a"),
        ("provided.al2023", "provided", ["a/main.go"], "go", "a"),
        ("provided.al2023", "makefile", ["a/main.go"], "command", "a"),
        ("python3.13", "makefile", ["a/app.py"], "command", "a"),
        ("python3.13", None, ["a/app.py"], "python", "a"),
        ("python3.13", "python3.12", ["a/app.py"], "python", "a"),
        ("python3.13", "python-uv", ["a/app.py"], "python", "a"),
        ("python3.13", "provided.al2023", ["a/app.py"], "python", "a"),
        ("erlang27", None, ["a/app.py"], None, "a"),
    ],
)
def test_language(
    runtime: str, method: str | None, files: list[str], language: str | None, source: str
) -> None:
    more = metadata(f"{{BuildMethod: {method}}}") if method else ""
    found = table(f"Runtime: {runtime}, CodeUri: a, Handler: x.y", files, more=more)
    assert (found.get("language"), found["source"]) == (language, source)


@pytest.mark.parametrize("kind", ["AWS::Serverless::Function", "AWS::Lambda::Function"])
def test_makefiles_are_flagged(kind: str) -> None:
    code = "CodeUri" if "Serverless" in kind else "Code"
    text = one(f"Runtime: provided.al2, {code}: a", kind=kind, more=metadata("{BuildMethod: makefile}"))
    found = describe(text, ["a/Makefile"]).functions["F"]
    assert found.makefile
    assert found.table["command"] == {"run": ["make", "build-F"]}
    assert not describe(one(GO), FILES).functions["F"].makefile


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("Cargo.toml", "Rust"),
        ("Package.swift", "Swift"),
        ("build.zig", "Zig"),
        ("CMakeLists.txt", "C or C++"),
    ],
)
def test_other_languages_are_not_ours(name: str, language: str) -> None:
    reason = f"a {language} project ({name}) without BuildMethod: makefile"
    assert foreign(GO, [f"a/{name}"]) == reason


@pytest.mark.parametrize(
    ("method", "hint"),
    [
        ("makefil", "did you mean 'makefile'?"),
        ("go1", "did you mean 'go1.x'?"),
        ("rust-cargo-lambda", "did you mean 'rust-cargolambda'?"),
        ("Makefile", "did you mean 'makefile'?"),
        ("cobol", "known here: go1.x, makefile, python-uv, python3.13, provided.al2023"),
    ],
)
def test_an_unknown_method(method: str, hint: str) -> None:
    assert refusal(GO, more=metadata(f"{{BuildMethod: {method}}}")) == (
        f"template.yaml:6 template.build-method F: unknown BuildMethod {method!r} ({hint})"
    )


@pytest.mark.parametrize(
    ("properties", "more"),
    [
        ("Runtime: nodejs24.x, CodeUri: !Ref Nobody", ""),
        ("Runtime: java21, MemorySize: big", ""),
        ("Runtime: ruby3.4, CodeUri: nowhere", ""),
        ("Runtime: dotnet8", metadata("{BuildMethod: !Ref Nobody}")),
        ("CodeUri: a", metadata("{BuildMethod: nodejs24.x}")),
        ("CodeUri: a", metadata("{BuildMethod: dotnet7}")),
        ("CodeUri: a", metadata("{BuildMethod: java21}")),
        ("CodeUri: a", metadata("{BuildMethod: rust-cargolambda}")),
        ("CodeUri: a", metadata("{BuildMethod: esbuild}")),
    ],
)
def test_what_others_build_is_never_a_mistake(properties: str, more: str) -> None:
    assert foreign(properties, more=more).endswith("is not built by onezip")


# code


@pytest.mark.parametrize(
    ("kind", "code", "reason"),
    [
        ("Serverless", "InlineCode: x", "inline code"),
        ("Serverless", "InlineCode: x, CodeUri: a", "inline code"),
        ("Serverless", "InlineCode: ''", "inline code"),
        ("Serverless", "InlineCode: !Sub '${AWS::Region}'", "inline code"),
        ("Serverless", "CodeUri: s3://b/k", "its code is in S3"),
        ("Serverless", "CodeUri: S3://b/k?versionId=v", "its code is in S3"),
        ("Serverless", "CodeUri: {Bucket: b, Key: k, Version: v}", "its code is in S3"),
        ("Serverless", "CodeUri: {Bucket: !Ref Nobody, Key: !GetAtt X.Y}", "its code is in S3"),
        ("Serverless", "CodeUri: !Sub 's3://${B}/${K}'", "its code is in S3"),
        ("Serverless", "CodeUri: !Sub ['s3://${B}/${K}', {K: x}]", "its code is in S3"),
        ("Serverless", "CodeUri: !Join ['/', ['s3://b', !Ref K]]", "its code is in S3"),
        ("Serverless", "CodeUri: 's3://{{resolve:ssm:x}}/k'", "its code is in S3"),
        ("Serverless", "CodeUri: !Sub '${B}/x.zip'", "a ready package, ${B}/x.zip"),
        ("Serverless", "CodeUri: https://x/y.zip", "its code is at https://x/y.zip"),
        ("Serverless", "CodeUri: a/b.ZIP", "a ready package, a/b.ZIP"),
        ("Serverless", "CodeUri: a/b.jar", "a ready package, a/b.jar"),
        ("Serverless", "PackageType: Image, CodeUri: a", "a container image"),
        ("Serverless", "ImageUri: !Ref Nobody", "a container image"),
        ("Serverless", "PackageType: Zip, InlineCode: x", "inline code"),
        ("Lambda", "Code: {ZipFile: x}", "inline code"),
        ("Lambda", "Code: {ZipFile: !Sub '${X}'}", "inline code"),
        ("Lambda", "Code: {S3Bucket: b, S3Key: k}", "its code is in S3"),
        ("Lambda", "Code: {S3Bucket: !Ref B, S3Key: k, S3ObjectStorageMode: REFERENCE}", "its code is in S3"),
        ("Lambda", "Code: {ImageUri: x}, PackageType: Image", "a container image"),
        ("Lambda", "Code: x.zip", "a ready package, x.zip"),
    ],
)
def test_code_that_is_elsewhere(kind: str, code: str, reason: str) -> None:
    assert foreign(f"Runtime: python3.13, {code}", kind=f"AWS::{kind}::Function") == reason


@pytest.mark.parametrize("value", ["true", "True", "'true'"])
def test_skip_build(value: str) -> None:
    assert foreign(GO, more=metadata(f"{{SkipBuild: {value}}}")) == "Metadata.SkipBuild says that it is ready"
    assert table(GO, more=metadata("{SkipBuild: false}"))["language"] == "go"


SERVERLESS, LAMBDA = "AWS::Serverless::Function", "AWS::Lambda::Function"
NO_CODE = "F: no CodeUri: where is its code? (add CodeUri: FOLDER, relative to the template)"
NOTHING = (
    "F: nothing in b says how to build it: no .go file, no bootstrap, no Makefile"
    " (add Metadata: {BuildMethod: go1.x}, or put the program there as bootstrap)"
)


@pytest.mark.parametrize(
    ("kind", "code", "line", "wanted"),
    [
        (SERVERLESS, "", 3, NO_CODE),
        (SERVERLESS, "CodeUri:", 5, NO_CODE),
        (LAMBDA, "", 3, NO_CODE.replace("CodeUri", "Code")),
        (LAMBDA, "Code: {}", 5, "F: Code {} says nowhere (write Code: FOLDER)"),
        (SERVERLESS, "CodeUri: [a]", 5, 'F: CodeUri must be text, not ["a"]'),
        (SERVERLESS, "CodeUri: c", 5, "F: CodeUri c does not exist"),
        (SERVERLESS, "CodeUri: ./x/../c", 5, "F: CodeUri ./x/../c does not exist"),
        (SERVERLESS, "CodeUri: a/main.go", 5, "F: a/main.go is a file; its folder is needed (write a)"),
        (SERVERLESS, "CodeUri: app.txt", 5, "F: app.txt is a file; its folder is needed (write .)"),
    ],
)  # fmt: skip
def test_code_that_is_not_there(kind: str, code: str, line: int, wanted: str) -> None:
    found = refusal(f"Runtime: python3.13, {code}", [*FILES, "app.txt"], kind=kind)
    place, _, rest = found.partition(" ")
    assert (place, rest.partition(" ")[2]) == (f"template.yaml:{line}", wanted)


def test_nothing_says_how_to_build_it() -> None:
    found = refusal("Runtime: provided.al2023, CodeUri: b")
    assert found == f"template.yaml:5 template.build-method {NOTHING}"


def test_a_runtime_is_required() -> None:
    found = refusal("CodeUri: a")
    wanted = "F: no Runtime (add Runtime: provided.al2023 or python3.13)"
    assert found == f"template.yaml:3 project.required {wanted}"


def test_inline_code_that_may_not_be_there() -> None:
    head = HEAD + "Conditions: {C: !Equals [!Ref 'AWS::Region', x]}\n"
    inline = "InlineCode: !If [C, x, !Ref 'AWS::NoValue']"
    assert "InlineCode is !If" in refusal(f"{GO}, {inline}", head=head)
    assert foreign(f"Runtime: python3.13, {inline}", head=head) == "inline code"


def test_paths_of_this_machine_inside_the_project() -> None:
    for root in ("/home/me/shop", "/home/me/shop/", "C:\\shop", "C:/shop"):
        text = one(f"Runtime: provided.al2023, CodeUri: {root.replace(chr(92), '/').rstrip('/')}/a/")
        assert describe(text, FILES, root=root).functions["F"].table["source"] == "a"
    text = one("Runtime: provided.al2023, CodeUri: /home/me/shop")
    assert describe(text, ["main.go"], root="/home/me/shop").functions["F"].table["source"] == "."
    with pytest.raises(ProjectError) as caught:
        describe(one("Runtime: provided.al2023, CodeUri: /home/me/shopping"), root="/home/me/shop")
    assert "'/home/me/shopping' is not a path that every machine has" in caught.value.message


@pytest.mark.parametrize("path", ["lib/app.py", "./lib/app.py", "app.py"])
def test_a_single_module_is_packed_alone(path: str) -> None:
    described = describe(
        one(f"Runtime: python3.13, CodeUri: {path}, Handler: app.handler"), ["lib/app.py", "app.py"]
    )
    found = described.functions["F"].table
    assert (found["source"], found["include"]) == ("lib" if "lib" in path else ".", ["/app.py"])
    assert described.notes == ("F: only app.py is packed",)
    assert project(described, []).functions["F"].patterns.include == ("/app.py",)


def test_a_ready_program_keeps_what_lies_beside_it() -> None:
    files = ["a/bootstrap", "a/run.sh", "a/lib/x.so", "a/lib/y.so", "a/.git/config"]
    assert table(GO, files)["files"] == {"a/lib": "lib", "a/run.sh": "run.sh"}
    assert "files" not in table(GO, ["a/bootstrap"])
    assert table("Runtime: provided.al2023, CodeUri: .", ["bootstrap", "x"])["files"] == {"x": "x"}


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
        (
            "Environment: {Variables: {A:}}",
            'the variable A must be text, not null (write "" for an empty one)',
        ),
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
    assert described.notes == (f"F: known only when deployed, left out here: {note}",)
    assert project(described, FILES).functions["F"].language is Language.GO


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
    made, foreigners, notes, file = describe(one(GO), FILES)
    assert (list(made), foreigners, notes, file) == (["F"], (), (), "template.yaml")


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
@settings(max_examples=150, deadline=None)
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
