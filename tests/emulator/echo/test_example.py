"""The deployable echo functions: both show the event that the front's own echo shows."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from builder.go_driver import needs_go
from emulator.runs import Run, running
from onezip.emulator.echo.compare import Word, compare
from onezip.emulator.running.foreign import machine
from onezip.model.function import Architecture

HERE = next(one for one in Architecture if one.machine == machine())
EXAMPLE = Path(__file__).parents[3] / "examples" / "echo"

pytestmark = [pytest.mark.ring2, needs_go]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("example") / "echo"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("dist"))
    text = (folder / "onezip.toml").read_text(encoding="utf-8")
    text = text.replace("python3.13", f"python3.{sys.version_info.minor}")
    (folder / "onezip.toml").write_text(f'defaults.architecture = "{HERE}"\n{text}', encoding="utf-8")
    with running(folder, "--port", "0", "--echo", "--timeout", "60") as found:
        yield found


def ask(run: Run, path: str) -> bytes:
    url = f"{run.ready['fronts'][0]['url']}{path}"
    with urlopen(Request(url, b"abc=123", {"X-A": "b", "Cookie": "c=d"}), timeout=60) as got:
        data: bytes = got.read()
        return data


@pytest.mark.parametrize("name", ["go", "python"])
def test_json_is_the_event(run: Run, name: str) -> None:
    function: Any = json.loads(ask(run, f"/{name}/json?x=%2F"))
    front: Any = json.loads(ask(run, "/json?x=%2F"))
    assert function["rawPath"] == f"/{name}/json"
    differs = {row.path for row in compare(function, front, calls=True) if row.word is Word.DIFFERS}
    assert differs == {"rawPath", "requestContext.http.path"}


def test_dump_has_types(run: Run) -> None:
    go = ask(run, "/go/dump").decode()
    assert go.startswith("(map[string]interface {}) (len=")
    assert re.search(r'\(string\) \(len=7\) "rawPath": \(string\) \(len=8\) "/go/dump"', go)
    python = ask(run, "/python/dump").decode()
    assert '"rawPath": (str) (len=12) "/python/dump"' in python
    assert '"isBase64Encoded": (bool) true' in python
