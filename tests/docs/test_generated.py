"""The parts of the docs that are made from the program: fresh, the same everywhere, each in one place."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_generated_part_is_fresh(generate: ModuleType) -> None:
    stale = [path.relative_to(ROOT).as_posix() for path in generate.stale()]
    assert not stale, "run: python3 dev.py docs"


def test_each_part_stands_in_one_page_and_is_ended(generate: ModuleType) -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in sorted(DOCS.rglob("*.md")))
    assert sorted(re.findall(r"^<!-- generated: (.+) -->$", text, re.MULTILINE)) == sorted(generate.PARTS)
    assert sorted(re.findall(r"^<!-- end of (.+) -->$", text, re.MULTILINE)) == sorted(generate.PARTS)


def test_a_stale_part_is_found_and_filled(generate: ModuleType) -> None:
    old = "above\n<!-- generated: codes -->\nold\n<!-- end of codes -->\nbelow\n"
    new = generate.fill(old)
    assert new != old
    assert generate.fill(new) == new
    assert new.startswith("above\n")
    assert new.endswith("below\n")
    assert "old" not in new.partition("## usage")[0]


def test_check_names_what_is_stale_and_writes_nothing(
    generate: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- generated: codes -->\n<!-- end of codes -->\n")
    picture = tmp_path / "picture.svg"
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "DOCS", tmp_path)
    monkeypatch.setattr(generate, "PICTURE", picture)
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().err == "page.md is stale\npicture.svg is stale\nrun: python3 dev.py docs\n"
    assert not picture.exists()
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    assert "usage.command" in page.read_text()


@pytest.mark.parametrize("columns", ["20", "300"])
def test_the_terminal_leaves_no_trace(
    generate: ModuleType, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    usual = generate.commands()
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("LANG", "C")
    monkeypatch.setattr(sys, "argv", ["another"])
    assert generate.commands() == usual


def test_the_picture_is_sound_and_shows_the_recording(generate: ModuleType) -> None:
    root = ET.fromstring(generate.PICTURE.read_text(encoding="utf-8"))
    runs = [(element.text or "") for element in root.iter("{http://www.w3.org/2000/svg}text")]
    recorded = generate.RECORDING.read_text(encoding="utf-8")
    assert "".join("".join(runs).split()) == "".join(recorded.split())
