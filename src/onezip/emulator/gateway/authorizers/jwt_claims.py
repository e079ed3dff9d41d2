"""HTTP API, JWT: a token's signature and claims.                                                [pure]

Source: "Control access to HTTP APIs with JWT authorizers". Only RSA signatures count, as there; `none` and
shared secrets (HS*) never do. The library is pyjwt, which is imported where such an authorizer is used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from onezip.emulator.events.faults import Fault, GatewayError
from onezip.emulator.gateway.authorizers.base import Allowed, Visit, with_header
from onezip.errors import ToolMissing
from onezip.model.front import Authorizer, FrontKind

ALGORITHMS = ("RS256", "RS384", "RS512")
LEEWAY = 0
"""Seconds by which clocks may differ."""
EXPIRED = "the token has expired"
ANY = "*"
"""An issuer or audience that is not known here: the keys alone decide."""
_CHECKED_BY_US = ("verify_exp", "verify_nbf", "verify_iat", "verify_aud", "verify_iss")

Keys = Mapping[str, Any]
"""pyjwt's keys by `kid`."""


class Refused(ValueError):
    """A token that is not taken: `error_description` in AWS's words, and ours."""

    def __init__(self, description: str, why: str = "") -> None:
        super().__init__(description)
        self.description = description
        self.why = why or description


def need() -> None:
    """Raise ToolMissing where the library is not installed."""
    try:
        import jwt
    except ImportError:
        raise ToolMissing(
            "tool.missing",
            "a JWT authorizer needs the package pyjwt with cryptography",
            hint="pip install 'onezip[front]'",
        ) from None
    del jwt


def keys(text: str) -> Keys:
    """The RSA keys of a JWKS (RFC 7517). Raises ValueError where it is none."""
    import jwt

    found: dict[str, Any] = {}
    told = json.loads(text)
    listed = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(listed, list):
        raise ValueError("it has no list `keys`")  # noqa: TRY004 - one error for all that is wrong with it
    for each in listed:
        if not isinstance(each, dict) or each.get("kty") != "RSA" or each.get("use", "sig") != "sig":
            continue
        try:
            found[str(each.get("kid", ""))] = jwt.PyJWK({**each, "alg": each.get("alg", "RS256")}).key
        except jwt.PyJWTError as error:
            raise ValueError(f"the key {each.get('kid')!r}: {error}") from error
    if not found:
        raise ValueError("it has no RSA key for signatures")
    return found


def kid(token: str) -> str:
    """Which key signed the token, by its head, unchecked. Raises Refused."""
    import jwt

    try:
        head = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise Refused("token is malformed", f"the token is no JWT: {error}") from None
    algorithm = head.get("alg")
    if algorithm not in ALGORITHMS:
        raise Refused(
            f"signing method {algorithm} is invalid",
            f"the token is signed with {algorithm!r}; an HTTP API takes {', '.join(ALGORITHMS)}",
        )
    return str(head.get("kid", ""))


def claims(token: str, known: Keys) -> dict[str, Any]:
    """The claims of a token whose signature is right. Raises Refused."""
    import jwt

    key = known.get(kid(token))
    if key is None:
        raise Refused("unable to find the key that signed the token", "the JWKS has no key with its kid")
    options: Any = dict.fromkeys(_CHECKED_BY_US, False)
    try:
        return jwt.decode(token, key, algorithms=list(ALGORITHMS), options=options)
    except jwt.InvalidSignatureError:
        raise Refused("the token's signature is invalid") from None
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise Refused("token is malformed", f"the token cannot be read: {error}") from None


def check(told: Mapping[str, Any], issuer: str, audience: tuple[str, ...], now: float) -> None:
    """The claims that every token must have; now is in seconds since 1970. Raises Refused."""
    if issuer != ANY and told.get("iss") != issuer:
        raise Refused("the token does not have a valid issuer", f"iss is {told.get('iss')!r}, not {issuer!r}")
    if "aud" in told:
        given = told["aud"] if isinstance(told["aud"], list) else [told["aud"]]
        what = f"aud is {told['aud']!r}"
    else:
        given, what = [told.get("client_id")], f"there is no aud, and client_id is {told.get('client_id')!r}"
    if ANY not in audience and not any(isinstance(each, str) and each in audience for each in given):
        wanted = " or ".join(map(repr, audience))
        raise Refused("the token does not have a valid audience", f"{what}, not {wanted}")
    expires = _seconds(told, "exp")
    if expires is None or expires + LEEWAY <= now:
        why = "it has no exp" if expires is None else f"it expired {now - expires:.0f} s ago"
        raise Refused(EXPIRED, f"the token is not valid any more: {why}")
    for name in ("nbf", "iat"):
        begins = _seconds(told, name)
        if begins is not None and begins - LEEWAY > now:
            raise Refused("the token is not valid yet", f"{name} lies {begins - now:.0f} s ahead")


def verdict(visit: Visit, token: str, known: Keys, now: float) -> Allowed | GatewayError:
    """Signature, claims, scopes: 401, or 403 where only the scopes are wrong."""
    authorizer = visit.authorizer
    try:
        told = claims(token, known)
        check(told, authorizer.issuer or "", authorizer.audience, now)
    except Refused as refused:
        return invalid(visit, refused)
    given = scopes_of(told)
    if visit.scopes and not given & set(visit.scopes):
        error = visit.refused(
            Fault.FORBIDDEN,
            f"the token's scopes are {' '.join(sorted(given)) or 'none'}; "
            f"the route asks for one of {' '.join(visit.scopes)}",
        )
        description = "the token does not have a required scope"
        return with_header(error, "www-authenticate", _bearer(visit, "insufficient_scope", description))
    shown = {name: rendered(value) for name, value in told.items()}
    scopes = list(visit.scopes) or None
    if visit.front.kind is FrontKind.HTTP:
        return Allowed({"jwt": {"claims": shown, "scopes": scopes}})
    return Allowed({"claims": shown, "scopes": scopes})


def token_of(visit: Visit) -> str | GatewayError:
    """The token, with or without `Bearer`; 401 where there is none."""
    from onezip.emulator.gateway.authorizers.identity import values

    found = values(visit)
    if isinstance(found, GatewayError):
        return with_header(found, "www-authenticate", "Bearer")
    text = found[0]
    return re.sub(r"\ABearer +", "", text, flags=re.IGNORECASE).strip()


def invalid(visit: Visit, refused: Refused) -> GatewayError:
    """401, with the reason in the header that browsers and clients read."""
    error = visit.refused(Fault.UNAUTHORIZED, refused.why)
    return with_header(error, "www-authenticate", _bearer(visit, "invalid_token", refused.description))


def rendered(value: Any) -> str:
    """A claim as an HTTP API writes it into the event: text, lists as `[a b]`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{' '.join(rendered(each) for each in value)}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{name}:{rendered(value[name])}' for name in sorted(value))}]"
    return "null" if value is None else str(value)


def unknown(authorizer: Authorizer) -> str:
    """What of an authorizer is not known here, in words; empty where all is."""
    values = {"issuer": authorizer.issuer, "audience": next(iter(authorizer.audience), None)}
    names = " and ".join(name for name, value in values.items() if value == ANY)
    if not names:
        return ""
    told = f"its {names} {'are' if ' ' in names else 'is'} known when deployed"
    if authorizer.issuer == ANY and not authorizer.jwks:
        return f"{told}: nobody passes until --jwks {authorizer.name}=FILE names its keys"
    return f"{told}: a token of any passes that its keys have signed"


def scopes_of(told: Mapping[str, Any]) -> set[str]:
    """A token's scopes: `scope` or `scp`, words in a string or a list."""
    value = told.get("scope", told.get("scp", ""))
    words = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
    return {each for each in words if isinstance(each, str)}


def _seconds(told: Mapping[str, Any], name: str) -> float | None:
    value = told.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _bearer(visit: Visit, error: str, description: str) -> str:
    scopes = " ".join(visit.scopes)
    return f'Bearer scope="{scopes}" error="{error}" error_description="{description}"'
