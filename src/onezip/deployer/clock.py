"""The Clock that is the machine's own."""

from __future__ import annotations

import random
import time


class SystemClock:
    """Monotonic time, real pauses, real chance."""

    def now(self) -> float:
        """Seconds of the monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def jitter(self) -> float:
        """A number from 0 to 1."""
        return random.random()  # noqa: S311 - spreads callers out, keeps no secret
