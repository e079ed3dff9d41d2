"""Events and FunctionUrlConfig of SAM functions -> HTTP fronts."""

from __future__ import annotations

from typing import Any

import pytest

from onezip.emulator.gateway.apis import apis
from template.driver import describe, project

FILES = ["src/app.py"]
GLOBALS = """
Globals:
  Api:
    BinaryMediaTypes: [image~1png]
    Cors: "'*'"
  HttpApi:
    CorsConfiguration: true
"""
SHOP = """
  Shop:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: v1
      StageVariables: {colour: red, other: !Ref Unknown}
      CorsConfiguration:
        AllowOrigins: [https://a.example]
        AllowHeaders: [x-a, x-b]
        ExposeHeaders: [x-c]
        MaxAge: 60
        AllowCredentials: true
"""


def template(*events: str, more: str = "", head: str = "", properties: str = "") -> str:
    listed = "".join(f"        E{number}: {event}\n" for number, event in enumerate(events))
    return f"""Transform: AWS::Serverless-2016-10-31
{head}
Resources:
{more}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.h
      CodeUri: src/
{properties}
      Events:
{listed}"""


def tables(*events: str, **more: str) -> Any:
    described = describe(template(*events, **more), FILES)
    project(described, FILES)  # the project's parser takes it, too
    return described.functions["F"].table.get("http")


def api(path: str, method: str, more: str = "") -> str:
    return f'{{Type: Api, Properties: {{Path: "{path}", Method: {method}{more}}}}}'


def http(more: str) -> str:
    return f"{{Type: HttpApi, Properties: {{{more}}}}}"


def test_the_implicit_rest_api_with_its_globals() -> None:
    assert tables(api("/orders/{id}", "get"), api("/{proxy+}", "any"), head=GLOBALS) == [
        {
            "type": "rest",
            "routes": ["GET /orders/{id}", "ANY /{proxy+}"],
            "stage": "Prod",
            "binary_types": ["image/png"],
            "cors": {"origins": ["*"]},
        }
    ]


def test_the_implicit_http_api() -> None:
    assert tables("{Type: HttpApi}", http("Path: /a, Method: POST")) == [
        {"type": "http", "routes": ["$default", "POST /a"]}
    ]
    assert tables(http("Path: $default"), head=GLOBALS) == [
        {"type": "http", "routes": ["$default"], "cors": {"origins": ["*"]}}
    ]


def test_an_http_api_of_the_template() -> None:
    found = tables(http("ApiId: !Ref Shop, Path: /x, Method: POST, TimeoutInMillis: 1500"), more=SHOP)
    assert found == [
        {
            "type": "http",
            "routes": ["POST /x"],
            "stage": "v1",
            "stage_variables": {"colour": "red"},
            "cors": {
                "origins": ["https://a.example"],
                "headers": ["x-a", "x-b"],
                "expose": ["x-c"],
                "credentials": True,
                "max_age": 60,
            },
            "timeout": 2,
        }
    ]


def test_payload_1() -> None:
    (table,) = tables(http('Path: /x, Method: GET, PayloadFormatVersion: "1.0"'))
    assert table == {"type": "http-v1", "routes": ["GET /x"]}


def test_cors_of_a_rest_api_in_quotes() -> None:
    own = """
  My:
    Type: AWS::Serverless::Api
    Properties:
      StageName: dev
      Cors: {AllowOrigin: "'https://a.example'", AllowMethods: "'GET, POST'", MaxAge: "'600'"}
"""
    (table,) = tables(api("/", "get", ", RestApiId: !Ref My"), more=own)
    assert table["stage"] == "dev"
    assert table["cors"] == {"origins": ["https://a.example"], "methods": ["GET", "POST"], "max_age": 600}


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ("{AuthType: NONE}", {"type": "url"}),
        ("{AuthType: NONE, InvokeMode: RESPONSE_STREAM}", {"type": "url", "streaming": True}),
        (
            "{AuthType: AWS_IAM}",
            {"type": "url", "authorizer": "iam", "authorizers": {"iam": {"type": "iam"}}},
        ),
        (
            "{AuthType: NONE, Cors: {AllowOrigins: ['*'], AllowMethods: [GET]}}",
            {"type": "url", "cors": {"origins": ["*"], "methods": ["GET"]}},
        ),
        ("{AuthType: NONE, Cors: {MaxAge: 5}}", {"type": "url"}),
    ],
)
def test_a_function_url(config: str, wanted: dict[str, Any]) -> None:
    assert tables(properties=f"      FunctionUrlConfig: {config}") == [wanted]


def test_each_api_has_a_place_of_its_own() -> None:
    events = (
        api("/a", "get"),
        http("ApiId: !Ref Shop, Path: /x, Method: POST"),
        http('ApiId: !Ref Shop, Path: /old, Method: GET, PayloadFormatVersion: "1.0"'),
    )
    text = template(*events, more=SHOP, properties="      FunctionUrlConfig: {AuthType: NONE}")
    made = project(describe(text, FILES), FILES)
    fronts = made.functions["F"].fronts
    assert [front.host for front in fronts] == [None, "shop.localhost", "shop-1.localhost", "f-url.localhost"]
    assert len(apis({"F": fronts}, ["F"])) == 4


def test_functions_of_one_api_share_it() -> None:
    text = template(http("Path: /a, Method: GET")) + (
        "  G:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: python3.13\n"
        "      Handler: app.h\n      CodeUri: src/\n      Events:\n"
        "        E: {Type: HttpApi, Properties: {Path: /b, Method: GET, TimeoutInMillis: 900}}\n"
    )
    made = project(describe(text, FILES), FILES)
    (found,) = apis({name: each.fronts for name, each in made.functions.items()}, made.functions)
    assert {key: (target.function, target.timeout) for key, target in found.targets.items()} == {
        "GET /a": ("F", None),
        "GET /b": ("G", 1),
    }


@pytest.mark.parametrize(
    ("event", "note"),
    [
        (
            api("/${Else}", "!Ref Unknown"),
            "the event E0 is no front here: its Path or Method is not known, or no route",
        ),
        (api("/a b", "get"), "the event E0 is no front here: its Path or Method is not known, or no route"),
        (api("/a", "brew"), "the event E0 is no front here: its Path or Method is not known, or no route"),
        (
            http("ApiId: !ImportValue other, Path: /y, Method: GET"),
            "the event E0 is no front here: its API is not in this template",
        ),
        (
            http("ApiId: !Ref F, Path: /y, Method: GET"),
            "the event E0 is no front here: its API is not in this template",
        ),
    ],
)
def test_what_is_not_read_is_noted_and_hinders_no_build(event: str, note: str) -> None:
    described = describe(template(event), FILES)
    assert "http" not in described.functions["F"].table
    assert f"F: {note}" in described.notes


def test_a_timeout_is_that_of_its_route() -> None:
    assert tables(
        http("Path: /a, Method: GET, TimeoutInMillis: 5000"),
        http("Path: /b, Method: GET"),
        http("Path: $default"),
    ) == [
        {"type": "http", "routes": ["GET /a"], "timeout": 5},
        {"type": "http", "routes": ["GET /b", "$default"]},
    ]


def test_an_event_of_another_kind_of_api() -> None:
    events = http("ApiId: !Ref Shop, Path: /x, Method: GET"), api("/y", "get", ", RestApiId: !Ref Shop")
    described = describe(template(*events, more=SHOP), FILES)
    assert [table["routes"] for table in described.functions["F"].table["http"]] == [["GET /x"]]
    assert described.notes == ("F: the event E1 is no front here: its API is not in this template",)


def test_an_api_whose_condition_is_false_is_not_there() -> None:
    own = SHOP.replace("    Properties:", "    Condition: Never\n    Properties:")
    head = "Conditions: {Never: !Equals [a, b]}\n"
    described = describe(
        template(http("ApiId: !Ref Shop, Path: /x, Method: GET"), more=own, head=head), FILES
    )
    assert described.notes == ("F: the event E0 is no front here: its API is not in this template",)


@pytest.mark.parametrize("event", ["{Type: SQS, Properties: {Queue: arn}}", "{Type: Schedule}", "x", "{}"])
def test_other_events_are_no_fronts(event: str) -> None:
    assert tables(event) is None


@pytest.mark.parametrize("events", ["x", "[1]", "{E: {Type: Api, Properties: [1]}}", "{E: {Type: [1]}}"])
def test_odd_events_hinder_no_build(events: str) -> None:
    text = template().replace("      Events:\n", f"      Events: {events}\n")
    assert "http" not in describe(text, FILES).functions["F"].table
