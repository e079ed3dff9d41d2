"""Lambda authorizers and IAM: allowed, denied, malformed, cached, without identity."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from typing import Any

import pytest

from emulator.gateway.fronts import Fronts, Got, Played, fronting, reflect
from emulator.http.serving import PATIENCE
from emulator.serving import until
from onezip.emulator.events.faults import Fault
from onezip.emulator.front.calls import Outcome
from onezip.emulator.gateway.authorizers.base import Malformed
from onezip.emulator.gateway.authorizers.policy import Said, decide, flat
from onezip.model.front import Authorizer, AuthorizerKind, Front, FrontKind, Route, Stage

HTTP, V1, REST, URL = FrontKind.HTTP, FrontKind.HTTP_V1, FrontKind.REST, FrontKind.URL
TOKEN, REQUEST = AuthorizerKind.TOKEN, AuthorizerKind.REQUEST
ARN = "arn:aws:execute-api:us-east-1:123456789012:local/v1/GET/a"
BEARER = {"Authorization": "Bearer x"}


def policy(effect: str = "Allow", resource: Any = "*", **more: Any) -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {
        "principalId": "me",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        **more,
    }


def closed(kind: FrontKind, authorizer: Authorizer, *paths: str) -> Front:
    return Front(
        kind,
        tuple(Route("GET", path) for path in paths or ("/a", "/b")),
        Stage("v1", {"colour": "red"}),
        authorizers=(authorizer,),
        authorizer=authorizer.name,
    )


def who(kind: AuthorizerKind, sources: Sequence[str] | None = None, **more: Any) -> Authorizer:
    usual = (
        "$request.header.Authorization" if kind.startswith("http") else "method.request.header.Authorization"
    )
    return Authorizer(
        "who", kind, function="guard", sources=(usual,) if sources is None else tuple(sources), **more
    )


def asked(front: Fronts) -> int:
    return len(front.played.events("guard"))


KINDS = [
    (REST, TOKEN, policy()),
    (REST, REQUEST, policy()),
    (HTTP, AuthorizerKind.HTTP_V1, policy()),
    (HTTP, AuthorizerKind.HTTP_V2, policy()),
    (V1, AuthorizerKind.HTTP_V2, policy()),
]
ALL = pytest.mark.parametrize(("front", "kind", "reply"), KINDS)


@ALL
def test_allowed(front: FrontKind, kind: AuthorizerKind, reply: Any) -> None:
    with fronting({"f": (closed(front, who(kind)),)}, Played(f=reflect, guard=lambda _: reply)) as run:
        assert run.ask("/a", headers=BEARER).status == 200
        assert (asked(run), len(run.played.events("f"))) == (1, 1)


@ALL
def test_without_identity_nobody_is_asked(front: FrontKind, kind: AuthorizerKind, reply: Any) -> None:
    with fronting({"f": (closed(front, who(kind)),)}, Played(f=reflect, guard=lambda _: reply)) as run:
        for headers in ({}, {"Authorization": ""}):
            got = run.ask("/a", headers=headers)
            assert (got.status, got.body) == (401, b'{"message":"Unauthorized"}')
        assert run.played.asked == []
        assert "who: the request has no" in run.whys()[0]


DENIED = b'{"Message":"User is not authorized to access this resource with an explicit deny"}'
UNSPOKEN = b'{"Message":"User is not authorized to access this resource"}'
FORBIDDEN = b'{"message":"Forbidden"}'


@ALL
@pytest.mark.parametrize(
    ("said", "rest"), [(policy("Deny"), DENIED), (policy("Allow", f"{ARN}/other"), UNSPOKEN)]
)
def test_denied(front: FrontKind, kind: AuthorizerKind, reply: Any, said: Any, rest: bytes) -> None:
    with fronting({"f": (closed(front, who(kind)),)}, Played(f=reflect, guard=lambda _: said)) as run:
        got = run.ask("/a", headers=BEARER)
        assert (got.status, got.body) == (403, rest if front is REST else FORBIDDEN)
        assert run.played.events("f") == []
        assert ARN in run.whys()[0]


MALFORMED = [
    ("text", "the reply is not an object"),
    ({}, "policyDocument is not an object"),
    ({"principalId": "me", "policyDocument": {}}, "policyDocument has no list Statement"),
    (policy("Maybe"), "a statement's Effect is 'Maybe', not Allow or Deny"),
    (policy(resource=7), "a statement's Resource is not a string or a list of strings"),
    ({**policy(), "principalId": 7}, "principalId is not a string"),
    (policy(context=[]), "context is not an object"),
    (b"not json", "its function's reply is not JSON"),
    (Outcome(b"", Fault.FAILED, "it broke"), "its function failed: it broke"),
]


@ALL
@pytest.mark.parametrize(("said", "why"), MALFORMED)
def test_malformed(front: FrontKind, kind: AuthorizerKind, reply: Any, said: Any, why: str) -> None:
    with fronting({"f": (closed(front, who(kind)),)}, Played(f=reflect, guard=lambda _: said)) as run:
        got = run.ask("/a", headers=BEARER)
        body = b'{"message":null}' if front is REST else b'{"message":"Internal Server Error"}'
        assert (got.status, got.body) == (500, body)
        assert run.whys() == [f"authorizer who: {why}"]
        assert run.played.events("f") == []


@ALL
def test_cached_until_its_time_is_over(front: FrontKind, kind: AuthorizerKind, reply: Any) -> None:
    described = {"f": (closed(front, who(kind, ttl=60)),)}
    with fronting(described, Played(f=reflect, guard=lambda _: reply)) as run:

        def ask(token: str = "Bearer x", path: str = "/a") -> int:
            assert run.ask(path, headers={"Authorization": token}).status == 200
            return asked(run)

        assert (ask(), ask(), ask(path="/b")) == (1, 1, 1)
        assert ask("Bearer y") == 2
        run.forward(59)
        assert ask() == 2
        run.forward(2)
        assert ask() == 3


@ALL
def test_a_cached_policy_is_looked_at_for_each_method(
    front: FrontKind, kind: AuthorizerKind, reply: Any
) -> None:
    said = policy("Allow", "arn:aws:execute-api:*:*:*/*/GET/a")
    with fronting({"f": (closed(front, who(kind)),)}, Played(f=reflect, guard=lambda _: said)) as run:
        assert [run.ask(path, headers=BEARER).status for path in ("/a", "/b", "/a")] == [200, 403, 200]
        assert asked(run) == 1


@ALL
def test_a_ttl_of_nothing_remembers_nothing(front: FrontKind, kind: AuthorizerKind, reply: Any) -> None:
    described = {"f": (closed(front, who(kind, ttl=0)),)}
    with fronting(described, Played(f=reflect, guard=lambda _: reply)) as run:
        assert [run.ask("/a", headers=BEARER).status for _ in range(2)] == [200, 200]
        assert asked(run) == 2


@ALL
def test_failures_are_not_remembered(front: FrontKind, kind: AuthorizerKind, reply: Any) -> None:
    replies = [Outcome(b"", Fault.FAILED), {}, reply]
    played = Played(f=reflect, guard=lambda _: replies.pop(0))
    with fronting({"f": (closed(front, who(kind)),)}, played) as run:
        assert [run.ask("/a", headers=BEARER).status for _ in range(4)] == [500, 500, 200, 200]


@pytest.mark.parametrize(
    ("front", "kind", "said", "simple"),
    [
        *((front, kind, policy("Deny"), False) for front, kind, _ in KINDS),
        (HTTP, AuthorizerKind.HTTP_V2, {"isAuthorized": False}, True),
        (V1, AuthorizerKind.HTTP_V2, {"isAuthorized": False}, True),
    ],
)
def test_a_denial_is_remembered_too(front: FrontKind, kind: AuthorizerKind, said: Any, simple: bool) -> None:
    described = {"f": (closed(front, who(kind, simple=simple, ttl=60)),)}
    with fronting(described, Played(f=reflect, guard=lambda _: said)) as run:
        assert [run.ask("/a", headers=BEARER).status for _ in range(2)] == [403, 403]
        assert asked(run) == 1
        run.forward(61)
        assert run.ask("/a", headers=BEARER).status == 403
        assert asked(run) == 2
        assert run.played.events("f") == []


def test_a_simple_reply_is_remembered_for_all_routes() -> None:
    described = {"f": (closed(HTTP, who(AuthorizerKind.HTTP_V2, simple=True)),)}
    played = Played(f=reflect, guard=lambda _: {"isAuthorized": True, "context": {"n": asked(run)}})
    with fronting(described, played) as run:
        seen = [run.ask(path, headers=BEARER).value for path in ("/a", "/b", "/a")]
        assert [each["requestContext"]["authorizer"] for each in seen] == [{"lambda": {"n": 1}}] * 3
        assert asked(run) == 1


@ALL
def test_two_authorizers_remember_apart(front: FrontKind, kind: AuthorizerKind, reply: Any) -> None:
    one, other = who(kind), Authorizer("other", kind, function="other", sources=who(kind).sources)
    routes = (Route("GET", "/a", authorizer="who"), Route("GET", "/b", authorizer="other"))
    described = Front(front, routes, Stage("v1"), authorizers=(one, other))
    played = Played(f=reflect, guard=lambda _: reply, other=lambda _: policy("Deny"))
    with fronting({"f": (described,)}, played) as run:
        assert [run.ask(path, headers=BEARER).status for path in ("/a", "/b", "/a")] == [200, 403, 200]
        assert (asked(run), len(played.events("other"))) == (1, 1)


def test_without_sources_nothing_is_remembered() -> None:
    played = Played(f=reflect, guard=lambda _: policy())
    with fronting({"f": (closed(REST, who(REQUEST, ())),)}, played) as run:
        assert [run.ask("/a").status for _ in range(2)] == [200, 200]
        assert asked(run) == 2


# ---- what each kind is asked, and what the function sees ------------------------------------------------


def talk(front: FrontKind, authorizer: Authorizer, said: Any, target: str = "/a?q=1") -> tuple[Any, Any, Got]:
    """The authorizer's event, the function's, and the answer."""
    played = Played(f=reflect, guard=lambda _: said)
    with fronting({"f": (closed(front, authorizer),)}, played) as run:
        got = run.ask(target, headers={**BEARER, "X-A": "1"})
        return played.events("guard")[0], (played.events("f") or [None])[0], got


def test_a_token_authorizer() -> None:
    said = policy(context={"s": "a", "n": 1, "b": True, "nothing": None})
    guard, seen, _ = talk(REST, who(TOKEN), said)
    assert guard == {"type": "TOKEN", "methodArn": ARN, "authorizationToken": "Bearer x"}
    assert seen["requestContext"]["authorizer"] == {
        "principalId": "me",
        "integrationLatency": 0,
        "s": "a",
        "n": "1",
        "b": "true",
    }


@pytest.mark.parametrize(("token", "status"), [("Bearer abc", 200), ("Basic abc", 401)])
def test_a_token_must_look_as_it_should(token: str, status: int) -> None:
    authorizer = who(TOKEN, validation="Bearer [a-z]+")
    with fronting({"f": (closed(REST, authorizer),)}, Played(f=reflect, guard=lambda _: policy())) as run:
        assert run.ask("/a", headers={"Authorization": token}).status == status
        assert asked(run) == (status == 200)


@pytest.mark.parametrize(("message", "status"), [("Unauthorized", 401), ("unauthorized", 500)])
def test_the_error_that_says_unauthorized(message: str, status: int) -> None:
    failed = Outcome(json.dumps({"errorMessage": message, "errorType": "Exception"}).encode(), Fault.FAILED)
    assert talk(REST, who(TOKEN), failed)[2].status == status
    assert talk(HTTP, who(AuthorizerKind.HTTP_V1), failed)[2].status == 500


@pytest.mark.parametrize("context", [{"a": []}, {"a": {}}])
def test_a_rest_api_takes_no_context_with_lists_and_objects(context: Any) -> None:
    assert talk(REST, who(TOKEN), policy(context=context))[2].status == 500
    assert talk(HTTP, who(AuthorizerKind.HTTP_V1), policy(context=context))[2].status == 200


def test_a_policy_without_principal() -> None:
    said = policy()
    del said["principalId"]
    assert talk(REST, who(TOKEN), said)[2].status == 500


def test_a_request_authorizer() -> None:
    sources = [
        "method.request.header.x-a",
        "method.request.querystring.q",
        "stageVariables.colour",
        "context.httpMethod",
        "context.identity.sourceIp",
    ]
    guard, _, got = talk(REST, who(REQUEST, sources), policy())
    assert got.status == 200
    assert (guard["type"], guard["methodArn"]) == ("REQUEST", ARN)
    assert guard["queryStringParameters"] == {"q": "1"}
    assert guard["pathParameters"] == {}
    assert "body" not in guard
    assert guard["headers"]["X-A"] == "1"
    assert talk(REST, who(REQUEST, []), policy())[2].status == 200
    played = Played(f=reflect, guard=lambda _: policy())
    with fronting({"f": (closed(REST, who(REQUEST, sources)),)}, played) as run:
        assert run.ask("/a", headers={"X-A": "1"}).status == 401
        assert asked(run) == 0


def test_an_http_api_s_payload_1() -> None:
    sources = ["$request.header.x-a", "$request.querystring.q"]
    guard, seen, _ = talk(HTTP, who(AuthorizerKind.HTTP_V1, sources), policy(context={"deep": {"er": [1]}}))
    assert (guard["version"], guard["type"], guard["methodArn"]) == ("1.0", "REQUEST", ARN)
    assert guard["identitySource"] == guard["authorizationToken"] == "1,1"
    assert guard["headers"]["X-A"] == "1"
    assert seen["requestContext"]["authorizer"] == {"lambda": {"deep": {"er": [1]}}}


def test_an_http_api_s_payload_2() -> None:
    sources = ["$request.header.x-a", "$context.http.method", "$stageVariables.colour"]
    guard, _, _ = talk(HTTP, who(AuthorizerKind.HTTP_V2, sources), policy())
    assert (guard["version"], guard["type"], guard["routeArn"]) == ("2.0", "REQUEST", ARN)
    assert guard["identitySource"] == ["1", "GET", "red"]
    assert guard["routeKey"] == "GET /a"
    assert "body" not in guard


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"isAuthorized": True, "context": {"k": [1]}}, 200),
        ({"isAuthorized": False}, 403),
        ({"isAuthorized": "true"}, 500),
        ({}, 500),
        ([], 500),
        ({"isAuthorized": True, "context": 1}, 500),
        (policy(), 500),
    ],
)
def test_simple_replies(said: Any, status: int) -> None:
    authorizer = who(AuthorizerKind.HTTP_V2, simple=True)
    _, seen, got = talk(HTTP, authorizer, said)
    assert got.status == status
    if status == 200:
        assert seen["requestContext"]["authorizer"] == {"lambda": {"k": [1]}}
        assert talk(V1, authorizer, said)[1]["requestContext"]["authorizer"] == {"k": [1]}


@pytest.mark.parametrize("said", ["text", [], 7, None, b"not json", {"isAuthorized": 1}])
@pytest.mark.parametrize("front", [HTTP, V1])
def test_a_malformed_simple_reply(front: FrontKind, said: Any) -> None:
    authorizer = who(AuthorizerKind.HTTP_V2, simple=True)
    reply = said if isinstance(said, bytes) else json.dumps(said).encode()
    got = talk(front, authorizer, reply)[2]
    assert (got.status, got.body) == (500, b'{"message":"Internal Server Error"}')


def test_a_client_may_leave_and_the_front_close_while_the_authorizer_thinks() -> None:
    with (
        fronting(
            {"f": (closed(HTTP, who(AuthorizerKind.HTTP_V2)),)}, Played(f=reflect, guard=lambda _: None)
        ) as run,
        socket.create_connection(("127.0.0.1", run.port), timeout=PATIENCE) as client,
    ):
        client.sendall(b"GET /a HTTP/1.1\r\nHost: localhost\r\nAuthorization: x\r\n\r\n")
        until(lambda: run.played.open)


# ---- policies -------------------------------------------------------------------------------------------

PLACE = "arn:aws:execute-api:us-east-1:123456789012:local/v1/GET/a/b"


def statement(effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": "*", **more}


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ([], Said.NOTHING),
        (statement(), Said.ALLOW),
        ([statement(), statement("Deny")], Said.DENY),
        ([statement("Deny"), statement()], Said.DENY),
        ([statement("Deny", Resource="arn:other"), statement()], Said.ALLOW),
        ([statement(Resource=PLACE)], Said.ALLOW),
        ([statement(Resource=["x", PLACE])], Said.ALLOW),
        ([statement(Resource=PLACE + "/c")], Said.NOTHING),
        ([statement(Resource="arn:aws:execute-api:*:*:local/*/GET/*")], Said.ALLOW),
        ([statement(Resource="arn:aws:execute-api:us-east-1:123456789012:local/v?/GET/a/b")], Said.ALLOW),
        ([statement(Resource="arn:aws:execute-api:*/POST/*")], Said.NOTHING),
        ([statement(Resource=PLACE.upper())], Said.NOTHING),
        ([statement(Action="EXECUTE-API:invoke")], Said.ALLOW),
        ([statement(Action="execute-api:*")], Said.ALLOW),
        ([statement(Action="lambda:*")], Said.NOTHING),
        ([{"Effect": "Allow", "NotAction": "lambda:*", "Resource": "*"}], Said.ALLOW),
        ([{"Effect": "Deny", "Action": "*", "NotResource": PLACE}, statement()], Said.ALLOW),
        ([{"Effect": "Deny", "Action": "*", "NotResource": "x"}, statement()], Said.DENY),
        ([statement(Resource="arn:aws:execute-api:us-east-1:123456789012:local/v1/GET/a.b")], Said.NOTHING),
        ([statement(Condition={})], Said.ALLOW),
    ],
)
def test_policies(statements: Any, said: Said) -> None:
    assert decide({"Statement": statements}, PLACE) is said


@pytest.mark.parametrize(
    "statements",
    [
        None,
        "x",
        ["x"],
        [{"Effect": "Allow"}],
        [{"Effect": "Allow", "Action": "*"}],
        [statement(NotAction="*")],
        [statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})],
        [statement(Resource=[1])],
    ],
)
def test_policies_that_cannot_be_read(statements: Any) -> None:
    with pytest.raises(Malformed):
        decide({"Statement": statements}, PLACE)


def test_a_flat_context() -> None:
    assert flat({"a": 1.5, "b": False, "c": ""}) == {"a": "1.5", "b": "false", "c": ""}


# ---- IAM ------------------------------------------------------------------------------------------------

SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLEEXAMPLE00/20260101/us-east-1/execute-api/aws4_request, "
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
)
QUERY = (
    "/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00"
    "&X-Amz-Credential=AKIDEXAMPLEEXAMPLE00%2F20260101%2Fus-east-1%2Fexecute-api%2Faws4_request"
)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (REST, b'{"message":"Missing Authentication Token"}'),
        (HTTP, b'{"message":"Forbidden"}'),
        (URL, None),
    ],
)
def test_iam(kind: FrontKind, body: bytes | None) -> None:
    front = closed(kind, Authorizer("iam", AuthorizerKind.IAM))
    if kind is URL:
        front = Front(URL, authorizers=front.authorizers, authorizer="iam")
    with fronting({"f": (front,)}, Played(f=reflect)) as run:
        for wrong in ("", "Bearer x", SIGNED.replace("aws4_request", "x"), SIGNED[:-1]):
            got = run.ask("/a", headers={"Authorization": wrong} if wrong else {})
            assert got.status == 403
            assert body is None or got.body == body
        assert run.played.asked == []
        for target, headers in (("/a", {"Authorization": SIGNED}), (QUERY, {})):
            context = run.ask(target, headers=headers).value["requestContext"]
            found = context["identity"] if kind is REST else context["authorizer"]["iam"]
            assert found["accessKey"] == "AKIDEXAMPLEEXAMPLE00"
            assert found["userArn"] == "arn:aws:iam::123456789012:user/local"
            if kind is REST:
                assert found["sourceIp"] == "127.0.0.1"
