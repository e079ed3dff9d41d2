"""What this machine can do for a function, and what it cannot: for `doctor` and the banner."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from onezip.emulator.running.guard import Guard
from onezip.emulator.running.known_host import forget
from onezip.emulator.running.sandbox import SYSTEM, Isolation, Tools
from onezip.process import find_tool


class Off(NamedTuple):
    """One thing that is not here as it is on Lambda; mend is the way to have it, empty for none."""

    what: str
    why: str
    mend: str = ""


class Host:
    """This machine, as one onezip uses it for all its functions. Close it last.

    why tells why there is no better way; note is the file where the way is kept for the next start.
    """

    def __init__(self, isolation: Isolation, tools: Tools, why: str = "", note: str = "") -> None:
        self.isolation = isolation
        self.tools = tools
        self._why = why
        self._note = note
        self._guard = Guard()

    @property
    def off(self) -> list[Off]:
        """What is not as on Lambda."""
        found = [Off("Amazon Linux", "a function sees this machine's system libraries and programs")]
        if not self.tools.prlimit:
            found.append(Off("limits on files and processes", "there is no prlimit here (util-linux)"))
        if self.isolation is Isolation.NAMESPACES:
            why = f"this machine's other files are visible: {self._why}"
            found.append(Off("the file system", why, INSTALL))
        if self.isolation is Isolation.PLAIN:
            mend = INSTALL if sys.platform == "linux" else ""
            found += [
                Off("/var/task", f"the code runs from the cache, which is writable: {self._why}", mend),
                Off("/tmp", "it is this machine's own, without a limit", mend),  # noqa: S108
                Off("user and process limits", "the function runs as you, among your processes", mend),
            ]
        return found

    async def prepare(self) -> None:
        """What must be there before a function starts."""
        if self.isolation is Isolation.PLAIN:
            await self._guard.start()

    def doubt(self) -> None:
        """The way does not work, or no more: the next start tries anew."""
        if self._note:
            forget(self._note)

    def watch(self, pid: int, mark: str) -> None:
        """From now on the process ends with onezip, however onezip ends."""
        if self.isolation is Isolation.PLAIN:
            self._guard.watch(pid, mark)

    def forget(self, pid: int) -> None:
        """The process is gone."""
        if self.isolation is Isolation.PLAIN:
            self._guard.forget(pid)

    def end(self, pid: int) -> None:
        """End a process and all it started, where the system has a word for that (Windows)."""
        self._guard.end(pid)

    async def close(self) -> None:
        """Give up what watches over processes."""
        await self._guard.close()


INSTALL = "install bubblewrap (apt install bubblewrap, dnf install bubblewrap)"


def find_tools() -> Tools:
    """The programs of this machine that can keep a function apart."""
    if sys.platform != "linux":
        return Tools()
    there = [name for name in SYSTEM if os.path.isdir(f"/{name}")]
    links = [(name, os.readlink(f"/{name}") if os.path.islink(f"/{name}") else "") for name in there]
    resolver = os.path.realpath("/etc/resolv.conf")
    apart = os.path.isfile(resolver) and resolver.split("/")[1] not in SYSTEM
    return Tools(
        bwrap=find_tool("bwrap") or "",
        unshare=find_tool("unshare") or "",
        nsenter=find_tool("nsenter") or "",
        prlimit=find_tool("prlimit") or "",
        setpriv=find_tool("setpriv") or "",
        system=tuple(links),
        names=resolver if apart else "",
    )
