"""What this machine can do, and how it says what it cannot."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from emulator.running.stage import function, zipped
from onezip.codes import CODES
from onezip.emulator.running import foreign
from onezip.emulator.running.artifact import unpacked
from onezip.emulator.running.host import Host, find_tools
from onezip.emulator.running.interpreter import ask, python_for
from onezip.emulator.running.probe import look
from onezip.emulator.running.program import program_for
from onezip.emulator.running.sandbox import Isolation, Tools
from onezip.errors import ToolMissing
from onezip.model.function import Architecture

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


@linux
@pytest.mark.parametrize(
    ("way", "off"),
    [
        (Isolation.BUBBLEWRAP, ["Amazon Linux"]),
        (Isolation.NAMESPACES, ["Amazon Linux", "the file system"]),
        (Isolation.PLAIN, ["Amazon Linux", "/var/task", "/tmp", "user and process limits"]),
    ],
)
def test_what_is_off(way: Isolation, off: list[str]) -> None:
    host = Host(way, Tools(prlimit="/usr/bin/prlimit"), "there is no bwrap")
    assert [each.what for each in host.off] == off
    assert all("bubblewrap" in each.mend for each in host.off[1:])
    assert "there is no prlimit" in Host(way, Tools(), "").off[1].why


@linux
def test_the_best_way_is_taken_and_the_reasons_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    async def run() -> Host:
        host = await look()
        await host.close()
        return host

    host = asyncio.run(run())
    assert host.isolation is Isolation.PLAIN
    assert "there is no bwrap; there is no nsenter" in host.off[2].why


@linux
def test_a_tool_that_fails_is_told_in_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("bwrap", "unshare", "nsenter"):
        (tmp_path / name).write_text("#!/bin/sh\necho no permissions to create a new namespace >&2; exit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    async def run() -> Host:
        host = await look()
        await host.close()
        return host

    assert (
        "bubblewrap: the function's surroundings cannot be made: no permissions"
        in asyncio.run(run()).off[2].why
    )


def test_the_codes_are_in_the_table() -> None:
    assert {"run.python", "run.architecture", "run.loader", "run.sandbox"} <= CODES.keys()


@linux
def test_another_architecture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Architecture.ARM64 if foreign.machine() == "x86_64" else Architecture.X86_64
    own = Architecture.X86_64 if other is Architecture.ARM64 else Architecture.ARM64
    assert foreign.runner(own) == ()
    assert foreign.runner(None) == ()
    if foreign._registered(other.machine):
        pytest.skip("this kernel runs both architectures: binfmt_misc is set up")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing) as caught:
        foreign.runner(other)
    assert caught.value.code == "run.architecture"
    assert "qemu-user-static" in caught.value.hint
    qemu = tmp_path / f"qemu-{other.machine}-static"
    qemu.write_text("#!/bin/sh\n")
    qemu.chmod(0o755)
    assert foreign.runner(other) == (str(qemu),)


@linux
def test_a_script_needs_its_interpreter(tmp_path: Path) -> None:
    files = {"bootstrap": "#!/usr/bin/no-such-interpreter\n"}
    artifact = unpacked(zipped(tmp_path / "f.zip", files), str(tmp_path / "cache"))
    with pytest.raises(ToolMissing) as caught:
        program_for(function(), artifact, Isolation.PLAIN, str(tmp_path / "cache"))
    assert caught.value.code == "run.loader"
    artifact.close()


def test_a_python_of_the_wanted_version_and_no_virtual_environment() -> None:
    minor = sys.version_info[1]
    found = python_for(minor)
    assert found.version == sys.version_info[:3]
    assert found.path == os.path.realpath(sys._base_executable)  # type: ignore[attr-defined]
    assert found.prefix == os.path.realpath(sys.base_prefix)


def test_what_is_no_python(tmp_path: Path) -> None:
    (tmp_path / "python3.12").write_text("#!/bin/sh\necho no\n")
    (tmp_path / "python3.12").chmod(0o755)
    assert ask(str(tmp_path / "python3.12")) is None
    assert ask(str(tmp_path / "absent")) is None


@linux
def test_tools_are_found() -> None:
    tools = find_tools()
    assert dict(tools.system)["usr"] == ""
    assert tools.prlimit == "" or os.access(tools.prlimit, os.X_OK)
