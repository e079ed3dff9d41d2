"""Who may pass: one module for each kind of authorizer.                                         [pure]

Those that ask a function have `event` (what it is asked) and `verdict` (what its reply means); those of
tokens have `token_of` and `verdict`; IAM looks at the request alone.
"""

from __future__ import annotations

from typing import Any, Protocol

from onezip.emulator.events.faults import GatewayError
from onezip.emulator.gateway.authorizers import (
    cognito,
    http_v1,
    http_v2,
    jwt_claims,
    request,
    token_header,
)
from onezip.emulator.gateway.authorizers.base import Allowed, Visit
from onezip.model.front import AuthorizerKind


class Asking(Protocol):
    """A kind that asks a function."""

    def identity(self, visit: Visit) -> tuple[str, ...] | GatewayError:
        """The identity sources' values, the cache's key; or what a request without them is told."""
        ...

    def event(self, visit: Visit, identity: tuple[str, ...]) -> dict[str, Any]:
        """The authorizer function's event."""
        ...

    def verdict(self, visit: Visit, reply: Any) -> Allowed | GatewayError:
        """What the function's reply, as JSON, means for this request. Raises Malformed."""
        ...


ASKING: dict[AuthorizerKind, Asking] = {
    AuthorizerKind.TOKEN: token_header,
    AuthorizerKind.REQUEST: request,
    AuthorizerKind.HTTP_V1: http_v1,
    AuthorizerKind.HTTP_V2: http_v2,
}
"""Each kind that asks a function has its row."""


class Token(Protocol):
    """A kind that reads a signed token."""

    def token_of(self, visit: Visit) -> str | GatewayError:
        """The token; or what a request without one is told."""
        ...

    def invalid(self, visit: Visit, refused: jwt_claims.Refused) -> GatewayError:
        """What a request with a bad token is told."""
        ...

    def verdict(self, visit: Visit, token: str, known: jwt_claims.Keys, now: float) -> Allowed | GatewayError:
        """Signature, claims, scopes; now is in seconds since 1970."""
        ...


TOKENS: dict[AuthorizerKind, Token] = {
    AuthorizerKind.JWT: jwt_claims,
    AuthorizerKind.COGNITO: cognito,
}
"""Each kind of tokens has its row."""
