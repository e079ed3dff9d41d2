"""A browser before functions: a page with assets, a form with cookies, calls from another origin."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from cli.onezip_cli import SAMPLES
from emulator.browser.driving import Browser, browsing, needs_browser
from emulator.runs import Run, running
from emulator.serving import until
from onezip.emulator.running.foreign import machine
from onezip.model.function import Architecture

pytestmark = [pytest.mark.ring2, needs_browser]

HERE = next(one for one in Architecture if one.machine == machine())
KINDS = ("rest", "http", "http-v1", "alb", "alb-multi", "url")
CORS_KINDS = ("rest", "http", "http-v1", "url")


class Blank(BaseHTTPRequestHandler):
    """Another site: one page, on which nothing is."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b'<!doctype html><title>another site</title><link rel="icon" href="data:,">')

    def log_message(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def another_site() -> Iterator[str]:
    """The origin of a page on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Blank)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def project(folder: Path, allowed: str) -> None:
    """One function behind each kind of front, each below a path of its own."""
    text = f"""\
[functions.site]
source = "site"
runtime = "python3.{sys.version_info.minor}"
handler = "app.handler"
architecture = "{HERE}"
memory = 256
timeout = 60
environment = {{ ORIGIN = "{allowed}" }}
"""
    for kind in KINDS:
        text += f'[[functions.site.http]]\ntype = "{kind}"\nbase_path = "/{kind}"\n'
        if kind == "rest":
            text += 'binary_types = ["*/*"]\n'
        if kind in CORS_KINDS:
            text += f"""\
[functions.site.http.cors]
origins = ["{allowed}"]
methods = ["GET", "PUT"]
headers = ["content-type", "x-colour"]
expose = ["x-told"]
credentials = true
"""
    (folder / "onezip.toml").write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Sides:
    """The browser, the fronts, and two other sites: one that CORS allows, one that it does not."""

    browser: Browser
    run: Run
    front: str
    allowed: str
    stranger: str

    def requests(self, path: str) -> list[str]:
        """`METHOD status` of each request for a path that the fronts have got."""
        found = [json.loads(line) for line in list(self.run.out)]
        found = [each for each in found if each["type"] == "request" and each["path"] == path]
        return [f"{each['method']} {each['status']}" for each in found]


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    folder = tmp_path_factory.mktemp("browser")
    shutil.copytree(SAMPLES / "browser", folder / "site")
    with contextlib.ExitStack() as stack:
        allowed, stranger = (stack.enter_context(another_site()) for _ in range(2))
        project(folder, allowed)
        run = stack.enter_context(running(folder, "--port", "0"))
        front = f"http://localhost:{urlsplit(run.ready['fronts'][0]['url']).port}"
        yield Sides(stack.enter_context(browsing()), run, front, allowed, stranger)


LOOK = """
const dot = document.getElementById("dot");
return {
  title: document.querySelector("h1").textContent,
  color: getComputedStyle(document.querySelector("h1")).color,
  told: document.getElementById("told").textContent,
  picture: [dot.complete, dot.naturalWidth, dot.naturalHeight],
};
"""


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_with_style_script_and_picture(sides: Sides, kind: str) -> None:
    sides.browser.said()
    sides.browser.go(f"{sides.front}/{kind}/")
    assert sides.browser.run(LOOK) == {
        "title": "Grüße",
        "color": "rgb(1, 2, 3)",
        "told": "run: €",
        "picture": [True, 3, 2],
    }
    assert sides.browser.said() == []


TYPED = ("a+b & c=ä;%41", "two\u20ac", "")


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_and_three_cookies(sides: Sides, kind: str) -> None:
    browser = sides.browser
    browser.go(f"{sides.front}/{kind}/")
    browser.forget()
    for field, text in zip(browser.find("input"), TYPED, strict=True):
        browser.write(field, text)
    (button,) = browser.find("#send")
    browser.click(button)
    browser.arrive(f"{sides.front}/{kind}/seen")
    hidden, said, theme = json.loads(browser.run("return document.body.innerText"))
    assert (hidden, theme) == ("hidden=1", "theme=dark")
    assert json.loads(unquote(said.removeprefix("said="))) == {"text": [*TYPED[:2]], "empty": [TYPED[2]]}
    shown = browser.run("return document.cookie")
    assert "theme=dark" in shown
    assert "hidden" not in shown


FETCH = """
const [address, method, headers, body, credentials] = arguments;
return fetch(address, {method, headers, body, credentials})
  .then(async got => ({status: got.status, told: got.headers.get("x-told"), seen: await got.json()}))
  .catch(error => ({refused: String(error)}));
"""
REFUSED = {"refused": "TypeError: Failed to fetch"}
JSON_TYPE = {"Content-Type": "application/json"}
COLOUR = {**JSON_TYPE, "X-Colour": "red"}
SHAPE = {**COLOUR, "X-Shape": "round"}
ORIGIN = "access-control-allow-origin"


def fetch(
    sides: Sides, page: str, path: str, method: str, headers: dict[str, str], credentials: str = "include"
) -> Any:
    """What a script of another site gets from a front."""
    sides.browser.go(page)
    sides.browser.said()
    body = '{"ä":1}' if method != "GET" else None
    return sides.browser.run(FETCH, f"{sides.front}{path}", method, headers, body, credentials)


@pytest.mark.parametrize("kind", CORS_KINDS)
def test_an_allowed_origin_calls_with_a_preflight_and_cookies(sides: Sides, kind: str) -> None:
    sides.browser.go(f"{sides.front}/{kind}/")
    sides.browser.forget()
    sides.browser.run("document.cookie = 'a=1; path=/'; document.cookie = 'b=2; path=/'")
    path = f"/{kind}/allowed/api"
    assert fetch(sides, sides.allowed, path, "PUT", COLOUR) == {
        "status": 200,
        "told": "yes",
        "seen": {
            "method": "PUT",
            "colour": "red",
            "cookies": ["a=1", "b=2"],
            "body": '{"ä":1}',
            "origin": sides.allowed,
        },
    }
    assert sides.browser.said() == []
    preflight = "OPTIONS 204" if kind.startswith("http") else "OPTIONS 200"
    until(lambda: len(sides.requests(path)) > 1)
    assert sides.requests(path) == [preflight, "PUT 200"]
    path = f"/{kind}/without/api"
    assert fetch(sides, sides.allowed, path, "PUT", COLOUR, "omit")["seen"]["cookies"] == [""]


@pytest.mark.parametrize("kind", CORS_KINDS)
@pytest.mark.parametrize(
    ("from_stranger", "method", "headers", "last", "why"),
    [
        pytest.param(True, "PUT", COLOUR, "OPTIONS", ORIGIN, id="another origin"),
        pytest.param(True, "GET", {}, "GET", ORIGIN, id="another origin, without preflight"),
        pytest.param(False, "DELETE", COLOUR, "OPTIONS", "method delete is not allowed", id="another method"),
        pytest.param(False, "PUT", SHAPE, "OPTIONS", "field x-shape is not allowed", id="another header"),
    ],
)
def test_the_browser_refuses_what_is_not_allowed(
    sides: Sides, kind: str, from_stranger: bool, method: str, headers: dict[str, str], last: str, why: str
) -> None:
    page = sides.stranger if from_stranger else sides.allowed
    path = f"/{kind}/{from_stranger}/{method}/api"
    assert fetch(sides, page, path, method, headers) == REFUSED
    heard: list[str] = []

    def told() -> bool:
        heard.extend(sides.browser.said())  # that it failed, and why, may come one by one
        return "cors policy" in "".join(heard).lower()

    until(told)
    assert why in "".join(heard).lower()
    until(lambda: sides.requests(path))
    assert [each.partition(" ")[0] for each in sides.requests(path)] == [last]
