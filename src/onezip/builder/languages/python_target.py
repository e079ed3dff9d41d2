"""What Lambda's Python is to an installer: version, platform, wheel tags and markers.  [pure]

The system of a runtime decides its C library, and the C library decides which wheels run (PEP 600: a
`manylinux_2_N` wheel needs glibc 2.N or newer). musl wheels never run on Lambda.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from onezip.errors import ProjectError
from onezip.model.function import Architecture, Function, Runtime

_FULL = {(3, 8): 20, (3, 9): 20, (3, 10): 15, (3, 11): 10, (3, 12): 7, (3, 13): 0, (3, 14): 0}
"""A patch release that Lambda's interpreter of this minor version has reached. AWS moves it on unannounced.

It is a lower bound on purpose: a marker such as `python_full_version < "3.13.1"` then brings a dependency
that is not needed, and never leaves out one that is.
"""

_UV_GLIBC: tuple[int, ...] = (17, 28, *range(31, 41))
"""Minor versions of glibc that uv has a platform for (`uv pip install --help`, `--python-platform`)."""

_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_OLDEST = {"x86_64": 5, "aarch64": 17}
"""The first glibc minor version of PEP 600 and its forerunners for a machine."""


@dataclass(frozen=True, slots=True)
class Target:
    """An interpreter on Lambda. machine is the kernel's word; glibc is (major, minor)."""

    python: tuple[int, int]
    machine: str
    glibc: tuple[int, int]

    @property
    def short(self) -> str:
        """The version as a runtime names it: `3.13`."""
        return f"{self.python[0]}.{self.python[1]}"

    @property
    def full(self) -> str:
        """The version for `--python-version` and `python_full_version`."""
        return f"{self.short}.{_FULL.get(self.python, 0)}"

    @property
    def abi(self) -> str:
        """The interpreter's own tag: `cp313`."""
        return f"cp{self.python[0]}{self.python[1]}"

    @property
    def uv_glibc(self) -> int:
        """The newest minor version of glibc that uv can be asked for and the runtime has."""
        newest: int = max(self.glibc[1], _UV_GLIBC[0])
        return max(known for known in _UV_GLIBC if known <= newest)

    @property
    def uv_platform(self) -> str:
        """The platform in uv's words: `x86_64-manylinux_2_34`."""
        return f"{self.machine}-manylinux_2_{self.uv_glibc}"

    def markers(self) -> dict[str, str]:
        """The environment for markers (PEP 508) on Lambda."""
        return {
            "implementation_name": "cpython",
            "implementation_version": self.full,
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": self.full,
            "python_version": self.short,
            "sys_platform": "linux",
            "extra": "",
        }

    def applies(self, marker: str, extras: Iterable[str] = (), groups: Iterable[str] = ()) -> bool:
        """Whether a marker holds on Lambda, for some extras (PEP 508) and groups (in lock files, PEP 751).

        What is no marker applies: uv will say what is wrong with it.
        """
        if not marker:
            return True
        from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

        named = frozenset(extras)
        every: dict[str, Any] = {**self.markers(), "extras": named, "dependency_groups": frozenset(groups)}
        try:
            parsed = Marker(marker)
            return any(parsed.evaluate({**every, "extra": extra}) for extra in ("", *named))
        except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
            return True

    def tags(self) -> frozenset[str]:
        """Every wheel tag that is sure to run here: `cp313-abi3-manylinux_2_17_x86_64` and its like."""
        return _tags(self, tuple(_manylinux(self.machine, self.glibc[1])))

    def uv_tags(self) -> frozenset[str]:
        """The tags among them that uv chooses from."""
        return _tags(self, tuple(_manylinux(self.machine, self.uv_glibc)))

    def unproven(self) -> frozenset[str]:
        """Tags of wheels built on somebody's Linux: they may run here, and may not."""
        return _tags(self, (f"linux_{self.machine}",))


def target(
    function: Function, runtime: Runtime | None = None, architecture: Architecture | None = None
) -> Target:
    """The function's interpreter, or what it would be on another runtime or architecture."""
    runtime = runtime or function.runtime
    if runtime.python is None:
        raise ProjectError(
            "project.value",
            f"{function.name}: {runtime.id} has no Python",
            hint='choose a Python runtime: runtime = "python3.13"',
            place=function.place,
        )
    return Target(runtime.python, (architecture or function.architecture).machine, runtime.glibc)


def _manylinux(machine: str, newest: int) -> list[str]:
    platforms = []
    for minor in range(newest, _OLDEST.get(machine, 17) - 1, -1):
        platforms.append(f"manylinux_2_{minor}_{machine}")
        if minor in _LEGACY:
            platforms.append(f"{_LEGACY[minor]}_{machine}")
    return platforms


@functools.cache
def _tags(interpreter: Target, platforms: tuple[str, ...]) -> frozenset[str]:
    from packaging.tags import compatible_tags, cpython_tags

    own = cpython_tags(interpreter.python, abis=[interpreter.abi], platforms=platforms)
    wide = compatible_tags(interpreter.python, interpreter=interpreter.abi, platforms=platforms)
    return frozenset(str(tag) for tags in (own, wide) for tag in tags)
