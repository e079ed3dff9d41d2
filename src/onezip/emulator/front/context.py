"""What a front makes up for each request: its ids, its trace, the time."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from onezip.emulator.environments.clock import Clock
from onezip.emulator.environments.random_ids import Random, uuid
from onezip.emulator.events.context import Context, Match
from onezip.emulator.http.message import Request


@dataclass(slots=True)
class Circumstances:
    """Those of one listening address; port is known once it listens."""

    clock: Clock
    scheme: str = "http"
    port: int = 0
    random: Random = field(default_factory=Random)

    def of(self, request: Request, found: Match) -> Context:
        """A request's circumstances. A trace that the client sent is kept."""
        now = self.clock.time()
        digits = self.random.digits(77)
        sent = request.headers.get("x-amzn-trace-id")
        kept = sent if "Root=1-" in sent and sent.isascii() and sent.isprintable() else ""
        return Context(
            request_id=uuid(digits),
            time=now,
            match=found,
            trace_id=kept or f"Root=1-{int(now):08x}-{digits[31:55]}",
            extended_id=base64.urlsafe_b64encode(bytes.fromhex(digits[55:])).decode(),
            scheme=self.scheme,
            port=self.port,
        )
