"""Servers that stand in for AWS, each in a process of its own on 127.0.0.1: moto, ministack, versitygw."""

from __future__ import annotations

import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from ending import end
from fetched import go_tool, tool
from ports import reserved

MOTO = ("moto[server,s3,iam,awslambda]==5.2.5",)
MINISTACK = ("ministack==1.5.33", "hypercorn==0.18.0")
VERSITYGW = ("github.com/versity/versitygw/cmd/versitygw", "v1.8.0")

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextmanager
def running(
    words: Sequence[str | Path], port: int, folder: Path, env: Mapping[str, str] | None = None
) -> Iterator[str]:
    """A server until it is not needed any more; its address."""
    address = f"http://127.0.0.1:{port}"
    surroundings = {**os.environ, **(env or {})}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(words, cwd=folder, env=surroundings, stdout=log, stderr=log)
        try:
            end_of_patience = time.monotonic() + 120
            while time.monotonic() < end_of_patience:
                try:
                    with _direct.open(f"{address}/health", timeout=30):
                        break
                except urllib.error.HTTPError:
                    break
                except OSError:
                    assert process.poll() is None, (folder / "server.log").read_text()
                    time.sleep(0.1)
            else:
                pytest.fail((folder / "server.log").read_text())
            yield address
        finally:
            end(process)


@contextmanager
def moto(folder: Path) -> Iterator[str]:
    program = tool("moto_server", *MOTO)
    env = {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    with (
        reserved() as port,
        running([program, "-H", "127.0.0.1", "-p", str(port)], port, folder, env) as address,
    ):
        yield address


@contextmanager
def ministack(folder: Path) -> Iterator[str]:
    program = tool("hypercorn", *MINISTACK)
    with reserved() as port:
        words: list[str | Path] = [program, "--bind", f"127.0.0.1:{port}", "ministack.app:app"]
        with running(words, port, folder, {"HOME": str(folder), "GATEWAY_PORT": str(port)}) as address:
            yield address


@contextmanager
def versitygw(folder: Path, access: str, secret: str) -> Iterator[str]:
    """A real S3 server with versioned buckets."""
    program = go_tool(*VERSITYGW)
    for name in ("data", "versions"):
        (folder / name).mkdir(exist_ok=True)
    env = {"ROOT_ACCESS_KEY": access, "ROOT_SECRET_KEY": secret}
    with reserved() as port:
        words: list[str | Path] = [program, "--port", f"127.0.0.1:{port}", "--region", "eu-central-1"]
        words += ["--health", "/health", "posix"]
        words += ["--versioning-dir", folder / "versions", folder / "data"]
        with running(words, port, folder, env) as address:
            yield address
