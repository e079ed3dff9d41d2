"""Our folders are those of platformdirs."""

from __future__ import annotations

import os
import sys

import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from onezip.folders import Folders, folders


@pytest.mark.parametrize(
    "given", [{}, {"XDG_CACHE_HOME": "/c", "XDG_STATE_HOME": "/s"}, {"XDG_CACHE_HOME": "x"}]
)
@pytest.mark.skipif(sys.platform == "win32", reason="compares the folders of Unix systems")
def test_the_platforms_conventions(given: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    unix, mac = Unix("onezip", appauthor=False), MacOS("onezip", appauthor=False)
    if os.path.isabs(given.get("XDG_CACHE_HOME", "/")):
        assert folders(given, "linux") == Folders(unix.user_cache_dir, unix.user_state_dir)
    else:
        assert folders(given, "linux") == folders({}, "linux")
    if not given:
        assert folders(given, "darwin") == Folders(mac.user_cache_dir, mac.user_state_dir)


def test_windows() -> None:
    found = folders({"LOCALAPPDATA": "L"}, "win32")
    assert found == Folders(os.path.join("L", "onezip", "Cache"), os.path.join("L", "onezip"))


def test_one_variable_moves_all() -> None:
    home = os.path.abspath("somewhere")
    assert folders({"ONEZIP_HOME": "somewhere", "XDG_CACHE_HOME": "/c"}) == Folders(
        os.path.join(home, "cache"), os.path.join(home, "state")
    )
