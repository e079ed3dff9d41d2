"""What holds for every page: links lead somewhere, names exist, project files are right."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from onezip import limits, process
from onezip.archive.patterns import DEFAULTS
from onezip.builder.languages.base import LanguageModule
from onezip.cli.main import COMMANDS, parser
from onezip.codes import CODES
from onezip.config.check import Mistakes, check
from onezip.config.schema import TABLES
from onezip.errors import Exit
from onezip.model.place import Place

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted(DOCS.rglob("*.md")),
]

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", without_blocks(text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def links(page: Path) -> Iterator[tuple[str, str]]:
    for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(text_of(page))):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield path, anchor


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for path, anchor in links(page):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def test_every_page_can_be_reached_from_the_index() -> None:
    index = DOCS / "README.md"
    reached = {(index.parent / path).resolve() for path, _ in links(index)}
    assert reached >= {page for page in DOCS.rglob("*.md") if page != index}


@each_page
def test_only_commands_that_exist_are_named(page: Path) -> None:
    text = text_of(page)
    blocks = "".join(re.findall(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL))
    named = re.findall(r"(?:`|\$ |; )onezip ([a-z]+)\b", text)
    for word in named + re.findall(r"^(?:uvx )?onezip ([a-z]+)\b", blocks, re.MULTILINE):
        assert word in COMMANDS, f"onezip {word}"


@each_page
def test_codes_in_brackets_exist(page: Path) -> None:
    areas = "|".join({code.partition(".")[0] for code in CODES})
    for code in re.findall(rf"\[((?:{areas})\.[a-z-]+)\]$", text_of(page), re.MULTILINE):
        assert code in CODES


@each_page
def test_project_files_are_right(page: Path) -> None:
    """Each TOML block is a project file of known keys with values of the right kinds."""
    for block in re.findall(r"^```toml\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL):
        table: dict[str, Any] = tomllib.loads(block)
        mistakes = Mistakes(lambda _: Place("onezip.toml"))
        check(table.get("tool", {}).get("onezip", table), "project", (), mistakes)
        assert not mistakes.found


@each_page
def test_no_path_of_one_machine(page: Path) -> None:
    assert not re.findall(r"(?<![\w.~])/(?:root|home/\w+|work|Users/\w+|tmp)/\S*", text_of(page))


def test_contributing_names_what_a_language_has_to_have() -> None:
    page = text_of(ROOT / "CONTRIBUTING.md")
    wanted = {name for name in vars(LanguageModule) if not name.startswith("_")}
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == wanted


# ---- the reference --------------------------------------------------------------------------------------


def test_every_code_has_its_meaning() -> None:
    page = text_of(REFERENCE / "diagnostics.md")
    for code, meaning in CODES.items():
        assert f"| `{code}` | {meaning} |" in page


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_is_in_the_reference(name: str) -> None:
    page = text_of(REFERENCE / "cli.md")
    own = page.partition(f"## onezip {name}\n")[2].partition("\n## onezip ")[0]
    shared = page.partition("## Options of every command\n")[2]
    for action in parser(name, importlib.import_module(COMMANDS[name].module))._actions:
        if action.help == argparse.SUPPRESS:
            continue
        for option in action.option_strings:
            assert f"`{option}" in own or f"`{option}" in shared, option
        if not action.option_strings:
            value = str(action.metavar or "|".join(action.choices or ())).replace("|", "\\|")
            assert f"| `{value}` |" in own, action.dest


def test_every_exit_code_is_told() -> None:
    page = text_of(REFERENCE / "exit-codes.md")
    assert re.findall(r"^\| (\d+) \|", page, re.MULTILINE) == [str(int(code)) for code in Exit]


def test_every_key_of_the_project_file_is_told() -> None:
    page = text_of(REFERENCE / "project-file.md")
    for name in ("project", "function", "go", "python"):
        for key in TABLES[name]:
            assert f"`{key}`" in page, f"{name}: {key}"


def test_data_with_a_date_and_lists_are_told() -> None:
    runtimes = text_of(REFERENCE / "runtimes.md")
    assert limits.AS_OF.isoformat() in runtimes
    assert all(f"| `{runtime}`" in runtimes for runtime in limits.RUNTIMES)
    environment = text_of(REFERENCE / "environment.md")
    assert all(f"`{name}`" in environment for name in (*process.ALLOWED, *process.ALLOWED_PREFIXES))
    assert all(f"`{pattern}`" in text_of(REFERENCE / "zip-format.md") for pattern, _ in DEFAULTS)


def keys(page: str, head: str = "") -> set[str]:
    """The keys of the first table of a page, or of the one below a heading."""
    table = text_of(REFERENCE / page).partition(f"{head}\n")[2].partition("| --- |")[2].partition("\n\n")[0]
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def test_the_record_and_the_envelope_have_the_keys_that_are_told(tmp_path: Path) -> None:
    (tmp_path / "onezip.toml").write_text('[functions.hello]\nsource = "run.sh"\n')
    (tmp_path / "run.sh").write_text("#!/bin/sh\n")
    envelope = told_by(tmp_path, "build")
    (function,) = envelope["result"]["functions"]
    record = json.loads((tmp_path / "dist" / function["zip"].replace(".zip", ".json")).read_text())
    assert set(envelope) == keys("json.md", "# `--json`")
    assert set(record) == keys("record.md", "# The record, `DIR/NAME.json`")
    assert set(function) == set(record) | keys("json.md", "## build")
    wrong = told_by(tmp_path, "build", "nobody")
    assert set(wrong["diagnostics"][0]) == keys("json.md", "A diagnostic:\n")
    checks = told_by(tmp_path, "doctor")["result"]
    assert set(checks[0]) == keys("json.md", "## doctor")
    planned = told_by(tmp_path, "build", "--plan")["result"]
    page = text_of(REFERENCE / "json.md")
    assert all(f"`{key}`" in page for key in planned["functions"][0])


def told_by(folder: Path, *words: str) -> dict[str, Any]:
    """The document that a command line prints under --json."""
    done = subprocess.run(
        [sys.executable, "-m", "onezip", *words, "--json"],
        cwd=folder,
        env={**os.environ, "ONEZIP_HOME": str(folder / "home")},
        stdout=subprocess.PIPE,
        check=False,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
