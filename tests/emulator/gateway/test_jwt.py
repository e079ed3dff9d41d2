"""JWT authorizers with real keys: every token that is taken, and every way to be refused."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from emulator.gateway.fronts import Fronts, Got, Played, fronting, reflect
from onezip.emulator.front import keys as front_keys
from onezip.emulator.front.keys import LIMIT, allowed
from onezip.emulator.gateway.authorizers import jwt_claims
from onezip.model.front import Authorizer, AuthorizerKind, Front, FrontKind, Route

ISSUER = "https://id.example"
NOW = 1_700_001_000
BAD = b'{"message":"Unauthorized"}'


@cache
def key(name: str = "one") -> rsa.RSAPrivateKey:
    """A key of this run; each name has its own."""
    del name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwks(*names: str) -> str:
    found = []
    for name in names:
        told = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key(name).public_key()))
        found.append({**told, "kid": name, "alg": "RS256", "use": "sig"})
    return json.dumps({"keys": found})


def token(signer: str = "one", *, algorithm: str = "RS256", head: Any = None, **claims: Any) -> str:
    told = {"iss": ISSUER, "aud": "me", "sub": "you", "exp": NOW + 60, **claims}
    told = {name: value for name, value in told.items() if value is not None}
    return jwt.encode(told, key(signer), algorithm, headers={"kid": signer, **(head or {})})


def front(*scopes: str, kind: FrontKind = FrontKind.HTTP, **more: Any) -> Front:
    who = {"audience": ("me", "us"), "issuer": ISSUER, "jwks": "keys.json", **more}
    authorizer = Authorizer("who", AuthorizerKind.JWT, sources=("$request.header.Authorization",), **who)
    routes = (Route("GET", "/a", scopes=scopes),)
    return Front(kind, routes, authorizers=(authorizer,), authorizer="who")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "keys.json").write_text(jwks("one"), encoding="utf-8")
    return tmp_path


def talk(root: Path, sent: str | None, described: Front | None = None) -> tuple[Got, Any]:
    with fronting({"f": (described or front(),)}, Played(f=reflect), root=str(root)) as run:
        got = run.ask("/a", headers={} if sent is None else {"Authorization": sent})
        assert (got.status == 200) == bool(run.played.asked)
        return got, run.played.events("f")[0]["requestContext"]["authorizer"] if got.status == 200 else None


@pytest.mark.parametrize("lead", ["Bearer ", "bearer ", ""])
def test_allowed(root: Path, lead: str) -> None:
    got, seen = talk(root, lead + token())
    assert got.status == 200
    assert seen == {
        "jwt": {
            "claims": {"iss": ISSUER, "aud": "me", "sub": "you", "exp": str(NOW + 60)},
            "scopes": None,
        }
    }


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_algorithms(root: Path, algorithm: str) -> None:
    assert talk(root, token(algorithm=algorithm))[0].status == 200


def test_claims_are_text_in_the_event(root: Path) -> None:
    claims: dict[str, Any] = {
        "groups": ["a", "b"],
        "deep": {"b": 1, "a": [True]},
        "yes": True,
        "aud": ["x", "us"],
    }
    _, seen = talk(root, token(**claims))
    told = seen["jwt"]["claims"]
    assert {name: told[name] for name in claims} == {
        "groups": "[a b]",
        "deep": "map[a:[true] b:1]",
        "yes": "true",
        "aud": "[x us]",
    }


def test_payload_1(root: Path) -> None:
    _, seen = talk(root, token(scope="read write"), front("read", kind=FrontKind.HTTP_V1))
    assert seen["claims"]["scope"] == "read write"
    assert seen["scopes"] == ["read"]


def header(got: Got) -> str:
    return got.header("www-authenticate") or ""


def invalid(description: str) -> str:
    return f'Bearer scope="" error="invalid_token" error_description="{description}"'


@pytest.mark.parametrize("sent", [None, ""])
def test_without_identity(root: Path, sent: str | None) -> None:
    got, _ = talk(root, sent)
    assert (got.status, got.body, header(got)) == (401, BAD, "Bearer")


AUDIENCE = "the token does not have a valid audience"


@pytest.mark.parametrize(
    ("claims", "description"),
    [
        ({"exp": NOW}, "the token has expired"),
        ({"exp": None}, "the token has expired"),
        ({"exp": "tomorrow"}, "the token has expired"),
        ({"nbf": NOW + 1}, "the token is not valid yet"),
        ({"iat": NOW + 1}, "the token is not valid yet"),
        ({"aud": "them"}, AUDIENCE),
        ({"aud": ["them", "others"]}, AUDIENCE),
        ({"aud": [7]}, AUDIENCE),
        ({"aud": None}, AUDIENCE),
        ({"aud": "them", "client_id": "me"}, AUDIENCE),
        ({"aud": None, "client_id": "them"}, AUDIENCE),
        ({"iss": "https://evil.example"}, "the token does not have a valid issuer"),
        ({"iss": ISSUER + "/"}, "the token does not have a valid issuer"),
    ],
)
def test_claims_that_are_wrong(root: Path, claims: dict[str, Any], description: str) -> None:
    got, _ = talk(root, token(**claims))
    assert (got.status, got.body, header(got)) == (401, BAD, invalid(description))


def test_a_client_id_stands_for_an_audience_that_is_not_there(root: Path) -> None:
    assert talk(root, token(aud=None, client_id="us"))[0].status == 200
    assert talk(root, token(nbf=NOW, iat=NOW, exp=NOW + 1))[0].status == 200


def unsigned(**head: Any) -> str:
    parts = ({"alg": "none", "kid": "one", **head}, {"iss": ISSUER, "aud": "me", "exp": NOW + 60})
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        + "."
    )


def shared_secret() -> str:
    """The trap: a token signed with the public key as if it were a shared secret."""
    signed = unsigned(alg="HS256").rstrip(".")
    digest = hmac.digest(jwks("one").encode(), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


@pytest.mark.parametrize(
    ("sent", "description"),
    [
        (lambda: "x", "token is malformed"),
        (lambda: "a.b.c", "token is malformed"),
        (lambda: "Basic abc", "token is malformed"),
        (lambda: token()[:-300] + "A" * 300, "the token's signature is invalid"),
        (lambda: token("other", head={"kid": "one"}), "the token's signature is invalid"),
        (lambda: token("other"), "unable to find the key that signed the token"),
        (lambda: token(head={"kid": ""}), "unable to find the key that signed the token"),
        (unsigned, "signing method none is invalid"),
        (lambda: unsigned(alg="NONE"), "signing method NONE is invalid"),
        (shared_secret, "signing method HS256 is invalid"),
        (
            lambda: jwt.encode({"iss": ISSUER}, ec.generate_private_key(ec.SECP256R1()), "ES256"),
            "signing method ES256 is invalid",
        ),
        (lambda: token(algorithm="PS256"), "signing method PS256 is invalid"),
    ],
)
def test_tokens_that_are_wrong(root: Path, sent: Any, description: str) -> None:
    got, _ = talk(root, sent())
    assert (got.status, got.body, header(got)) == (401, BAD, invalid(description))


def test_a_changed_claim(root: Path) -> None:
    head, _, signature = token().split(".")
    _, claims, _ = token(sub="root").split(".")
    assert talk(root, f"{head}.{claims}.{signature}")[0].status == 401


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"scope": "read"}, 200),
        ({"scope": "other write"}, 200),
        ({"scp": ["write"]}, 200),
        ({"scope": "reader"}, 403),
        ({"scope": ""}, 403),
        ({"scope": 7}, 403),
        ({}, 403),
    ],
)
def test_scopes(root: Path, claims: dict[str, Any], status: int) -> None:
    got, seen = talk(root, token(**claims), front("read", "write"))
    assert got.status == status
    if status == 200:
        assert seen["jwt"]["scopes"] == ["read", "write"]
    else:
        assert got.body == b'{"message":"Forbidden"}'
        assert header(got).startswith('Bearer scope="read write" error="insufficient_scope"')


@pytest.mark.parametrize(
    ("claims", "scopes", "status"),
    [
        ({"scope": "read"}, ("read",), 200),
        ({"exp": NOW}, (), 401),
        ({"aud": "them"}, (), 401),
        ({"scope": "other"}, ("read",), 403),
    ],
)
def test_payload_1_refuses_likewise(
    root: Path, claims: dict[str, Any], scopes: tuple[str, ...], status: int
) -> None:
    described = front(*scopes, kind=FrontKind.HTTP_V1)
    assert talk(root, token(**claims), described)[0].status == status


def test_a_token_that_was_taken_is_looked_at_again(root: Path) -> None:
    with fronting({"f": (front(),)}, Played(f=reflect), root=str(root)) as run:
        sent = token(exp=NOW + 60)
        assert ask(run, sent) == 200
        run.forward(59)
        assert ask(run, sent) == 200
        run.forward(1)
        got = run.ask("/a", headers={"Authorization": sent})
        assert (got.status, header(got)) == (401, invalid("the token has expired"))


# ---- where keys come from -------------------------------------------------------------------------------


class Issuer(BaseHTTPRequestHandler):
    """Serves what a test puts into `pages`; counts what it was asked."""

    pages: dict[str, tuple[int, str]] = {}  # noqa: RUF012 - the test's own
    asked: list[str] = []  # noqa: RUF012 - the test's own

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, body = self.pages.get(self.path, (404, ""))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", body)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def issuer() -> Iterator[str]:
    Issuer.pages.clear()
    Issuer.asked.clear()
    server = HTTPServer(("127.0.0.1", 0), Issuer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ask(run: Fronts, sent: str) -> int:
    return run.ask("/a", headers={"Authorization": sent}).status


def test_keys_at_an_address_are_asked_for_sparingly(issuer: str) -> None:
    Issuer.pages["/keys"] = (200, jwks("one"))
    with fronting({"f": (front(jwks=f"{issuer}/keys"),)}, Played(f=reflect)) as run:
        assert [ask(run, token(exp=NOW + 9999)) for _ in range(3)] == [200] * 3
        assert Issuer.asked == ["/keys"]
        assert ask(run, token("two", exp=NOW + 9999)) == 401
        assert len(Issuer.asked) == 1  # not yet
        run.forward(front_keys.PAUSE + 1)
        Issuer.pages["/keys"] = (200, jwks("two"))
        assert ask(run, token("two", exp=NOW + 9999)) == 200
        assert ask(run, token("one", exp=NOW + 9999)) == 401
        assert len(Issuer.asked) == 2
        run.forward(front_keys.KEPT)
        assert ask(run, token("two", exp=NOW + 9999)) == 200
        assert len(Issuer.asked) == 3


def test_an_issuer_tells_where_its_keys_are(issuer: str) -> None:
    Issuer.pages["/.well-known/openid-configuration"] = (200, json.dumps({"jwks_uri": f"{issuer}/k"}))
    Issuer.pages["/k"] = (200, jwks("one"))
    with fronting({"f": (front(issuer=issuer, jwks=None),)}, Played(f=reflect)) as run:
        assert ask(run, token(iss=issuer)) == 200
        assert Issuer.asked == ["/.well-known/openid-configuration", "/k"]


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ((404, ""), "/keys answers 404"),
        ((302, "/elsewhere"), "/keys answers 302"),
        ((200, "{}"), "it has no list `keys`"),
        ((200, '{"keys": [{"kty": "EC"}]}'), "it has no RSA key for signatures"),
        ((200, '{"keys": [{"kty": "RSA", "kid": "one", "n": "AQ"}]}'), "the key 'one': "),
        ((200, "not json"), "Expecting value"),
        ((200, " " * (LIMIT + 1)), "/keys is over 1 MB"),
    ],
)
def test_keys_that_cannot_be_had(issuer: str, page: tuple[int, str], why: str) -> None:
    Issuer.pages["/keys"] = page
    Issuer.pages["/elsewhere"] = (200, jwks("one"))
    with fronting({"f": (front(jwks=f"{issuer}/keys"),)}, Played(f=reflect)) as run:
        got = run.ask("/a", headers={"Authorization": token()})
        assert (got.status, header(got)) == (401, invalid("OIDC discovery endpoint communication error"))
        assert f"authorizer who: its keys cannot be had: {why}".partition(": ")[0] in run.whys()[0]
        assert why in run.whys()[0]
        assert "/elsewhere" not in Issuer.asked


def test_no_answer_and_no_file(root: Path, issuer: str) -> None:
    del issuer
    for place in ("http://127.0.0.1:1/keys", "none.json"):
        assert talk(root, token(), front(jwks=place))[0].status == 401


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("https://id.example/keys", True),
        ("http://localhost:1/keys", True),
        ("http://127.0.0.9/keys", True),
        ("http://[::1]:8/keys", True),
        ("http://id.example/keys", False),
        ("http://localhost.example/keys", False),
        ("http://10.0.0.1/keys", False),
        ("http://169.254.169.254/latest", False),
        ("file:///etc/passwd", False),
        ("ftp://localhost/x", False),
        ("https://", False),
    ],
)
def test_which_addresses_are_asked(address: str, fits: bool) -> None:
    assert allowed(address) is fits


def test_keys_for_encryption_do_not_count() -> None:
    told = json.loads(jwks("one", "two"))
    told["keys"][0]["use"] = "enc"
    assert set(jwt_claims.keys(json.dumps(told))) == {"two"}
