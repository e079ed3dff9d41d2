"""What a build is doing, on a terminal, once it takes longer than a second."""

from __future__ import annotations

import threading
import time

from onezip.cli.console import Console, size
from onezip.model.event import Happened

PATIENCE = 1.0
"""Seconds of silence before the first word."""

_WORDS = {
    "build.started": "looking at {subject}",
    "build.running": "{subject}: {title}",
    "build.packing": "{subject}: packing",
}


class Progress:
    """Listens to a build's events and shows the newest; --verbose shows each tool's own lines."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._start = time.monotonic()
        self._text = ""
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        self._ticker.start()

    def hear(self, event: Happened) -> None:
        """Take one event, from any thread."""
        with self._lock:
            if event.type == "build.output":
                self._console.detail(f"{event.subject} | {event.fields['line']}")
            elif event.type == "build.packed":
                done, total = event.fields["done"], event.fields["total"]
                if isinstance(done, int) and isinstance(total, int):
                    self._text = f"{event.subject}: packing {size(done)} of {size(total)}"
            elif event.type in _WORDS:
                self._text = _WORDS[event.type].format(subject=event.subject, **event.fields)
                self._console.detail(self._text)

    def stop(self) -> None:
        """Show no more, and leave no half line behind."""
        self._ended.set()
        self._ticker.join()
        self._console.finish()

    def _tick(self) -> None:
        if self._ended.wait(PATIENCE):
            return
        while not self._ended.wait(0.1):
            with self._lock:
                self._console.progress(f"{self._text}  {time.monotonic() - self._start:.0f} s")
