"""Bodies in events: as text, or as base64.                                                      [pure]"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from functools import lru_cache

from onezip.emulator.events.uncertain import EMPTY_IS_TEXT, INVALID_UTF8
from onezip.emulator.http.message import Request

_TEXT = frozenset({"application/json", "application/javascript", "application/xml"})


def media_type(value: str) -> str:
    """A content type without its parameters, in lower case."""
    return value.partition(";")[0].strip().lower()


@lru_cache(maxsize=256)
def is_text(content_type: str) -> bool:
    """What an HTTP API, a function URL and a load balancer pass on as text; all else is base64."""
    kind = media_type(content_type)
    return kind.startswith("text/") or kind in _TEXT


def matches(binary_types: Sequence[str], kind: str) -> bool:
    """Does a media type match a REST API's binary types? `*/*`, `image/*` and exact ones; not `*/png`."""
    for each in binary_types:
        wanted = each.lower()
        if wanted in {"*/*", kind}:
            return True
        if wanted.endswith("/*") and kind.startswith(wanted[:-1]):
            return True
    return False


def encoded(body: bytes, *, binary: bool) -> tuple[str, bool]:
    """The body for an event, and isBase64Encoded."""
    if not body:
        return "", EMPTY_IS_TEXT.value
    if binary:
        return base64.b64encode(body).decode(), True
    return body.decode("utf-8", INVALID_UTF8.value), False


def by_content_type(request: Request) -> tuple[str, bool]:
    """The body as an HTTP API and a function URL pass it on."""
    return encoded(request.body, binary=not is_text(request.headers.get("content-type")))


def decoded(body: str) -> bytes | None:
    """A reply's base64 body, or None where it is none. Line breaks are none, either."""
    try:
        return base64.b64decode(body.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        return None


def utf8(text: str) -> bytes:
    """Text of a reply as bytes; half a surrogate pair, which JSON allows, becomes a question mark."""
    return text.encode("utf-8", "replace")
