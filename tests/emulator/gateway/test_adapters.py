"""Round trips: what an application behind an adapter sees is what it sees behind a plain HTTP server.

The adapters are real ones: mangum and Powertools (Python), aws-lambda-go-api-proxy and algnhsa (Go), and the
functions run as `onezip run` runs them. Where AWS shows a function something else, the table AWS says so.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from builder.go_driver import needs_go
from builder.python_driver import needs_uv, no_index
from cli.onezip_cli import SAMPLES
from emulator.gateway.fronts import Got
from emulator.runs import Run, running
from fetched import kept, twice
from onezip.emulator.running.foreign import machine
from onezip.model.function import Architecture

pytestmark = [pytest.mark.ring2, needs_uv]

PACKAGES = ("mangum==0.22.0", "aws-lambda-powertools==3.37.0", "uvicorn==0.54.0")
ALGNHSA = "github.com/akrylysov/algnhsa"
HERE = next(one for one in Architecture if one.machine == machine())
KINDS = ("rest", "http", "http-v1", "alb", "alb-multi", "url")


def packages() -> Path:
    """The Python packages, installed once and kept."""

    def fill(folder: Path) -> None:
        if reason := no_index():
            pytest.skip(reason)
        uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
        subprocess.run([uv, "pip", "install", "-q", "--target", folder, *PACKAGES], check=True)

    return kept("-".join(["adapters", *(each.partition("==")[2] for each in PACKAGES)]), fill)


def program(folder: Path, name: str) -> Path:
    """The Go program with an adapter, in a folder of its own; the handler is the same for all."""
    source = folder / name
    shutil.copytree(SAMPLES / "adapters" / name, source)
    shutil.copy(SAMPLES / "adapters" / "go" / "look.go", source)
    env = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"}
    if name == "algnhsa":
        words = ["go", "mod", "download", ALGNHSA]
        asked = twice(words, env, source)
        if asked.returncode and "SECURITY ERROR" not in asked.stderr:  # with it the build fails and says so
            raise LookupError(f"go mod download {ALGNHSA}: {asked.stderr.strip()[-200:]}; set GOPROXY")
    else:
        twice(["go", "mod", "download"], env, source)
    made = source / "bootstrap"
    subprocess.run(["go", "build", "-o", made, "."], cwd=source, env=env, check=True)
    return made


def project(folder: Path, programs: Sequence[str]) -> None:
    """A function for each adapter, behind each kind of front by host name."""
    text = f'[defaults]\narchitecture = "{HERE}"\nmemory = 512\ntimeout = 20\n'
    python = f'runtime = "python3.{sys.version_info.minor}"\nsource = "python"\n'
    told = {
        **{name: f'source = "{name}/bootstrap"\nlanguage = "prebuilt"\n' for name in programs},
        "mangum": f'{python}handler = "asgi.handler"\n',
        "powertools": f'{python}handler = "resolvers.handler"\n',
    }
    for name, own in told.items():
        text += f"[functions.{name}]\n{own}"
        for kind in KINDS:
            text += f'[[functions.{name}.http]]\ntype = "{kind}"\nhost = "{kind}-{name}.localhost"\n'
            text += 'binary_types = ["application/octet-stream"]\n' if kind == "rest" else ""
    (folder / "onezip.toml").write_text(text, encoding="utf-8")


@dataclass
class Sides:
    """The fronts' port, the plain servers' ports by adapter, and why an adapter is not there."""

    run: Run
    front: int
    plain: dict[str, int]
    missing: dict[str, str]


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    folder = tmp_path_factory.mktemp("adapters")
    shutil.copytree(packages(), folder / "python", ignore=shutil.ignore_patterns("done", "bin"))
    shutil.copytree(SAMPLES / "adapters" / "python", folder / "python", dirs_exist_ok=True)
    go = program(folder, "go")
    missing = {}
    try:
        program(folder, "algnhsa")
    except LookupError as error:
        missing["algnhsa"] = str(error)
    project(folder, [name for name in ("go", "algnhsa") if name not in missing])
    with contextlib.ExitStack() as stack:
        run = stack.enter_context(running(folder, "--port", "0"))
        port = stack.enter_context(listening([str(go)], folder, "stdout"))
        plain = {"go": port, "algnhsa": port}
        words = [sys.executable, "-m", "uvicorn", "app:look", "--port", "0", "--no-access-log"]
        plain["mangum"] = stack.enter_context(listening(words, folder / "python", "stderr"))
        yield Sides(run, urlsplit(run.ready["fronts"][0]["url"]).port or 0, plain, missing)


@contextlib.contextmanager
def listening(words: list[str], cwd: Path, stream: str) -> Iterator[int]:
    """A plain server, which tells its port on a stream."""
    process = subprocess.Popen(words, cwd=cwd, text=True, **{stream: subprocess.PIPE})  # type: ignore[call-overload]
    try:
        for line in getattr(process, stream):
            at = line.rpartition("127.0.0.1:")[2].split()[0]
            if at.isdecimal():
                yield int(at)
                break
    finally:
        process.kill()
        process.wait()
        getattr(process, stream).close()


Pairs = list[tuple[str, str]]


def ask(port: int, method: str, target: str, pairs: Pairs, body: bytes, host: str = "localhost") -> Got:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", host)
        if body or method == "POST":
            connection.putheader("Content-Length", str(len(body)))
        for name, value in pairs:
            connection.putheader(name, value)
        connection.endheaders(body or None)
        got = connection.getresponse()
        return Got(got.status, got.getheaders(), got.read())


LARGE = bytes(range(256)) * (3 * 4096)
"""3 MB of bytes that are no text: in base64 4 MB, below Lambda's 6 MB."""
TEXT = b"x" * (5 * 1024 * 1024)
PLAIN = [("Content-Type", "text/plain")]

CASES: dict[str, tuple[str, str, Pairs, bytes]] = {
    "plain": ("GET", "/a/b", [], b""),
    "encoded slash": ("GET", "/a%2Fb/c", [], b""),
    "encoded space": ("GET", "/a%20b", [], b""),
    "plus": ("GET", "/a+b?q=1+2&r=1%2B2", [], b""),
    "double slash": ("GET", "/a//b", [], b""),
    "double slash first": ("GET", "//a/b", [], b""),
    "trailing slash": ("GET", "/a/", [], b""),
    "semicolon in path": ("GET", "/a;b=1/c", [], b""),
    "encoded semicolon in query": ("GET", "/a?q=1%3Br%3D2", [], b""),
    "semicolon in query": ("GET", "/a?q=1;r=2&s=3", [], b""),
    "unicode": ("GET", "/%C3%A4/%E2%82%AC?%C3%A4=%E2%82%AC", [], b""),
    "repeated parameter": ("GET", "/a?x=1&x=2&y=3&x=4", [], b""),
    "empty parameters": ("GET", "/a?x=&y&=z", [], b""),
    "encoded parameters": ("GET", "/a?a%20b=c%26d%3De&f=%2Fg", [], b""),
    "repeated header": ("GET", "/a", [("X-Case-One", "a"), ("x-case-one", "b"), ("X-Case-Two", "c, d")], b""),
    "three cookies": ("GET", "/a", [("Cookie", "a=1; b=2; c=3")], b""),
    "cookies on two lines": ("GET", "/a", [("Cookie", "a=1; b=2"), ("Cookie", "c=3")], b""),
    "binary": ("POST", "/a", [("Content-Type", "application/octet-stream")], b"\0\xff\xfe\r\n\x80"),
    "form": ("POST", "/a", [("Content-Type", "application/x-www-form-urlencoded")], b"abc=123&d=%20"),
    "no content type": ("POST", "/a", [], b"abc"),
    "json": ("POST", "/a", [("Content-Type", "application/json")], '{"ä":"\\u0000€"}'.encode()),
    "empty body": ("POST", "/a", PLAIN, b""),
    "3 MB binary": ("POST", "/a", [("Content-Type", "application/octet-stream")], LARGE),
    "5 MB": ("POST", "/a", PLAIN, TEXT),
    "HEAD": ("HEAD", "/a", [], b""),
    "204": ("GET", "/a", [("X-Want", "204")], b""),
    "304": ("GET", "/a", [("X-Want", "304")], b""),
    "404": ("GET", "/a", [("X-Want", "404")], b""),
    "5 MB answer": ("GET", "/a", [("X-Want", "large")], b""),
    "binary answer": ("GET", "/a", [("X-Want", "binary"), ("Accept", "application/octet-stream")], b""),
}


PARTS = {"query": {"q": ["1"], "r": ["2"], "s": ["3"]}}
GO_PLAIN = "net/http drops a pair with a semicolon, the event has it, and the adapter encodes what it gets"

AWS: dict[tuple[str, str, str], tuple[dict[str, Any] | int, str]] = {
    ("*", "rest", "semicolon in query"): (PARTS, "a REST API takes semicolons for ampersands"),
    **{
        (adapter, kind, "semicolon in query"): ({"query": {"q": ["1;r=2"], "s": ["3"]}}, GO_PLAIN)
        for adapter in ("go", "algnhsa")
        for kind in ("http-v1", "alb-multi")
    },
    **{
        ("mangum", kind, "cookies on two lines"): (
            {"cookies": ["a=1", "b=2, c=3"]},
            "the adapter joins the values of a header, Cookie too, by commas",
        )
        for kind in ("rest", "http-v1")
    },
    ("algnhsa", "alb", "*"): (502, "the adapter refuses events without multi-value headers"),
    ("algnhsa", "alb-multi", "unicode"): (
        {"query": {"%C3%A4": ["€"]}},
        "a load balancer decodes nothing, and the adapter decodes values only",
    ),
    ("algnhsa", "alb-multi", "encoded parameters"): (
        {"query": {"a%20b": ["c&d=e"], "f": ["/g"]}},
        "likewise",
    ),
    ("*", "rest", "double slash first"): ({"path": "/a/b"}, "slashes right after the stage are one"),
    ("*", "alb", "3 MB binary"): (413, "a load balancer takes 1 MB"),
    ("*", "alb", "5 MB"): (413, "a load balancer takes 1 MB"),
    ("*", "alb-multi", "3 MB binary"): (413, "a load balancer takes 1 MB"),
    ("*", "alb-multi", "5 MB"): (413, "a load balancer takes 1 MB"),
    ("*", "alb", "5 MB answer"): (502, "a load balancer takes 1 MB"),
    ("*", "alb-multi", "5 MB answer"): (502, "a load balancer takes 1 MB"),
    ("*", "alb", "cookies on two lines"): ({"cookies": ["c=3"]}, "the last value wins"),
    ("*", "alb", "repeated parameter"): ({"query": {"x": ["4"], "y": ["3"]}}, "the last value wins"),
    ("*", "alb", "repeated header"): (
        {"headers": {"x-case-one": ["b"], "x-case-two": ["c", "d"]}},
        "the last value wins",
    ),
    ("go", "alb", "*"): (502, "the adapter's answer has `headers: null`, which a load balancer refuses"),
    ("go", "alb-multi", "plus"): (
        {"query": {"q": ["1+2"], "r": ["1%2B2"]}},
        "a load balancer decodes nothing, and the adapter encodes what it gets",
    ),
    ("go", "alb-multi", "encoded semicolon in query"): ({"query": {"q": ["1%3Br%3D2"]}}, "likewise"),
    ("go", "alb-multi", "unicode"): ({"query": {"%C3%A4": ["%E2%82%AC"]}}, "likewise"),
    ("go", "alb-multi", "encoded parameters"): (
        {"query": {"a%20b": ["c%26d%3De"], "f": ["%2Fg"]}},
        "likewise",
    ),
    **{
        ("powertools", kind, "plus"): (
            {"query": {"q": ["1+2"], "r": ["1+2"]}},
            "a load balancer decodes nothing, and the adapter takes `+` as it is",
        )
        for kind in ("alb", "alb-multi")
    },
    **{
        ("go", "url", case): (
            {"cookies": ["a=1", "b=2", "c=3"] * 2},
            "a function URL tells cookies twice, and the adapter takes both",
        )
        for case in ("three cookies", "cookies on two lines")
    },
}
"""Where an application sees something else than behind a plain server, in AWS too: what, and why."""


def told(adapter: str, kind: str, case: str) -> dict[str, Any] | int | None:
    """What the table says of a case; a status goes first, and a limit of the front's before an adapter's."""
    keys = (("*", kind, case), (adapter, kind, "*"), (adapter, kind, case))
    found = [AWS[key][0] for key in keys if key in AWS]
    return next((each for each in found if isinstance(each, int)), found[-1] if found else None)


def seen(got: Got) -> dict[str, Any]:
    """What the application saw; header values as lists, for how commas are spaced is nobody's promise."""
    header = next((value for name, value in got.headers if name.lower() == "x-seen"), None)
    found: dict[str, Any] = json.loads(header.encode("latin-1") if header is not None else got.body)
    return {**found, "headers": {name: listed(value) for name, value in found["headers"].items()}}


def listed(value: str | list[str]) -> list[str]:
    joined = value if isinstance(value, str) else ",".join(value)
    return [each.strip() for each in joined.split(",")]


def cookies(got: Got) -> list[str]:
    return [value for name, value in got.headers if name.lower() == "set-cookie"]


@needs_go
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("adapter", ["go", "algnhsa", "mangum"])
def test_an_application_sees_what_a_plain_server_shows_it(sides: Sides, adapter: str, kind: str) -> None:
    if adapter in sides.missing:
        pytest.skip(sides.missing[adapter])
    for case, (method, target, pairs, body) in CASES.items():
        plain = ask(sides.plain[adapter], method, target, pairs, body)
        got = ask(sides.front, method, target, pairs, body, f"{kind}-{adapter}.localhost")
        differs = told(adapter, kind, case)
        if isinstance(differs, int):
            assert got.status == differs, case
            continue
        assert seen(got) == {**seen(plain), **(differs or {})}, case
        assert got.status == plain.status, case
        if "X-Want" in dict(pairs) or method == "HEAD":
            assert got.body == plain.body, case
        if kind != "alb":  # which has one Set-Cookie only
            assert cookies(got) == cookies(plain), case


@needs_go
@pytest.mark.parametrize("kind", KINDS)
def test_powertools(sides: Sides, kind: str) -> None:
    """It shows paths as the event has them: they are decoded here."""
    for case, (method, target, pairs, body) in CASES.items():
        got = ask(sides.front, method, target, pairs, body, f"{kind}-powertools.localhost")
        differs = told("powertools", kind, case)
        if isinstance(differs, int):
            assert got.status == differs, case
            continue
        want = dict(pairs).get("X-Want", "")
        assert got.status == (int(want) if want.isdecimal() else 200), case
        plain = ask(sides.plain["mangum"], method, target, pairs, body)
        if want or method == "HEAD":
            assert got.body == plain.body, case
        else:
            saw = seen(got)
            saw["path"] = unquote(saw["path"])
            assert saw == {**seen(plain), **(differs or {})}, case
        if kind != "alb":
            assert cookies(got) == ["a=1; Path=/; Secure", "b=2; Secure", "c=3; HttpOnly; Secure"], case
