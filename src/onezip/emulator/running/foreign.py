"""Which architectures' programs this machine executes, and by what means."""

from __future__ import annotations

import os
import sys

from onezip.errors import ToolMissing
from onezip.model.function import Architecture
from onezip.process import find_tool

_NAMES = {"amd64": "x86_64", "arm64": "aarch64"}


def machine() -> str:
    """This machine's architecture in the kernel's words (`x86_64`, `aarch64`)."""
    if sys.platform == "win32":
        from platform import machine as name_of

        name = name_of().lower()
    else:  # platform.machine() says the same, and its module takes milliseconds to import
        name = os.uname().machine.lower()
    return _NAMES.get(name, name)


def system() -> str:
    """This machine's system in words: `Linux`, `Darwin`, `Windows`."""
    import platform

    return platform.system() or sys.platform


def runner(architecture: Architecture | None) -> tuple[str, ...]:
    """The words before a Linux program of this architecture, or before a script (None); mostly none.

    A registered interpreter (binfmt_misc with the flag F, Linux's admin-guide) needs no words either. Raises
    ToolMissing with the reason where such programs cannot run here.
    """
    if architecture is None and sys.platform != "win32":
        return ()
    if sys.platform != "linux":
        raise ToolMissing(
            "run.architecture",
            f"a bootstrap for Linux does not run on {system()}",
            hint="use a Linux machine, or a build for this one",
        )
    assert architecture is not None  # noqa: S101 - a script was dealt with
    if architecture.machine == machine() or _registered(architecture.machine):
        return ()
    for name in (f"qemu-{architecture.machine}-static", f"qemu-{architecture.machine}"):
        found = find_tool(name)
        if found:
            return (found,)
    raise ToolMissing(
        "run.architecture",
        f"a program for {architecture} does not run on this {machine()} machine",
        hint="install qemu-user-static (apt install qemu-user-static), or use a build for this machine",
    )


def _registered(name: str) -> bool:
    try:
        with open(f"/proc/sys/fs/binfmt_misc/qemu-{name}", encoding="ascii") as file:
            words = file.read()
    except OSError:
        return False
    return words.startswith("enabled") and any(
        line.startswith("flags:") and "F" in line for line in words.splitlines()
    )
