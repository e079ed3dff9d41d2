"""Resolve a function's unpinned requirements into a pylock file, for Lambda's Python and platform."""

from __future__ import annotations

import contextlib
import json
import os

from onezip.builder.glibc_wheels import mender
from onezip.builder.job import Surroundings
from onezip.builder.languages import python
from onezip.builder.languages.python_pylock import written
from onezip.builder.local_wheels import prepare
from onezip.builder.reading import read_text
from onezip.builder.staging import staged
from onezip.builder.uv import uv
from onezip.errors import BuildFailed, CacheError, OnezipError
from onezip.model.build import Recipe
from onezip.model.function import Function
from onezip.model.project import Project


def unpinned(project: Project, function: Function) -> bool:
    """Whether the function has requirements that nothing pins, neither hashes nor a lock of another tool.

    Raises ProjectError.
    """
    details = python.requirement_facts(project.root, function, read_text).details
    return bool(details) and not details["fixed"]


def resolve(project: Project, function: Function, path: str, around: Surroundings, *, upgrade: bool) -> None:
    """Write the pylock file at an absolute path; versions in an older one are kept unless upgrade.

    Local projects are built on the way, for what they need. Raises BuildFailed where uv finds no versions,
    ProjectError where a build is refused, CacheError where the file cannot be written.
    """
    facts = python.requirement_facts(project.root, function, read_text)
    root, details, tool = project.root, facts.details, uv()
    beside = f"{path[: -len('.toml')]}-{os.getpid()}.toml"
    copies, builds = python.build_commands(root, function, details, tool)
    command = python.compile_command(root, function, details, tool, beside)
    recipe = Recipe(
        "python", (function.name,), (*builds, command), (), copies=copies, runs=python.runs(details)
    )
    old, places = read_text(path), dict[str, str]()
    try:
        if old is not None and not upgrade:
            _write(beside, old)
        around.happened("build.running", function.name, title=command.title)
        with staged(
            recipe,
            around.folders.cache,
            "",
            fail=lambda title, output: _failure(function, title, output),
            on_line=lambda line: around.happened("build.output", function.name, line=line),
            report=around.report,
            before=lambda tree: prepare(recipe, tree, around, frozenset({os.path.join(root, "dist")})),
            mend=mender(function, facts, places),
        ):
            resolved = read_text(beside) or ""
        digest = python.requirements_digest(function, details)
        own = {name for _, name, _ in json.loads(details["projects"])}
        text = written(resolved, os.path.basename(path), digest, os.path.dirname(path), own, places)
        _write(beside, text)
        os.replace(beside, path)
    except OSError as error:
        raise CacheError(
            "cache.unusable", f"{path} cannot be written: {error.strerror or error}", hint="mend its rights"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(beside)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def _failure(function: Function, title: str, output: str) -> OnezipError:
    told = python.explain(function, output)
    return BuildFailed(
        told.code or "build.failed",
        f"{function.name}: {told.message or f'{title} failed'}",
        output=output,
        hint=told.hint,
    )
