"""What was found out about this machine, kept for the next start: trying anew takes tens of milliseconds."""

from __future__ import annotations

import contextlib
import json
import os

from onezip.emulator.running.sandbox import Isolation, Tools
from onezip.folders import make_private

VERSION = 1

_READ = (
    "/proc/sys/kernel/random/boot_id",
    "/proc/sys/kernel/osrelease",
    "/proc/sys/kernel/unprivileged_userns_clone",
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    "/proc/sys/user/max_user_namespaces",
    "/proc/self/attr/current",
)
"""Files whose content decides whether a user may make namespaces: kernel, its settings, our profile."""

_LINES = (b"Uid:", b"Gid:", b"CapEff:", b"CapBnd:", b"NoNewPrivs:", b"Seccomp:")
"""Lines of /proc/self/status that do (proc(5))."""

_NAMESPACES = ("user", "mnt", "pid")


def recall(file: str, tools: Tools) -> tuple[Isolation, str] | None:
    """The way that worked here, and why no better one did; None where nothing is known of this machine."""
    try:
        with open(file, encoding="utf-8") as opened:
            found = json.load(opened)
        if found["version"] != VERSION or found["facts"] != facts(tools):
            return None
        way = Isolation(found["isolation"])
        return None if way is Isolation.PLAIN else (way, str(found["why"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def remember(file: str, tools: Tools, isolation: Isolation, why: str) -> None:
    """Keep what was found out. A note that cannot be written costs a try at the next start."""
    if isolation is Isolation.PLAIN:
        return  # what failed may have failed because the machine was busy
    note = {"version": VERSION, "isolation": isolation, "why": why, "facts": facts(tools)}
    beside = f"{file}.{os.getpid()}.tmp"
    with contextlib.suppress(OSError):
        make_private(os.path.dirname(file))
        with open(beside, "w", encoding="utf-8") as opened:
            json.dump(note, opened)
        os.replace(beside, file)


def forget(file: str) -> None:
    """It does not hold any more."""
    with contextlib.suppress(OSError):
        os.unlink(file)


def facts(tools: Tools) -> list[list[object]]:
    """Everything that the outcome of a try depends on, as JSON values."""
    programs = (tools.bwrap, tools.unshare, tools.nsenter, tools.prlimit, tools.setpriv, tools.shell)
    return [
        [_content(path) for path in _READ],
        [line.decode() for line in _bytes("/proc/self/status").splitlines() if line.startswith(_LINES)],
        [_link(f"/proc/self/ns/{name}") for name in _NAMESPACES],
        *(_identity(path) for path in programs),
        [*map(list, tools.system), tools.names],
    ]


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as opened:
            return opened.read(1 << 16)
    except OSError:
        return b""


def _content(path: str) -> str:
    return _bytes(path).decode("utf-8", "replace")


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


def _identity(path: str) -> list[object]:
    try:
        status = os.stat(path)
    except OSError:
        return [path]
    return [path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]
