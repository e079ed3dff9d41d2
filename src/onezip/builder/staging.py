"""Run a recipe's commands in a staging folder, and keep what they leave where that can serve again."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace

from onezip import process
from onezip.builder.cache import VERSION
from onezip.builder.languages.base import Staged
from onezip.builder.local_wheels import with_wheels
from onezip.errors import CacheError, Diagnostic, OnezipError, Report, Severity
from onezip.folders import make_private
from onezip.model.build import Command, Recipe
from onezip.mutex import Mutex

STAGING = "{staging}"

OnLine = Callable[[str], None]
Fail = Callable[[str, str], OnezipError]
"""A failed command's title and output -> the error that words it."""

Before = Callable[[str], None]
"""Called with the staging folder before the first command runs, and not where kept work serves."""

Mend = Callable[[Command, str, str], Command | None]
"""A failed command, its output and the staging folder -> another command to try; None where there is none."""


@contextlib.contextmanager
def staged(
    recipe: Recipe,
    cache: str,
    name: str,
    *,
    fail: Fail,
    on_line: OnLine,
    report: Report,
    fresh: bool = False,
    before: Before = lambda _tree: None,
    mend: Mend = lambda _command, _output, _tree: None,
) -> Iterator[str]:
    """The folder with what the recipe's commands left. name is the digest of everything they depend on.

    fresh runs them even where their work is kept. Raises BuildFailed where a command fails, CacheError where
    the folder cannot be made.
    """
    if not recipe.commands:
        yield ""
        return
    trees = os.path.join(cache, VERSION, "trees")
    kept = os.path.join(trees, name)
    with contextlib.ExitStack() as stack:
        if recipe.keep:  # held while in use: equal work is joined, and a cleaning of the cache passes it by
            stack.enter_context(Mutex(f"{kept}.lock"))

        def work(tree: str) -> None:
            before(tree)
            for command in recipe.commands:
                _run(command, tree, fail, on_line, mend)
            for _, copy in recipe.copies:
                shutil.rmtree(copy.replace(STAGING, tree), ignore_errors=True)

        yield stack.enter_context(_made(recipe, trees, kept, work, report=report, fresh=fresh))


@contextlib.contextmanager
def _made(
    recipe: Recipe, trees: str, kept: str, make: Before, *, report: Report, fresh: bool
) -> Iterator[str]:
    if recipe.keep and not fresh:
        if _whole(kept):
            os.utime(kept)
            yield os.path.join(kept, "tree")
            return
        if os.path.lexists(kept):
            report(Diagnostic("cache.corrupt", Severity.NOTE, "the cached dependencies changed; made anew"))
    try:
        make_private(trees)
        work = tempfile.mkdtemp(prefix="work-", dir=trees)
    except OSError as error:
        raise CacheError(
            "cache.unusable",
            f"{trees} cannot be written: {error.strerror or error}",
            hint="set ONEZIP_HOME to a folder that you can write",
        ) from error
    try:
        tree = os.path.join(work, "tree")
        os.mkdir(tree)
        make(tree)
        if recipe.keep:
            work = _keep(work, kept)
        yield os.path.join(work, "tree")
    finally:
        if work != kept:
            shutil.rmtree(work, ignore_errors=True)


def _run(command: Command, tree: str, fail: Fail, on_line: OnLine, mend: Mend) -> None:
    placed = replace(
        command,
        argv=tuple(argument.replace(STAGING, tree) for argument in command.argv),
        cwd=command.cwd.replace(STAGING, tree),
        env={key: value.replace(STAGING, tree) for key, value in command.env.items()},
        input=with_wheels(command.input, tree).replace(STAGING, tree),
    )
    finished = process.run(placed, on_line=on_line)
    while finished.code != 0:
        output = finished.stderr or finished.stdout
        another = mend(placed, output, tree)
        if another is None:
            raise fail(command.title or command.argv[0], output)
        placed = another
        finished = process.run(placed, on_line=on_line)


def listing(folder: str) -> dict[str, tuple[int, int]]:
    """Size and mtime_ns of every file below a folder, by name with forward slashes, sorted."""
    found: dict[str, tuple[int, int]] = {}
    waiting = [("", folder)]
    while waiting:
        prefix, path = waiting.pop()
        with os.scandir(path) as entries:
            for entry in entries:
                name = prefix + entry.name
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{name}/", entry.path))
                else:
                    status = entry.stat(follow_symlinks=False)
                    found[name] = (status.st_size, status.st_mtime_ns)
    return dict(sorted(found.items()))


def look_at(path: str) -> Staged:
    """A staged folder, or a single file by its base name, for a language to look at."""
    if os.path.isfile(path):
        return Staged([os.path.basename(path)], lambda _name: _read(path))
    return Staged(list(listing(path)), lambda name: _read(os.path.join(path, name)))


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _keep(work: str, kept: str) -> str:
    """Make a tree the kept one. Another process may have been first: then its tree is as good as ours."""
    with open(os.path.join(work, "listing.json"), "w", encoding="utf-8") as file:
        json.dump(listing(os.path.join(work, "tree")), file)
    if os.path.lexists(kept):
        old = tempfile.mkdtemp(prefix="old-", dir=os.path.dirname(kept))
        with contextlib.suppress(OSError):
            os.rename(kept, os.path.join(old, "kept"))
        shutil.rmtree(old, ignore_errors=True)
    try:
        os.rename(work, kept)
    except OSError:
        return work
    return kept


def _whole(kept: str) -> bool:
    """Whether a kept tree is as it was made, by sizes and times."""
    try:
        with open(os.path.join(kept, "listing.json"), encoding="utf-8") as file:
            was = {name: tuple(values) for name, values in json.load(file).items()}
        return was == listing(os.path.join(kept, "tree"))
    except (OSError, ValueError, AttributeError, TypeError):
        return False
