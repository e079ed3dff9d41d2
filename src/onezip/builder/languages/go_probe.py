"""What to ask Go about functions: one `go list` for all packages of a module with equal settings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from onezip.builder.languages.base import Probe, Tool
from onezip.builder.languages.go_build import environment
from onezip.builder.languages.go_flags import GoFlags, flags, package_path
from onezip.builder.languages.go_list import FIELDS
from onezip.builder.languages.go_mod import below
from onezip.builder.languages.go_tool import GoTool
from onezip.errors import ProjectError
from onezip.model.build import Command
from onezip.model.function import Function

LENGTH = 20_000
"""Most characters of package names in one command: Windows allows 32,767 in all."""

_ODD = re.compile(r"@|\.\.\.|[\x00-\x1f]")
"""What makes a folder's name more than a name to `go`."""

_Member = tuple[Function, GoFlags, str]


def probes(root: str, functions: Sequence[Function], go: Tool) -> list[Probe]:
    """The questions for functions that one Go builds; those whose settings are wrong are left out.

    With -e Go lists what it can and puts errors into the objects, so that one package's mistake does not
    hide the others, and all can be told at once.
    """
    groups: dict[tuple[str, str, tuple[str, ...], str], list[_Member]] = {}
    for function in functions:
        try:
            chosen = flags(function)
            folder = package_folder(function)
        except ProjectError:
            continue  # `facts` tells of it, for this function alone
        pattern = absolute(root, function)
        cwd = go.module if isinstance(go, GoTool) else ""
        if _ODD.search(pattern) or not cwd:
            cwd, pattern = below(root, function.source), folder
        alone = function.name if _ODD.search(pattern) else ""
        key = (cwd, chosen.question, function.pass_env, alone)
        groups.setdefault(key, []).append((function, chosen, pattern))
    return [_probe(go, key[0], some) for key, members in groups.items() for some in _in_lines(members)]


def package_folder(function: Function) -> str:
    """The folder of a function's package, relative to its source, as `go` wants it: it starts with a dot."""
    path = package_path(function)
    return posixpath.dirname(path) if path.endswith(".go") else path


def package_file(function: Function) -> str:
    """The base name of the one file that a function's package names, or nothing where it is a folder."""
    path = package_path(function)
    return posixpath.basename(path) if path.endswith(".go") else ""


def absolute(root: str, function: Function) -> str:
    """The absolute folder of a function's package."""
    return below(below(root, function.source), package_folder(function))


def _probe(go: Tool, cwd: str, members: Sequence[_Member]) -> Probe:
    function, chosen, _ = members[0]
    command = Command(
        argv=(
            go.path, "list", "-e", "-deps", f"-json={','.join(FIELDS)}",
            "-buildvcs=false", f"-tags={chosen.tags}", *dict.fromkeys(pattern for *_, pattern in members),
        ),
        cwd=cwd,
        env=environment(go, chosen),
        pass_env=function.pass_env,
        title="go list",
    )  # fmt: skip
    return Probe(command, tuple(function.name for function, *_ in members))


def _in_lines(
    members: Sequence[_Member],
) -> Iterator[list[_Member]]:
    """Members cut into lists that fit into a command line; one package is named once."""
    some: list[_Member] = []
    length = 0
    named: set[str] = set()
    for member in sorted(members, key=lambda member: (member[2], member[0].name)):
        size = 0 if member[2] in named else len(member[2]) + 3
        if some and length + size > LENGTH:
            yield some
            some, length, named = [], 0, set()
            size = len(member[2]) + 3
        some.append(member)
        named.add(member[2])
        length += size
    yield some
