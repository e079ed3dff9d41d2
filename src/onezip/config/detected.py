"""A folder without a project file, walked and understood."""

from __future__ import annotations

import os
import re
from dataclasses import replace

from onezip.config.detect.detect import detect
from onezip.config.detect.walk import enters
from onezip.config.parse import parse
from onezip.errors import ProjectError
from onezip.model.function import Function, Language
from onezip.model.place import Place
from onezip.model.project import Origin, Project

DEEPEST = 8
"""How many folders deep functions are looked for."""

MOST = 5_000
"""Most folders that are looked into."""

TIDIED = (
    "files of the repository that are no code (README*, locks, tests/ and their like) stay out of Python"
    " functions: --verbose lists them, an onezip.toml decides otherwise"
)


def detected(root: str) -> Project:
    """The functions of a folder (absolute), told from its files. Raises ProjectError where there is none."""

    def read(relative: str) -> str | None:
        try:
            with open(os.path.join(root, relative), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return None

    listing, cut = _listing(root)
    found = detect(listing, read, name=_name(root))
    if not found.functions:
        raise ProjectError(
            "project.missing",
            f"no onezip.toml, no [tool.onezip] and no template in {root} or above, and no function in it",
            hint="; ".join(found.notes)
            if any("write an onezip.toml" in note for note in found.notes)
            else 'write an onezip.toml: [functions.hello], source = "." and, for Python, its handler; '
            + "; ".join(found.notes),
        )
    project = parse(
        {"functions": found.functions},
        root=root,
        file="",
        origin=Origin.DETECTED,
        place=lambda key: Place(found.functions[key[1]]["source"] if len(key) > 1 else "."),
        is_file=lambda source: os.path.isfile(os.path.join(root, source)),
    )
    notes = [*(f"{name}: {told}" for name, told in found.why.items()), *found.notes]
    if cut:
        notes.append(
            f"only the first {MOST:,} folders were looked into: an onezip.toml says where functions are"
        )
    functions = {name: _tidied(function) for name, function in project.functions.items()}
    if any(function.patterns.tidy for function in functions.values()):
        notes.append(TIDIED)
    return Project(root, Origin.DETECTED, None, functions, notes=tuple(notes))


def _tidied(function: Function) -> Function:
    """A Python function without the files of the repository that lie beside its code."""
    if function.language is not Language.PYTHON:
        return function
    return replace(function, patterns=replace(function.patterns, tidy=True))


def _listing(root: str) -> tuple[dict[str, list[str]], bool]:
    """The names in each folder that may hold functions, and whether there are more folders than MOST."""
    found: dict[str, list[str]] = {}
    for folder, folders, names in os.walk(root):
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        depth = 0 if relative == "." else relative.count("/") + 1
        if relative != "." and not enters(os.path.basename(folder), names):
            folders.clear()
            continue
        if len(found) >= MOST:
            return found, True
        if depth >= DEEPEST:
            folders.clear()
        folders[:] = sorted(name for name in folders if enters(name))
        found[relative] = names
    return found, False


def _name(root: str) -> str:
    """A folder's own name, as AWS allows it."""
    base = os.path.basename(root)
    letters = (letter if re.fullmatch(r"[A-Za-z0-9_-]", letter) else "-" for letter in base)
    return "".join(letters)[:64] or "function"
