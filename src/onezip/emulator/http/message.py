"""A request, its answer and their headers, as text.

Names and values are latin-1 text in the order and case of the wire, so that nothing is lost: what AWS
joins, lowers or drops is the event mappings' affair. Source of the rules: RFC 9110 and RFC 9112.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Pairs = Sequence[tuple[str, str]]
"""Header names and values, in order."""

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What is a header's name, as a whole (RFC 9110 section 5.6.2)."""
FORBIDDEN = re.compile(r"[\r\n\0]")
"""What no header's value may hold (RFC 9110 section 5.5)."""


class HeaderRefused(ValueError):
    """A status, header name or value that cannot be put on the wire: CR, LF, NUL, a space in a name.

    Raised before anything is written, so that the caller can answer in its own words.
    """


class Headers:
    """Headers of a message: looked up without regard to case, kept as sent."""

    __slots__ = ("_first", "pairs")

    def __init__(self, pairs: Pairs = ()) -> None:
        self.pairs = pairs
        self._first: dict[str, str] | None = None

    def get(self, name: str, default: str = "") -> str:
        """The first value of the header, or default."""
        first = self._first
        return (self._index() if first is None else first).get(name.lower(), default)

    def all(self, name: str) -> list[str]:
        """Every value of the header, in order."""
        lowered = name.lower()
        first = self._index() if self._first is None else self._first
        value = first.get(lowered)
        if value is None:
            return []
        if len(first) == len(self.pairs):
            return [value]
        return [value for each, value in self.pairs if each.lower() == lowered]

    def _index(self) -> dict[str, str]:
        self._first = {each.lower(): value for each, value in reversed(self.pairs)}
        return self._first

    def __contains__(self, name: str) -> bool:
        return name.lower() in (self._index() if self._first is None else self._first)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and list(self.pairs) == list(other.pairs)

    def __hash__(self) -> int:
        return hash(tuple(self.pairs))

    def __repr__(self) -> str:
        return f"Headers({list(self.pairs)!r})"


EMPTY = Headers()
"""No headers."""


class Request(NamedTuple):
    """One request. version is `1.0` or `1.1`; target is as sent; peer is the client's address and port.

    connection is a number of its own for each connection of a server. oversize is 0, or, for a body over
    the server's limit, the bytes that were announced or seen; body is empty then. flowing is whether the
    body follows in parts (`Part`).
    """

    method: str
    target: str
    version: str = "1.1"
    headers: Headers = EMPTY
    body: bytes = b""
    trailers: Headers = EMPTY
    peer: tuple[str, int] = ("", 0)
    connection: int = 0
    oversize: int = 0
    flowing: bool = False

    @property
    def path(self) -> str:
        """The target's path, undecoded and without query; `*` for the asterisk-form."""
        return self._origin.partition("?")[0] or "/"

    @property
    def query(self) -> str:
        """The target's query, undecoded, without the question mark."""
        return self._origin.partition("?")[2]

    @property
    def host(self) -> str:
        """Whom the client means: an absolute-form target goes before Host (RFC 9112 section 3.2.2)."""
        if self.target[:1] in "/*":
            return self.headers.get("host")
        return authority(self.target)

    @property
    def _origin(self) -> str:
        if self.target[:1] in "/*":
            return self.target
        rest = self.target.partition("://")[2]
        cut = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
        return rest[cut:]


class Part(NamedTuple):
    """A piece of a body that is handed out as it comes. trailers is None but in the last one."""

    data: bytes
    trailers: Headers | None = None


def authority(target: str) -> str:
    """`host:port` of an absolute-form target, without user information."""
    rest = target.partition("://")[2]
    cut = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    return rest[:cut].rpartition("@")[2]


class Response(NamedTuple):
    """An answer. Content-Length, Connection and Date are the server's; reason is for load balancers only."""

    status: int
    headers: Pairs = ()
    body: bytes = b""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that is not handled. message is for people; headers and body, if given, replace its form.

    The connection is closed after it: what follows a refused request cannot be trusted.
    """

    status: int
    message: str
    headers: Pairs = ()
    body: bytes = b""

    @property
    def response(self) -> Response:
        """The refusal as an answer: plain text unless the plane has a form of its own."""
        if self.headers or self.body:
            return Response(self.status, self.headers, self.body)
        text = f"{self.message}\n".encode("latin-1", "backslashreplace")
        return Response(self.status, (("Content-Type", "text/plain; charset=utf-8"),), text)
