"""Resolve a function's unpinned requirements into a pylock file, for Lambda's Python and platform."""

from __future__ import annotations

import os

from onezip import process
from onezip.builder.job import Surroundings
from onezip.builder.languages import python
from onezip.builder.languages.python_pylock import marked
from onezip.builder.road import read_text
from onezip.builder.uv import uv
from onezip.errors import BuildFailed, CacheError
from onezip.model.function import Function
from onezip.model.project import Project


def unpinned(project: Project, function: Function) -> bool:
    """Whether the function has requirements that are not all pinned with hashes. Raises ProjectError."""
    details = python.requirement_facts(project.root, function, read_text).details
    return bool(details) and not details["hashed"]


def resolve(project: Project, function: Function, path: str, around: Surroundings, *, upgrade: bool) -> None:
    """Write the pylock file at an absolute path; versions in an older one are kept unless upgrade.

    Raises BuildFailed where uv finds no versions, CacheError where the file cannot be written.
    """
    facts = python.requirement_facts(project.root, function, read_text)
    beside = f"{path[: -len('.toml')]}-{os.getpid()}.toml"
    old = read_text(path)
    try:
        if old is not None and not upgrade:
            with open(beside, "w", encoding="utf-8") as file:
                file.write(old)
        command = python.compile_command(project.root, function, facts.details, uv(), beside)
        around.happened("build.running", function.name, title=command.title)
        finished = process.run(command)
        if finished.code != 0:
            told = python.explain(function, finished.stderr)
            raise BuildFailed(
                told.code or "build.failed",
                f"{function.name}: {told.message or 'the requirements cannot be resolved'}",
                output=finished.stderr,
                hint=told.hint,
            )
        text = marked(read_text(beside) or "", python.requirements_digest(facts.details))
        with open(beside, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(beside, path)
    except OSError as error:
        raise CacheError(
            "cache.unusable", f"{path} cannot be written: {error.strerror or error}", hint="mend its rights"
        ) from error
    finally:
        if os.path.exists(beside):
            os.unlink(beside)
