"""Where onezip keeps what it may lose (cache) and what it remembers (state), by each platform's convention.

The rules are those of platformdirs, which a test compares with; the package itself costs more at start-up
than a whole unchanged build may. `ONEZIP_HOME` moves everything below one folder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import NamedTuple


class Folders(NamedTuple):
    """Absolute folders; made with mode 0700 by whoever first writes there."""

    cache: str
    state: str


def make_private(folder: str) -> None:
    """Make a folder of ours, and those above it that are missing, for this user only. Raises OSError."""
    above = os.path.dirname(folder)
    if above != folder and not os.path.isdir(above):
        make_private(above)
    os.makedirs(folder, mode=0o700, exist_ok=True)


def folders(environ: Mapping[str, str], platform: str = sys.platform) -> Folders:
    """The folders of this user."""
    home = environ.get("ONEZIP_HOME")
    if home:
        home = os.path.abspath(home)
        return Folders(os.path.join(home, "cache"), os.path.join(home, "state"))
    user = os.path.expanduser("~")
    if platform == "win32":
        local = environ.get("LOCALAPPDATA") or os.path.join(user, "AppData", "Local")
        return Folders(os.path.join(local, "onezip", "Cache"), os.path.join(local, "onezip"))
    if platform == "darwin":
        library = os.path.join(user, "Library")
        return Folders(
            os.path.join(library, "Caches", "onezip"),
            os.path.join(library, "Application Support", "onezip"),
        )
    cache = environ.get("XDG_CACHE_HOME", "")
    state = environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(cache):
        cache = os.path.join(user, ".cache")
    if not os.path.isabs(state):
        state = os.path.join(user, ".local", "state")
    return Folders(os.path.join(cache, "onezip"), os.path.join(state, "onezip"))
