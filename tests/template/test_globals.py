"""SAM's Globals: the merge, table by table, and against the translator itself."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fetched import tool
from onezip.config.template.globals import Globals
from onezip.config.template.globals_keys import SUPPORTED
from onezip.config.template.read import read_template
from onezip.errors import ProjectError
from onezip.model.place import Place
from template.driver import complaints

HERE = Place("t.yaml", 9)
KIND = "AWS::Serverless::Function"


def merged(under: str, over: str, ignore: Any = None, *, section: str = "Function") -> Any:
    document = read_template(f"Globals:\n  {section}: {under}\nOver: {over}\n", "t.yaml")
    kind = f"AWS::Serverless::{section}"
    return Globals(document).merged(kind, document.tree["Over"], ignore, HERE)


@pytest.mark.parametrize(
    ("under", "over", "wanted"),
    [
        # scalars
        ("{Timeout: 3}", "{}", {"Timeout": 3}),
        ("{Timeout: 3}", "{Timeout: 4}", {"Timeout": 4}),
        ("{Timeout: 3}", "{Timeout: null}", {"Timeout": None}),
        ("{Timeout: 3}", "{Handler: x}", {"Timeout": 3, "Handler": "x"}),
        # tables
        ("{Tags: {A: 1, B: 1}}", "{Tags: {B: 2, C: 2}}", {"Tags": {"A": 1, "B": 2, "C": 2}}),
        (
            "{Environment: {Variables: {A: 1}}}",
            "{Environment: {Variables: {B: 2}}}",
            {"Environment": {"Variables": {"A": 1, "B": 2}}},
        ),
        (
            "{VpcConfig: {SubnetIds: [a]}}",
            "{VpcConfig: {SubnetIds: [b]}}",
            {"VpcConfig": {"SubnetIds": ["a", "b"]}},
        ),
        ("{Tags: {A: 1}}", "{Tags: {}}", {"Tags": {"A": 1}}),
        # lists
        ("{Layers: [a]}", "{Layers: [b]}", {"Layers": ["a", "b"]}),
        ("{Layers: [a]}", "{Layers: [a]}", {"Layers": ["a", "a"]}),
        ("{Layers: [a]}", "{Layers: []}", {"Layers": ["a"]}),
        ("{Architectures: [x86_64]}", "{Architectures: [arm64]}", {"Architectures": ["arm64"]}),
        ("{Architectures: [x86_64]}", "{}", {"Architectures": ["x86_64"]}),
        # kinds that differ
        ("{CodeUri: a}", "{CodeUri: {Bucket: b}}", {"CodeUri": {"Bucket": "b"}}),
        ("{Tags: {A: 1}}", "{Tags: [a]}", {"Tags": ["a"]}),
        ("{Layers: [a]}", "{Layers: a}", {"Layers": "a"}),
        # functions
        ("{Layers: [a]}", "{Layers: !Ref X}", {"Layers": {"Ref": "X"}}),
        ("{Layers: !Ref X}", "{Layers: [a]}", {"Layers": ["a"]}),
        (
            "{Environment: {Variables: {A: 1}}}",
            "{Environment: !If [C, {}, {}]}",
            {"Environment": {"Fn::If": ["C", {}, {}]}},
        ),
        (
            "{Environment: !If [C, {}, {}]}",
            "{Environment: {Variables: {A: 1}}}",
            {"Environment": {"Variables": {"A": 1}}},
        ),
        ("{Tags: {Condition: x}}", "{Tags: {A: 1}}", {"Tags": {"A": 1}}),
        ("{Tags: {Ref: x, B: 1}}", "{Tags: {A: 1}}", {"Tags": {"Ref": "x", "B": 1, "A": 1}}),
        ("{Tags: {Ref: x}}", "{Tags: {Ref: y}}", {"Tags": {"Ref": "y"}}),
        ("{Timeout: 3}", "{Timeout: !Ref AWS::NoValue}", {"Timeout": {"Ref": "AWS::NoValue"}}),
    ],
)
def test_merge(under: str, over: str, wanted: Any) -> None:
    assert merged(under, over) == wanted


def test_the_two_exceptions_of_capacity_providers() -> None:
    section = "CapacityProvider"
    under = "{InstanceRequirements: {Architectures: [a], Types: [a]}, ManagedResourceTags: {A: 1, B: {x: 1}}}"
    over = "{InstanceRequirements: {Architectures: [b], Types: [b]}, ManagedResourceTags: {B: {y: 2}, C: 3}}"
    assert merged(under, over, section=section) == {
        "InstanceRequirements": {"Architectures": ["b"], "Types": ["a", "b"]},
        "ManagedResourceTags": {"B": {"x": 1, "y": 2}, "C": 3},
    }
    assert merged("{ManagedResourceTags: {A: 1}}", "{ManagedResourceTags: {}}", section=section) == {
        "ManagedResourceTags": {"A": 1}
    }


@pytest.mark.parametrize(
    ("ignore", "wanted"),
    [
        (None, {"Timeout": 3, "Layers": ["a"], "Handler": "x"}),
        ([], {"Timeout": 3, "Layers": ["a"], "Handler": "x"}),
        (["Layers"], {"Timeout": 3, "Handler": "x"}),
        (["Layers", "Timeout"], {"Handler": "x"}),
        ("*", {"Handler": "x"}),
    ],
)
def test_ignored(ignore: Any, wanted: Any) -> None:
    assert merged("{Timeout: 3, Layers: [a]}", "{Handler: x}", ignore) == wanted


@pytest.mark.parametrize(
    ("ignore", "message"),
    [
        (["Timeuot"], "Globals.Function has no 'Timeuot' (did you mean 'Timeout'?)"),
        (["Handler"], "Globals.Function has no 'Handler' (it is \"*\" or a list of keys of Globals)"),
        ([{"Ref": "X"}], "Globals.Function has no {'Ref': 'X'} (it is \"*\" or a list of keys of Globals)"),
        ("All", "Globals.Function has no 'All' (it is \"*\" or a list of keys of Globals)"),
    ],
)
def test_ignoring_what_is_not_there(ignore: Any, message: str) -> None:
    with pytest.raises(ProjectError) as caught:
        merged("{Timeout: 3}", "{}", ignore)
    assert complaints(caught.value) == [f"t.yaml:9 template.globals IgnoreGlobals: {message}"]


def test_one_key_without_a_list() -> None:
    with pytest.raises(ProjectError) as caught:
        merged("{Timeout: 3}", "{}", "Timeout")
    assert complaints(caught.value) == [
        't.yaml:9 template.globals IgnoreGlobals must be a list (write "*" or a list)'
    ]


@pytest.mark.parametrize(
    ("text", "line", "wanted"),
    [
        (
            "Globals: {Function: {Role: x}}",
            1,
            "'Role' cannot stand in Globals.Function (write it in each resource)",
        ),
        (
            "Globals:\n  Function:\n    Memorysize: 1",
            3,
            "'Memorysize' cannot stand in Globals.Function (did you mean 'MemorySize'?)",
        ),
        ("Globals:\n  Funktion: {}", 2, "Globals has no section 'Funktion' (did you mean 'Function'?)"),
        ("Globals:\n  Function: x", 2, "Globals.Function must be a table"),
    ],
)
def test_wrong_globals(text: str, line: int, wanted: str) -> None:
    with pytest.raises(ProjectError) as caught:
        Globals(read_template(text, "t.yaml"))
    assert complaints(caught.value) == [f"t.yaml:{line} template.globals {wanted}"]


@pytest.mark.parametrize("text", ["Globals:", "Globals:\n  Function:", "Globals: {}"])
def test_empty_globals_say_nothing(text: str) -> None:
    assert Globals(read_template(f"{text}\n", "t.yaml")).merged(KIND, {"A": 1}, None, HERE) == {"A": 1}


def test_globals_reach_only_their_own_kind() -> None:
    document = read_template("Globals: {Function: {Timeout: 3}, Api: {Name: x}}", "t.yaml")
    for kind in ("AWS::Lambda::Function", "AWS::Serverless::SimpleTable", "Function"):
        assert Globals(document).merged(kind, {}, ["anything"], HERE) == {}
    assert Globals(document).merged("AWS::Serverless::Api", {}, None, HERE) == {"Name": "x"}


def test_lines_of_merged_keys() -> None:
    document = read_template(
        "Globals:\n  Function:\n    Timeout: 3\n    Handler: a\nOver:\n  Handler: b\n", "t.yaml"
    )
    found = Globals(document).merged(KIND, document.tree["Over"], None, HERE)
    assert {str(key): key.place.line for key in found} == {"Timeout": 3, "Handler": 6}  # type: ignore[attr-defined]


# the translator as the judge

VERSION = "1.115.0"

JUDGE = """
import json, sys
from samtranslator.plugins.globals.globals import Globals
for line in sys.stdin:
    case = json.loads(line)
    if case is None:
        said = {kind.rpartition("::")[2]: sorted(keys) for kind, keys in Globals.supported_properties.items()}
    else:
        section, under, over, ignore = case
        try:
            made = Globals({"Globals": {section: under}})
            said = made.merge("AWS::Serverless::" + section, over, "F", ignore)
        except Exception:
            said = "refused"
    print(json.dumps(said), flush=True)
"""

Judge = Callable[[Any], Any]


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """The translator in a process of its own: it changes PyYAML's loaders for all who share them."""
    process = subprocess.Popen(
        [translator(), "-c", JUDGE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def ask(case: Any) -> Any:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(case) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    with process:
        yield ask
        assert process.stdin is not None
        process.stdin.close()


def translator() -> str:
    """A Python that has the translator."""
    return str(tool("python", f"aws-sam-translator=={VERSION}"))


scalars = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "a", "b"])
calls = st.sampled_from(
    [
        {"Ref": "AWS::NoValue"},
        {"Ref": "X"},
        {"Fn::If": ["C", 1, 2]},
        {"Condition": "C"},
        {"Fn::ForEach::L": []},
    ]
)
values = st.recursive(
    scalars | calls,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["A", "B", "Ref", "Architectures", "Fn::Sub"]), inner, max_size=3)
    ),
    max_leaves=8,
)
FUNCTION = ["Timeout", "Layers", "Architectures", "Environment", "Tags"]
PROVIDER = ["InstanceRequirements", "ManagedResourceTags", "Tags"]


@pytest.mark.ring2
@given(st.data())
@settings(max_examples=400, deadline=None)
def test_the_translator_merges_so_too(judge: Judge, data: st.DataObject) -> None:
    section, keys = data.draw(st.sampled_from([("Function", FUNCTION), ("CapacityProvider", PROVIDER)]))
    tables = st.dictionaries(st.sampled_from(keys), values, max_size=4)
    under, over = data.draw(tables), data.draw(tables)
    ignore = data.draw(
        st.none() | st.sampled_from(["*", "x", [], ["Tags"]]) | st.lists(st.sampled_from(keys), unique=True)
    )
    document = read_template(json.dumps({"Globals": {section: under}, "Over": over}), "t.json")
    ours: Any
    try:
        ours = Globals(document).merged(f"AWS::Serverless::{section}", document.tree["Over"], ignore, HERE)
    except ProjectError:
        ours = "refused"
    assert ours == judge([section, under, over, ignore])


@pytest.mark.ring2
def test_the_translator_has_the_same_sections_and_keys(judge: Judge) -> None:
    assert {name: sorted(keys) for name, keys in SUPPORTED.items()} == judge(None)
