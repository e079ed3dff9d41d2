"""Whether a wheel's tag fits a runtime, and if not, why (PEP 425, 600, 656, 703).  [pure]"""

from __future__ import annotations

import re

from onezip.model.function import Architecture, Runtime

_LEGACY = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
_MANYLINUX = re.compile(r"(manylinux(?:_(\d{1,3})_(\d{1,3})|1|2010|2014))_(\w+)")
_HOSTS = (
    ("win", "Windows"), ("macosx", "macOS"), ("ios", "iOS"), ("android", "Android"),
    ("emscripten", "Emscripten"), ("pyodide", "Pyodide"), ("wasi", "WASI"),
)  # fmt: skip


def unfit(tag: str, runtime: Runtime, architecture: Architecture | None) -> str | None:
    """Why a tag such as `cp313-cp313-manylinux_2_28_x86_64` does not fit, or None where it does.

    A tag may stand for several (`py2.py3-none-any`): one that fits is enough.
    """
    pythons, abis, platforms = tag.split("-")
    reasons: list[str | None] = [
        _python(python, abi, runtime.python or (3, 0))
        for python in pythons.split(".")
        for abi in abis.split(".")
    ]
    if None in reasons:
        reasons = [_platform(platform, runtime, architecture) for platform in platforms.split(".")]
    return None if None in reasons else reasons[0]


def _python(python: str, abi: str, wanted: tuple[int, int]) -> str | None:
    match = re.fullmatch(r"(py|cp)(\d)(\d{0,3})", python)
    if match is None:
        return f"it is for {python}, not for CPython"
    major, minor = int(match[2]), int(match[3] or 0)
    if major != wanted[0]:
        return f"it is for Python {major}"
    if abi == "none" or (abi == "abi3" and match[1] == "cp"):
        return f"it needs Python {major}.{minor}" if minor > wanted[1] else None
    if abi.endswith("t"):
        return "it is for a Python without the global interpreter lock"
    if abi.rstrip("mu") == f"cp{wanted[0]}{wanted[1]}":
        return None
    return f"it is for {abi}; the runtime has Python {wanted[0]}.{wanted[1]}"


def _platform(platform: str, runtime: Runtime, architecture: Architecture | None) -> str | None:
    if platform == "any":
        return None
    for start, host in _HOSTS:
        if platform.startswith(start):
            return f"it is for {host}"
    if platform.startswith("musllinux"):
        return "it is for musl; Lambda has glibc"
    if platform.startswith("linux_"):
        return "it is for somebody's Linux, and may not run on Lambda's"
    match = _MANYLINUX.fullmatch(platform)
    if match is None:
        return f"it is for {platform}"
    glibc = (int(match[2]), int(match[3])) if match[2] else _LEGACY[match[1]]
    if glibc > runtime.glibc:
        has = ".".join(map(str, runtime.glibc))
        return f"it needs glibc {glibc[0]}.{glibc[1]}; {runtime.id} has {has}"
    if architecture is not None and match[4] != architecture.machine:
        return f"it is for {match[4]}; the function is for {architecture}"
    return None
