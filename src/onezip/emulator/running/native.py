"""What is built for this machine, where the shipped zip cannot run on it.                        [pure]

This machine is told by its facts: platform is `sys.platform`, machine the kernel's word (`foreign.machine`).
"""

from __future__ import annotations

from dataclasses import replace

from onezip.model.function import Architecture, Function, Language

LINUX = "linux"

SYSTEMS = {"linux": LINUX, "darwin": "darwin", "win32": "windows"}
"""Go's words (GOOS) for the systems that onezip runs on, by Python's."""

PROGRAMS = {"darwin": b"\xcf\xfa\xed\xfe", "windows": b"MZ"}
"""How programs start, by Go's word for their system: Mach-O for 64 bits (mach-o/loader.h), and PE."""


def architecture(machine: str) -> Architecture | None:
    """Lambda's word for this machine, None where Lambda has no such machines."""
    return next((one for one in Architecture if one.machine == machine), None)


def go_function(function: Function, platform: str, machine: str) -> Function | None:
    """A Go function for this machine; None where none can be made.

    C is compiled for Lambda alone: a function with cgo is only made for the other architecture of Linux.
    """
    here, system = architecture(machine), SYSTEMS.get(platform)
    if function.language is not Language.GO or here is None or system is None:
        return None
    if function.go.cgo and system != LINUX:
        return None
    return replace(function, architecture=here, go=replace(function.go, system=system))
