from pathlib import Path

import pytest

from lint.cases import SO, pyc
from lint.elves import library
from lint.made import (
    AL2023,
    ARM,
    HANDLER,
    PYTHON,
    PYTHON311,
    X86,
    File,
    Files,
    codes,
    look,
    of,
    one,
    python,
    write,
)
from onezip.archive.rules.wheels import unfit
from onezip.errors import Severity


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("py3-none-any", None),
        ("py2.py3-none-any", None),
        ("py2-none-any", "it is for Python 2"),
        ("py314-none-any", "it needs Python 3.14"),
        ("cp313-cp313-manylinux_2_34_x86_64", None),
        ("cp313-cp313-manylinux2014_x86_64", None),
        ("cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64", None),
        (
            "cp313-cp313-manylinux_2_35_x86_64.manylinux_2_39_x86_64",
            "it needs glibc 2.35; python3.13 has 2.34",
        ),
        ("cp39-abi3-manylinux_2_28_x86_64", None),
        ("cp314-abi3-manylinux_2_28_x86_64", "it needs Python 3.14"),
        ("cp312-cp312-manylinux_2_28_x86_64", "it is for cp312; the runtime has Python 3.13"),
        ("cp313-cp313t-manylinux_2_28_x86_64", "it is for a Python without the global interpreter lock"),
        ("cp313-cp313-musllinux_1_2_x86_64", "it is for musl; Lambda has glibc"),
        ("cp313-cp313-manylinux_2_28_aarch64", "it is for aarch64; the function is for x86_64"),
        ("cp313-cp313-macosx_11_0_universal2", "it is for macOS"),
        ("cp313-cp313-win_amd64", "it is for Windows"),
        ("cp313-cp313-win32", "it is for Windows"),
        ("cp313-cp313-linux_x86_64", "it is for somebody's Linux, and may not run on Lambda's"),
        ("pp310-pypy310_pp73-manylinux2014_x86_64", "it is for pp310, not for CPython"),
        ("py3-none-manylinux1_x86_64", None),
        ("cp313-cp313-plan9_mips", "it is for plan9_mips"),
    ],
)
def test_tags(tag: str, reason: str | None) -> None:
    assert unfit(tag, PYTHON, X86) == reason


def test_the_same_as_packaging_where_it_can_tell() -> None:
    from packaging.tags import compatible_tags, cpython_tags

    platforms = [f"manylinux_2_{minor}_x86_64" for minor in range(34, 4, -1)]
    own = {str(tag) for tag in cpython_tags((3, 13), platforms=platforms, abis=["cp313"])}
    own |= {str(tag) for tag in compatible_tags((3, 13), "cp313", platforms)}
    for tag in own:
        assert unfit(tag, PYTHON, X86) is None, tag


def _wheel(*tags: str) -> bytes:
    return "".join(f"Tag: {tag}\n" for tag in tags).encode()


def test_one_tag_that_fits_is_enough(tmp_path: Path) -> None:
    good, bad = "cp313-cp313-manylinux_2_28_x86_64", "cp313-cp313-manylinux_2_39_x86_64"
    files = {"x-1.dist-info/WHEEL": _wheel(bad, good), "x-1.dist-info/METADATA": b""}
    assert not codes(python(tmp_path / "a.zip", files))


def test_a_wheel_of_somebody_s_linux_is_a_warning(tmp_path: Path) -> None:
    files = {"x-1.dist-info/WHEEL": _wheel("cp313-cp313-linux_x86_64")}
    found = one(python(tmp_path / "a.zip", files), "check.wheel")
    assert found.severity is Severity.WARNING
    assert "auditwheel" in found.fix


def test_a_wheel_says_why(tmp_path: Path) -> None:
    files = {"pydantic_core-2.1.dist-info/WHEEL": _wheel("cp313-cp313-win_amd64")}
    found = one(python(tmp_path / "a.zip", files), "check.wheel")
    assert found.message == "'pydantic_core 2.1' was built for cp313-cp313-win_amd64: it is for Windows"
    assert found.severity is Severity.ERROR


def test_vendored_metadata_is_not_judged(tmp_path: Path) -> None:
    files = {"setuptools/_vendor/x-1.dist-info/WHEEL": _wheel("cp39-cp39-win32")}
    assert not codes(python(tmp_path / "a.zip", files))


def test_layers_have_packages_in_a_folder(tmp_path: Path) -> None:
    name = "python/lib/python3.13/site-packages/x-1.dist-info/WHEEL"
    path = write(tmp_path / "a.zip", {name: _wheel("cp313-cp313-win32")})
    assert of(look(path, runtime=PYTHON, layer=True), "check.wheel")


@pytest.mark.parametrize(
    ("names", "bad"),
    [
        ([SO], False),
        (["x.abi3.so"], False),
        (["x.cpython-313.so"], False),
        (["x.so"], False),
        (["x.cpython-312-x86_64-linux-gnu.so"], True),
        (["x.cpython-313t-x86_64-linux-gnu.so"], True),
        (["x.cpython-313-x86_64-linux-musl.so"], True),
        (["x.cpython-313-darwin.so"], True),
        (["x.cpython-312-x86_64-linux-gnu.so", "x.py"], False),
        (["x.cp313-win_amd64.pyd"], True),
        (["lib/libx.1.so"], False),
    ],
)
def test_names_of_extension_modules(names: list[str], bad: bool, tmp_path: Path) -> None:
    report = python(tmp_path / "a.zip", dict.fromkeys(names, library()))
    assert bool(of(report, "check.extension")) is bad


def test_without_an_architecture_only_the_version_counts(tmp_path: Path) -> None:
    files = {"x.cpython-313-aarch64-linux-gnu.so": library()}
    assert not codes(python(tmp_path / "a.zip", files, architecture=None))
    assert of(python(tmp_path / "b.zip", files), "check.extension")
    assert not of(python(tmp_path / "c.zip", files, architecture=ARM), "check.extension")
    found = one(python(tmp_path / "b.zip", files), "check.extension")
    assert found.message.endswith(
        "made for cpython-313-aarch64-linux-gnu, which python3.13 on x86_64 does not load"
    )


def test_other_runtimes_have_no_python(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.zip", {"x-1.dist-info/WHEEL": _wheel("cp39-cp39-win32"), "y.cpython-39-darwin.so": b""}
    )
    assert codes(look(path, runtime=AL2023)) == {"check.bootstrap-missing"}


FOREIGN, STALE = "check.pyc-foreign", "check.pyc-stale"


def test_bytecode_in_place_of_its_source(tmp_path: Path) -> None:
    assert not codes(python(tmp_path / "a.zip", {"x.pyc": pyc(b"")}))
    found = one(python(tmp_path / "b.zip", {"x.pyc": pyc(b"", magic=3495)}), FOREIGN)
    assert found.severity is Severity.ERROR
    assert found.prevents == r"ImportError: bad magic number in 'x': b'\xa7\r\r\n'"
    assert not codes(python(tmp_path / "c.zip", {"x.pyc": pyc(b"", magic=3495)}, runtime=PYTHON311))


@pytest.mark.parametrize(
    "name",
    [
        "__pycache__/app.cpython-312.pyc",
        "__pycache__/app.cpython-313.opt-1.pyc",
        "__pycache__/app.pypy310.pyc",
        "app.pyc",
    ],
)
def test_bytecode_that_is_never_read(name: str, tmp_path: Path) -> None:
    found = one(python(tmp_path / "a.zip", {name: pyc(HANDLER, flags=1)}), FOREIGN)
    assert found.severity is Severity.WARNING


def test_bytecode_that_is_damaged(tmp_path: Path) -> None:
    assert one(python(tmp_path / "a.zip", {"__pycache__/app.cpython-313.pyc": b"\0"}), FOREIGN)


@pytest.mark.parametrize(
    ("source_time", "time", "stale"),
    [
        ((1980, 1, 1, 0, 0, 0), 1_760_000_000, True),
        ((1980, 1, 1, 0, 0, 0), 315_532_800, False),
        ((2025, 10, 9, 8, 53, 20), 1_760_000_000, False),
        ((2025, 10, 9, 8, 53, 20), 1_760_000_001, False),
        ((2025, 10, 9, 10, 53, 20), 1_760_000_000, False),  # another time zone
        ((2025, 10, 9, 8, 54, 20), 1_760_000_000, True),
        ((2026, 1, 9, 8, 53, 20), 1_760_000_000, True),
    ],
)
def test_stale_bytecode(
    source_time: tuple[int, int, int, int, int, int], time: int, stale: bool, tmp_path: Path
) -> None:
    files: Files = {
        "pkg/x.py": File(b"x = 1\n", time=source_time),
        "pkg/__pycache__/x.cpython-313.pyc": pyc(b"x = 1\n", time=time),
    }
    assert bool(of(python(tmp_path / "a.zip", files), STALE)) is stale


def test_bytecode_of_another_size_or_of_no_source(tmp_path: Path) -> None:
    time = (2025, 10, 9, 8, 53, 20)
    name = "__pycache__/x.cpython-313.pyc"
    files: Files = {"x.py": File(b"x = 10\n", time=time), name: pyc(b"x = 1\n")}
    assert of(python(tmp_path / "a.zip", files), STALE)
    assert not of(python(tmp_path / "b.zip", {name: pyc(b"x = 1\n")}), STALE)
