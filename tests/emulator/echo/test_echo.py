"""The echo: the event of this very request, what of it is made up, and two of them side by side."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import pytest

from emulator.clocks import ManualClock
from onezip.emulator.echo.answer import MADE_UP, Echo
from onezip.emulator.echo.compare import Word, compare, kind_of
from onezip.emulator.echo.dump import dump
from onezip.emulator.echo.marks import leaves
from onezip.emulator.echo.page import lines
from onezip.emulator.front.context import Circumstances
from onezip.emulator.http.message import Headers, Request, Response
from onezip.model.front import FrontKind

HEADERS = (("Host", "localhost:3000"), ("User-Agent", "curl/8"))


def ask(
    target: str, method: str = "GET", body: bytes = b"", headers: Any = (), *, alone: bool = False
) -> Response | None:
    request = Request(method, target, "1.1", Headers((*HEADERS, *headers)), body, peer=("127.0.0.1", 5))
    around = Circumstances(ManualClock(epoch=1_700_000_000.0), port=3000)
    return Echo(alone=alone)(request, around)


def answer(target: str, *more: Any, **named: Any) -> Response:
    got = ask(target, *more, **named)
    assert got is not None
    return got


def event(target: str, *more: Any, **named: Any) -> Any:
    got = answer(target, *more, **named)
    assert got.status == 200, got.body
    return json.loads(got.body)


FORM = [("Content-Type", "application/x-www-form-urlencoded")]


def test_a_form_as_curl_sends_it() -> None:
    got = event("/json", "POST", b"abc=123", FORM)
    assert got["requestContext"]["http"]["method"] == "POST"
    assert (base64.b64decode(got["body"]), got["isBase64Encoded"]) == (b"abc=123", True)
    assert got["requestContext"]["timeEpoch"] == 1_700_001_000_000


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
@pytest.mark.parametrize("target", ["/json", "/json/", "/json/a%2Fb//c?x=1&x=2&y", "/json?as=http"])
def test_any_method_path_and_query(method: str, target: str) -> None:
    got = event(target, method)
    assert got["requestContext"]["http"]["method"] == method
    assert got["rawQueryString"] == target.partition("?")[2]


@pytest.mark.parametrize("kind", list(FrontKind))
def test_as_shows_each_front(kind: FrontKind) -> None:
    got = event(f"/json/x?as={kind}", "POST", b'{"a":1}', [("Content-Type", "application/json")])
    assert kind_of(got) == kind
    assert got["body"] == '{"a":1}'


def test_others_are_left_to_others() -> None:
    assert ask("/") is None
    assert ask("/jsonx") is None
    assert answer("/", alone=True).status == 200
    assert answer("/x", alone=True).status == 404


@pytest.mark.parametrize(
    "target", ["/json?as=no", "/json?as=http,rest", "/diff?as=a,b", "/diff?as=url,alb,rest"]
)
def test_what_as_does_not_know(target: str) -> None:
    got = answer(target)
    assert got.status == 400
    assert b"there are rest, http, http-v1, alb, alb-multi, url" in got.body


def test_what_the_front_would_refuse_is_refused() -> None:
    assert answer("/json?as=alb", "TRACE").status == 405
    assert answer("/json/%25done").status == 400


def marked(target: str, headers: Any = ()) -> list[str]:
    return dict(answer(target, headers=headers).headers)[MADE_UP].split(", ")


@pytest.mark.parametrize("kind", list(FrontKind))
def test_every_made_up_place_is_there_and_none_is_of_the_request(kind: FrontKind) -> None:
    got = event(f"/json?as={kind}&q=mine")
    places = dict(leaves(got))
    marks = marked(f"/json?as={kind}&q=mine")
    assert marks
    assert set(marks) <= set(places)
    for path in marks:
        assert "mine" not in str(places[path])
        assert "curl" not in str(places[path])


@pytest.mark.parametrize("kind", list(FrontKind))
def test_what_differs_from_call_to_call_is_made_up(kind: FrontKind) -> None:
    first, second = (event(f"/json?as={kind}") for _ in range(2))
    differs = {row.path for row in compare(first, second) if row.word is not Word.SAME}
    assert differs
    assert differs <= set(marked(f"/json?as={kind}"))


CONTEXT = {"accountId", "apiId", "requestId"}
VERSION_1 = {*CONTEXT, "extendedRequestId", "resourceId"}


@pytest.mark.parametrize(
    ("kind", "context"),
    [
        ("rest", {*VERSION_1, "deploymentId", "stage"}),
        ("http", CONTEXT),
        ("http-v1", VERSION_1),
        ("alb", {"elb.targetGroupArn"}),
        ("alb-multi", {"elb.targetGroupArn"}),
        ("url", {"requestId"}),
    ],
)
def test_what_is_made_up(kind: str, context: set[str]) -> None:
    marks = marked(f"/json?as={kind}")
    found = {path.removeprefix("requestContext.") for path in marks if path.startswith("requestContext.")}
    assert found == context
    headers = {path.lower().partition(".")[2] for path in marks if "eaders" in path}
    tls = {"x-amzn-tls-version", "x-amzn-tls-cipher-suite"} if kind == "url" else set()
    assert {name.partition("[")[0] for name in headers} == {"x-amzn-trace-id", *tls}


def test_a_trace_of_the_client_is_real() -> None:
    assert "headers.x-amzn-trace-id" in marked("/json")
    sent = [("X-Amzn-Trace-Id", "Root=1-5e5ffdde-000000000000000000000000")]
    assert "headers.x-amzn-trace-id" not in marked("/json", sent)


def test_a_dump_is_like_spew_s() -> None:
    told = {"s": 'a"é', "n": None, "b": True, "i": 1, "f": 1.5, "l": ["x", {"m": {}}], "e": []}
    assert (
        dump(told, {"i"})
        == """\
(map[string]interface {}) (len=7) {
 (string) (len=1) "s": (string) (len=4) "a\\"é",
 (string) (len=1) "n": (interface {}) <nil>,
 (string) (len=1) "b": (bool) true,
 (string) (len=1) "i": (int64) 1,  // made up
 (string) (len=1) "f": (float64) 1.5,
 (string) (len=1) "l": ([]interface {}) (len=2 cap=2) {
  (string) (len=1) "x",
  (map[string]interface {}) (len=1) {
   (string) (len=1) "m": (map[string]interface {}) (len=0) {
   },
  },
 },
 (string) (len=1) "e": ([]interface {}) (len=0 cap=0) {
 },
}
"""
    )


def test_dump_marks_what_is_made_up() -> None:
    text = answer("/dump?as=url").body.decode()
    assert re.search(r'"requestId": \(string\) \(len=36\) "[0-9a-f-]+",  // made up\n', text)
    assert '(string) (len=8) "sourceIp": (string) (len=9) "127.0.0.1",\n' in text


def test_diff_as_json() -> None:
    got = event("/diff?as=http,url&x=%2F")
    assert (got["left"], got["right"]) == ("http", "url")
    rows = {row["path"]: row for row in got["differences"]}
    assert rows["requestContext.accountId"]["right"] == "anonymous"
    assert rows["headers.x-amzn-tls-version"] == {
        "path": "headers.x-amzn-tls-version",
        "what": "only right",
        "right": "TLSv1.3",
    }
    assert "headers.x-amzn-trace-id" not in rows
    assert "requestContext.accountId" in got["madeUp"]["http"]


def test_diff_has_two_sides_whatever_is_named() -> None:
    assert [event("/diff")[side] for side in ("left", "right")] == ["http", "rest"]
    assert [event("/diff?as=alb")[side] for side in ("left", "right")] == ["http", "alb"]
    assert [event("/diff?as=http")[side] for side in ("left", "right")] == ["http", "rest"]


def test_diff_as_a_page_escapes_all_and_runs_nothing() -> None:
    got = answer(
        "/diff/<b>?<script>alert(1)</script>", headers=[("Accept", "text/html,*/*"), ("X-<i>", "<u>")]
    )
    page = got.body.decode()
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page
    assert "<u>" not in page
    policy = dict(got.headers)["Content-Security-Policy"]
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert page.count("made up") > 5


def test_one_header_in_two_spellings_is_one_line_of_the_page() -> None:
    left = {"headers": {"host": "h", "x": "1", "y": "1"}, "query": {"a": "1"}}
    right = {"headers": {"Host": "h", "x": "2", "Z": "1"}, "query": {"A": "1"}, "body": None}
    assert [(line.kind, *line.paths) for line in lines(compare(left, right))] == [
        ("differs", "headers.host", "headers.Host"),
        ("differs", "headers.x"),
        ("left", "headers.y"),
        ("left", "query.a"),
        ("right", "headers.Z"),
        ("right", "query.A"),
        ("right", "body"),
    ]


def test_links_of_the_page_keep_the_request() -> None:
    page = answer("/diff/a?x=1&as=http,rest&y=%22", headers=[("Accept", "text/html")]).body.decode()
    assert '<a href="/diff/a?x=1&amp;y=%22&amp;as=http,url">http and url</a>' in page
    assert "/diff/a?as=http,url" in answer("/diff/a", headers=[("Accept", "text/html")]).body.decode()


@pytest.mark.parametrize(
    ("left", "right", "word", "calls"),
    [
        ({"a": 1}, {"a": 1}, Word.SAME, False),
        ({"a": 1}, {"a": True}, Word.DIFFERS, False),
        ({"a": 1}, {}, Word.LEFT, False),
        ({}, {"a": None}, Word.RIGHT, False),
        ({"a": []}, {"a": {}}, Word.DIFFERS, False),
        ({"requestContext": {"requestId": "1"}}, {"requestContext": {"requestId": "2"}}, Word.DIFFERS, False),
        ({"requestContext": {"requestId": "1"}}, {"requestContext": {"requestId": "2"}}, Word.EXPECTED, True),
        ({"headers": {}}, {"headers": {"CloudFront-Viewer-Country": "DE"}}, Word.EXPECTED, True),
        ({"headers": {"accept": "a"}}, {"headers": {"accept": "b"}}, Word.DIFFERS, True),
    ],
)
def test_places_compared(left: Any, right: Any, word: Word, calls: bool) -> None:
    assert word in {row.word for row in compare(left, right, calls=calls)}


@pytest.mark.parametrize("what", [None, [], {}, {"a": 1}, {"requestContext": 1}, {"version": "2.0"}])
def test_what_is_no_event(what: Any) -> None:
    assert kind_of(what) is None
