"""`go list -e -deps -json`: packages, the closure of one of them, and what Go found wrong with it.

The fields are those of `go help list`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

SOURCES = (
    "GoFiles", "CgoFiles", "IgnoredGoFiles", "IgnoredOtherFiles", "CFiles", "CXXFiles", "MFiles", "HFiles",
    "FFiles", "SFiles", "SwigFiles", "SwigCXXFiles", "SysoFiles", "EmbedFiles",
)  # fmt: skip
"""Lists of files of a package. Ignored ones count: a changed `//go:build` line brings them in."""

FIELDS = (
    "ImportPath", "Name", "Dir", "DepOnly", "Standard", "Match", "Module", "Imports", "ImportMap", "Error",
    "EmbedPatterns", *SOURCES,
)  # fmt: skip
"""Without `Deps`, which is long for each package: the closure follows `Imports`."""

Package = Mapping[str, Any]


class Listing:
    """The packages of one answer, dependencies first, and which of them were asked for by which pattern."""

    def __init__(self, packages: Sequence[Package]) -> None:
        self.packages = packages
        self._by_path = {package["ImportPath"]: package for package in packages}
        self._asked = [package for package in packages if not package.get("DepOnly")]
        self._by_pattern = {
            pattern: package for package in packages for pattern in package.get("Match") or ()
        }

    def asked(self, patterns: Collection[str]) -> Package | None:
        """The package that one of these patterns stands for; where only one was asked for, that one."""
        for pattern in patterns:
            if pattern in self._by_pattern:
                return self._by_pattern[pattern]
        return self._asked[0] if len(self._asked) == 1 else None

    def closure(self, main: Package) -> list[Package]:
        """All packages that main needs, dependencies first, and main itself as the last.

        The standard library's own dependencies are left out: they are the toolchain's.
        """
        reached: set[str] = set()
        waiting = [main]
        while waiting:
            package = waiting.pop()
            renamed = package.get("ImportMap") or {}
            for name in package.get("Imports") or ():
                path = renamed.get(name, name)
                if path not in reached and (found := self._by_path.get(path)) is not None:
                    reached.add(path)
                    if not found.get("Standard"):
                        waiting.append(found)
        return [*(package for package in self.packages if package["ImportPath"] in reached), main]


@functools.lru_cache(maxsize=8)
def listing(output: str) -> Listing:
    """What `go list` wrote: JSON objects one after the other. Raises ValueError where it is none.

    Functions that were asked about together share the answer, so it is read once.
    """
    decoder = json.JSONDecoder()
    found: list[Package] = []
    at = 0
    while at < len(output):
        if output[at].isspace():
            at += 1
            continue
        package, at = decoder.raw_decode(output, at)
        found.append(package)
    return Listing(found)


def errors(listed: Sequence[Package]) -> str:
    """What Go found wrong, in its words, as it prints them without -e."""
    lines = []
    for package in listed:
        if error := package.get("Error"):
            place = f"{error['Pos']}: " if error.get("Pos") else ""
            stack = error.get("ImportStack") or []
            chain = (
                "".join(f"\n\timports {name}" for name in stack[1:]) if "import cycle" in error["Err"] else ""
            )
            head = f"package {stack[0]}{chain}: " if chain else ""
            lines.append(f"{head}{place}{error['Err']}")
    return "\n".join(dict.fromkeys(lines))


def is_local(package: Package) -> bool:
    """Whether a package's files can change by themselves.

    A module of the cache has a version, its own or its replacement's, and a folder; a vendored one has a
    version and no folder (`go help modules`, type Module).
    """
    module = package.get("Module") or {}
    version = (module.get("Replace") or module).get("Version")
    return not package.get("Standard") and not (version and module.get("Dir"))
