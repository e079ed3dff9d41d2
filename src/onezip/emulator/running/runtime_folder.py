"""/var/runtime of a Python function: awslambdaric and boto3, installed once for an interpreter and kept.

The real folder has both, after the function's own code on the path; their versions there are AWS's, and
change without notice.
"""

from __future__ import annotations

import os
import re
import shutil
import sysconfig
from dataclasses import dataclass
from hashlib import sha256
from tempfile import mkdtemp

from onezip.emulator.running import runtime_client
from onezip.emulator.running.artifact import VERSION, private
from onezip.emulator.running.holding import hold, making
from onezip.emulator.running.interpreter import Interpreter, find_uv
from onezip.emulator.running.unpacking import settle
from onezip.errors import CacheError
from onezip.model.build import Command
from onezip.process import run

ENTRY = "bootstrap.py"
"""The file that the interpreter runs; the real folder's has the same name."""

PACKAGES = ("awslambdaric", "boto3")


@dataclass(frozen=True, slots=True)
class RuntimeFolder:
    """folder is absolute. client is what speaks with the Runtime API: `awslambdaric 4.2.2`, or our own.

    why tells why it is our own, empty where it is awslambdaric.
    """

    folder: str
    client: str
    why: str = ""


def runtime_folder(interpreter: Interpreter, cache: str) -> RuntimeFolder:
    """The folder for an interpreter; it is made where it is not there yet. Raises CacheError.

    From then on it is in use as long as this process lives.
    """
    above = os.path.join(cache, VERSION, "runtimes")
    private(above)
    with open(runtime_client.__file__, "rb") as file:
        entry = file.read()
    digest = sha256(entry).hexdigest()[:12]
    name = f"python{interpreter.told}-{sysconfig.get_platform()}-{digest}"
    folder = os.path.join(above, name)
    with making(folder):
        why = ""
        if not os.path.isdir(folder):
            made = _fresh(above, entry)
            why = _install(interpreter, made)
            if why:  # a folder of its own, so that the next start tries again
                folder += "-own"
            settle(made, folder)
    hold(folder)
    return RuntimeFolder(folder, _client(folder), why)


def _fresh(above: str, entry: bytes) -> str:
    try:
        made = mkdtemp(prefix="python.", suffix=".tmp", dir=above)
        with open(os.path.join(made, ENTRY), "wb") as file:
            file.write(entry)
    except OSError as error:
        raise CacheError(
            "cache.unusable",
            f"{above} cannot be written: {error.strerror or error}",
            hint="set ONEZIP_HOME to a folder that you can write",
        ) from error
    return made


def _install(interpreter: Interpreter, made: str) -> str:
    """Install the packages beside the entry; why it could not be done, empty where it was."""
    uv = find_uv()
    if uv is None:
        return "uv is not here, which installs it"
    staged = f"{made}/packages"
    command = Command(
        (
            *(uv, "pip", "install", "--quiet", "--python", interpreter.path, "--target", staged),
            *("--only-binary", ":all:", "--compile-bytecode", *PACKAGES),
        ),
        cwd=made,
        env={"UV_PYTHON_DOWNLOADS": "never"},
        title="uv pip install awslambdaric",
    )
    finished = run(command)
    if finished.code != 0:
        shutil.rmtree(staged, ignore_errors=True)
        words = re.sub(r"\s+", " ", finished.stderr).strip()
        return f"awslambdaric cannot be installed for this Python: {words[:300]}"
    for name in os.listdir(staged):
        if name != "bin":
            os.rename(os.path.join(staged, name), os.path.join(made, name))
    shutil.rmtree(staged)
    return ""


def _client(folder: str) -> str:
    for name in os.listdir(folder):
        if match := re.fullmatch(r"awslambdaric-(.+)\.dist-info", name):
            return f"awslambdaric {match[1]}"
    return "onezip's own Runtime API client"
