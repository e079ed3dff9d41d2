"""Say why two zips differ, and what to do: a line for each cause, the most telling first.

    onezip explain A.zip B.zip     two zips, of any tool
    onezip explain A.zip NAME      a zip, and a function's build as it would be now
    onezip explain NAME            a function's build as it would be now, and what onezip.lock says;
                                   where it is not locked, and the zip in dist

A function is built into a folder that is thrown away. Exits with 0 where they are the same, with 1 where they
differ.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from onezip.cli.console import Console
from onezip.errors import Exit, UsageError

if TYPE_CHECKING:
    from onezip.archive.explain import Cause
    from onezip.builder.lock import Locked
    from onezip.model.project import Project


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `onezip explain`."""
    parser.add_argument("first", metavar="A", help="a zip, or a function's name")
    parser.add_argument("second", metavar="B", nargs="?", help="another zip, or a function's name")


def execute(args: argparse.Namespace, console: Console) -> int:
    """Explain."""
    if args.second is None:
        return _one(args, console)
    with contextlib.ExitStack() as stack:
        first, second = (
            stack.enter_context(_zip_of(word, args, console)) for word in (args.first, args.second)
        )
        causes = causes_of(first, second)
    show(console, causes, same="the same bytes")
    console.result({"same": not causes, "causes": causes})
    return Exit.NO if causes else Exit.DONE


def causes_of(first: str, second: str) -> list[dict[str, Any]]:
    """Why two zips differ, as JSON values. Raises ArchiveError."""
    from onezip.archive.explain import explain
    from onezip.archive.reader import digests, opened

    with opened(first) as (a, content_a), opened(second) as (b, content_b):
        if a.sha256 == b.sha256:
            return []
        whole_a, whole_b = digests(a, content_a), digests(b, content_b)
        return _as_tables(explain(whole_a, content_a, whole_b, content_b))


def show(console: Console, causes: list[dict[str, Any]], *, same: str) -> None:
    """The causes for a person."""
    if not causes:
        console.line(same)
    for cause in causes:
        console.line(cause["summary"])
        for line in cause["detail"].splitlines():
            console.line(f"    {line}")
        if cause["advice"]:
            console.line(f"  help: {cause['advice']}")


def _as_tables(causes: Iterable[Cause]) -> list[dict[str, Any]]:
    tables = [asdict(cause) for cause in causes]
    for table in tables:
        table.pop("weight")
    return [{**table, "entries": list(table["entries"])} for table in tables]


@contextlib.contextmanager
def _zip_of(word: str, args: argparse.Namespace, console: Console) -> Iterator[str]:
    """A zip on the disk, or that of a function, built now."""
    from onezip.cli.described import described

    path = os.path.join(args.folder, word)
    if os.path.isfile(path):
        yield path
    elif word.endswith(".zip") or os.sep in word:
        raise UsageError("usage.command", f"{word} does not exist", hint="name a zip, or a function")
    else:
        with _built(described(args), word, console) as record:
            yield str(record["path"])


@contextlib.contextmanager
def _built(project: Project, name: str, console: Console) -> Iterator[Mapping[str, Any]]:
    """A function's record as its build is now, with the path of its zip."""
    from onezip.builder.aside import build_aside, forget

    with tempfile.TemporaryDirectory(prefix="onezip-explain-") as work:
        folder = os.path.realpath(work)
        try:
            built = build_aside(project, [name], folder, report=console.report)[0]  # its layer comes after it
            yield {**built.record, "path": built.path}
        finally:
            forget(project, folder)


def _one(args: argparse.Namespace, console: Console) -> int:
    """A function against the lock, or else against its zip in dist."""
    from onezip.builder.locking import read_lock
    from onezip.cli.described import described
    from onezip.config.select import select_zips

    name = args.first
    if name.endswith(".zip") or os.sep in name:
        raise UsageError("usage.command", "explain what?", hint=f"onezip explain {name} ANOTHER.zip")
    project = described(args)
    select_zips(project, [name])
    locked = read_lock(project).get(name)
    before = os.path.join(project.root, "dist", f"{name}.zip")
    if locked is None and not os.path.isfile(before):
        raise UsageError(
            "lock.missing",
            f"{name} is not in onezip.lock, and there is no dist/{name}.zip to compare with",
            hint=f"run `onezip lock {name}` or `onezip build {name}` first",
        )
    with _built(project, name, console) as record:
        if locked is None:
            causes = causes_of(before, record["path"])
        else:
            causes = _against_lock(locked, record, before)
    what = "onezip.lock says" if locked else f"dist/{name}.zip is"
    show(console, causes, same=f"{name} is what {what}")
    console.result({
        "same": not causes, "causes": causes, "locked": locked.sha256 if locked else None,
        "built": record["sha256"],
    })  # fmt: skip
    return Exit.NO if causes else Exit.DONE


def _against_lock(locked: Locked, record: Mapping[str, Any], before: str) -> list[dict[str, Any]]:
    """Why a build is not what is locked. Where the locked zip is still there, its content is compared too."""
    from onezip.archive.causes.cause import cause
    from onezip.archive.reader import read
    from onezip.builder.locking import why
    from onezip.errors import ArchiveError

    if locked.sha256 == record["sha256"]:
        return []
    causes = why(locked, record)
    with contextlib.suppress(ArchiveError):
        if read(before).sha256 == locked.sha256:
            return _as_tables(each for each in causes if not each.entries) + causes_of(before, record["path"])
    if not causes:
        causes = [cause("differs.container", "the bytes differ, and nothing that the lock holds tells why")]
    return _as_tables(causes)
