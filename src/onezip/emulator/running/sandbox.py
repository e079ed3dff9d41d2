"""What surrounds a function's process: one execution environment's files, limits and namespaces.  [pure]

An environment has a holder, a shell that is process 1 of its own namespaces. bubblewrap or `unshare` makes
them once: /var/task and /opt read-only, /tmp of the wanted size. Each start of the function enters them, so
that /tmp outlives a crash as it does on Lambda. The holder ends when its standard input does, and the kernel
then ends all that runs with it, whatever became of onezip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from shlex import quote
from typing import NamedTuple

from onezip.limits import MIB

TASK, RUNTIME, OPT, TMP = "/var/task", "/var/runtime", "/opt", "/tmp"  # noqa: S108 - Lambda's own folders

USER, GROUP = 993, 990
"""Ids of Lambda's `sbx_user1051` and its group, as functions were seen to run."""

RLIMITS = (("nofile", 1024), ("nproc", 742), ("memlock", 65_536))
"""Resource limits of an environment, soft and hard (names of prlimit(1)), as recorded from the service."""

SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "etc", "sys", "nix", "gnu")
"""Folders of the host's root that a function sees, read-only: programs, libraries and their settings."""

HOLD = "echo ready; while read -r _; do kill -9 -1 2>/dev/null; echo killed; done"
"""The holder. `kill -1` from process 1 reaches every other process of its namespace (kill(2))."""

HIDING = ("/var", "/tmp", "/mnt")  # noqa: S108 - folders of the host
"""Where `unshare`'s holder mounts something: folders of the host below them are put aside first."""


class Isolation(StrEnum):
    """How a function is kept apart, the best first."""

    BUBBLEWRAP = "bubblewrap"
    NAMESPACES = "namespaces"
    PLAIN = "plain"


class Places(NamedTuple):
    """Folders as the function sees them."""

    task: str
    runtime: str
    opt: str


@dataclass(frozen=True, slots=True)
class Launch:
    """One execution environment: what runs in it, and what that sees.

    argv and env are the function's own, with paths as it sees them (`places`). task, runtime and opt are
    folders of the host, empty where there is none; visible are further files and folders of the host that
    stay where they are, read-only (an interpreter). tmp_size is MB (2**20 bytes). memory is a limit in MB
    beyond which the function is killed, None for no limit.
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    task: str
    runtime: str = ""
    opt: str = ""
    visible: tuple[str, ...] = ()
    tmp_size: int = 512
    memory: int | None = None
    isolation: Isolation = Isolation.PLAIN


@dataclass(frozen=True, slots=True)
class Tools:
    """Programs of the host by absolute path, empty where missing.

    system are the names at the root that are SYSTEM's and there: (name, where it leads, for a link). names
    is the file that /etc/resolv.conf leads to where that is outside of them, as with systemd-resolved.
    """

    bwrap: str = ""
    unshare: str = ""
    nsenter: str = ""
    prlimit: str = ""
    setpriv: str = ""
    shell: str = "/bin/sh"
    system: tuple[tuple[str, str], ...] = ()
    names: str = ""


def places(isolation: Isolation, task: str, runtime: str = "", opt: str = "") -> Places:
    """Where the function finds its folders: Lambda's own paths, or the host's where nothing is mounted."""
    if isolation is Isolation.PLAIN:
        return Places(task, runtime, opt)
    return Places(TASK, RUNTIME, OPT)


def holder(launch: Launch, tools: Tools) -> list[str]:
    """The command that makes an environment's surroundings and keeps them while its input is open."""
    if launch.isolation is Isolation.BUBBLEWRAP:
        return _bubblewrap(launch, tools)
    return [
        *(tools.unshare, "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child"),
        *("--ipc", "--uts", "--mount-proc", tools.shell, "-c", _mounting(launch) + HOLD),
    ]


def entered(launch: Launch, tools: Tools, process: int) -> list[str]:
    """The function's command inside of the surroundings; process is the holder's number on the host.

    Entering forks, so that the function is not process 1, and ends as the function did, by signal too
    (nsenter(1)). It stops with the function, too, and so would not hear that onezip is gone: hence setpriv.
    The user is made last: with it goes every capability.
    """
    namespace = f"/proc/{process}/ns"
    return [
        *((tools.setpriv, "--pdeathsig", "KILL", "--") if tools.setpriv else ()),
        *(tools.nsenter, "--preserve-credentials", f"--user={namespace}/user", f"--mount={namespace}/mnt"),
        *(f"--pid={namespace}/pid", f"--ipc={namespace}/ipc", f"--uts={namespace}/uts", "--"),
        *(tools.unshare, "--user", f"--map-user={USER}", f"--map-group={GROUP}", f"--wd={TASK}", "--"),
        *limited(tools, RLIMITS),
        *launch.argv,
    ]


def limited(tools: Tools, limits: Sequence[tuple[str, int]]) -> list[str]:
    """The words before a command that set its resource limits; no core files, which Lambda drops too."""
    if not tools.prlimit:
        return []
    return [tools.prlimit, "--core=0", *(f"--{name}={most}:{most}" for name, most in limits), "--"]


def _mounts(launch: Launch) -> list[tuple[str, str]]:
    """Folders of the host and their places in the environment, all read-only."""
    own = ((launch.task, TASK), (launch.runtime, RUNTIME), (launch.opt, OPT))
    return [each for each in own if each[0]] + [(folder, folder) for folder in launch.visible]


def _mounting(launch: Launch) -> str:
    """What `unshare`'s holder does first, in as few mounts as it can be: each costs milliseconds."""
    lines = ["set -e"]
    mounts = _mounts(launch)
    hidden = [folder for folder, _ in mounts if folder.startswith(tuple(f"{each}/" for each in HIDING))]
    if hidden:
        lines.append("mount -t tmpfs -o mode=0755 tmpfs /mnt")
    for number, folder in enumerate(hidden):
        lines += [f"mkdir /mnt/{number}", f"mount --bind {quote(folder)} /mnt/{number}"]
    lines += [
        "mount -t tmpfs -o mode=0755 tmpfs /var",
        f"mount -t tmpfs -o mode=1777,nosuid,nodev,size={launch.tmp_size * MIB} tmpfs /tmp",
        f"mkdir -p {TASK} {RUNTIME} /var/tmp {' '.join(quote(place) for _, place in mounts)}",
    ]
    for folder, place in mounts:
        source = f"/mnt/{hidden.index(folder)}" if folder in hidden else quote(folder)
        lines.append(f"mount --bind -o ro,nosuid,nodev {source} {quote(place)}")
    if hidden:
        lines.append("umount -l /mnt")
    lines += [
        "mount -o remount,bind,ro,nosuid,nodev /var",
        "set +e",
        "mount -o remount,bind,ro / 2>/dev/null",
        "",
    ]
    return "\n".join(lines)


def _bubblewrap(launch: Launch, tools: Tools) -> list[str]:
    """The user is 0 in there: then bubblewrap makes one user namespace, which `entered` can join."""
    argv = [
        *(tools.bwrap, "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"),
        *("--as-pid-1", "--die-with-parent", "--uid", "0", "--gid", "0"),
    ]
    for name, leads in tools.system:
        argv += ["--symlink", leads, f"/{name}"] if leads else ["--ro-bind", f"/{name}", f"/{name}"]
    if tools.names:
        argv += ["--ro-bind", tools.names, tools.names]
    for folder in ("/var", "/var/tmp", RUNTIME, OPT):  # noqa: S108
        argv += ["--dir", folder]
    argv += ["--proc", "/proc", "--dev", "/dev"]
    argv += ["--size", str(launch.tmp_size * MIB), "--tmpfs", TMP, "--chmod", "1777", TMP]
    for folder, place in _mounts(launch):
        argv += ["--ro-bind", folder, place]
    return [*argv, "--remount-ro", "/", "--chdir", "/", tools.shell, "-c", HOLD]
