"""Pairs of zips of the same files, compressed by other engines."""

from __future__ import annotations

from random import Random

import deflate

from explain.packing_cases import TEXT, Bytes, Case, base, case, changed
from explain.zips import RUN, Entry, deflated, zipped


def packed(stream: bytes) -> Bytes:
    return changed("lib/text.txt", packed=stream)


def foreign() -> bytes:
    """A stream that no engine at hand makes: one block of fixed codes, without a match."""
    bits = []
    for byte in TEXT:
        code, width = (0x30 + byte, 8) if byte < 144 else (0x190 + byte - 144, 9)
        bits.append(f"{code:0{width}b}")
    text = "110" + "".join(bits) + "0000000"
    text += "0" * (-len(text) % 8)
    return bytes(int(text[at : at + 8][::-1], 2) for at in range(0, len(text), 8))


DICE = Random(5)


LARGE = b"".join(b"%x%s" % (DICE.getrandbits(18), TEXT[at % 9000 : at % 9000 + 30]) for at in range(26_000))


LARGE = LARGE[:880_000]


def large(stream: bytes) -> Bytes:
    """One large program, packed by some engine."""
    return lambda: zipped({"bootstrap": Entry(LARGE, mode=RUN, packed=stream)})


ENGINES: dict[str, Case] = {
    "method": case(
        base(),
        base(method=0),
        "method",
        "packed by other methods: deflated here, stored there (3 entries)",
        near="engine",
    ),
    "zlib levels": case(
        base(),
        packed(deflated(TEXT, 1)),
        "engine",
        "same content, compressed to other bytes: zlib level 8 or 9 here, zlib level 1 there (1 entry)",
    ),
    "libdeflate": case(
        packed(deflated(TEXT, 6)),
        packed(bytes(deflate.deflate_compress(TEXT, 6))),
        "engine",
        "zlib level 6 here, libdeflate level 6 there",
    ),
    "a large file": case(
        large(deflated(LARGE, 9)),
        large(bytes(deflate.deflate_compress(LARGE, 12))),
        "engine",
        "zlib level 8 or 9 here, libdeflate level 11 or 12 there (1 entry)",
        "bootstrap: 880,000 bytes become",
    ),
    "a large file by another engine": case(
        large(deflated(LARGE, 6)),
        large(deflated(LARGE, 6, memory=7)),
        "engine",
        "zlib level 6 here, an engine not known here",
    ),
    "strategy": case(
        base(), packed(deflated(TEXT, 6, strategy=2)), "engine", "zlib level 6, strategy Huffman only there"
    ),
    "a fork of zlib": case(base(), packed(foreign()), "engine", "(zlib-ng, or another fork of zlib) there"),
    "unknown engine": case(
        base(version=25),
        changed("lib/text.txt", {"version": 25}, packed=foreign()),
        "engine",
        "an engine not known here (Go's compress/flate, zlib-ng, zopfli or another) there",
    ),
    "7-Zip's engine": case(
        base(version=63, dos=0x8020),
        changed("lib/text.txt", {"version": 63, "dos": 0x8020}, packed=foreign()),
        "engine",
        "likely 7-Zip's own deflate there",
    ),
    "no engine": case(base(), changed("lib/text.txt", data=TEXT + b"!\n"), "file", near="engine method"),
}
"""By what they show."""
