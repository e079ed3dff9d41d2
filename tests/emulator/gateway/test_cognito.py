"""User pools, API keys and judged preflights of REST APIs, and issuers that are not known here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.gateway.fronts import Got, Played, fronting, reflect
from emulator.gateway.test_jwt import ISSUER, NOW, jwks, token, unsigned
from emulator.gateway.test_jwt import front as http_front
from onezip.emulator.gateway.apis import apis
from onezip.emulator.gateway.authorizers import jwt_claims
from onezip.emulator.gateway.authorizers.cognito import rendered
from onezip.model.front import Authorizer, AuthorizerKind, Cors, Front, FrontKind, Route

HEADER = ("method.request.header.Authorization",)
UNAUTHORIZED = b'{"message":"Unauthorized"}'


def front(*scopes: str, cors: Cors | None = None, api_key: bool = False, **more: Any) -> Front:
    told = {"issuer": ISSUER, "jwks": "keys.json", "sources": HEADER, **more}
    authorizer = Authorizer("pool", AuthorizerKind.COGNITO, **told)
    routes = (Route("GET", "/a", scopes=scopes, api_key=api_key),)
    return Front(FrontKind.REST, routes, authorizers=(authorizer,), authorizer="pool", cors=cors)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "keys.json").write_text(jwks("one"), encoding="utf-8")
    return tmp_path


def talk(
    root: Path, sent: str | None, described: Front | None = None, method: str = "GET", **headers: str
) -> tuple[Got, Any, list[str]]:
    """The answer, the function's requestContext, and what the front says of it."""
    with fronting({"f": (described or front(),)}, Played(f=reflect), root=str(root)) as run:
        sender = {name.replace("_", "-"): value for name, value in headers.items()}
        got = run.ask("/a", method, headers=sender if sent is None else {"Authorization": sent, **sender})
        seen = [event["requestContext"] for event in run.played.events("f")]
        return got, seen[0] if seen else None, [] if got.status == 200 else run.whys()


@pytest.mark.parametrize("lead", ["Bearer ", ""])
@pytest.mark.parametrize("claims", [{}, {"token_use": "id"}])
def test_identity_tokens_pass(root: Path, lead: str, claims: dict[str, str]) -> None:
    got, seen, _ = talk(root, lead + token(aud="whoever", **claims))
    assert got.status == 200
    assert seen["authorizer"] == {
        "claims": {
            "iss": ISSUER,
            "aud": "whoever",
            "sub": "you",
            "exp": "Tue Nov 14 22:31:00 UTC 2023",
            **claims,
        }
    }


def test_access_tokens_with_a_scope_pass(root: Path) -> None:
    sent = token(token_use="access", scope="x a/read", aud=None)
    got, seen, _ = talk(root, sent, front("a/read", "b"))
    assert (got.status, seen["authorizer"]["claims"]["scope"]) == (200, "x a/read")


REFUSED: list[tuple[Any, tuple[str, ...], str]] = [
    (None, (), "the request has no header Authorization"),
    ("x.y.z", (), "the token is no JWT"),
    (unsigned(), (), "the token is signed with"),
    (token("two"), (), "the JWKS has no key with its kid"),
    (token("two", head={"kid": "one"}), (), "the token's signature is invalid"),
    (token(iss="https://other.example"), (), "iss is 'https://other.example'"),
    (token(nbf=NOW + 900), (), "nbf lies"),
    (token(token_use="access"), (), "token_use is 'access'; a route without scopes takes identity tokens"),
    (token(scope="b"), ("a",), "the token's scopes are b; the route asks for one of a"),
    (token(), ("a",), "the token's scopes are none; the route asks for one of a"),
]


@pytest.mark.parametrize(("sent", "scopes", "why"), REFUSED)
def test_refused(root: Path, sent: str | None, scopes: tuple[str, ...], why: str) -> None:
    got, _, whys = talk(root, sent, front(*scopes))
    assert (got.status, got.body) == (401, UNAUTHORIZED)
    assert got.header("x-amzn-ErrorType") == "UnauthorizedException"
    assert f"authorizer pool: {why}" in whys[0]


def test_an_expired_token_is_told_so(root: Path) -> None:
    got, _, whys = talk(root, token(exp=NOW - 2000))
    assert (got.status, got.body) == (401, b'{"message":"The incoming token has expired"}')
    assert "the token is not valid any more" in whys[0]


@pytest.mark.parametrize(("validation", "status"), [("Bearer .*", 200), ("x.*", 401)])
def test_a_token_must_look_as_it_should(root: Path, validation: str, status: int) -> None:
    assert talk(root, f"Bearer {token()}", front(validation=validation))[0].status == status


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("cognito:groups", ["a", "b"], "a,b"),
        ("email_verified", True, "true"),
        ("iat", 1_512_149_821, "Fri Dec 01 17:37:01 UTC 2017"),
        ("auth_time", 1_512_149_821, "1512149821"),
        ("exp", 10**20, str(10**20)),
        ("exp", -1, "-1"),
    ],
)
def test_claims_are_text(name: str, value: Any, text: str) -> None:
    assert rendered(name, value) == text


# ---- what only a deployment knows ------------------------------------------------------------


def test_where_the_issuer_is_not_known_the_keys_decide(root: Path) -> None:
    assert talk(root, token(iss="https://any.example"), front(issuer="*"))[0].status == 200
    assert talk(root, token("two"), front(issuer="*"))[0].status == 401
    http = http_front(issuer="*", audience=("*",))
    assert talk(root, token(iss="x", aud="y"), http)[0].status == 200
    assert talk(root, token("two"), http)[0].status == 401


def test_without_keys_nobody_passes_and_the_option_is_named(root: Path) -> None:
    got, _, whys = talk(root, token(), front(issuer="*", jwks=None))
    assert got.status == 401
    assert whys == [
        (
            "authorizer pool: its keys cannot be had: its issuer is known when deployed; "
            "name them: --jwks pool=FILE"
        )
    ]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, ""),
        (
            {"issuer": "*", "jwks": None},
            "its issuer is known when deployed: nobody passes until --jwks pool=FILE names its keys",
        ),
        (
            {"issuer": "*", "audience": ("*",)},
            (
                "its issuer and audience are known when deployed: "
                "a token of any passes that its keys have signed"
            ),
        ),
    ],
)
def test_what_is_not_known_is_told(more: dict[str, Any], text: str) -> None:
    assert jwt_claims.unknown(front(**more).authorizers[0]) == text


# ---- API keys --------------------------------------------------------------------------------


def test_an_api_key_is_needed_after_the_authorizer(root: Path) -> None:
    described = front(api_key=True)
    assert talk(root, None, described, x_api_key="k")[0].status == 401
    got, _, whys = talk(root, token(), described)
    assert (got.status, got.body) == (403, b'{"message":"Forbidden"}')
    assert got.header("x-amzn-ErrorType") == "ForbiddenException"
    assert whys == ["the route needs an API key in x-api-key"]
    got, seen, _ = talk(root, token(), described, x_api_key="k")
    assert (got.status, seen["identity"]["apiKey"]) == (200, "k")
    assert "claims" in seen["authorizer"]


def test_an_api_key_without_an_authorizer(root: Path) -> None:
    described = Front(FrontKind.REST, (Route("ANY", "$default", api_key=True),))
    assert talk(root, None, described)[0].status == 403
    assert talk(root, None, described, x_api_key="k")[0].status == 200


# ---- preflights ------------------------------------------------------------------------------


def test_a_preflight_that_the_authorizer_judges(root: Path) -> None:
    described = front(cors=Cors(origins=("*",), authorizer="pool"))
    got, _, _ = talk(root, None, described, "OPTIONS", Origin="https://a.example")
    assert (got.status, got.body) == (401, UNAUTHORIZED)
    got, seen, _ = talk(root, token(), described, "OPTIONS", Origin="https://a.example")
    assert (got.status, seen, got.header("access-control-allow-origin")) == (200, None, "*")


def test_a_preflight_that_nobody_judges(root: Path) -> None:
    got, _, _ = talk(root, None, front(cors=Cors(origins=("*",))), "OPTIONS", Origin="https://a.example")
    assert got.status == 200


def test_functions_of_one_api_may_leave_its_cors_to_another() -> None:
    cors = Cors(origins=("*",), authorizer="pool")
    told, silent = front(cors=cors), Front(FrontKind.REST, (Route("GET", "/b"),))
    (api,) = apis({"g": (silent,), "f": (told,)}, ["f", "g"])
    assert api.preflight is told.authorizers[0]
    assert json.dumps([each.name for each in api.authorizers]) == '["pool", "pool"]'
