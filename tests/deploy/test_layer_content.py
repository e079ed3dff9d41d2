"""What the deployed version of a layer holds: why it differs, file by file, and what a signature changes."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from builder.layered import layered, require
from builder.python_driver import needs_uv
from deploy.account import Account
from deploy.driver import Deployer, archive, deploying, needs_boto3
from deploy.server import Server, serving
from deploy.test_layers import OURS, ZIP, hello, used, with_layers
from deploy.test_plan import ARCHIVE, there
from deploy.test_signed import PROFILE, again, signed
from onezip.deployer.calls import Calls
from onezip.deployer.layers import find_layer
from onezip.deployer.plan import plan
from onezip.deployer.signed import SIGNATURE
from onezip.deployer.values import Layer, LayerVersion
from onezip.deployer.words import lines

pytestmark = needs_boto3


def bring(server: Server, name: str, content: bytes, *, profile: str = PROFILE, **more: Any) -> str:
    """A pipeline publishes a version, signed where a profile is named; its ARN."""
    body = {"Content": {"ZipFile": base64.b64encode(content).decode()}, **more}
    version = server.account.handle("PublishLayerVersion", name, body)
    if profile:
        version["Content"]["SigningProfileVersionArn"] = profile
    return str(version["LayerVersionArn"])


def states(said: Any) -> dict[str, Any]:
    return {each["function"]: each for each in said.result["functions"]}


@needs_uv
def test_status_tells_which_file_differs(tmp_path: Path) -> None:
    layered(tmp_path)
    with serving(Account(lag=0)) as server:
        assert deploying(tmp_path, server.address, "deploy").code == 0
        codes = dict(server.account.codes)
        server.account.codes.clear()
        assert deploying(tmp_path, server.address, "status").code == 0  # nothing is fetched for that
        server.account.codes.update(codes)

        require(tmp_path, "2.0")
        said = deploying(tmp_path, server.address, "status", "--json")
        assert said.code == 1
        found = states(said)
        assert found["app"]["causes"] == []
        assert found["app-layer"]["signed"] is False
        entries = [name for cause in found["app-layer"]["causes"] for name in cause["entries"]]
        assert "python/tiny/__init__.py" in entries
        assert "secret" not in said.out + said.err

        said = deploying(tmp_path, server.address, "status")
        assert "app-layer: the zip here and the zip there\n" in said.out
        assert "another version of tiny: 2.0 here, 1.0 there" in said.out
        assert "secret" not in said.out + said.err

        other = signed((tmp_path / "dist/app-layer.zip").read_bytes(), "python/more.py")
        arn = bring(server, "app-layer", other, profile="")
        server.account.handle("UpdateFunctionConfiguration", "app", {"Layers": [arn]})
        assert "python/more.py" in deploying(tmp_path, server.address, "status").out

        digest = server.account.layers["app-layer"][-1]["Content"]["CodeSha256"]
        server.account.codes[digest] = b"something else"
        said = deploying(tmp_path, server.address, "status", "--json")
        assert (said.code, said.diagnostics[-1]["code"]) == (4, "deploy.bytes")
        assert "secret" not in said.out + said.err


@needs_uv
def test_a_signature_is_no_change(tmp_path: Path) -> None:
    """A pipeline publishes a signed copy: the function is pointed to it, and nothing is published."""
    layered(tmp_path)
    with serving(Account(lag=0)) as server:
        assert deploying(tmp_path, server.address, "deploy").code == 0
        bring(server, "app-layer", signed((tmp_path / "dist/app-layer.zip").read_bytes()))
        server.account.handle("UpdateFunctionConfiguration", "app", {"Layers": []})
        said = deploying(tmp_path, server.address, "deploy", "--json")
        assert (said.code, said.result["functions"][0]["did"]) == (0, ["configuration"])
        assert used(server) == ["app-layer:2"]
        server.asked.clear()
        assert deploying(tmp_path, server.address, "deploy").out == "app: unchanged\n"
        assert server.asked == ["GetFunctionConfiguration", "GetLayerVersion", "GetLayerVersion"]
        assert deploying(tmp_path, server.address, "deploy", "--code-only").out == "app: unchanged\n"

        said = deploying(tmp_path, server.address, "status", "--json")
        found = states(said)["app-layer"]
        assert (said.code, found["same"], found["signed"], found["causes"]) == (0, True, True, [])
        assert found["deployed"] != found["local"]
        assert "signed" in deploying(tmp_path, server.address, "status").out

        require(tmp_path, "2.0")
        said = deploying(tmp_path, server.address, "deploy", "--plan")
        assert "app-layer, a new version, not signed as the one in use is, " in said.out


ARM = {"CompatibleArchitectures": ["arm64"]}


@pytest.mark.parametrize("in_use", [True, False], ids=["in use", "newest"])
@pytest.mark.parametrize(
    ("make", "more", "ours"),
    [
        pytest.param(signed, {}, True, id="a signed copy"),
        pytest.param(signed, {"CompatibleArchitectures": ["x86_64", "arm64"]}, True, id="for this one too"),
        pytest.param(signed, ARM, False, id="for another architecture"),
        pytest.param(signed, {"profile": ""}, False, id="claims no signature"),
        pytest.param(again, {}, False, id="has no signature"),
        pytest.param(lambda content: signed(content, SIGNATURE, "more.py"), {}, False, id="one file more"),
        pytest.param(lambda content: signed(content, SIGNATURE.lower()), {}, False, id="another name"),
    ],
)
def test_what_is_taken_for_a_signed_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Any, more: Any, ours: bool, in_use: bool
) -> None:
    layer = archive(tmp_path)
    with serving(Account(lag=0)) as server:
        deployer = Deployer(server.address, monkeypatch)
        calls = Calls(deployer.cloud, deployer.clock)
        arn = bring(server, "hello-layer", make(Path(layer.path).read_bytes()), **more)
        own = there(configuration={"Layers": [{"Arn": arn}] if in_use else []})
        found = find_layer(calls, hello("layer"), layer, own)
        assert found.arn == (arn if ours else "")
        assert (found.used is not None) is in_use
        assert deployer.clock.slept == []


def test_other_files_with_a_signature_are_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Account(lag=0)) as server:
        deployer = Deployer(server.address, monkeypatch)
        calls = Calls(deployer.cloud, deployer.clock)
        arn = bring(server, "hello-layer", signed(Path(archive(tmp_path, "2").path).read_bytes()))
        found = find_layer(calls, hello("layer"), archive(tmp_path), with_layers(arn))
        assert found.arn == ""
        assert found.used is not None
        assert (found.used.arn, found.used.signed, found.used.signed_from) == (arn, True, "")


def test_the_plan_tells_that_a_signature_is_lost() -> None:
    version = LayerVersion(OURS + "3", "other", signed=True)
    made = plan(hello("layer"), ARCHIVE, with_layers(version.arn), Layer("hello-layer", ZIP, "", version))
    assert lines(made) == [
        ("layer", "hello-layer, a new version, not signed as the one in use is, 2,000 bytes, in the request"),
        ("Layers", f"{OURS}3 -> hello-layer (a new version)"),
    ]
