"""YAML and JSON: the same trees that other readers make."""

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

from onezip.config.template.from_yaml import _read as read_with
from onezip.config.template.read import looks_like_template, read_template
from onezip.config.template.scalar import text_of
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
@settings(max_examples=80)
def test_any_json_is_read_as_the_standard_library_does(wanted: dict[str, Any]) -> None:
    for indent in (None, 1, "\t"):
        assert read_template(json.dumps(wanted, indent=indent), "t.json").tree == wanted
    assert read_template(json.dumps(wanted, ensure_ascii=False), "t.yaml").tree == wanted


@given(st.dictionaries(st.text(max_size=6), json_trees, max_size=5))
@settings(max_examples=60)
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
