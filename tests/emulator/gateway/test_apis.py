"""Fronts of several functions on one port: which are one API, and what contradicts itself."""

from __future__ import annotations

import pytest

from onezip.emulator.gateway.apis import apis, by_default
from onezip.errors import ProjectError
from onezip.model.front import Authorizer, AuthorizerKind, Cors, Front, FrontKind, Route, Stage

GET_A, GET_B = Route("GET", "/a"), Route("GET", "/b")
WHO = Authorizer("who", AuthorizerKind.HTTP_V2, function="guard")


def http(*routes: Route, **more: object) -> Front:
    return Front(FrontKind.HTTP, routes, **more)  # type: ignore[arg-type]


def test_the_only_function_has_all_paths() -> None:
    (api,) = apis(by_default(["f"]), ["f"])
    assert (api.address, list(api.targets)) == ("/", ["$default"])


def test_several_functions_are_below_their_names() -> None:
    found = apis(by_default(["f", "g"]), ["f", "g"])
    assert [(api.address, api.targets["$default"].function) for api in found] == [("/f", "f"), ("/g", "g")]


def test_fronts_at_one_place_are_one_api() -> None:
    cors = Cors(("*",))
    (api,) = apis({"f": (http(GET_A),), "g": (http(GET_B, cors=cors),)}, ["f", "g"])
    assert {key: target.function for key, target in api.targets.items()} == {"GET /a": "f", "GET /b": "g"}
    assert api.front.routes == (GET_A, GET_B)
    assert api.front.cors == cors


def test_fronts_at_other_places_are_others() -> None:
    described = {"f": (http(GET_A), http(GET_A, base_path="/x"), http(GET_A, host="A.localhost"))}
    assert [api.address for api in apis(described, ["f"])] == ["/", "/x", "A.localhost/"]


def test_a_rest_api_spells_every_request_in_two_routes() -> None:
    (api,) = apis({"f": (Front(FrontKind.REST),)}, ["f"])
    assert list(api.targets) == ["ANY /", "ANY /{proxy+}"]


def test_an_authorizer_stands_before_the_routes_of_its_own_front() -> None:
    closed = http(GET_A, authorizer="who", authorizers=(WHO,))
    (api,) = apis({"f": (closed, http(GET_B))}, ["f", "guard"])
    assert api.targets["GET /a"].authorizer == WHO
    assert api.targets["GET /b"].authorizer is None


@pytest.mark.parametrize(
    ("described", "message", "hint"),
    [
        ({"f": (http(),), "g": (http(),)}, None, ""),
        (
            {"f": (http(GET_A),), "g": (http(GET_A),)},
            "f and g both take GET /a at /",
            "give one of them a base_path or a host of its own",
        ),
        (
            {"f": (http(GET_A, GET_A),)},
            "f has the route GET /a twice at /",
            "give one of them a base_path or a host of its own",
        ),
        (
            {"f": (http(GET_A),), "g": (Front(FrontKind.REST, (GET_B,)),)},
            "f and g share / and differ in kind",
            "give one of them a base_path or a host of its own",
        ),
        (
            {"f": (http(GET_A, stage=Stage("a")),), "g": (http(GET_B, stage=Stage("b")),)},
            "f and g share / and differ in stage",
            "give one of them a base_path or a host of its own",
        ),
        (
            {"f": (http(GET_A, authorizer="me", authorizers=(WHO,)),)},
            "f: no authorizer 'me'",
            "there are: who",
        ),
        (
            {"f": (http(GET_A, authorizer="who", authorizers=(WHO,)),)},
            "f: the authorizer 'who' is the function 'guard', which is not served",
            "run it too: onezip run f guard",
        ),
    ],
)
def test_contradictions(described: dict[str, tuple[Front, ...]], message: str | None, hint: str) -> None:
    if message is None:
        assert apis(described, ["f", "g"])
        return
    with pytest.raises(ProjectError) as caught:
        apis(described, ["f", "g"])
    assert (caught.value.code, caught.value.message, caught.value.hint) == ("run.front", message, hint)
