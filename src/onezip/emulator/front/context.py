"""What a front makes up for each request: its ids, its trace, the time."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass

from onezip.emulator.environments.clock import Clock
from onezip.emulator.events.context import Context, Match
from onezip.emulator.http.message import Request


@dataclass(slots=True)
class Circumstances:
    """Those of one listening address; port is known once it listens."""

    clock: Clock
    scheme: str = "http"
    port: int = 0

    def of(self, request: Request, found: Match) -> Context:
        """A request's circumstances. A trace that the client sent is kept."""
        now = self.clock.now() + self.clock.epoch
        random = os.urandom(39)
        digits = random[:28].hex()
        variant = "89ab"[random[8] & 3]
        sent = request.headers.get("x-amzn-trace-id")
        kept = sent if "Root=1-" in sent and sent.isascii() and sent.isprintable() else ""
        return Context(
            request_id=f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}",
            time=now,
            match=found,
            trace_id=kept or f"Root=1-{int(now):08x}-{digits[32:56]}",
            extended_id=base64.urlsafe_b64encode(random[28:]).decode(),
            scheme=self.scheme,
            port=self.port,
        )
