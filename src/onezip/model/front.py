"""The HTTP front of a function: API Gateway, a load balancer or a function URL, as AWS describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FrontKind(StrEnum):
    """Which service stands before the function; each has an event mapping of its own."""

    REST = "rest"
    HTTP = "http"
    HTTP_V1 = "http-v1"
    ALB = "alb"
    ALB_MULTI = "alb-multi"
    URL = "url"


class AuthorizerKind(StrEnum):
    """TOKEN, REQUEST and COGNITO (REST API), REQUEST 1.0 and 2.0 and JWT (HTTP API), and IAM."""

    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    REQUEST = "request"
    HTTP_V1 = "http-v1"
    HTTP_V2 = "http-v2"
    JWT = "jwt"
    COGNITO = "cognito"
    IAM = "iam"


@dataclass(frozen=True, slots=True)
class Authorizer:
    """Who may pass. ttl is the cache's time in seconds (300 by default; 0 turns the cache off).

    sources are identity sources in the service's own words (`method.request.header.Authorization`,
    `$request.header.Authorization`); function names the authorizer function of this project; issuer,
    audience, scopes and jwks (a file or an https address) are for JWT; COGNITO has no audience. `*` stands
    for an issuer or an audience that only a deployment knows.
    """

    name: str
    kind: AuthorizerKind
    function: str | None = None
    sources: tuple[str, ...] = ()
    validation: str | None = None
    simple: bool = False
    ttl: int = 300
    issuer: str | None = None
    audience: tuple[str, ...] = ()
    jwks: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """`METHOD /path/{name}`, `ANY /{proxy+}` or `$default`; scopes are for a JWT or COGNITO authorizer.

    api_key says that a REST API asks for a key in `x-api-key`.
    """

    method: str
    path: str
    authorizer: str | None = None
    scopes: tuple[str, ...] = ()
    api_key: bool = False

    @property
    def key(self) -> str:
        """The route key in HTTP API's words."""
        return "$default" if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Cors:
    """Cross-origin rules; max_age in seconds, None where the service sends no header.

    authorizer is a REST API's that judges preflights, too.
    """

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    credentials: bool = False
    max_age: int | None = None
    authorizer: str | None = None


@dataclass(frozen=True, slots=True)
class BinaryTypes:
    """REST API's binary media types, such as `image/png` or `*/*`."""

    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: its name in the path (`$default` has none) and its variables."""

    name: str = "$default"
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Front:
    """One front of one function. timeout in seconds, None for the service's own (29 REST, 30 HTTP API).

    base_path and host tell several fronts on one port apart; streaming is a function URL's
    RESPONSE_STREAM.
    """

    kind: FrontKind
    routes: tuple[Route, ...] = (Route("ANY", "$default"),)
    stage: Stage = Stage()
    base_path: str = ""
    host: str | None = None
    binary: BinaryTypes = BinaryTypes()
    cors: Cors | None = None
    timeout: float | None = None
    authorizers: tuple[Authorizer, ...] = ()
    authorizer: str | None = None
    streaming: bool = False
