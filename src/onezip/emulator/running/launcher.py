"""From a zip and a Function to the surroundings of an environment: everything but the start itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from onezip.emulator.running.artifact import Artifact
from onezip.emulator.running.host import Host
from onezip.emulator.running.process import Sandbox
from onezip.emulator.running.program import Program, program_for
from onezip.emulator.running.sandbox import Isolation, Launch
from onezip.emulator.running.variables import REGION, Identity, variables
from onezip.model.function import Function


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked for this run.

    opt is a folder of the host with the layers' content, empty for none; region, credentials and extra are
    those of `variables.Identity`; enforce_memory ends a function that takes more than its memory.
    """

    opt: str = ""
    region: str = REGION
    credentials: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    enforce_memory: bool = False


class Launcher:
    """Makes the surroundings of one function's environments; an `environment.Make`."""

    def __init__(
        self,
        function: Function,
        artifact: Artifact,
        host: Host,
        cache: str,
        wishes: Wishes | None = None,
        *,
        layer: Artifact | None = None,
    ) -> None:
        self.function = function
        self.artifact = artifact
        self._host = host
        self._cache = cache
        self._wishes = wishes or Wishes()
        self._layer = layer
        self._opt = layer.folder if layer is not None else self._wishes.opt
        self._program: Program | None = None
        self._lock = asyncio.Lock()

    async def program(self) -> Program:
        """What will be started; it is looked for once. Raises what `program_for` raises."""
        async with self._lock:
            if self._program is None:
                wishes = self._wishes
                self._program = await asyncio.to_thread(
                    program_for,
                    self.function,
                    self.artifact,
                    self._host.isolation,
                    self._cache,
                    opt=self._opt,
                    extra=wishes.extra,
                )
        return self._program

    async def __call__(self, runtime_api: str, log_stream: str) -> Sandbox:
        """The surroundings of a new environment, nothing started in them. Raises what `program` raises."""
        program = await self.program()
        wishes = self._wishes
        identity = Identity(runtime_api, log_stream, wishes.region, wishes.credentials, wishes.extra)
        launch = Launch(
            argv=program.argv,
            env=variables(self.function, identity, program.places),
            task=self.artifact.folder,
            runtime=program.runtime,
            opt=self._opt,
            visible=program.visible,
            tmp_size=self.function.limits.tmp,
            memory=self.function.limits.memory if wishes.enforce_memory else None,
            isolation=self._host.isolation,
        )
        # where the function could write to its code, nobody may have done so before a start
        writable = self._host.isolation is Isolation.PLAIN
        return Sandbox(launch, self._host, self._ensure if writable else None)

    def _ensure(self) -> str:
        """Put the code right, and the layer; what was wrong, empty where nothing was."""
        found = [each.ensure() for each in (self.artifact, self._layer) if each is not None]
        return " ".join(filter(None, found))
