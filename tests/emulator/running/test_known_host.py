"""What was found out about this machine holds until something changes that it depends on."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from onezip.emulator.running.holder import make_holder
from onezip.emulator.running.host import Host, find_tools
from onezip.emulator.running.known_host import facts, forget, recall, remember
from onezip.emulator.running.probe import look
from onezip.emulator.running.sandbox import Isolation, Launch, Tools
from onezip.errors import ToolMissing

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is tried")

WHY = "there is no bwrap"


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    (tmp_path / "nsenter").write_text("#!/bin/sh\nexit 1\n")
    return Tools(nsenter=str(tmp_path / "nsenter"), system=(("usr", ""),))


def found(note: Path) -> Host:
    async def run() -> Host:
        host = await look(note=str(note))
        await host.close()
        return host

    return asyncio.run(run())


def test_it_is_recalled_as_it_was(tmp_path: Path, tools: Tools) -> None:
    note = tmp_path / "cache/v1/host.json"
    remember(str(note), tools, Isolation.NAMESPACES, WHY)
    assert recall(str(note), tools) == (Isolation.NAMESPACES, WHY)
    assert [each.name for each in note.parent.iterdir()] == ["host.json"]
    forget(str(note))
    forget(str(note))
    assert recall(str(note), tools) is None


def test_another_program_is_another_machine(tmp_path: Path, tools: Tools) -> None:
    note = str(tmp_path / "host.json")
    remember(note, tools, Isolation.NAMESPACES, WHY)
    assert recall(note, replace(tools, bwrap="/usr/bin/bwrap")) is None
    assert recall(note, replace(tools, system=(("usr", ""), ("nix", "")))) is None
    os.utime(tools.nsenter, (1, 1))
    assert recall(note, tools) is None


def test_kernel_settings_and_the_own_process_count(tools: Tools) -> None:
    told = json.dumps(facts(tools))
    assert Path("/proc/sys/kernel/random/boot_id").read_text().strip() in told
    assert os.readlink("/proc/self/ns/user") in told
    assert "CapEff" in told


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": 2, "isolation": "plain"}'])
def test_a_broken_note_is_none(tmp_path: Path, tools: Tools, text: str) -> None:
    (tmp_path / "host.json").write_text(text)
    assert recall(str(tmp_path / "host.json"), tools) is None


def test_plain_is_neither_kept_nor_believed(tmp_path: Path, tools: Tools) -> None:
    note = tmp_path / "host.json"
    remember(str(note), tools, Isolation.PLAIN, "no time")
    assert not note.exists()
    remember(str(note), tools, Isolation.NAMESPACES, WHY)
    note.write_text(note.read_text().replace('"namespaces"', '"plain"'))
    assert recall(str(note), tools) is None


def test_what_is_known_is_not_tried(tmp_path: Path) -> None:
    note = tmp_path / "host.json"
    remember(str(note), find_tools(), Isolation.NAMESPACES, "told by the note")
    host = found(note)
    assert host.isolation is Isolation.NAMESPACES
    assert "told by the note" in host.off[-1].why


def test_a_look_is_kept_and_doubted_where_it_fails(tmp_path: Path) -> None:
    note = tmp_path / "host.json"
    host = found(note)
    if host.isolation is Isolation.PLAIN:
        pytest.skip("nothing keeps a function apart here: install bubblewrap (apt install bubblewrap)")
    assert note.exists()
    broken = Launch(("true",), {}, str(tmp_path / "not there"), isolation=host.isolation)
    with pytest.raises(ToolMissing):
        asyncio.run(make_holder(broken, host))
    assert not note.exists()
