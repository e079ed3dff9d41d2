"""Zips above 50 MB from end to end: built, sent to a real S3 server, taken from there, and not sent again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.layered import TEXT, layered
from builder.python_driver import make_wheel, needs_uv
from cli.onezip_cli import PLAIN, Said, onezip, plain
from deploy.account import Account
from deploy.driver import KEYS, needs_boto3
from deploy.parts import versitygw
from deploy.server import Server, serving
from deploy.test_deploy_cli import change
from deploy.test_s3 import calling, versions
from onezip.deployer.calls import Calls
from onezip.limits import ZIPPED_DIRECT

pytestmark = [needs_boto3, pytest.mark.ring2]

DEPLOY = """\
[functions.plain.deploy]
role = "arn:aws:iam::123456789012:role/lambda"
bucket = "codes"
prefix = "fns/"
"""

NOISE = b"".join(hashlib.shake_256(bytes([number])).digest(1 << 20) for number in range(56))
"""56 MB that do not shrink."""


class Objects(dict[tuple[str, str], bytes]):
    """What Lambda reads from the bucket: nothing is here, all is there."""

    def __init__(self, calls: Calls) -> None:
        super().__init__()
        self.calls = calls
        self.read: list[str] = []

    def __missing__(self, place: tuple[str, str]) -> bytes:
        self.read.append(place[1])
        content: bytes = self.calls("s3", "GetObject", Bucket=place[0], Key=place[1])["Body"].read()
        return content


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    folder = tmp_path / "s3"
    folder.mkdir()
    with versitygw(folder, KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"]) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", address)
        yield calling(address, monkeypatch)


def deployed(folder: Path, server: Server, *words: str) -> Said:
    """`onezip deploy` before two servers, each by its own variable."""
    return onezip(folder, "deploy", "--json", *words, env={**KEYS, "AWS_ENDPOINT_URL_LAMBDA": server.address})


def told(said: Said) -> dict[str, Any]:
    assert said.code == 0, said.out + said.err
    (found,) = said.result["functions"]
    return dict(found)


def test_code(tmp_path: Path, calls: Calls) -> None:
    folder = plain(tmp_path / "project", PLAIN + DEPLOY)
    (folder / "plain/noise.bin").write_bytes(NOISE)
    account = Account(lag=0)
    account.objects = objects = Objects(calls)
    with serving(account) as server:
        made = told(deployed(folder, server))
        assert made["size"] > ZIPPED_DIRECT
        assert (made["transport"], made["did"]) == ("s3", ["created"])
        key = f"fns/{made['sha256']}.zip"
        latest = account.functions["plain"]["latest"]
        assert (latest["CodeSha256"], objects.read) == (made["code_sha256"], [key])
        server.asked.clear()
        assert told(deployed(folder, server))["status"] == "unchanged"
        assert server.asked == ["GetFunctionConfiguration"]
        change(folder)
        again = told(deployed(folder, server))
        assert (again["transport"], again["did"]) == ("s3", ["code"])
        assert latest["CodeSha256"] == again["code_sha256"] != made["code_sha256"]
        assert objects.read == [key, f"fns/{again['sha256']}.zip"]
        # back again: the object is there still, and is not sent twice
        plain(folder, PLAIN + DEPLOY)
        assert told(deployed(folder, server))["did"] == ["code"]
        assert (latest["CodeSha256"], len(versions(calls, key))) == (made["code_sha256"], 1)


@needs_uv
def test_a_layer(tmp_path: Path, calls: Calls) -> None:
    folder = layered(tmp_path / "project", TEXT + 'bucket = "codes"\n')
    files: dict[str, str | bytes] = {"tiny/__init__.py": "VALUE = 3\n", "tiny/noise.bin": NOISE}
    make_wheel(folder / "wheels", "tiny", "1.0", files)
    account = Account(lag=0)
    account.objects = objects = Objects(calls)
    with serving(account) as server:
        made = told(deployed(folder, server))
        assert made["layer"]["size"] > ZIPPED_DIRECT > made["size"]
        assert (made["transport"], made["did"]) == ("direct", ["layer version 1", "created"])
        assert objects.read == [f"{made['layer']['sha256']}.zip"]
        (version,) = account.layers["app-layer"]
        assert version["Content"]["CodeSha256"] == made["layer"]["code_sha256"]
        assert told(deployed(folder, server))["status"] == "unchanged"
