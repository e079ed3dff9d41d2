"""OpenAPI definitions of APIs -> routes, authorizers, CORS and binary types."""

from __future__ import annotations

from typing import Any

import pytest

from onezip.errors import ProjectError
from template.driver import complaints, describe
from template.front_tables import CODE, FUNCTION, authorizers, front_tables, notes, routes, template

URI = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"
PROXY = f"x-amazon-apigateway-integration: {{type: aws_proxy, httpMethod: POST, uri: !Sub '{URI}'}}"
SECOND = PROXY.replace("type:", 'payloadFormatVersion: "2.0", type:')

START = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:"


def indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.strip("\n").splitlines())


def rest(body: str, *, more: str = "", **rest: Any) -> str:
    """A REST API with this DefinitionBody; more are further properties."""
    lines = ["  Shop:", "    Type: AWS::Serverless::Api", "    Properties:", "      StageName: dev"]
    return template(
        "\n".join([*lines, indented(more, 6), "      DefinitionBody:", indented(body, 8)]), **rest
    )


def http(body: str, *, more: str = "", **rest: Any) -> str:
    """An HTTP API with this DefinitionBody."""
    lines = ["  Shop:", "    Type: AWS::Serverless::HttpApi", "    Properties:"]
    return template(
        "\n".join([*lines, indented(more, 6), "      DefinitionBody:", indented(body, 8)]), **rest
    )


def test_paths_and_methods() -> None:
    body = f"""
openapi: 3.0.1
paths:
  /orders/{{id}}:
    parameters: []
    get: {{{PROXY}}}
    DELETE: {{{PROXY}}}
  /{{proxy+}}:
    x-amazon-apigateway-any-method: {{{PROXY}}}
"""
    assert routes(rest(body)) == [
        "GET /orders/{id} -> F (rest)",
        "DELETE /orders/{id} -> F (rest)",
        "ANY /{proxy+} -> F (rest)",
    ]


@pytest.mark.parametrize("path", ["$default", "/$default"])
def test_an_http_api_s_default(path: str) -> None:
    body = f"paths: {{{path}: {{x-amazon-apigateway-any-method: {{isDefaultRoute: true, {SECOND}}}}}}}"
    assert routes(http(body)) == ["$default -> F (http)"]


@pytest.mark.parametrize(
    ("version", "kind", "host"),
    [('"2.0"', "http", ""), ("2.0", "http", ""), ("'1.0'", "http-v1", ""), (None, "http-v1", "")],
)
def test_the_payload_format(version: str | None, kind: str, host: str) -> None:
    said = f"payloadFormatVersion: {version}, " if version else ""
    text = http(f"paths: {{/a: {{get: {{{PROXY.replace('type:', said + 'type:')}}}}}}}")
    assert routes(text) == [f"GET /a -> F ({kind}){host}"]


def test_a_timeout() -> None:
    text = rest(f"paths: {{/a: {{get: {{{PROXY.replace('type:', 'timeoutInMillis: 2500, type:')}}}}}}}")
    assert routes(text) == ["GET /a -> F (rest) in 3 s"]


@pytest.mark.parametrize(
    "uri",
    [
        f"!Sub '{URI}'",
        f"{{Fn::Sub: '{URI}'}}",
        f"!Sub ['{START}${{Arn}}/invocations', {{Arn: !GetAtt F.Arn}}]",
        f"!Join ['', ['{START}', !Ref AWS::Partition, ':x', !GetAtt F.Arn, /invocations]]",
        f"!Sub '{START}{ARN}${{F}}/invocations'",
        f"!Sub '{START}${{F.Alias}}/invocations'",
        f"!Sub '{START}{ARN}orders:live/invocations'",
        f"{START}{ARN}orders/invocations",
        f"!Sub '{START}arn:aws:lambda:${{AWS::Region}}:1:function:${{Name}}/invocations'",
        f"!If [Yes, !Sub '{URI}', !GetAtt G.Arn]",
    ],
)
def test_ways_to_name_a_function(uri: str) -> None:
    head = "Parameters: {Name: {Type: String, Default: orders}}\nConditions: {Yes: !Equals [a, a]}"
    integration = f"x-amazon-apigateway-integration: {{type: AWS_PROXY, uri: {uri}}}"
    text = rest(f"paths: {{/a: {{get: {{{integration}}}}}}}", head=head)
    named = text.replace("      CodeUri: src/", "      CodeUri: src/\n      FunctionName: !Ref Name")
    other = FUNCTION.format(name="G")
    assert routes(f"{named}{other}") == ["GET /a -> F (rest)"]


@pytest.mark.parametrize(
    ("integration", "why"),
    [
        ("{type: mock}", "the integration is mock; let a function answer it"),
        ("{type: http_proxy, uri: 'https://x'}", "the integration is http_proxy; ask its own address"),
        (
            f"{{type: aws, uri: !Sub '{URI}'}}",
            (
                "the integration is aws; call its function with what the mapping makes: "
                "onezip invoke NAME --file EVENT"
            ),
        ),
        (
            "{type: AWS_PROXY, integrationSubtype: SQS-SendMessage}",
            "the integration is aws_proxy; it has no function, but another service: ask that one",
        ),
        ("{}", "no x-amazon-apigateway-integration"),
        ("{uri: x}", "the integration is of no type; see the reference of HTTP fronts"),
        (
            "{type: aws_proxy, uri: !ImportValue other}",
            "the uri names no function that is built here",
        ),
        (
            "{type: aws_proxy, uri: !Join ['', [!GetAtt F.Arn, !GetAtt G.Arn]]}",
            "the uri names no function that is built here",
        ),
        (
            "{type: aws_proxy, uri: !Sub 'function:${stageVariables.f}'}",
            "the uri names no function that is built here",
        ),
    ],
)
def test_other_integrations_are_named_and_hinder_none(integration: str, why: str) -> None:
    text = rest(f"""
paths:
  /a:
    get:
      x-amazon-apigateway-integration: {integration}
    post: {{{PROXY}}}
""") + FUNCTION.format(name="G")
    line = text.splitlines().index("            get:") + 1
    assert routes(text) == ["POST /a -> F (rest)"]
    place = f"Shop: GET /a at template.yaml:{line}"
    told = f"{place} is no front here: {why}"
    assert notes(text) == [told]


def test_many_routes_of_one_reason_are_one_note() -> None:
    paths = ", ".join(f"/{n}: {{get: {{x-amazon-apigateway-integration: {{type: mock}}}}}}" for n in range(5))
    (note,) = notes(rest(f"paths: {{{paths}}}"))
    assert note.startswith("Shop: GET /0 at template.yaml:")
    assert " and 2 more are no fronts here: the integration is mock; let a function answer it" in note
    assert "GET /2 at" in note
    assert "GET /3 at" not in note


def test_a_path_that_is_none() -> None:
    text = rest(f"paths: {{a b: {{get: {{{PROXY}}}}}, /b: {{get: {{{PROXY}}}}}}}")
    assert routes(text) == ["GET /b -> F (rest)"]
    (note,) = notes(text)
    assert note.startswith("Shop: a b at template.yaml:")
    assert note.endswith(" is no path of a route")


# ---- where it stands -------------------------------------------------------------------------

FILE = f"""
openapi: 3.0.1
paths:
  /a:
    get:
      {PROXY.replace("!Sub ", "{Fn::Sub: ").replace("'}", "'}}")}
"""
JSON = """{"swagger": "2.0", "paths": {"/a": {"get": {"x-amazon-apigateway-integration":
 {"type": "aws_proxy", "uri": {"Fn::Sub": "x:function:${F}/invocations"}}}}}}"""


@pytest.mark.parametrize(
    ("said", "name", "content"),
    [
        ("DefinitionUri: api/shop.yaml", "api/shop.yaml", FILE),
        ("DefinitionUri: ./shop.json", "shop.json", JSON),
        (
            "DefinitionBody: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: shop.yaml}}}",
            "shop.yaml",
            FILE,
        ),
        (
            "DefinitionBody: !Transform {Name: AWS::Include, Parameters: {Location: shop.json}}",
            "shop.json",
            JSON,
        ),
        (
            (
                "DefinitionBody: !If [Yes, {paths: {/a: {$ref: '#/x'}}, x: {get: {'Fn::Transform': {Name: "
                "AWS::Include, Parameters: {Location: part.yaml}}}}}, {}]"
            ),
            "part.yaml",
            PROXY,
        ),
    ],
)
def test_definitions_in_files(said: str, name: str, content: str) -> None:
    own = f"  Shop: {{Type: AWS::Serverless::Api, Properties: {{StageName: dev, {said}}}}}"
    text = template(own, head="Conditions: {Yes: !Equals [a, a]}")
    assert routes(text, {name: content}) == ["GET /a -> F (rest)"]


def test_an_operation_of_a_file_is_named_with_its_line() -> None:
    own = "  Shop: {Type: AWS::Serverless::Api, Properties: {StageName: dev, DefinitionUri: api/s.yaml}}"
    content = "paths:\n  /a:\n    get:\n      x-amazon-apigateway-integration: {type: mock}\n"
    assert notes(template(own), {"api/s.yaml": content}) == [
        "Shop: GET /a at api/s.yaml:3 is no front here: the integration is mock; let a function answer it"
    ]


@pytest.mark.parametrize(
    ("said", "content", "complaint"),
    [
        (
            "DefinitionUri: no.yaml",
            "",
            "template.yaml:6 template.nested Shop: DefinitionUri no.yaml does not exist",
        ),
        (
            "DefinitionUri: s.yaml",
            "paths: {a: [}",
            "s.yaml:1 template.syntax",
        ),
        (
            "DefinitionUri: s.yaml",
            "- a",
            "s.yaml:1 template.syntax s.yaml is not a table (it starts with keys such as paths:)",
        ),
        (
            "DefinitionBody: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: no.yaml}}}",
            "",
            "template.yaml:6 template.nested the include no.yaml does not exist",
        ),
    ],
)
def test_files_that_cannot_be_read(said: str, content: str, complaint: str) -> None:
    own = f"  Shop:\n    Type: AWS::Serverless::Api\n    Properties:\n      {said}\n      StageName: dev"
    files = {**CODE, "s.yaml": content}
    with pytest.raises(ProjectError) as caught:
        describe(template(own).replace("\nResources", "Resources", 1), files)
    (line,) = complaints(caught.value)
    assert line.startswith(complaint)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("DefinitionUri: s3://bucket/key", "its DefinitionUri is not a local file"),
        ("DefinitionUri: {Bucket: b, Key: k}", "its DefinitionUri is not a local file"),
        (
            "DefinitionUri: !Ref Where",
            "its DefinitionUri !Ref Where is not known here: there is no parameter or resource Where",
        ),
        (
            "DefinitionBody: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: 's3://b/k'}}}",
            (
                'its DefinitionBody !Transform {"Name": "AWS::Include", "Parameters": '
                '{"Location": "s3://b/k"}} is not a local file'
            ),
        ),
    ],
)
def test_a_definition_elsewhere_leaves_the_events(said: str, why: str) -> None:
    own = f"  Shop: {{Type: AWS::Serverless::Api, Properties: {{StageName: dev, {said}}}}}"
    events = "{E: {Type: Api, Properties: {RestApiId: !Ref Shop, Path: /e, Method: get}}}"
    text = template(own, events=events)
    assert notes(text) == [f"Shop: {why}: its front here has the events' routes"]
    assert routes(text) == ["GET /e -> F (rest)"]


def test_a_nested_stack_has_its_own_functions_and_files() -> None:
    scheme = (
        "{type: apiKey, x-amazon-apigateway-authorizer: "
        "{type: request, authorizerUri: !GetAtt F.Arn, authorizerPayloadFormatVersion: '2.0'}}"
    )
    below = template(
        "  Shop: {Type: AWS::Serverless::HttpApi, Properties: {DefinitionUri: shop.yaml}}"
    ).replace("src/", "../src/")
    shop = f"paths: {{/a: {{get: {{security: [{{who: []}}], {SECOND}}}}}}}\n"
    files = {
        "below/t.yaml": below,
        "below/shop.yaml": f"{shop}components: {{securitySchemes: {{who: {scheme}}}}}",
    }
    above = template(
        "  Below: {Type: AWS::Serverless::Application, Properties: {Location: below/t.yaml}}",
        events="{E: {Type: HttpApi, Properties: {Path: /e, Method: get}}}",
    )
    assert routes(above, files) == [
        "GET /a -> Below-F (http) by who",
        "GET /e -> F (http) at serverlesshttpapi.localhost",
    ]
    described = describe(above, {**CODE, **files})
    (table,) = described.functions["Below-F"].table["http"]
    assert table["authorizers"]["who"]["function"] == "Below-F"


# ---- events beside a definition --------------------------------------------------------------


def event(kind: str, key: str, more: str = "") -> str:
    return f"{{E: {{Type: {kind}, Properties: {{{key}: !Ref Shop, Path: /e, Method: get{more}}}}}}}"


def test_events_add_nothing_to_a_rest_api_s_definition() -> None:
    body = f"paths: {{/a: {{get: {{{PROXY}}}}}}}"
    events = event("Api", "RestApiId")
    assert routes(rest(body, events=events)) == ["GET /a -> F (rest)"]
    assert routes(rest(body, events=events, more="MergeDefinitions: true")) == [
        "GET /a -> F (rest)",
        "GET /e -> F (rest)",
    ]


def test_events_are_added_to_an_http_api_s_definition() -> None:
    body = f"paths: {{/a: {{get: {{{SECOND}}}}}, /e: {{get: {{{SECOND}}}}}}}"
    assert routes(http(body, events=event("HttpApi", "ApiId", ", TimeoutInMillis: 9000"))) == [
        "GET /a -> F (http)",
        "GET /e -> F (http) in 9 s",
    ]


@pytest.mark.parametrize(("said", "line"), [(", OverrideApiAuth: true", ""), ("", " by AWS_IAM")])
def test_an_event_may_override_who_passes(said: str, line: str) -> None:
    body = f"paths: {{/e: {{get: {{{PROXY}}}}}}}"
    events = event("Api", "RestApiId", f", Auth: {{Authorizer: NONE{said}}}")
    text = rest(body, events=events, more="Auth: {DefaultAuthorizer: AWS_IAM}")
    assert routes(text) == [f"GET /e -> F (rest){line}"]


# ---- who may ---------------------------------------------------------------------------------

GUARD = URI.replace("${F.", "${Guard.")
SCHEMES = f"""
components:
  securitySchemes:
    token:
      {{type: apiKey, name: X-Token, in: header, x-amazon-apigateway-authtype: custom,
       x-amazon-apigateway-authorizer: {{type: token, authorizerUri: !Sub '{GUARD}',
         identityValidationExpression: a.*, authorizerResultTtlInSeconds: 5}}}}
    request:
      {{type: apiKey, name: Unused, in: header, x-amazon-apigateway-authorizer: {{type: request,
         authorizerUri: !Sub '{GUARD}', identitySource: "method.request.header.A, context.path"}}}}
    pool:
      {{type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: cognito_user_pools,
       x-amazon-apigateway-authorizer: {{type: cognito_user_pools,
         providerARNs: ['arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_x']}}}}
    sigv4: {{type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}}
    key: {{type: apiKey, name: X-API-Key, in: header}}
    login: {{type: oauth2}}
    strange: {{x-amazon-apigateway-authorizer: {{type: jwt}}}}
"""


def secured(*securities: str, top: str = "", schemes: str = SCHEMES, more: str = "") -> str:
    lines = [
        f"  /{number}: {{get: {{{f'security: {each}, ' if each else ''}{PROXY}}}}}"
        for number, each in enumerate(securities)
    ]
    body = "\n".join([f"security: {top}" if top else "", "paths:", *lines, schemes])
    return rest(body, more=more).replace(
        "  F:\n", "  Guard:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      Runtime: python3.13\n      Handler: app.h\n      CodeUri: src/\n  F:\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("security", "line"),
    [
        ("", ""),
        ("[]", ""),
        ("[{token: []}]", " by token"),
        ("[{request: []}]", " by request"),
        ("[{pool: [a/read, b]}]", " by pool for a/read b"),
        ("[{sigv4: []}]", " by sigv4"),
        ("[{key: []}]", " with a key"),
        ("[{token: [], key: []}]", " by token with a key"),
        ("[{key: []}, {token: []}]", " by token with a key"),
        ("[{login: []}]", ""),
        ("x", ""),
    ],
)
def test_security_of_an_operation(security: str, line: str) -> None:
    assert routes(secured(security)) == [f"GET /0 -> F (rest){line}"]


def test_a_scheme_without_an_authorizer_stops_nobody_and_is_named() -> None:
    assert notes(secured("[{login: []}]")) == [
        "Shop: its security scheme login has no x-amazon-apigateway-authorizer: it stops nobody, as in AWS"
    ]


def test_an_authorizer_that_is_none_of_the_api_s() -> None:
    text = secured("[{strange: []}]", "")
    assert routes(text) == ["GET /1 -> F (rest)"]
    assert notes(text) == [
        (
            "Shop: GET /0 is no front here: the authorizer strange cannot be asked: "
            "its type 'jwt' is none of this API's"
        )
    ]


def test_security_of_the_whole_definition() -> None:
    assert routes(secured("", "[]", "[{token: []}]", top="[{sigv4: []}]")) == [
        "GET /0 -> F (rest) by sigv4",
        "GET /1 -> F (rest)",
        "GET /2 -> F (rest) by token",
    ]


def test_sam_s_default_beside_a_definition() -> None:
    more = "Auth: {DefaultAuthorizer: AWS_IAM, ApiKeyRequired: true}"
    assert routes(secured("", "[]", "[{token: []}]", "[{NONE: []}]", top="[{token: []}]", more=more)) == [
        "GET /0 -> F (rest) by AWS_IAM with a key",
        "GET /1 -> F (rest) by AWS_IAM with a key",
        "GET /2 -> F (rest) by token with a key",
        "GET /3 -> F (rest) with a key",
    ]


def test_a_rest_api_s_schemes() -> None:
    names = ("token", "request", "pool", "sigv4")
    assert authorizers(secured(*(f"[{{{name}: []}}]" for name in names))) == {
        "token": {
            "type": "token",
            "function": "Guard",
            "sources": ["method.request.header.X-Token"],
            "ttl": 5,
            "validation": "a.*",
        },
        "request": {
            "type": "request",
            "function": "Guard",
            "sources": ["method.request.header.A", "context.path"],
        },
        "pool": {
            "type": "cognito",
            "issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_x",
            "sources": ["method.request.header.Authorization"],
        },
        "sigv4": {"type": "iam"},
    }


def test_swagger_2_has_them_elsewhere() -> None:
    schemes = "securityDefinitions:\n  s: {type: apiKey, x-amazon-apigateway-authtype: awsSigV4}"
    assert routes(secured("[{s: []}]", schemes=schemes)) == ["GET /0 -> F (rest) by s"]


def test_an_http_api_s_schemes() -> None:
    body = f"""
paths:
  /jwt: {{get: {{security: [{{login: [a, b]}}], {SECOND}}}}}
  /one: {{get: {{security: [{{one: []}}], {SECOND}}}}}
  /two: {{get: {{security: [{{two: []}}], {SECOND}}}}}
  /key: {{get: {{security: [{{key: []}}], {SECOND}}}}}
components:
  securitySchemes:
    login: {{type: oauth2, x-amazon-apigateway-authorizer: {{type: jwt,
      identitySource: $request.header.Authorization,
      jwtConfiguration: {{issuer: 'https://id.example', audience: [me]}}}}}}
    one: {{type: apiKey, x-amazon-apigateway-authorizer: {{type: request, authorizerUri: !GetAtt F.Arn,
      authorizerPayloadFormatVersion: '1.0', identitySource: '$request.header.A,$request.querystring.b'}}}}
    two: {{type: apiKey, x-amazon-apigateway-authorizer: {{type: request, authorizerUri: !GetAtt F.Arn,
      authorizerPayloadFormatVersion: '2.0', enableSimpleResponses: true, identitySource: [$context.path],
      authorizerResultTtlInSeconds: 0}}}}
    key: {{type: apiKey, name: x-api-key, in: header}}
"""
    text = http(body)
    assert routes(text) == [
        "GET /jwt -> F (http) by login for a b",
        "GET /one -> F (http) by one",
        "GET /two -> F (http) by two",
        "GET /key -> F (http)",
    ]
    assert authorizers(text) == {
        "login": {
            "type": "jwt",
            "issuer": "https://id.example",
            "audience": ["me"],
            "sources": ["$request.header.Authorization"],
            "scopes": ["a", "b"],
        },
        "one": {
            "type": "http-v1",
            "function": "F",
            "sources": ["$request.header.A", "$request.querystring.b"],
        },
        "two": {"type": "http-v2", "function": "F", "sources": ["$context.path"], "ttl": 0, "simple": True},
    }


# ---- what all routes share -------------------------------------------------------------------


def test_binary_types_of_a_rest_api() -> None:
    body = f"x-amazon-apigateway-binary-media-types: [image/png, '*~1*']\npaths: {{/a: {{get: {{{PROXY}}}}}}}"
    (table,) = front_tables(rest(body, more="BinaryMediaTypes: [image~1png, a/b]"))
    assert table["binary_types"] == ["image/png", "a/b", "*/*"]


def test_cors_of_an_http_api() -> None:
    body = f"""
x-amazon-apigateway-cors:
  allowOrigins: ['https://a.example']
  allowMethods: [GET]
  allowHeaders: x-a
  exposeHeaders: [x-b]
  maxAge: 5
  allowCredentials: true
paths: {{/a: {{get: {{{SECOND}}}}}}}
"""
    (table,) = front_tables(http(body))
    assert table["cors"] == {
        "origins": ["https://a.example"],
        "methods": ["GET"],
        "headers": ["x-a"],
        "expose": ["x-b"],
        "credentials": True,
        "max_age": 5,
    }


MOCK = """
    options:
      x-amazon-apigateway-integration:
        type: mock
        responses:
          default:
            statusCode: "200"
            responseParameters:
              method.response.header.Access-Control-Allow-Origin: "'*'"
              method.response.header.Access-Control-Allow-Methods: "'GET,POST'"
              method.response.header.Access-Control-Allow-Credentials: "'true'"
"""


@pytest.mark.parametrize("guard", [None, "AWS_IAM"])
def test_a_mock_for_options_is_cors(guard: str | None) -> None:
    body = f"paths:\n  /a:\n    get: {{{PROXY}}}{MOCK}"
    text = rest(body, more=f"Auth: {{DefaultAuthorizer: {guard or 'NONE'}}}")
    (table,) = front_tables(text)
    told = {"origins": ["*"], "methods": ["GET", "POST"], "credentials": True}
    assert table["cors"] == (told if guard is None else {**told, "authorizer": guard})
    assert notes(text) == []


ODD = [
    "x",
    "[1]",
    "{paths: x}",
    "{paths: {/a: x}}",
    "{paths: {/a: {get: [1]}}}",
    "{security: x, components: [1], paths: {/a: {$ref: '#/no'}, /b: {$ref: x}}}",
    "{paths: {/a: {$ref: '#/paths/~1a'}}}",
]


@pytest.mark.parametrize("body", ODD)
def test_odd_definitions_hinder_no_build(body: str) -> None:
    assert routes(rest(body)) == []
