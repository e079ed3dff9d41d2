"""What Go found wrong with a package -> one error: whose mistake it is, and the next step."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from onezip.builder.languages import go_words
from onezip.builder.languages.base import Read
from onezip.builder.languages.go_list import Package, errors, is_local
from onezip.builder.languages.go_mod import below
from onezip.errors import BuildFailed, OnezipError, ProjectError
from onezip.model.function import Function

_EMBED = re.compile(
    r"pattern (?P<pattern>\S+): (?:no matching files|cannot embed directory (?P<folder>.+): contains no)"
)
_NOT_THERE = re.compile(
    r"no required module provides package|cannot find (?:module providing )?package|no Go files in"
    r"|package \S+ is not in std|module \S+ found.*does not contain package",
)
_OURS = frozenset({"go.module", "project.source"})
"""Codes that are mistakes of the project itself."""


def failure(function: Function, listed: Sequence[Package], c_left_out: bool, read: Read) -> OnezipError:
    """The error for a closure in which Go found something wrong."""
    words = errors(listed)
    if missing := list(_missing(listed, read)):
        return BuildFailed(
            "go.generated",
            f"{function.name}: not there: {', '.join(missing)}",
            output=words,
            hint="make what is generated before the build, most often by `go generate ./...`; "
            "check the path of what is not",
            place=function.place,
        )
    told = go_words.explain(words)
    if told.code in _OURS:
        head = f"{told.message}\n" if told.message else ""
        return ProjectError(
            told.code, f"{function.name}: {head}{words}", hint=told.hint, place=function.place
        )
    if c_left_out and "build constraints exclude all Go files" in words:
        return BuildFailed(
            "go.cgo-needed",
            f"{function.name}: a package is all C, and cgo is off",
            output=words,
            hint="set cgo = true in the function's go table",
            place=function.place,
        )
    return BuildFailed(
        told.code or "build.failed",
        f"{function.name}: {told.message or 'Go cannot build this package'}",
        output=words,
        hint=told.hint,
        place=function.place,
    )


def _missing(listed: Sequence[Package], read: Read) -> Iterator[str]:
    """Files and packages that the project's own modules want and do not have, and where they are wanted."""
    modules = {
        module["Path"]: module["Dir"]
        for package in listed
        if (module := package.get("Module") or {}).get("Dir") and is_local(package)
    }
    for package in listed:
        error = package.get("Error") or {}
        words, place = str(error.get("Err", "")), str(error.get("Pos", "")).rpartition(":")[0]
        if embedded := _EMBED.match(words):
            yield f"{_wanted(embedded)} (embedded at {place})"
        elif place and _NOT_THERE.search(words) and _is_own(package["ImportPath"], modules, read):
            yield f"{package['ImportPath']} (imported at {place})"


def _wanted(embedded: re.Match[str]) -> str:
    return f"files in {embedded['folder']}" if embedded["folder"] else embedded["pattern"]


def _is_own(path: str, modules: dict[str, str], read: Read) -> bool:
    """Whether an import path belongs to one of the modules, and not to a module nested in it."""
    module = max((each for each in modules if path.startswith(f"{each}/")), key=len, default="")
    if not module:
        return False
    folder = modules[module]
    for part in path.removeprefix(f"{module}/").split("/"):
        folder = below(folder, part)
        if read(below(folder, "go.mod")) is not None:
            return False
    return True
