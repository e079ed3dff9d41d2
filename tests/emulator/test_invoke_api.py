"""The Invoke API: names, headers, limits, refusals and answers; real Lambda's, and RIE's."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from onezip.emulator.environments.call import Call, Kind
from onezip.emulator.environments.runtime_api import Answer, Reason
from onezip.emulator.http.message import Headers, Request, Response
from onezip.emulator.plane.invoke_api import (
    Place,
    Refused,
    accepted,
    answer,
    read,
    rie_answer,
    throttled,
    trace_id,
)

ONE = Place({"hello": 1}, "eu-west-1")
TWO = Place({"hello": 1, "other": 2})
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:hello"


def asked(
    name: str = "hello", body: bytes = b"{}", query: str = "", method: str = "POST", **headers: str
) -> Request:
    pairs = [(key.replace("_", "-"), value) for key, value in headers.items()]
    target = f"/2015-03-31/functions/{name}/invocations{query}"
    return Request(method, target, headers=Headers(pairs), body=body)


def refused(request: Request, place: Place = ONE, **more: Any) -> Response:
    with pytest.raises(Refused) as caught:
        read(request, place, **more)
    return caught.value.response


def told(response: Response) -> tuple[int, str, dict[str, str]]:
    heads = dict(response.headers)
    assert heads["Content-Type"] == "application/json"
    return response.status, heads["x-amzn-ErrorType"], json.loads(response.body)


NAMES = [
    ("hello", ""),
    ("function", ""),
    ("hello:live", "live"),
    ("hello:$LATEST", "$LATEST"),
    ("hello%3A%24LATEST", "$LATEST"),
    ("function:hello", ""),
    ("123456789012:function:hello", ""),
    ("123456789012:function:hello:7", "7"),
    ("arn:aws:lambda:us-east-1:000000000000:function:hello", ""),
    ("arn%3Aaws%3Alambda%3Aus-gov-west-1%3A000000000000%3Afunction%3Ahello%3Alive", "live"),
]


@pytest.mark.parametrize(("name", "qualifier"), NAMES)
def test_names(name: str, qualifier: str) -> None:
    call = read(asked(name), ONE)
    assert (call.function, call.qualifier) == ("hello", qualifier)
    assert call.arn == ARN + (f":{qualifier}" if qualifier else "")


def test_a_qualifier_in_the_query() -> None:
    assert read(asked(query="?Qualifier=live"), ONE).qualifier == "live"
    assert read(asked("hello:live", query="?Qualifier=live"), ONE).qualifier == "live"
    status, kind, _ = told(refused(asked("hello:live", query="?Qualifier=test")))
    assert (status, kind) == (400, "InvalidParameterValueException")


def test_a_function_really_called_function_wins() -> None:
    assert read(asked("function"), Place({"function": 1, "x": 2})).function == "function"


def test_an_unknown_function() -> None:
    assert told(refused(asked("nope"))) == (
        404,
        "ResourceNotFoundException",
        {
            "Type": "User",
            "Message": "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:nope:$LATEST",
        },
    )
    _, _, body = told(refused(asked("nope:live")))
    assert body["Message"].endswith(":function:nope:live")


def test_the_alias_of_one_among_several_names_them() -> None:
    status, _, body = told(refused(asked("function"), TWO))
    assert status == 404
    assert body["Message"].endswith("(there are several functions here: hello, other)")


def test_a_name_that_no_function_can_have() -> None:
    status, kind, body = told(refused(asked("a%20b")))
    assert (status, kind, list(body)) == (400, "ValidationException", ["message"])


@pytest.mark.parametrize(
    "target", ["/", "/2015-03-31/functions/hello", "/2015-03-31/functions/a/b/invocations"]
)
def test_other_paths(target: str) -> None:
    got = refused(Request("POST", target))
    assert (got.status, got.body) == (404, b"404 page not found\n")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_other_methods(method: str) -> None:
    got = refused(asked(method=method))
    assert (got.status, dict(got.headers)) == (405, {"Allow": "POST"})


def test_an_empty_payload_is_an_empty_object() -> None:
    assert read(asked(body=b""), ONE).payload == b"{}"


@pytest.mark.parametrize("body", [b"x", b"{", b"\xff", b"NaN", b"[" * 100_000, b'"\x01"', b"{}{}"])
def test_what_is_not_json_never_reaches_the_function(body: bytes) -> None:
    status, kind, got = told(refused(asked(body=body)))
    assert (status, kind, got["Type"]) == (400, "InvalidRequestContentException", "User")
    assert got["message"].startswith(
        "Could not parse request body into json: Could not parse payload into json: "
    )


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (b"[", b"]x"),
        (b"[", b"]\0x"),
        (b"[", b",]"),
        (b"[NaN,", b"]"),
        (b'["\x01",', b"]"),
        (b"[01,", b"]"),
        (b"[\xff,", b"]"),
        (b"{'a':", b"}"),
    ],
)
def test_large_payloads_are_judged_as_strictly(start: bytes, end: bytes) -> None:
    filler = b'"' + b"x" * 100_000 + b'"'
    assert read(asked(body=b"[" + filler + b"]"), ONE).payload
    assert told(refused(asked(body=start + filler + end)))[1] == "InvalidRequestContentException"


def test_sizes() -> None:
    largest = b'"' + b"x" * (6_291_456 - 2) + b'"'
    assert len(read(asked(body=largest), ONE).payload) == 6_291_456
    assert told(refused(asked(body=largest + b" "))) == (
        413,
        "RequestEntityTooLargeException",
        {
            "Type": "User",
            "message": "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
        },
    )
    unread = Request("POST", asked().target, oversize=7_000_000)
    assert refused(unread).status == 413
    event = b'"' + b"x" * (1_048_576 - 2) + b'"'
    assert read(asked(body=event, X_Amz_Invocation_Type="Event"), ONE).kind is Kind.EVENT
    got = told(refused(asked(body=event + b" ", X_Amz_Invocation_Type="Event")))
    assert got[1] == "RequestEntityTooLargeException"
    assert got[2]["message"] == (
        "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"
    )


def test_types() -> None:
    assert read(asked(), ONE).kind is Kind.REQUEST_RESPONSE
    assert read(asked(X_Amz_Invocation_Type="DryRun"), ONE).kind is Kind.DRY_RUN
    assert told(refused(asked(X_Amz_Invocation_Type="dry_run"))) == (
        400,
        "ValidationException",
        {
            "message": "1 validation error detected: Value 'dry_run' at 'invocationType' failed to satisfy "
            "constraint: Member must satisfy enum value set: [DryRun, RequestResponse, Event]"
        },
    )


def test_client_context() -> None:
    sent = base64.b64encode(b'{"custom":{"a":1}}').decode()
    assert read(asked(X_Amz_Client_Context=sent), ONE).client_context == '{"custom":{"a":1}}'
    lines = base64.b64encode('{\r\n"ä":1}'.encode()).decode()
    assert read(asked(X_Amz_Client_Context=lines), ONE).client_context == '{"\\u00e4": 1}'
    for wrong in ("!", base64.b64encode(b"[1]").decode(), base64.b64encode(b"x").decode()):
        assert told(refused(asked(X_Amz_Client_Context=wrong))) == (
            400,
            "InvalidRequestContentException",
            {"Type": "User", "message": "Client context must be a valid Base64-encoded JSON object."},
        )


def test_trace_ids() -> None:
    assert trace_id("", "1-abc", "0123") == "Root=1-abc;Lineage=0123:0"
    sent = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    assert trace_id(sent, "1-abc", "0123") == f"{sent};Lineage=0123:0"
    assert trace_id("Self=1-x\r\nEvil: 1", "1-abc", "0") == "Root=1-abc;Lineage=0:0"


# ---- answers --------------------------------------------------------------------------------------------


def call(**more: Any) -> Call:
    return Call("hello", b"{}", ARN, **more)


def test_an_answer() -> None:
    got = answer(call(), Answer("id", b'{"a":1}'), "Root=1-a")
    assert (got.status, got.body) == (200, b'{"a":1}')
    assert list(got.headers) == [
        ("Content-Type", "application/json"),
        ("x-amzn-RequestId", "id"),
        ("X-Amz-Executed-Version", "$LATEST"),
        ("X-Amzn-Trace-Id", "Root=1-a"),
    ]


def test_an_error_a_tail_and_a_version() -> None:
    outcome = Answer("id", b"{}", "Unhandled", Reason.EXIT)
    got = dict(answer(call(qualifier="7"), outcome, "t", b"START").headers)
    assert got["X-Amz-Function-Error"] == "Unhandled"
    assert got["X-Amz-Log-Result"] == base64.b64encode(b"START").decode()
    assert got["X-Amz-Executed-Version"] == "7"


def test_what_is_not_of_the_function_is_an_error_of_the_service() -> None:
    for reason, status in ((Reason.HERE, 502), (Reason.SHUTDOWN, 500)):
        got = answer(call(), Answer("id", b"", "Unhandled", reason, message="so it is"), "t")
        assert told(got)[:2] == (status, "ServiceException")
        assert told(got)[2]["Message"].endswith("so it is")
        assert dict(got.headers)["x-amzn-RequestId"] == "id"


def test_event_dry_run_and_throttle() -> None:
    for kind, status in ((Kind.EVENT, 202), (Kind.DRY_RUN, 204)):
        got = accepted(call(kind=kind), "id", "t")
        assert (got.status, got.body) == (status, b"")
        assert "X-Amz-Executed-Version" not in dict(got.headers)
    assert told(throttled()) == (
        429,
        "TooManyRequestsException",
        {
            "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
            "Type": "User",
            "message": "Rate Exceeded.",
        },
    )


RIE = [
    (Answer("i", b"ok"), False, 200, b"ok"),
    (Answer("i", b"err", "Unhandled", Reason.FUNCTION), False, 200, b"err"),
    (Answer("i", b"panic", "Unhandled", Reason.FUNCTION), True, 502, b"panic"),
    (Answer("i", b"exit", "Unhandled", Reason.EXIT, reported=False), True, 502, b"exit"),
    (Answer("i", b"init", "Unhandled", Reason.INIT, reported=False), False, 502, b""),
    (Answer("i", b"posted", "Unhandled", Reason.INIT), False, 502, b"posted"),
    (Answer("i", b"start", "Unhandled", Reason.START, reported=False), False, 502, b""),
    (
        Answer("i", b"", "Unhandled", Reason.TIMEOUT, reported=False),
        False,
        200,
        b"Task timed out after 2.00 seconds",
    ),
]


@pytest.mark.parametrize(("outcome", "died", "status", "body"), RIE)
def test_rie(outcome: Answer, died: bool, status: int, body: bytes) -> None:
    got = rie_answer(outcome, 2.0, died=died)
    assert (got.status, got.body) == (status, body)
    assert dict(got.headers) == {"Content-Type": "text/plain; charset=utf-8"}


def test_rie_takes_what_lambda_refuses() -> None:
    got = read(asked("function", b"not json", method="GET", X_Amz_Invocation_Type="Event"), ONE, rie=True)
    assert (got.payload, got.kind, got.tail) == (b"not json", Kind.REQUEST_RESPONSE, False)
    assert read(asked(body=b""), ONE, rie=True).payload == b""
    for context in ("!", base64.b64encode(b"a\r\nb").decode()):
        assert refused(asked(X_Amz_Client_Context=context), rie=True).status == 500
