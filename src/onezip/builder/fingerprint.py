"""A build's name: a digest of everything that decides its bytes, and of nothing of this machine.  [pure]"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import replace

from onezip.model.build import Component
from onezip.model.function import Function

_ROUNDABOUT = frozenset({"", ".", ".."})

SCHEMA = "1"
"""Part of every fingerprint. Raise it when the same inputs give other bytes than before."""


def digest(parts: Iterable[str]) -> str:
    """Hex SHA-256 over parts, each with its length before it so that no two lists are alike."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape")
        total.update(b"%d:" % len(data))
        total.update(data)
    return total.hexdigest()


def unlocked(function: Function) -> Function:
    """The function without what onezip.lock pins: the pinned tools and packages are causes by themselves."""
    return replace(function, go=replace(function.go, locked=""), python=replace(function.python, locked=""))


def settings(function: Function, engine: str) -> str:
    """The digest of what the project file and onezip.lock say that can change the zip or its record."""
    return digest((
        SCHEMA,
        engine,
        function.name,
        function.language,
        function.source,
        function.runtime.id,
        function.architecture,
        "" if function.layer_of else function.handler.text,
        repr(function.patterns),
        repr(sorted(function.files.items())),
        repr(sorted(function.pass_env)),
        repr(function.go),
        repr(function.python),
        repr(function.command),
        *(("parent_packages", function.python.parent_packages) if function.python.parent_packages else ()),
        *(("system", function.go.system) if function.go.system != "linux" else ()),
        *(("layer", function.layer_of) if function.layer or function.layer_of else ()),
    ))  # fmt: skip


def inputs(root: str, digests: Mapping[str, str]) -> Component:
    """The component `sources`: every input file by its path from the project's root, and its digest."""
    named = sorted((relative(path, root), content) for path, content in digests.items())
    return Component("sources", digest(part for pair in named for part in pair), _count(len(named), "file"))


def said(function: Function, engine: str) -> Component:
    """The component `settings`: what the project file says that can change the zip or its record."""
    handler = "" if function.layer_of else f" {function.handler.text}"
    detail = f"{function.runtime.id} {function.architecture}{handler}"
    return Component("settings", settings(function, engine), detail)


def fingerprint(components: Iterable[Component]) -> str:
    """The build's name: equal names mean equal zips."""
    return digest(part for component in components for part in (component.name, component.digest))


def relative(path: str, root: str) -> str:
    """A path from the project's root, with forward slashes, so that machines agree on it."""
    path, root = path.replace("\\", "/"), root.replace("\\", "/")
    below = path[len(root) + 1 :]
    if path.startswith(f"{root}/") and not _ROUNDABOUT & set(below.split("/")):
        return below
    if path[1:3] == ":/" and path[:2].lower() != root[:2].lower():
        return path
    return posixpath.relpath(path, root)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
