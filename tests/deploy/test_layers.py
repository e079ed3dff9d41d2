"""A function with a layer of its own: what is published, when, and what the function then uses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builder.layered import TEXT, edit, layered, require
from builder.python_driver import needs_uv
from cli.onezip_cli import onezip
from deploy.account import Account
from deploy.driver import KEYS, deploying, function, needs_boto3
from deploy.server import Fault, Server, serving
from deploy.test_plan import ARCHIVE, LARGE, SAME, there
from onezip.deployer.plan import plan
from onezip.deployer.values import Archive, Layer, UpdateConfiguration
from onezip.deployer.words import as_table, lines
from onezip.errors import DeployFailed
from onezip.model.deploy import Bucket, Deploy, Role

pytestmark = [needs_boto3, needs_uv]

OURS = "arn:aws:lambda:eu-central-1:123456789012:layer:hello-layer:"
OTHER = "arn:aws:lambda:eu-central-1:999999999999:layer:tools:7"
NAMESAKE = "arn:aws:lambda:eu-central-1:999999999999:layer:hello-layer:1"
ZIP = Archive("dist/hello-layer.zip", 2000, "cd" * 32)
IN_S3 = f"s3://b/p/{ZIP.sha256}.zip"


def with_layers(*arns: str) -> Any:
    return there(configuration={"Layers": [{"Arn": arn} for arn in arns]})


def hello(*said: str, layers: tuple[str, ...] = (), **deploy: Any) -> Any:
    deploy.setdefault("role", Role("r"))
    return function(layer=True, layers=layers, deploy=Deploy(described=frozenset(said), **deploy))


@pytest.mark.parametrize(
    ("what", "deployed", "arn", "wanted"),
    [
        pytest.param(hello("layer"), with_layers(OURS + "3"), OURS + "3", [], id="the same"),
        pytest.param(
            hello("layer"),
            with_layers(OTHER, OURS + "3"),
            "",
            [
                ("layer", "hello-layer, a new version, 2,000 bytes, in the request"),
                ("Layers", f"{OTHER}, {OURS}3 -> {OTHER}, hello-layer (a new version)"),
            ],
            id="a new version takes the old one's place",
        ),
        pytest.param(
            hello("layer"),
            with_layers(OTHER),
            OURS + "4",
            [("Layers", f"{OTHER} -> {OURS}4, {OTHER}")],
            id="one that is there is attached, before others",
        ),
        pytest.param(
            hello("layer"),
            with_layers(NAMESAKE),
            OURS + "4",
            [("Layers", f"{NAMESAKE} -> {OURS}4, {NAMESAKE}")],
            id="another account's layer of that name is not ours",
        ),
        pytest.param(
            hello("layer", "layers", layers=(OTHER,)),
            with_layers(OURS + "4", NAMESAKE),
            OURS + "4",
            [("Layers", f"{OURS}4, {NAMESAKE} -> {OURS}4, {OTHER}")],
            id="described layers come after it",
        ),
        pytest.param(
            hello("layer", bucket=Bucket("b", "p/", reference=True)),
            with_layers(OURS + "3"),
            "",
            [
                ("layer", f"hello-layer, a new version, 2,000 bytes, through {IN_S3}, and stays there"),
                ("Layers", f"{OURS}3 -> hello-layer (a new version)"),
            ],
            id="through S3",
        ),
    ],
)  # fmt: skip
def test_plan(what: Any, deployed: Any, arn: str, wanted: list[tuple[str, str]]) -> None:
    made = plan(what, ARCHIVE, deployed, Layer("hello-layer", ZIP, arn))
    assert lines(made) == wanted
    assert as_table(made)["layer"] == {
        "name": "hello-layer", "sha256": ZIP.sha256, "code_sha256": ZIP.code_sha256, "size": 2000,
        "arn": arn or None,
    }  # fmt: skip


def test_a_layer_that_is_no_longer_wanted_is_taken_off() -> None:
    """`layer = false` speaks of it; without the key nothing is touched."""
    said = replace(hello("layer"), layer=False)
    made = plan(said, ARCHIVE, with_layers(OURS + "3", OTHER))
    assert lines(made) == [("Layers", f"{OURS}3, {OTHER} -> {OTHER}")]
    assert not plan(replace(hello(), layer=False), ARCHIVE, with_layers(OURS + "3")).actions


def test_a_new_function_gets_it_first() -> None:
    made = plan(hello("layer", "layers", layers=(OTHER,)), ARCHIVE, None, Layer("hello-layer", ZIP))
    found = as_table(made)
    assert [each["action"] for each in found["actions"]] == ["publish-layer", "create"]
    assert ["Layers", f"['hello-layer (a new version)', '{OTHER}']"] in found["actions"][1]["changes"]


@pytest.mark.parametrize(
    ("what", "layer", "code"),
    [
        pytest.param(hello("layer", code_only=True), Layer("hello-layer", ZIP), "deploy.layer", id="new"),
        pytest.param(
            hello("layer", code_only=True), Layer("hello-layer", ZIP, OURS + "9"), "deploy.layer",
            id="there, and not used",
        ),
        pytest.param(
            hello("layer"), Layer("hello-layer", replace(LARGE, sha256="cd" * 32)), "archive.s3-needed",
            id="too large",
        ),
    ],
)  # fmt: skip
def test_no_plan(what: Any, layer: Layer, code: str) -> None:
    with pytest.raises(DeployFailed) as caught:
        plan(what, ARCHIVE, with_layers(OURS + "3"), layer)
    assert caught.value.code == code


def test_code_only_with_the_layer_in_use() -> None:
    changed = there(configuration={"CodeSha256": "other", "Layers": [{"Arn": OURS + "3"}]})
    made = plan(hello("layer", code_only=True), ARCHIVE, changed, Layer("hello-layer", ZIP, OURS + "3"))
    assert [type(each).__name__ for each in made.actions] == ["UpdateCode"]
    assert not any(isinstance(each, UpdateConfiguration) for each in made.actions)
    assert SAME["CodeSha256"] != "other"


def used(server: Server) -> list[str]:
    latest = server.account.functions["app"]["latest"]
    return [each["Arn"].rpartition(":layer:")[2] for each in latest["Layers"]]


def test_only_what_changed_is_sent(tmp_path: Path) -> None:
    layered(tmp_path)
    with serving(Account(lag=0)) as server:
        said = deploying(tmp_path, server.address, "deploy", "--plan")
        assert (said.code, server.writes) == (1, [])
        assert "app-layer, a new version" in said.out
        said = deploying(tmp_path, server.address, "deploy", "--json")
        assert said.code == 0, said.out
        (told,) = said.result["functions"]
        assert told["did"] == ["layer version 1", "created"]
        assert told["layer"]["arn"].endswith(":layer:app-layer:1")
        (version,) = server.account.layers["app-layer"]
        assert version["CompatibleRuntimes"] == ["python3.13"]
        assert version["CompatibleArchitectures"] == ["x86_64"]
        assert used(server) == ["app-layer:1"]
        assert (
            server.account.codes[version["Content"]["CodeSha256"]]
            == (tmp_path / "dist/app-layer.zip").read_bytes()
        )

        server.asked.clear()
        said = deploying(tmp_path, server.address, "deploy")
        assert (said.code, said.out) == (0, "app: unchanged\n")
        assert server.asked == ["GetFunctionConfiguration", "GetLayerVersion"]  # one read more
        assert deploying(tmp_path, server.address, "status").code == 0

        require(tmp_path, "2.0")
        said = deploying(tmp_path, server.address, "status", "--json")
        assert said.code == 1
        same = {each["function"]: each["deployed"] == each["local"] for each in said.result["functions"]}
        assert same == {"app": True, "app-layer": False}
        server.asked.clear()
        said = deploying(tmp_path, server.address, "deploy", "--json")
        assert said.result["functions"][0]["did"] == ["layer version 2", "configuration"]
        assert server.writes == ["PublishLayerVersion", "UpdateFunctionConfiguration"]
        assert used(server) == ["app-layer:2"]

        edit(tmp_path)
        server.asked.clear()
        assert deploying(tmp_path, server.address, "deploy").code == 0
        assert server.writes == ["UpdateFunctionCode"]
        assert used(server) == ["app-layer:2"]

        (tmp_path / "onezip.toml").write_text(TEXT.replace("layer = true", "layer = false"))
        said = deploying(tmp_path, server.address, "deploy", "--json")
        assert said.result["functions"][0]["did"] == ["code", "configuration"]
        assert used(server) == []
        # its newest version still has these bytes
        layered(tmp_path)
        require(tmp_path, "2.0")
        said = deploying(tmp_path, server.address, "deploy", "--json")
        assert said.result["functions"][0]["did"] == ["code", "configuration"]
        assert len(server.account.layers["app-layer"]) == 2


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
@pytest.mark.parametrize("step", ["CreateFunction", "UpdateFunctionConfiguration"])
@pytest.mark.ring2
def test_killed_after_the_layer_was_published(tmp_path: Path, step: str) -> None:
    layered(tmp_path)
    running: Future[subprocess.Popen[bytes]] = Future()  # a call may come before its process is told

    def kill() -> None:
        running.result().send_signal(signal.SIGKILL)

    with serving(Account(lag=0)) as server:
        if step != "CreateFunction":
            assert deploying(tmp_path, server.address, "deploy").code == 0
            require(tmp_path, "2.0")
        server.faults.append(Fault(step, do=kill, silent=True))
        env = {**os.environ, **KEYS, "ONEZIP_HOME": str(tmp_path / ".home")}
        words = [sys.executable, "-m", "onezip", "deploy", "--endpoint-url", server.address]
        running.set_result(subprocess.Popen(words, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL))
        assert running.result().wait() == -signal.SIGKILL
        versions = len(server.account.layers["app-layer"])
        said = deploying(tmp_path, server.address, "deploy")
        assert said.code == 0, said.err
        assert len(server.account.layers["app-layer"]) == versions  # none was published twice
        assert used(server) == [f"app-layer:{versions}"]
        assert deploying(tmp_path, server.address, "deploy").out == "app: unchanged\n"


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault("PublishLayerVersion", cut=True, after=True), id="a lost answer"),
        pytest.param(Fault("PublishLayerVersion", status=500, times=2), id="a broken server"),
        pytest.param(
            Fault("PublishLayerVersion", status=429, code="TooManyRequestsException"), id="too many"
        ),
    ],
)
@pytest.mark.ring2
def test_faults_on_the_way(tmp_path: Path, fault: Fault) -> None:
    layered(tmp_path)
    with serving(Account(lag=0), [fault]) as server:
        said = deploying(tmp_path, server.address, "deploy", "--json")
        assert said.code == 0, said.out
        assert len(server.account.layers["app-layer"]) == 1
        assert used(server) == ["app-layer:1"]


def test_what_may_not_be_sent(tmp_path: Path) -> None:
    """Code whose layer lacks what it imports is broken; a right that is missing is told with its policy."""
    layered(tmp_path)
    denied = (
        "User: arn:aws:iam::1:user/x is not authorized to perform: lambda:PublishLayerVersion on resource:"
        " arn:aws:lambda:eu-central-1:123456789012:layer:app-layer"
    )
    fault = Fault("PublishLayerVersion", status=403, code="AccessDeniedException", message=denied)
    with serving(Account(lag=0), [fault]) as server:
        said = deploying(tmp_path, server.address, "deploy", "--json")
        assert (said.code, said.diagnostics[-1]["code"]) == (4, "aws.permission")
        assert '"Action": "lambda:PublishLayerVersion"' in said.diagnostics[-1]["hint"]
        (tmp_path / "app/main.py").write_text("import nowhere\ndef handler(event, context): ...\n")
        server.asked.clear()
        said = deploying(tmp_path, server.address, "deploy", "--json")
        assert (said.code, said.diagnostics[-1]["code"], server.writes) == (4, "deploy.broken", [])
        assert "check.python-import" in said.diagnostics[-1]["message"]


@pytest.mark.ring2
def test_promote_brings_both(tmp_path: Path) -> None:
    text = TEXT + '\n[stages.prod.deploy]\nfunction_name = "app-prod"\n'
    layered(tmp_path, text)
    with serving(Account(lag=0)) as server:
        words = ("promote", "app", "--from", "/eu-central-1", "--to", "/eu-central-1", "--stage", "prod")
        assert deploying(tmp_path, server.address, "deploy").code == 0
        said = deploying(tmp_path, server.address, *words, "--from-name", "app", "--json")
        assert said.code == 0, said.out
        assert said.result["functions"][0]["did"] == ["layer version 1", "created"]
        mine, theirs = (server.account.layers[name][0]["Content"] for name in ("app-layer", "app-prod-layer"))
        assert mine["CodeSha256"] == theirs["CodeSha256"]
        server.account.functions["app"]["latest"]["Layers"] = []
        said = deploying(tmp_path, server.address, *words, "--from-name", "app", "--json")
        assert (said.code, said.diagnostics[-1]["code"]) == (4, "aws.layer")


@pytest.mark.ring2
def test_tested_counts_the_layer_too(tmp_path: Path) -> None:
    layered(tmp_path)
    with serving(Account(lag=0)) as server:
        assert deploying(tmp_path, server.address, "deploy", "--tested").code == 4
        said = onezip(tmp_path, "invoke", "app", "--quiet")
        assert (said.code, json.loads(said.out)["value"]) == (0, 1.0), said.err
        assert deploying(tmp_path, server.address, "deploy", "--tested").code == 0
        require(tmp_path, "2.0")
        said = deploying(tmp_path, server.address, "deploy", "--tested", "--json")
        assert (said.code, said.diagnostics[-1]["code"]) == (4, "deploy.untested")
        assert "this layer" in said.diagnostics[-1]["message"]
