"""C in Go programs: the compiler's variables, and packages that leave their C out without a word.

The C compiler is Zig's (https://ziglang.org): one download that builds for every system, machine and C
library version, with the headers and stubs of the GNU C library from 2.17 on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from onezip.builder.languages.base import Read
from onezip.builder.languages.go_list import Package
from onezip.builder.languages.go_mod import below
from onezip.config.detect.go_source import GoSource, Holds, fits, scan
from onezip.model.function import Function

ZIG = "0.17.0"
"""The release that the extra `cgo` installs: another one brings another clang, which makes other bytes."""


FIXED_C: Mapping[str, str] = {
    "CGO_ENABLED": "1",
    "CGO_CPPFLAGS": "-g0",
    "CGO_CFLAGS": "-O2 -g0",
    "CGO_CXXFLAGS": "-O2 -g0",
    "CGO_FFLAGS": "-O2 -g0",
    "CGO_LDFLAGS": "-O2 -s",
    "PKG_CONFIG": "onezip-uses-no-pkg-config",
}
"""The same where C is compiled too. An empty flag variable would mean `-O2 -g`, and debug data holds paths.

pkg-config would bring the headers and libraries of this machine, so there is none.
"""


def c_target(function: Function) -> str:
    """Zig's name for the function's machine and C library, the newest that its runtime has."""
    major, minor = function.runtime.glibc
    return f"{function.architecture.machine}-linux-gnu.{major}.{minor}"


def compilers(zig: str, target: str) -> dict[str, str]:
    """CC and CXX for Zig's absolute path and a target such as `x86_64-linux-gnu.2.34`."""
    quoted = f"'{zig}'" if " " in zig or '"' in zig else zig
    return {"CC": f"{quoted} cc -target {target}", "CXX": f"{quoted} c++ -target {target}"}


def left_out(listed: Sequence[Package], holds: Holds, read: Read) -> list[str]:
    """The packages that have files for this build with `import "C"` among those that Go ignored.

    Such a package compiles without C: to something slower at best, to functions that return an error at
    worst, as github.com/mattn/go-sqlite3 does. holds answers as a build with C would.
    """
    return [
        package["ImportPath"]
        for package in listed
        if package.get("Dir") and not package.get("Standard") and _leaves_out(package, holds, read)
    ]


def _leaves_out(package: Package, holds: Holds, read: Read) -> bool:
    for name in package.get("IgnoredGoFiles") or ():
        if not fits(name, GoSource(""), holds):
            continue  # for another system by its name: not worth reading
        source = scan(read(below(package["Dir"], name)) or "")
        if source is not None and "C" in source.imports and fits(name, source, holds):
            return True
    return False
