"""One program of a folder that holds several: a file with `func main` and the files that have none."""

from __future__ import annotations

import posixpath

from onezip.builder.languages.base import Read
from onezip.builder.languages.go_flags import package_path
from onezip.builder.languages.go_list import Package
from onezip.builder.languages.go_mod import below
from onezip.config.detect.go_source import scan
from onezip.errors import ProjectError
from onezip.model.function import Function

FILES = "command-line-arguments"
"""Go's import path for files that are named one by one."""


def only(function: Function, package: Package, name: str, read: Read) -> Package:
    """The package narrowed to one file (a base name) and the files of its folder without a `func main`.

    The other programs' files stay inputs: one that loses its `func main` joins every program of the folder.
    Raises ProjectError where the file is not there or is no program.
    """
    if not package.get("Dir") or package.get("Module") is None:
        return package  # Go says what is wrong with it
    folder = package["Dir"]
    counted = sorted([*(package.get("GoFiles") or ()), *(package.get("CgoFiles") or ())])
    if name not in counted:
        raise _not_counted(function, name, package)
    sources = {each: scan(read(below(folder, each)) or "") for each in counted}
    if (source := sources[name]) is None or not source.main:
        raise ProjectError(
            "go.not-main",
            f"{function.name}: {function.go.package} declares no `func main` in package main",
            hint="set package to a file that does, or to the folder of a `package main`",
            place=function.place,
        )
    chosen = [
        each
        for each, source in sources.items()
        if each == name or (source and source.package == "main" and not source.main)
    ]
    imports = {path for each in chosen if (found := sources[each]) for path in found.imports}
    narrowed = {
        **package,
        "ImportPath": FILES,
        "Name": "main",
        "GoFiles": chosen,
        "CgoFiles": [],
        "IgnoredGoFiles": [*(package.get("IgnoredGoFiles") or ()), *(set(counted) - set(chosen))],
        "Imports": sorted(imports),
    }
    if _is_about_others(package, chosen):
        del narrowed["Error"]
    return narrowed


def named(function: Function, package: Package) -> str:
    """The files of a narrowed package as `go build` wants them, one in each line, relative to source."""
    folder = posixpath.dirname(package_path(function))
    return "\n".join(f"{folder}/{name}" for name in package["GoFiles"])


def _is_about_others(package: Package, chosen: list[str]) -> bool:
    """Whether the package's error stands in a file that is not chosen.

    An error of `//go:embed` hides which files the others embed, so it always counts.
    """
    error = package.get("Error") or {}
    file = str(error.get("Pos", "")).rpartition("/")[2].partition(":")[0]
    return bool(file) and file not in chosen and not str(error.get("Err", "")).startswith("pattern ")


def _not_counted(function: Function, name: str, package: Package) -> ProjectError:
    if name in (package.get("IgnoredGoFiles") or ()):
        return ProjectError(
            "go.not-main",
            f"{function.name}: {function.go.package} is left out by its name, its build constraint or its C",
            hint='remove its `//go:build` line, or satisfy it: tags = ["NAME"] in the go table, cgo = true',
            place=function.place,
        )
    return ProjectError(
        "project.source",
        f"{function.name}: {function.go.package} does not exist in {function.source}",
        hint="write package relative to source",
        place=function.place,
    )
