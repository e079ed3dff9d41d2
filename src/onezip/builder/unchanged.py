"""Nothing changed, nothing happens: the answer of a build without parsing, asking or building anything.

Only `json` and `os` are needed for it; the model, the parser and the languages are not even imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from onezip.builder import state as remembered
from onezip.builder.inputs import Check, digest_text, file_is
from onezip.builder.state import State

FindTool = Callable[[str], str | None]


def look(
    state: State, names: Sequence[str], *, environ: Mapping[str, str], find_tool: FindTool
) -> list[dict[str, Any]] | None:
    """The records of the named functions (all, where none is named) if every one of them is unchanged.

    Each record is what `DIR/NAME.json` holds; a function's layer stands after it. None where anything has to
    be looked at more closely.
    """
    if not state["stamp"] or file_is(state["project"], state["stamp"], state["at"]) is not True:
        return None
    lock = os.path.join(os.path.dirname(state["project"]), "onezip.lock")
    if state["lock"] is None:
        if os.path.lexists(lock):
            return None
    elif file_is(lock, state["lock"], state["at"]) is not True:
        return None
    wanted = names or state["names"]
    built = state["built"]
    if not wanted or any(name not in built for name in wanted):
        return None
    if names:
        wanted = [each for name in names for each in (name, built[name].get("layer")) if each]
        wanted = list(dict.fromkeys(wanted))
        if any(name not in built for name in wanted):
            return None
    check = Check()
    for name in wanted:
        if not still(state, state["built"][name], check, environ=environ, find_tool=find_tool):
            return None
    if check.hashed:
        return None  # the longer way writes the state anew, so that the next look is short
    return [state["built"][name]["record"] for name in wanted]


def still(
    state: State,
    built: dict[str, Any],
    check: Check,
    *,
    environ: Mapping[str, str],
    find_tool: FindTool,
) -> bool:
    """Whether one function's inputs, tools and output are as they were when it was built."""
    snapshot = state["snapshots"].get(built["snapshot"])
    if snapshot is None:
        return False
    if built["environment"] != passed(built["environment"], environ):
        return False
    if any(find_tool(name) != path for name, path in built["tools"].items()):
        return False
    if any(os.path.lexists(path) for path in built["absent"]):
        return False
    return check.holds(snapshot, built["folders"]) and intact(state, built, check)


def passed(names: Iterable[str], environ: Mapping[str, str]) -> dict[str, str | None]:
    """The variables that a build may see (`pass_env`), as digests: their values may be secrets."""
    return {name: digest_text(environ[name]) if name in environ else None for name in names}


def intact(state: State, built: dict[str, Any], check: Check) -> bool:
    """Whether the zip and its record lie in the output folder as they were written."""
    record = built["record"]
    output = state["output"]
    zip_path = os.path.join(output, record["zip"])
    same = file_is(zip_path, [*built["zip"], record["sha256"]], built["at"])
    if same is False or not os.path.isfile(os.path.join(output, f"{record['function']}.json")):
        return False
    check.hashed |= same is None
    return True


def load(folder: str, project: str, output: str, onezip: str) -> State:
    """The state of a project file and an output folder, both absolute; folder is the state folder."""
    return remembered.read(remembered.state_path(folder, project, output), project, output, onezip)
