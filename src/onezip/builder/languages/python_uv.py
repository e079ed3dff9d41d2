"""uv.lock, through `uv export`: the question, and whether the lock still fits its project.  [pure]

The format of uv.lock is uv's own, and so are the rules of workspaces, extras and conflicts. `--frozen` asks
for the lock as it is: `--locked` would want an interpreter that the project allows, and a network.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Sequence

from onezip.builder.languages.base import Tool
from onezip.builder.languages.python_direct import NAME, normalised
from onezip.builder.languages.python_project import Table, part, wrong
from onezip.errors import ProjectError
from onezip.model.build import Command

_REQUIREMENT = re.compile(rf"\s*({NAME})\s*(?:\[[^\]]*\])?\s*(@|[^;]*)")
_PLACES = frozenset({"editable", "directory", "virtual", "path", "git", "url"})


def export(
    folder: str, file: str, tool: Tool, package: str, extras: Sequence[str], groups: Sequence[str]
) -> Command:
    """The question for what a project of the lock in folder (absolute) needs; package may be empty."""
    argv = [
        tool.path, "export", "--frozen", "--no-config", "--no-progress", "--color", "never", "--quiet",
        "--format", "requirements.txt", "--no-header", "--no-annotate", "--no-editable",
        "--no-default-groups",
    ]  # fmt: skip
    argv += [word for extra in extras for word in ("--extra", extra)]
    argv += [word for group in groups for word in ("--group", group)]
    if package:
        argv += ["--package", package]
    return Command(tuple(argv), cwd=folder, env=tool.env, title=f"read {file}")


def members(lock: Table) -> dict[str, str]:
    """Name -> folder (from the lock) of each project that the lock is for."""
    found = {}
    for package in lock.get("package", []):
        source = package.get("source", {})
        for kind in ("virtual", "editable", "directory"):
            if kind in source:
                found[normalised(package["name"])] = posixpath.normpath(source[kind])
    return found


def check_fresh(lock: Table, project: Table, file: str, project_file: str) -> None:
    """Raise ProjectError `python.stale-lock` where the project's dependencies are not those of the lock.

    Names and versions are compared, markers not: uv writes them in a form of its own.
    """
    name = normalised(str(part(project, "project").get("name", "")))
    packages = [each for each in lock.get("package", []) if normalised(each["name"]) == name]
    own = next((each for each in packages if "registry" not in each.get("source", {})), None)
    if own is None:
        raise _stale(file, f"{name} is not in it", project_file)
    if {"dependencies", "optional-dependencies"} & set(part(project, "project").get("dynamic", [])):
        return
    metadata = own.get("metadata", {})
    listed = [*metadata.get("requires-dist", [])]
    for each in metadata.get("requires-dev", {}).values():
        listed += each
    placed = {normalised(each["name"]) for each in listed if _PLACES & each.keys()}
    then = {_pair(each["name"], each.get("specifier", ""), placed) for each in listed}
    texts = [*part(project, "project").get("dependencies", [])]
    texts += part(project, "tool", "uv").get("dev-dependencies", [])
    for each in (
        *part(project, "project", "optional-dependencies").values(),
        *part(project, "dependency-groups").values(),
    ):
        texts += [text for text in each if isinstance(text, str)]
    now = {_pair(match[1], match[2], placed) for text in texts if (match := _REQUIREMENT.match(text))}
    if changed := sorted(now ^ then, key=str):
        raise _stale(file, f"{changed[0][0]}{changed[0][1]} differs", project_file)


def _pair(name: str, versions: str, placed: Collection[str]) -> tuple[str, object]:
    """A name and its versions, which do not count where the project has a place for it."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    name = normalised(name)
    if name in placed or versions == "@":
        return name, ""
    try:
        return name, SpecifierSet(versions.strip(" ()")) if versions.strip() else ""
    except InvalidSpecifier:
        return name, versions


def _stale(file: str, what: str, project_file: str) -> ProjectError:
    folder = posixpath.dirname(file)
    hint = f"run `uv lock` in {folder}" if folder else "run `uv lock`"
    return wrong(file, f"{project_file} changed since it was written: {what}", hint, "python.stale-lock")
