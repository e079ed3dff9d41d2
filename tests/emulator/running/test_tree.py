"""Which processes descend from which."""

from __future__ import annotations

import subprocess
import sys

import pytest

from onezip.emulator.running import tree


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a tree by its job")
def test_what_is_below_is_told_without_the_whole_table() -> None:
    code = "sh -c 'sleep 30 & echo started; wait' & wait"
    with subprocess.Popen(
        ["sh", "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as root:
        assert root.stdout is not None
        root.stdout.readline()
        try:
            below = tree.below(root.pid)
            assert len(below) == 2
            assert sorted(below) == sorted(each.pid for each in tree.descendants(root.pid, tree.processes()))
        finally:
            tree.kill_all(root.pid, "")
    assert tree.below(root.pid) == []
