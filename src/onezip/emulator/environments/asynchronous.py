"""Asynchronous invocations: accepted at once, tried three times ("Asynchronous invocation", AWS Lambda
Developer Guide).

After an error of the function there are two more tries, one minute and then two minutes later. Where the
function is throttled, Lambda tries for up to six hours, first after a second and then ever more slowly, at
most five minutes apart. Every try has the same request id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from onezip.emulator.environments.clock import Clock
from onezip.emulator.environments.pool import Job, Pool
from onezip.emulator.environments.record import Recorder, Story

RETRIES = (60.0, 120.0)
"""Seconds before the second and the third try."""

THROTTLED_FIRST, THROTTLED_MOST, THROTTLED_UNTIL = 1.0, 300.0, 6 * 3600.0
"""Seconds: the first wait of a throttled invocation, the longest, and when it is dropped."""


class Events:
    """The asynchronous invocations of one emulator that are not through yet."""

    def __init__(self, clock: Clock, recorder: Recorder) -> None:
        self._clock = clock
        self._recorder = recorder
        self.waiting = 0

    def take(self, pool: Pool, job: Job, tell: Callable[[Job, Story], None]) -> None:
        """Try it now; tell is called after each try."""
        self._try(pool, job, tell, THROTTLED_FIRST)

    def _try(self, pool: Pool, job: Job, tell: Callable[[Job, Story], None], wait: float) -> None:
        def ended(done: Story) -> None:
            tell(job, done)
            if done.answer is not None and done.answer.error:
                self._again(pool, job, tell)

        def throttled() -> None:
            if self._clock.now() - job.began + wait > THROTTLED_UNTIL:
                text = f"{job.invocation.id} was throttled for six hours and is dropped"
                self._recorder.notice(pool.name, text)
                return
            self._later(wait, lambda: self._try(pool, job, tell, min(2 * wait, THROTTLED_MOST)))

        job.on_end = ended
        job.on_throttle = throttled
        pool.submit(job)

    def _again(self, pool: Pool, job: Job, tell: Callable[[Job, Story], None]) -> None:
        if job.attempt > len(RETRIES):
            text = f"{job.invocation.id} failed {job.attempt} times and is dropped"
            self._recorder.notice(pool.name, text, "in AWS it would go to the function's failure destination")
            return
        seconds = RETRIES[job.attempt - 1]
        text = f"{job.invocation.id} is tried again in {seconds:.0f} s, as Lambda does"
        self._recorder.notice(pool.name, text)
        later = replace(job, attempt=job.attempt + 1, on_end=None)
        self._later(seconds, lambda: self._try(pool, later, tell, THROTTLED_FIRST))

    def _later(self, seconds: float, work: Callable[[], None]) -> None:
        self.waiting += 1

        def due() -> None:
            self.waiting -= 1
            work()

        self._clock.call_later(seconds, due)
