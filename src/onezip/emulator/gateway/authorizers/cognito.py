"""REST API, COGNITO_USER_POOLS: a user pool's token.                                            [pure]

Source: "Control access to REST APIs using Amazon Cognito user pools as an authorizer". Where a route asks for
no scopes it takes identity tokens, else access tokens with one of them. Whatever is wrong, the answer is 401.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from onezip.emulator.events.faults import Fault, GatewayError
from onezip.emulator.events.uncertain_authorizers import COGNITO_TIMES
from onezip.emulator.gateway.authorizers import jwt_claims, token_header
from onezip.emulator.gateway.authorizers.base import Allowed, Visit
from onezip.emulator.http.message import Response

_EXPIRED = Response(
    401,
    (("Content-Type", "application/json"), ("x-amzn-ErrorType", "UnauthorizedException")),
    b'{"message":"The incoming token has expired"}',
)
_TIMES = frozenset({"exp", "iat"})
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LATEST = 253_402_300_799
"""The end of the year 9999, in seconds since 1970."""


def token_of(visit: Visit) -> str | GatewayError:
    """The token, with or without `Bearer`; 401 where there is none, or it does not look as it should."""
    found = token_header.identity(visit)
    if isinstance(found, GatewayError):
        return found
    return re.sub(r"\ABearer +", "", found[0], flags=re.IGNORECASE).strip()


def invalid(visit: Visit, refused: jwt_claims.Refused) -> GatewayError:
    """401, with words of its own for a token that has expired."""
    error = visit.refused(Fault.UNAUTHORIZED, refused.why)
    expired = refused.description == jwt_claims.EXPIRED
    return GatewayError(error.fault, _EXPIRED, error.why) if expired else error


def verdict(visit: Visit, token: str, known: jwt_claims.Keys, now: float) -> Allowed | GatewayError:
    """Signature, issuer, times, and what the token is for."""
    try:
        told = jwt_claims.claims(token, known)
        jwt_claims.check(told, visit.authorizer.issuer or "", (jwt_claims.ANY,), now)
    except jwt_claims.Refused as refused:
        return invalid(visit, refused)
    given, use = jwt_claims.scopes_of(told), told.get("token_use")
    if visit.scopes and not given & set(visit.scopes):
        has = " ".join(sorted(given)) or "none"
        why = f"the token's scopes are {has}; the route asks for one of {' '.join(visit.scopes)}"
        return visit.refused(Fault.UNAUTHORIZED, why)
    if not visit.scopes and use not in {None, "id"}:
        why = f"token_use is {use!r}; a route without scopes takes identity tokens"
        return visit.refused(Fault.UNAUTHORIZED, why)
    return Allowed({"claims": {name: rendered(name, value) for name, value in told.items()}})


def rendered(name: str, value: Any) -> str:
    """A claim as a REST API writes it into the event: lists with commas, times as Java prints them."""
    if isinstance(value, list):
        return ",".join(rendered("", each) for each in value)
    if name in _TIMES and COGNITO_TIMES.value and isinstance(value, int) and 0 <= value <= _LATEST:
        at = datetime.fromtimestamp(value, UTC)
        return f"{_DAYS[at.weekday()]} {_MONTHS[at.month - 1]} {at:%d %H:%M:%S UTC %Y}"
    return jwt_claims.rendered(value)
