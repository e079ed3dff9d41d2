"""YAML and JSON: what a scalar is, where a key stands, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from onezip.config.template import tree
from onezip.config.template.from_yaml import _read as read_with
from onezip.config.template.read import looks_like_template, read_template
from onezip.config.template.scalar import Decimal, Whole, Word, key_place, text_of
from onezip.config.template.tags import LONG
from onezip.errors import ProjectError
from template.driver import complaints

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.yaml"))
LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]


def value(text: str) -> Any:
    return read_template(f"V: {text}\n", "t.yaml").tree["V"]


def refusal(text: str, file: str = "t.yaml") -> str:
    with pytest.raises(ProjectError) as caught:
        read_template(text, file)
    assert caught.value.exit_code == 2
    (line,) = complaints(caught.value)
    return line


def as_text(node: Any) -> Any:
    """A tree with every scalar as its text."""
    match node:
        case dict():
            return {str(key): as_text(inner) for key, inner in node.items()}
        case list():
            return [as_text(inner) for inner in node]
        case _:
            return text_of(node)


# scalars


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
    assert value(f"{tag} x") == {long: "x"}
    assert value(f"{tag} [1, a]") == {long: [1, "a"]}
    assert value(f"{tag} {{a: b}}") == {long: {"a": "b"}}
    assert value(f"{tag} 010") == {long: "010"}
    assert value(f"{tag} 10") == {long: "10"}


def test_get_att_is_split_once() -> None:
    assert value("!GetAtt A.B.C") == {"Fn::GetAtt": ["A", "B.C"]}
    assert value("!GetAtt [A, B]") == {"Fn::GetAtt": ["A", "B"]}
    assert value("!GetAtt A") == {"Fn::GetAtt": "A"}


def test_short_forms_in_one_another() -> None:
    assert value("!If [C, !Sub 'x${A}', !Join ['', [!Ref B]]]") == {
        "Fn::If": ["C", {"Fn::Sub": "x${A}"}, {"Fn::Join": ["", [{"Ref": "B"}]]}]
    }


# JSON


@pytest.mark.parametrize("name", ["t.json", "t.yaml", "t.template"])
def test_json_is_read_as_json(name: str) -> None:
    text = '\n{\t"A":\t["\\ud83d\\ude00", "a\\/b", "\\u00e9", -1.50, 1E5, true, null, {}]}'
    (items,) = read_template(text, name).tree.values()
    assert items == ["\U0001f600", "a/b", "é", -1.5, 1e5, True, None, {}]
    assert [text_of(item) for item in items[3:5]] == ["-1.50", "1E5"]


def test_flow_style_that_is_not_json_is_yaml() -> None:
    assert read_template("{A: !Ref b}", "t.yaml").tree == {"A": {"Ref": "b"}}
    assert refusal("{A: !Ref b}", "t.json").startswith("t.json:1 template.syntax not JSON: ")


json_trees = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=6), json_trees, max_size=5))
@settings(max_examples=80, deadline=None)
def test_any_json_is_read_as_the_standard_library_does(wanted: dict[str, Any]) -> None:
    for indent in (None, 1, "\t"):
        assert read_template(json.dumps(wanted, indent=indent), "t.json").tree == wanted
    assert read_template(json.dumps(wanted, ensure_ascii=False), "t.yaml").tree == wanted


@given(st.dictionaries(st.text(max_size=6), json_trees, max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_yaml_that_pyyaml_writes(wanted: dict[str, Any]) -> None:
    """PyYAML quotes what it would resolve itself; all of what is left unquoted must be plain here too."""
    text = yaml.safe_dump(wanted)
    assert read_template(text, "t.yaml").tree == wanted


def without_functions(node: Any) -> Any:
    """A tree with short and long forms replaced by their arguments, and texts without case."""
    if isinstance(node, dict):
        if len(node) == 1 and (key := next(iter(node))) in LONG.values():
            inner = node[key]
            return without_functions(".".join(inner) if key == "Fn::GetAtt" else inner)
        return {str(key): without_functions(inner) for key, inner in node.items()}
    if isinstance(node, list):
        return [without_functions(inner) for inner in node]
    return (text_of(node) or "").lower()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_texts_and_shape_are_those_of_pyyaml(path: Path) -> None:
    """PyYAML's BaseLoader makes everything text and ignores tags; both of its parsers must agree with us."""
    text = path.read_text(encoding="utf-8")
    try:
        document = read_template(text, path.name)
    except ProjectError as error:
        assert error.code in {"template.syntax", "template.tag", "template.duplicate"}  # noqa: PT017
        return
    trees = [as_text(read_with(text, path.name, loader)) for loader in LOADERS] if "\t" not in text else []
    assert all(found == as_text(document.tree) for found in trees)
    if not text.startswith("{") and "<<" not in text:
        plain = yaml.load(text, Loader=yaml.BaseLoader)
        assert without_functions(document.tree) == without_functions(plain)


# what is refused

NO_TABLE = "t.yaml:1 template.syntax t.yaml is not a table with Resources"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A: 1\nB:\n  C: 1\n  C: 3\n", "t.yaml:4 template.duplicate 'C' stands twice: here and in line 3"),
        ("A: {B: 1, 'B': 2}", "t.yaml:1 template.duplicate 'B' stands twice: here and in line 1"),
        ("1: a\n'1': b\n", "t.yaml:2 template.duplicate '1' stands twice: here and in line 1"),
        ('{"A": 1,\n"\\u0041": 2}', "t.yaml:2 template.duplicate 'A' stands twice: here and in line 1"),
        ("A: {<<: {a: b},\n<<: {c: d}}", "t.yaml:2 template.duplicate '<<' stands twice: here and in line 1"),
        ("A: 1\nB: !Reff x", "t.yaml:2 template.tag !Reff is no tag of CloudFormation"),
        ("A:\n- !ForEach x", "t.yaml:2 template.tag !ForEach is no tag of CloudFormation"),
        ("A: !!binary aGk=", "t.yaml:1 template.tag !!binary is no tag of CloudFormation"),
        ("A: !!timestamp 2001-12-14", "t.yaml:1 template.tag !!timestamp is no tag of CloudFormation"),
        ("A: !!set {a}", "t.yaml:1 template.tag !!set is no tag of CloudFormation"),
        ("A: !!omap [a: b]", "t.yaml:1 template.tag !!omap is no tag of CloudFormation"),
        (
            "A: !!python/object/apply:os.system [id]",
            "t.yaml:1 template.tag !!python/object/apply:os.system is no tag of CloudFormation",
        ),
        ("A: 1\n---\nB: 2", "t.yaml:2 template.syntax a second YAML document starts here"),
        ("? [a]\n: b", "t.yaml:1 template.syntax a key must be text"),
        ("? {a: b}\n: b", "t.yaml:1 template.syntax a key must be text"),
        ("!Ref a: b", "t.yaml:1 template.syntax a key must be text"),
        ("A: &a x\n*a : y", "t.yaml:2 template.syntax a key must be text"),
        ("A: *b", "t.yaml:1 template.syntax the alias *b names nothing above it"),
        ("A: &a [1, *a]", "t.yaml:1 template.syntax the alias *a stands in what it names"),
        ("A: {<<: 1}", "t.yaml:1 template.syntax `<<` wants a table or a list of tables"),
        ("A: {<<: [1]}", "t.yaml:1 template.syntax `<<` wants a table or a list of tables"),
        ('A: "\\ud83d"', "t.yaml:1 template.syntax half a surrogate pair is no character"),
        ('{\n"A": "\\ud83d"}', "t.yaml:2 template.syntax half a surrogate pair is no character"),
        (
            "A: 1\nB: [\n",
            "t.yaml:3 template.syntax not YAML: expected the node content, but found '<stream end>'",
        ),
        ("A: b: c", "t.yaml:1 template.syntax not YAML: mapping values are not allowed here"),
        ("A:\n\t- b", "t.yaml:2 template.syntax not YAML: found character '\\t' that cannot start any token"),
        ("A: !Base64 !Sub x", "t.yaml:1 template.syntax not YAML: expected <block end>, but found '<tag>'"),
        *[(text, NO_TABLE) for text in ("", "# nothing", "text", "- a", "7")],
    ],
)  # fmt: skip
def test_refused(text: str, wanted: str) -> None:
    assert refusal(text).partition(" (")[0] == wanted


def test_a_control_character() -> None:
    assert refusal("A: \x01").startswith("t.yaml template.syntax not YAML: unacceptable character #x0001")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("A: !Reff x", "did you mean !Ref?"),
        ("A: !foo x", "write the long form, `Fn::NAME:`, or quote the text"),
        ("A: !ForEach x", "a loop has no short form: write the key 'Fn::ForEach::NAME'"),
        ("A:\n\t- b", "YAML is indented by spaces, not tabs"),
        (
            "A: !Base64 !Sub x",
            "a short form cannot hold another one: write the outer one long, such as `Fn::Base64: !Sub`",
        ),
        ("", "a template starts with keys such as Transform: and Resources:"),
    ],
)
def test_hints(text: str, hint: str) -> None:
    assert refusal(text).endswith(f" ({hint})")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            '{\n"A": 1,}',
            "t.json:2 template.syntax not JSON: Expecting property name enclosed in double quotes",
        ),
        ('{"A": NaN}', "t.json template.syntax not JSON: NaN is not a JSON number"),
        ('{"A": -Infinity}', "t.json template.syntax not JSON: -Infinity is not a JSON number"),
        ("", "t.json:1 template.syntax not JSON: Expecting value"),
        ("{} {}", "t.json:1 template.syntax not JSON: Extra data"),
    ],
)
def test_refused_json(text: str, wanted: str) -> None:
    found = refusal(text, "t.json")
    assert found.startswith(wanted.partition(": ")[0])
    if "property name" not in wanted:  # Python 3.13 words a trailing comma its own way
        assert found == wanted


# limits


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("[" * 5_000, "t.yaml"),
        ("A: " + "{b: " * 200 + "}" * 200, "t.yaml"),
        ('{"A":' * 150 + "1" + "}" * 150, "t.json"),
        ('{"A":' * 100_000 + "1" + "}" * 100_000, "t.json"),
        ('{"A":' * 100_000 + "1" + "}" * 100_000, "t.yaml"),
    ],
)
def test_too_deep(text: str, file: str) -> None:
    assert "template.limit more than 100 levels deep" in refusal(text, file)


def test_aliases_cannot_make_it_deeper() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 120)]
    assert refusal("\n".join(lines)) == "t.yaml:99 template.limit more than 100 levels deep"


def test_a_billion_laughs() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert (
        refusal("\n".join(lines))
        == "t.yaml:6 template.limit more than 250000 values with every alias expanded"
    )


def test_too_long() -> None:
    text = "A: '" + "x" * tree.SIZE + "'"
    assert refusal(text) == f"t.yaml template.limit t.yaml is longer than {tree.SIZE} characters"


def test_a_large_template_is_within_the_limits() -> None:
    document = read_template("".join(f"K{n}: {{a: b}}\n" for n in range(10_000)), "t.yaml")
    assert len(document.tree) == 10_000


# anchors and merge keys


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A: &a {x: 1}\nB: *a", {"A": {"x": 1}, "B": {"x": 1}}),
        ("A: &a {x: 1}\nB: {<<: *a, x: 2, y: 3}", {"A": {"x": 1}, "B": {"x": 2, "y": 3}}),
        ("A: &a {x: 1}\nB: {x: 2, <<: *a}", {"A": {"x": 1}, "B": {"x": 2}}),
        ("A: {<<: [{x: 1}, {x: 2, y: 3}]}", {"A": {"x": 1, "y": 3}}),
        ("A: {'<<': {x: 1}}", {"A": {"<<": {"x": 1}}}),
        ("A: &a !Ref x\nB: *a", {"A": {"Ref": "x"}, "B": {"Ref": "x"}}),
        ("A: &a 1\nB: &a 2\nC: *a", {"A": 1, "B": 2, "C": 2}),
    ],
)
def test_anchors(text: str, wanted: object) -> None:
    assert read_template(text, "t.yaml").tree == wanted


def test_merges_are_those_of_pyyaml() -> None:
    text = "B: &b {x: 1, y: 1}\nC: &c {y: 2, z: 2}\nA: {<<: [*b, *c], z: 3}\n"
    assert read_template(text, "t.yaml").tree == yaml.safe_load(text)


# the surroundings


def test_no_loader_of_pyyaml_changes() -> None:
    tables: list[Callable[[], Any]] = [
        lambda loader=loader, name=name: dict(getattr(loader, name))  # type: ignore[misc]
        for loader in LOADERS
        for name in ("yaml_constructors", "yaml_multi_constructors", "yaml_implicit_resolvers")
    ]
    before = [table() for table in tables]
    read_template("A: !Ref b\nB: !Sub x\nC: 2012-10-17", "t.yaml")
    assert [table() for table in tables] == before
    with pytest.raises(yaml.constructor.ConstructorError):
        yaml.safe_load("A: !Ref b")


def test_pyyaml_is_imported_late() -> None:
    script = (
        "import sys\n"
        "import onezip.config.template.functions\n"
        "from onezip.config.template.read import read_template\n"
        "read_template('{\"A\": 1}', 't.json')\n"
        "assert 'yaml' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Resources:\n  F:\n    Type: AWS::Lambda::Function\n", True),
        ('{"Resources": {"F": {"Type": "AWS::SNS::Topic"}}}', True),
        ("apiVersion: v1\nkind: List\n", False),
        ("", False),
    ],
)
def test_which_texts_look_like_templates(text: str, wanted: bool) -> None:
    assert looks_like_template(text) is wanted


def test_a_section_must_be_a_table() -> None:
    document = read_template("Resources:\n- a\nParameters:\n", "t.yaml")
    assert document.section("Parameters") == {}
    assert document.section("Mappings") == {}
    with pytest.raises(ProjectError) as caught:
        document.section("Resources")
    assert complaints(caught.value) == ["t.yaml:1 template.value Resources must be a table"]
