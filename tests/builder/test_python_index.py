"""The second look at an index, against a server of this test's own."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from builder.python_driver import function, needs_uv, no_index
from onezip.builder.index import candidates, explain_with_index, index_urls
from onezip.builder.languages.python_candidates import Candidate

NO_WHEEL = "Because x==2 has no usable wheels and you require x==2, we can conclude"
LISTED = {
    "files": [
        {"filename": "x-1-py3-none-any.whl", "requires-python": ">=3.8"},
        {"filename": "x-2.tar.gz", "yanked": "broken"},
        {"filename": 7},
        "odd",
    ]
}
FOUND = (Candidate("x-1-py3-none-any.whl", ">=3.8"), Candidate("x-2.tar.gz", "", yanked=True))
PAGE = """<!DOCTYPE html><html><body><h1>Links</h1>
<a href="../../files/x-1-py3-none-any.whl#sha256=00" data-requires-python="&gt;=3.8">x-1</a><br/>
<a href='https://files.test/x-2.tar.gz' data-yanked="">x-2.tar.gz</a><a name="top">no link</a>
</body></html>"""


@dataclass
class Server:
    """A small index: path -> (status, type, body), and the requests it got."""

    url: str = ""
    answers: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    seen: list[tuple[str, str | None]] = field(default_factory=list)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    kept = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kept.seen.append((self.path, self.headers.get("Authorization")))
            status, kind, body = kept.answers.get(self.path, (404, "text/plain", "nothing"))
            self.send_response(status)
            self.send_header("Location" if 300 <= status < 400 else "Content-Type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        kept.url = f"http://127.0.0.1:{http.server_port}/simple"
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield kept
        http.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("kind", "body"),
    [("application/vnd.pypi.simple.v1+json", json.dumps(LISTED)), ("text/html; charset=utf-8", PAGE)],
)
def test_files_as_json_and_as_html(server: Server, kind: str, body: str) -> None:
    server.answers["/simple/x-y/"] = (200, kind, body)
    assert candidates("X_.y", [server.url + "/"]) == FOUND


def test_the_first_index_that_has_the_package_answers(server: Server) -> None:
    server.answers["/two/x/"] = (200, "application/json", json.dumps(LISTED))
    server.answers["/three/x/"] = (200, "text/html", PAGE)
    base = server.url.removesuffix("/simple")
    assert candidates("x", [f"{base}/one", f"{base}/two", f"{base}/three"]) == FOUND
    assert [path for path, _ in server.seen] == ["/one/x/", "/two/x/"]


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (500, "text/plain", "broken"),
        (200, "application/json", "{"),
        (200, "application/json", "[]"),
        (200, "application/json", '{"files": 7}'),
        (200, "text/html", "\x00<a <<"),
    ],
)
def test_a_broken_answer_is_no_answer(server: Server, status: int, kind: str, body: str) -> None:
    server.answers["/simple/x/"] = (status, kind, body)
    assert candidates("x", [server.url]) == ()


def test_nobody_there_is_no_answer() -> None:
    assert candidates("x", ["http://127.0.0.1:9/simple"], timeout=1.0) == ()


def test_credentials_go_to_the_named_index_only(server: Server) -> None:
    server.answers["/simple/x/"] = (302, "/elsewhere/x/", "")
    server.answers["/elsewhere/x/"] = (200, "application/json", json.dumps(LISTED))
    assert candidates("x", [server.url.replace("//", "//me%40home:s%20t@")]) == FOUND
    secret = "Basic " + base64.b64encode(b"me@home:s t").decode()
    assert server.seen == [("/simple/x/", secret), ("/elsewhere/x/", None)]


def test_which_indexes_are_asked() -> None:
    assert index_urls({"PIP_INDEX_URL": "https://a.test/s", "PIP_EXTRA_INDEX_URL": "https://b.test/s"}) == [
        "https://b.test/s",
        "https://a.test/s",
    ]
    assert index_urls(
        {"UV_INDEX": "corp=https://c.test/s file:///x", "UV_DEFAULT_INDEX": "https://d.test/s"}
    ) == [
        "https://c.test/s",
        "https://d.test/s",
    ]
    named = [("--index-url", "https://e.test/s"), ("--extra-index-url", "https://f.test/s")]
    assert index_urls({"UV_DEFAULT_INDEX": "https://d.test/s"}, named) == [
        "https://f.test/s",
        "https://e.test/s",
    ]
    mixed = [("--default-index", "corp=https://g.test/s"), ("--index", "more=https://h.test/s")]
    assert index_urls({}, mixed) == ["https://h.test/s", "https://g.test/s"]
    assert index_urls({}, [("--no-index", "")]) == []


@needs_uv
def test_where_nothing_is_configured_uv_is_asked() -> None:
    [url] = index_urls({})
    assert url.startswith("http")


def test_an_explanation_with_a_second_look(server: Server) -> None:
    server.answers["/simple/x/"] = (200, "application/json", json.dumps(LISTED))
    told = explain_with_index(function(), NO_WHEEL, {"UV_DEFAULT_INDEX": server.url})
    assert (told.message, told.hint) == (
        "no wheel for python3.13 on x86_64 with glibc 2.34: x 2 (source only)",
        "there is one with x 1",
    )
    assert (
        explain_with_index(function(), "error: other", {"UV_DEFAULT_INDEX": server.url}).code
        == "build.failed"
    )
    assert len(server.seen) == 1


def test_the_real_index_lists_real_files() -> None:
    if reason := no_index():
        pytest.skip(reason)
    from onezip.process import environment

    names = {each.filename for each in candidates("docopt", index_urls(environment()), timeout=60)}
    assert "docopt-0.6.2.tar.gz" in names
