"""`onezip run` with fronts, and `onezip front` before functions that run elsewhere."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from cli.onezip_cli import onezip
from emulator.runs import Run, running
from emulator.serving import until
from ending import end
from export.test_sam import SAM
from fetched import tool
from onezip.emulator.front.remote import Endpoint
from onezip.emulator.running.foreign import machine
from onezip.errors import UsageError
from onezip.model.function import Architecture
from ports import reserved

HERE = next(one for one in Architecture if one.machine == machine())
PYTHON = f"python3.{sys.version_info.minor}"

HANDLER = """\
def handler(event, context):
    if event.get("rawPath", event.get("path", "")).endswith("/fail"):
        raise ValueError("no")
    return {"statusCode": 201, "headers": {"X-A": "b"}, "body": event.get("body") or "-"}

def guard(event, context):
    return {"isAuthorized": event["identitySource"] == ["let me in"]}
"""

PROJECT = f"""\
[defaults]
source = "app"
runtime = "{PYTHON}"
architecture = "{HERE}"
timeout = 60

[functions.shop]
handler = "app.handler"

[functions.shop.http]
routes = ["POST /orders", "GET /fail"]
authorizer = "key"
cors = {{ origins = "*" }}

[functions.shop.http.authorizers.key]
type = "http-v2"
function = "guard"
sources = "$request.header.x-key"
simple = true

[functions.guard]
handler = "app.guard"
"""

PLAIN = f"""\
[functions.f]
source = "app"
handler = "app.handler"
runtime = "{PYTHON}"
architecture = "{HERE}"
timeout = 60
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("shop")
    (made / "app").mkdir()
    (made / "app" / "app.py").write_text(HANDLER, encoding="utf-8")
    (made / "onezip.toml").write_text(PROJECT, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def run(folder: Path) -> Iterator[Run]:
    with running(folder, "--port", "0", "--echo") as found:
        yield found


def ask(url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urlopen(Request(url, body, told), timeout=60) as got:
            return got.status, got.read(), dict(got.headers)
    except HTTPError as error:
        with error:
            return error.code, error.read(), dict(error.headers)


def url(run: Run) -> str:
    return str(run.ready["fronts"][0]["url"])


def test_what_is_served_is_told(run: Run) -> None:
    (front,) = run.ready["fronts"]
    assert front["routes"] == {"POST /orders": "shop", "GET /fail": "shop"}
    assert (front["type"], front["host"], front["basePath"]) == ("http", None, "/")


def test_a_route_with_an_authorizer_of_the_project(run: Run) -> None:
    at = f"{url(run)}/orders"
    assert ask(at, b"x")[:2] == (401, b'{"message":"Unauthorized"}')
    assert ask(at, b"x", x_key="please")[:2] == (403, b'{"message":"Forbidden"}')
    status, body, headers = ask(at, b'{"a": 1}', x_key="let me in", Content_Type="application/json")
    assert (status, body, headers["X-A"]) == (201, b'{"a": 1}', "b")


def test_what_the_front_answers_itself(run: Run) -> None:
    assert ask(f"{url(run)}/none")[:2] == (404, b'{"message":"Not Found"}')
    status, body, _ = ask(f"{url(run)}/fail", x_key="let me in")
    assert (status, body) == (500, b'{"message":"Internal Server Error"}')
    line = run.said('"path":"/fail"')
    told = json.loads(line)
    assert (told["type"], told["function"], told["status"]) == ("request", "shop", 500)
    assert told["why"] == "the function reported an error"


def test_a_front_that_nobody_described_is_made_when_it_is_asked(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "app.py").write_text(HANDLER, encoding="utf-8")
    (tmp_path / "onezip.toml").write_text(PLAIN, encoding="utf-8")
    with running(tmp_path, "--port", "0") as found:
        at = f"{url(found)}/any/path"
        for _ in range(2):
            status, body, headers = ask(at, b'{"a": 1}', Content_Type="application/json")
            assert (status, body, headers["X-A"]) == (201, b'{"a": 1}', "b")
            assert parsedate_to_datetime(headers["Date"]).year > 2000
        assert ask(at, Host="evil.example")[0] == 403
        assert ask(at, b"x" * (10 * 1024 * 1024 + 1))[0] == 413


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
def test_such_a_front_is_in_the_banner(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "app.py").write_text(HANDLER, encoding="utf-8")
    (tmp_path / "onezip.toml").write_text(f"{PLAIN}\n{PLAIN.replace('.f]', '.g]')}", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "onezip", "run", "--lambda-port", "0", "--port", "0"],
        cwd=tmp_path,
        env={**os.environ, "ONEZIP_HOME": str(tmp_path / ".home")},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stderr is not None
        line = next(each for each in process.stderr if each.startswith("  http "))
        assert line.rstrip().endswith(
            "/{f,g}   each function under its name, as HTTP API: no front is described"
        )
        at = line.split()[1].removesuffix("{f,g}")
        assert [ask(f"{at}{name}")[:2] for name in ("f", "g/x", "h")] == [
            (201, b"-"), (201, b"-"), (404, b'{"message":"Not Found"}'),
        ]  # fmt: skip
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0


def test_the_echo_is_beside_the_fronts(run: Run) -> None:
    status, body, headers = ask(f"{url(run)}/json", b"abc=123")
    assert status == 200
    assert json.loads(body)["body"] == "YWJjPTEyMw=="
    assert "requestContext.accountId" in headers["X-Onezip-Made-Up"]


def test_a_port_that_is_taken(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = onezip(folder, "run", "--lambda-port", "0", "--port", port)
    assert done.code == 4
    assert f"127.0.0.1:{port} cannot be listened on" in done.err
    assert "--port" in done.err


def test_an_authorizer_that_is_left_out(folder: Path) -> None:
    done = onezip(folder, "run", "--lambda-port", "0", "--port", "0", "shop")
    assert done.code == 2
    assert "the authorizer 'key' is the function 'guard', which is not served" in done.err
    assert "run it too: onezip run shop guard" in done.err


# ---- onezip front ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def fronted(cwd: Path, *words: str) -> Iterator[str]:
    """`onezip front` until the end of the block; its URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "onezip", "front", "--port", "0", "--json", *words],
        cwd=cwd,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["url"]
    finally:
        end(process, 60)
        process.stdout.close()
    assert process.returncode == 0


def test_the_project_s_fronts_before_functions_that_run_elsewhere(run: Run, folder: Path) -> None:
    with fronted(folder, "--to", run.url) as at:
        assert ask(f"{at}/orders", b"x")[0] == 401
        assert ask(f"{at}/orders", b"x", x_key="let me in", Content_Type="text/plain")[:2] == (201, b"x")
        assert ask(f"{at}/fail", x_key="let me in")[0] == 500


def test_one_front_of_any_kind_without_a_project(run: Run, tmp_path: Path) -> None:
    words = ("--to", run.url, "--function", "shop", "--as", "rest")
    with fronted(tmp_path, *words) as at:
        assert ask(f"{at}/a/b?c=d", b"hello")[:2] == (201, b"hello")
        assert ask(f"{at}/fail")[:2] == (502, b'{"message": "Internal server error"}')
    with fronted(tmp_path, "--to", run.url, "--function", "none") as at:
        assert ask(f"{at}/")[0] == 500


class Played(BaseHTTPRequestHandler):
    """An Invoke endpoint that answers by what the path of the event says."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, headers, body = ANSWERS[event["rawPath"]]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Transfer-Encoding" in headers:
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


ERROR = b'{"errorMessage":"no","errorType":"ValueError"}'
REAL = {"X-Amz-Executed-Version": "$LATEST"}
ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/plain": (200, REAL, b'{"statusCode":202,"body":"a"}'),
    "/chunked": (200, {"Transfer-Encoding": "chunked"}, b'{"statusCode":203}'),
    "/error": (200, {**REAL, "X-Amz-Function-Error": "Unhandled"}, ERROR),
    "/rie-error": (200, {}, ERROR),
    "/rie-timeout": (200, {}, b"Task timed out after 3.00 seconds"),
    "/like-an-error": (200, REAL, ERROR),
    "/throttled": (429, {}, b"{}"),
    "/large": (413, {}, b"{}"),
    "/missing": (404, {}, b'{"Message":"Function not found"}'),
    "/broken": (502, {}, b""),
}


def test_what_an_invoke_api_may_answer(tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), Played)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        with fronted(tmp_path, "--to", f"127.0.0.1:{server.server_port}", "--as", "http") as at:
            assert {path: ask(at + path)[0] for path in ANSWERS} == {
                "/plain": 202,
                "/chunked": 203,
                "/error": 500,
                "/rie-error": 500,
                "/rie-timeout": 500,
                "/like-an-error": 200,
                "/throttled": 503,
                "/large": 413,
                "/missing": 500,
                "/broken": 500,
            }
            server.shutdown()
            server.server_close()
            assert ask(f"{at}/plain")[0] == 500
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("text", "path", "tls", "port"),
    [
        ("localhost:9000", "/2015-03-31/functions/{}/invocations", False, 9000),
        ("http://h", "/2015-03-31/functions/{}/invocations", False, 80),
        ("https://h/x/", "/x/2015-03-31/functions/{}/invocations", True, 443),
        ("http://h:1/2015-03-31/functions/f/invocations", "/2015-03-31/functions/f/invocations", False, 1),
    ],
)
def test_endpoints(text: str, path: str, tls: bool, port: int) -> None:
    found = Endpoint.of(text)
    assert (found.path, found.tls, found.port) == (path, tls, port)


@pytest.mark.parametrize("text", ["ftp://h", "http://", "http://h:x", "http://h:0"])
def test_what_is_no_endpoint(text: str) -> None:
    with pytest.raises(UsageError):
        Endpoint.of(text)


def test_a_function_that_no_front_is_for(folder: Path) -> None:
    done = onezip(folder, "front", "--to", "localhost:1", "--function", "other")
    assert done.code == 2
    assert "name one of shop, guard, or say --as http" in done.err


# ---- before AWS's own emulator --------------------------------------------------------------------------


def rie(folder: Path) -> Path:
    """AWS's Runtime Interface Emulator, which is a part of SAM CLI."""
    name = {"x86_64": "x86_64", "arm64": "arm64"}[HERE]
    where = tool(*SAM).parents[1]
    (found,) = where.glob(f"lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{name}")
    copied = Path(shutil.copy(found, folder / "rie"))
    copied.chmod(0o755)
    return copied


@pytest.mark.ring2
@pytest.mark.skipif(sys.platform != "linux", reason="RIE runs on Linux only")
def test_before_rie(tmp_path: Path) -> None:
    bootstrap = tmp_path / "bootstrap"
    bootstrap.write_text(f"#!{sys.executable}\n{RUNTIME}", encoding="utf-8")
    bootstrap.chmod(0o755)
    program = rie(tmp_path)
    with reserved() as port, reserved() as api:
        words = [str(program), "--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
        words += ["--runtime-api-address", f"127.0.0.1:{api}", str(bootstrap)]
        process = subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

        def listens() -> bool:
            assert process.poll() is None, "it ended"
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
            return False

        try:
            until(listens)
            with fronted(tmp_path, "--to", f"http://127.0.0.1:{port}") as at:
                sent = ask(f"{at}/a%20b?c=d", b"hello", Content_Type="text/plain")
                assert sent[:2] == (201, b"/a b c=d hello")
                assert ask(f"{at}/fail")[:2] == (500, b'{"message":"Internal Server Error"}')
        finally:
            process.kill()
            process.wait()


RUNTIME = """
import http.client, json, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    got = api.getresponse()
    event = json.loads(got.read())
    at = f"/2018-06-01/runtime/invocation/{got.headers['Lambda-Runtime-Aws-Request-Id']}"
    if event["rawPath"] == "/fail":
        api.request("POST", f"{at}/error", '{"errorMessage":"no","errorType":"E"}')
    else:
        text = f"{event['rawPath']} {event['rawQueryString']} {event.get('body')}"
        api.request("POST", f"{at}/response", json.dumps({"statusCode": 201, "body": text}))
    api.getresponse().read()
"""
