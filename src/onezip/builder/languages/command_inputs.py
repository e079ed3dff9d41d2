"""The declared inputs of a command: patterns -> where to look, and what was found there that matches.  [pure]

Patterns are those of .gitignore (https://git-scm.com/docs/gitignore), relative to the function's source,
and may start with `../`. What `!folder` names stays out with all that is in it.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onezip.errors import ProjectError
from onezip.model.function import CommandSettings, Function

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

WALK = """
import json, os, sys
roots, skip = json.loads(sys.argv[1])
skip = {os.path.normpath(path) for path in skip}
found = {}
def note(folder, names):
    found.setdefault(os.path.normpath(folder).replace(os.sep, "/"), []).extend(names)
for root in roots:
    if os.path.isfile(root):
        note(os.path.dirname(root) or ".", [os.path.basename(root)])
    for folder, inner, names in os.walk(root):
        if os.path.normpath(folder) != os.path.normpath(root) and "CACHEDIR.TAG" in names:
            inner[:] = []
            continue
        inner[:] = [name for name in inner if name != ".git" and
                    os.path.normpath(os.path.join(folder, name)) not in skip]
        note(folder, names)
print(json.dumps(found))
"""
"""A program that prints folders and the names of their files. It enters no `.git`, no output, and no folder
with a CACHEDIR.TAG (https://bford.info/cachedir/), such as cargo's `target`."""

_GLOB = frozenset("*?[\\")


@dataclass(slots=True)
class _Base:
    """The patterns below one folder: `` for the source, `../` for its parent, and so on."""

    lines: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)


def question(settings: CommandSettings) -> str:
    """What to hand to `WALK`: folders and files to look at, and what to pass over."""
    roots = {_root(line) for line in settings.inputs if not line.startswith("!")}
    return json.dumps([sorted(roots), [posixpath.normpath(settings.output)]])


def matching(function: Function, settings: CommandSettings, answer: str) -> tuple[list[str], list[str]]:
    """The files that the inputs name and all folders that were looked at, relative to source, sorted.

    Raises ProjectError where a name without `*` matches nothing, for that is a slip, and for a bad pattern.
    """
    found: Mapping[str, Sequence[str]] = json.loads(answer)
    output = posixpath.normpath(settings.output)
    candidates = sorted(
        path
        for folder, names in found.items()
        for path in {posixpath.normpath(posixpath.join(folder, name)) for name in names}
        if path != output and not path.startswith(f"{output}/")
    )
    files: set[str] = set()
    for prefix, base in _bases(settings.inputs).items():
        below = {path.removeprefix(prefix): path for path in candidates if _is_below(path, prefix)}
        files.update(below[path] for path in _spec(function, base.lines).match_files(below))
        for line in base.plain:
            if not any(_spec(function, [line]).match_files(below)):
                raise _wrong(function, f"input {prefix + line.removeprefix('/')!r} is not there")
    if not files:
        raise _wrong(function, f"no file matches {', '.join(map(repr, settings.inputs))}")
    return sorted(files), sorted(found)


def _bases(lines: Sequence[str]) -> dict[str, _Base]:
    bases: dict[str, _Base] = {}
    for line in lines:
        negated, body = line.startswith("!"), line.removeprefix("!").removeprefix("./")
        prefix = ""
        while body.startswith("../"):
            prefix, body = f"{prefix}../", body.removeprefix("../")
        if prefix:
            body = f"/{body}" if body else "/**"
        base = bases.setdefault(prefix, _Base())
        base.lines += [f"!{body}", f"!{body.rstrip('/')}/**"] if negated else [body]
        if not negated and not _GLOB & set(body):
            base.plain.append(body)
    return bases


def _root(line: str) -> str:
    """Where files can be that a pattern matches: below its base, or below the folders that it names there."""
    body = line.removeprefix("./")
    parts = [part for part in body.split("/") if part]
    upward = next((n for n, part in enumerate(parts) if part != ".."), len(parts))
    plain = next((n for n, part in enumerate(parts) if _GLOB & set(part)), len(parts))
    anchored = upward > 0 or "/" in body.rstrip("/")
    return "/".join(parts[: plain if anchored else 0]) or "."


def _is_below(path: str, prefix: str) -> bool:
    return path.startswith(prefix) and not path.removeprefix(prefix).startswith("../")


def _spec(function: Function, lines: Sequence[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise _wrong(function, f"a pattern of inputs is not one: {error}") from error


def _wrong(function: Function, words: str) -> ProjectError:
    return ProjectError(
        "command.inputs",
        f"{function.name}: {words}",
        hint="inputs are written as in .gitignore, relative to source; a first `../` leaves it",
        place=function.place,
    )
