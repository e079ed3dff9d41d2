"""The Auth of SAM's APIs and events -> authorizers, and who may take which route."""

from __future__ import annotations

from typing import Any

import pytest

from template.front_tables import authorizers, front_tables, notes, routes, template

POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Abc"
ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc"
REST = """
  My:
    Type: AWS::Serverless::Api
    Properties:
      StageName: dev
      Auth: {auth}
"""
HTTP = """
  My:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth: {auth}
"""


def rest(auth: str, *events: str, more: str = "") -> str:
    listed = ", ".join(
        f"E{n}: {{Type: Api, Properties: {{RestApiId: !Ref My, {event}}}}}" for n, event in enumerate(events)
    )
    return template(
        REST.replace("{auth}", auth) + more, "F", "Guard", events=f"{{{listed}}}", head=PARAMETERS
    )


def http(auth: str, *events: str) -> str:
    listed = ", ".join(
        f"E{n}: {{Type: HttpApi, Properties: {{ApiId: !Ref My, {event}}}}}" for n, event in enumerate(events)
    )
    return template(HTTP.replace("{auth}", auth), "F", "Guard", events=f"{{{listed}}}", head=PARAMETERS)


PARAMETERS = f"""
Parameters:
  Pool: {{Type: String, Default: "{POOL}"}}
  Unsaid: {{Type: String}}
Conditions:
  Yes: !Equals [a, a]
  Unknown: !Equals [!Ref Unsaid, a]
"""
A, B, OPTIONS = "Path: /a, Method: get", "Path: /b, Method: get", "Path: /a, Method: options"


def read(kind: Any, about: str) -> Any:
    """The table of an authorizer that is the default."""
    found = authorizers(kind(f"{{DefaultAuthorizer: Who, Authorizers: {{Who: {about}}}}}", A))
    return found.get("Who")


@pytest.mark.parametrize(
    ("about", "table"),
    [
        (
            "{FunctionArn: !GetAtt Guard.Arn}",
            {"type": "token", "function": "Guard", "sources": ["method.request.header.Authorization"]},
        ),
        (
            ("{FunctionArn: !GetAtt Guard.Arn, FunctionPayloadType: TOKEN, Identity: {Header: X-Key, "
            'ValidationExpression: "^x-[a-z]+$", ReauthorizeEvery: 20}}'),
            {
                "type": "token",
                "function": "Guard",
                "sources": ["method.request.header.X-Key"],
                "ttl": 20,
                "validation": "^x-[a-z]+$",
            },
        ),
        (
            ("{FunctionArn: !Sub '${Guard.Arn}', FunctionPayloadType: REQUEST, Identity: {Headers: [A, B], "
            "QueryStrings: [q], StageVariables: [s], Context: [httpMethod], ReauthorizeEvery: 0}}"),
            {
                "type": "request",
                "function": "Guard",
                "sources": [
                    "method.request.header.A",
                    "method.request.header.B",
                    "method.request.querystring.q",
                    "stageVariables.s",
                    "context.httpMethod",
                ],
                "ttl": 0,
            },
        ),
        (
            f"{{UserPoolArn: '{POOL}'}}",
            {"type": "cognito", "issuer": ISSUER, "sources": ["method.request.header.Authorization"]},
        ),
        (
            "{UserPoolArn: [!Ref Pool], Identity: {Header: X-Token, ValidationExpression: x.*}}",
            {
                "type": "cognito",
                "issuer": ISSUER,
                "sources": ["method.request.header.X-Token"],
                "validation": "x.*",
            },
        ),
        (
            "{UserPoolArn: !GetAtt Users.Arn, AuthorizationScopes: [a/read, b]}",
            {
                "type": "cognito",
                "issuer": "*",
                "sources": ["method.request.header.Authorization"],
                "scopes": ["a/read", "b"],
            },
        ),
        ("!If [Yes, {FunctionArn: !Ref Guard.Alias}, x]", {
            "type": "token", "function": "Guard", "sources": ["method.request.header.Authorization"],
        }),
    ],
)  # fmt: skip
def test_a_rest_api_s_authorizers(about: str, table: Any) -> None:
    assert read(rest, about) == table


def test_the_china_partition_has_a_suffix_of_its_own() -> None:
    arn = POOL.replace("arn:aws:", "arn:aws-cn:").replace("eu-west-1", "cn-north-1")
    assert read(rest, f"{{UserPoolArn: '{arn}'}}")["issuer"] == (
        "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_Abc"
    )


@pytest.mark.parametrize(
    ("about", "table"),
    [
        (
            (
                "{IdentitySource: $request.header.Authorization, AuthorizationScopes: [s], "
                "JwtConfiguration: {issuer: https://id.example, audience: [me, us]}}"
            ),
            {
                "type": "jwt",
                "issuer": "https://id.example",
                "audience": ["me", "us"],
                "sources": ["$request.header.Authorization"],
                "scopes": ["s"],
            },
        ),
        (
            (
                "{IdentitySource: $request.querystring.t, JwtConfiguration: {Audience: [!Ref Client], "
                'Issuer: !Sub "https://cognito-idp.${AWS::Region}.amazonaws.com/${Users}"}}'
            ),
            {
                "type": "jwt",
                "issuer": "*",
                "audience": ["*"],
                "sources": ["$request.querystring.t"],
            },
        ),
        (
            (
                "{FunctionArn: !GetAtt Guard.Arn, AuthorizerPayloadFormatVersion: 2.0, "
                "EnableSimpleResponses: true, Identity: {Headers: [A], QueryStrings: [q], Context: [path], "
                "StageVariables: [s], ReauthorizeEvery: 9}}"
            ),
            {
                "type": "http-v2",
                "function": "Guard",
                "sources": [
                    "$request.header.A",
                    "$request.querystring.q",
                    "$stageVariables.s",
                    "$context.path",
                ],
                "ttl": 9,
                "simple": True,
            },
        ),
        (
            (
                '{FunctionArn: !GetAtt Guard.Arn, AuthorizerPayloadFormatVersion: "1.0", '
                "EnableSimpleResponses: true}"
            ),
            {"type": "http-v1", "function": "Guard", "sources": []},
        ),
    ],
)
def test_an_http_api_s_authorizers(about: str, table: Any) -> None:
    assert read(http, about) == table


AUTH = "DefaultAuthorizer: Who, Authorizers: {Who: {UserPoolArn: !Ref Pool, AuthorizationScopes: [s]}, Other: {FunctionArn: !GetAtt Guard.Arn}}"  # fmt: skip  # noqa: E501
JWT = "DefaultAuthorizer: Who, Authorizers: {Who: {AuthorizationScopes: [s], IdentitySource: $request.header.A, JwtConfiguration: {issuer: https://i.example, audience: [a]}}}"  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    ("auth", "own", "line"),
    [
        ("{}", "", "(rest)"),
        (f"{{{AUTH}}}", "", "(rest) by Who for s"),
        (f"{{{AUTH}}}", ", Auth: {}", "(rest) by Who for s"),
        (f"{{{AUTH}}}", ", Auth: {Authorizer: NONE}", "(rest)"),
        (f"{{{AUTH}}}", ", Auth: {Authorizer: Other}", "(rest) by Other"),
        (f"{{{AUTH}}}", ", Auth: {Authorizer: Who, AuthorizationScopes: [t, u]}", "(rest) by Who for t u"),
        (f"{{{AUTH}}}", ", Auth: {Authorizer: Who, AuthorizationScopes: []}", "(rest) by Who"),
        (f"{{{AUTH}}}", ", Auth: {Authorizer: AWS_IAM, InvokeRole: NONE}", "(rest) by AWS_IAM"),
        (f"{{{AUTH}, ApiKeyRequired: true}}", "", "(rest) by Who for s with a key"),
        (f"{{{AUTH}, ApiKeyRequired: true}}", ", Auth: {ApiKeyRequired: false}", "(rest) by Who for s"),
        ("{}", ", Auth: {ApiKeyRequired: true}", "(rest) with a key"),
        ("{DefaultAuthorizer: AWS_IAM}", "", "(rest) by AWS_IAM"),
        ("!If [Yes, {DefaultAuthorizer: AWS_IAM}, {}]", "", "(rest) by AWS_IAM"),
        ("{DefaultAuthorizer: !If [Yes, AWS_IAM, NONE]}", "", "(rest) by AWS_IAM"),
    ],
)
def test_who_may_take_a_rest_api_s_route(auth: str, own: str, line: str) -> None:
    assert routes(rest(auth, f"{A}{own}"), Unsaid="x") == [f"GET /a -> F {line}"]


@pytest.mark.parametrize(
    ("auth", "own", "line"),
    [
        ("{}", "", "(http)"),
        (f"{{{JWT}}}", "", "(http) by Who for s"),
        (f"{{{JWT}}}", ", Auth: {AuthorizationScopes: [t]}", "(http) by Who for t"),
        (f"{{{JWT}}}", ", Auth: {Authorizer: NONE}", "(http)"),
        (f"{{{JWT}, EnableIamAuthorizer: true}}", ", Auth: {Authorizer: AWS_IAM}", "(http) by AWS_IAM"),
        ("{DefaultAuthorizer: AWS_IAM, EnableIamAuthorizer: true}", "", "(http) by AWS_IAM"),
    ],
)
def test_who_may_take_an_http_api_s_route(auth: str, own: str, line: str) -> None:
    assert routes(http(auth, f"{A}{own}")) == [f"GET /a -> F {line}"]


def test_the_default_of_an_http_api_is_not_for_options() -> None:
    assert routes(http(f"{{{JWT}}}", A, OPTIONS)) == [
        "GET /a -> F (http) by Who for s",
        "OPTIONS /a -> F (http)",
    ]


@pytest.mark.parametrize(
    ("said", "line", "guard"),
    [
        ("", "OPTIONS /a -> F (rest) by Who for s", "Who"),
        (", AddDefaultAuthorizerToCorsPreflight: false", "OPTIONS /a -> F (rest)", None),
    ],
)
def test_preflights_of_a_rest_api(said: str, line: str, guard: str | None) -> None:
    text = rest(f"{{{AUTH}{said}}}", OPTIONS).replace("StageName: dev", "StageName: dev\n      Cors: \"'*'\"")
    assert routes(text) == [line]
    (table,) = front_tables(text)
    assert table["cors"].get("authorizer") == guard
    assert guard is None or guard in table["authorizers"]


def test_the_globals_authorizers_are_the_implicit_api_s() -> None:
    head = "Globals: {HttpApi: {Auth: {DefaultAuthorizer: AWS_IAM, EnableIamAuthorizer: true}}}"
    events = "{E: {Type: HttpApi, Properties: {Path: /a, Method: get}}}"
    assert routes(template("", events=events, head=head)) == ["GET /a -> F (http) by AWS_IAM"]


@pytest.mark.parametrize(
    ("auth", "why"),
    [
        ("{DefaultAuthorizer: Nobody}", "Nobody cannot be asked: there is none of this name"),
        (
            "{DefaultAuthorizer: W, Authorizers: {W: {FunctionArn: !ImportValue other}}}",
            "W cannot be asked: it names no function that this template builds",
        ),
        (
            (
                "{DefaultAuthorizer: W, Authorizers: {W: {UserPoolArn: x, "
                'Identity: {ValidationExpression: "("}}}}'
            ),
            (
                "W cannot be asked: its validation expression cannot be read here: missing ), unterminated "
                "subpattern at position 0"
            ),
        ),
        (
            "{DefaultAuthorizer: W, Authorizers: {W: {UserPoolArn: x, Identity: {Header: a b}}}}",
            "W cannot be asked: 'method.request.header.a b' is no identity source",
        ),
        (
            "{DefaultAuthorizer: !Ref Unsaid}",
            "!Ref Unsaid cannot be asked: there is none of this name",
        ),
        (
            "!If [Unknown, {DefaultAuthorizer: AWS_IAM}, {}]",
            (
                '!If ["Unknown", {"DefaultAuthorizer": "AWS_IAM"}, {}] cannot be asked: '
                "there is none of this name"
            ),
        ),
    ],
)
def test_where_an_authorizer_cannot_be_asked_nobody_passes(auth: str, why: str) -> None:
    text = rest(auth, A, f"{B}, Auth: {{Authorizer: NONE}}")
    if auth.startswith("!If"):
        assert routes(text) == ["GET /b -> F (rest)"]
    assert f"My: GET /a is no front here: the authorizer {why}" in notes(text)
    assert "GET /a -> F" not in "".join(routes(text))


def test_an_issuer_that_is_no_https_address() -> None:
    text = http("{DefaultAuthorizer: W, Authorizers: {W: {JwtConfiguration: {issuer: x, audience: [a]}}}}", A)
    assert notes(text) == [
        "My: GET /a is no front here: the authorizer W cannot be asked: its issuer x is no https address"
    ]


def test_many_routes_with_one_authorizer_are_one_note() -> None:
    text = rest("{DefaultAuthorizer: Nobody}", A, B)
    assert notes(text) == [
        (
            "My: GET /a, GET /b are no fronts here: the authorizer Nobody cannot be asked: "
            "there is none of this name"
        )
    ]


def test_iam_of_an_http_api_must_be_enabled() -> None:
    assert notes(http("{DefaultAuthorizer: AWS_IAM}", A)) == [
        (
            "My: GET /a is no front here: the authorizer AWS_IAM cannot be asked: "
            "its API has no EnableIamAuthorizer: true"
        )
    ]


@pytest.mark.parametrize(
    "auth", ["x", "[1]", "{Authorizers: x, DefaultAuthorizer: [x]}", "{Authorizers: {A: 1}}"]
)
def test_an_odd_auth_hinders_no_build(auth: str) -> None:
    assert routes(rest(auth, A)) == ["GET /a -> F (rest)"]
