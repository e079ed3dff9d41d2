"""The framing `application/vnd.amazon.eventstream`, as far as Lambda writes it.                    [pure]

A message is the length of the whole and of the headers (32 bits each, big-endian), the CRC-32 of both, the
headers, the payload, and the CRC-32 of all before. Source: "Event stream" in Smithy's specification of AWS's
protocols; names of events and members: the model of InvokeWithResponseStream.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

from onezip.emulator.environments import words

_STRING = 7
_OVERHEAD = 16


def message(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message, with headers that are all strings."""
    heads = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack("!II", _OVERHEAD + len(heads) + len(payload), len(heads))
    framed = b"".join((prelude, struct.pack("!I", zlib.crc32(prelude)), heads, payload))
    return framed + struct.pack("!I", zlib.crc32(framed))


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return struct.pack(f"!B{len(key)}sBH", len(key), key, _STRING, len(text)) + text


def _event(kind: str, content_type: str, payload: bytes) -> bytes:
    return message({":event-type": kind, ":content-type": content_type, ":message-type": "event"}, payload)


def chunk(data: bytes) -> bytes:
    """A part of the response: PayloadChunk."""
    return _event("PayloadChunk", "application/octet-stream", data)


def complete(code: str = "", details: str = "", log: str = "") -> bytes:
    """The end: InvokeComplete with ErrorCode, ErrorDetails and LogResult where there are any."""
    told = {"ErrorCode": code, "ErrorDetails": details, "LogResult": log}
    members = {name: value for name, value in told.items() if value}
    return _event("InvokeComplete", "application/json", words.compact(members))
