"""Small odd templates, each with what must be read from it beside it (`NAME.txt`).

A sample may start with `# files: ...` (what lies on the disk, src/app.py unless it says so) and
`# parameters: KEY=VALUE ...`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from onezip.errors import ProjectError
from template.driver import complaints, describe, project, shown

SAMPLES = Path(__file__).parent / "samples"
NAMES = sorted(
    path.name for path in SAMPLES.iterdir() if path.suffix in {".yaml", ".json"} and "nested" not in path.name
)


def header(text: str, word: str) -> list[str]:
    """The words after `# word:` at the head of a sample."""
    for line in text.splitlines():
        if line.startswith(f"# {word}:"):
            return line.partition(":")[2].split()
    return []


def outcome(name: str) -> str:
    """What a sample describes, or every mistake in it; then what the project parser says."""
    text = (SAMPLES / name).read_text(encoding="utf-8")
    files = dict.fromkeys(header(text, "files") or ["src/app.py"], "")
    for path in SAMPLES.glob("nested*"):
        files[f"stacks/{path.name}"] = path.read_text(encoding="utf-8")
    parameters = dict(pair.split("=", 1) for pair in header(text, "parameters"))
    try:
        described = describe(text, files, name=name, **parameters)
    except ProjectError as error:
        return "".join(f"{line}\n" for line in complaints(error))
    ours = not any(function.makefile for function in described.functions.values())
    told = shown(described)
    if described.functions and ours:
        try:
            made = project(described, list(files))
        except ProjectError as error:
            return told + "".join(f"then: {found.place} {found.message}\n" for found in error.diagnostics())
        assert list(made.functions) == list(described.functions)
    return told


@pytest.mark.parametrize("name", NAMES)
def test_sample(name: str) -> None:
    assert outcome(name) == (SAMPLES / name).with_suffix(".txt").read_text(encoding="utf-8")


def test_there_are_samples() -> None:
    assert len(NAMES) >= 30
