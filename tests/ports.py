"""Port numbers for servers that cannot choose one themselves: each of one test process at a time."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from fetched import CACHE
from onezip.mutex import Mutex

CHOSEN = range(20_000, 22_000)
"""Below the ports that a system gives to whoever asks for any (Linux: from 32768, others: from 49152)."""

LOCKS = CACHE / "ports"


@contextmanager
def reserved() -> Iterator[int]:
    """A port of 127.0.0.1 on which nobody listens, and which no other test takes until the end."""
    for number in CHOSEN:
        with Mutex(str(LOCKS / f"{number}.lock"), wait=False) as lock:
            if lock.held and _free(number):
                yield number
                return
    raise AssertionError("every port is taken")


def _free(number: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", number))
        except OSError:
            return False
    return True
