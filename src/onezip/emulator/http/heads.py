"""A request's head, judged: RFC 9112 sections 2 to 6 and what llhttp leaves open.                [pure]

llhttp (httptools, with no leniency) refuses bare line ends, folded lines, control characters and lengths
that contradict each other. Here come the rules about the request line, the target and Host.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import httptools

from onezip.emulator.http.message import Headers, Refusal

ALLOWED = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
REMEMBERED = 2048
"""Bytes of a head up to which its header lines are remembered as judged."""

LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP/1\.([01])\r\n")
_ABSOLUTE = re.compile(r"https?://[^/?#@\s]+(?:[/?]|$)", re.IGNORECASE)
_HOST = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
_PLAIN = re.compile(rb"/[\w/.$:%?=&,;~@+!*()-]*", re.ASCII)
"""Paths that llhttp need not look at; others go to it with their request line."""
FRAMING = frozenset({"content-length", "transfer-encoding", "host"})
"""Headers that mean nothing good as trailers."""


class Refused(Exception):
    """Why a request is not handled; the wire catches it. With headers given, the refusal carries them."""

    def __init__(self, status: int, message: str, *headers: tuple[str, str]) -> None:
        super().__init__(message)
        body = b"" if not headers else f"{message}\n".encode()
        kind = (("Content-Type", "text/plain; charset=utf-8"),) if headers else ()
        self.refusal = Refusal(status, message, (*kind, *headers), body)


class _Collector:
    """httptools' callbacks for a head or a block of trailers."""

    __slots__ = ("pairs",)

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.pairs.append((name.decode("latin-1"), value.decode("latin-1").rstrip(" \t")))


class Fields(NamedTuple):
    """What the header lines of a request say. wrong_host is why the Host header is refused."""

    headers: Headers
    version: str
    keep_alive: bool
    wrong_host: str
    coding: str
    length: int
    expect: str


def fields(head: bytes, line: re.Match[bytes]) -> Fields:
    """The header lines of a sound head; equal ones are judged once, for a client sends the same again."""
    if len(head) > REMEMBERED or not _PLAIN.fullmatch(line[2]):
        return _judged(head, line[3])
    return _remembered(line[1], line[3], head[line.end() :])


@lru_cache(maxsize=256)
def _remembered(method: bytes, minor: bytes, lines: bytes) -> Fields:
    return _judged(b"%b / HTTP/1.%b\r\n%b" % (method, minor, lines), minor)


def _judged(head: bytes, minor: bytes) -> Fields:
    headers = Headers(parsed(head))
    version = "1.1" if minor == b"1" else "1.0"
    hosts = headers.all("host")
    wrong = ""
    if len(hosts) != 1 and (hosts or version == "1.1"):
        wrong = "A request needs one Host header, and no more than one."
    elif hosts and not _HOST.fullmatch(hosts[0]):
        wrong = "The Host header is neither a name nor an address."
    tokens = _tokens(headers, "connection")
    keep_alive = "close" not in tokens and (version == "1.1" or "keep-alive" in tokens)
    coding = headers.get("transfer-encoding")
    length = int(headers.get("content-length", "0"))
    return Fields(headers, version, keep_alive, wrong, coding, length, headers.get("expect"))


def parsed(head: bytes) -> list[tuple[str, str]]:
    """The headers of a head, as llhttp reads them. Raises Refused."""
    collector = _Collector()
    try:
        httptools.HttpRequestParser(collector).feed_data(head)
    except httptools.HttpParserUpgrade:
        pass  # the head is sound; an upgrade is an offer that a server may ignore (RFC 9110 section 7.8)
    except httptools.HttpParserError as error:
        raise unsound(error, head) from None
    return collector.pairs


def unsound(error: Exception, head: bytes) -> Refused:
    """The refusal for what llhttp says of a head, or of the part of it that is there."""
    line, end, _ = head.partition(b"\r\n")
    if end and not LINE.match(head):
        return wrong_line(line)
    if isinstance(error, httptools.HttpParserInvalidMethodError) and LINE.match(head):
        return Refused(501, "The request's method is unknown.")
    return Refused(400, f"This is not sound HTTP: {error}.")


def wrong_line(line: bytes) -> Refused:
    """The refusal for a request line that LINE does not match."""
    parts = line.split(b" ")
    if len(parts) == 3 and parts[2].startswith(b"HTTP/"):
        if any(byte > 0x7E for byte in parts[1]):
            return Refused(400, "The path or query holds bytes that are not ASCII: write them as %XX.")
        if not parts[2].startswith(b"HTTP/1."):
            return Refused(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
    if len(parts) == 2 and parts[0] == b"GET":
        return Refused(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here, not HTTP/0.9.")
    return Refused(400, "This is not sound HTTP: the request line is malformed.")


def check_target(method: str, target: str) -> None:
    """RFC 9112 section 3.2: origin-form, absolute-form, and `*` for OPTIONS. CONNECT is for proxies."""
    if method == "CONNECT":
        raise Refused(405, "This is not a proxy: CONNECT is not for it.", ("Allow", ALLOWED))
    if "#" in target:
        raise Refused(400, "The request's target has a fragment, which no client sends.")
    if target[0] == "/" or (target == "*" and method == "OPTIONS"):
        return
    found = _ABSOLUTE.match(target)
    if not found or not _HOST.fullmatch(found[0].partition("://")[2].rstrip("/?")):
        raise Refused(400, "The request's target is neither a path nor an address.")


def expects_continue(said: Fields) -> bool:
    """Does the client wait for 100 Continue? RFC 9110 section 10.1.1; HTTP/1.0 is to be ignored."""
    if said.version == "1.0":
        return False
    if said.expect.lower() != "100-continue":
        raise Refused(417, "The only expectation that is understood is 100-continue.")
    return True


def _tokens(headers: Headers, name: str) -> set[str]:
    if name not in headers:
        return set()
    return {token.strip().lower() for value in headers.all(name) for token in value.split(",")}
