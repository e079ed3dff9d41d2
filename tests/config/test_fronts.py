"""`[functions.X.http]`: what it may say, and every way to get it wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.test_parse import mistakes, write
from onezip.config.load import load_project
from onezip.model.front import (
    Authorizer,
    AuthorizerKind,
    BinaryTypes,
    Cors,
    Front,
    FrontKind,
    Route,
    Stage,
)

HEAD = '[functions.f]\nsource = "."\n'


def fronts(folder: Path, text: str, stage: str | None = None) -> tuple[Front, ...]:
    return load_project(str(write(folder, HEAD + text)), stage=stage).functions["f"].fronts


def test_nothing_said_is_no_front(tmp_path: Path) -> None:
    assert fronts(tmp_path, "") == ()


def test_an_empty_table_is_an_http_api_that_takes_everything(tmp_path: Path) -> None:
    assert fronts(tmp_path, "[functions.f.http]\n") == (Front(FrontKind.HTTP),)


def test_all_of_a_rest_api(tmp_path: Path) -> None:
    text = """
[functions.f.http]
type = "rest"
routes = ["GET /orders/{id}", "ANY /{proxy+}", "ANY /"]
stage = "v1"
stage_variables = { colour = "red" }
base_path = "/shop/"
host = "api.localhost"
binary_types = "image/png"
timeout = 5
authorizer = "who"

[functions.f.http.cors]
origins = "*"
methods = ["GET"]
headers = ["X-A"]
expose = "X-B"
credentials = true
max_age = 60

[functions.f.http.authorizers.who]
type = "token"
function = "guard"
validation = "Bearer .+"
ttl = 0
"""
    who = Authorizer(
        "who",
        AuthorizerKind.TOKEN,
        function="guard",
        sources=("method.request.header.Authorization",),
        validation="Bearer .+",
        ttl=0,
    )
    assert fronts(tmp_path, text) == (
        Front(
            FrontKind.REST,
            (Route("GET", "/orders/{id}"), Route("ANY", "/{proxy+}"), Route("ANY", "/")),
            Stage("v1", {"colour": "red"}),
            base_path="/shop",
            host="api.localhost",
            binary=BinaryTypes(("image/png",)),
            cors=Cors(("*",), ("GET",), ("X-A",), ("X-B",), credentials=True, max_age=60),
            timeout=5,
            authorizers=(who,),
            authorizer="who",
        ),
    )


def test_several_fronts_and_a_stage_over_them(tmp_path: Path) -> None:
    text = """
[[functions.f.http]]
type = "alb"
[[functions.f.http]]
type = "url"
streaming = true
[stages.test.http]
type = "rest"
"""
    assert [each.kind for each in fronts(tmp_path, text)] == ["alb", "url"]
    assert [each.kind for each in fronts(tmp_path, text, "test")] == ["rest"]


def test_a_jwt_authorizer_asks_for_scopes(tmp_path: Path) -> None:
    text = """
[functions.f.http]
routes = "GET /a"
authorizer = "who"
authorizers.who = { type = "jwt", issuer = "https://id.example", audience = "me", scopes = ["read"] }
"""
    (front,) = fronts(tmp_path, text)
    assert front.routes == (Route("GET", "/a", scopes=("read",)),)
    assert front.authorizers == (
        Authorizer(
            "who",
            AuthorizerKind.JWT,
            sources=("$request.header.Authorization",),
            issuer="https://id.example",
            audience=("me",),
        ),
    )


def test_a_user_pool_an_api_key_and_a_judged_preflight(tmp_path: Path) -> None:
    text = """
[functions.f.http]
type = "rest"
routes = "GET /a"
authorizer = "who"
api_key = true
cors = { origins = "*", authorizer = "who" }
authorizers.who = { type = "cognito", issuer = "*", scopes = "read", jwks = "k.json" }
"""
    (front,) = fronts(tmp_path, text)
    sources = ("method.request.header.Authorization",)
    assert front.routes == (Route("GET", "/a", scopes=("read",), api_key=True),)
    assert front.cors == Cors(("*",), authorizer="who")
    assert front.authorizers == (
        Authorizer("who", AuthorizerKind.COGNITO, sources=sources, issuer="*", jwks="k.json"),
    )


def test_a_list_without_sources_asks_about_every_request(tmp_path: Path) -> None:
    text = """
[functions.f.http]
authorizers.none = { type = "http-v2", function = "g", sources = [] }
authorizers.usual = { type = "http-v2", function = "g" }
"""
    (front,) = fronts(tmp_path, text)
    assert [each.sources for each in front.authorizers] == [(), ("$request.header.Authorization",)]


HTTP = "functions.f.http"
WHO = f"{HTTP}.authorizers.who"
ROUTE = 'write it as "METHOD /path/{name}", "ANY /{proxy+}" or "$default"'


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('routes = "GET orders"', f"{HTTP}.routes: 'GET orders' is no route", ROUTE),
        ('routes = "/orders"', f"{HTTP}.routes: '/orders' is no route", ROUTE),
        ('routes = "GET /a{p+}"', f"{HTTP}.routes: 'GET /a{{p+}}' is no route", ROUTE),
        ('routes = "GET /{p+}/a"', f"{HTTP}.routes: 'GET /{{p+}}/a' is no route", ROUTE),
        ('routes = "get /a"', f"{HTTP}.routes: 'get /a' is no route", "did you mean 'GET /a'?"),
        (
            'type = "rest"\nroutes = "$default"',
            f"{HTTP}.routes: '$default' is no route",
            'a REST API has no $default: write "ANY /" and "ANY /{proxy+}"',
        ),
        (
            'type = "url"\nroutes = "GET /"',
            f"{HTTP}.routes is an API's or a load balancer's, and type is 'url'",
            "",
        ),
        ('binary_types = "*/*"', f"{HTTP}.binary_types is a REST API's, and type is 'http'", ""),
        ("api_key = true", f"{HTTP}.api_key is a REST API's, and type is 'http'", ""),
        (
            'cors = { origins = "*", authorizer = "who" }\nauthorizers.who = { type = "iam" }',
            f"{HTTP}.cors.authorizer is a REST API's, and type is 'http'",
            "",
        ),
        (
            'type = "rest"\ncors = { origins = "*", authorizer = "who" }',
            f"{HTTP}.cors.authorizer: there is no authorizer 'who'",
            f"add [{HTTP}.authorizers.who]",
        ),
        ("streaming = true", f"{HTTP}.streaming is a function URL's, and type is 'http'", ""),
        (
            'type = "alb"\ncors = { origins = "*" }',
            f"{HTTP}.cors is an API's or a function URL's, and type is 'alb'",
            "",
        ),
        (
            "cors = { max_age = 1 }",
            f"{HTTP}.cors has no origins",
            'add origins = ["https://example.com"] or ["*"]',
        ),
        (
            'host = "http://a"',
            f"{HTTP}.host: 'http://a' is no host name",
            'write it without scheme and port, such as "api.localhost"',
        ),
        ('base_path = "/a?b"', f"{HTTP}.base_path: '/a?b' is no path", ""),
        (
            'authorizer = "you"',
            f"{HTTP}.authorizer: there is no authorizer 'you'",
            f"add [{HTTP}.authorizers.you]",
        ),
        (
            "authorizers.who = { ttl = 1 }",
            f"{WHO} has no type",
            'add type = "http-v2" or another',
        ),
        (
            'authorizers.who = { type = "http-v2" }',
            f"{WHO} has no function",
            "add function",
        ),
        (
            'authorizers.who = { type = "token", function = "g" }',
            f"{WHO}: type 'token' does not stand before a front of type 'http'",
            "there are: http-v1, http-v2, jwt, iam",
        ),
        (
            'authorizers.who = { type = "iam", ttl = 5 }',
            f"{WHO}.ttl: type 'iam' has no ttl",
            "",
        ),
        (
            'authorizers.who = { type = "http-v2", function = "g", sources = "Authorization" }',
            f"{WHO}.sources: 'Authorization' is no identity source",
            "write it as '$request.header.X'",
        ),
        (
            'type = "rest"\nauthorizers.who = { type = "token", function = "g", validation = "(" }',
            f"{WHO}.validation is no regular expression: missing ), unterminated subpattern at position 0",
            "",
        ),
        (
            'authorizers.who = { type = "jwt", issuer = "http://id.example", audience = "a" }',
            f"{WHO}.issuer: 'http://id.example' is neither https nor on this machine",
            "name a file with the keys in jwks",
        ),
        (
            'authorizers.who = { type = "jwt", issuer = "x", audience = "a", jwks = "http://id.example" }',
            f"{WHO}.jwks: 'http://id.example' is neither https nor on this machine",
            "write a file or an https address",
        ),
    ],
)
def test_mistakes(tmp_path: Path, text: str, message: str, hint: str) -> None:
    found = mistakes(tmp_path, f"{HEAD}[functions.f.http]\n{text}\n")
    assert [(each.message, each.hint) for each in found] == [(message, hint)]
