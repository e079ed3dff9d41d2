"""The same deploys against moto and ministack, and what the AWS CLI then reads back.

Neither is right in everything: what they get wrong stands in one table, and is held to that.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from builder.layered import TEXT, edit, layered, require
from builder.python_driver import needs_uv
from cli.onezip_cli import PLAIN, Said, onezip, plain
from deploy import parts
from deploy.driver import KEYS, deploying, needs_boto3
from deploy.test_deploy_cli import change
from fetched import tool

pytestmark = [needs_boto3, pytest.mark.ring2]

WRONG = {
    ("moto", "invoke"): "runs functions in Docker only",
    ("moto", "code"): "tells an address of the code that does not exist",
    ("moto", "broken zip"): "takes whatever bytes it gets",
    ("moto", "layer by ARN"): "answers GetLayerVersionByArn with 500",
}
"""What a stand-in gets wrong or cannot. A test that finds it right says so: then its row goes."""

PROJECT = """\
[functions.plain]
source = "plain"
runtime = "python3.13"
handler = "lambda_function.lambda_handler"
memory = 256
timeout = 7
description = "first"
environment = { KEY = "hidden" }

[functions.plain.deploy]
role = "plain-role"
alias = "live"
tags = { team = "a" }
"""


class Stand:
    """One stand-in, and the AWS CLI before it."""

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.address = address

    def wrong(self, what: str) -> bool:
        """Whether it gets this wrong."""
        return (self.name, what) in WRONG

    def aws(self, *words: str) -> Any:
        """What the AWS CLI tells."""
        command = [
            shutil.which("aws") or tool("aws", "awscli==1.46.3"),
            "--endpoint-url",
            self.address,
            "--output",
            "json",
            *words,
        ]
        done = subprocess.run(
            command, env={**os.environ, **KEYS}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout else None

    def onezip(self, folder: Path, *words: str) -> Said:
        return deploying(folder, self.address, *words)


@pytest.fixture(scope="module", params=["moto", "ministack"])
def stand(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    start = {"moto": parts.moto, "ministack": parts.ministack}[request.param]
    with start(tmp_path_factory.mktemp(request.param)) as address:
        yield Stand(request.param, address)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a function of a name of its own."""
    name = f"plain-{time.monotonic_ns()}"
    text = PROJECT + f'function_name = "{name}"\n'
    (plain(tmp_path, text) / "name").write_text(name)
    return tmp_path


def did(said: Said) -> list[str]:
    assert said.code == 0, said.out + said.err
    found: list[str] = said.result["functions"][0]["did"]
    return found


def test_a_life(stand: Stand, folder: Path) -> None:
    name = (folder / "name").read_text()
    made = stand.onezip(folder, "deploy", "--create-role", "--json")
    assert did(made) == ["created", "version 1", "alias live"]
    told = stand.aws("lambda", "get-function", "--function-name", name)
    configuration = told["Configuration"]
    assert configuration["CodeSha256"] == made.result["functions"][0]["code_sha256"]
    assert (configuration["MemorySize"], configuration["Timeout"]) == (256, 7)
    assert configuration["Environment"] == {"Variables": {"KEY": "hidden"}}
    assert configuration["Role"].endswith(":role/plain-role")
    assert told["Tags"]["team"] == "a"
    policies = stand.aws("iam", "list-attached-role-policies", "--role-name", "plain-role")
    assert [each["PolicyName"] for each in policies["AttachedPolicies"]] == ["AWSLambdaBasicExecutionRole"]
    again = stand.onezip(folder, "deploy", "--json")
    assert did(again) == []
    assert stand.onezip(folder, "deploy", "--plan").code == 0
    assert stand.onezip(folder, "status").code == 0

    change(folder)
    text = (folder / "onezip.toml").read_text()
    text = text.replace("memory = 256", "memory = 512").replace('team = "a"', 'team = "b"')
    (folder / "onezip.toml").write_text(text + 'keep = 1\nconcurrency = 3\ncanary = "10%"\n')
    plan = stand.onezip(folder, "deploy", "--plan", "--json")
    assert (plan.code, [each["action"] for each in plan.result["functions"][0]["actions"]]) == (
        1,
        ["update-code", "update-configuration", "tag", "concurrency", "publish", "alias", "prune"],
    )
    said = did(stand.onezip(folder, "deploy", "--json"))
    assert said == ["code", "configuration", "tags", "concurrency", "version 2", "alias live"]
    alias = stand.aws("lambda", "get-alias", "--function-name", name, "--name", "live")
    assert alias["FunctionVersion"] == "1"
    assert alias["RoutingConfig"]["AdditionalVersionWeights"] == {"2": 0.1}
    concurrency = stand.aws("lambda", "get-function-concurrency", "--function-name", name)
    assert concurrency == {"ReservedConcurrentExecutions": 3}
    assert stand.onezip(folder, "promote-canary", "plain").code == 0
    alias = stand.aws("lambda", "get-alias", "--function-name", name, "--name", "live")
    assert alias["FunctionVersion"] == "2"
    assert stand.onezip(folder, "rollback", "plain").code == 0
    versions = stand.onezip(folder, "versions", "plain", "--json").result["versions"]
    assert [(each["number"], each["aliases"]) for each in versions] == [("2", []), ("1", ["live"])]


def test_an_equal_version_is_not_published_twice(stand: Stand, folder: Path) -> None:
    assert stand.onezip(folder, "deploy", "--create-role").code == 0
    name = (folder / "name").read_text()
    again = stand.aws("lambda", "publish-version", "--function-name", name)
    assert again["Version"] == "1"


def test_what_is_sent_comes_back(stand: Stand, folder: Path) -> None:
    """Status fetches the deployed zip, and says which file differs."""
    assert stand.onezip(folder, "deploy", "--create-role").code == 0
    change(folder, "42")
    said = stand.onezip(folder, "status")
    assert said.code == (4 if stand.wrong("code") else 1)
    assert ("lambda_function.py" in said.out) is not stand.wrong("code")
    assert "X-Amz-Signature" not in said.out + said.err


def test_adopted(stand: Stand, folder: Path, tmp_path: Path) -> None:
    assert stand.onezip(folder, "deploy", "--create-role").code == 0
    name = (folder / "name").read_text()
    mine = tmp_path / "mine"
    mine.mkdir()
    said = stand.onezip(mine, "adopt", name)
    if stand.wrong("code"):
        assert said.code == 4
        assert not (mine / "onezip.toml").exists()
        return
    assert said.code == 0, said.err
    assert (mine / name / "lambda_function.py").exists()
    said = stand.onezip(mine, "deploy", "--plan", "--json")
    assert [each["action"] for each in said.result["functions"][0]["actions"]] in ([], ["update-code"])


def test_a_broken_zip_is_refused_in_words(
    stand: Stand, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deploy.driver import Deployer, function
    from onezip.deployer.values import Archive
    from onezip.model.deploy import Deploy, Role

    broken = folder / "broken.zip"
    broken.write_bytes(b"PK no zip")
    archive = Archive(str(broken), 9, hashlib.sha256(b"PK no zip").hexdigest())
    role = Role("broken-role", create=True)
    deployer = Deployer(stand.address, monkeypatch)
    result = deployer.deploy(function("broken", deploy=Deploy(role=role)), archive)
    code = result.error.code if result.error else ""
    assert code == ("" if stand.wrong("broken zip") else "aws.refused")


def test_a_role_that_is_not_there(stand: Stand, folder: Path) -> None:
    text = (folder / "onezip.toml").read_text().replace("plain-role", "nobody")
    (folder / "onezip.toml").write_text(text)
    said = stand.onezip(folder, "deploy", "--json")
    codes = [each["code"] for each in said.diagnostics]
    assert codes == ["aws.role"]  # by name it is asked of IAM, which both have


def test_invoked(stand: Stand, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from deploy.driver import Deployer
    from onezip.deployer.calls import Calls
    from onezip.deployer.remote import invoke

    assert stand.onezip(folder, "deploy", "--create-role").code == 0
    deployer = Deployer(stand.address, monkeypatch, read=30)
    if stand.wrong("invoke"):
        return
    answer = invoke(Calls(deployer.cloud, deployer.clock), (folder / "name").read_text(), b'{"a": 1}')
    assert (json.loads(answer.payload), answer.error) == ({"a": 1}, "")


def test_through_s3(stand: Stand, folder: Path) -> None:
    """The object lies under its digest; the function has its code; a second function sends nothing."""
    stand.aws("s3api", "create-bucket", "--bucket", "codes", "--create-bucket-configuration",
              "LocationConstraint=eu-central-1")  # fmt: skip
    text = (folder / "onezip.toml").read_text()
    (folder / "onezip.toml").write_text(text + 'bucket = "codes"\nprefix = "fns/"\nreference = true\n')
    said = stand.onezip(folder, "deploy", "--create-role", "--json")
    assert [each["code"] for each in said.diagnostics] == ["aws.bucket"]  # it keeps no versions
    stand.aws("s3api", "put-bucket-versioning", "--bucket", "codes", "--versioning-configuration",
              "Status=Enabled")  # fmt: skip
    text = (folder / "onezip.toml").read_text().replace('"fns/"', '"kept/"')
    (folder / "onezip.toml").write_text(text)
    said = stand.onezip(folder, "deploy", "--create-role", "--json")
    assert did(said)[0] == "created"
    (told,) = said.result["functions"]
    assert told["transport"] == "s3"
    head = ("s3api", "head-object", "--bucket", "codes", "--key", f"kept/{told['sha256']}.zip")
    assert stand.aws(*head)["ContentLength"] == told["size"]
    name = (folder / "name").read_text()
    deployed = stand.aws("lambda", "get-function-configuration", "--function-name", name)
    assert deployed["CodeSha256"] == told["code_sha256"]
    published = stand.onezip(folder, "publish", "--json")
    assert published.code == 0, published.out
    (line,) = published.result["functions"]
    assert line["version"]
    assert (line["key"], line["sent"]) == (f"kept/{told['sha256']}.zip", False)
    change(folder)
    published = stand.onezip(folder, "publish", "--prefix", "other/", "--json")
    assert [(each["key"][:6], each["sent"]) for each in published.result["functions"]] == [("other/", True)]


@needs_uv
def test_a_layer_of_its_own(stand: Stand, tmp_path: Path) -> None:
    name = f"app-{time.monotonic_ns()}"
    text = TEXT.replace("arn:aws:iam::123456789012:role/lambda", "layer-role")
    layered(tmp_path, text + f'function_name = "{name}"\n')
    made = stand.onezip(tmp_path, "deploy", "--create-role", "--json")
    assert did(made) == ["layer version 1", "created"]
    deployed = stand.aws("lambda", "get-function-configuration", "--function-name", name)
    (arn,) = (each["Arn"] for each in deployed["Layers"])
    wanted = ("--layer-name", f"{name}-layer", "--version-number", arn.rpartition(":")[2])
    version = stand.aws("lambda", "get-layer-version", *wanted)
    content = (tmp_path / "dist/app-layer.zip").read_bytes()
    assert base64.b64decode(version["Content"]["CodeSha256"]) == hashlib.sha256(content).digest()
    assert version["CompatibleRuntimes"] == ["python3.13"]
    assert did(stand.onezip(tmp_path, "deploy", "--json")) == []
    require(tmp_path, "2.0")
    assert stand.onezip(tmp_path, "deploy", "--plan").code == 1
    assert did(stand.onezip(tmp_path, "deploy", "--json")) == ["layer version 2", "configuration"]
    edit(tmp_path)
    assert did(stand.onezip(tmp_path, "deploy", "--json")) == ["code"]
    assert did(stand.onezip(tmp_path, "deploy", "--json")) == []
    versions = stand.aws("lambda", "list-layer-versions", "--layer-name", f"{name}-layer")
    assert len(versions["LayerVersions"]) == 2


@needs_uv
def test_a_layer_comes_back(stand: Stand, tmp_path: Path) -> None:
    """Status fetches the deployed version, and says what differs."""
    name = f"app-{time.monotonic_ns()}"
    text = TEXT.replace("arn:aws:iam::123456789012:role/lambda", "layer-role")
    layered(tmp_path, text + f'function_name = "{name}"\n')
    assert stand.onezip(tmp_path, "deploy", "--create-role").code == 0
    assert stand.onezip(tmp_path, "status").code == 0
    require(tmp_path, "2.0")
    said = stand.onezip(tmp_path, "status")
    assert said.code == (4 if stand.wrong("code") else 1)
    assert ("another version of tiny: 2.0 here, 1.0 there" in said.out) is not stand.wrong("code")
    assert "X-Amz-Signature" not in said.out + said.err


@needs_uv
def test_the_exported_script_brings_a_layer(stand: Stand, tmp_path: Path) -> None:
    """What CI runs: with nothing but the AWS CLI, the same layers in the same functions."""
    if stand.wrong("layer by ARN"):
        return
    name = f"app-{time.monotonic_ns()}"
    text = TEXT.replace("arn:aws:iam::123456789012:role/lambda", "script-role")
    layered(tmp_path, text + f'function_name = "{name}"\n')
    assert did(stand.onezip(tmp_path, "deploy", "--create-role", "--json"))

    def run() -> str:
        assert onezip(tmp_path, "lock").code == 0
        workflow = yaml.safe_load(onezip(tmp_path, "export", "github", "--output", "-").out)
        script = workflow["jobs"]["deploy"]["steps"][-1]["run"].replace("'zips/", "'dist/")
        cli = Path(shutil.which("aws") or tool("aws", "awscli==1.46.3")).parent
        env = {**os.environ, **KEYS, "AWS_ENDPOINT_URL": stand.address}
        env["PATH"] = f"{cli}{os.pathsep}{env['PATH']}"
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert f"{name}-layer is up to date" in run()
    require(tmp_path, "2.0")
    edit(tmp_path)
    assert f"{name} now uses" in run()
    assert stand.onezip(tmp_path, "deploy", "--plan").code == 0


def test_fifty_at_once(stand: Stand, tmp_path: Path) -> None:
    shared = PLAIN.replace("functions.plain", "defaults") + '[defaults.deploy]\nrole = "many-role"\n'
    plain(tmp_path, shared + "".join(f"[functions.f{number}]\n" for number in range(50)))
    said = stand.onezip(tmp_path, "deploy", "--create-role", "--json")
    assert (said.code, len(said.result["functions"])) == (0, 50), said.err
    said = stand.onezip(tmp_path, "deploy", "--json")
    assert {each["status"] for each in said.result["functions"]} == {"unchanged"}
