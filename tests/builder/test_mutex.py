"""A lock between processes that a killed holder lets go."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from onezip.errors import CacheError
from onezip.mutex import Mutex

COUNT = """
import sys
from onezip.mutex import Mutex
for _ in range(100):
    with Mutex(sys.argv[1] + ".lock"):
        with open(sys.argv[1]) as file:
            number = int(file.read())
        with open(sys.argv[1], "w") as file:
            file.write(str(number + 1))
"""

HOLD = """
import sys, time
from onezip.mutex import Mutex
with Mutex(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    running = [subprocess.Popen([sys.executable, "-c", COUNT, str(counter)]) for _ in range(4)]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    assert counter.read_text() == "400"


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with Mutex(str(path)):
        pass


def test_a_place_that_cannot_be_locked(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheError) as caught, Mutex(str(tmp_path / "file/lock")):
        pass
    assert caught.value.code == "cache.unusable"
    assert "ONEZIP_HOME" in caught.value.hint
