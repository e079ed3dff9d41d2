"""Explain two zips that are given as bytes, as real files."""

from __future__ import annotations

from pathlib import Path

from onezip.archive.explain import Cause, explain, maker
from onezip.archive.reader import opened, read


def causes(folder: Path, a: bytes, b: bytes) -> list[Cause]:
    """Why they differ. Whatever is told is fit for a terminal, and can be told again."""
    paths = folder / "a.zip", folder / "b.zip"
    for path, data in zip(paths, (a, b), strict=True):
        path.write_bytes(data)
    return explained(*paths)


def explained(one: Path, other: Path) -> list[Cause]:
    """Why two files differ."""
    with opened(str(one)) as (a, content_a), opened(str(other)) as (b, content_b):
        found = explain(a, content_a, b, content_b)
        assert explain(a, content_a, a, content_a) == []
        assert bool(found) == (one.read_bytes() != other.read_bytes())
    for cause in found:
        assert cause.code.startswith("differs.")
        assert cause.summary.isprintable()
        assert cause.advice.isprintable()
        assert cause.advice
        assert all(line.isprintable() for line in cause.detail.split("\n")), cause.detail
        assert len(cause.detail.split("\n")) <= 16
        assert len(cause.summary) < 500
    weights = [cause.weight for cause in found]
    assert weights == sorted(weights, reverse=True)
    return found


def codes(found: list[Cause]) -> set[str]:
    """The causes' codes without their common head."""
    return {cause.code.removeprefix("differs.") for cause in found}


def made_by(path: Path) -> str:
    """The maker of a zip."""
    return maker(read(str(path)))


def rendered(found: list[Cause]) -> str:
    """Causes as text, for golden files."""
    lines = []
    for cause in found:
        lines.append(f"{cause.code}: {cause.summary}")
        lines += [f"    {line}" for line in cause.detail.split("\n") if line]
        lines.append(f"  help: {cause.advice}")
    return "\n".join(lines) + "\n"
