"""Whatever stands where APIs are described: fronts that the project's parser takes, or a ProjectError."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onezip.errors import ProjectError
from template.driver import describe, project
from template.front_tables import CODE

ARN = {"Fn::GetAtt": ["F", "Arn"]}
WORDS = [
    "F", "My", "Api", "token", "/a", "GET /a", "$default", "GET", "aws_proxy", "REQUEST", "JWT", "NONE",
    "AWS_IAM", "true", "5000", "method.request.header.A", "$request.header.A", "https://id.example", "a b",
    "(", "*", "",
]  # fmt: skip
_SAID = """
    Auth Authorizers DefaultAuthorizer FunctionArn Identity Headers Header UserPoolArn
    JwtConfiguration issuer audience AuthorizationScopes ApiKeyRequired A Cors CorsConfiguration
    AllowOrigins StageName DefinitionBody DefinitionUri paths /a /b/{c} get options
    x-amazon-apigateway-any-method x-amazon-apigateway-integration type uri payloadFormatVersion
    timeoutInMillis security components securitySchemes token x-amazon-apigateway-authorizer
    authorizerUri identitySource ApiId RestApiId RouteKey Target IntegrationType IntegrationUri
    AuthorizerId AuthorizationType AuthorizerType Type Path Method Integration ResourceId ParentId
    PathPart HttpMethod Body responses responseParameters $ref ReauthorizeEvery ValidationExpression
    BinaryMediaTypes Variables
"""
KEYS = _SAID.split()
KINDS = [
    "AWS::Serverless::Api", "AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Authorizer", "AWS::ApiGatewayV2::Stage",
    "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Resource", "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Authorizer", "AWS::ApiGateway::Stage", "AWS::Lambda::Url",
]  # fmt: skip

values = st.recursive(
    st.sampled_from(
        [*WORDS, ARN, {"Ref": "My"}, {"Ref": "R0"}, {"Ref": "AWS::NoValue"}, {"Ref": "No"}, 5, True, None]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=25,
)  # fmt: skip
tables = st.dictionaries(st.sampled_from(KEYS), values, max_size=6)
INTEGRATION = {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": ARN}}
EVENTS = st.fixed_dictionaries({"Type": st.sampled_from(["Api", "HttpApi"]), "Properties": tables})


def check(resources: dict[str, Any], events: Any) -> None:
    function = {"Runtime": "python3.13", "Handler": "app.h", "CodeUri": "src/", "Events": {"E": events}}
    resources = {"F": {"Type": "AWS::Serverless::Function", "Properties": function}, **resources}
    try:
        described = describe(json.dumps({"Resources": resources}), CODE, name="t.json")
    except ProjectError:
        return
    project(described, list(CODE))


@pytest.mark.ring2
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(KINDS), tables), max_size=4), EVENTS, tables)
def test_anything(parts: list[tuple[str, dict[str, Any]]], event: Any, operation: dict[str, Any]) -> None:
    found = {f"R{n}": {"Type": kind, "Properties": told} for n, (kind, told) in enumerate(parts)}
    body = {
        "paths": {"/a": {"get": {**operation, **INTEGRATION}}},
        "components": {"securitySchemes": operation},
    }
    kind = parts[0][0] if parts and parts[0][0] in KINDS[:2] else KINDS[0]
    told = {"Auth": operation, "StageName": "dev"}
    check({"My": {"Type": kind, "Properties": {**told, "DefinitionBody": body}}, **found}, event)
    check({"My": {"Type": kind, "Properties": told}, **found}, event)
