"""The front server over real sockets: places, routes, answers of its own, limits and times."""

from __future__ import annotations

import re
import socket
import struct
from typing import Any

import pytest

from emulator.gateway.fronts import Played, fronting, reflect
from emulator.http.serving import PATIENCE
from emulator.serving import until
from onezip.emulator.events.faults import Fault
from onezip.emulator.front.calls import Outcome
from onezip.emulator.front.context import Circumstances
from onezip.emulator.gateway.apis import by_default
from onezip.emulator.http.message import Request, Response
from onezip.model.front import Cors, Front, FrontKind, Route, Stage

HTTP, REST, ALB, URL = FrontKind.HTTP, FrontKind.REST, FrontKind.ALB, FrontKind.URL
MB = 1024 * 1024


def test_each_function_under_its_name() -> None:
    with fronting(by_default(["f", "g"]), Played(f=reflect, g=reflect)) as front:
        got = front.ask("/g/x%2Fy?a=1&a=2", "POST", b"abc=123")
        assert got.status == 200
        assert [each.function for each in front.played.asked] == ["g"]
        assert got.value["rawPath"] == "/g/x/y"
        assert got.value["rawQueryString"] == "a=1&a=2"
        assert got.value["isBase64Encoded"] is True


def test_the_context_is_of_the_real_request() -> None:
    with fronting(by_default(["f"]), Played(f=reflect)) as front:
        got = front.ask("/x", headers=[("User-Agent", "me/1"), ("X-Forwarded-For", "192.0.2.1")])
        event = got.value
        assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
        assert event["requestContext"]["http"]["userAgent"] == "me/1"
        assert event["requestContext"]["timeEpoch"] == 1_700_001_000_000
        assert event["requestContext"]["requestId"] == got.header("Apigw-Requestid")
        assert event["headers"]["x-forwarded-for"] == "192.0.2.1, 127.0.0.1"
        assert event["headers"]["x-forwarded-port"] == str(front.port)
        assert re.fullmatch("Root=1-[0-9a-f]{8}-[0-9a-f]{24}", event["headers"]["x-amzn-trace-id"])
        assert front.played.asked[0].trace.startswith(event["headers"]["x-amzn-trace-id"])


def test_a_trace_of_the_client_is_kept() -> None:
    with fronting(by_default(["f"]), Played(f=reflect)) as front:
        sent = "Root=1-5e5ffdde-000000000000000000000000;Sampled=1"
        got = front.ask(headers={"X-Amzn-Trace-Id": sent})
        assert got.value["headers"]["x-amzn-trace-id"] == sent
        assert front.played.asked[0].trace.startswith(sent)


def test_the_id_of_a_function_url_is_the_invocation_s() -> None:
    with fronting({"f": (Front(URL),)}, Played(f=reflect)) as front:
        got = front.ask()
        (asked,) = front.played.asked
        assert got.header("x-amzn-RequestId") == asked.request_id
        assert got.value["requestContext"]["requestId"] == asked.request_id


def test_fronts_by_host_name() -> None:
    described = {"f": (Front(HTTP),), "g": (Front(REST, host="api.localhost"),)}
    with fronting(described, Played(f=reflect, g=reflect)) as front:
        assert "httpMethod" not in front.ask().value
        assert front.ask(headers={"Host": "api.localhost"}).value["httpMethod"] == "GET"


def test_one_api_of_two_functions() -> None:
    described = {
        "f": (Front(HTTP, (Route("GET", "/a/{id}"),)),),
        "g": (Front(HTTP, (Route("ANY", "$default"),)),),
    }
    with fronting(described, Played(f=reflect, g=reflect)) as front:
        assert front.ask("/a/1").value["pathParameters"] == {"id": "1"}
        assert front.ask("/a/1", "PUT", b"").value["routeKey"] == "$default"
        assert [each.function for each in front.played.asked] == ["f", "g"]


def test_a_stage_may_stand_in_the_path() -> None:
    described = {"f": (Front(REST, (Route("GET", "/a"),), Stage("v1", {"k": "v"})),)}
    with fronting(described, Played(f=reflect)) as front:
        event = front.ask("/v1/a").value
        assert (event["path"], event["requestContext"]["path"]) == ("/a", "/v1/a")
        assert event["stageVariables"] == {"k": "v"}


ONE = (Route("GET", "/a"),)


@pytest.mark.parametrize(
    ("kind", "status", "body", "headers"),
    [
        (
            REST,
            403,
            b'{"message":"Missing Authentication Token"}',
            {"x-amzn-ErrorType": "MissingAuthenticationTokenException"},
        ),
        (HTTP, 404, b'{"message":"Not Found"}', {"Content-Type": "application/json"}),
        (FrontKind.HTTP_V1, 404, b'{"message":"Not Found"}', {}),
        (ALB, 503, None, {"Server": "awselb/2.0"}),
    ],
)
@pytest.mark.parametrize(("method", "target"), [("GET", "/b"), ("PUT", "/a"), ("HEAD", "/b")])
def test_no_route_and_wrong_method(
    kind: FrontKind, status: int, body: bytes | None, headers: dict[str, str], method: str, target: str
) -> None:
    with fronting({"f": (Front(kind, ONE),)}, Played(f=reflect)) as front:
        got = front.ask(target, method)
        assert got.status == status
        if method == "HEAD":
            assert got.body == b""
            assert body is None or got.header("Content-Length") == str(len(body))
        elif body is not None:
            assert got.body == body
        assert {name: got.header(name) for name in headers} == headers
        assert front.played.asked == []
        assert front.whys() == [f"no route of / takes {method} {target}"]


@pytest.mark.parametrize(
    ("kind", "seconds", "status", "body"),
    [
        (REST, 29, 504, b'{"message": "Endpoint request timed out"}'),
        (HTTP, 30, 503, b'{"message":"Service Unavailable"}'),
    ],
)
def test_a_gateway_does_not_wait_for_ever(kind: FrontKind, seconds: int, status: int, body: bytes) -> None:
    with fronting({"f": (Front(kind),)}, Played(f=lambda _: None)) as front:
        with socket.create_connection(("127.0.0.1", front.port), timeout=PATIENCE) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            until(lambda: front.played.open)
            front.forward(seconds - 0.1)
            client.settimeout(0.2)
            with pytest.raises(TimeoutError):
                client.recv(1)
            client.settimeout(PATIENCE)
            front.forward(0.2)
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert answer.endswith(body)
        front.later(lambda: front.played.open[0](Outcome(b"{}")))  # the function's own answer goes nowhere
        assert front.played.forgotten == []


def test_a_timeout_of_its_own_and_none_for_function_urls() -> None:
    described = {"f": (Front(HTTP, timeout=2.0),), "g": (Front(URL, base_path="/g"),)}
    with fronting(described, Played(f=lambda _: None, g=lambda _: None)) as front:
        for path in (b"/", b"/g"):
            client = socket.create_connection(("127.0.0.1", front.port), timeout=PATIENCE)
            client.sendall(b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n" % path)
            until(lambda: front.played.open)
            front.forward(2.1 if path == b"/" else 899)
            if path == b"/":
                assert client.recv(65536).startswith(b"HTTP/1.1 503 ")
            else:
                front.later(lambda: front.played.open[0](Outcome(b'"late"')))
                assert client.recv(65536).endswith(b"late")
            front.played.open.clear()
            client.close()


def test_a_client_that_leaves_is_no_longer_served() -> None:
    with fronting(by_default(["f"]), Played(f=lambda _: None)) as front:
        client = socket.create_connection(("127.0.0.1", front.port), timeout=PATIENCE)
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(lambda: front.played.open)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()  # with a reset: who only stops to send may still wait for the answer
        until(lambda: front.played.forgotten)
        front.later(lambda: front.played.open[0](Outcome(b"{}")))


@pytest.mark.parametrize(
    ("fault", "answers"),
    [
        (Fault.FAILED, {REST: 502, HTTP: 500, ALB: 502, URL: 502}),
        (Fault.FUNCTION_TIMEOUT, {REST: 502, HTTP: 500, ALB: 502, URL: 502}),
        (Fault.THROTTLED, {REST: 502, HTTP: 503, ALB: 502, URL: 429}),
        (Fault.TOO_LARGE_FOR_LAMBDA, {REST: 413, HTTP: 413, URL: 413}),
    ],
)
def test_what_a_failure_becomes(fault: Fault, answers: dict[FrontKind, int]) -> None:
    described = {"f": tuple(Front(kind, base_path=f"/{kind}") for kind in answers)}
    with fronting(described, Played(f=lambda _: Outcome(b"", fault, "because"))) as front:
        for kind, status in answers.items():
            assert front.ask(f"/{kind}").status == status, kind
        assert front.whys(len(answers)) == ["because"] * len(answers)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ({"statusCode": 200, "headers": {"a": "b\r\nc: d"}}, "the header a holds a line break or NUL"),
        ({"statusCode": 200, "headers": {"a b": "c"}}, '"a b" is no name of a header'),
        ({"statusCode": 99}, "statusCode is 99, which is no status of an answer"),
        (b"{", "the reply is not JSON"),
    ],
)
@pytest.mark.parametrize(("kind", "status"), [(REST, 502), (HTTP, 500), (ALB, 502), (URL, 502)])
def test_a_malformed_reply_is_told_in_our_words(kind: FrontKind, status: int, reply: Any, why: str) -> None:
    with fronting({"f": (Front(kind),)}, Played(f=lambda _: reply)) as front:
        assert front.ask().status == status
        assert [each.lower() for each in front.whys()] == [why.lower()]


@pytest.mark.parametrize(
    ("kind", "limit", "body"),
    [
        (REST, 10 * MB, b"HTTP content length exceeded 10485760 bytes."),
        (HTTP, 10 * MB, b'{"message":"Request Entity Too Large"}'),
        (ALB, MB, None),
        (URL, 6 * MB, b'{"Message":"Request Too Long"}'),
    ],
)
def test_a_body_over_the_front_s_limit(kind: FrontKind, limit: int, body: bytes | None) -> None:
    with fronting({"f": (Front(kind),)}, Played(f=lambda _: {"statusCode": 200})) as front:
        got = front.ask("/", "POST", bytes(limit + 1))
        assert got.status == 413
        assert body is None or got.body == body
        assert front.ask("/", "POST", bytes(1024)).status == 200


def test_head_204_and_304_have_no_body() -> None:
    with fronting(
        by_default(["f"]), Played(f=lambda event: {"statusCode": int(event["rawPath"][1:])})
    ) as front:
        assert front.ask("/204").header("Content-Length") is None
        assert front.ask("/304").body == b""
        assert front.ask("/200", "HEAD").body == b""


def test_cors_is_the_front_s_own() -> None:
    cors = Cors(("https://a.example",), ("GET",), ("x-a",), (), max_age=5)
    crossing = [("Origin", "https://a.example"), ("Access-Control-Request-Method", "GET")]

    def function(_: Any) -> Any:
        return {"statusCode": 200, "headers": {"access-control-allow-origin": "https://other.example"}}

    with fronting({"f": (Front(HTTP, cors=cors),)}, Played(f=function)) as front:
        got = front.ask("/", "OPTIONS", headers=crossing)
        assert (got.status, got.body, front.played.asked) == (204, b"", [])
        assert got.header("access-control-allow-methods") == "GET"
        assert got.header("access-control-allow-headers") == "x-a"
        assert got.header("access-control-max-age") == "5"
        got = front.ask("/", headers=crossing)
        found = [value for name, value in got.headers if name.lower() == "access-control-allow-origin"]
        assert found == ["https://a.example"]


def test_another_host_is_refused_and_another_origin_is_not() -> None:
    with fronting(by_default(["f"]), Played(f=reflect), names=["api.example"]) as front:
        assert front.ask(headers={"Host": "evil.example"}).status == 403
        assert front.ask(headers={"Host": "api.example"}).status == 200
        assert front.ask(headers={"Origin": "https://evil.example"}).status == 200


@pytest.mark.parametrize(
    "target", ["/%00", "/..%2f..", "/../x", "//x", "/a;b", "/%ff", "/%E0%A4", "*", "http://localhost/x?y"]
)
@pytest.mark.parametrize("kind", list(FrontKind))
def test_odd_targets_get_an_answer(kind: FrontKind, target: str) -> None:
    method = "OPTIONS" if target == "*" else "GET"
    with fronting({"f": (Front(kind),)}, Played(f=lambda _: {"statusCode": 200})) as front:
        assert front.ask(target, method).status in {200, 400, 403}


def test_nothing_below_a_base_path_is_as_the_first_front_says() -> None:
    with fronting(by_default(["f", "g"]), Played(f=reflect, g=reflect)) as front:
        assert (front.ask("/h").status, front.ask("/fg").status) == (404, 404)
        assert front.whys()[0] == "no front has this path; there are: /f, /g"


def test_what_stands_aside_goes_first() -> None:
    def aside(request: Request, _: Circumstances) -> Response | None:
        return Response(299, (), b"aside") if request.path == "/json" else None

    with fronting(by_default(["f"]), Played(f=reflect), aside=aside) as front:
        assert (front.ask("/json").status, front.ask("/other").status) == (299, 200)


def test_records_have_no_query() -> None:
    with fronting(by_default(["f"]), Played(f=reflect)) as front:
        front.ask("/x?token=secret")
        (record,) = until(lambda: [each for each in front.records() if each.type == "request"])
        assert (record.subject, record.fields["path"], record.fields["status"]) == ("f", "/x", 200)
        assert "secret" not in str(record)
