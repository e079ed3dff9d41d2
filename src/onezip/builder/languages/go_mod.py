"""go.mod and go.work: the few directives that onezip itself must know. Go reads the rest.

The grammar is at https://go.dev/ref/mod#go-mod-file and https://go.dev/ref/mod#go-work-file.
"""

from __future__ import annotations

import ntpath
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORD = re.compile(r'//.*|"(?:[^"\\]|\\.)*"|`[^`]*`|[()]|[^\s()"`]+')
_FULL = re.compile(r"1\.(?P<minor>\d+)(?:\.\d+|(?:rc|beta)\d+)(?P<suffix>-[\w.+-]+)?")


@dataclass(frozen=True, slots=True)
class GoMod:
    """What a go.mod or go.work says. folders are local `replace` targets and `use` lines, as written."""

    go: str = ""
    toolchain: str = ""
    folders: tuple[str, ...] = ()


def parse(text: str) -> GoMod:
    """Read a go.mod or go.work; what is not understood is left to Go."""
    go = toolchain = ""
    folders = []
    for words in _directives(text):
        match words:
            case ["go", version]:
                go = version
            case ["toolchain", name]:
                toolchain = name
            case ["use", folder]:
                folders.append(folder)
            case ["replace", *_, "=>", target] if is_local(target):
                folders.append(target)
    return GoMod(go, toolchain, tuple(folders))


def is_local(target: str) -> bool:
    """Whether the target of a `replace` without a version is a folder (modfile.IsDirectoryPath)."""
    return (
        target in {".", ".."}
        or target.startswith(("./", "../", "/", ".\\", "..\\", "\\"))
        or ntpath.isabs(target)
    )


def exact(version: str) -> str | None:
    """`go1.26.8` for `1.26.8`, `go1.26.8`, `1.27rc1`; None for a language version such as `1.26`.

    See https://go.dev/doc/toolchain#version: from Go 1.21 on, 1.N names the language and 1.N.P a release.
    """
    text = version.removeprefix("go")
    return f"go{text}" if _FULL.fullmatch(text) else None


def _directives(text: str) -> Iterator[list[str]]:
    block = ""
    for line in text.splitlines():
        words = [_unquote(word) for word in _WORD.findall(line) if not word.startswith("//")]
        if not words:
            continue
        if block:
            if words == [")"]:
                block = ""
            else:
                yield [block, *words]
        elif words[-1] == "(":
            block = words[0]
        else:
            yield words


def _unquote(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] in '"`' else word


def parents(path: str) -> Iterator[str]:
    """A folder and every folder above it, innermost first. The path is absolute, of any system."""
    rules = ntpath if _windows(path) else posixpath
    while True:
        yield path
        above = rules.dirname(path)
        if above == path:
            return
        path = above


def below(folder: str, name: str) -> str:
    """A name with forward slashes below an absolute folder of any system, without `.` and `..`."""
    rules = ntpath if _windows(folder) else posixpath
    return str(rules.normpath(rules.join(folder, name)))


def is_below(path: str, folder: str) -> bool:
    """Whether an absolute path is a folder itself or something in it."""
    return folder in parents(path)


def _windows(path: str) -> bool:
    return path[1:2] == ":" or path.startswith("\\")
