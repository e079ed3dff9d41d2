"""The keys of JWT authorizers: from a file, or from an address, which is asked sparingly.

An address is https, or this machine's own; it is not followed elsewhere, and no more than 1 MB is read.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
from typing import IO, Any
from urllib.parse import urlsplit

from onezip.emulator.environments.clock import Clock
from onezip.emulator.gateway.authorizers import jwt_claims
from onezip.model.front import Authorizer

LIMIT = 1024 * 1024
"""Bytes of a key set."""
KEPT = 300.0
"""Seconds after which a key set is asked for anew."""
PAUSE = 10.0
"""Seconds between two questions for a key that is not there."""
_PATIENCE = 5.0


class KeyStore:
    """Key sets by where they are from. root is the folder that files are relative to."""

    def __init__(self, clock: Clock, root: str) -> None:
        self._clock = clock
        self._root = root
        self._sets: dict[str, tuple[float, jwt_claims.Keys]] = {}
        self._asking = asyncio.Lock()

    async def of(self, authorizer: Authorizer, kid: str) -> jwt_claims.Keys:
        """The keys of an authorizer; asked for again where they are old, or have no key of this name.

        Raises OSError or ValueError where they cannot be had.
        """
        place = authorizer.jwks or ""
        source = place or (authorizer.issuer or "")
        async with self._asking:
            found = self._sets.get(source)
            if found is not None:
                age = self._clock.now() - found[0]
                if age < PAUSE or (kid in found[1] and age < KEPT):
                    return found[1]
            text = await asyncio.to_thread(self._text, place, authorizer.issuer or "")
            keys = jwt_claims.keys(text)
            self._sets[source] = (self._clock.now(), keys)
            return keys

    def _text(self, place: str, issuer: str) -> str:
        if not place:
            if issuer == jwt_claims.ANY:
                raise ValueError("its issuer is known when deployed")
            about = json.loads(fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
            place = str(about.get("jwks_uri", "")) if isinstance(about, dict) else ""
            if not place:
                raise ValueError(f"{issuer} tells no jwks_uri")
            return fetch(place)
        if "://" in place:
            return fetch(place)
        with open(os.path.join(self._root, place), "rb") as file:
            return _bounded(file, place)


def allowed(address: str) -> bool:
    """Https, or http to this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    if parts.scheme != "http":
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def fetch(address: str) -> str:
    """The text at an address. Raises OSError or ValueError."""
    if not allowed(address):
        raise ValueError(f"{address} is neither https nor on this machine")
    from urllib.error import HTTPError  # dear, and most fronts ask nobody
    from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener

    class Stay(HTTPRedirectHandler):
        """Follows nothing: a redirect is an error."""

        def redirect_request(self, *_: Any, **__: Any) -> None:
            """No request."""

    direct = () if address.startswith("https") else (ProxyHandler({}),)
    try:
        with build_opener(Stay(), *direct).open(address, timeout=_PATIENCE) as answer:
            return _bounded(answer, address)
    except HTTPError as error:
        with error:
            raise ValueError(f"{address} answers {error.code}") from None


def _bounded(file: IO[bytes], name: str) -> str:
    data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise ValueError(f"{name} is over 1 MB")
    return data.decode()
