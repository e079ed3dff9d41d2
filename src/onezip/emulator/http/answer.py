"""Status, headers and body as bytes: RFC 9112 section 4 to 6.                                   [pure]

What frames a message is the server's own affair: Content-Length, Transfer-Encoding, Connection and the
other hop-by-hop headers of RFC 9110 section 7.6.1 are dropped from what is given.
"""

from __future__ import annotations

from http import HTTPStatus

from onezip.emulator.http.message import FORBIDDEN, TOKEN, HeaderRefused, Pairs, Request

HOP_BY_HOP = frozenset(
    {
        "connection",
        "content-length",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers of one connection, in lower case; each hop writes its own."""

_REASONS = {status.value: status.phrase for status in HTTPStatus}
_PASSED: set[str] = set()  # header names that were seen, and may be written
_REMEMBERED = 4096


def bodiless(status: int) -> bool:
    """Answers that end with their head (RFC 9112 section 6.3)."""
    return status < 200 or status in {204, 304}


def head(
    request: Request,
    status: int,
    headers: Pairs,
    *,
    length: int | None,
    keep_alive: bool,
    date: str = "",
    reason: str = "",
) -> bytes:
    """An answer's head. length None stands for a body in chunks (HTTP/1.1) or until the end (HTTP/1.0).

    Raises HeaderRefused before anything is written.
    """
    if not 200 <= status <= 999:
        raise HeaderRefused(f"{status} is no final status of HTTP")
    lines = [f"HTTP/1.1 {status} {reason or _REASONS.get(status, '')}"]
    lines += [f"{name}: {value}" for name, value in headers if name in _PASSED or _may_pass(name)]
    if date:
        lines.append(f"Date: {date}")
    if length is None:
        if request.version == "1.1" and not bodiless(status):
            lines.append("Transfer-Encoding: chunked")
    elif not bodiless(status):
        told = length or (_of_the_body(headers) if request.method == "HEAD" else 0)
        lines.append(f"Content-Length: {told}")
    if not keep_alive:
        lines.append("Connection: close")
    elif request.version == "1.0":
        lines.append("Connection: keep-alive")
    return _sent(lines, headers, reason)


def trailers(pairs: Pairs) -> bytes:
    """The end of a body in chunks."""
    lines = ["0"]
    for name, value in pairs:
        if not _may_pass(name):
            raise HeaderRefused(f"{name!r} cannot be a trailer")
        lines.append(f"{name}: {value}")
    return _sent(lines, pairs, "")


def _sent(lines: list[str], headers: Pairs, reason: str) -> bytes:
    text = "\r\n".join(lines)
    ends = len(lines) - 1
    if not text.count("\r") == ends == text.count("\n") or "\0" in text:
        raise HeaderRefused(_culprit(headers, reason))
    try:
        return f"{text}\r\n\r\n".encode("latin-1")
    except UnicodeEncodeError:
        raise HeaderRefused(_culprit(headers, reason)) from None


def _may_pass(name: str) -> bool:
    if not TOKEN.fullmatch(name):
        raise HeaderRefused(f"{name!r} is no name of a header")
    if name.lower() in HOP_BY_HOP:
        return False
    if len(_PASSED) < _REMEMBERED:
        _PASSED.add(name)
    return True


def _of_the_body(headers: Pairs) -> str:
    """The length of the body that GET would bring, where the headers of an answer to HEAD tell it."""
    given = [value.strip() for name, value in headers if name.lower() == "content-length"]
    told = given[-1] if given else ""
    return told if told.isdecimal() and told.isascii() else "0"


def _culprit(headers: Pairs, reason: str) -> str:
    for name, value in (*headers, ("the reason phrase", reason)):
        if FORBIDDEN.search(value):
            return f"the value of {name} holds a line break or NUL"
        if any(ord(each) > 0xFF for each in value):
            return f"the value of {name} holds characters beyond latin-1"
    return "a header holds a line break"
