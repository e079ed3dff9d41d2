"""What happens, as records: builds, invocations and deploys all speak so; the terminal is one reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple


class Happened(NamedTuple):
    """One thing that happened. type is `area.what` (`build.started`); subject is the function's name.

    time is seconds of the one clock (`time.monotonic` of the process that records).
    """

    type: str
    subject: str
    time: float
    fields: Mapping[str, object] = MappingProxyType({})


Listener = Callable[[Happened], None]
"""Who wants to hear of it. Called from any thread."""
