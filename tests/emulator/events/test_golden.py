"""Every front's golden pairs: a request and its event, a result and its answer."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from emulator.events.pairs import GOLDEN, context, front, load, request
from onezip.emulator.events import MAPPINGS
from onezip.emulator.events.faults import Fault, GatewayError, gateway_error
from onezip.emulator.http.message import Headers, Request, Response
from onezip.model.front import Front, FrontKind

EVENTS = [
    pytest.param(case, id=f"{file.stem}-{case['name']}")
    for file in sorted(GOLDEN.glob("events-*.json"))
    for case in load(file.name)
]
REPLIES = [
    pytest.param(table["front"], case, id=f"{file.stem}-{case['name']}")
    for file in sorted(GOLDEN.glob("replies-*.json"))
    for table in [load(file.name)]
    for case in table["cases"]
]


@pytest.mark.parametrize("case", EVENTS)
def test_events(case: dict[str, Any]) -> None:
    told, asked = front(case["front"]), request(case["request"])
    made = MAPPINGS[told.kind].event(asked, told, context(told, asked))
    assert json.loads(json.dumps(made)) == case["event"]


@pytest.mark.parametrize(("told", "case"), REPLIES)
def test_replies(told: dict[str, Any], case: dict[str, Any]) -> None:
    pairs = [("Accept", case["accept"])] if "accept" in case else []
    asked = Request("GET", "/", headers=Headers(pairs))
    result = case["result_text"].encode() if "result_text" in case else json.dumps(case["result"]).encode()
    ours = front({**told, "binary": case.get("binary", ())})
    found = MAPPINGS[ours.kind].response(result, asked, ours)
    if "malformed" in case:
        assert isinstance(found, GatewayError), found
        assert (found.fault, found.response.status) == (Fault.BAD_REPLY, 500 if "http" in ours.kind else 502)
        assert case["malformed"] in found.why
        assert "\n" not in found.why
        return
    assert isinstance(found, Response), found
    answer = case["answer"]
    body = base64.b64decode(case["body64"]) if "body64" in case else answer["body"].encode()
    assert (found.status, [list(pair) for pair in found.headers], found.body) == (
        answer["status"],
        answer["headers"],
        body,
    )
    assert found.reason == case.get("reason", "")


@pytest.mark.parametrize("kind", FrontKind)
def test_a_result_that_is_nested_without_end_is_malformed(kind: FrontKind) -> None:
    for deep in (b"[" * 200_000, b'{"a":' * 200_000, b'{"statusCode":' + b"1" * 10_000 + b"}"):
        assert isinstance(MAPPINGS[kind].response(deep, Request("GET", "/"), Front(kind)), GatewayError)


INTERNAL = "InternalServerErrorException"
FAILED = b'{"message": "Internal server error"}'
PAGE = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)
FORBIDDEN = (
    b'{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: '
    b'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}'
)
ERRORS = {
    (FrontKind.REST, Fault.FAILED): (502, FAILED, INTERNAL),
    (FrontKind.REST, Fault.BAD_REPLY): (502, FAILED, INTERNAL),
    (FrontKind.REST, Fault.FUNCTION_TIMEOUT): (502, FAILED, INTERNAL),
    (FrontKind.REST, Fault.TIMEOUT): (504, b'{"message": "Endpoint request timed out"}', INTERNAL),
    (FrontKind.REST, Fault.NOT_FOUND): (
        403,
        b'{"message":"Missing Authentication Token"}',
        "MissingAuthenticationTokenException",
    ),
    (FrontKind.REST, Fault.TOO_LARGE): (413, b"HTTP content length exceeded 10485760 bytes.", ""),
    (FrontKind.REST, Fault.TOO_LARGE_FOR_LAMBDA): (
        413,
        b'{"message": "Request Too Long"}',
        "BadRequestException",
    ),
    (FrontKind.REST, Fault.UNAUTHORIZED): (401, b'{"message":"Unauthorized"}', "UnauthorizedException"),
    (FrontKind.REST, Fault.FORBIDDEN): (
        403,
        b'{"Message":"User is not authorized to access this resource with an explicit deny"}',
        "AccessDeniedException",
    ),
    (FrontKind.HTTP, Fault.FAILED): (500, b'{"message":"Internal Server Error"}', ""),
    (FrontKind.HTTP, Fault.FUNCTION_TIMEOUT): (500, b'{"message":"Internal Server Error"}', ""),
    (FrontKind.HTTP_V1, Fault.TIMEOUT): (503, b'{"message":"Service Unavailable"}', ""),
    (FrontKind.HTTP, Fault.NOT_FOUND): (404, b'{"message":"Not Found"}', ""),
    (FrontKind.HTTP, Fault.TOO_LARGE): (413, b'{"message":"Request Entity Too Large"}', ""),
    (FrontKind.HTTP, Fault.UNAUTHORIZED): (401, b'{"message":"Unauthorized"}', ""),
    (FrontKind.HTTP, Fault.FORBIDDEN): (403, b'{"message":"Forbidden"}', ""),
    (FrontKind.ALB, Fault.FAILED): (502, PAGE, ""),
    (FrontKind.URL, Fault.FAILED): (502, b"Internal Server Error", ""),
    (FrontKind.URL, Fault.FUNCTION_TIMEOUT): (502, b"Internal Server Error", ""),
    (FrontKind.URL, Fault.NOT_FOUND): (403, b'{"Message":null}', "AccessDeniedException"),
    (FrontKind.URL, Fault.FORBIDDEN): (403, FORBIDDEN, "AccessDeniedException"),
}


@pytest.mark.parametrize(("kind", "fault"), ERRORS)
def test_the_gateways_own_answers_to_the_byte(kind: FrontKind, fault: Fault) -> None:
    status, body, error = ERRORS[kind, fault]
    found = gateway_error(kind, fault, "why").response
    assert (found.status, found.body, Headers(found.headers).get("x-amzn-errortype")) == (status, body, error)
    assert "content-type" in Headers(found.headers)


def test_lengths_that_were_recorded() -> None:
    lengths = {
        (FrontKind.REST, Fault.FAILED): 36,
        (FrontKind.HTTP, Fault.FAILED): 35,
        (FrontKind.HTTP, Fault.TIMEOUT): 33,
        (FrontKind.HTTP, Fault.NOT_FOUND): 23,
    }
    assert {each: len(gateway_error(*each).response.body) for each in lengths} == lengths


@pytest.mark.parametrize("kind", FrontKind)
def test_every_fault_has_an_answer(kind: FrontKind) -> None:
    for fault in Fault:
        assert 400 <= gateway_error(kind, fault).response.status <= 504
        assert gateway_error(kind, fault).why


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("/capture/plain", "/capture/plain"),
        ("/capture/space%20value", "/capture/space value"),
        ("/capture/question%3Fvalue", "/capture/question"),
        ("/capture/percent%25done", None),
        ("/capture/hash%23value", "/capture/hash#value"),
        ("/capture/slash%2Fvalue", "/capture/slash/value"),
        ("/capture/unicode-%CE%BB-%E4%B8%96%E7%95%8C", "/capture/unicode-λ-世界"),
        ("/capture/literal%252Fvalue", "/capture/literal/value"),
        ("/capture/literal%253Fvalue", "/capture/literal?value"),
        ("/capture/literal%2525value", "/capture/literal%value"),
    ],
)
def test_an_http_api_decodes_paths_as_was_recorded(sent: str, shown: str | None) -> None:
    """Sent to a live API in July 2026."""
    told = front({"kind": "http"})
    asked = Request("GET", sent)
    refused = MAPPINGS[told.kind].refuse(asked, told)
    assert (refused is not None) is (shown is None)
    if refused is not None:
        assert refused.response.status == 400
        return
    assert MAPPINGS[told.kind].event(asked, told, context(told, asked))["rawPath"] == shown


TEXT_LIKE = {
    "text/plain": True,
    "text/csv; charset=iso-8859-1": True,
    "TEXT/HTML": True,
    "application/json": True,
    "application/json;charset=UTF-8": True,
    "application/javascript": True,
    "application/xml": True,
    "application/vnd.api+json": False,
    "application/problem+xml": False,
    "application/x-www-form-urlencoded": False,
    "multipart/form-data; boundary=x": False,
    "application/octet-stream": False,
    "image/svg+xml": False,
    "": False,
}
"""Which types of a body are passed on as text, for all fronts but a REST API."""


@pytest.mark.parametrize("encoding", ["", "gzip"])
@pytest.mark.parametrize("content_type", TEXT_LIKE)
@pytest.mark.parametrize("kind", FrontKind)
def test_which_bodies_are_base64(kind: FrontKind, content_type: str, encoding: str) -> None:
    told = front({"kind": kind, "routes": ["ANY /"], "binary": ["multipart/form-data"]})
    pairs = [("Content-Type", content_type)] * bool(content_type)
    pairs += [("Content-Encoding", encoding)] * bool(encoding)
    asked = Request("POST", "/", headers=Headers(pairs), body=b'{"a":1}')
    made = MAPPINGS[kind].event(asked, told, context(told, asked))
    text = TEXT_LIKE[content_type] and not (encoding and kind.startswith("alb"))
    if kind is FrontKind.REST:  # as its binary types say
        text = not content_type.startswith("multipart/")
    assert (made["body"], made["isBase64Encoded"]) == (
        '{"a":1}' if text else "eyJhIjoxfQ==",
        not text,
    )


MB = 1024 * 1024


@pytest.mark.parametrize(
    ("kind", "asked", "status"),
    [
        *((kind, Request("POST", "/", body=b"x" * 10 * MB), 0) for kind in ("rest", "http", "http-v1")),
        *((kind, Request("POST", "/", oversize=10 * MB + 1), 413) for kind in ("rest", "http", "http-v1")),
        ("url", Request("POST", "/", body=b"x" * 6 * MB), 0),
        ("url", Request("POST", "/", body=b"x" * (6 * MB + 1)), 413),
        *((kind, Request("POST", "/", body=b"x" * MB), 0) for kind in ("alb", "alb-multi")),
        *((kind, Request("POST", "/", body=b"x" * MB + b"x"), 413) for kind in ("alb", "alb-multi")),
        ("alb", Request("TRACE", "/"), 405),
        ("alb", Request("GET", "/", headers=Headers([("Upgrade", "websocket")])), 400),
        ("alb", Request("PUT", "/", headers=Headers([("Content-Type", "text/a")]), body=b"\xff"), 400),
        ("alb", Request("PUT", "/", headers=Headers([("Content-Type", "a/b")]), body=b"\xff"), 0),
        ("rest", Request("PUT", "/", headers=Headers([("Upgrade", "h2c")]), body=b"\xff"), 0),
    ],
    ids=lambda each: "" if isinstance(each, Request) else str(each),
)
def test_what_a_front_refuses(kind: str, asked: Request, status: int) -> None:
    found = MAPPINGS[FrontKind(kind)].refuse(asked, Front(FrontKind(kind)))
    assert (found.response.status if found else 0) == status


def test_a_load_balancer_refuses_a_reply_over_1_mb() -> None:
    result = json.dumps({"statusCode": 200, "body": "x" * MB}).encode()
    found = MAPPINGS[FrontKind.ALB].response(result, Request("GET", "/"), Front(FrontKind.ALB))
    assert isinstance(found, GatewayError)
