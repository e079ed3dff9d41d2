"""Find a tool, run it, pass on its words. The only place that starts a process for a build.

A tool gets an allow-listed environment and nothing else: a stray `GOFLAGS`, an AWS credential or a token
of the caller's shell neither changes the bytes nor leaks into a build.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from onezip.errors import ToolMissing

if TYPE_CHECKING:
    import subprocess

    from onezip.model.build import Command

ALLOWED = frozenset({
    # the system's own
    "PATH", "HOME", "TMPDIR", "TMP", "TEMP", "USER", "LOGNAME", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR",
    "COMSPEC", "PATHEXT", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA",
    "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
    "XDG_DATA_HOME", "XDG_STATE_HOME",
    # proxies and certificates
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
    # where sources come from, and the rights to read them
    "SSH_AUTH_SOCK", "NETRC",
    "GOPROXY", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOSUMDB", "GOAUTH", "GOVCS", "GOINSECURE",
    "GOPATH", "GOMODCACHE", "GOCACHE",
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT", "PIP_CONFIG_FILE",
    "UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS",
    "UV_INDEX_STRATEGY", "UV_KEYRING_PROVIDER", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_CACHE_DIR",
    "UV_HTTP_TIMEOUT", "UV_INSECURE_HOST", "UV_OFFLINE",
})  # fmt: skip
"""Variables that a build command may see. Upper case; names are compared without case on Windows."""

ALLOWED_PREFIXES = ("GIT_", "UV_INDEX_")
"""Families of variables that a build command may see (uv's named indexes carry their credentials so)."""


FOR_UV = (("PIP_INDEX_URL", "UV_DEFAULT_INDEX"), ("PIP_EXTRA_INDEX_URL", "UV_EXTRA_INDEX_URL"))
"""pip's variables, and uv's for the same."""


class Finished(NamedTuple):
    """What a command left: its exit code (negative for a signal) and its words, decoded as UTF-8."""

    code: int
    stdout: str
    stderr: str


def environment() -> Mapping[str, str]:
    """The variables of this process."""
    return os.environ


def allowed_environment(
    environ: Mapping[str, str], extra: Mapping[str, str], pass_env: Iterable[str] = ()
) -> dict[str, str]:
    """The environment of a build command: the allow-list of environ, what pass_env names, then extra."""
    named = set(pass_env)
    kept = {
        name: value
        for name, value in environ.items()
        if name in named or name.upper() in ALLOWED or name.upper().startswith(ALLOWED_PREFIXES)
    }
    for theirs, ours in FOR_UV:  # uv reads no index of pip's; without this it would ask the public one
        if theirs in kept and not {ours, "UV_INDEX_URL"} & kept.keys():
            kept[ours] = kept[theirs]
    kept.update(extra)
    return kept


def find_tool(name: str, path: str | None = None) -> str | None:
    """The absolute path of a program on PATH, or None. The working folder is never searched."""
    search = os.environ.get("PATH", os.defpath) if path is None else path
    endings = os.environ.get("PATHEXT", ".EXE").split(os.pathsep) if sys.platform == "win32" else [""]
    for folder in search.split(os.pathsep):
        if not os.path.isabs(folder):
            continue
        for ending in endings:
            candidate = os.path.join(folder, name + ending)
            if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
                return candidate
    return None


def run(command: Command, *, on_line: Callable[[str], None] | None = None) -> Finished:
    """Run a command to its end. on_line gets each line of its standard error as it comes.

    Raises ToolMissing where the program cannot be started. Never raises for an exit code.
    """
    import subprocess
    import threading

    env = allowed_environment(os.environ, command.env, command.pass_env)
    try:
        process = subprocess.Popen(
            list(command.argv),
            cwd=command.cwd,
            env=env,
            stdin=subprocess.PIPE if command.input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise ToolMissing(
            "tool.missing", f"{command.argv[0]} cannot be started: {error.strerror or error}"
        ) from error
    errors: list[bytes] = []
    reader = threading.Thread(target=_drain, args=(process, errors, on_line), daemon=True)
    try:
        reader.start()
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # a program may end before it read everything
                process.stdin.write(command.input.encode("utf-8"))
                process.stdin.close()
        assert process.stdout is not None  # noqa: S101 - Popen was given a pipe
        output = process.stdout.read()
        code = process.wait()
        reader.join()
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
    return Finished(code, _decode([output]), _decode(errors))


def _drain(
    process: subprocess.Popen[bytes], into: list[bytes], on_line: Callable[[str], None] | None
) -> None:
    assert process.stderr is not None  # noqa: S101 - Popen was given a pipe
    for line in process.stderr:
        into.append(line)
        if on_line is not None:
            on_line(line.decode("utf-8", "replace").rstrip("\r\n"))


def _decode(chunks: Sequence[bytes]) -> str:
    return b"".join(chunks).decode("utf-8", "replace").replace("\r\n", "\n")
