"""The emulator's one clock: every wait goes through it, so that it can be stopped while a debugger looks."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A call that is to come."""

    def cancel(self) -> None:
        """Forget it; nothing happens where it came already."""
        ...


class Clock(Protocol):
    """Seconds that never go back. epoch is what to add just now to have seconds since 1970."""

    @property
    def epoch(self) -> float:
        """Seconds to add to `now`."""
        ...

    def now(self) -> float:
        """The time in seconds."""
        ...

    def time(self) -> float:
        """The time in seconds since 1970."""
        ...

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call back after so many seconds of this clock."""
        ...


class Deadline:
    """A time that is moved far more often than it comes, as the timeout of each invocation is.

    Its timer is left alone when the time moves on or is cleared, and looks again when it comes.
    """

    __slots__ = ("_callback", "_clock", "_due", "_timer", "_when")

    def __init__(self, clock: Clock, callback: Callable[[], None]) -> None:
        self._clock = clock
        self._callback = callback
        self._when: float | None = None
        self._timer: Timer | None = None
        self._due = 0.0

    def set(self, seconds: float) -> None:
        """Call back after so many seconds, and not when it was to be before."""
        self._when = when = self._clock.now() + seconds
        if self._timer is None or when < self._due:
            self._arm(when, seconds)

    def clear(self) -> None:
        """Do not call back."""
        self._when = None

    def cancel(self) -> None:
        """Do not call back, and leave no timer."""
        self._when = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, when: float, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = when
        self._timer = self._clock.call_later(seconds, self._come)

    def _come(self) -> None:
        self._timer = None
        when = self._when
        if when is None:
            return
        left = when - self._clock.now()
        if left > 0:
            self._arm(when, left)
        else:
            self._when = None
            self._callback()


class Lapse:
    """One call that is to come, of a `Lapses`."""

    __slots__ = ("callback", "when")

    def __init__(self, when: float, callback: Callable[[], None]) -> None:
        self.when = when
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Forget it."""
        self.callback = None


class Lapses:
    """Calls that come all so many seconds after they were asked for, and most are cancelled before.

    They come in the order in which they were asked for: one timer waits for the first of them.
    """

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._queue: deque[Lapse] = deque()
        self._waiting = False

    def add(self, callback: Callable[[], None]) -> Lapse:
        """Call back when the time is over, unless it is cancelled."""
        queue = self._queue
        while queue and queue[0].callback is None:
            queue.popleft()
        lapse = Lapse(self._clock.now() + self._seconds, callback)
        queue.append(lapse)
        if not self._waiting:
            self._wait(self._seconds)
        return lapse

    def _wait(self, seconds: float) -> None:
        self._waiting = True
        self._clock.call_later(seconds, self._come)

    def _come(self) -> None:
        now, queue = self._clock.now(), self._queue
        while queue and (queue[0].callback is None or queue[0].when <= now):
            callback = queue.popleft().callback
            if callback is not None:
                callback()
        self._waiting = False
        if queue:
            self._wait(queue[0].when - now)


class _Alarm:
    """A timer of a LoopClock; handle is None while the clock stands."""

    __slots__ = ("_clock", "callback", "handle", "when")

    def __init__(self, clock: LoopClock, when: float, callback: Callable[[], None]) -> None:
        self._clock = clock
        self.when = when
        self.callback = callback
        self.handle: asyncio.TimerHandle | None = None

    def cancel(self) -> None:
        self._clock.alarms.discard(self)
        if self.handle is not None:
            self.handle.cancel()

    def fire(self) -> None:
        self._clock.alarms.discard(self)
        self.callback()


class LoopClock:
    """The clock of a running event loop. While it stands, no timer comes to its end."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lost = 0.0
        self._stopped: float | None = None
        self.alarms: set[_Alarm] = set()

    @property
    def epoch(self) -> float:
        """Seconds to add to `now`; more after the machine slept, or this clock stood."""
        return time.time() - self.now()

    def now(self) -> float:
        """Seconds, without those that the clock stood."""
        return time.monotonic() - self._lost if self._stopped is None else self._stopped

    def time(self) -> float:
        """Seconds since 1970; these do not stand."""
        return time.time()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call back after so many seconds, in the event loop."""
        alarm = _Alarm(self, self.now() + seconds, callback)
        self.alarms.add(alarm)
        if self._stopped is None:
            alarm.handle = self._loop.call_later(seconds, alarm.fire)
        return alarm

    def stop(self) -> None:
        """Stand still."""
        if self._stopped is None:
            self._stopped = self.now()
            for alarm in self.alarms:
                if alarm.handle is not None:
                    alarm.handle.cancel()

    def go(self) -> None:
        """Go on where it stood."""
        if self._stopped is not None:
            now, self._stopped = self._stopped, None
            self._lost = time.monotonic() - now
            start = self._loop.time()
            for alarm in self.alarms:
                alarm.handle = self._loop.call_at(start + alarm.when - now, alarm.fire)
