"""A new environment against the bootstrap by itself: what keeping a function apart adds to its start."""

from __future__ import annotations

import asyncio
import socket
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import emulate
from measure import Row

from onezip.emulator.running.host import Host
from onezip.emulator.running.probe import look
from onezip.emulator.running.process import Sandbox
from onezip.emulator.running.sandbox import Launch, places


def environment(pairs: int = 10) -> Iterator[Row]:
    """Milliseconds from the start until the bootstrap asks for its first event, alternating."""
    folder = emulate.project() / "program"
    more = asyncio.run(_pairs(folder, pairs))
    told = f"{statistics.median(more):.1f} ({min(more):.1f} to {max(more):.1f})"
    yield Row("a new environment against the bootstrap alone: ms more", told, statistics.median(more), 20)


async def _pairs(folder: Path, pairs: int) -> list[float]:
    host = await look()
    try:
        await _kept(folder, host)
        return [await _kept(folder, host) - await _alone(folder) for _ in range(pairs)]
    finally:
        await host.close()


async def _kept(folder: Path, host: Host) -> float:
    with _listener() as listener:
        program = f"{places(host.isolation, str(folder)).task}/bootstrap"
        launch = Launch((program,), _variables(listener), str(folder), isolation=host.isolation)
        sandbox = Sandbox(launch, host)
        began = time.perf_counter()
        await sandbox.start(lambda _stream, _line: None, lambda _exit: None)
        took = await _asked(listener, began)
        await sandbox.close()
    return took


async def _alone(folder: Path) -> float:
    with _listener() as listener:
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            folder / "bootstrap", env=_variables(listener), stderr=asyncio.subprocess.DEVNULL
        )
        took = await _asked(listener, began)
        process.kill()
        await process.wait()
    return took


def _listener() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    return listener


def _variables(listener: socket.socket) -> dict[str, str]:
    return {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{listener.getsockname()[1]}"}


async def _asked(listener: socket.socket, began: float) -> float:
    runtime, _ = await asyncio.get_running_loop().sock_accept(listener)
    runtime.close()
    return (time.perf_counter() - began) * 1000
