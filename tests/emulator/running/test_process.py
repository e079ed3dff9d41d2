"""A process in its surroundings, in each way this machine has: its words, its end, its limits."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, cast

import pytest

from emulator.running.stage import (
    PATIENCE,
    WAYS,
    Seen,
    alive,
    asleep,
    finished,
    gone,
    on_stage,
    script,
    started,
    unique,
)
from emulator.serving import stopped, until
from onezip.emulator.environments.output import Exit
from onezip.emulator.running.holder import Holder
from onezip.emulator.running.host import Host
from onezip.emulator.running.process import Sandbox
from onezip.emulator.running.sandbox import Isolation

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

APART = [Isolation.BUBBLEWRAP, Isolation.NAMESPACES]


def once(text: str, folder: Path, way: Isolation, **more: object) -> Seen:
    """Run a script to its end."""

    async def play(here: Host) -> Seen:
        sandbox = Sandbox(script(text, folder, way, **more), here)
        try:
            return await finished(sandbox)
        finally:
            await sandbox.close()

    return on_stage(way, play)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("exit 0", Exit(0)),
        ("exit 7", Exit(7)),
        ("exit 139", Exit(139)),
        ("kill -SEGV $$", Exit(None, 11)),
        ("kill -KILL $$", Exit(None, 9)),
        ("kill -ABRT $$", Exit(None, 6)),
    ],
)
def test_exit_codes_and_signals_are_told_apart(
    tmp_path: Path, way: Isolation, text: str, ended: Exit
) -> None:
    seen = once(f"echo out; echo err >&2; {text}", tmp_path / "code", way)
    assert seen.exit == ended
    assert seen.out == ["out"]
    assert seen.err == ["err"]


@pytest.mark.parametrize("way", APART)
def test_the_file_system_is_lambdas(tmp_path: Path, way: Isolation) -> None:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "app").write_text("hello")
    (tmp_path / "secret").write_text("not in there")
    text = f"""
    pwd; cat app; echo; id -u; id -g
    touch /var/task/x || echo read-only; touch /var/runtime/x || echo read-only
    cat {tmp_path}/secret || echo hidden
    cut -d: -f2 /proc/1/comm; grep -c . /proc/net/dev >/dev/null && echo net
    """
    seen = once(text, folder, way)
    assert seen.out == [
        "/var/task", "hello", "993", "990", "read-only", "read-only", "hidden", "sh", "net",
    ]  # fmt: skip
    assert any("Read-only file system" in line for line in seen.err)
    assert os.listdir(folder) == ["app"]


@pytest.mark.parametrize("way", APART)
def test_tmp_has_its_size_and_outlives_a_crash(tmp_path: Path, way: Isolation) -> None:
    fill = (
        "test -e /tmp/kept && cat /tmp/kept; echo kept > /tmp/kept; "
        "head -c 3000000 /dev/zero > /tmp/big; kill -9 $$"
    )

    async def play(here: Host) -> list[Seen]:
        sandbox = Sandbox(script(fill, tmp_path / "code", way, tmp_size=2), here)
        other = Sandbox(script("ls /tmp", tmp_path / "code", way, tmp_size=2), here)
        try:
            return [await finished(sandbox), await finished(sandbox), await finished(other)]
        finally:
            await sandbox.close()
            await other.close()

    first, second, other = on_stage(way, play)
    assert (first.out, second.out, other.out) == ([], ["kept"], [])
    assert "No space left on device" in first.err[0]
    assert first.exit == second.exit == Exit(None, 9)


@pytest.mark.parametrize("way", APART)
def test_new_surroundings_where_the_old_ones_are_gone(tmp_path: Path, way: Isolation) -> None:
    async def play(here: Host) -> list[list[str]]:
        sandbox = Sandbox(script("ls /tmp; touch /tmp/a; echo ready; sleep 60", tmp_path / "code", way), here)
        _, seen = await started(sandbox)
        await seen.said("ready")
        assert sandbox._holder is not None
        os.kill(sandbox._holder.inside, signal.SIGKILL)
        await asyncio.wait_for(seen.over.wait(), PATIENCE)
        running, again = await started(sandbox)
        await again.said("ready")
        await running.kill()
        await sandbox.close()
        return [seen.out, again.out]

    assert on_stage(way, play) == [["ready"], ["ready"]]


def test_a_dead_process_holds_no_surroundings_though_nobody_has_waited_for_it() -> None:
    with subprocess.Popen(["sleep", "600"]) as process:
        holder = Holder(cast("Any", None), process.pid)
        assert holder.alive
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not holder.alive


@pytest.mark.parametrize("way", WAYS)
def test_descriptors_are_limited(tmp_path: Path, way: Isolation) -> None:
    assert once("ulimit -n", tmp_path / "code", way).out == ["1024"]


@pytest.mark.parametrize("way", APART)
def test_what_the_host_may_do_stays_outside(tmp_path: Path, way: Isolation) -> None:
    text = (
        "grep CapEff /proc/self/status; mount -o remount,rw /var/task || echo no; kill -0 %d || echo nobody"
    )
    seen = once(text % os.getpid(), tmp_path / "code", way)
    assert seen.out == ["CapEff:\t0000000000000000", "no", "nobody"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("end", ["kill", "exit", "close"])
def test_a_child_of_its_own_session_ends_too(tmp_path: Path, way: Isolation, end: str) -> None:
    mark = unique(f"91{WAYS.index(way)}{len(end)}")
    last = "while ! test -e go; do sleep 0.02; done"
    text = f"setsid sleep {mark} & (setsid sleep {mark} &); echo ready; {last}"

    async def play(here: Host) -> Seen:
        sandbox = Sandbox(script(text, tmp_path / "code", way), here)
        running, seen = await started(sandbox)
        await seen.said("ready")
        await asyncio.to_thread(until, lambda: asleep(mark) == 2)
        if end == "kill":
            await running.kill()
        elif end == "close":
            await sandbox.close()
        else:
            (tmp_path / "code" / "go").touch()
        await asyncio.wait_for(seen.over.wait(), PATIENCE)
        assert gone(f"sleep {mark}")
        await sandbox.close()
        return seen

    seen = on_stage(way, play)
    assert seen.exit == (Exit(0) if end == "exit" else Exit(None, 9))


@pytest.mark.parametrize("way", WAYS)
def test_it_ends_however_young_it_is(tmp_path: Path, way: Isolation) -> None:
    """Also before it has entered its namespaces, where nothing of it can be found yet."""
    mark = unique(f"94{WAYS.index(way)}")

    async def play(here: Host) -> None:
        sandbox = Sandbox(script(f"exec sleep {mark}", tmp_path / "code", way), here)
        for milliseconds in (*range(0, 20, 2), 0, 0):
            running, seen = await started(sandbox)
            await asyncio.sleep(milliseconds / 1000)
            await asyncio.wait_for(running.kill(), PATIENCE)
            assert seen.exit == Exit(None, 9)
        assert gone(f"sleep {mark}")
        await asyncio.wait_for(sandbox.close(), PATIENCE)

    on_stage(way, play)


@pytest.mark.parametrize("way", WAYS)
def test_sigterm_comes_first_where_there_is_grace(tmp_path: Path, way: Isolation) -> None:
    text = "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.02; done"

    async def play(here: Host) -> Seen:
        sandbox = Sandbox(script(text, tmp_path / "code", way), here)
        running, seen = await started(sandbox)
        await seen.said("ready")
        await running.kill(grace=PATIENCE)
        await sandbox.close()
        return seen

    seen = on_stage(way, play)
    assert seen.out == ["ready", "bye"]
    assert seen.exit == Exit(3)


@pytest.mark.parametrize("way", WAYS)
def test_a_deaf_process_has_only_its_grace(tmp_path: Path, way: Isolation) -> None:
    async def play(here: Host) -> tuple[Seen, float]:
        sandbox = Sandbox(
            script("trap '' TERM; echo ready; while :; do sleep 0.02; done", tmp_path / "c", way), here
        )
        running, seen = await started(sandbox)
        await seen.said("ready")
        begun = time.monotonic()
        await asyncio.wait_for(running.kill(grace=0.3), PATIENCE)
        taken = time.monotonic() - begun
        await sandbox.close()
        return seen, taken

    seen, taken = on_stage(way, play)
    assert seen.exit == Exit(None, 9)
    assert taken >= 0.3


@pytest.mark.parametrize("way", WAYS)
def test_a_stopped_process_can_be_ended(tmp_path: Path, way: Isolation) -> None:
    async def play(here: Host) -> Seen:
        sandbox = Sandbox(script("echo ready; kill -STOP $$; echo never", tmp_path / "code", way), here)
        running, seen = await started(sandbox)
        await seen.said("ready")
        await asyncio.to_thread(until, lambda: all(map(stopped, running._mains())))
        await running.kill(grace=0.1)
        await sandbox.close()
        return seen

    seen = on_stage(way, play)
    assert (seen.out, seen.exit) == (["ready"], Exit(None, 9))


@pytest.mark.parametrize("way", WAYS)
def test_a_hundred_megabytes_without_a_line_end(tmp_path: Path, way: Isolation) -> None:
    import resource

    total = 0
    longest = 0

    async def play(here: Host) -> None:
        nonlocal total, longest
        over = asyncio.Event()

        def line(_: str, text: bytes) -> None:
            nonlocal total, longest
            total += len(text)
            longest = max(longest, len(text))

        sandbox = Sandbox(script("head -c 100000000 /dev/zero", tmp_path / "code", way), here)
        await sandbox.start(line, lambda _: over.set())
        await asyncio.wait_for(over.wait(), 4 * PATIENCE)
        await sandbox.close()

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    on_stage(way, play)
    assert total == 100_000_000
    assert longest <= 256 * 1024
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kB


HOG = "python3 -c \"import time; x = bytearray({} * 2**20); print('ready', flush=True); time.sleep(60)\""


@pytest.mark.parametrize("way", WAYS)
def test_the_peak_is_the_kernels(tmp_path: Path, way: Isolation) -> None:
    code = "import time; x = bytearray(150 * 2**20); del x; print('ready', flush=True); time.sleep(60)"

    async def play(here: Host) -> int:
        sandbox = Sandbox(script(f'exec /usr/bin/python3 -c "{code}"', tmp_path / "code", way), here)
        running, seen = await started(sandbox)
        await seen.said("ready")
        peak = running.peak_memory()
        await running.kill()
        assert running.peak_memory() >= peak
        await sandbox.close()
        return peak

    assert 150 <= on_stage(way, play) / 2**20 < 200


@pytest.mark.parametrize("way", WAYS)
def test_memory_is_enforced_where_asked(tmp_path: Path, way: Isolation) -> None:
    seen = once(f"exec /usr/bin/{HOG.format(200)}", tmp_path / "code", way, memory=128)
    assert seen.exit == Exit(None, 9, out_of_memory=True)


@pytest.mark.parametrize("last", ["true", "kill -STOP $$"])
@pytest.mark.parametrize("way", WAYS)
def test_nothing_outlives_onezip(tmp_path: Path, way: Isolation, last: str) -> None:
    mark = unique(f"92{WAYS.index(way)}{len(last)}")
    code = tmp_path / "code"
    code.mkdir()
    driver = Path(__file__).with_name("killed_parent.py")
    command = [sys.executable, str(driver), way.value, str(code), mark, last]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        word = parent.stdout.readline().strip()
        if word.startswith("skip"):
            pytest.skip(word)
        assert word == "ready"
        until(lambda: asleep(mark) >= 2)
        if last != "true":
            until(lambda: any(map(stopped, alive(f"{last}; sleep {mark}"))))
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert gone(f"sleep {mark}"), alive(f"sleep {mark}")


@pytest.mark.ring2
def test_the_surroundings_cost_little(tmp_path: Path) -> None:
    """At most 20 ms more than the bootstrap's own start, in a new environment; the best of many counts."""

    async def play(here: Host) -> float:
        best = 1.0
        for _ in range(20):
            sandbox = Sandbox(script("", tmp_path / "code", here.isolation), here)
            begun = time.perf_counter()
            await finished(sandbox)
            best = min(best, time.perf_counter() - begun)
            await sandbox.close()
        return best

    took = dict.fromkeys((Isolation.PLAIN, Isolation.BUBBLEWRAP), 1.0)
    for _ in range(10):  # a busy machine has its quiet moments
        took = {way: min(best, on_stage(way, play)) for way, best in took.items()}
        if took[Isolation.BUBBLEWRAP] - took[Isolation.PLAIN] < 0.02:
            break
    assert took[Isolation.BUBBLEWRAP] - took[Isolation.PLAIN] < 0.02
