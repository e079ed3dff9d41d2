"""What is started for a function: its bootstrap, or a Python with Lambda's runtime folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onezip.emulator.running import foreign
from onezip.emulator.running.artifact import Artifact
from onezip.emulator.running.bootstrap import seek
from onezip.emulator.running.native import LINUX
from onezip.emulator.running.sandbox import OPT, SYSTEM, TASK, Isolation, Places, places
from onezip.errors import ToolMissing
from onezip.model.function import Function

if TYPE_CHECKING:
    from onezip.emulator.running.interpreter import Interpreter
    from onezip.emulator.running.runtime_folder import RuntimeFolder

WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
"""Names a program that gets the command of a managed runtime; OS-only runtimes do not heed it
("Modifying the runtime environment", Developer Guide; awslabs/aws-lambda-web-adapter#201)."""


@dataclass(frozen=True, slots=True)
class Program:
    """What is started: the command and its folders as the function sees them.

    runtime is the host's folder for /var/runtime, visible what else of the host it needs to see. label tells
    what runs the code, for the banner; notes tell where that is not as on Lambda.
    """

    argv: tuple[str, ...]
    places: Places
    runtime: str = ""
    visible: tuple[str, ...] = ()
    label: str = ""
    notes: tuple[str, ...] = ()


def program_for(
    function: Function,
    artifact: Artifact,
    isolation: Isolation,
    cache: str,
    *,
    opt: str = "",
    extra: Mapping[str, str] | None = None,
) -> Program:
    """The program of a function. opt is a folder of the host with its layers' content, empty for none.

    extra are variables that the user gave for this run. For Python it looks for an interpreter and fills a
    folder of the cache, which takes a second or more the first time: run it in a thread.

    Raises bootstrap.Refused with Lambda's words; ToolMissing and CacheError where it is this machine's fault.
    """
    if function.runtime.python is None:
        return _bootstrap(function, artifact, places(isolation, artifact.folder, "", opt), opt)
    from onezip.emulator.running.interpreter import python_for
    from onezip.emulator.running.runtime_folder import ENTRY, runtime_folder

    interpreter = python_for(function.runtime.python[1])
    runtime = runtime_folder(interpreter, cache)
    there = places(isolation, artifact.folder, runtime.folder, opt)
    return Program(
        (
            *_wrapped({**function.environment, **(extra or {})}.get(WRAPPER, ""), there),
            *(interpreter.path, "-S", "-B", os.path.join(there.runtime, ENTRY), there.opt),
        ),
        there,
        runtime.folder,
        () if _of_the_system(interpreter.prefix) else (interpreter.prefix,),
        f"Python {interpreter.told} · {runtime.client}",
        tuple(_notes(function, interpreter, runtime)),
    )


def _bootstrap(function: Function, artifact: Artifact, there: Places, opt: str) -> Program:
    system = function.go.system
    found = seek(artifact.folder, artifact.manifest, opt, function.architecture, there, system)
    words = foreign.runner(found.architecture) if system == LINUX else ()
    if found.interpreter and not os.path.exists(found.interpreter):
        raise ToolMissing(
            "run.loader",
            f"{function.name}: the bootstrap needs {found.interpreter}, which is not on this machine",
            hint="build it statically (Go: CGO_ENABLED=0), or install what it needs",
        )
    if not words:
        return Program((found.path,), there, label=function.runtime.id)
    name = os.path.basename(words[0])
    return Program(
        (*words, found.path),
        there,
        label=f"{function.runtime.id} · {name}",
        notes=(f"{function.name} runs under {name}: its times tell nothing",),
    )


def _wrapped(wrapper: str, there: Places) -> tuple[str, ...]:
    """The words before the interpreter's; a wrapper is named by its place on Lambda.

    The real bootstrap is a shell script: a wrapper that is missing ends it with 127, one that may not be
    executed with 126.
    """
    if not wrapper or sys.platform == "win32":
        return ()
    for known, here in ((TASK, there.task), (OPT, there.opt)):
        if wrapper.startswith(f"{known}/") and here:
            wrapper = here + wrapper.removeprefix(known)
    return ("/bin/sh", "-c", 'exec "$@"', "bootstrap", wrapper)


def _notes(function: Function, interpreter: Interpreter, runtime: RuntimeFolder) -> list[str]:
    assert function.runtime.python is not None  # noqa: S101 - it has an interpreter
    name, minor = function.name, function.runtime.python[1]
    notes = []
    if interpreter.version[1] != minor:
        notes.append(
            f"{name} is for Python 3.{minor}, and runs on {interpreter.told} ({interpreter.path}): native "
            f"modules of the zip do not load. Get the right one: uv python install 3.{minor}"
        )
    if runtime.why:
        notes.append(f"{name} speaks through {runtime.client}: {runtime.why}")
    if function.architecture.machine != foreign.machine() or sys.platform != "linux":
        notes.append(
            f"{name} is for {function.architecture}, and runs on {foreign.system()} {foreign.machine()}: "
            "native modules of the zip do not load"
        )
    return notes


def _of_the_system(prefix: str) -> bool:
    """Whether a folder is one that every function sees."""
    return prefix.lstrip("/").partition("/")[0] in SYSTEM
