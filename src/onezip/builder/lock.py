"""onezip.lock: what each function's zip is made of, and its digest, so that a mismatch can be told.  [pure]

TOML, one block a function, one fact a line, in the order of names: two branches that lock different
functions merge without a conflict. No system, CPU or path of a tool stands in it. Written only by
`onezip lock`.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onezip.archive.manifest import Manifest
from onezip.errors import ProjectError
from onezip.model.build import Component
from onezip.model.place import Place
from onezip.model.project import Project

NAME = "onezip.lock"
VERSION = 1
MOST = 500
"""Entries that are listed one by one; above that, one digest for each top folder."""

_HEAD = f"""\
# What each function's zip is made of. Written by `onezip lock`; commit it, and do not edit it.
version = {VERSION}
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, or one top folder (with a slash at its end) of a large zip: mode, bytes and a short digest.

    The mode of a folder is 0 and its size that of all its entries.
    """

    mode: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Locked:
    """One function's block. go is the exact version where nothing else pins it; pylock the file that pins
    its Python requirements, both empty otherwise.
    """

    function: str
    sha256: str
    code_sha256: str
    size: int
    unzipped: int
    runtime: str
    architecture: str
    engine: str
    components: tuple[Component, ...]
    entries: Mapping[str, Line]
    go: str = ""
    pylock: str = ""


Lock = Mapping[str, Locked]


def lock_path(project: Project) -> str:
    """Where a project's lock file lies, or would lie: beside its description."""
    return f"{project.root}/{NAME}"


def lines(manifest: Manifest) -> dict[str, Line]:
    """The entry list of a zip whose manifest has the entries' digests, short enough to be committed."""
    if len(manifest.entries) <= MOST:
        return {
            entry.name: Line(entry.mode & 0o7777, entry.size, entry.sha256[:16]) for entry in manifest.entries
        }
    from hashlib import sha256

    folders: dict[str, tuple[int, Any]] = {}
    for entry in manifest.entries:
        top, slash, _ = entry.name.partition("/")
        size, digest = folders.get(top + slash, (0, sha256()))
        digest.update(f"{entry.name}\0{entry.mode:o}\0{entry.sha256}\0".encode())
        folders[top + slash] = (size + entry.size, digest)
    return {name: Line(0, size, digest.hexdigest()[:16]) for name, (size, digest) in folders.items()}


def parse(text: str, file: str = NAME) -> dict[str, Locked]:
    """The blocks of a lock file. Raises ProjectError for one that is not ours, or of an unknown version."""
    if re.search(r"^(<{7}|>{7})", text, re.MULTILINE):
        raise ProjectError(
            "lock.malformed",
            f"{file} has the marks of an unfinished merge",
            hint="take either side, then run `onezip lock`",
            place=Place(file),
        )
    try:
        table = tomllib.loads(text)
        if table.get("version") != VERSION:
            raise ProjectError(
                "lock.malformed",
                f"{file} is of version {table.get('version')!r}; this onezip reads {VERSION}",
                hint="use the onezip that wrote it, or write it anew with `onezip lock`",
                place=Place(file),
            )
        return {name: _block(name, block) for name, block in table.get("functions", {}).items()}
    except (tomllib.TOMLDecodeError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise ProjectError(
            "lock.malformed",
            f"{file} is not a lock file: {error}",
            hint="write it anew with `onezip lock`",
            place=Place(file),
        ) from error


def as_text(lock: Lock) -> str:
    """The text of a lock file."""
    return _HEAD + "".join(_text(lock[name]) for name in sorted(lock))


def _block(name: str, block: dict[str, Any]) -> Locked:
    entries = {}
    for entry, text in block.get("entries", {}).items():
        mode, size, digest = text.split()
        entries[entry] = Line(int(mode, 8), int(size), digest)
    components = tuple(
        Component(part, value["digest"], value["detail"]) for part, value in block["components"].items()
    )
    facts = {key: block.get(key, "") for key in ("go", "pylock")}
    return Locked(
        name,
        block["sha256"],
        block["code_sha256"],
        block["size"],
        block["unzipped"],
        block["runtime"],
        block["architecture"],
        block["engine"],
        components,
        entries,
        **facts,
    )


def _text(locked: Locked) -> str:
    head = f"functions.{_key(locked.function)}"
    facts: list[tuple[str, Any]] = [
        ("sha256", locked.sha256),
        ("code_sha256", locked.code_sha256),
        ("size", locked.size),
        ("unzipped", locked.unzipped),
        ("runtime", locked.runtime),
        ("architecture", locked.architecture),
        ("engine", locked.engine),
    ]
    facts += [(key, value) for key, value in (("go", locked.go), ("pylock", locked.pylock)) if value]
    return "\n".join([
        "",
        f"[{head}]",
        *(f"{key} = {json.dumps(value)}" for key, value in facts),
        "",
        f"[{head}.components]",
        *(
            f"{_key(part.name)} = {{ digest = {_string(part.digest)}, detail = {_string(part.detail)} }}"
            for part in sorted(locked.components, key=lambda part: part.name)
        ),
        "",
        f"[{head}.entries]",
        *(
            f'{_string(name)} = "{line.mode:04o} {line.size} {line.digest}"'
            for name, line in sorted(locked.entries.items())
        ),
        "",
    ])  # fmt: skip


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _string(name)


def _string(text: str) -> str:
    """A TOML basic string; JSON's escapes are a part of TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def changed_entries(old: Mapping[str, Line], new: Mapping[str, Line]) -> list[tuple[str, str, str]]:
    """What differs between two entry lists: (`added`, `removed`, `changed` or `mode`, the name, a line)."""
    told = [("added", name, f"added {name}") for name in sorted(new.keys() - old.keys())]
    told += [("removed", name, f"removed {name}") for name in sorted(old.keys() - new.keys())]
    for name in sorted(old.keys() & new.keys()):
        before, after = old[name], new[name]
        if before.digest != after.digest:
            told.append(("changed", name, f"changed {name}: {before.size:,} -> {after.size:,} bytes"))
        elif before.mode != after.mode:
            told.append(("mode", name, f"changed {name}: mode {before.mode:04o} -> {after.mode:04o}"))
    return told


def changed_lines(old: Mapping[str, Line], new: Mapping[str, Line]) -> list[str]:
    """What differs between two entry lists, a line each: added, removed, mode, content."""
    return [line for _, _, line in changed_entries(old, new)]
