"""Servers that stand in for AWS, each in a process of its own on 127.0.0.1: moto, ministack, versitygw."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from builder.test_python_foreign import CACHE, tool
from ending import end
from onezip.mutex import Mutex

MOTO = ("moto[server,s3,iam,awslambda]==5.2.5",)
MINISTACK = ("ministack==1.5.33", "hypercorn==0.18.0")
VERSITYGW = "v1.8.0"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


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
            for _ in range(600):
                try:
                    with urllib.request.urlopen(f"{address}/health", timeout=5):
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
    port = free_port()
    env = {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    with running(
        [tool("moto_server", *MOTO), "-H", "127.0.0.1", "-p", str(port)], port, folder, env
    ) as address:
        yield address


@contextmanager
def ministack(folder: Path) -> Iterator[str]:
    port = free_port()
    words: list[str | Path] = [
        tool("hypercorn", *MINISTACK),
        "--bind",
        f"127.0.0.1:{port}",
        "ministack.app:app",
    ]
    with running(words, port, folder, {"HOME": str(folder), "GATEWAY_PORT": str(port)}) as address:
        yield address


@contextmanager
def versitygw(folder: Path, access: str, secret: str) -> Iterator[str]:
    """A real S3 server with versioned buckets."""
    port = free_port()
    for name in ("data", "versions"):
        (folder / name).mkdir(exist_ok=True)
    words: list[str | Path] = [
        _versitygw(),
        "--port",
        f"127.0.0.1:{port}",
        "--region",
        "eu-central-1",
        "--health",
        "/health",
    ]
    words += ["posix", "--versioning-dir", folder / "versions", folder / "data"]
    env = {"ROOT_ACCESS_KEY": access, "ROOT_SECRET_KEY": secret}
    with running(words, port, folder, env) as address:
        yield address


def _versitygw() -> Path:
    folder = CACHE / f"versitygw-{VERSITYGW}"
    program = folder / "versitygw"
    with Mutex(f"{folder}.lock"):
        if not program.exists():
            go = shutil.which("go")
            if go is None:
                pytest.skip("no Go to build versitygw with: install Go 1.24 or newer")
            words = [go, "install", "-trimpath", "-ldflags=-s -w"]
            words.append(f"github.com/versity/versitygw/cmd/versitygw@{VERSITYGW}")
            env = {**os.environ, "CGO_ENABLED": "0", "GOBIN": str(folder)}
            subprocess.run(words, env=env, check=True)
    return program
