"""The pipes that a function writes to: heard when asked, in order, and given back."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from emulator.running.stage import host
from emulator.serving import until
from onezip.emulator.running.pipes import CAPACITY, Pipes
from onezip.emulator.running.process import Sandbox
from onezip.emulator.running.sandbox import Isolation, Launch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there asyncio reads what a process writes")


class Heard:
    """What two pipes told."""

    def __init__(self) -> None:
        self.data: list[tuple[int, bytes]] = []
        self.closed: list[int] = []
        self.pipes = Pipes(lambda stream, data: self.data.append((stream, data)), self.closed.append)


def play(scene: Callable[[Heard], Awaitable[None]]) -> None:
    async def run() -> None:
        heard = Heard()
        try:
            await scene(heard)
        finally:
            heard.pipes.close()

    before = descriptors()
    asyncio.run(run())
    assert descriptors() == before


def descriptors() -> int:
    return len(os.listdir("/dev/fd"))


def test_what_was_written_is_heard_at_once() -> None:
    async def scene(heard: Heard) -> None:
        out, err = heard.pipes.given
        os.write(err, b"second stream")
        os.write(out, b"x" * CAPACITY)
        heard.pipes.read()
        assert heard.data == [(1, b"x" * CAPACITY), (2, b"second stream")]
        heard.pipes.read()
        assert len(heard.data) == 2

    play(scene)


def test_the_loop_hears_what_nobody_asks_for() -> None:
    async def scene(heard: Heard) -> None:
        out, _ = heard.pipes.given
        os.write(out, b"a")
        await asyncio.to_thread(until, lambda: bool(heard.data))
        assert heard.data == [(1, b"a")]

    play(scene)


def test_a_stream_is_closed_when_its_last_writer_leaves() -> None:
    async def scene(heard: Heard) -> None:
        kept = os.dup(heard.pipes.given[0])
        heard.pipes.give()
        heard.pipes.read()
        assert heard.closed == [2]
        os.write(kept, b"the last")
        os.close(kept)
        await asyncio.to_thread(until, lambda: len(heard.closed) == 2)
        assert (heard.data, heard.closed) == ([(1, b"the last")], [2, 1])

    play(scene)


def test_a_start_that_fails_leaves_no_descriptor(tmp_path: Path) -> None:
    async def run() -> int:
        here = await host(Isolation.PLAIN)
        sandbox = Sandbox(Launch(("true",), {}, str(tmp_path / "none"), isolation=Isolation.PLAIN), here)
        counts = []
        for _ in range(4):
            with pytest.raises(OSError, match="none"):
                await sandbox.start(lambda *_: None, lambda _: None)
            counts.append(descriptors())
        await sandbox.close()
        await here.close()
        return counts[-1] - counts[0]

    assert asyncio.run(run()) == 0
