"""Calls that are tried again where that is right: what AWS is too busy for now, and what broke on the way.

Every act of a deploy can be sent twice: it carries the RevisionId or digest it was planned for, so that the
second one either does the same or is refused as stale.
"""

from __future__ import annotations

from typing import Any

from onezip.deployer.cloud import Clock, Cloud, CloudError, Kind, kind

PATIENCE = {
    Kind.BUSY: 300.0,
    Kind.THROTTLED: 120.0,
    Kind.BROKEN: 45.0,
    Kind.UNREACHABLE: 4.0,
    Kind.ROLE_LAG: 60.0,
}
"""Seconds for which a call is tried again. 300 is that of AWS's own waiter FunctionUpdatedV2."""

LONGEST = {Kind.BUSY: 5.0, Kind.THROTTLED: 20.0, Kind.BROKEN: 8.0, Kind.UNREACHABLE: 2.0, Kind.ROLE_LAG: 5.0}
"""The longest pause between two tries, in seconds."""


class Calls:
    """A Cloud whose calls are tried again. patience overrides PATIENCE for a kind."""

    def __init__(self, cloud: Cloud, clock: Clock) -> None:
        self.cloud = cloud
        self.clock = clock

    def __call__(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """One call, to its end. Raises CloudError where trying again does not help."""
        pause, first = 0.5, self.clock.now()
        while True:
            try:
                return self.cloud.call(service, operation, **parameters)
            except CloudError as error:
                what = kind(error)
                if self.clock.now() - first >= PATIENCE.get(what, 0.0):
                    raise
                # half of the pause is certain, half is chance, so that many callers spread out
                self.clock.sleep(pause / 2 + pause / 2 * self.clock.jitter())
                pause = min(pause * 2, LONGEST[what])

    def once(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """A call that must not be sent twice."""
        return self.cloud.call(service, operation, **parameters)

    def or_none(self, service: str, operation: str, **parameters: Any) -> dict[str, Any] | None:
        """A read; None where what it asks for is not there."""
        try:
            return self(service, operation, **parameters)
        except CloudError as error:
            if kind(error) is Kind.MISSING:
                return None
            raise
