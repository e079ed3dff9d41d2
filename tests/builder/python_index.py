"""A package index on this machine (PEP 503), over a folder of wheels."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

_VARIABLES = (
    "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "HTTP_PROXY", "http_proxy",
)  # fmt: skip


@dataclass
class Index:
    """Where the index is, the paths that were asked, and how often without the right name and password."""

    host: str
    seen: list[str] = field(default_factory=list)
    refused: int = 0

    @property
    def url(self) -> str:
        return f"http://{self.host}/simple/"


def alone(patch: pytest.MonkeyPatch, cache: Path) -> None:
    """Let no variable name another index, and no cache know its files."""
    for name in _VARIABLES:
        patch.delenv(name, raising=False)
    patch.setenv("NO_PROXY", "127.0.0.1")
    patch.setenv("UV_CACHE_DIR", str(cache))


@contextlib.contextmanager
def serving(folder: Path, secret: str = "") -> Iterator[Index]:
    """Serve the wheels of a folder; secret is `name:password`, where one is asked for (basic)."""
    wanted = "Basic " + base64.b64encode(secret.encode()).decode() if secret else None
    kept = Index("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kept.seen.append(self.path)
            if wanted and self.headers.get("Authorization") != wanted:
                kept.refused += 1
                self.answer(401, b"", "text/plain", ("WWW-Authenticate", 'Basic realm="x"'))
            elif self.path.startswith("/files/"):
                path = folder / self.path.removeprefix("/files/")
                there = path.exists()
                self.answer(200 if there else 404, path.read_bytes() if there else b"", "application/zip")
            else:
                name = self.path.removeprefix("/simple/").strip("/")
                page = "".join(_links(folder, name))
                self.answer(200 if page else 404, f"<!DOCTYPE html>{page}".encode(), "text/html")

        def do_HEAD(self) -> None:
            self.do_GET()

        def answer(self, status: int, body: bytes, kind: str, *headers: tuple[str, str]) -> None:
            self.send_response(status)
            for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *headers):
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # uv connects many times at once

    with Server(("127.0.0.1", 0), Handler) as http:
        kept.host = f"127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield kept
        finally:
            http.shutdown()
            thread.join()


def _links(folder: Path, name: str) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        if re.sub(r"[-_.]+", "-", path.name.partition("-")[0]).lower() == name:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            yield f'<a href="/files/{path.name}#sha256={digest}">{path.name}</a>\n'
