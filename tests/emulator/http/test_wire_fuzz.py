"""Many damaged streams: whole, cut in two or dripped, the wire says the same and raises nothing."""

from __future__ import annotations

import random

import pytest

from emulator.http.test_wire import SMALL, fed
from onezip.emulator.http.message import Part, Refusal, Request
from onezip.emulator.http.wire import Continue

CHUNKS = b"3;a=b\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nT: v\r\n\r\n"
SEEDS = (
    b"GET /a?b=c HTTP/1.1\r\nHost: x:80\r\nA: b\r\nConnection: keep-alive\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
    b"PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    b"OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"GET http://h/p HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
)
PIECES = (
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b";", b",", b"0", b"ffffffff", b"\xff", b"HTTP/1.1",
    b"\r\n\r\n",     b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: y\r\n",
    b"GET / HTTP/1.1\r\n", b"-", b"#", b"*",
)  # fmt: skip


def damaged(source: random.Random) -> bytes:
    stream = bytearray(b"".join(source.choices(SEEDS, k=source.randint(1, 3))))
    for _ in range(source.randint(0, 4)):
        at = source.randrange(len(stream) + 1)
        way = source.randrange(3)
        if way == 0:
            stream[at:at] = source.choice(PIECES)
        elif way == 1:
            del stream[at : at + source.randint(1, 8)]
        else:
            stream[at : at + 1] = bytes([source.randrange(256)])
    return bytes(stream)


def told(found: list[Request | Part | Refusal | Continue]) -> list[object]:
    """What must not depend on how the stream was cut; a refusal's words and CONTINUE may."""
    return [
        "refused" if isinstance(each, Refusal) else each for each in found if not isinstance(each, Continue)
    ]


def compare(rounds: int, seed: int) -> None:
    source = random.Random(seed)
    for _ in range(rounds):
        stream = damaged(source)
        whole = told(fed([stream], SMALL))
        at = source.randrange(len(stream) + 1)
        assert told(fed([stream[:at], stream[at:]], SMALL)) == whole, stream
        assert told(fed([stream[at : at + 1] for at in range(len(stream))], SMALL)) == whole, stream


def test_damaged_streams() -> None:
    compare(400, 1)


@pytest.mark.long
def test_many_damaged_streams() -> None:
    compare(100_000, 2)
