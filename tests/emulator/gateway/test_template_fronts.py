"""`onezip run` and `onezip front` with a SAM template: an OpenAPI definition, and authorizers of every kind.

The template is what `sam validate --lint` takes, too.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import jwt
import pytest

from cli.onezip_cli import onezip
from emulator.gateway.test_front_cli import HERE, fronted
from emulator.gateway.test_jwt import jwks, key
from emulator.runs import Run, running
from export.test_sam import SAM
from fetched import tool

PYTHON = f"python3.{sys.version_info.minor}"
POOL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc"

HANDLER = """\
import json

def shop(event, context):
    return {"statusCode": 200, "body": json.dumps(event["requestContext"].get("authorizer"))}

def token(event, context):
    said = event["authorizationToken"]
    if said == "broken":
        raise Exception("Unauthorized")
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow" if said == "let me in" else "Deny",
                 "Resource": event["methodArn"]}
    return {"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}

def simple(event, context):
    return {"isAuthorized": event["identitySource"] == ["let me in"], "context": {"who": "you"}}
"""

TEMPLATE = f"""\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: {PYTHON}
    Timeout: 60
    CodeUri: app/
    Architectures: [{HERE}]
Resources:
  Orders:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionBody:
        Fn::Transform:
          Name: AWS::Include
          Parameters:
            Location: openapi.yaml
  Admin:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Auth:
        DefaultAuthorizer: Token
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers:
          Token:
            FunctionArn: !GetAtt TokenGuard.Arn
            Identity:
              ValidationExpression: "[a-z ]+"
              ReauthorizeEvery: 0
          Pool:
            UserPoolArn: !GetAtt Users.Arn
  Users:
    Type: AWS::Cognito::UserPool
  Shop:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.shop
      Events:
        Token: {{Type: Api, Properties: {{RestApiId: !Ref Admin, Path: /token, Method: get}}}}
        Pool:
          Type: Api
          Properties: {{RestApiId: !Ref Admin, Path: /pool, Method: get, Auth: {{Authorizer: Pool}}}}
        Iam:
          Type: Api
          Properties: {{RestApiId: !Ref Admin, Path: /iam, Method: get, Auth: {{Authorizer: AWS_IAM}}}}
        Key:
          Type: Api
          Properties:
            RestApiId: !Ref Admin
            Path: /key
            Method: get
            Auth: {{Authorizer: NONE, ApiKeyRequired: true}}
  TokenGuard:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.token
  SimpleGuard:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.simple
"""

INTEGRATION = """\
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        payloadFormatVersion: "2.0"
        uri:
          Fn::Sub: "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Shop.Arn}/invocations"
"""  # noqa: E501

OPENAPI = f"""\
openapi: 3.0.1
info: {{title: orders, version: "1"}}
paths:
  /orders/{{id}}:
    get:
{INTEGRATION}
  /simple:
    get:
      security: [{{simple: []}}]
{INTEGRATION}
  /login:
    get:
      security: [{{login: [read]}}]
{INTEGRATION}
  /elsewhere:
    get:
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: GET
        payloadFormatVersion: "1.0"
        uri: https://example.com
components:
  securitySchemes:
    simple:
      type: apiKey
      name: X-Key
      in: header
      x-amazon-apigateway-authorizer:
        type: request
        authorizerPayloadFormatVersion: "2.0"
        enableSimpleResponses: true
        identitySource: $request.header.X-Key
        authorizerUri:
          Fn::Sub: "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{SimpleGuard.Arn}}/invocations"
    login:
      type: oauth2
      flows: {{}}
      x-amazon-apigateway-authorizer:
        type: jwt
        identitySource: $request.header.Authorization
        jwtConfiguration: {{issuer: "https://id.example", audience: [shop]}}
"""  # noqa: E501


def project(folder: Path) -> Path:
    (folder / "app").mkdir()
    (folder / "app" / "app.py").write_text(HANDLER, encoding="utf-8")
    (folder / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    (folder / "openapi.yaml").write_text(OPENAPI, encoding="utf-8")
    (folder / "keys.json").write_text(jwks("one"), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("orders"))


@pytest.fixture(scope="module")
def run(folder: Path) -> Iterator[Run]:
    with running(folder, "--port", "0", "--jwks", "keys.json") as found:
        yield found


def ask(at: str, path: str, host: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    """One request to one of the APIs, by its host name."""
    parts = urlsplit(at)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers={"Host": f"{host}:{parts.port}", **told})
        got = connection.getresponse()
        return got.status, got.read()
    finally:
        connection.close()


def url(run: Run) -> str:
    return str(run.ready["fronts"][0]["url"])


def token(**claims: object) -> str:
    told = {"sub": "you", "exp": int(time.time()) + 600, **claims}
    return jwt.encode(told, key("one"), "RS256", headers={"kid": "one"})


ORDERS, ADMIN = "orders.localhost", "localhost"
UNAUTHORIZED = b'{"message":"Unauthorized"}'
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLEEXAMPLE12/20261121/eu-west-1/execute-api/aws4_request, "
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
)


@pytest.mark.ring2
def test_the_routes_of_the_template_are_told(run: Run) -> None:
    told = {(front["type"], front["host"]): front["routes"] for front in run.ready["fronts"]}
    assert told == {
        ("rest", None): dict.fromkeys(("GET /token", "GET /pool", "GET /iam", "GET /key"), "Shop"),
        ("http", ORDERS): dict.fromkeys(("GET /orders/{id}", "GET /simple", "GET /login"), "Shop"),
    }


@pytest.mark.ring2
def test_routes_of_the_definition(run: Run) -> None:
    at = url(run)
    assert ask(at, "/orders/7", ORDERS) == (200, b"null")
    assert ask(at, "/elsewhere", ORDERS) == (404, b'{"message":"Not Found"}')
    assert ask(at, "/orders/7", ADMIN)[0] == 403  # another API


@pytest.mark.ring2
def test_a_token_authorizer(run: Run) -> None:
    at = url(run)
    for path in ("/token", "/prod/token"):
        status, body = ask(at, path, ADMIN, Authorization="let me in")
        assert (status, json.loads(body)["principalId"]) == (200, "me")
    assert ask(at, "/token", ADMIN) == (401, UNAUTHORIZED)
    assert ask(at, "/token", ADMIN, Authorization="NO") == (401, UNAUTHORIZED)
    assert ask(at, "/token", ADMIN, Authorization="broken") == (401, UNAUTHORIZED)
    status, body = ask(at, "/token", ADMIN, Authorization="please")
    assert (status, b"explicit deny" in body) == (403, True)


@pytest.mark.ring2
def test_a_user_pool_of_the_template(run: Run) -> None:
    at = url(run)
    sent = token(iss=POOL, token_use="id", aud="app")
    status, body = ask(at, "/pool", ADMIN, Authorization=f"Bearer {sent}")
    assert (status, json.loads(body)["claims"]["sub"]) == (200, "you")
    assert ask(at, "/pool", ADMIN) == (401, UNAUTHORIZED)
    assert ask(at, "/pool", ADMIN, Authorization=sent[:-4]) == (401, UNAUTHORIZED)
    late = token(iss=POOL, exp=int(time.time()) - 1)
    assert ask(at, "/pool", ADMIN, Authorization=late) == (
        401,
        b'{"message":"The incoming token has expired"}',
    )
    assert run.said("authorizer Pool: its issuer is known when deployed")


@pytest.mark.ring2
def test_iam_and_api_keys(run: Run) -> None:
    at = url(run)
    assert ask(at, "/iam", ADMIN)[0] == 403
    assert ask(at, "/iam", ADMIN, Authorization=SIGNED)[0] == 200
    assert ask(at, "/key", ADMIN) == (403, b'{"message":"Forbidden"}')
    assert ask(at, "/key", ADMIN, x_api_key="k")[0] == 200
    assert run.said("API keys are not checked here")


@pytest.mark.ring2
def test_an_authorizer_function_of_the_definition(run: Run) -> None:
    at = url(run)
    assert ask(at, "/simple", ORDERS) == (401, UNAUTHORIZED)
    assert ask(at, "/simple", ORDERS, X_Key="please") == (403, b'{"message":"Forbidden"}')
    status, body = ask(at, "/simple", ORDERS, X_Key="let me in")
    assert (status, json.loads(body)) == (200, {"lambda": {"who": "you"}})


@pytest.mark.ring2
def test_a_jwt_authorizer_of_the_definition(run: Run) -> None:
    at = url(run)
    told = {"iss": "https://id.example", "aud": "shop"}
    status, body = ask(at, "/login", ORDERS, Authorization=f"Bearer {token(**told, scope='read')}")
    assert (status, json.loads(body)["jwt"]["scopes"]) == (200, ["read"])
    assert ask(at, "/login", ORDERS, Authorization=token(**told))[0] == 403
    assert ask(at, "/login", ORDERS, Authorization=token(**{**told, "aud": "x"}, scope="read"))[0] == 401
    assert ask(at, "/login", ORDERS) == (401, UNAUTHORIZED)


@pytest.mark.ring2
def test_the_same_fronts_before_an_invoke_api(run: Run, folder: Path) -> None:
    with fronted(folder, "--to", run.url, "--jwks", "Pool=keys.json") as at:
        assert ask(at, "/orders/7", ORDERS) == (200, b"null")
        assert ask(at, "/token", ADMIN, Authorization="let me in")[0] == 200
        assert ask(at, "/token", ADMIN, Authorization="please")[0] == 403
        assert ask(at, "/pool", ADMIN, Authorization=token(iss=POOL))[0] == 200


@pytest.mark.ring2
def test_what_is_left_out_is_said(folder: Path) -> None:
    done = onezip(folder, "build", "--plan")
    place = "openapi.yaml:34"
    assert f"Orders: GET /elsewhere at {place} is no front here: the integration is http_proxy" in done.err


@pytest.mark.ring2
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Nobody=keys.json", "no JWT or Cognito authorizer 'Nobody'; there are: Pool, login"),
        ("none.json", "there is no such file"),
        ("http://other.example/keys", "is neither https nor on this machine"),
    ],
)
def test_keys_that_are_said_wrong(folder: Path, said: str, words: str) -> None:
    done = onezip(folder, "front", "--to", "http://127.0.0.1:9", "--port", "0", "--jwks", said)
    assert done.code == 2
    assert all(part in done.err for part in words.split("; "))


@pytest.mark.ring2
def test_sam_takes_the_template(folder: Path) -> None:
    sam = tool(*SAM)
    done = subprocess.run(
        [sam, "validate", "--lint", "--template", "template.yaml", "--region", "eu-west-1"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "SAM_CLI_TELEMETRY": "0"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
