"""Texts that are no templates, and texts that are too much."""

from __future__ import annotations

import pytest

from onezip.config.template import tree
from onezip.config.template.read import read_template
from onezip.errors import ProjectError
from template.driver import complaints


def refusal(text: str, file: str = "t.yaml") -> str:
    with pytest.raises(ProjectError) as caught:
        read_template(text, file)
    assert caught.value.exit_code == 2
    (line,) = complaints(caught.value)
    return line


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
