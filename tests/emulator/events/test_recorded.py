"""One awkward request, as four live services showed it to a function (July 2026)."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.events.pairs import context
from onezip.emulator.events import MAPPINGS
from onezip.emulator.http.message import Headers, Request
from onezip.model.front import Front, FrontKind, Route, Stage

BODY = '{"message":"hello from the public internet","unicode":"lambda-λ"}'
RAW = (
    "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb"
    "&literalPlus=a+b&encodedPlus=a%2Bb&empty="
)
DECODED = {
    "repeat": ["one", "two"],
    "redirect": ["https://example.com/a/b"],
    "literalPlus": ["a b"],
    "encodedPlus": ["a+b"],
    "empty": [""],
}
SENT = [
    ("Host", "h"),
    ("user-agent", "curl/8.7.1"),
    ("accept", "*/*"),
    ("content-type", "application/json"),
    ("cookie", "session=abc123; theme=dark"),
    ("x-voker-probe", "first"),
    ("x-voker-probe", "second"),
    ("content-length", "66"),
]


def made(kind: FrontKind, *routes: Route, stage: str = "$default") -> dict[str, Any]:
    front = Front(kind, routes or (Route("ANY", "$default"),), Stage(stage))
    path = "/capture/space%20value" if stage == "$default" else f"/{stage}/capture/space%20value"
    asked = Request("POST", f"{path}?{RAW}", headers=Headers(SENT), body=BODY.encode(), peer=("192.0.2.7", 1))
    return MAPPINGS[kind].event(asked, front, context(front, asked))


def test_a_rest_api() -> None:
    event = made(FrontKind.REST, Route("ANY", "/{proxy+}"), stage="live")
    assert event["path"] == "/capture/space%20value"
    assert event["pathParameters"] == {"proxy": "capture/space%20value"}
    assert event["requestContext"]["path"] == "/live/capture/space%20value"
    assert event["multiValueQueryStringParameters"] == DECODED
    assert event["queryStringParameters"]["repeat"] == "two"
    assert set(event["headers"]) == {
        "Host", "User-Agent", "X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto",
        "accept", "content-type", "cookie", "x-voker-probe",
    }  # fmt: skip
    assert event["headers"]["x-voker-probe"] == "second"
    assert event["multiValueHeaders"]["x-voker-probe"] == ["first", "second"]
    assert (event["body"], event["isBase64Encoded"]) == (BODY, False)


@pytest.mark.parametrize("kind", [FrontKind.HTTP, FrontKind.URL])
def test_an_http_api_and_a_function_url(kind: FrontKind) -> None:
    event = made(kind)
    url = kind is FrontKind.URL
    assert event["rawPath"] == ("/capture/space%20value" if url else "/capture/space value")
    assert event["requestContext"]["http"]["path"] == "/capture/space value"
    assert event["rawQueryString"] == RAW
    assert event["queryStringParameters"] == {name: ",".join(values) for name, values in DECODED.items()}
    assert event["cookies"] == ["session=abc123", "theme=dark"]
    more = {"cookie", "x-amzn-tls-cipher-suite", "x-amzn-tls-version"} if url else set()
    assert set(event["headers"]) == more | {
        "accept", "content-length", "content-type", "host", "user-agent", "x-amzn-trace-id",
        "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-voker-probe",
    }  # fmt: skip
    assert event["headers"]["x-voker-probe"] == "first,second"
    assert event["headers"]["content-length"] == "66"
    assert (event["body"], event["isBase64Encoded"]) == (BODY, False)
    assert event["requestContext"]["accountId"] == ("anonymous" if url else "123456789012")


def test_a_load_balancer() -> None:
    event = made(FrontKind.ALB_MULTI)
    assert event["path"] == "/capture/space%20value"
    assert event["multiValueQueryStringParameters"] == {
        "repeat": ["one", "two"],
        "redirect": ["https%3A%2F%2Fexample.com%2Fa%2Fb"],
        "literalPlus": ["a+b"],
        "encodedPlus": ["a%2Bb"],
        "empty": [""],
    }
    assert set(event["multiValueHeaders"]) == {
        "accept", "content-length", "content-type", "cookie", "host", "user-agent", "x-amzn-trace-id",
        "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-voker-probe",
    }  # fmt: skip
    assert event["multiValueHeaders"]["x-voker-probe"] == ["first", "second"]
    assert (event["body"], event["isBase64Encoded"]) == (BODY, False)
