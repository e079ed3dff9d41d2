"""Which Host, Origin and Sec-Fetch-Site may pass: no page of another site may call these servers.  [pure]

A browser lets any page send requests to 127.0.0.1. By Host, a name that was rebound to this machine is
told from ours; by Origin and Sec-Fetch-Site, another site's page is told from the user's own call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from onezip.emulator.http.message import Refusal, Request

_LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
_WITHIN = frozenset({"", "same-origin", "none"})
_ANY = frozenset({"0.0.0.0", "[::]"})  # noqa: S104 - compared with, not bound to

Admit = Callable[[Request], Refusal | None]


def same_host(host: str, port: int) -> Admit:
    """For a Runtime API listener: nothing but its own address, no page of a browser at all."""
    own = f"{_bracketed(host)}:{port}"

    def admit(request: Request) -> Refusal | None:
        if request.host.lower() != own:
            return _wrong_host(request, own)
        return _foreign_page(request, frozenset())

    return admit


def known_hosts(host: str, port: int, names: Iterable[str] = (), *, pages: bool = False) -> Admit:
    """For a plane: its address, localhost and the names given, each with or without a port.

    A name may begin with `*.` for all names below it. A server that is bound to every address is known by
    any address, but by no other name. With pages (a front, whose function has its own CORS) Origin and
    Sec-Fetch-Site are the function's affair; else only pages of this very server pass.
    """
    bound = _bracketed(host.lower())
    allowed = frozenset({*_LOCAL, bound, *(_name(name) for name in names)} - _ANY)
    below = tuple(name[1:] for name in allowed if name.startswith("*."))
    everywhere = bound in _ANY or host == ""

    def admit(request: Request) -> Refusal | None:
        name = _name(request.host)
        known = name in allowed or (below and name.endswith(below)) or (everywhere and _is_address(name))
        if not known:
            return _wrong_host(request, f"{bound if not everywhere else 'localhost'}:{port}")
        return None if pages else _foreign_page(request, allowed)

    return admit


def _foreign_page(request: Request, allowed: frozenset[str]) -> Refusal | None:
    headers = request.headers
    if headers.get("sec-fetch-site").lower() not in _WITHIN:
        return Refusal(403, "A page of another site may not call this server.")
    for origin in headers.all("origin"):
        if not allowed or not _own_origin(origin, request, allowed):
            return Refusal(403, f"A page of {_shown(origin)} may not call this server.")
    return None


def _own_origin(origin: str, request: Request, allowed: frozenset[str]) -> bool:
    """The page's host and port are those that this request was sent to."""
    from urllib.parse import urlsplit  # few starts meet a browser

    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and parts.netloc.lower() == request.host.lower()
        and _name(parts.netloc) in allowed
    )


def _wrong_host(request: Request, own: str) -> Refusal:
    return Refusal(403, f"This server is not {_shown(request.host) or 'a server without name'}; it is {own}.")


def _name(host: str) -> str:
    """A host without its port, in lower case and without the root's dot."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower().removesuffix(".")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _is_address(name: str) -> bool:
    parts = name.split(".")
    if name.startswith("["):
        return True
    return len(parts) == 4 and all(part.isascii() and part.isdecimal() for part in parts)


def _shown(text: str) -> str:
    """Text of the client's for our words: short, and no page of markup."""
    return "".join(each if each.isalnum() or each in ".:-_*/[]" else "?" for each in text[:80])
