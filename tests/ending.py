"""How the tests end a server: asked first, and never waited for without end."""

from __future__ import annotations

import subprocess
from typing import Any


def end(process: subprocess.Popen[Any], patience: float = 10.0) -> None:
    """SIGTERM; a process that is still there after so many seconds is killed.

    A killed one ends as soon as the system comes to it.
    """
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(60)
