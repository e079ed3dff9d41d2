"""Which route a request takes: tables for each kind of front."""

from __future__ import annotations

import pytest

from onezip.emulator.gateway.routes import choose, match
from onezip.model.front import Front, FrontKind, Route, Stage


def front(
    kind: FrontKind, *keys: str, stage: str = "$default", base: str = "", host: str | None = None
) -> Front:
    split = [key.partition(" ") for key in keys]
    routes = [Route(method, path) if path else Route("ANY", "$default") for method, _, path in split]
    return Front(kind, tuple(routes), Stage(stage), base_path=base, host=host)


PETS = ("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "POST /", "$default")


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1", {}),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        ("GET", "/pets/dog/a%2Fb", "GET /pets/dog/{id}", {"id": "a%2Fb"}),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
        ("GET", "/pets/cat//1/", "GET /pets/{proxy+}", {"proxy": "cat//1/"}),
        ("POST", "/pets/dog/1", "ANY /{proxy+}", {"proxy": "pets/dog/1"}),
        ("POST", "/test/5", "ANY /{proxy+}", {"proxy": "test/5"}),
        ("POST", "/", "POST /", {}),
        ("GET", "/", "$default", {}),
        ("GET", "/pets/dog/1/", "GET /pets/dog/1", {}),
        ("GET", "/pets/dog/.+", "GET /pets/dog/{id}", {"id": ".+"}),
    ],
)
def test_an_http_api_takes_the_most_exact_route(
    method: str, path: str, key: str, parameters: dict[str, str]
) -> None:
    found = match(front(FrontKind.HTTP, *PETS), method, path)
    assert found is not None
    assert (found.route.key, found.parameters, found.path) == (key, parameters, path)


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/a", "GET /a", {}),
        ("GET", "/a/", "GET /a", {}),
        ("GET", "//a", "GET /a", {}),
        ("PUT", "/a", "ANY /a", {}),
        ("GET", "/b/1", "GET /b/{id}", {"id": "1"}),
        ("POST", "/b/1", None, {}),  # the resource is found, its method is not
        ("POST", "/c/1", "ANY /{proxy+}", {"proxy": "c/1"}),
        ("POST", "/c//1/", "ANY /{proxy+}", {"proxy": "c//1"}),
        ("GET", "/pets/x", "GET /pets/{proxy+}", {"proxy": "x"}),
        ("GET", "/", None, {}),
        ("GET", "/%61", "ANY /{proxy+}", {"proxy": "%61"}),
    ],
)
def test_a_rest_api_finds_the_resource_first(
    method: str, path: str, key: str | None, parameters: dict[str, str]
) -> None:
    routes = ("ANY /{proxy+}", "GET /a", "ANY /a", "GET /b/{id}", "GET /{x}/{y}", "GET /pets/{proxy+}")
    only = tuple(each for each in routes if "{x}" not in each) if path.startswith("/c") else routes
    found = match(front(FrontKind.REST, *only), method, path)
    assert (found and found.route.key) == key
    if found:
        assert found.parameters == parameters


def test_full_matches_go_before_greedy_ones_on_an_http_api_only() -> None:
    keys = ("GET /pets/{proxy+}", "GET /{x}/{y}")
    http, rest = (match(front(kind, *keys), "GET", "/pets/1") for kind in (FrontKind.HTTP, FrontKind.REST))
    assert http is not None
    assert rest is not None
    assert (http.route.key, rest.route.key) == ("GET /{x}/{y}", "GET /pets/{proxy+}")


@pytest.mark.parametrize("kind", [FrontKind.HTTP, FrontKind.REST])
def test_a_method_goes_before_any(kind: FrontKind) -> None:
    for keys in (("ANY /x", "GET /x"), ("GET /x", "ANY /x")):
        got, put = (match(front(kind, *keys), method, "/x") for method in ("GET", "PUT"))
        assert got is not None
        assert put is not None
        assert (got.route.method, put.route.method) == ("GET", "ANY")


def test_no_route_at_all() -> None:
    assert match(front(FrontKind.HTTP, "GET /a"), "GET", "/b") is None
    assert match(front(FrontKind.HTTP, "GET /a"), "POST", "/a") is None
    assert match(front(FrontKind.HTTP, "ANY /{proxy+}"), "GET", "/") is None
    url = match(front(FrontKind.URL), "GET", "/any//thing")
    assert url is not None
    assert (url.path, url.route.key) == ("/any//thing", "$default")


@pytest.mark.parametrize(
    ("stage", "base", "path", "rest", "prefix", "staged"),
    [
        ("$default", "", "/prod/a", "/prod/a", "", False),
        ("prod", "", "/prod/a", "/a", "/prod", True),
        ("prod", "", "/prod//a", "//a", "/prod", True),
        ("prod", "", "/prod", "/", "/prod", True),
        ("prod", "", "/production", "/production", "", False),
        ("prod", "", "/a", "/a", "", False),
        ("prod", "/v1/", "/v1/a", "/a", "/v1", False),
        ("prod", "v1", "/v1/prod/a", "/prod/a", "/v1", False),
    ],
)
def test_stage_and_base_path(stage: str, base: str, path: str, rest: str, prefix: str, staged: bool) -> None:
    found = match(front(FrontKind.HTTP, "$default", stage=stage, base=base), "GET", path)
    assert found is not None
    assert (found.path, found.prefix, found.staged) == (rest, prefix, staged)


def test_the_front_is_chosen_by_host_then_by_base_path() -> None:
    plain, shop, deep = (front(FrontKind.HTTP, "$default", base=base) for base in ("", "/shop", "shop/a"))
    named = front(FrontKind.REST, "$default", host="API.test")
    fronts = [plain, shop, deep, named]
    assert choose(fronts, "localhost:3000", "/") is plain
    assert choose(fronts, "localhost:3000", "/shopping") is plain
    assert choose(fronts, "localhost", "/shop") is shop
    assert choose(fronts, "[::1]:1", "/shop/a/b") is deep
    assert choose(fronts, "api.TEST:80", "/shop/a") is named
    assert choose([named], "localhost", "/") is None
