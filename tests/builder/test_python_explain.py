"""uv's words -> ours. The outputs are uv 0.13's own; the files of packages are excerpts of real lists."""

from __future__ import annotations

import re

import pytest

from builder.python_driver import function
from onezip.builder.languages.base import Explained
from onezip.builder.languages.python_candidates import Candidate
from onezip.builder.languages.python_explain import explain, remedy, wanting
from onezip.codes import CODES

NO_WHEEL = """\
Using CPython 3.11.7 interpreter at: /usr/bin/python
error: No solution found when resolving dependencies
  cause: Because numpy==2.3.1 has no usable wheels and you require numpy==2.3.1, \
we can conclude that your requirements are unsatisfiable.

hint: Wheels are required for `numpy` because building from source is \
disabled for all packages (i.e., with `--no-build`)
"""
TRANSITIVE = """\
error: No solution found when resolving dependencies
  cause: Because pydantic-core==2.18.1 has no usable wheels \
and pydantic==2.7.0 depends on pydantic-core==2.18.1, we can conclude that pydantic==2.7.0 cannot be used.
         And because you require pydantic==2.7.0, we can conclude that your requirements are unsatisfiable.
"""
NO_SDIST = """\
error: No solution found when resolving dependencies
  cause: Because pywin32<=310 has no wheels with a matching Python ABI tag (e.g., `cp314`) and only the following versions of pywin32 are available:
             pywin32<=310
             pywin32>=311
         we can conclude that pywin32<311 cannot be used.
         And because pywin32>=311 has no wheels with a matching platform tag (e.g., `manylinux_2_34_x86_64`) and you require pywin32, we can conclude that your requirements are unsatisfiable.

hint: You require CPython 3.14 (`cp314`), but we only found wheels for `pywin32` (v310) with the following Python ABI tags: `cp38`, `cp39`, `cp310`, `cp311`, `cp312`, `cp313`

hint: Wheels are available for `pywin32` (v312) on the following platforms: `win32`, `win_amd64`, `win_arm64`
"""  # noqa: E501 - uv's own lines
ANY_VERSION = "Because all versions of docopt have no usable wheels and you require docopt, we can conclude"
ANY_VERSION += " that your requirements are unsatisfiable."


def files(*names: str) -> list[Candidate]:
    return [Candidate(name) for name in names]


NUMPY = files(
    "numpy-2.2.6-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "numpy-2.2.6.tar.gz",
    "numpy-2.3.1-cp311-cp311-macosx_14_0_arm64.whl",
    "numpy-2.3.1-cp311-cp311-manylinux_2_28_x86_64.whl",
    "numpy-2.3.1-cp311-cp311-musllinux_1_2_x86_64.whl",
    "numpy-2.3.1-cp312-cp312-manylinux_2_28_x86_64.whl",
    "numpy-2.3.1-cp313-cp313t-manylinux_2_28_x86_64.whl",
    "numpy-2.3.1-cp314-cp314-manylinux_2_28_x86_64.whl",
    "numpy-2.3.1.tar.gz",
    "numpy-2.4.0rc1-cp311-cp311-manylinux_2_17_x86_64.whl",
    "not a file name",
    "numpy-odd.whl",
)


@pytest.mark.parametrize(
    ("output", "packages"),
    [
        (NO_WHEEL, ("numpy",)),
        (TRANSITIVE, ("pydantic-core",)),
        (NO_SDIST, ("pywin32",)),
        (ANY_VERSION, ("docopt",)),
        ("Because foo[bar]>=1,<2 has no usable wheels and baz==1 has no usable wheels", ("foo", "baz")),
        ("Because idna==99 was not found", ()),
    ],
)
def test_the_packages_without_a_wheel(output: str, packages: tuple[str, ...]) -> None:
    assert tuple(wanting(output)) == packages


def test_no_wheel_with_the_files_of_the_index_at_hand() -> None:
    assert explain(function("python3.11"), NO_WHEEL, {"numpy": NUMPY}) == Explained(
        "python.no-wheel",
        "no wheel for python3.11 on x86_64 with glibc 2.26: numpy 2.3.1"
        " (it has cp311 for manylinux_2_28_x86_64)",
        'there is one with numpy 2.2.6, or with runtime = "python3.12"',
    )


def test_no_wheel_without_an_index() -> None:
    assert explain(function("python3.11"), NO_WHEEL) == Explained(
        "python.no-wheel", "no wheel for python3.11 on x86_64 with glibc 2.26: numpy==2.3.1", ""
    )
    told = explain(function("python3.14"), NO_SDIST)
    assert told.message == (
        "no wheel for python3.14 on x86_64 with glibc 2.34: pywin32"
        " (it has cp38, cp39, cp310, cp311, cp312 ...)"
    )


def listed(text: str) -> list[Candidate]:
    """`1.0=py3-none-any 2.0=` -> a wheel of 1.0 and a source distribution of 2.0."""
    pairs = [word.split("=") for word in text.split()]
    return files(*(f"x-{version}-{tag}.whl" if tag else f"x-{version}.tar.gz" for version, tag in pairs))


MANYLINUX = {"17": "manylinux_2_17_x86_64", "34": "manylinux_2_34_x86_64", "ARM": "manylinux_2_34_aarch64"}
BUILD_IT = "no version of x has one: build a wheel in a manylinux image, put it into a folder and add"
BUILD_IT += " --find-links FOLDER"
SOURCE = "x is published as source only; if it is pure Python, build its wheel once"
SOURCE += " (python -m pip wheel --no-deps -w wheels x==2) and add the line --find-links wheels"
SOURCE += '; or let it be built here: allow_sdist = ["x"]'


@pytest.mark.parametrize(
    ("minor", "names", "versions", "words"),
    [
        # the nearest in the list of versions, no pre-release
        (13, "1=py3-none-any 2= 3=py3-none-any", "==2", "there is one with x 1"),
        (13, "1=py3-none-any 1.5= 2= 3=py3-none-any", "==2", "there is one with x 3"),
        (13, "2= 3rc1=py3-none-any 1=cp39-cp39-win32", "==2", BUILD_IT),
        (13, "2rc1= 2rc2=py3-none-any", "==2rc1", "there is one with x 2rc2"),
        # the next newer runtime, else the newest older one
        (9, "1=cp311-abi3-17", "", 'there is one with runtime = "python3.11"'),
        (9, "1=cp312-cp312-34 1=cp311-cp311-34", "", 'there is one with runtime = "python3.12"'),
        (14, "1=cp311-cp311-17 1=cp310-cp310-17", "", 'there is one with runtime = "python3.11"'),
        # the other architecture
        (13, "1=cp313-cp313-ARM", "", 'there is one with architecture = "arm64"'),
        (
            14,
            "1=cp311-cp311-ARM 1=cp313-cp313-ARM",
            "",
            'there is one with runtime = "python3.13" and architecture = "arm64"',
        ),
        # several ways
        (
            13,
            "1=cp313-cp313-ARM 1=cp314-cp314-34 0.9=py3-none-any",
            "",
            'there is one with x 0.9, or with runtime = "python3.14", or with architecture = "arm64"',
        ),
        (13, "1= 2=", "", SOURCE),
        (13, "1=cp313-cp313-win32", "", 'x is for another system: write x ; sys_platform == "win32"'),
        (
            13,
            "1=py3-none-macosx_11_0_arm64",
            "",
            'x is for another system: write x ; sys_platform == "darwin"',
        ),
        # between the platforms that uv knows
        (
            11,
            "2=cp311-cp311-manylinux_2_24_x86_64 1=py3-none-any",
            "",
            "x 2 has one that would run, but uv knows no glibc 2.26; there is one with x 1",
        ),
        # nothing known
        (13, "", "==1", ""),
        (13, "1=", "==2", ""),
    ],
)
def test_what_would_help(minor: int, names: str, versions: str, words: str) -> None:
    for short, long in MANYLINUX.items():
        names = re.sub(rf"-{short}\b", f"-{long}", names)
    assert remedy(function(f"python3.{minor}"), "x", listed(names), versions) == words


def test_what_would_help_heeds_requires_python_and_yanked_files() -> None:
    names = [
        Candidate("x-1.0-py3-none-any.whl", requires_python=">=3.7"),
        Candidate("x-1.1-py3-none-any.whl", requires_python=">=3.7", yanked=True),
        Candidate("x-2.0-py3-none-any.whl", requires_python=">=3.12"),
        Candidate("x-2.1-py3-none-any.whl", requires_python="nonsense"),
    ]
    assert (
        remedy(function("python3.9"), "x", names[:3])
        == 'there is one with x 1.0, or with runtime = "python3.12"'
    )
    assert explain(function("python3.9"), "Because x>=2 has no usable wheels", {"x": names[:3]}).message == (
        "no wheel for python3.9 on x86_64 with glibc 2.26: x 2.0 (needs Python >=3.12)"
    )
    assert remedy(function("python3.9"), "x", names, "==2.0").startswith("there is one with x 2.1")


def test_a_package_whose_newest_version_is_well_is_not_blamed() -> None:
    words = "Because x<2 has no usable wheels and x>=2 depends on y and y>=1 has no usable wheels"
    lists = {"x": listed("1= 2=py3-none-any"), "y": files("y-1.tar.gz")}
    told = explain(function(), words.replace("x<2", "x"), lists)
    assert told.message == "no wheel for python3.13 on x86_64 with glibc 2.34: y 1 (source only)"
    assert explain(function(), "x has no usable wheels", lists).message.endswith("glibc 2.34: x 2")


def test_a_package_with_wheels_under_another_name() -> None:
    told = remedy(function(), "psycopg2", files("psycopg2-2.9.10.tar.gz"))
    assert told == "require psycopg2-binary instead: it is the same with wheels"


@pytest.mark.parametrize(
    ("output", "code", "message"),
    [
        ("Because nosuch was not found in the package registry and you require nosuch,",
         "build.failed", "nosuch is not in the package index"),
        ("Because nosuch was not found in the provided package locations and you",
         "build.failed", "nosuch is not in the package index"),
        ("Because there is no version of idna==99 and you require idna==99, we",
         "build.failed", "idna==99 is not in the package index"),
        ("error: Failed to download `idna==3.10`\n  cause: Hash mismatch for `idna==3.10`\n\n Expected:",
         "build.failed", "idna==3.10 does not have the hash that the requirements give"),
        ("error: Hash-checking is required, but no trusted hash was provided for: `certifi`",
         "build.failed", "certifi is needed, but the requirements have no hash for it"),
        ("all requirements must have a hash, but none were provided for: idna==3.10",
         "build.failed", "idna==3.10 is needed, but the requirements have no hash for it"),
        ("the requested Python version (>=3.9.20) does not satisfy Python>=3.10 and click==8.2 depends on",
         "build.failed", "click==8.2 needs Python>=3.10, which the runtime does not have"),
        ("error: Request failed after 3 retries in 8.6s\n  cause: Failed to fetch: https://index.test/simple/x/",
         "network.failed", "the package index could not be reached"),
        ("error: Couldn't parse requirement in `r.txt` at position 0\n  cause: after parsing",
         "build.failed", "uv: Couldn't parse requirement in `r.txt` at position 0"),
        ("", "build.failed", "uv could not install the requirements"),
    ],
)  # fmt: skip
def test_other_failures(output: str, code: str, message: str) -> None:
    told = explain(function(), output)
    assert (told.code, told.message) == (code, message)
    assert told.code in CODES


# ---- an index that says no ----------------------------------------------------------------------------

REFUSED = """\
error: No solution found when resolving dependencies
  cause: Because demo was not found in the package registry and you require demo, we can conclude that your \
requirements are unsatisfiable.

hint: An index URL (https://corp.test/simple/) could not be queried due to a lack of valid authentication \
credentials (401 Unauthorized)
"""
FORBIDDEN = """\
error: Failed to fetch: `https://corp.test/files/demo-1.0-py3-none-any.whl`
  cause: HTTP status client error (403 Forbidden) for url (https://corp.test/files/demo-1.0-py3-none-any.whl)
"""


@pytest.mark.parametrize(
    ("output", "index", "message", "hint"),
    [
        (
            REFUSED,
            ("--index", "my.corp=https://corp.test/simple"),
            "the index https://corp.test/simple/ wants a user and password (401 Unauthorized)",
            "set UV_INDEX_MY_CORP_USERNAME and UV_INDEX_MY_CORP_PASSWORD",
        ),
        (
            REFUSED,
            ("--index-url", "https://me:wrong@corp.test/simple/"),
            (
                "the index https://corp.test/simple/ does not take the user and password it is given"
                " (401 Unauthorized)"
            ),
            "write it as https://${INDEX_USER}:${INDEX_PASSWORD}@corp.test/...",
        ),
        (
            REFUSED,
            ("--index-url", "https://other.test/simple"),
            "the index https://corp.test/simple/ wants a user and password (401 Unauthorized)",
            "UV_DEFAULT_INDEX or a netrc file (NETRC)",
        ),
        (
            FORBIDDEN,
            ("--default-index", "corp=https://me:secret@corp.test/simple"),
            (
                "the index https://corp.test/files/demo-1.0-py3-none-any.whl lets this user not read it"
                " (403 Forbidden)"
            ),
            "ask for the right to read it; else set UV_INDEX_CORP_USERNAME",
        ),
        (
            FORBIDDEN,
            ("--index-url", "https://corp.test/simple"),
            (
                "the index https://corp.test/files/demo-1.0-py3-none-any.whl wants a user and password"
                " (403 Forbidden)"
            ),
            "pass_env",
        ),
    ],
)
def test_an_index_that_says_no(output: str, index: tuple[str, str], message: str, hint: str) -> None:
    told = explain(function(), output, indexes=[index])
    assert (told.code, told.message) == ("network.failed", message)
    assert hint in told.hint
    assert "secret" not in repr(told)


@pytest.mark.parametrize(
    ("output", "brief"),
    [
        (
            (
                "Building wheel...\nTraceback (most recent call last):\n  File 'x', line 1, in <module>\n"
                "    raise ValueError\nValueError: first\n\nsecond\nerror: Failed to build `/t/projects/0`\n"
                "  cause: The build backend returned an error\n"
            ),
            "ValueError: first\nsecond\n",
        ),
        (
            (
                "Traceback (most recent call last):\n  File 'x', line 1, in <module>\nKeyError: 'a'\n\n"
                "During handling of the above exception, another exception occurred:\n\n"
                "Traceback (most recent call last):\nsetuptools.errors.PackageDiscoveryError: two packages\n"
                "error: Failed to build `/t/projects/12`\n"
            ),
            "setuptools.errors.PackageDiscoveryError: two packages\n",
        ),
        (
            "Building wheel...\ncompiling\n\nno compiler\nerror: Failed to build `C:\\t\\projects\\0`\n",
            "Building wheel...\ncompiling\nno compiler\n",
        ),
        ("error: Failed to build `/t/projects/0`\n  cause: gone\n", ""),
    ],
)
def test_a_build_that_fails(output: str, brief: str) -> None:
    told = explain(function(), output)
    assert (told.code, told.message, told.brief) == ("build.failed", "", brief)
    assert "[tool.uv] package = false" in told.hint


def test_a_source_distribution_that_fails() -> None:
    output = (
        "error: Failed to build `rusty==1.0`\n  cause: The build backend returned an error\n"
        "  cause: Call to `setuptools.build_meta.build_wheel` failed (exit status: 1)\n\n[stderr]\n"
        "Traceback (most recent call last):\n  File 'x', line 1, in <module>\n"
        "FileNotFoundError: no cargo\n\nhint: Build failures usually indicate a problem\n"
    )
    told = explain(function(), output)
    assert told.message == "rusty==1.0 could not be built from source"
    assert told.brief == "FileNotFoundError: no cargo\n"
    assert "version with wheels" in told.hint
