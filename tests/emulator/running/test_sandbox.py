"""The commands that make and enter an environment's surroundings, as tables."""

from __future__ import annotations

from dataclasses import replace

from onezip.emulator.running.sandbox import Isolation, Launch, Tools, entered, holder, limited, places

TOOLS = Tools(
    "/usr/bin/bwrap", "/usr/bin/unshare", "/usr/bin/nsenter", "/usr/bin/prlimit", "/usr/bin/setpriv",
    system=(("usr", ""), ("bin", "usr/bin")), names="/run/resolve/resolv.conf",
)  # fmt: skip
LAUNCH = Launch(
    ("/var/task/bootstrap",),
    {"A": "b"},
    "/cache/code",
    runtime="/var/cache/runtime",
    opt="/home/me/my layer",
    visible=("/home/me/python",),
    tmp_size=512,
    isolation=Isolation.BUBBLEWRAP,
)


def test_bubblewrap() -> None:
    assert " ".join(holder(LAUNCH, TOOLS)) == (
        "/usr/bin/bwrap --unshare-user --unshare-pid --unshare-ipc --unshare-uts --as-pid-1 "
        "--die-with-parent --uid 0 --gid 0 "
        "--ro-bind /usr /usr --symlink usr/bin /bin "
        "--ro-bind /run/resolve/resolv.conf /run/resolve/resolv.conf "
        "--dir /var --dir /var/tmp --dir /var/runtime --dir /opt --proc /proc --dev /dev "
        "--size 536870912 --tmpfs /tmp --chmod 1777 /tmp "
        "--ro-bind /cache/code /var/task --ro-bind /var/cache/runtime /var/runtime "
        "--ro-bind /home/me/my layer /opt --ro-bind /home/me/python /home/me/python "
        "--remount-ro / --chdir / /bin/sh -c "
        "echo ready; while read -r _; do kill -9 -1 2>/dev/null; echo killed; done"
    )


def test_namespaces() -> None:
    argv = holder(replace(LAUNCH, isolation=Isolation.NAMESPACES), TOOLS)
    assert argv[:-1] == [
        "/usr/bin/unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child",
        "--ipc", "--uts", "--mount-proc", "/bin/sh", "-c",
    ]  # fmt: skip
    assert argv[-1].splitlines() == [
        "set -e",
        "mount -t tmpfs -o mode=0755 tmpfs /mnt",
        "mkdir /mnt/0",
        "mount --bind /var/cache/runtime /mnt/0",
        "mount -t tmpfs -o mode=0755 tmpfs /var",
        "mount -t tmpfs -o mode=1777,nosuid,nodev,size=536870912 tmpfs /tmp",
        "mkdir -p /var/task /var/runtime /var/tmp /var/task /var/runtime /opt /home/me/python",
        "mount --bind -o ro,nosuid,nodev /cache/code /var/task",
        "mount --bind -o ro,nosuid,nodev /mnt/0 /var/runtime",
        "mount --bind -o ro,nosuid,nodev '/home/me/my layer' /opt",
        "mount --bind -o ro,nosuid,nodev /home/me/python /home/me/python",
        "umount -l /mnt",
        "mount -o remount,bind,ro,nosuid,nodev /var",
        "set +e",
        "mount -o remount,bind,ro / 2>/dev/null",
        "echo ready; while read -r _; do kill -9 -1 2>/dev/null; echo killed; done",
    ]


def test_entering() -> None:
    assert " ".join(entered(LAUNCH, TOOLS, 77)) == (
        "/usr/bin/setpriv --pdeathsig KILL -- "
        "/usr/bin/nsenter --preserve-credentials --user=/proc/77/ns/user --mount=/proc/77/ns/mnt "
        "--pid=/proc/77/ns/pid --ipc=/proc/77/ns/ipc --uts=/proc/77/ns/uts -- "
        "/usr/bin/unshare --user --map-user=993 --map-group=990 --wd=/var/task -- "
        "/usr/bin/prlimit --core=0 --nofile=1024:1024 --nproc=742:742 --memlock=65536:65536 -- "
        "/var/task/bootstrap"
    )


def test_limits_need_prlimit() -> None:
    assert limited(replace(TOOLS, prlimit=""), (("nofile", 1024),)) == []


def test_places() -> None:
    assert places(Isolation.BUBBLEWRAP, "/c", "/r", "/o") == ("/var/task", "/var/runtime", "/opt")
    assert places(Isolation.PLAIN, "/c", "/r", "/o") == ("/c", "/r", "/o")
