"""API Gateway's own resources, without SAM -> routes and authorizers."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from export.test_cloudformation import LINT
from fetched import tool
from template.front_tables import authorizers, front_tables, notes, routes

FUNCTIONS = """
  F:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.h, Code: src/}
  Guard:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.h, Code: src/}
"""
URI = "!Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'"
GUARD = URI.replace("${F.", "${Guard.")


def template(resources: str) -> str:
    return f"Resources:{FUNCTIONS}{resources}"


HTTP = f"""
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {{Name: shop, ProtocolType: HTTP, CorsConfiguration: {{AllowOrigins: ['*']}}}}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {{ApiId: !Ref Api, StageName: v1, StageVariables: {{colour: red}}}}
  Second:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt F.Arn
      PayloadFormatVersion: "2.0"
      TimeoutInMillis: 5000
  First:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {{ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: {URI}}}
  Other:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {{ApiId: !Ref Api, IntegrationType: HTTP_PROXY, IntegrationUri: 'https://example.com'}}
  Login:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties:
      ApiId: !Ref Api
      Name: login
      AuthorizerType: JWT
      IdentitySource: [$request.header.Authorization]
      JwtConfiguration: {{Issuer: 'https://id.example', Audience: [me]}}
  Asked:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties:
      ApiId: !Ref Api
      Name: asked
      AuthorizerType: REQUEST
      AuthorizerUri: {GUARD}
      AuthorizerPayloadFormatVersion: "2.0"
      EnableSimpleResponses: true
      AuthorizerResultTtlInSeconds: 4
      IdentitySource: [$request.header.A, $context.path]
"""


def route(key: str, *, target: str = "!Sub 'integrations/${Second}'", more: str = "", name: str = "R") -> str:
    told = f"{{ApiId: !Ref Api, RouteKey: {key}, Target: {target}{more}}}"
    return f"  {name}: {{Type: AWS::ApiGatewayV2::Route, Properties: {told}}}\n"


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (route("GET /a"), "GET /a -> F (http) in 5 s"),
        (route("'ANY /{proxy+}'"), "ANY /{proxy+} -> F (http) in 5 s"),
        (route("$default"), "$default -> F (http) in 5 s"),
        (route("GET /a", target="!Join [/, [integrations, !Ref First]]"), "GET /a -> F (http-v1)"),
        (route("GET /a", more=", AuthorizationType: NONE"), "GET /a -> F (http) in 5 s"),
        (route("GET /a", more=", AuthorizationType: AWS_IAM"), "GET /a -> F (http) by AWS_IAM in 5 s"),
        (
            route(
                "GET /a", more=", AuthorizationType: JWT, AuthorizerId: !Ref Login, AuthorizationScopes: [s]"
            ),
            "GET /a -> F (http) by Login for s in 5 s",
        ),
        (
            route("GET /a", more=", AuthorizationType: CUSTOM, AuthorizerId: !Ref Asked"),
            "GET /a -> F (http) by Asked in 5 s",
        ),
    ],
)
def test_an_http_api(said: str, line: str) -> None:
    assert routes(template(HTTP + said)) == [line]


def test_what_an_http_api_shares() -> None:
    both = route("GET /a", more=", AuthorizationType: JWT, AuthorizerId: !Ref Login")
    other = route("GET /b", more=", AuthorizationType: CUSTOM, AuthorizerId: !Ref Asked", name="S")
    text = template(HTTP + both + other)
    (first, second) = front_tables(text)
    for table in (first, second):
        assert table["stage"] == "v1"
        assert table["stage_variables"] == {"colour": "red"}
        assert table["cors"] == {"origins": ["*"]}
    assert authorizers(text) == {
        "Login": {
            "type": "jwt",
            "issuer": "https://id.example",
            "audience": ["me"],
            "sources": ["$request.header.Authorization"],
        },
        "Asked": {
            "type": "http-v2",
            "function": "Guard",
            "sources": ["$request.header.A", "$context.path"],
            "ttl": 4,
            "simple": True,
        },
    }


def test_a_quick_create() -> None:
    own = "\n  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP, Target: !GetAtt F.Arn}}\n"
    assert routes(template(own)) == ["$default -> F (http)"]
    keyed = own.replace("Target:", "RouteKey: GET /a, Target:")
    assert routes(template(keyed)) == ["GET /a -> F (http)"]


@pytest.mark.parametrize(
    ("said", "note"),
    [
        (
            route("GET /a", target="!Sub 'integrations/${Other}'"),
            "is no front here: the integration is http_proxy; ask its own address",
        ),
        (route("GET /a", target="!ImportValue x"), "is no front here: no x-amazon-apigateway-integration"),
    ],
)
def test_routes_of_an_http_api_that_are_none_here(said: str, note: str) -> None:
    text = template(HTTP + said)
    line = text.splitlines().index(said.rstrip("\n")) + 1
    assert notes(text) == [f"Api: GET /a at template.yaml:{line} {note}"]
    assert routes(text) == []


def test_an_authorizer_that_is_not_in_the_template_lets_nobody_in() -> None:
    said = route("GET /a", more=", AuthorizationType: CUSTOM, AuthorizerId: !ImportValue x")
    assert routes(template(HTTP + said)) == []
    (note,) = notes(template(HTTP + said))
    assert note.startswith("Api: GET /a is no front here: the authorizer CUSTOM cannot be asked")


def test_a_websocket_api_is_named_with_the_alternative() -> None:
    own = "\n  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: WEBSOCKET}}\n"
    text = template(own + route("$connect"))
    assert routes(text) == []
    assert notes(text) == [
        (
            "Api: a WebSocket API has no front here; call its functions with the event of a route: "
            "onezip invoke NAME --file EVENT"
        )
    ]


REST = f"""
  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: shop, BinaryMediaTypes: [image~1png]}}}}
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties: {{RestApiId: !Ref Api, StageName: prod, Variables: {{colour: red}}}}
  Orders:
    Type: AWS::ApiGateway::Resource
    Properties: {{RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: orders}}
  Order:
    Type: AWS::ApiGateway::Resource
    Properties: {{RestApiId: !Ref Api, ParentId: !Ref Orders, PathPart: '{{id}}'}}
  Astray:
    Type: AWS::ApiGateway::Resource
    Properties: {{RestApiId: !Ref Api, ParentId: !ImportValue other, PathPart: x}}
  Token:
    Type: AWS::ApiGateway::Authorizer
    Properties:
      RestApiId: !Ref Api
      Name: token
      Type: TOKEN
      AuthorizerUri: {GUARD}
      IdentitySource: method.request.header.X-Token
      IdentityValidationExpression: a.*
      AuthorizerResultTtlInSeconds: 0
  Request:
    Type: AWS::ApiGateway::Authorizer
    Properties:
      RestApiId: !Ref Api
      Name: request
      Type: REQUEST
      AuthorizerUri: {GUARD}
      IdentitySource: "method.request.header.A,method.request.querystring.q"
  Pool:
    Type: AWS::ApiGateway::Authorizer
    Properties:
      {{RestApiId: !Ref Api, Name: pool, Type: COGNITO_USER_POOLS, ProviderARNs: [!GetAtt Users.Arn]}}
"""
PROXY = f"Integration: {{Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: {URI}}}"


def method(name: str, resource: str, more: str = "", integration: str = PROXY) -> str:
    told = f"{{RestApiId: !Ref Api, HttpMethod: {name}, ResourceId: {resource}, {integration}{more}}}"
    return f"  M{name}: {{Type: AWS::ApiGateway::Method, Properties: {told}}}\n"


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (method("GET", "!GetAtt Api.RootResourceId"), "GET / -> F (rest)"),
        (method("ANY", "!Ref Orders"), "ANY /orders -> F (rest)"),
        (method("POST", "!Ref Order"), "POST /orders/{id} -> F (rest)"),
        (
            method("GET", "!Ref Orders", ", AuthorizationType: CUSTOM, AuthorizerId: !Ref Token"),
            "GET /orders -> F (rest) by Token",
        ),
        (
            method("GET", "!Ref Orders", ", AuthorizationType: CUSTOM, AuthorizerId: !Ref Request"),
            "GET /orders -> F (rest) by Request",
        ),
        (
            method(
                "GET",
                "!Ref Orders",
                ", AuthorizationType: COGNITO_USER_POOLS, AuthorizerId: !Ref Pool, AuthorizationScopes: [s]",
            ),
            "GET /orders -> F (rest) by Pool for s",
        ),
        (
            method("GET", "!Ref Orders", ", AuthorizationType: AWS_IAM, ApiKeyRequired: true"),
            "GET /orders -> F (rest) by AWS_IAM with a key",
        ),
        (
            method("GET", "!Ref Orders", integration=PROXY.replace("Uri", "TimeoutInMillis: 900, Uri")),
            "GET /orders -> F (rest) in 1 s",
        ),
    ],
)
def test_a_rest_api(said: str, line: str) -> None:
    assert routes(template(REST + said)) == [line]


def test_a_rest_api_s_authorizers() -> None:
    said = [
        method(verb, "!Ref Orders", f", AuthorizationType: CUSTOM, AuthorizerId: !Ref {name}")
        for verb, name in (("GET", "Token"), ("PUT", "Request"), ("POST", "Pool"))
    ]
    text = template(REST + "".join(said))
    assert authorizers(text) == {
        "Token": {
            "type": "token",
            "function": "Guard",
            "sources": ["method.request.header.X-Token"],
            "ttl": 0,
            "validation": "a.*",
        },
        "Request": {
            "type": "request",
            "function": "Guard",
            "sources": ["method.request.header.A", "method.request.querystring.q"],
        },
        "Pool": {
            "type": "cognito",
            "issuer": "*",
            "sources": ["method.request.header.Authorization"],
        },
    }
    for table in front_tables(text):
        assert (table["stage"], table["stage_variables"]) == ("prod", {"colour": "red"})
        assert table["binary_types"] == ["image/png"]


def test_a_mock_for_options_is_cors() -> None:
    mock = (
        "Integration: {Type: MOCK, IntegrationResponses: [{StatusCode: 204, ResponseParameters: "
        "{method.response.header.Access-Control-Allow-Origin: \"'*'\"}}]}"
    )
    text = template(REST + method("GET", "!Ref Orders") + method("OPTIONS", "!Ref Orders", integration=mock))
    (table,) = front_tables(text)
    assert table["cors"] == {"origins": ["*"]}
    assert notes(text) == []


def test_a_resource_that_hangs_nowhere() -> None:
    text = template(REST + method("GET", "!Ref Astray") + method("PUT", "!Ref Orders"))
    assert routes(text) == ["PUT /orders -> F (rest)"]
    (note,) = notes(text)
    assert note.startswith("Api: ? at template.yaml:")


@pytest.mark.parametrize("kind", ["ApiGateway::RestApi", "ApiGatewayV2::Api"])
def test_a_body(kind: str) -> None:
    integration = f"{{type: aws_proxy, payloadFormatVersion: '2.0', uri: {URI}}}"
    body = f"{{paths: {{/a: {{get: {{x-amazon-apigateway-integration: {integration}}}}}}}}}"
    own = f"\n  Api: {{Type: 'AWS::{kind}', Properties: {{Body: {body}}}}}\n"
    front = "rest" if "Rest" in kind else "http"
    assert routes(template(own)) == [f"GET /a -> F ({front})"]


def test_a_body_elsewhere_is_named() -> None:
    own = "\n  Api: {Type: AWS::ApiGateway::RestApi, Properties: {BodyS3Location: {Bucket: b, Key: k}}}\n"
    assert notes(template(own)) == [
        "Api: its BodyS3Location is not a local file: its front here has the routes of the template"
    ]


@pytest.mark.parametrize(
    ("more", "table"),
    [
        ("", {"type": "url"}),
        (", InvokeMode: RESPONSE_STREAM", {"type": "url", "streaming": True}),
        (", Cors: {AllowOrigins: [a]}", {"type": "url", "cors": {"origins": ["a"]}}),
    ],
)
def test_a_function_url(more: str, table: dict[str, Any]) -> None:
    told = f"{{TargetFunctionArn: !Ref F, AuthType: NONE{more}}}"
    assert front_tables(template(f"\n  Url: {{Type: AWS::Lambda::Url, Properties: {told}}}\n")) == [table]


def test_two_apis_have_places_of_their_own() -> None:
    other = (
        HTTP.replace("Api", "Shop")
        .replace("AWS::ShopGatewayV2", "AWS::ApiGatewayV2")
        .replace("::Shop\n", "::Api\n")
    )
    other = other.replace("ShopId", "ApiId")
    for name in ("Stage", "Second", "First", "Other", "Login", "Asked"):
        other = other.replace(f"  {name}:\n", f"  Shop{name}:\n")
    second = route("GET /b", name="S").replace("!Ref Api", "!Ref Shop").replace("{Second}", "{ShopSecond}")
    assert routes(template(HTTP + route("GET /a") + other + second)) == [
        "GET /a -> F (http) in 5 s",
        "GET /b -> F (http) in 5 s at shop.localhost",
    ]


@pytest.mark.ring2
def test_cfn_lint_takes_these_templates(tmp_path: Path) -> None:
    code = "Role: arn:aws:iam::123456789012:role/r, Code: {ZipFile: x}"
    users = "  Users: {Type: AWS::Cognito::UserPool}\n"
    hanging = REST.index("  Astray:"), REST.index("  Token:")
    rest = REST[: hanging[0]] + REST[hanging[1] :] + users
    for number, said in enumerate(
        (
            HTTP + route("GET /a", more=", AuthorizationType: CUSTOM, AuthorizerId: !Ref Asked"),
            rest + method("GET", "!Ref Order", ", AuthorizationType: CUSTOM, AuthorizerId: !Ref Token"),
        )
    ):
        path = tmp_path / f"{number}.yaml"
        path.write_text(template(said).replace("Code: src/", code), encoding="utf-8")
        done = subprocess.run([tool(*LINT), path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "odd",
    [
        "{Type: AWS::ApiGatewayV2::Route}",
        "{Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: [1], Target: [x]}}",
        "{Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Api, Integration: x}}",
        "{Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: {x: 1}}}",
        "{Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: [1]}}",
    ],
)
def test_odd_parts_hinder_no_build(odd: str) -> None:
    own = "\n  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP}}\n"
    assert routes(template(f"{own}  Odd: {odd}\n")) == []
