"""What was installed, looked at: tags, extension modules, clashes, bytecode. Hand-made folders only."""

from __future__ import annotations

import pytest

from builder.python_driver import function, staged
from onezip.builder.languages import python
from onezip.builder.languages.base import Harvest
from onezip.errors import Severity


def dist(
    name: str,
    version: str = "1.0",
    tags: tuple[str, ...] = ("py3-none-any",),
    record: dict[str, str] | None = None,
) -> dict[str, str]:
    """A `.dist-info` folder; record is path -> hash."""
    info = f"{name}-{version}.dist-info"
    lines = "".join(f"{path},{content},1\n" for path, content in (record or {}).items())
    return {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nName: not-this\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\n" + "".join(f"Tag: {tag}\n" for tag in tags),
        f"{info}/RECORD": f"{lines}{info}/RECORD,,\n",
    }


def look(*folders: dict[str, str], runtime: str = "python3.13", architecture: str = "x86_64") -> Harvest:
    files: dict[str, bytes | str] = {}
    for folder in folders:
        files.update(folder)
    return python.harvest(function(runtime, architecture), staged(files))


def test_nothing_installed_is_nothing_to_tell() -> None:
    assert look() == Harvest()


def test_components_name_each_package_and_the_whole() -> None:
    tags = ("cp313-cp313-manylinux_2_17_x86_64", "cp313-cp313-manylinux2014_x86_64")
    harvest = look(dist("Zope.Event"), dist("markupsafe", "3.0.2", tags))
    assert [(each.name, each.detail) for each in harvest.components] == [
        ("dependencies", "2 packages"),
        ("dependencies/markupsafe", "3.0.2 cp313-cp313-manylinux_2_17_x86_64"),
        ("dependencies/zope-event", "1.0 py3-none-any"),
    ]
    again = look(dist("markupsafe", "3.0.2", tags), dist("Zope.Event"))
    assert again.components == harvest.components
    other = look(dist("markupsafe", "3.0.1", tags), dist("Zope.Event"))
    assert [a == b for a, b in zip(harvest.components, other.components, strict=True)] == [False, False, True]


@pytest.mark.parametrize(
    ("runtime", "tags"),
    [
        ("python3.13", ("py2.py3-none-any",)),
        ("python3.13", ("cp39-abi3-manylinux_2_28_x86_64",)),
        ("python3.11", ("cp311-cp311-manylinux_2_24_x86_64", "cp311-cp311-manylinux_2_28_x86_64")),
        ("python3.9", ("py3-none-manylinux_2_12_x86_64.manylinux2010_x86_64",)),
    ],
)
def test_wheels_that_fit(runtime: str, tags: tuple[str, ...]) -> None:
    assert look(dist("x", tags=tags), runtime=runtime).diagnostics == ()


@pytest.mark.parametrize(
    ("runtime", "architecture", "tag"),
    [
        ("python3.11", "x86_64", "cp311-cp311-manylinux_2_28_x86_64"),
        ("python3.13", "arm64", "cp313-cp313-manylinux_2_17_x86_64"),
        ("python3.13", "x86_64", "cp312-cp312-manylinux_2_17_x86_64"),
        ("python3.13", "x86_64", "cp313-cp313t-manylinux_2_17_x86_64"),
        ("python3.12", "x86_64", "cp313-abi3-manylinux_2_17_x86_64"),
        ("python3.13", "x86_64", "cp313-cp313-musllinux_1_2_x86_64"),
        ("python3.13", "x86_64", "cp313-cp313-macosx_11_0_x86_64"),
        ("python3.13", "x86_64", "py2-none-any"),
    ],
)
def test_wheels_that_do_not_fit(runtime: str, architecture: str, tag: str) -> None:
    [error] = look(dist("x", tags=(tag,)), runtime=runtime, architecture=architecture).diagnostics
    assert (error.code, error.severity) == ("python.wheel", Severity.ERROR)
    assert error.message.startswith(f"x 1.0 was installed for {tag}; Lambda has {runtime} on ")


def test_a_wheel_of_somebodys_linux_is_warned_about() -> None:
    [warning] = look(dist("x", tags=("cp313-cp313-linux_x86_64",))).diagnostics
    assert (warning.code, warning.severity) == ("python.wheel", Severity.WARNING)
    assert look(dist("x", tags=("cp313-cp313-linux_aarch64",))).diagnostics[0].severity is Severity.ERROR


@pytest.mark.parametrize("tags", [(), ("nonsense",)])
def test_a_wheel_that_says_nothing(tags: tuple[str, ...]) -> None:
    [error] = look(dist("x", tags=tags)).diagnostics
    assert (error.severity, error.message) == (Severity.ERROR, "x 1.0 does not say what its wheel is for")


def test_a_distribution_without_metadata_has_its_folders_name() -> None:
    harvest = look({"x_y-2.0.dist-info/WHEEL": "Tag: py3-none-any\n"})
    assert harvest.components[1].name == "dependencies/x-y"
    assert harvest.components[1].detail == "2.0 py3-none-any"


@pytest.mark.parametrize(
    ("names", "unfit"),
    [
        ("a.cpython-313-x86_64-linux-gnu.so b.abi3.so c.so d/libx.so.1", ""),
        ("p/a.cpython-312-x86_64-linux-gnu.so", "p/a.cpython-312-x86_64-linux-gnu.so"),
        ("a.cpython-313-aarch64-linux-gnu.so", "a.cpython-313-aarch64-linux-gnu.so"),
        ("a.cpython-313t-x86_64-linux-gnu.so", "a.cpython-313t-x86_64-linux-gnu.so"),
        ("a.cpython-313-x86_64-linux-musl.so", "a.cpython-313-x86_64-linux-musl.so"),
        ("a.cpython-313-darwin.so", "a.cpython-313-darwin.so"),
        ("a.pypy310-pp73-x86_64-linux-gnu.so", "a.pypy310-pp73-x86_64-linux-gnu.so"),
        ("a.cpython-312-x86_64-linux-gnu.so a.cpython-313-x86_64-linux-gnu.so", ""),
        ("a.cpython-312-x86_64-linux-gnu.so a.abi3.so", ""),
        ("a.cpython-312-x86_64-linux-gnu.so a.so", ""),
        (
            "a.cpython-38-darwin.so b.cpython-38-darwin.so c.cpython-38-darwin.so d.cpython-38-darwin.so",
            "a.cpython-38-darwin.so, b.cpython-38-darwin.so, c.cpython-38-darwin.so and 1 more",
        ),
    ],
)
def test_extension_modules_that_cannot_be_loaded(names: str, unfit: str) -> None:
    said = look(dist("x"), dict.fromkeys(names.split(), "")).diagnostics
    assert [d.message for d in said] == ([f"python3.13 on x86_64 cannot load {unfit}"] if unfit else [])
    assert all(d.severity is Severity.WARNING for d in said)


def test_a_distribution_inside_a_package_is_not_one() -> None:
    vendored = {"setuptools/_vendor/tomli-2.0.1.dist-info/METADATA": "Name: tomli\n"}
    harvest = look(dist("setuptools"), vendored)
    assert [each.name for each in harvest.components] == ["dependencies", "dependencies/setuptools"]
    assert harvest.diagnostics == ()


def test_bytecode_goes_unless_it_is_the_module_itself() -> None:
    names = ["a.py", "a.pyc", "only.pyc", "p/[b] #.py", "p/[b] #.pyc", "p/__pycache__/b.cpython-313.pyc"]
    assert look(dist("x"), dict.fromkeys(names, "")).exclude == ("/a.pyc", "/p/\\[b\\]\\ \\#.pyc")


def test_two_packages_that_bring_one_file() -> None:
    one = dist("one", record={"cv2/__init__.py": "sha256=1", "cv2/a.py": "sha256=1", "same.py": "sha256=0"})
    two = dist("two", record={"cv2/__init__.py": "sha256=2", "cv2/a.py": "sha256=2", "same.py": "sha256=0"})
    [warning] = look(one, two).diagnostics
    assert (warning.code, warning.severity) == ("python.conflict", Severity.WARNING)
    assert warning.message == (
        "one and two both bring cv2/__init__.py and 1 more, and not the same: which one stays is chance,"
        " and two builds may differ"
    )


def test_notes_and_tests_that_two_packages_bring_stay_out() -> None:
    one = dist("one", record={"tests/__init__.py": "sha256=1", "LICENSE": "sha256=1", "bin/x": "1"})
    two = dist("two", record={"tests/__init__.py": "sha256=2", "LICENSE": "sha256=2", "bin/x": "2"})
    harvest = look(one, two)
    assert harvest.diagnostics == ()
    assert harvest.exclude == ("/tests/__init__.py", "/LICENSE")
