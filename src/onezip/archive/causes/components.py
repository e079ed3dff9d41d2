"""The named causes of a build, compared: what a lock says against what a build was made from.  [pure]"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from onezip.archive.causes.cause import Cause, cause
from onezip.archive.causes.words import escaped, listed
from onezip.model.build import Component

DEPENDENCIES = "dependencies"
"""The component for all of them; each has one of its own, `dependencies/NAME`."""

_CODES = {
    "sources": "differs.sources",
    "toolchain": "differs.toolchain",
    "platform": "differs.platform",
    "flags": "differs.flags",
    "engine": "differs.engine",
    DEPENDENCIES: "differs.dependency",
    "requirements": "differs.dependency",
}


def components(old: Sequence[Component], new: Sequence[Component]) -> Iterator[Cause]:
    """A cause for each component whose digest differs, or that one side has not."""
    before = {component.name: component for component in old}
    after = {component.name: component for component in new}
    differing = [
        name
        for name in dict.fromkeys((*before, *after))
        if name not in before or name not in after or before[name].digest != after[name].digest
    ]
    named = any(name.startswith(DEPENDENCIES + "/") for name in differing)
    for name in differing:
        if name == DEPENDENCIES and named:
            continue  # those that differ have a line of their own
        head, slash, rest = name.partition("/")
        code = _CODES.get(head, "differs.component")
        label = f"dependency {escaped(rest)}" if slash and head == DEPENDENCIES else f"{escaped(name)}:"
        yield cause(code, f"{label} {_words(before.get(name), after.get(name))}")


def _words(old: Component | None, new: Component | None) -> str:
    if old is None or new is None:
        found = old or new
        detail = f"{escaped(found.detail)}, " if found and found.detail else ""
        return f"{detail}only in the {'new' if old is None else 'old'}"
    if old.detail == new.detail:
        return f"{escaped(old.detail)}, with other content" if old.detail else "other content"
    return f"{_shown(old.detail, new.detail)} -> {_shown(new.detail, old.detail)}"


def _shown(detail: str, other: str) -> str:
    """A detail; of a long one only the words that the other has not."""
    if len(detail) + len(other) <= 80:
        return escaped(detail) or "nothing"
    others = set(other.split())
    return listed([escaped(word) for word in detail.split() if word not in others], 6) or "nothing more"
