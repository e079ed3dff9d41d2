"""What onezip remembers of builds on this machine: one JSON file per project file and output folder.

    {"version": 1, "onezip": VERSION, "project": PATH, "output": FOLDER, "stamp": STAMP,
     "lock": STAMP or null, "at": TIME,
     "names": [FUNCTION], "snapshots": {ID: SNAPSHOT},
     "built": {FUNCTION: {"settings", "fingerprint", "snapshot": ID, "folders", "absent", "tools",
                          "environment", "zip": STAMP, "record"}}}

A function whose dependencies are a layer also has "layer", the name under which that is built.

Losing it costs a rebuild, never a wrong result: an unknown version or a broken file counts as nothing.
"""

from __future__ import annotations

import json
import os
import zlib
from typing import Any

from onezip.folders import make_private

VERSION = 1

State = dict[str, Any]


def state_path(state: str, project: str, output: str) -> str:
    """The state file of a project file and an output folder, both absolute."""
    text = f"{project}\0{output}".encode("utf-8", "surrogateescape")
    return os.path.join(state, f"{zlib.crc32(text):08x}{zlib.adler32(text):08x}.json")


def read(path: str, project: str, output: str, onezip: str) -> State:
    """What is remembered, or an empty state."""
    try:
        with open(path, "rb") as file:
            found = json.loads(file.read())
        if (found["version"], found["onezip"], found["project"], found["output"]) == (
            VERSION,
            onezip,
            project,
            output,
        ):
            return dict(found)
    except (OSError, ValueError, LookupError, TypeError):
        pass
    return {
        "version": VERSION,
        "onezip": onezip,
        "project": project,
        "output": output,
        "stamp": None,
        "lock": None,
        "at": 0,
        "names": [],
        "snapshots": {},
        "built": {},
    }


def write(path: str, state: State) -> None:
    """Write the state, whole or not at all; snapshots that nothing uses are dropped. Raises OSError."""
    used = {built["snapshot"] for built in state["built"].values()}
    state["snapshots"] = {key: value for key, value in state["snapshots"].items() if key in used}
    make_private(os.path.dirname(path))
    beside = f"{path}.{os.getpid()}.tmp"
    with open(beside, "w", encoding="utf-8") as file:
        file.write(json.dumps(state, separators=(",", ":")))  # `dump` is many times slower
    os.replace(beside, path)
