"""All of an emulator: the functions' zips, this machine, the clock, the records and the Lambda plane."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onezip.emulator.environments.clock import LoopClock
from onezip.emulator.environments.pool import Scaling
from onezip.emulator.environments.record import Recorder
from onezip.emulator.environments.runtime_api import Settings
from onezip.emulator.plane.lambda_server import LambdaServer, Manner, Served
from onezip.emulator.running.artifact import VERSION
from onezip.emulator.running.host import Host
from onezip.emulator.running.launcher import Wishes
from onezip.emulator.running.launching import Launching
from onezip.emulator.running.probe import look
from onezip.errors import OnezipError
from onezip.model.function import Function

if TYPE_CHECKING:
    from onezip.emulator.front.later import LaterFront
    from onezip.emulator.front.server import FrontServer

BEFOREHAND = 4
"""Zips that are unpacked before they are called; of more, most would be unpacked in vain."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A function and its zip, with its digest in hex; trouble says why there is none. layer is the zip of its
    own layer, where it has one.

    native is whether the zip was built for this machine, and so is not the one that is deployed.
    """

    function: Function
    zip: str = ""
    sha256: str = ""
    trouble: OnezipError | None = None
    native: bool = False
    layer: str = ""
    layer_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """How functions run: what they are given, how they scale, how calls are answered.

    cache is the folder where zips are unpacked; names are further host names to answer to.
    """

    cache: str
    wishes: Wishes = field(default_factory=Wishes)
    scaling: Scaling = field(default_factory=Scaling)
    manner: Manner = field(default_factory=Manner)
    names: tuple[str, ...] = ()


class Emulator:
    """Functions, served on this machine. Make it inside of a running event loop."""

    def __init__(self, packed: Iterable[Packed], options: Options) -> None:
        self.packed: Sequence[Packed] = tuple(packed)
        self.clock = LoopClock(asyncio.get_running_loop())
        self.recorder = Recorder(self.clock)
        self.host: Host | None = None
        self.front: FrontServer | LaterFront | None = None
        self._options = options
        self._launchers: list[Launching] = []
        self._unpacking: list[asyncio.Task[None]] = []
        self._server: LambdaServer | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 9000) -> tuple[str, int]:
        """Listen; nothing of the functions starts yet. Raises OSError where the port is taken."""
        looking = asyncio.create_task(_prepared(self._options.cache))
        served = {one.function.name: self._served(one, looking) for one in self.packed}
        unpacking = [asyncio.create_task(one.prepare()) for one in self._launchers[:BEFOREHAND]]
        self._server = LambdaServer(served, self.clock, self.recorder, self._options.manner)
        try:
            return await self._server.start(host, port, self._options.names)
        finally:
            self.host = await looking
            self._unpacking = unpacking

    def _served(self, packed: Packed, host: asyncio.Future[Host]) -> Served:
        function = packed.function
        make = None
        if packed.trouble is None:
            options = self._options
            launcher = Launching(
                function, packed.zip, options.cache, host, options.wishes, self.recorder, layer=packed.layer
            )
            self._launchers.append(launcher)
            make = launcher.make
        settings = Settings(
            function.name,
            function.handler.text,
            function.limits.memory,
            float(function.limits.timeout),
        )
        return Served(settings, make, self._scaling(function), packed.sha256, packed.trouble)

    def _scaling(self, function: Function) -> Scaling:
        """A reserved concurrency is a cap that callers do not wait for."""
        scaling = self._options.scaling
        reserved = function.deploy.concurrency if function.deploy else None
        return scaling if reserved is None else Scaling(reserved, throttle=True, idle=scaling.idle)

    @property
    def plane(self) -> LambdaServer:
        """The Lambda plane, once it listens."""
        assert self._server is not None  # noqa: S101 - it listens
        return self._server

    async def close(self, grace: float = 0.0) -> None:
        """End everything; calls under way have grace seconds, and fronts pass their answers on."""
        if self.front is not None:
            self.front.retire()
        if self._server is not None:
            await self._server.close(grace)
        if self.front is not None:
            await self.front.close()
        await asyncio.gather(*self._unpacking, return_exceptions=True)
        for launcher in self._launchers:
            launcher.close()
        if self.host is not None:
            await self.host.close()


async def _prepared(cache: str) -> Host:
    host = await look(note=os.path.join(cache, VERSION, "host.json"))
    await host.prepare()
    return host
