"""What a server accepts before it refuses: sizes in bytes, times in seconds.                    [pure]"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one server.

    body is what a request's body may hold; of more, `drain` bytes are read and thrown away, so that the
    client reads its answer rather than a reset, and beyond them the connection is closed. A head has
    head_time from its first byte, a body body_time and one second more for each `rate` bytes; a
    connection without a request lives for idle_time, and an answer that nobody reads for write_time.
    """

    head: int = 65536
    trailers: int = 65536
    body: int = 16 * 1024 * 1024
    drain: int = 64 * 1024 * 1024
    header_count: int = 256
    pipelined: int = 65536
    connections: int = 1024
    head_time: float = 10.0
    body_time: float = 20.0
    rate: float = 1000.0
    idle_time: float = 75.0
    write_time: float = 60.0
    linger_time: float = 2.0
