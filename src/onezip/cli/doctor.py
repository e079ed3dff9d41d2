"""What is here, what is missing, and the command that mends it.

Exits with 1 where something is missing that this project needs.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable
from typing import NamedTuple

from onezip import __version__
from onezip.cli.console import Console
from onezip.errors import Exit, OnezipError
from onezip.folders import folders, make_private
from onezip.model.function import Language
from onezip.model.project import Project


class Check(NamedTuple):
    """One row: what was looked at, how it is (`ok`, `missing`, `wrong`), what was found, what mends it.

    needed says whether this project cannot do without it.
    """

    name: str
    status: str
    found: str
    mend: str = ""
    needed: bool = True


def arguments(_parser: argparse.ArgumentParser) -> None:
    """`onezip doctor` has no arguments of its own."""


def execute(args: argparse.Namespace, console: Console) -> int:
    """Make every check and show it as a row."""
    project, described = _project(args.folder, args.config)
    languages = {function.language for function in project.functions.values()} if project else set()
    rows = [
        Check("onezip", "ok", f"{__version__}, Python {platform.python_version()}, {sys.platform}"),
        described,
        _compressor(),
        *_folders(),
        _tool("go", Language.GO, languages, _go(args.folder)),
        _tool("uv", Language.PYTHON, languages, _uv),
        _isolation(),
    ]
    console.table(
        ("check", "", "found", "what mends it"),
        [(row.name, row.status, row.found, row.mend) for row in rows],
    )
    console.result([row._asdict() for row in rows])
    return Exit.NO if any(row.status != "ok" and row.needed for row in rows) else Exit.DONE


def _project(folder: str, config: str | None) -> tuple[Project | None, Check]:
    from onezip.config.load import load_project

    try:
        project = load_project(folder, config)
    except OnezipError as error:
        first = error.diagnostics()[0]
        where = f"{first.place}: " if first.place else ""
        absent = error.code == "project.missing"
        status = "missing" if absent else "wrong"
        return None, Check("project", status, f"{where}{first.message}", first.hint, needed=not absent)
    names = ", ".join(project.functions)
    return project, Check("project", "ok", f"{project.file} in {project.root}: {names}")


def _compressor() -> Check:
    from onezip.archive.compress import engine, self_test
    from onezip.model.function import Compression

    try:
        self_test()
    except OnezipError as error:
        return Check("compressor", "wrong", error.message, error.hint)
    return Check("compressor", "ok", engine(Compression.DEFAULT))


def _folders() -> list[Check]:
    rows = []
    for name, folder in folders(os.environ)._asdict().items():
        try:
            make_private(folder)
            writable = os.access(folder, os.W_OK)
        except OSError:
            writable = False
        mend = "" if writable else "set ONEZIP_HOME to a folder that you can write"
        rows.append(Check(f"{name} folder", "ok" if writable else "wrong", folder, mend))
    return rows


def _isolation() -> Check:
    """How functions that run here are kept apart, and what is not as on Lambda."""
    import asyncio

    from onezip.emulator.running.probe import look

    async def looked() -> tuple[str, list[str], list[str]]:
        host = await look()
        off = host.off
        await host.close()
        mends = list(dict.fromkeys(one.mend for one in off if one.mend))
        return host.isolation, [f"{one.what} ({one.why})" for one in off], mends

    isolation, off, mends = asyncio.run(looked())
    found = f"{isolation}; not as on Lambda: {', '.join(off)}" if off else isolation
    return Check("running here", "missing" if mends else "ok", found, "; ".join(mends), needed=False)


def _tool(name: str, language: Language, wanted: set[Language], find: Callable[[], str]) -> Check:
    try:
        return Check(name, "ok", find())
    except OnezipError as error:
        return Check(name, "missing", error.message, error.hint, needed=language in wanted)


def _go(folder: str) -> Callable[[], str]:
    def find() -> str:
        from onezip.builder.toolchain import find_go

        found = find_go(os.path.abspath(folder))
        return f"{found.version} at {found.path}"

    return find


def _uv() -> str:
    from onezip.builder.uv import uv

    found = uv()
    return f"{found.version} at {found.path}"
