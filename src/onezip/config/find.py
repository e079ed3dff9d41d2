"""Find the project file: the nearest one at or above a folder."""

from __future__ import annotations

import os

from onezip.errors import ProjectError

ONEZIP, PYPROJECT = "onezip.toml", "pyproject.toml"
TEMPLATES = ("template.yaml", "template.yml", "template.json")


def find(folder: str, config: str | None = None) -> str | None:
    """The absolute path of config (relative to folder), or of the nearest description; None where none is.

    A pyproject.toml counts only where it has a [tool.onezip] table, a template only where it looks like one
    of SAM or CloudFormation. Raises ProjectError for a config or folder that does not exist.
    """
    folder = os.path.abspath(folder)
    if not os.path.isdir(folder):
        raise ProjectError("project.missing", f"there is no folder {folder}")
    if config is not None:
        path = os.path.normpath(os.path.join(folder, config))
        if not os.path.isfile(path):
            raise ProjectError("project.missing", f"{config} does not exist in {folder}")
        return path
    here = folder
    while True:
        for name in (ONEZIP, PYPROJECT):
            path = os.path.join(here, name)
            if os.path.isfile(path) and (name == ONEZIP or _ours(path)):
                return path
        for name in TEMPLATES:
            path = os.path.join(here, name)
            if os.path.isfile(path) and _template(path):
                return path
        parent = os.path.dirname(here)
        if parent == here:
            return None
        here = parent


def _template(path: str) -> bool:
    from onezip.config.template.read import looks_like_template

    try:
        with open(path, encoding="utf-8") as file:
            return looks_like_template(file.read())
    except (OSError, UnicodeDecodeError):
        return False


def _ours(path: str) -> bool:
    """Whether a pyproject.toml has something for onezip; its text tells most often without parsing it."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError):
        return False
    if "onezip" not in text:
        return False
    import tomllib

    try:
        return "onezip" in tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError:
        return "[tool.onezip" in text
