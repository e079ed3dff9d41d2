"""A function's own layer, unpacked beside its zip: found behind the code, before the runtime."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from emulator.running.stage import function, host, runtime_api, started, zipped
from onezip.emulator.running.artifact import unpacked
from onezip.emulator.running.launcher import Launcher
from onezip.emulator.running.sandbox import Isolation
from onezip.limits import RUNTIMES

RUNTIME = f"python3.{sys.version_info.minor}"

APP = """\
import both, only
def handler(event, context):
    return [both.PLACE, only.PLACE, only.__file__]
"""


@pytest.mark.skipif(RUNTIME not in RUNTIMES, reason="Lambda has no such Python")
@pytest.mark.parametrize("way", list(Isolation))
def test_a_layer(way: Isolation, tmp_path: Path) -> None:
    task = {"app.py": APP, "both.py": "PLACE = 'zip'\n"}
    beside = {"python/both.py": "PLACE = 'layer'\n", "python/only.py": "PLACE = 'layer'\n"}
    cache = str(tmp_path / "cache")
    artifact = unpacked(zipped(tmp_path / "f.zip", task), cache)
    layer = unpacked(zipped(tmp_path / "l.zip", beside), cache)

    async def run() -> None:
        here = await host(way)
        fn = function(runtime=RUNTIME, handler="app.handler")
        with runtime_api() as api:
            sandbox = await Launcher(fn, artifact, here, cache, layer=layer)(api.address, "stream")
            if way is Isolation.PLAIN:  # who could write to it may have spoiled it
                (Path(layer.folder) / "python/only.py").unlink()
            await started(sandbox)
            body = (await asyncio.to_thread(api.invoke, {}))[2]
            await sandbox.close()
        await here.close()
        place = layer.folder if way is Isolation.PLAIN else "/opt"
        assert json.loads(body) == ["zip", "layer", f"{place}/python/only.py"]

    asyncio.run(run())
    artifact.close()
    layer.close()
