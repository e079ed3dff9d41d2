"""From facts to recipes: values only, no tool runs."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from builder.python_driver import HELLO, TOOL, function, read, reading
from onezip.builder.fingerprint import settings
from onezip.builder.languages import python
from onezip.builder.languages.python_target import target
from onezip.errors import ProjectError, ToolMissing
from onezip.limits import RUNTIMES
from onezip.model.build import Recipe
from onezip.model.function import Function, Patterns

ROOT = "/work/shop"
HASHED = "a==1 --hash=sha256:0\n"
FILES = {
    f"{ROOT}/src/requirements.txt": "a==1\n",
    f"{ROOT}/shared/r.txt": HASHED,
    f"{ROOT}/loose.txt": "--pre\na\n",
    f"{ROOT}/limits.txt": "b==2\n",
    f"{ROOT}/local.txt": "--find-links wheels\na==1\n",
}


def recipes(*functions: Function, root: str = ROOT, files: dict[str, str] | None = None) -> list[Recipe]:
    texts = FILES if files is None else files
    facts = {each.name: python.facts(root, each, "", reading(texts)) for each in functions}
    return python.recipes(root, functions, facts, TOOL)


def test_the_command_word_by_word() -> None:
    [recipe] = recipes(function(source="src", pass_env=("TOKEN",), patterns=Patterns(exclude=("docs/",))))
    [command] = recipe.commands
    assert command.argv == (
        "/opt/bin/uv", "pip", "install", "--no-config", "--no-progress", "--color", "never",
        "--target", "{staging}/python",
        "--python-platform", "x86_64-manylinux_2_34", "--python-version", "3.13.0",
        "--only-binary", ":all:", "-r", "-",
    )  # fmt: skip
    assert (command.cwd, command.env, command.pass_env) == (ROOT, TOOL.env, ("TOKEN",))
    assert command.input == "a==1\n"
    assert (recipe.copies, recipe.runs) == ((), ())
    dependencies, own = recipe.products
    assert (dependencies.path, dependencies.name, dependencies.own) == ("{staging}/python", "", False)
    assert (own.path, own.name, own.own, own.patterns.exclude) == (f"{ROOT}/src", "", True, ("docs/",))
    assert pickle.loads(pickle.dumps(recipe)) == recipe


@pytest.mark.parametrize(
    ("what", "tail"),
    [
        (function(source="src", requirements="../shared/r.txt"), (":all:", "--require-hashes", "-r", "-")),
        (function(source="src", requirements="../loose.txt"), ("--prerelease", "allow", "-r", "-")),
        (
            function(source="src", requirements="../local.txt"),
            ("--refresh", "--find-links", "wheels", "-r", "-"),
        ),
        (function(source="src", constraints=("../limits.txt",)), (":all:", "-c", "limits.txt", "-r", "-")),
        (
            function(source="src", allow_sdist=("B_c", "a")),
            ("--no-binary", "a", "--no-binary", "b-c", "-r", "-"),
        ),
    ],
)
def test_what_the_files_ask_for(what: Function, tail: tuple[str, ...]) -> None:
    [recipe] = recipes(what)
    assert recipe.commands[0].argv[-len(tail) :] == tail


@pytest.mark.parametrize(
    ("runtime", "architecture", "platform", "version"),
    [
        ("python3.8", "x86_64", "x86_64-manylinux_2_17", "3.8.20"),
        ("python3.9", "arm64", "aarch64-manylinux_2_17", "3.9.20"),
        ("python3.11", "x86_64", "x86_64-manylinux_2_17", "3.11.10"),
        ("python3.12", "arm64", "aarch64-manylinux_2_34", "3.12.7"),
        ("python3.14", "x86_64", "x86_64-manylinux_2_34", "3.14.0"),
        ("python3.15", "x86_64", "x86_64-manylinux_2_34", "3.15.0"),
    ],
)
def test_never_above_the_runtimes_glibc(runtime: str, architecture: str, platform: str, version: str) -> None:
    [recipe] = recipes(function(runtime, architecture, source="src"))
    argv = recipe.commands[0].argv
    assert argv[argv.index("--python-platform") + 1] == platform
    assert argv[argv.index("--python-version") + 1] == version


def test_equal_requirements_are_installed_once() -> None:
    first, second = (function(name=name, source=name, requirements="../shared/r.txt") for name in ("a", "b"))
    other = function("python3.12", name="c", source="c", requirements="../shared/r.txt")
    arm = function(architecture="arm64", name="d", source="d", requirements="../shared/r.txt")
    plain, bare = function(name="e", source="e"), function(name="f", source="f")
    made = recipes(first, plain, second, other, arm, bare)
    assert [recipe.functions for recipe in made] == [("a", "b"), ("e",), ("c",), ("d",), ("f",)]
    assert [product.function for product in made[0].products] == ["a", "a", "b", "b"]
    assert made[1].commands == ()
    assert [product.path for product in made[1].products] == [f"{ROOT}/e"]


def test_only_what_is_pinned_is_kept() -> None:
    [pinned] = recipes(function(source="src"))
    [loose] = recipes(function(source="src", requirements="../loose.txt"))
    [local] = recipes(function(source="src", requirements="../local.txt"))
    assert (pinned.keep, loose.keep, local.keep) == (True, False, True)


def test_a_local_project_is_copied_built_and_installed() -> None:
    files = {f"{ROOT}/requirements.txt": "-e ./lib\n../more[x]\na==1\nlib @ ./lib ; os_name == 'nt'\n"}
    files |= {f"{ROOT}/lib/setup.py": "", "/work/more/pyproject.toml": "[project]\nname = 'More'\n"}
    facts = python.facts(ROOT, function(), "", reading(files))
    assert facts.sources == (f"{ROOT}/lib", "/work/more")
    [recipe] = python.recipes(ROOT, [function()], {"api": facts}, TOOL)
    assert recipe.copies == (
        (f"{ROOT}/lib", "{staging}/projects/0"),
        ("/work/more", "{staging}/projects/1"),
    )
    assert recipe.runs == ("lib", "../more")
    one, two, install = recipe.commands
    assert one.argv[1:] == (
        "build", "--no-config", "--no-progress", "--color", "never", "--wheel", "--no-sources",
        "--no-create-gitignore", "--out-dir", "{staging}/wheels/0", "{staging}/projects/0",
    )  # fmt: skip
    assert one.env == {**TOOL.env, "SOURCE_DATE_EPOCH": "315532800", "PYTHONHASHSEED": "0"}
    assert (one.title, two.title) == ("build lib", "build ../more")
    assert install.input.splitlines() == [
        "a==1",
        "{staging}/wheels/0/*.whl",
        "{staging}/wheels/1/*.whl[x]",
        "{staging}/wheels/0/*.whl ; os_name == 'nt'",
    ]


def test_components_do_not_know_the_machine() -> None:
    there = {path.replace(ROOT, "C:\\else\\shop").replace("/", "\\"): text for path, text in FILES.items()}
    [one] = recipes(function(source="src"))
    [two] = recipes(function(source="src"), root="C:\\else\\shop", files=there)
    assert one.components == two.components
    assert two.commands[0].cwd == "C:\\else\\shop"
    assert [each.detail for each in one.components] == [
        "python3.13 x86_64-manylinux_2_34",
        "1 in src/requirements.txt",
    ]


def test_components_change_with_what_changes_the_bytes() -> None:
    def digests(what: Function, text: str = "a==1\n") -> tuple[str, ...]:
        [recipe] = recipes(what, files={f"{ROOT}/requirements.txt": text})
        return tuple(each.digest for each in recipe.components)

    base = digests(function())
    assert digests(function(), "# more\na == 1\n") == base
    assert digests(function(), "a==2\n")[1] != base[1]
    assert digests(function(), "--no-index\na==1\n")[1] != base[1]
    assert digests(function("python3.12"))[0] != base[0]
    assert digests(function(architecture="arm64"))[0] != base[0]


def test_without_a_tool_only_plain_functions_can_be_made() -> None:
    plain = function()
    assert python.recipes(ROOT, [plain], {"api": python.facts(ROOT, plain, "", reading({}))}, None)
    hello = function()
    with pytest.raises(ToolMissing) as caught:
        python.recipes(str(HELLO), [hello], {"api": python.facts(str(HELLO), hello, "", read)}, None)
    assert caught.value.hint == "it comes with onezip; or: python -m pip install uv"


def test_a_runtime_without_python() -> None:
    with pytest.raises(ProjectError, match=r"api: provided\.al2023 has no Python"):
        python.facts(ROOT, replace(function(), runtime=RUNTIMES["provided.al2023"]), "", reading(FILES))


def test_nothing_is_asked_before() -> None:
    assert python.probes(ROOT, [function()], TOOL, reading(FILES)) == []


OLD_YES = """
cp311-cp311-manylinux_2_26_x86_64 cp311-cp311-manylinux1_x86_64 cp37-abi3-manylinux2014_x86_64
cp311-none-any py3-none-any py38-none-any py311-none-manylinux_2_17_x86_64
"""
OLD_NO = """
cp311-cp311-manylinux_2_27_x86_64 cp311-cp311-musllinux_1_1_x86_64 cp311-cp311-linux_x86_64
cp311-cp311-manylinux2014_aarch64 cp311-cp311d-manylinux2014_x86_64 cp312-abi3-manylinux2014_x86_64
cp310-cp310-manylinux2014_x86_64 py2-none-any py312-none-any
"""
NEW_YES = """
cp314-cp314-manylinux_2_34_aarch64 cp32-abi3-manylinux_2_17_aarch64 cp314-none-manylinux2014_aarch64
"""
NEW_NO = """
cp314-cp314-manylinux_2_35_aarch64 cp314-cp314t-manylinux_2_34_aarch64 cp314-cp314-manylinux1_aarch64
cp314-cp314-macosx_11_0_arm64 cp314-cp314-win_arm64 cp314-cp314-linux_aarch64
"""


@pytest.mark.parametrize(
    ("runtime", "architecture", "yes", "no"),
    [("python3.11", "x86_64", OLD_YES, OLD_NO), ("python3.14", "arm64", NEW_YES, NEW_NO)],
)
def test_the_tags_of_a_runtime(runtime: str, architecture: str, yes: str, no: str) -> None:
    tags = target(function(runtime, architecture)).tags()
    assert [tag for tag in yes.split() if tag not in tags] == []
    assert [tag for tag in no.split() if tag in tags] == []


def test_linux_wheels_are_unproven() -> None:
    assert "cp313-cp313-linux_x86_64" in target(function()).unproven()
    assert "cp313-cp313-linux_x86_64" not in target(function()).uv_tags()
    old = target(function("python3.11"))
    assert "cp311-cp311-manylinux_2_24_x86_64" in old.tags() - old.uv_tags()


def test_parent_packages_are_the_folder_of_the_code_alone() -> None:
    [recipe] = recipes(function(source="src", parent_packages="shop.orders"))
    dependencies, own = recipe.products
    assert (dependencies.name, own.name) == ("", "shop/orders")
    [plain] = recipes(function(source="bare", parent_packages="shop"), files={})
    assert [(each.path, each.name) for each in plain.products] == [(f"{ROOT}/bare", "shop")]


def test_parent_packages_are_part_of_a_builds_name() -> None:
    named = {settings(function(parent_packages=packages), "") for packages in ("", "a", "a.b")}
    assert len(named) == 3
