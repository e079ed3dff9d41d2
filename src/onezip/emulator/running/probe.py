"""Tries once how well this machine can keep a function apart: the best way that works is the host's."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from onezip.emulator.environments.output import Exit
from onezip.emulator.running.host import Host, find_tools
from onezip.emulator.running.known_host import recall, remember
from onezip.emulator.running.process import Sandbox
from onezip.emulator.running.sandbox import Isolation, Launch, Tools
from onezip.errors import OnezipError

PATIENCE = 20.0
"""Seconds that a try may take."""


async def look(ways: Sequence[Isolation] = tuple(Isolation), note: str = "") -> Host:
    """This machine as a Host, with the first of these ways that works; plain always does.

    Each try starts an empty function in its surroundings, some 40 ms; note is a file that keeps the outcome
    for the next look, empty for none.
    """
    tools = find_tools()
    if note and (known := recall(note, tools)) is not None:
        return Host(known[0], tools, known[1], note)
    reasons: list[str] = []
    for way in ways:
        why = await _try(way, tools)
        if not why:
            if note:
                remember(note, tools, way, "; ".join(reasons))
            return Host(way, tools, "; ".join(reasons), note)
        reasons.append(why)
    return Host(Isolation.PLAIN, tools, "; ".join(reasons))


async def _try(way: Isolation, tools: Tools) -> str:
    """Why a way does not work here, empty where it does."""
    if way is Isolation.PLAIN:
        return ""
    if sys.platform != "linux":
        return "only Linux has namespaces"
    wanted = ("bwrap", "nsenter", "unshare") if way is Isolation.BUBBLEWRAP else ("nsenter", "unshare")
    for name in wanted:
        if not getattr(tools, name):
            return f"there is no {name}"
    from tempfile import TemporaryDirectory  # few starts have to try

    heard: list[bytes] = []
    ended: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
    host = Host(way, tools)
    with TemporaryDirectory() as folder:
        launch = Launch((tools.shell, "-c", "exit 0"), {}, folder, isolation=way)
        sandbox = Sandbox(launch, host)
        try:
            await sandbox.start(lambda _, line: heard.append(line), ended.set_result)
            found = await asyncio.wait_for(ended, PATIENCE)
        except (OnezipError, OSError, TimeoutError) as error:
            return f"{way}: {error}"
        finally:
            await sandbox.close()
            await host.close()
    words = b" ".join(heard).decode("utf-8", "replace")
    return "" if found.code == 0 else f"{way}: {words or found}"
