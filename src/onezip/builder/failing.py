"""A command that failed: what may be tried instead, and what its words mean."""

from __future__ import annotations

from onezip import process
from onezip.builder.job import Job
from onezip.builder.languages.base import Explained, LanguageModule
from onezip.builder.reading import read_text
from onezip.builder.staging import Mend
from onezip.errors import BuildFailed
from onezip.model.build import Command
from onezip.model.function import Function, Language


def mender(job: Job) -> Mend:
    """What to try where a command failed, before that is told."""
    if job.function.language is not Language.PYTHON:
        return lambda _command, _output, _tree: None
    made: list[Mend] = []

    def mend(command: Command, output: str, tree: str) -> Command | None:
        if not made:
            from onezip.builder import glibc_wheels

            made.append(glibc_wheels.mender(job.function, job.facts))
        return made[0](command, output, tree)

    return mend


def failure(
    function: Function,
    module: LanguageModule,
    title: str,
    output: str,
    job: Job | None = None,
    root: str = "",
) -> BuildFailed:
    """The error for a function's command of this title; job is there where the inputs are known."""
    told = _explained(function, module, output, job, root)
    return BuildFailed(
        told.code or "build.failed",
        f"{function.name}: {told.message or f'{title} failed'}",
        output=output,
        brief=told.brief,
        hint=told.hint,
    )


def _explained(
    function: Function, module: LanguageModule, output: str, job: Job | None, root: str
) -> Explained:
    """What a tool's words mean; for Python with a second look at the package index."""
    if job is None or function.language is not Language.PYTHON:
        return module.explain(function, output)
    from onezip.builder.index import explain_with_index
    from onezip.builder.languages.python import indexes

    return explain_with_index(function, output, process.environment(), indexes(root, job.facts, read_text))
