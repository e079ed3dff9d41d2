"""The C compiler of Go programs with cgo: Zig, from the PyPI package ziglang beside this Python."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable

from onezip.builder.languages.base import Tool
from onezip.builder.languages.go_cgo import ZIG
from onezip.errors import ToolMissing
from onezip.folders import folders
from onezip.model.function import Function
from onezip.process import environment


def zig(function: Function) -> Tool:
    """The C compiler for a function. Raises ToolMissing where ziglang is not installed.

    What Zig builds for itself once for each target (C library stubs, compiler-rt, libc++) goes to onezip's
    cache: its default place is shared with whatever else the user compiles.
    """
    path = packaged_zig(sys.path)
    if path is None:
        raise ToolMissing(
            "go.no-c",
            f"{function.name}: cgo needs a C compiler for Lambda, and ziglang is not installed",
            hint="install it from PyPI: pip install 'onezip[cgo]' (uvx --from 'onezip[cgo]' onezip)",
            place=function.place,
        )
    version = _version(path)
    cache = os.path.join(folders(environment()).cache, "zig")
    variables = {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}
    return Tool("zig", path, version, variables, exact=version == ZIG)


def packaged_zig(search: Iterable[str]) -> str | None:
    """The compiler of ziglang in one of these site-packages folders. Other folders are not looked into."""
    name = "zig.exe" if sys.platform == "win32" else "zig"
    for folder in search:
        path = os.path.join(folder, "ziglang", name)
        if os.path.basename(folder) in {"site-packages", "dist-packages"} and os.path.isfile(path):
            return os.path.abspath(path)
    return None


def _version(path: str) -> str:
    """The release of a packaged Zig, by the name of the metadata beside it; `?` where there is none."""
    site = os.path.dirname(os.path.dirname(path))
    found = (re.fullmatch(r"ziglang-(.+)\.dist-info", name) for name in sorted(os.listdir(site)))
    return next((match[1] for match in found if match), "?")
