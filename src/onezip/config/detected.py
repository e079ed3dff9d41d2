"""A folder without a project file, walked and understood."""

from __future__ import annotations

import os
import re

from onezip.config.detect.detect import detect
from onezip.config.detect.walk import enters
from onezip.config.parse import parse
from onezip.errors import ProjectError
from onezip.model.place import Place
from onezip.model.project import Origin, Project

DEEPEST = 8
"""How many folders deep functions are looked for."""


def detected(root: str) -> Project:
    """The functions of a folder (absolute), told from its files. Raises ProjectError where there is none."""

    def read(relative: str) -> str | None:
        try:
            with open(os.path.join(root, relative), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return None

    found = detect(_listing(root), read, name=_name(root))
    if not found.functions:
        raise ProjectError(
            "project.missing",
            f"no onezip.toml, no [tool.onezip] and no template in {root} or above, and no function in it",
            hint=(
                'write an onezip.toml: [functions.hello], source = "." and, for Python, its handler; '
                + "; ".join(found.notes)
            ),
        )
    project = parse(
        {"functions": found.functions},
        root=root,
        file="",
        origin=Origin.DETECTED,
        place=lambda key: Place(found.functions[key[1]]["source"] if len(key) > 1 else "."),
        is_file=lambda source: os.path.isfile(os.path.join(root, source)),
    )
    why = [f"{name}: {told}" for name, told in found.why.items()]
    return Project(root, Origin.DETECTED, None, project.functions, notes=(*why, *found.notes))


def _listing(root: str) -> dict[str, list[str]]:
    """The names in each folder that may hold functions."""
    found = {}
    for folder, folders, names in os.walk(root):
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        depth = 0 if relative == "." else relative.count("/") + 1
        if relative != "." and not enters(os.path.basename(folder), names):
            folders.clear()
            continue
        if depth >= DEEPEST:
            folders.clear()
        folders[:] = sorted(name for name in folders if enters(name))
        found[relative] = names
    return found


def _name(root: str) -> str:
    """A folder's own name, as AWS allows it."""
    base = os.path.basename(root)
    letters = (letter if re.fullmatch(r"[A-Za-z0-9_-]", letter) else "-" for letter in base)
    return "".join(letters)[:64] or "function"
