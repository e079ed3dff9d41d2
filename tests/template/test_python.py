"""Python functions of a template: where their dependencies are described, and their parent packages."""

from __future__ import annotations

import pytest

from template.driver import describe, one
from template.single import metadata, refusal, table

PYTHON = "Runtime: python3.13, Handler: {handler}, CodeUri: {source}"
PROJECT = "[project]\nname = 'shop'\n"
UV = metadata("{BuildMethod: python-uv}")
ABOVE = "F: nothing in {} describes dependencies, and {} above it does not count"


def build(text: str, method: str = "") -> str:
    """The metadata with these BuildProperties."""
    return metadata(f"{{{f'BuildMethod: {method}, ' if method else ''}BuildProperties: {{{text}}}}}")


def described(files: dict[str, str], source: str, more: str = "") -> tuple[dict[str, str], list[str]]:
    """The table `python` of F, and the notes."""
    text = one(PYTHON.format(handler="app.handler", source=source), more=more)
    found = describe(text, {f"{source}/app.py".removeprefix("./"): "", **files})
    return dict(found.functions["F"].table.get("python", {})), list(found.notes)


# ---- dependencies -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "passed_over"),
    [
        ({"pyproject.toml": PROJECT}, "pyproject.toml"),
        ({"pyproject.toml": "[tool.poetry.dependencies]\nx = '1'\n"}, "pyproject.toml"),
        ({"pyproject.toml": "= not TOML"}, "pyproject.toml"),
        ({"src/pyproject.toml": PROJECT, "uv.lock": ""}, "src/pyproject.toml"),
        ({"uv.lock": "", "pyproject.toml": PROJECT}, "uv.lock"),
        ({"src/poetry.lock": ""}, "src/poetry.lock"),
        ({"pylock.toml": ""}, "pylock.toml"),
        ({"Pipfile.lock": "", "Pipfile": ""}, "Pipfile.lock"),
        ({"Pipfile": ""}, "Pipfile"),
        ({"src/foo/pyproject.toml": "[tool.ruff]\n", "pyproject.toml": PROJECT}, "pyproject.toml"),
    ],
)
@pytest.mark.parametrize("more", ["", UV, metadata("{BuildMethod: python3.13}")])
def test_what_lies_above_the_code_does_not_count(files: dict[str, str], passed_over: str, more: str) -> None:
    found = described(files, "src/foo", more)
    assert found == ({"requirements": ""}, [ABOVE.format("src/foo", passed_over)])


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"requirements.txt": "x"},
        {"pyproject.toml": "[tool.ruff]\nline-length = 100\n"},
        {"foo/requirements.txt": "x", "pyproject.toml": PROJECT},
        {"foo/pyproject.toml": PROJECT, "pyproject.toml": PROJECT, "uv.lock": ""},
        {"foo/pyproject.toml": PROJECT, "foo/requirements.txt": "x"},
        {"foo/pyproject.toml": "= not TOML", "pyproject.toml": PROJECT},
        {"foo/uv.lock": "", "pyproject.toml": PROJECT},
        {"foo/Pipfile": "", "pyproject.toml": PROJECT},
    ],
)
def test_what_lies_beside_the_code_is_found_as_everywhere(files: dict[str, str]) -> None:
    assert described(files, "foo") == ({}, [])


def test_code_in_the_root_and_outside_has_nothing_above() -> None:
    assert described({"pyproject.toml": PROJECT}, ".") == ({}, [])
    assert described({"pyproject.toml": PROJECT}, "../foo") == ({}, [])


@pytest.mark.parametrize(
    ("files", "named"),
    [
        (["requirements.txt", "pyproject.toml"], "pyproject.toml"),
        (["requirements.txt", "pyproject.toml", "uv.lock"], "uv.lock"),
        (["pyproject.toml", "uv.lock"], None),
        (["requirements.txt", "uv.lock"], None),
        (["requirements.txt"], None),
    ],
)
def test_python_uv_takes_a_project_before_requirements(files: list[str], named: str | None) -> None:
    there = {f"foo/{name}": PROJECT if name == "pyproject.toml" else "" for name in files}
    assert described(there, "foo", UV) == ({"requirements": named} if named else {}, [])


# ---- parent packages ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handler", "source", "packages"),
    [
        ("src.function.index.handler", "src/function", "src.function"),
        ("src.index.handler", "../../src", "src"),
        ("a.b.app.handler", "x/a/b", "a.b"),
        ("a.b.app.handler", "x/a", "a"),
        ("b.app.handler", "a/b", "b"),
        ("a.app.handler", "a/b/a", "a"),
        ("a.b.app.handler", "a/c", "a.c"),
    ],
)
def test_auto_takes_the_folders_from_the_handlers_first_package_on(
    handler: str, source: str, packages: str
) -> None:
    found = table(
        PYTHON.format(handler=handler, source=source),
        [f"{source}/app.py"],
        more=build("ParentPackageMode: auto"),
    )
    assert (found["python"], found["source"]) == ({"parent_packages": packages}, source)


EXPLICIT = "ParentPackageMode: explicit, ParentPackages: "
NOT_NAMES = "are not names with dots between them (write ParentPackages: shop.orders)"


@pytest.mark.parametrize(
    ("properties", "method", "handler", "note"),
    [
        ("ParentPackageMode: auto", "", "app.handler", "the handler app.handler has no parent packages"),
        ("ParentPackageMode: auto", "", "b.app.handler", "no folder b in a/x, which the handler"),
        ("ParentPackageMode: explicit", "", "a.app.handler", "is explicit without ParentPackages"),
        (f"{EXPLICIT}''", "", "a.app.handler", "is explicit without ParentPackages"),
        (f"{EXPLICIT}lib.old", "", "lib.old.app.handler", "a/x has a folder lib/old, so"),
        (f"{EXPLICIT}a.x", "python-uv", "a.x.app.handler", "no effect with BuildMethod python-uv"),
        ("ParentPackages: a.x", "", "a.x.app.handler", ""),
        ("ParentPackageMode: !Ref AWS::NoValue", "", "a.x.app.handler", ""),
    ],
)
def test_where_nothing_is_moved(properties: str, method: str, handler: str, note: str) -> None:
    text = one(PYTHON.format(handler=handler, source="a/x"), more=build(properties, method))
    found = describe(text, ["a/x/app.py", "a/x/lib/old/m.py"])
    assert "python" not in found.functions["F"].table
    assert [note in each for each in found.notes] == ([True] if note else [])


def test_explicit_names_the_packages_and_parameters_are_known() -> None:
    head = "Parameters: {M: {Type: String, Default: explicit}, P: {Type: String, Default: shop.orders}}\n"
    more = build("ParentPackageMode: !Ref M, ParentPackages: !Ref P")
    text = one(PYTHON.format(handler="shop.orders.app.handler", source="code"), head=head, more=more)
    function = describe(text, ["code/app.py"]).functions["F"]
    assert function.table["python"] == {"parent_packages": "shop.orders"}
    assert str(function.places["python",]) == "template.yaml:6"


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        (
            "ParentPackageMode: Auto",
            "template.value F: ParentPackageMode must be auto or explicit, not 'Auto' (write auto)",
        ),
        (
            f"{EXPLICIT}../x",
            f"template.value F: ParentPackages '../x' {NOT_NAMES}",
        ),
        (
            f"{EXPLICIT}a..b",
            f"template.value F: ParentPackages 'a..b' {NOT_NAMES}",
        ),
        ("ParentPackageMode: [auto]", 'template.value F: ParentPackageMode must be text, not ["auto"]'),
    ],
)
def test_wrong_build_properties(properties: str, message: str) -> None:
    said = refusal(PYTHON.format(handler="a.app.handler", source="a"), ["a/app.py"], more=build(properties))
    assert said == f"template.yaml:6 {message}"


def test_build_properties_that_only_a_deployment_knows() -> None:
    python = PYTHON.format(handler="a.app.handler", source="a")
    said = refusal(python, ["a/app.py"], more=build("ParentPackageMode: !GetAtt X.Mode"))
    assert said.startswith("template.yaml:6 template.unresolved F: ParentPackageMode is ")
    said = refusal(python, ["a/app.py"], more=metadata("{BuildProperties: !GetAtt X.All}"))
    assert said.startswith("template.yaml:6 template.unresolved F: BuildProperties is ")
    said = refusal(python, ["a/app.py"], more=metadata("{BuildProperties: auto}"))
    assert said == "template.yaml:6 template.value F: BuildProperties must be a table, not auto"
