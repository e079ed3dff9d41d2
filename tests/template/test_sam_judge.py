"""The SAM translator as the judge: the definitions that it makes of events say what we read of these."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from template.driver import describe, project
from template.front_tables import CODE
from template.test_globals import translator

JUDGE = """
import json, sys
from samtranslator.translator.transform import transform

class Policies:
    def load(self):
        return {}

print(json.dumps(transform(json.load(sys.stdin), {}, Policies())))
"""

FUNCTION = {"Runtime": "python3.13", "Handler": "app.h", "CodeUri": "s3://bucket/key"}
GUARD = {"Fn::GetAtt": ["Guard", "Arn"]}
POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Abc"
REST_AUTHORIZERS = {
    "Token": {"FunctionArn": GUARD, "Identity": {"Header": "X-A", "ReauthorizeEvery": 7}},
    "Pattern": {"FunctionArn": GUARD, "Identity": {"ValidationExpression": "a+"}},
    "Request": {
        "FunctionArn": GUARD,
        "FunctionPayloadType": "REQUEST",
        "Identity": {"Headers": ["A"], "QueryStrings": ["q"], "StageVariables": ["s"], "Context": ["path"]},
    },
    "Pool": {"UserPoolArn": POOL, "AuthorizationScopes": ["a", "b"]},
}
HTTP_AUTHORIZERS = {
    "Jwt": {
        "IdentitySource": "$request.header.Authorization",
        "JwtConfiguration": {"issuer": "https://id.example", "audience": ["me"]},
        "AuthorizationScopes": ["s"],
    },
    "Two": {
        "FunctionArn": GUARD,
        "AuthorizerPayloadFormatVersion": "2.0",
        "EnableSimpleResponses": True,
        "Identity": {"Headers": ["A"], "Context": ["path"], "ReauthorizeEvery": 3},
    },
    "One": {"FunctionArn": GUARD, "AuthorizerPayloadFormatVersion": "1.0", "Identity": {"Headers": ["B"]}},
}


def judged(template: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [translator(), "-c", JUDGE],
        input=json.dumps(template),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "AWS_DEFAULT_REGION": "eu-west-1"},
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout)["Resources"])


def template(api: dict[str, Any], kind: str, events: dict[str, Any]) -> dict[str, Any]:
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "My": {"Type": f"AWS::Serverless::{kind}", "Properties": api},
            "F": {"Type": "AWS::Serverless::Function", "Properties": {**FUNCTION, "Events": events}},
            "Guard": {"Type": "AWS::Serverless::Function", "Properties": FUNCTION},
        },
    }


def read(told: dict[str, Any]) -> dict[str, Any]:
    """Each route with its kind, authorizer, scopes, key and timeout."""
    described = describe(json.dumps(told).replace("s3://bucket/key", "src/"), CODE, name="t.json")
    found = {}
    for front in project(described, list(CODE)).functions["F"].fronts:
        who = {each.name: each for each in front.authorizers}.get(front.authorizer or "")
        for route in front.routes:
            found[route.key] = (front.kind, who, route.scopes, route.api_key, front.timeout)
    return found


def compare(api: dict[str, Any], kind: str, events: dict[str, Any]) -> dict[str, Any]:
    said = template(api, kind, events)
    ours = read(said)
    plain = {"Api": "AWS::ApiGateway::RestApi", "HttpApi": "AWS::ApiGatewayV2::Api"}[kind]
    (body,) = (each["Properties"]["Body"] for each in judged(said).values() if each["Type"] == plain)
    shown = {key: value for key, value in api.items() if key == "StageName"}
    theirs = read(template({**shown, "DefinitionBody": body}, kind, {}))
    assert ours == theirs
    return ours


def api(path: str, method: str = "get", auth: Any = None, **more: Any) -> dict[str, Any]:
    told = {"RestApiId": {"Ref": "My"}, "Path": path, "Method": method, **more}
    return {"Type": "Api", "Properties": told if auth is None else {**told, "Auth": auth}}


def http(path: str, method: str = "get", auth: Any = None, **more: Any) -> dict[str, Any]:
    told = {"ApiId": {"Ref": "My"}, "Path": path, "Method": method, **more}
    return {"Type": "HttpApi", "Properties": told if auth is None else {**told, "Auth": auth}}


@pytest.mark.ring2
@pytest.mark.parametrize(
    ("default", "preflight", "key"),
    [(None, True, True), ("Token", True, False), ("Pool", False, True), ("AWS_IAM", False, False)],
)
def test_a_rest_api(default: str | None, preflight: bool, key: bool) -> None:
    auth: dict[str, Any] = {
        "Authorizers": REST_AUTHORIZERS,
        "AddDefaultAuthorizerToCorsPreflight": preflight,
        "ApiKeyRequired": key,
    }
    events = {
        "Plain": api("/plain", TimeoutInMillis=5000),
        "Any": api("/{proxy+}", "ANY"),
        "Options": api("/plain", "options"),
        **{
            name.replace("_", ""): api(f"/{name}", "post", {"Authorizer": name})
            for name in [*REST_AUTHORIZERS, "AWS_IAM"]
        },
        "Scopes": api("/scopes", "get", {"Authorizer": "Pool", "AuthorizationScopes": ["c"]}),
        "Key": api("/key", "get", {"ApiKeyRequired": True}),
    }
    if key:
        events["NoKey"] = api("/nokey", "get", {"ApiKeyRequired": False})
    if default:
        auth["DefaultAuthorizer"] = default
        events["None"] = api("/none", "get", {"Authorizer": "NONE"})
    assert len(compare({"StageName": "dev", "Auth": auth}, "Api", events)) == len(events)


@pytest.mark.ring2
@pytest.mark.parametrize("default", [None, "Jwt", "Two", "AWS_IAM"])
def test_an_http_api(default: str | None) -> None:
    auth: dict[str, Any] = {"Authorizers": HTTP_AUTHORIZERS, "EnableIamAuthorizer": True}
    events = {
        "Plain": http("/plain", TimeoutInMillis=5000),
        "Any": http("/{proxy+}", "ANY"),
        "Default": http("$default", "x-amazon-apigateway-any-method"),
        "Options": http("/plain", "options"),
        **{
            name.replace("_", ""): http(f"/{name}", "post", {"Authorizer": name})
            for name in [*HTTP_AUTHORIZERS, "AWS_IAM"]
        },
        "Scopes": http("/scopes", "get", {"Authorizer": "Jwt", "AuthorizationScopes": ["c"]}),
        "Old": http("/old", PayloadFormatVersion="1.0"),
    }
    if default:
        auth["DefaultAuthorizer"] = default
        events["None"] = http("/none", "get", {"Authorizer": "NONE"})
    assert len(compare({"Auth": auth}, "HttpApi", events)) == len(events)


@pytest.mark.ring2
@pytest.mark.parametrize(
    "auth", [{}, {"Authorizer": "NONE"}, {"Authorizer": "NONE", "OverrideApiAuth": True}]
)
@pytest.mark.parametrize("merged", [False, True])
def test_events_beside_a_rest_api_s_definition(auth: dict[str, Any], merged: bool) -> None:
    uri = {"Fn::Sub": "arn:aws:apigateway:x:lambda:path/2015-03-31/functions/${F.Arn}/invocations"}
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    operation = {"x-amazon-apigateway-integration": integration}
    body = {
        "swagger": "2.0",
        "info": {},
        "paths": {
            "/a": {"get": operation},
            "/b": {"get": {**operation, "security": [{"Token": []}]}},
            "/c": {"get": {**operation, "security": [{"NONE": []}]}},
        },
    }
    more = {"MergeDefinitions": True} if merged else {}
    said = {
        "StageName": "dev",
        "DefinitionBody": body,
        "Auth": {"DefaultAuthorizer": "AWS_IAM", "Authorizers": REST_AUTHORIZERS},
        **more,
    }
    events = {"A": api("/a", "get", auth), "New": api("/new")}
    assert ("GET /new" in compare(said, "Api", events)) is merged
