"""Run the real command line in a process of its own, with caches and state of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[1] / "samples"


@dataclass(frozen=True)
class Said:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> Any:
        """The result of --json."""
        return json.loads(self.out)["result"]

    @property
    def diagnostics(self) -> list[dict[str, Any]]:
        """The diagnostics of --json."""
        found: list[dict[str, Any]] = json.loads(self.out)["diagnostics"]
        return found


def onezip(
    folder: Path,
    *words: str,
    home: Path | None = None,
    env: Mapping[str, str] | None = None,
    umask: int = -1,
    python: str = sys.executable,
) -> Said:
    """`onezip WORDS` in a folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ONEZIP_")}
    surroundings = {**kept, "ONEZIP_HOME": str(home or folder / ".home"), **(env or {})}
    mask: dict[str, Any] = {"umask": umask} if os.name == "posix" and umask >= 0 else {}
    done = subprocess.run(
        [python, "-m", "onezip", *words],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
        **mask,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def project(folder: Path, text: str, **samples: str) -> Path:
    """A project in a folder: its onezip.toml, and copies of samples under names."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "onezip.toml").write_text(text, encoding="utf-8")
    for name, sample in samples.items():
        shutil.copytree(SAMPLES / sample, folder / name, dirs_exist_ok=True)
    return folder


PLAIN = """\
[functions.plain]
source = "plain"
runtime = "python3.13"
handler = "lambda_function.lambda_handler"
"""


def plain(folder: Path, text: str = PLAIN) -> Path:
    """A project with one small Python function that needs no tool."""
    project(folder, text)
    (folder / "plain").mkdir(exist_ok=True)
    (folder / "plain/lambda_function.py").write_text(
        "def lambda_handler(event, context):\n    return event\n"
    )
    return folder
