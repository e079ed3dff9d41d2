"""Any request through each event, and back through a function that echoes."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.events.pairs import context
from onezip.emulator.events import MAPPINGS
from onezip.emulator.http.message import Headers, Request, Response
from onezip.model.front import BinaryTypes, Front, FrontKind, Route

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
QUERY = st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=4)
SEGMENTS = st.lists(TEXT.filter(lambda text: not set(text) & set("?%")), max_size=3)
NAMES = st.text("abcXYZ-", min_size=1, max_size=6).map(lambda name: f"x-t{name}")
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=8)
PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=4)
BODIES = st.one_of(
    st.tuples(st.sampled_from(["image/png", "application/x-www-form-urlencoded"]), st.binary(max_size=20)),
    st.tuples(st.sampled_from(["text/plain", "application/json; charset=utf-8"]), TEXT.map(str.encode)),
)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
ROUTES = (Route("ANY", "/{proxy+}"), Route("ANY", "/"), Route("ANY", "$default"))


def grouped(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def lower(told: dict[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in told.items()}


@pytest.mark.parametrize("kind", FrontKind)
@settings(max_examples=60, deadline=None)
@given(METHODS, SEGMENTS, QUERY, PAIRS, BODIES)
def test_what_the_function_gets_is_what_was_sent(
    kind: FrontKind,
    method: str,
    segments: list[str],
    pairs: list[tuple[str, str]],
    headers: list[tuple[str, str]],
    body: tuple[str, bytes],
) -> None:
    path = "/x/" + "/".join(quote(each, safe="") for each in segments)
    raw = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)
    sent = [("Host", "h"), ("Content-Type", body[0]), *headers]
    told = Front(kind, ROUTES, binary=BinaryTypes(("image/*", "application/x-www-form-urlencoded")))
    asked = Request(method, f"{path}?{raw}", "1.1", Headers(sent), body[1], peer=("192.0.2.7", 5))
    made = json.loads(json.dumps(MAPPINGS[kind].event(asked, told, context(told, asked))))

    text = made.get("body") or ""
    got = base64.b64decode(text) if made["isBase64Encoded"] else text.encode()
    assert got == body[1]
    assert made.get("httpMethod") or made["requestContext"]["http"]["method"] == method

    wanted = grouped([(name.lower(), value) for name, value in headers])
    names = lower(made.get("multiValueHeaders") or made["headers"])
    alone = lower(made["headers"]) if kind in {FrontKind.REST, FrontKind.HTTP_V1} else {}
    for name, values in wanted.items():
        joined = kind in {FrontKind.HTTP, FrontKind.URL}
        single = ",".join(values) if joined else values[-1]
        assert names[name] == (values if isinstance(names[name], list) else single)
        assert not alone or alone[name] == values[-1]

    if kind in {FrontKind.HTTP, FrontKind.URL}:
        assert made["rawQueryString"] == raw
        assert made.get("queryStringParameters", {}) == {
            name: ",".join(each) for name, each in grouped(pairs).items()
        }
        decoded = "/x/" + "/".join(segments)
        assert made["requestContext"]["http"]["path"] == decoded
        assert made["rawPath"] == (decoded if kind is FrontKind.HTTP else path)
    else:
        assert made["path"] == path
        if kind in {FrontKind.ALB, FrontKind.ALB_MULTI}:
            pairs = [(quote_plus(name), quote_plus(value)) for name, value in pairs]
        lists = made.get("multiValueQueryStringParameters", grouped(pairs)) or {}
        assert lists == grouped(pairs)
        last = made.get("queryStringParameters", dict(pairs)) or {}
        assert last == dict(pairs)


RAW = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20)
LINES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=8)
TYPES = st.sampled_from(["text/plain", "application/json", "image/png", "multipart/form-data", "", "x"])


@pytest.mark.parametrize("kind", FrontKind)
@settings(max_examples=60, deadline=None)
@given(METHODS, RAW, RAW, st.lists(st.tuples(NAMES, LINES), max_size=4), TYPES, st.binary(max_size=20))
def test_any_request_goes_in_and_its_body_comes_back(
    kind: FrontKind,
    method: str,
    path: str,
    raw: str,
    headers: list[tuple[str, str]],
    content_type: str,
    body: bytes,
) -> None:
    """Broken percent-encodings, bytes that are no UTF-8, anything but spaces: an event or a refusal."""
    sent = [("Host", "h"), ("Content-Type", content_type), ("Accept", content_type), *headers]
    told = Front(kind, ROUTES, binary=BinaryTypes(("image/*", "multipart/form-data")))
    asked = Request(method, f"/{path}?{raw}", "1.1", Headers(sent), body, peer=("192.0.2.7", 5))
    mapping = MAPPINGS[kind]
    refused = mapping.refuse(asked, told)
    if refused is not None:
        assert refused.response.status == 400
        assert kind in {FrontKind.HTTP, FrontKind.HTTP_V1, FrontKind.ALB, FrontKind.ALB_MULTI}
        return
    made = json.loads(
        json.dumps(mapping.event(asked, told, context(told, asked)), ensure_ascii=False).encode()
    )
    reply = {"statusCode": 200, "body": made.get("body") or "", "isBase64Encoded": made["isBase64Encoded"]}
    found = mapping.response(json.dumps(reply).encode(), asked, told)
    assert isinstance(found, Response), found
    assert found.body == (body if made["isBase64Encoded"] else body.decode("utf-8", "replace").encode())


@pytest.mark.parametrize("kind", FrontKind)
@settings(max_examples=60, deadline=None)
@given(st.integers(200, 599), PAIRS, BODIES)
def test_what_the_function_says_is_what_is_answered(
    kind: FrontKind, status: int, headers: list[tuple[str, str]], body: tuple[str, bytes]
) -> None:
    """Names differ in case only: fronts that spell them anew are compared without case."""
    single = {name.lower(): value for name, value in headers}
    reply: dict[str, Any] = {"statusCode": status, "isBase64Encoded": True}
    reply["body"] = base64.b64encode(body[1]).decode()
    single["content-type"] = body[0]
    if kind is FrontKind.ALB_MULTI:
        reply["multiValueHeaders"] = {name: [value] for name, value in single.items()}
    else:
        reply["headers"] = single
    told = Front(kind, binary=BinaryTypes(("*/*",)))
    found = MAPPINGS[kind].response(json.dumps(reply).encode(), Request("GET", "/"), told)
    assert isinstance(found, Response)
    assert (found.status, found.body) == (status, body[1])
    answered = {name.lower(): value for name, value in found.headers if name != "Server"}
    assert answered == single


@pytest.mark.parametrize("kind", FrontKind)
@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["statusCode", "headers", "multiValueHeaders", "body", "cookies", "isBase64Encoded"]
                )
                | TEXT,
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    )
)
def test_any_result_becomes_an_answer_that_can_be_sent(kind: FrontKind, result: Any) -> None:
    """No exception, no line break in a header, no status that is none."""
    found = MAPPINGS[kind].response(json.dumps(result).encode(), Request("GET", "/"), Front(kind))
    response = found if isinstance(found, Response) else found.response
    assert 200 <= response.status <= 599
    for name, value in response.headers:
        assert not set(name + value) & set("\r\n\0")
        (name + value).encode("latin-1")


@pytest.mark.parametrize("kind", FrontKind)
@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=30))
def test_any_bytes_become_an_answer(kind: FrontKind, result: bytes) -> None:
    assert MAPPINGS[kind].response(result, Request("GET", "/"), Front(kind)) is not None
