"""Makes the table in `onezip.archive.rules.stdlib` from the Pythons found here.

    python tests/lint/stdlib_table.py     print the table; paste it into the module

`sys.stdlib_module_names` (since 3.10) names what CPython has on any system, so what Linux has not is taken
away. Before it, the folders of the library are listed. A version that is not found keeps what the table says.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from onezip.archive.rules.stdlib import NEWEST, OLDEST, library

NOT_ON_LINUX = frozenset({
    "_msi", "_overlapped", "_scproxy", "_winapi", "_wmi", "msilib", "msvcrt", "nt", "winreg", "winsound",
})  # fmt: skip
"""Their pages in the library's documentation say "Availability: Windows"; _scproxy is macOS's."""

UNUSED = frozenset({"_ctypes_test", "_crypt", "_dbm", "_gdbm", "test", "this", "antigravity", "__hello__"})
"""In some builds and lists and not in others; a handler that imports them is none that we judge."""

_ASK = """
import json, os, sys, sysconfig
names = set(getattr(sys, "stdlib_module_names", ()))
if not names:
    names = set(sys.builtin_module_names)
    folder = sysconfig.get_path("stdlib")
    for each in (folder, os.path.join(folder, "lib-dynload")):
        for name in os.listdir(each):
            if name.endswith((".py", ".so")):
                names.add(name.partition(".")[0])
            elif os.path.isfile(os.path.join(each, name, "__init__.py")):
                names.add(name)
    hidden = ("_test", "_xx", "xx", "_sysconfigdata", "__phello__")
    names = {name for name in names if not name.startswith(hidden)} | {"_frozen_importlib"}
    names |= {"_frozen_importlib_external"}
print(json.dumps([sys.version_info[:2], sorted(names)]))
"""

VERSIONS = [(3, minor) for minor in range(OLDEST[1], NEWEST[1] + 1)]


def interpreters() -> list[str]:
    """Pythons of the table's versions: this one, those on PATH, and pyenv's. Distributions take folders out
    of the library, so that versions whose folders are listed are taken from pyenv alone.
    """
    found = [path for _, minor in VERSIONS if minor >= 10 and (path := shutil.which(f"python3.{minor}"))]
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return [*map(str, sorted(root.glob("versions/3.*/bin/python"))), *found, sys.executable]


def names_of(interpreter: str) -> tuple[tuple[int, int], frozenset[str]] | None:
    """Its version, and the modules of its library on Linux; None where it does not run."""
    done = subprocess.run([interpreter, "-I", "-c", _ASK], capture_output=True, check=False, timeout=60)
    if done.returncode:
        return None  # pyenv's stand-in for a version that is not chosen
    version, names = json.loads(done.stdout)
    return (version[0], version[1]), frozenset(names) - NOT_ON_LINUX - UNUSED


def found_here() -> dict[tuple[int, int], frozenset[str]]:
    """The libraries found, by version."""
    answers = [answer for each in interpreters() if (answer := names_of(each))]
    return {version: names for version, names in answers if version in VERSIONS}


def table(libraries: Mapping[tuple[int, int], frozenset[str]]) -> str:
    """The table as source: what all have, and what came or went with a version."""
    rows = [libraries.get(version) or library(version) for version in VERSIONS]
    lines = ["_ALWAYS = " + " ".join(sorted(frozenset.intersection(*rows)))]
    for version, before, after in zip(VERSIONS[1:], rows, rows[1:], strict=False):
        lines.append(f"{version}: + {' '.join(sorted(after - before))}")
        lines.append(f"{version}: - {' '.join(sorted(before - after))}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(found_here()))
