"""Functions whose code AWS Signer signed, elsewhere: the same files, another digest."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path

import pytest

from cli.onezip_cli import plain
from deploy.account import Account
from deploy.driver import Deployer, archive, deploying, function, needs_boto3
from deploy.server import Server, serving
from deploy.test_apply import described
from deploy.test_deploy_cli import PROJECT, change
from onezip.deployer.signed import SIGNATURE

pytestmark = needs_boto3

PROFILE = "arn:aws:signer:eu-central-1:123456789012:/signing-profiles/x/1"


def signed(content: bytes, *more: str) -> bytes:
    """What Signer makes of a zip: the same files in a new one, and its own."""
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(into, "w") as made:
        for name in old.namelist():
            made.writestr(name, old.read(name))
        made.writestr("META_INF/", "")
        for name in more or (SIGNATURE,):
            made.writestr(name, "a signature")
    return into.getvalue()


def again(content: bytes) -> bytes:
    """The same files in another zip."""
    into = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in old.namelist():
            made.writestr(name, old.read(name))
    return into.getvalue()


def put(server: Server, name: str, content: bytes) -> str:
    """A pipeline brings signed code; its CodeSha256."""
    server.account.handle("UpdateFunctionCode", name, {"ZipFile": base64.b64encode(content).decode()})
    latest = server.account.functions[name]["latest"]
    latest["SigningProfileVersionArn"] = PROFILE
    return str(latest["CodeSha256"])


def test_a_signature_is_no_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hello = function(deploy=described(publish=True))
    ours = archive(tmp_path)
    with serving(Account(lag=0)) as server:
        deployer = Deployer(server.address, monkeypatch)
        assert deployer.did(hello, ours) == ["created", "version 1"]
        digest = put(server, "hello", signed(Path(ours.path).read_bytes()))
        server.asked.clear()
        assert deployer.did(hello, ours) == ["version 2"]
        assert server.account.functions["hello"]["versions"][-1]["CodeSha256"] == digest
        server.asked.clear()
        assert deployer.did(hello, ours) == []
        assert server.writes == []
        del server.account.functions["hello"]["latest"]["SigningProfileVersionArn"]
        assert deployer.did(hello, ours)[0] == "code"  # bytes that differ and claim no signature


def test_other_code_is_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hello = function(deploy=described())
    with serving(Account(lag=0)) as server:
        deployer = Deployer(server.address, monkeypatch)
        assert deployer.did(hello, archive(tmp_path)) == ["created"]
        put(server, "hello", signed(Path(archive(tmp_path, "2").path).read_bytes()))
        assert deployer.did(hello, archive(tmp_path)) == ["code"]
        ours = Path(archive(tmp_path).path).read_bytes()
        put(server, "hello", signed(ours, SIGNATURE.lower()))  # the same files, and no signature
        assert deployer.did(hello, archive(tmp_path)) == ["code"]
        put(server, "hello", again(ours))
        assert deployer.did(hello, archive(tmp_path)) == ["code"]


def test_signed_code_of_somebody_else_is_not_taken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It came while ours was sent: the function is planned anew."""
    hello = function(deploy=described())
    with serving(Account(lag=0)) as server:
        deployer = Deployer(server.address, monkeypatch)
        assert deployer.did(hello, archive(tmp_path)) == ["created"]
        original, theirs = server.account.handle, signed(Path(archive(tmp_path, "9").path).read_bytes())
        times = iter([True])

        def handle(operation: str, name: str, body: dict[str, object]) -> object:
            answer = original(operation, name, body)
            if operation == "UpdateFunctionCode" and next(times, False):
                put(server, "hello", theirs)
            return answer

        server.account.handle = handle  # type: ignore[method-assign]
        assert deployer.did(hello, archive(tmp_path, "2")) == ["code"]
        latest = server.account.functions["hello"]["latest"]
        assert latest["CodeSha256"] == archive(tmp_path, "2").code_sha256
        assert [again for _, again in deployer.shown] == [False, False, True]


def test_status(tmp_path: Path) -> None:
    plain(tmp_path, PROJECT)
    with serving(Account(lag=0)) as server:
        assert deploying(tmp_path, server.address, "deploy").code == 0
        put(server, "plain", signed((tmp_path / "dist/plain.zip").read_bytes()))
        assert deploying(tmp_path, server.address, "deploy").code == 0  # the version of it
        said = deploying(tmp_path, server.address, "status", "--json")
        (state,) = said.result["functions"]
        assert (said.code, state["same"], state["signed"], state["causes"]) == (0, True, True, [])
        change(tmp_path)
        said = deploying(tmp_path, server.address, "deploy", "--plan")
        assert (said.code, "changed, and not signed as the deployed one is" in said.out) == (1, True)
