"""Functions, zips, a clock without waiting, and the command line against a server of ours."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest

from cli.onezip_cli import Said, onezip
from onezip.deployer.aws import Aws
from onezip.deployer.engine import Clouds, Deployment, Result, Task
from onezip.deployer.values import Archive, Plan
from onezip.limits import RUNTIMES
from onezip.model.deploy import Deploy
from onezip.model.function import Architecture, Function, Handler, Language, Limits

needs_boto3 = pytest.mark.skipif(
    importlib.util.find_spec("boto3") is None, reason="boto3 is not here: pip install boto3"
)

KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "testsecret",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    "NO_PROXY": "127.0.0.1",
    # the library is large: without its bytecode each command would compile it anew
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONPYCACHEPREFIX": str(Path(gettempdir()) / "onezip-tests-pycache"),
}


PATIENCE = 60.0
"""Seconds that a client waits for an answer that is to come."""


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def jitter(self) -> float:
        return 0.5


def function(name: str = "hello", **fields: Any) -> Function:
    """A Python function."""
    deploy = fields.pop("deploy", Deploy())
    return Function(
        name=name,
        language=Language.PYTHON,
        source=name,
        runtime=RUNTIMES[fields.pop("runtime", "python3.13")],
        handler=Handler("app.handler"),
        architecture=Architecture(fields.pop("architecture", "x86_64")),
        limits=Limits(*fields.pop("limits", (128, 3, 512))),
        deploy=deploy,
        **fields,
    )


def zipped(files: Mapping[str, str] | None = None) -> bytes:
    """A zip."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as made:
        for name, text in (files or {"app.py": "def handler(event, context):\n    return 1\n"}).items():
            made.writestr(zipfile.ZipInfo(name), text)
    return into.getvalue()


def archive(folder: Path, text: str = "1") -> Archive:
    """A zip whose bytes depend on a text."""
    content = zipped({"app.py": f"def handler(event, context):\n    return {text}\n"})
    path = folder / f"{hashlib.sha256(content).hexdigest()[:8]}.zip"
    path.write_bytes(content)
    return Archive(str(path), len(content), hashlib.sha256(content).hexdigest())


@cache
def opened(address: str, read: float) -> Aws:
    """A client: slow to make, so one serves all tests."""
    return Aws(region="eu-central-1", endpoint=address, read=read)


class Deployer:
    """Deploys to a server without waiting; keeps the plans that were shown."""

    def __init__(self, address: str, monkeypatch: pytest.MonkeyPatch, *, read: float = PATIENCE) -> None:
        for key, value in KEYS.items():
            monkeypatch.setenv(key, value)
        self.clock = Clock()
        self.shown: list[tuple[Plan, bool]] = []
        self.cloud = opened(address, read)
        self.deployment = Deployment(
            Clouds(lambda _profile, _region: self.cloud),
            self.clock,
            show=lambda plan, again: self.shown.append((plan, again)),
        )

    def deploy(self, what: Function, zip_file: Archive) -> Result:
        (result,) = self.deployment.deploy([Task(what, zip_file)])
        return result

    def did(self, what: Function, zip_file: Archive) -> list[str]:
        """What one deploy did. It must not fail."""
        result = self.deploy(what, zip_file)
        if result.error is not None:
            raise result.error
        return result.done.did if result.done else []


def deploying(folder: Path, address: str, *words: str, env: Mapping[str, str] | None = None) -> Said:
    """`onezip WORDS` against a server."""
    return onezip(folder, *words, "--endpoint-url", address, env={**KEYS, **(env or {})})
