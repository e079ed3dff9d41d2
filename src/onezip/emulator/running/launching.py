"""From a function's zip to the surroundings of its environments: unpacked once, judged, told."""

from __future__ import annotations

import asyncio
import contextlib

from onezip.emulator.environments.environment import CannotStart, Surroundings
from onezip.emulator.environments.record import Recorder
from onezip.emulator.running.artifact import Artifact, unpacked
from onezip.emulator.running.bootstrap import Refused
from onezip.emulator.running.host import Host
from onezip.emulator.running.launcher import Launcher, Wishes
from onezip.emulator.running.program import Program
from onezip.errors import OnezipError
from onezip.model.function import Function


class Launching:
    """Makes the surroundings of one function's environments, all from one unpacked zip.

    layer is the zip of the function's own layer, empty where it has none; host is what will be known of this
    machine.
    """

    def __init__(
        self,
        function: Function,
        zip_path: str,
        cache: str,
        host: asyncio.Future[Host],
        wishes: Wishes,
        recorder: Recorder,
        *,
        layer: str = "",
    ) -> None:
        self._function = function
        self._zip = zip_path
        self._layer_zip = layer
        self._cache = cache
        self._host = host
        self._wishes = wishes
        self._recorder = recorder
        self._launcher: Launcher | None = None
        self._layer: Artifact | None = None
        self._told = False
        self._once = asyncio.Lock()

    async def prepare(self) -> None:
        """Unpack the zip beforehand; what is wrong with it is told to who calls the function."""
        with contextlib.suppress(OnezipError, Refused):
            await self._ready()

    async def make(self, runtime_api: str, log_stream: str) -> Surroundings:
        """The surroundings of one environment. Raises CannotStart and OnezipError."""
        try:
            launcher = await self._ready()
            program = await launcher.program()
            if not self._told:
                self._told = True
                self._tell(program)
            return await launcher(runtime_api, log_stream)
        except Refused as refused:
            raise CannotStart(str(refused)) from refused

    async def _ready(self) -> Launcher:
        async with self._once:
            if self._launcher is None:
                host = await self._host
                artifact = await asyncio.to_thread(unpacked, self._zip, self._cache)
                if self._layer_zip and self._layer is None:
                    self._layer = await asyncio.to_thread(unpacked, self._layer_zip, self._cache)
                self._launcher = Launcher(
                    self._function, artifact, host, self._cache, self._wishes, layer=self._layer
                )
            await self._launcher.program()
        return self._launcher

    def _tell(self, program: Program) -> None:
        """What runs the code, where the zip alone does not say it, and where that is not as on Lambda."""
        name = self._function.name
        notes = list(program.notes)
        if self._function.runtime.python is not None:
            notes.insert(0, f"{name} runs on {program.label}")
        for note in notes:
            self._recorder.notice("", note)

    def close(self) -> None:
        """The zip's folder is no longer in use."""
        if self._launcher is not None:
            self._launcher.artifact.close()
        if self._layer is not None:
            self._layer.close()
