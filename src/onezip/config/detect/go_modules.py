"""go.mod and go.work files of a listing: which folder belongs to which module.  [pure]

The grammar is at https://go.dev/ref/mod#go-mod-file and https://go.dev/ref/mod#go-work-file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from onezip.config.detect.walk import Listing, Read, join, upwards

_WORD = re.compile(r'//.*|"(?:[^"\\]|\\.)*"|`[^`]*`|[()]|[^\s()"`]+')


@dataclass(frozen=True, slots=True)
class Modules:
    """paths are import paths by folder; members are the folders that each go.work (by its folder) uses."""

    paths: Mapping[str, str]
    members: Mapping[str, frozenset[str]]

    def home(self, folder: str) -> str | None:
        """The folder of the module that a folder belongs to."""
        return next((each for each in upwards(folder) if each in self.paths), None)

    def in_workspace(self, module: str) -> bool:
        """Whether Go would build a module's packages: no go.work above it leaves it out."""
        work = next((each for each in upwards(module) if each in self.members), None)
        return work is None or module in self.members[work]

    def folder(self, path: str) -> str | None:
        """The folder of an import path that one of these modules holds."""
        fitting = [(own, at) for at, own in self.paths.items() if path == own or path.startswith(f"{own}/")]
        if not fitting:
            return None
        own, at = max(fitting, key=lambda pair: len(pair[0]))
        return join(at, path.removeprefix(own).lstrip("/") or ".")


def modules(listing: Listing, read: Read) -> Modules:
    """The modules and workspaces of a listing."""
    paths: dict[str, str] = {}
    members: dict[str, frozenset[str]] = {}
    for folder, names in listing.items():
        if "go.mod" in names:
            words = list(_directives(read(join(folder, "go.mod")) or "", "module"))
            paths[folder] = words[0] if words else ""
        if "go.work" in names:
            used = _directives(read(join(folder, "go.work")) or "", "use")
            members[folder] = frozenset(join(folder, each.replace("\\", "/")) for each in used)
    return Modules(paths, members)


def short(path: str) -> tuple[str, ...]:
    """The elements of a module's path without its major version: (`github.com`, `a`, `b`) for `…/b/v2`."""
    parts = [part for part in re.sub(r"\.v\d+$", "", path).split("/") if part]
    if len(parts) > 1 and re.fullmatch(r"v\d+", parts[-1]):
        parts.pop()
    return tuple(parts)


def _directives(text: str, name: str) -> Iterator[str]:
    """The first word of every directive of this name, single or in a block."""
    block = ""
    for line in text.splitlines():
        words = [word.strip('"`') for word in _WORD.findall(line) if not word.startswith("//")]
        if block and words[:1] == [")"]:
            block = ""
        elif block:
            if block == name and words:
                yield words[0]
        elif words[1:] == ["("]:
            block = words[0]
        elif words[:1] == [name] and len(words) > 1:
            yield words[1]
