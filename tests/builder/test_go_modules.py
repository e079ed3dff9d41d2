"""Modules that are fetched: private, gone, changed under way, without go.sum. For real, from this machine."""

import contextlib
import os
import shutil
import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from builder.go_driver import build, facts, function, needs_go, write
from builder.go_proxy import MAIN, publish, use
from builder.test_go_shapes import failure_of

pytestmark = needs_go

LIB = "x.test/team/lib"
WANTED = function("app", "app")


@pytest.fixture
def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    use(tmp_path / "proxy", monkeypatch)
    yield tmp_path / "proxy"
    for folder, _, _ in os.walk(tmp_path / "modcache"):
        os.chmod(folder, 0o755)  # Go writes it read-only
    shutil.rmtree(tmp_path / "modcache", ignore_errors=True)


def project(tmp_path: Path, sums: str, version: str = "v1.0.0") -> Path:
    mod = f"module example.com/app\n\ngo 1.24\n\nrequire {LIB} {version}\n"
    return write(tmp_path / "p", {"app/go.mod": mod, "app/go.sum": sums, "app/main.go": MAIN.format(LIB)})


def test_a_private_proxy(tmp_path: Path, proxy: Path) -> None:
    sums = publish(proxy, LIB, "v1.0.0", {"lib.go": "package lib\n\nconst A = 1\n"})
    root = project(tmp_path, sums)
    assert b"x.test/team/lib" in build(root, WANTED)["app"]
    found = facts(root, WANTED)
    assert not any("modcache" in path for path in (*found.files, *found.folders, *found.trees))


def test_no_go_sum(tmp_path: Path, proxy: Path) -> None:
    publish(proxy, LIB, "v1.0.0", {"lib.go": "package lib\n\nconst A = 1\n"})
    root = project(tmp_path, "")
    (root / "app" / "go.sum").unlink()
    error = failure_of(root, WANTED)
    assert error.code == "go.module"
    assert f"missing go.sum entry for module providing package {LIB}" in error.message
    assert error.hint == "run `go mod tidy` in the folder with go.mod, and commit go.mod and go.sum"


def test_a_module_that_is_not_what_it_was(tmp_path: Path, proxy: Path) -> None:
    sums = publish(proxy, LIB, "v1.0.0", {"lib.go": "package lib\n\nconst A = 1\n"})
    publish(proxy, LIB, "v1.0.0", {"lib.go": "package lib\n\nconst A = 2 // tampered\n"})
    error = failure_of(project(tmp_path, sums), WANTED)
    assert error.code == "go.module"
    assert error.message == f"{LIB}@v1.0.0 is not what go.sum recorded"  # Go stops at once, even with -e
    assert "tampering" in error.hint


def test_a_version_that_is_gone(tmp_path: Path, proxy: Path) -> None:
    sums = publish(proxy, LIB, "v1.0.0", {"lib.go": "package lib\n"})
    shutil.rmtree(proxy / LIB)
    error = failure_of(project(tmp_path, sums), WANTED)
    assert error.code == "go.gone"
    assert error.message.startswith(f"app: {LIB}@v1.0.0 is not to be had: no such file or directory")
    assert "`replace` it by a fork" in error.hint
    assert "GOPRIVATE" in error.hint


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "is not to be had: 404 Not Found"),
        (410, "is not to be had: 410 Gone"),
        (403, "is not to be had: 403 Forbidden"),
        (400, "is no module to {}: 400 Bad Request"),
    ],
)
def test_a_proxy_that_says_no(
    tmp_path: Path, proxy: Path, monkeypatch: pytest.MonkeyPatch, status: int, words: str
) -> None:
    sums = publish(proxy, LIB, "v1.0.0", {"lib.go": "package lib\n"})

    with answering(status) as address:
        monkeypatch.setenv("GOPROXY", address)
        error = failure_of(project(tmp_path, sums), WANTED)
    assert error.code == "go.gone"
    assert error.message == f"app: {LIB}@v1.0.0 {words.format(address)}"
    assert "GOPRIVATE" in error.hint


def _database(name: str) -> str:
    """A checksum database of this name with some key, as GOSUMDB has it (golang.org/x/mod/sumdb/note)."""
    key = b"\x01" + bytes(range(32))
    short = sha256(name.encode() + b"\n" + key).hexdigest()[:8]
    return f"{name}+{short}+{b64encode(key).decode()}"


DATABASE = _database("sums.test")


@pytest.mark.parametrize(
    ("status", "answer"), [(404, "404 Not Found"), (410, "410 Gone"), (400, "400 Bad Request")]
)
def test_a_private_module_that_the_checksum_database_does_not_know(
    tmp_path: Path, proxy: Path, monkeypatch: pytest.MonkeyPatch, status: int, answer: str
) -> None:
    sums = publish(proxy, LIB, "v1.0.0", {"lib.go": "package lib\n\nconst A = 1\n"})
    root = write(project(tmp_path, sums), {"go.work": "go 1.24\n\nuse ./app\n"})
    (root / "app" / "go.sum").unlink()  # a workspace fetches what go.sum does not have
    monkeypatch.setenv("GONOSUMDB", "")
    monkeypatch.setenv("GOPATH", str(tmp_path / "gopath"))  # nothing is known of any database there
    with answering(status) as address:
        monkeypatch.setenv("GOSUMDB", f"{DATABASE} {address}")
        error = failure_of(root, WANTED)
    assert error.code == "go.gone"
    assert error.message == (
        f"app: {LIB}@v1.0.0 is not in go.sum, nor to be found in the checksum database: {answer}"
    )
    assert "GOPRIVATE=HOST/PATH" in error.hint
    assert "GONOSUMDB" in error.hint


def test_a_tag_that_was_deleted(tmp_path: Path, proxy: Path) -> None:
    sums = publish(proxy, LIB, "v1.0.0", {"lib.go": "package lib\n"})
    sums += sums.replace("v1.0.0", "v1.9.9")
    error = failure_of(project(tmp_path, sums, "v1.9.9"), WANTED)
    assert error.code == "go.gone"
    assert "v1.9.9" in error.message


def test_a_requirement_of_a_requirement_that_is_gone(tmp_path: Path, proxy: Path) -> None:
    go_mod = f"module {LIB}\n\ngo 1.24\n\nrequire x.test/gone v0.1.0\n"
    sums = publish(
        proxy, LIB, "v1.0.0", {"lib.go": 'package lib\n\nimport _ "x.test/gone"\n\nconst A = 1\n'}, go_mod
    )
    sums += publish(tmp_path / "elsewhere", "x.test/gone", "v0.1.0", {"g.go": "package gone\n"})
    root = project(tmp_path, sums)
    write(
        root, {"app/go.mod": (root / "app/go.mod").read_text() + "require x.test/gone v0.1.0 // indirect\n"}
    )
    error = failure_of(root, WANTED)
    assert error.code == "go.gone"
    assert "x.test/gone@v0.1.0 is not to be had" in error.message


def test_the_others_of_the_module_are_built(tmp_path: Path, proxy: Path) -> None:
    from builder.test_go_shapes import together

    sums = publish(proxy, LIB, "v1.0.0", {"lib.go": "package lib\n"})
    shutil.rmtree(proxy / LIB)
    root = project(tmp_path, sums)
    write(root, {"app/good/main.go": "package main\n\nfunc main() {}\n"})
    found = together(root, [WANTED, function("good", "app/good")])
    assert getattr(found["app"], "code", "") == "go.gone"
    assert not isinstance(found["good"], Exception)


def test_nothing_to_fetch_from(tmp_path: Path, proxy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sums = publish(proxy, LIB, "v1.0.0", {"lib.go": "package lib\n"})
    monkeypatch.setenv("GOPROXY", "off")
    error = failure_of(project(tmp_path, sums), WANTED)
    assert error.code == "network.failed"
    assert "vendor needs none" in error.hint


PRIVATE = "github.com/onezip-test/lib"


def direct(patch: pytest.MonkeyPatch, instead: str) -> None:
    """Fetch modules of github.com from their repositories, which are elsewhere in truth."""
    settings = {
        "GOPROXY": "direct", "GOPRIVATE": "github.com", "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{instead}.insteadOf", "GIT_CONFIG_VALUE_0": "https://github.com/",
    }  # fmt: skip
    for name, value in settings.items():
        patch.setenv(name, value)


def test_a_private_repository(tmp_path: Path, proxy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"lib.go": "package lib\n\nconst A = 1\n"}
    sums = publish(proxy, PRIVATE, "v1.0.0", files)
    repository = write(tmp_path / "git" / "onezip-test" / "lib", files)
    write(repository, {"go.mod": f"module {PRIVATE}\n\ngo 1.24\n"})
    who = ["-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "first"], [*who, "tag", "v1.0.0"]):
        subprocess.run(["git", *words], cwd=repository, check=True, capture_output=True)
    direct(monkeypatch, f"file://{(tmp_path / 'git').as_posix()}/")
    assert build(private(tmp_path, sums), WANTED)["app"]


def private(tmp_path: Path, sums: str, module: str = PRIVATE) -> Path:
    root = project(tmp_path, sums)
    texts = {name: (root / name).read_text().replace(LIB, module) for name in ("app/go.mod", "app/main.go")}
    return write(root, texts)


def test_a_private_repository_without_credentials(
    tmp_path: Path, proxy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sums = publish(proxy, PRIVATE, "v1.0.0", {"lib.go": "package lib\n"})
    with answering(401) as address:
        direct(monkeypatch, f"{address}/")
        error = failure_of(private(tmp_path, sums), WANTED)
    assert error.code == "network.failed"
    assert error.message == "app: a module wants credentials"
    assert "GOPRIVATE" in error.hint


@pytest.mark.parametrize("module", [PRIVATE, "git.test/team/lib.git"])
def test_a_private_repository_on_an_unknown_host(
    tmp_path: Path, proxy: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    sums = publish(proxy, module, "v1.0.0", {"lib.go": "package lib\n"})
    direct(monkeypatch, "https://nowhere.invalid/")
    monkeypatch.setenv("GOPRIVATE", "*")
    error = failure_of(private(tmp_path, sums, module), WANTED)
    assert error.code == "network.failed"
    assert "network" in error.hint


@contextlib.contextmanager
def answering(status: int) -> Iterator[str]:
    """A server that says no to everything; its address."""

    class No(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", "Basic")
            self.end_headers()
            self.wfile.write(b"not found: fatal: could not read Username: terminal prompts disabled")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), No)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
