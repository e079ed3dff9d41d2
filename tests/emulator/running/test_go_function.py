"""A real program of Go, built by the real compiler, in each kind of surroundings: answers and faults."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.go_driver import needs_go
from emulator.running.stage import (
    PATIENCE,
    WAYS,
    RuntimeApi,
    Seen,
    asleep,
    function,
    gone,
    host,
    runtime_api,
    started,
    unique,
    zipped,
)
from emulator.serving import stopped, until
from onezip.emulator.environments.output import Exit
from onezip.emulator.running.artifact import unpacked
from onezip.emulator.running.launcher import Launcher, Wishes
from onezip.emulator.running.process import Running, Sandbox
from onezip.emulator.running.sandbox import Isolation
from onezip.model.build import Command
from onezip.process import find_tool, run

pytestmark = [
    needs_go,
    pytest.mark.skipif(sys.platform != "linux", reason="builds for the machine it runs on"),
]

APART = [Isolation.BUBBLEWRAP, Isolation.NAMESPACES]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program's zip."""
    folder = tmp_path_factory.mktemp("go")
    out = folder / "bootstrap"
    source = Path(__file__).with_name("function.go")
    go = find_tool("go")
    assert go is not None
    words = (go, "build", "-o", str(out), "-ldflags=-s -w", str(source))
    done = run(Command(words, str(folder), {"CGO_ENABLED": "0", "GO111MODULE": "off"}))
    assert done.code == 0, done.stderr
    return zipped(folder / "fn.zip", {"bootstrap": out.read_bytes()})


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    """A Runtime API."""
    with runtime_api() as made:
        yield made


class Stage:
    """A function in its surroundings, and what it has said since its last start."""

    def __init__(self, sandbox: Sandbox, api: RuntimeApi) -> None:
        self.sandbox = sandbox
        self.api = api
        self.running: Running
        self.seen: Seen

    async def start(self) -> None:
        """Start it, again where it ran."""
        self.api.asked.clear()
        self.api.answers.queue.clear()  # what came before the end
        self.running, self.seen = await started(self.sandbox)

    async def ready(self) -> None:
        """Wait until it asks for an event."""
        assert await asyncio.to_thread(self.api.asked.wait, PATIENCE)

    async def invoke(self, **event: Any) -> Any:
        """The answer to an event."""
        return json.loads((await asyncio.to_thread(self.api.invoke, event))[2])

    def send(self, **event: Any) -> None:
        """An event that is not answered."""
        self.api.events.put(("id-1", json.dumps(event).encode(), {}))

    async def end(self) -> Exit:
        """How it ended."""
        await asyncio.wait_for(self.seen.over.wait(), PATIENCE)
        assert self.seen.exit is not None
        return self.seen.exit


def play(
    way: Isolation, built: str, tmp_path: Path, api: RuntimeApi, scene: Callable[[Stage], Awaitable[None]],
    enforce: bool = False, extra: dict[str, str] | None = None,
) -> None:  # fmt: skip
    """Start the program, and play a scene with it."""
    artifact = unpacked(built, str(tmp_path / "cache"))

    async def acts() -> None:
        here = await host(way)
        wishes = Wishes(extra=extra or {}, enforce_memory=enforce)
        fn = function(environment={"TABLE": "t"})
        sandbox = await Launcher(fn, artifact, here, str(tmp_path / "cache"), wishes)(api.address, "stream")
        stage = Stage(sandbox, api)
        await stage.start()
        try:
            await scene(stage)
        finally:
            await sandbox.close()
            await here.close()
            artifact.close()

    asyncio.run(acts())


@pytest.mark.parametrize("way", WAYS)
def test_it_answers(way: Isolation, built: str, tmp_path: Path, api: RuntimeApi) -> None:
    async def scene(stage: Stage) -> None:
        for size in range(3):
            assert (await stage.invoke(do="echo", size=size))["size"] == size
        await stage.seen.said("invoke echo")
        names, folder, user, group, error = await stage.invoke(do="environment")
        told = dict(each.split("=", 1) for each in names)
        assert told == dict(stage.sandbox.launch.env)
        assert told["TABLE"] == "t"
        if way is not Isolation.PLAIN:
            assert (folder, user, group) == ("/var/task", 993, 990)
            assert "read-only file system" in error
        assert not set(told) & {"HOME", "USER", "PYTEST_CURRENT_TEST"}

    play(way, built, tmp_path, api, scene)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("phase", ["init", "waiting", "invoke"])
def test_killed_at_each_phase(
    way: Isolation, phase: str, built: str, tmp_path: Path, api: RuntimeApi
) -> None:
    async def scene(stage: Stage) -> None:
        if phase == "init":
            await stage.seen.said("init")
        else:
            await stage.ready()
        if phase == "invoke":
            stage.send(do="hang")
            await stage.seen.said("invoke hang")
        await stage.running.kill()
        assert await stage.end() == Exit(None, 9)
        await stage.start()  # the surroundings are as good as before
        if phase == "init":
            await stage.seen.said("init")
        else:
            await stage.ready()

    play(way, built, tmp_path, api, scene, extra={"AT_INIT": "hang"} if phase == "init" else {})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("event", "ended"),
    [
        ({"do": "exit", "size": 0}, Exit(0)),
        ({"do": "exit", "size": 7}, Exit(7)),
        ({"do": "kill"}, Exit(None, 9)),
        ({"do": "panic"}, Exit(2)),
    ],
)
def test_it_ends_and_starts_again(
    way: Isolation, event: dict[str, Any], ended: Exit, built: str, tmp_path: Path, api: RuntimeApi
) -> None:
    async def scene(stage: Stage) -> None:
        stage.send(**event)
        assert await stage.end() == ended
        if event["do"] == "panic":
            assert "panic: runtime error: invalid memory address or nil pointer dereference" in stage.seen.err
        await stage.start()
        assert (await stage.invoke(do="echo", size=1))["size"] == 1

    play(way, built, tmp_path, api, scene)


@pytest.mark.parametrize("way", WAYS)
def test_stopped_in_an_invocation(way: Isolation, built: str, tmp_path: Path, api: RuntimeApi) -> None:
    async def scene(stage: Stage) -> None:
        stage.send(do="stop")
        await stage.seen.said("invoke stop")
        await asyncio.to_thread(until, lambda: all(map(stopped, stage.running._mains())))
        await stage.running.kill(grace=0.1)
        assert await stage.end() == Exit(None, 9)

    play(way, built, tmp_path, api, scene)


@pytest.mark.parametrize("way", WAYS)
def test_a_child_of_another_session(way: Isolation, built: str, tmp_path: Path, api: RuntimeApi) -> None:
    mark = unique(f"93{WAYS.index(way)}")

    async def scene(stage: Stage) -> None:
        assert await stage.invoke(do="spawn", mark=mark) == "spawned"
        await asyncio.to_thread(until, lambda: asleep(mark) == 1)
        await stage.running.kill()
        assert gone(f"sleep {mark}")

    play(way, built, tmp_path, api, scene)


@pytest.mark.parametrize("way", WAYS)
def test_memory_is_measured(way: Isolation, built: str, tmp_path: Path, api: RuntimeApi) -> None:
    async def scene(stage: Stage) -> None:
        assert (await stage.invoke(do="echo"))["do"] == "echo"
        assert 0 < stage.running.peak_memory() < 40 << 20
        await stage.invoke(do="memory", size=60)
        assert 60 << 20 < stage.running.peak_memory() < 100 << 20

    play(way, built, tmp_path, api, scene)


@pytest.mark.parametrize("way", WAYS)
def test_memory_is_enforced(way: Isolation, built: str, tmp_path: Path, api: RuntimeApi) -> None:
    async def scene(stage: Stage) -> None:
        stage.send(do="memory", size=200)
        assert await stage.end() == Exit(None, 9, out_of_memory=True)
        await stage.start()
        assert await stage.invoke(do="memory", size=20) == 1

    play(way, built, tmp_path, api, scene, enforce=True)


@pytest.mark.parametrize("way", APART)
def test_tmp_fills_and_is_kept(way: Isolation, built: str, tmp_path: Path, api: RuntimeApi) -> None:
    async def scene(stage: Stage) -> None:
        megabytes = 300 << 20
        assert await stage.invoke(do="disk", size=megabytes) == [megabytes, "<nil>"]
        stage.send(do="kill")
        await stage.end()
        await stage.start()
        written, error = await stage.invoke(do="disk", size=megabytes)
        assert written == (512 - 300) << 20
        assert "no space left on device" in error

    play(way, built, tmp_path, api, scene)


@pytest.mark.parametrize("way", WAYS)
def test_descriptors_run_out(way: Isolation, built: str, tmp_path: Path, api: RuntimeApi) -> None:
    async def scene(stage: Stage) -> None:
        count, refused = await stage.invoke(do="files")
        assert refused
        assert 1000 < count < 1024
        assert (await stage.invoke(do="echo", size=5))["size"] == 5

    play(way, built, tmp_path, api, scene)
