"""The executable of an OS-only runtime, sought and judged as Lambda does, before anything starts.

Lambda's words are those of Go's os/exec for the errors of execve(2); `RequestId: <id> Error: ` comes before
them. Sources: aws/aws-lambda-dotnet#1671, awslabs/aws-lambda-dart-runtime#20,
awslabs/swift-aws-lambda-runtime#541, softprops/serverless-rust#98, lambci/docker-lambda#152.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from onezip.archive.elfinfo import MAGIC, Elf, read_elf
from onezip.archive.manifest import Manifest
from onezip.archive.rules.system import LOADERS
from onezip.emulator.running.native import LINUX, PROGRAMS
from onezip.emulator.running.sandbox import OPT, TASK, Places
from onezip.model.function import Architecture

NAME = "bootstrap"

_HEAD = 1 << 16
"""Bytes in which an ELF file's headers stand, and a script's first line."""


class Refused(Exception):
    """Lambda would not start it (`Runtime.InvalidEntrypoint`); the message is Lambda's."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Where it is, as the function sees it, and the file on this machine.

    interpreter is the loader of a program or the interpreter of a script, empty for a static program.
    architecture is a program's, None for a script.
    """

    path: str
    file: str
    interpreter: str = ""
    architecture: Architecture | None = None


def seek(
    folder: str, manifest: Manifest, opt: str, wanted: Architecture, places: Places, system: str = LINUX
) -> Bootstrap:
    """The bootstrap of the code in folder, else of the layers in opt. Raises Refused.

    system is another one than Lambda's for a program that was built for this machine alone.
    """
    for there, seen, known in ((folder, places.task, TASK), (opt, places.opt, OPT)):
        file = os.path.join(there, NAME)
        if there and os.path.isfile(file):
            told = f"{known}/{NAME}"
            if system != LINUX:
                return _own(file, os.path.join(seen, NAME), told, wanted, system)
            return _judged(file, os.path.join(seen, NAME), told, wanted, there, manifest)
    raise Refused(f"Couldn't find valid bootstrap(s): [{TASK}/{NAME} {OPT}/{NAME}]")


def _own(file: str, path: str, told: str, wanted: Architecture, system: str) -> Bootstrap:
    """A program for this machine's own system."""
    with open(file, "rb") as opened:
        if not opened.read(_HEAD).startswith(PROGRAMS[system]):
            raise Refused(f"fork/exec {told}: exec format error")
    return Bootstrap(path, file, "", wanted)


def _judged(
    file: str, path: str, told: str, wanted: Architecture, folder: str, manifest: Manifest
) -> Bootstrap:
    if not _executable(file, told, manifest):
        raise Refused(f"fork/exec {told}: permission denied")
    with open(file, "rb") as opened:
        head = opened.read(_HEAD)
    if head.startswith(MAGIC):
        elf = read_elf(head)
        if elf is None or not elf.executable or elf.architecture is not wanted:
            raise Refused(f"fork/exec {told}: exec format error")
        if not _loadable(elf, wanted, folder):
            raise Refused(f"fork/exec {told}: no such file or directory")
        return Bootstrap(path, file, elf.interpreter or "", wanted)
    if not head.startswith(b"#!"):
        raise Refused(f"fork/exec {told}: exec format error")
    words = head[2:].partition(b"\n")[0].strip(b" \t").split(None, 1)
    interpreter = words[0].decode("utf-8", "replace") if words else ""
    if head.partition(b"\n")[0].endswith(b"\r"):  # execve(2) looks for a file whose name ends in CR
        raise Refused(f"fork/exec {told}: no such file or directory")
    if not interpreter:
        raise Refused(f"fork/exec {told}: exec format error")
    return Bootstrap(path, file, interpreter)


def _executable(file: str, told: str, manifest: Manifest) -> bool:
    """Lambda's user owns no file of the function, so that the mode for others counts."""
    if told.startswith(OPT):
        return os.access(file, os.X_OK)
    entry = next((each for each in manifest.entries if each.name == NAME), None)
    return entry is not None and bool(entry.external >> 16 & 0o001)


def _loadable(elf: Elf, wanted: Architecture, folder: str) -> bool:
    """Whether the loader is one that Lambda has, or one that the function brings."""
    loader = elf.interpreter
    if loader is None or loader in LOADERS[wanted]:
        return True
    return loader.startswith(f"{TASK}/") and os.path.isfile(
        os.path.join(folder, loader.removeprefix(f"{TASK}/"))
    )
