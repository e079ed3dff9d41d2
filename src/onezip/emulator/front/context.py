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
    ready: tuple[str, str, str] | None = None

    def of(self, request: Request, found: Match) -> Context:
        """A request's circumstances. A trace that the client sent is kept."""
        now = self.clock.time()
        request_id, root, extended = self.ready or self.ids()
        self.ready = None
        sent = request.headers.get("x-amzn-trace-id")
        kept = sent if "Root=1-" in sent and sent.isascii() and sent.isprintable() else ""
        return Context(
            request_id=request_id,
            time=now,
            match=found,
            trace_id=kept or f"Root=1-{int(now):08x}-{root}",
            extended_id=extended,
            scheme=self.scheme,
            port=self.port,
        )

    def ids(self) -> tuple[str, str, str]:
        """The ids of a request, its trace's end among them."""
        digits = self.random.digits(77)
        extended = base64.urlsafe_b64encode(bytes.fromhex(digits[55:])).decode()
        return uuid(digits), digits[31:55], extended

    def prepare(self) -> None:
        """Have the next ones ready, while nobody waits for us."""
        if self.ready is None:
            self.ready = self.ids()
