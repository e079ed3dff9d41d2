"""What a handler imports: each zip is judged, and the same files are imported by a real Python."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from lint.elves import library
from lint.made import HANDLER, codes, look, of, one, python, write
from onezip.archive.lint import Report
from onezip.archive.rules.follow import MOST_MISSING
from onezip.errors import Severity
from onezip.limits import RUNTIMES
from onezip.model.function import Handler

IMPORTS = "check.python-import"
SAYS = "Runtime.ImportModuleError: Unable to import module 'app': "
OWN = next(
    (each for each in RUNTIMES.values() if each.python == sys.version_info[:2]), RUNTIMES["python3.13"]
)

FILES = {
    "core.py": "x = 1\n",
    "deep.py": "import lost\n",
    "pkg/__init__.py": "from .base import x\nVERSION = 1\n",
    "pkg/base.py": "import json\nx = 1\n",
    "pkg/sub.py": "from . import base\nimport gone\n",
    "pkg/up.py": "from .. import core\n",
    "pkg/inner/__init__.py": "",
    "pkg/inner/leaf.py": "from ..base import x\nfrom .. import VERSION\n",
    "pkg/broken.py": "from .nothing import x\n",
    "pkg/same.py": "import unheard_of\n",
    "shadow/__init__.py": "def tool(): ...\n",
    "shadow/tool.py": "import lost\n",
    "names/space/x.py": "",
    "single.py": "",
    "single/part.py": "",
    "magic/__init__.py": "def __getattr__(name):\n    return 1\n",
    "hooked.py": "import sys\nsys.modules['hooked.moves'] = sys\n",
}
"""Modules that handlers import; none of these names is that of a package."""

GOOD = [
    "import os, json, zoneinfo",
    "import core",
    "from core import x",
    "from core import *",
    "from core import __doc__",
    "try:\n    import requests\nexcept ImportError: ...",
    "try:\n    from pkg import nothing\nexcept ImportError: ...",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import requests",
    "def f():\n    import requests",
    "class A:\n    def f(self):\n        import requests",
    "import contextlib\nwith contextlib.suppress(ImportError):\n    import requests",
    "import pkg.inner.leaf",
    "from pkg import VERSION, base",
    "from pkg.inner import leaf",
    "import names.space.x",
    "from names import space",
    "from names.space import x",
    "from shadow import tool",  # the function, not the module of that name
    "from magic import anything",
    "import hooked.moves",
    "from __future__ import annotations",
]

BAD = [
    ("import requests_", "No module named 'requests_'"),
    ("import requests_.auth as a", "No module named 'requests_'"),
    ("from requests_ import get", "No module named 'requests_'"),
    ("from requests_ import *", "No module named 'requests_'"),
    ("import deep", "No module named 'lost'"),
    ("from pkg import sub", "No module named 'gone'"),
    ("import pkg.sub", "No module named 'gone'"),
    ("import pkg.other", "No module named 'pkg.other'"),
    ("import pkg.other.deeper", "No module named 'pkg.other'"),
    ("import pkg.broken", "No module named 'pkg.nothing'"),
    ("import shadow.tool", "No module named 'lost'"),
    ("import names.other", "No module named 'names.other'"),
    ("from names import other", "cannot import name 'other' from 'names' (unknown location)"),
    ("import core.part", "No module named 'core.part'; 'core' is not a package"),
    ("import single.part", "No module named 'single.part'; 'single' is not a package"),
    ("from . import core", "attempted relative import with no known parent package"),
    ("from .core import x", "attempted relative import with no known parent package"),
    ("import pkg.up", "attempted relative import beyond top-level package"),
    ("from core import y", "cannot import name 'y' from 'core' (/var/task/core.py)"),
    ("from pkg import nothing", "cannot import name 'nothing' from 'pkg' (/var/task/pkg/__init__.py)"),
]


def made(folder: Path, source: str, more: Mapping[str, str] | None = None, **known: object) -> Report:
    """What is found of a handler that begins so, beside FILES."""
    files = {name: text.encode() for name, text in {**FILES, **(more or {})}.items()}
    handler = f"{source}\n".encode() + HANDLER
    return python(folder / "a.zip", {**files, "app.py": handler}, **{"runtime": OWN, **known})


def imported(folder: Path, source: str) -> str:
    """What a real Python says when it imports the handler as Lambda does: no .pth, the folder first."""
    for name, text in {**FILES, "app.py": f"{source}\n" + HANDLER.decode()}.items():
        path = folder / "task" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import importlib\n"
        "try:\n    importlib.import_module('app')\nexcept ImportError as error:\n    print(error)\n"
    )
    words = [sys.executable, "-S", "-I", "-c", code, str(folder / "task")]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip().replace(str(folder / "task") + os.sep, "/var/task/").replace("\\", "/")


@pytest.mark.parametrize("source", GOOD)
def test_what_is_there_is_found(source: str, tmp_path: Path) -> None:
    assert not of(made(tmp_path, source), IMPORTS)
    assert not imported(tmp_path, source)


@pytest.mark.parametrize(("source", "says"), BAD)
def test_what_is_missing_is_told_as_python_would(source: str, says: str, tmp_path: Path) -> None:
    found = one(made(tmp_path, source), IMPORTS)
    assert found.prevents == SAYS + says
    assert found.severity is Severity.ERROR
    assert found.fix
    assert imported(tmp_path, source) == says


def test_what_only_lambda_has(tmp_path: Path) -> None:
    assert not of(
        made(tmp_path, "import boto3.session, botocore, urllib3, dateutil.tz, awslambdaric"), IMPORTS
    )
    assert one(made(tmp_path, "import winreg"), IMPORTS).prevents == f"{SAYS}No module named 'winreg'"


def test_the_library_of_each_version(tmp_path: Path) -> None:
    def missing(runtime: str) -> set[str]:
        source = "import tomllib, telnetlib, pkg_resources, annotationlib"
        found = of(made(tmp_path, source, runtime=RUNTIMES[runtime]), IMPORTS)
        return {each.prevents.rpartition(" ")[2].strip("'") for each in found}

    assert missing("python3.10") == {"tomllib", "annotationlib"}
    assert missing("python3.11") == {"annotationlib"}
    assert missing("python3.13") == {"telnetlib", "pkg_resources", "annotationlib"}
    assert missing("python3.14") == {"telnetlib", "pkg_resources"}


def test_a_runtime_newer_than_the_table_is_not_certain(tmp_path: Path) -> None:
    found = one(made(tmp_path, "import brandnew", runtime=RUNTIMES["python3.15"]), IMPORTS)
    assert found.severity is Severity.WARNING
    assert (
        one(made(tmp_path, "import pkg.other", runtime=RUNTIMES["python3.15"]), IMPORTS).severity
        is Severity.ERROR
    )


def test_layers_may_bring_packages_and_no_parts_of_the_functions_own(tmp_path: Path) -> None:
    found = one(made(tmp_path, "import requests", layered=True), IMPORTS)
    assert found.severity is Severity.WARNING
    assert "a layer must bring it" in found.message
    assert one(made(tmp_path, "import names.other", layered=True), IMPORTS).severity is Severity.WARNING
    assert one(made(tmp_path, "import pkg.other", layered=True), IMPORTS).severity is Severity.ERROR


def test_pth_files_bring_nothing(tmp_path: Path) -> None:
    more = {"vendor.pth": "vendor\n", "vendor/requests/__init__.py": ""}
    found = one(made(tmp_path, "import requests", more), IMPORTS)
    assert found.fix.endswith("Python on Lambda does not read 'vendor.pth'.")


def test_compiled_modules_are_there(tmp_path: Path) -> None:
    files = {"app.py": b"import native, old\nfrom fast import core\n" + HANDLER, "native.so": library()}
    files |= {"fast/__init__.py": b"", "fast/core.abi3.so": library(), "old.pyc": b""}
    assert not of(python(tmp_path / "a.zip", files), IMPORTS)
    files = {"app.py": b"import native\n" + HANDLER, "native.cpython-312-x86_64-linux-gnu.so": library()}
    assert codes(python(tmp_path / "b.zip", files), Severity.ERROR) == {"check.extension"}  # told once


def test_a_function_that_changes_sys_path_is_not_judged(tmp_path: Path) -> None:
    assert not of(made(tmp_path, "import sys\nsys.path.append('vendor')\nimport requests"), IMPORTS)
    more = {"setup.py": "import sys\nsys.path.append('vendor')\n"}
    assert not of(made(tmp_path, "import requests, setup", more), IMPORTS)


def test_a_package_that_changes_sys_path_makes_it_uncertain(tmp_path: Path) -> None:
    more = {"hooks/__init__.py": "import sys\nsys.meta_path.append(sys)\n", "hooks-1.dist-info/METADATA": ""}
    assert one(made(tmp_path, "import requests, hooks", more), IMPORTS).severity is Severity.WARNING
    more["hooks/__init__.py"] = "import sys\ndef install():\n    sys.meta_path.append(sys)\n"
    assert one(made(tmp_path, "import requests, hooks", more), IMPORTS).severity is Severity.ERROR
    assert "'requests'" in one(made(tmp_path, "import requests, hooks.part", more), IMPORTS).message


def test_attributes_of_packages_of_others_are_not_judged(tmp_path: Path) -> None:
    more = {"other/__init__.py": "", "other-1.dist-info/METADATA": "Name: other\n"}
    assert not of(made(tmp_path, "from other import anything", more), IMPORTS)
    assert one(made(tmp_path, "import other.anything", more), IMPORTS)


def test_a_handler_in_a_package_has_its_packages_imported(tmp_path: Path) -> None:
    files = {
        "src/__init__.py": b"import lost",
        "src/main.py": b"from . import util\n" + HANDLER,
        "src/util.py": b"",
    }
    report = look(write(tmp_path / "a.zip", files), runtime=OWN, handler=Handler("src.main.handler"))
    found = one(report, IMPORTS)
    assert (found.entry, found.prevents.rpartition(" ")[2]) == ("src/__init__.py", "'lost'")
    assert not of(
        look(tmp_path / "a.zip", runtime=OWN, handler=Handler("src/main.handler"), layer=True), IMPORTS
    )


def test_imports_in_a_circle_end(tmp_path: Path) -> None:
    more = {"a.py": "import b, app", "b.py": "import a, nowhere"}
    assert one(made(tmp_path, "import a", more), IMPORTS).entry == "b.py"


def test_many_imports_end(tmp_path: Path) -> None:
    """Names that share a start, imports that share a missing package, and more of both than are kept."""
    files = {f"a.{number}.txt": b"" for number in range(5000)}
    lines = [
        *(f"import a.m{number}" for number in range(20_000)),
        *(f"import n{number}" for number in range(5000)),
    ]
    started = time.monotonic()
    found = of(
        python(tmp_path / "a.zip", {**files, "app.py": "\n".join(lines).encode() + b"\n" + HANDLER}), IMPORTS
    )
    assert f"and {MOST_MISSING - 50} more" in found[-1].message
    assert time.monotonic() - started < 30
