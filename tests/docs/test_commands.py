"""Runs the docs: what a page tells the reader to write and to type gives what the page shows.

In a page, an HTML comment before a fenced block says what becomes of it:

    <!-- file: PATH -->   the block is written to PATH in the page's scratch folder
    <!-- run -->          each `$ command` is run there, and the lines below it are compared
    <!-- run: go -->      the same, and the page needs Go

In the lines, `...` stands for any text, and alone for any lines; runs of blanks are equal. A command must
exit with 0 unless it is `diff`, or the next one is `echo $?`. One scratch folder and one set of caches serve
a whole page.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_BLOCK = re.compile(
    r"^<!-- (?P<mark>run|file)(?:: (?P<what>[^\n]+?))? -->\n+```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Step(NamedTuple):
    """One marked block. mark is `run` or `file`; what is the rest of the mark."""

    mark: str
    what: str
    text: str


class Typed(NamedTuple):
    """One command, and the lines that the page shows below it."""

    command: str
    shown: list[str]


@dataclass
class Terminal:
    """A reader's terminal: where it is, and how the last command ended."""

    folder: Path
    home: Path
    code: int = 0

    def type(self, command: str) -> str:
        """Run a command in a shell of its own; what it wrote to either stream."""
        note = self.home / "where"
        script = f'(exit {self.code})\n{command}\ncode=$?\npwd > "$NOTE"\nexit $code\n'
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ONEZIP_")}
        path = os.pathsep.join([os.path.dirname(sys.executable), kept.get("PATH", os.defpath)])
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=self.folder,
            env={**kept, "PATH": path, "ONEZIP_HOME": str(self.home), "NOTE": str(note)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        self.folder, self.code = Path(note.read_text().strip()), done.returncode
        return done.stdout


def steps(page: str) -> list[Step]:
    return [Step(found["mark"], found["what"] or "", found["text"]) for found in _BLOCK.finditer(page)]


def typed(text: str) -> Iterator[Typed]:
    for line in text.splitlines():
        if line.startswith("$ "):
            last = Typed(line[2:], [])
            yield last
        else:
            last.shown.append(line)


def pattern(shown: list[str]) -> re.Pattern[str]:
    lines = []
    for line in shown:
        if line.strip() == "...":
            lines.append(r"(?:[^\n]*\n)*?")
        else:
            words = [re.escape(word).replace(r"\.\.\.", r"[^\n]*?") for word in line.split()]
            lines.append(r"[ \t]*" + r"[ \t]+".join(words) + r"[ \t]*\n")
    return re.compile("".join(lines))


def follow(page: str, terminal: Terminal) -> None:
    """Do what a page says; fail with the command, the page's lines and the real ones."""
    top = terminal.folder
    for mark, what, text in steps(page):
        if mark == "file":
            path = top / what
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            continue
        every = list(typed(text))
        for number, (command, shown) in enumerate(every):
            told = terminal.type(command)
            if not pattern(shown).fullmatch(f"{told.rstrip()}\n" if told.strip() else ""):
                wanted = "".join(f"{line}\n" for line in shown)
                pytest.fail(f"$ {command}\n--- the page shows\n{wanted}--- it is\n{told}", pytrace=False)
            asked = number + 1 < len(every) and every[number + 1].command == "echo $?"
            if terminal.code and not asked and not command.startswith("diff "):
                pytest.fail(f"$ {command}\n{told}--- exit code {terminal.code}", pytrace=False)


def go_is_here() -> bool:
    return any(shutil.which("go", path=path) for path in (os.path.dirname(sys.executable), None))


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    for name in ("here", "home"):
        (tmp_path / name).mkdir()
    return Terminal(tmp_path / "here", tmp_path / "home")


def need(*, go: bool) -> None:
    if shutil.which("sh") is None:
        pytest.skip("the docs are typed into a POSIX shell; on Windows, Git for Windows brings one")
    if go and not go_is_here():
        pytest.skip("Go is not here: install it from https://go.dev/dl, or pip install 'onezip[go]'")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_page_tells_what_happens(page: Path, terminal: Terminal) -> None:
    text = page.read_text(encoding="utf-8")
    found = steps(text)
    assert len(found) == len(re.findall(r"^<!-- (?:run|file)\b", text, re.MULTILINE)), "a mark has no block"
    if any(step.mark == "run" for step in found):
        need(go=any(step.what == "go" for step in found))
        follow(text, terminal)


@pytest.mark.parametrize("folder", ["tutorial", "how-to"])
def test_every_terminal_in_the_guides_is_run_or_says_why_not(folder: str) -> None:
    for page in sorted((ROOT / "docs" / folder).glob("*.md")):
        text = page.read_text(encoding="utf-8")
        run = len([step for step in steps(text) if step.mark == "run"])
        told = text.count("<!-- not run: ")
        assert text.count("```console\n") == run + told, page.name


def test_the_picture_shows_what_happens(terminal: Terminal) -> None:
    need(go=True)
    shutil.copytree(
        ROOT / "examples",
        terminal.folder / "examples",
        ignore=shutil.ignore_patterns("dist", "__pycache__"),
    )
    terminal.folder /= "examples"
    recorded = (ROOT / "docs/pictures/build.txt").read_text(encoding="utf-8")
    follow(f"<!-- run -->\n```console\n{recorded}```\n", terminal)


@pytest.mark.parametrize(
    ("shown", "told", "fits"),
    [
        (["a  b"], "a b\n", True),
        (["a b"], "a c\n", False),
        (["a ..."], "a b c\n", True),
        (["..."], "", True),
        (["...", "end"], "one\ntwo\nend\n", True),
        (["...", "end"], "one\nend\nmore\n", False),
        (["1 (x)"], "1 (x)\n", True),
        ([], "a\n", False),
    ],
)
def test_lines_are_compared_by_their_words(shown: list[str], told: str, fits: bool) -> None:
    assert bool(pattern(shown).fullmatch(told)) is fits
