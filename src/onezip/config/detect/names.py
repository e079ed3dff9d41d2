"""Names for what was found: the last part of its place, and as many more as make it unique.  [pure]"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onezip.limits import FUNCTION_NAME


@dataclass(frozen=True, slots=True)
class Candidate:
    """A function that was found. parts are what it can be called after, outermost first; never empty.

    table is of the project file's shape; why says in a few words what it was told by.
    """

    parts: tuple[str, ...]
    table: Mapping[str, Any]
    why: str


def named(candidates: Sequence[Candidate]) -> dict[str, Candidate]:
    """A name for each candidate, unique even where case is ignored, for zips become files.

    Equal names are prefixed by what stands before, all of them, then by the language, then numbered.
    """
    depths = [1] * len(candidates)
    while True:
        names = [_name(one.parts[-depth:]) for one, depth in zip(candidates, depths, strict=True)]
        deeper = [number for number in _clashing(names) if depths[number] < len(candidates[number].parts)]
        if not deeper:
            break
        for number in deeper:
            depths[number] += 1
    for number in _clashing(names):
        names[number] = _name((names[number], str(candidates[number].table.get("language", ""))))
    taken: dict[str, Candidate] = {}
    for name, one in zip(names, candidates, strict=True):
        taken[_free(name, {other.casefold() for other in taken})] = one
    return dict(sorted(taken.items()))


def _clashing(names: Sequence[str]) -> list[int]:
    folded = [name.casefold() for name in names]
    return [number for number, name in enumerate(folded) if folded.count(name) > 1]


def _name(parts: Sequence[str]) -> str:
    """A function's name: letters, digits, `-` and `_` (CreateFunction, FunctionName)."""
    words = [re.sub(r"[^A-Za-z0-9_-]+", "-", part).strip("-") for part in parts]
    return "-".join(word for word in words if word)[-FUNCTION_NAME:].lstrip("-") or "function"


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{name[: FUNCTION_NAME - 4]}-{number}"
    return free
