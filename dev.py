#!/usr/bin/env python3
"""Everything a developer does here, with nothing but Python 3.11: it makes its own virtual environment.

python3 dev.py demo      build the examples twice, in different surroundings, and show equal digests
python3 dev.py test      run the tests; --ring2 and --long add the slower rings, more words go to pytest
python3 dev.py check     lint, types and the walls between packages
python3 dev.py docs      write the generated pages of docs/ anew
python3 dev.py bench     run the benchmarks and write bench/RESULTS.md
python3 dev.py shell     print the path of the environment's Python
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
MARK = VENV / "installed"


def main(words: list[str]) -> int:
    """Run one command; return its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what tells an older Python
        return fail(f"dev.py needs Python 3.11 or newer; this is {sys.version.split()[0]}")
    command, rest = (words[0], words[1:]) if words else ("help", [])
    commands = {"demo": demo, "test": test, "check": check, "docs": docs, "bench": bench, "shell": shell}
    if command not in commands:
        print(__doc__)
        return 0 if command in {"help", "--help", "-h"} else 2
    error = prepare()
    return fail(error) if error else commands[command](rest)


def demo(_words: list[str]) -> int:
    """The main job on the examples."""
    return run([PYTHON, "examples/demo.py"])


def test(words: list[str]) -> int:
    """The first ring; `--ring2` adds the second, `--long` the third as well."""
    rings = {"--ring2", "--long"} & set(words)
    if "--long" in rings:
        mark = []
    elif rings:
        mark = ["-m", "not long"]
    else:
        mark = ["-m", "not ring2 and not long"]
    rest = [word for word in words if word not in {"--ring2", "--long"}]
    workers = [] if any(word.startswith("-n") for word in rest) else ["-n", "auto"]
    return run([PYTHON, "-m", "pytest", *workers, "--dist", "worksteal", *mark, *rest])


def check(_words: list[str]) -> int:
    """Lint, format, types, walls; all of them, even where one fails."""
    steps = [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["importlinter.cli", "lint"],
    ]
    codes = [run([PYTHON, "-m", *step]) for step in steps]
    return max(codes)


def docs(words: list[str]) -> int:
    """The generated pages; `--check` only compares."""
    return run([PYTHON, "docs/generate.py", *words])


def bench(words: list[str]) -> int:
    """The benchmarks; they install their peers themselves."""
    return run([PYTHON, "bench/run.py", *words])


def shell(_words: list[str]) -> int:
    """The environment's Python, for other tools."""
    print(PYTHON)
    return 0


def prepare() -> str:
    """Make the virtual environment, or bring it up to date; the empty string, or what went wrong."""
    files = [ROOT / "requirements" / "dev.txt", ROOT / "pyproject.toml"]
    if shutil.which("go") is None:
        files.append(ROOT / "requirements" / "go.txt")
    stamp = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest() + sys.version
    if PYTHON.exists() and MARK.exists() and MARK.read_text() == stamp:
        return ""
    try:
        import ensurepip  # noqa: F401, PLC0415
    except ImportError:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        return (
            "this Python has no ensurepip, so it cannot make a virtual environment.\n"
            f"Install the package {package} (Debian, Ubuntu: sudo apt-get install {package}) and try again."
        )
    print("setting up .venv (once) ...", file=sys.stderr, flush=True)
    if VENV.exists():
        shutil.rmtree(VENV)
    if run([sys.executable, "-m", "venv", VENV]):
        return "the virtual environment could not be made"
    install: list[str | Path] = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for file in files:
        if file.suffix == ".txt" and run([*install, "--require-hashes", "-r", file]):
            return f"{file.relative_to(ROOT)} could not be installed"
    if run([*install, "--no-deps", "--no-build-isolation", "--editable", ROOT]):
        return "onezip itself could not be installed"
    MARK.write_text(stamp)
    return ""


def run(words: Sequence[str | Path]) -> int:
    """Run a command from the project's root; its exit code."""
    return subprocess.run([str(word) for word in words], cwd=ROOT, check=False).returncode


def fail(message: str) -> int:
    """Say what is wrong."""
    print(message, file=sys.stderr)
    return 4


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
