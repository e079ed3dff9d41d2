"""What a front answers to a preflight, and what it makes of a reply's CORS headers."""

from __future__ import annotations

import pytest

from onezip.emulator.gateway.cors import apply, preflight
from onezip.emulator.http.message import Headers, Request
from onezip.model.front import Cors, Front, FrontKind, Route

HTTP = (FrontKind.HTTP, FrontKind.HTTP_V1)
CORS = Cors(
    ("https://a.test", "http://*"), ("GET", "PUT"), ("X-A", "X-B"), ("X-C",), credentials=True, max_age=5
)


def asked(origin: str | None, method: str = "OPTIONS", path: str = "/x") -> Request:
    return Request(method, path, headers=Headers([("Origin", origin)] if origin is not None else []))


@pytest.mark.parametrize("kind", HTTP)
def test_an_http_api_answers_preflights_itself(kind: FrontKind) -> None:
    found = preflight(Front(kind, cors=CORS), asked("https://a.test"))
    assert found is not None
    assert (found.status, found.body) == (204, b"")
    assert list(found.headers) == [
        ("access-control-allow-origin", "https://a.test"),
        ("access-control-allow-methods", "GET,PUT"),
        ("access-control-allow-headers", "X-A,X-B"),
        ("access-control-max-age", "5"),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "X-C"),
    ]


@pytest.mark.parametrize("origin", [None, "https://b.test", "https://a.test.evil", "xhttps://a.test", "null"])
def test_another_origin_or_none_gets_the_status_alone(origin: str | None) -> None:
    found = preflight(Front(FrontKind.HTTP, cors=CORS), asked(origin))
    assert found is not None
    assert (found.status, list(found.headers)) == (204, [])


@pytest.mark.parametrize(
    ("origins", "credentials", "origin", "answer"),
    [
        (("*",), False, "https://any", "*"),
        (("*",), True, "https://any", "https://any"),
        (("http://*",), False, "http://x:3000", "http://x:3000"),
        (("http://*",), False, "https://x", None),
        (("https://a.test",), False, "HTTPS://A.test", "HTTPS://A.test"),
    ],
)
def test_origins(origins: tuple[str, ...], credentials: bool, origin: str, answer: str | None) -> None:
    front = Front(FrontKind.HTTP, cors=Cors(origins, credentials=credentials))
    assert Headers(apply(front, asked(origin, "GET"), [])).get("access-control-allow-origin") == (
        answer or ""
    )


def test_who_else_takes_options() -> None:
    request = asked("https://a.test")
    own = Front(FrontKind.HTTP, (Route("OPTIONS", "/x"), Route("ANY", "/{proxy+}")), cors=CORS)
    assert preflight(own, request) is None
    assert preflight(own, asked("https://a.test", path="/y")) is not None
    assert preflight(own, asked("https://a.test", "GET")) is None
    assert preflight(Front(FrontKind.HTTP), request) is None
    assert preflight(Front(FrontKind.ALB, cors=CORS), request) is None
    rest = preflight(Front(FrontKind.REST, cors=Cors(("*",), ("GET",))), request)
    assert rest is not None
    assert rest.status == 200
    assert Headers(rest.headers).get("access-control-allow-methods") == "GET"
    url = preflight(Front(FrontKind.URL, cors=CORS), request)
    assert url is not None
    assert url.status == 200


GIVEN = [("Access-Control-Allow-Origin", "mine"), ("access-control-max-age", "9"), ("A", "b")]


@pytest.mark.parametrize(
    ("kind", "origin", "kept", "answer"),
    [
        (FrontKind.HTTP, "https://a.test", ["a"], "https://a.test"),
        (FrontKind.HTTP, "https://b.test", ["a"], ""),
        (FrontKind.HTTP_V1, None, ["a"], ""),
        (FrontKind.URL, "https://a.test", ["access-control-max-age", "a"], "https://a.test"),
        (FrontKind.URL, None, ["access-control-allow-origin", "access-control-max-age", "a"], "mine"),
        (
            FrontKind.REST,
            "https://a.test",
            ["access-control-allow-origin", "access-control-max-age", "a"],
            "mine",
        ),
        (
            FrontKind.ALB,
            "https://a.test",
            ["access-control-allow-origin", "access-control-max-age", "a"],
            "mine",
        ),
    ],
)
def test_a_functions_own_headers(kind: FrontKind, origin: str | None, kept: list[str], answer: str) -> None:
    found = apply(Front(kind, cors=CORS), asked(origin, "GET"), GIVEN)
    assert Headers(found).get("access-control-allow-origin") == answer
    assert [name.lower() for name, value in found if (name, value) in GIVEN] == kept
    assert apply(Front(kind), asked(origin, "GET"), GIVEN) == GIVEN
