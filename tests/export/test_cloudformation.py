"""CloudFormation: the text, what cfn-lint says of it, and a stack that an emulated AWS makes of it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.onezip_cli import PLAIN, onezip, plain
from deploy.parts import running
from export.driver import FULL, HELLO, LAYERED, NAMED, exported, golden, shipment
from export.test_sam import load
from fetched import tool
from onezip.deployer.export.facts import Options
from onezip.deployer.export.properties import logical_ids
from onezip.deployer.export.shell import deploy_lines
from onezip.model.deploy import Deploy, Url
from ports import reserved

LINT = ("cfn-lint", "cfn-lint==1.58.0")
AWS = ("ministack==1.5.33", "hypercorn", "awscli")


def test_golden() -> None:
    golden("cloudformation.yaml", exported("cloudformation", shipment()))
    text = exported("cloudformation", shipment(HELLO), Options(bucket="code", object_versions=True))
    golden("cloudformation-versions.yaml", text)
    golden("cloudformation-layer.yaml", exported("cloudformation", shipment(LAYERED)))


def test_another_layer_is_another_version() -> None:
    assert LAYERED.layer is not None
    other = replace(LAYERED, layer=replace(LAYERED.layer, sha256="12" * 32))
    ids = [
        re.findall("AppVersion[0-9a-f]+", exported("cloudformation", shipment(of))) for of in (LAYERED, other)
    ]
    assert ids[0][0] != ids[1][0]


def test_logical_ids_are_each_their_own() -> None:
    names = ("get-user", "get_user", "getUser", "GetUser", "2nd", "_", "-")
    ids = logical_ids(shipment(*(replace(HELLO, name=name) for name in names)))
    assert ids == {
        "get-user": "GetUser",
        "get_user": "GetUser2",
        "getUser": "GetUser3",
        "GetUser": "GetUser4",
        "2nd": "2nd",
        "_": "Function",
        "-": "Function2",
    }


def test_no_logical_id_is_that_of_another_functions_parts() -> None:
    names = ("hello", "hello-role", "hello-url-call", "code-bucket", "a-role", "a")
    ids = logical_ids(shipment(*(replace(HELLO, name=name) for name in names)))
    assert list(ids.values()) == ["Hello", "HelloRole2", "HelloUrlCall2", "CodeBucket2", "ARole", "A2"]
    hidden = replace(NAMED, name="b", hidden=("A_B", "AB"))
    template = load(exported("cloudformation", shipment(hidden)))
    assert template["Resources"]["B"]["Properties"]["Environment"]["Variables"] == {
        "A_B": {"Ref": "BEnvironmentAB"},
        "AB": {"Ref": "BEnvironmentAB2"},
    }


def version(text: str) -> str:
    (found,) = re.findall(r"^  (\w+Version[0-9a-f]{10}):$", text, re.MULTILINE)
    return str(found)


def test_a_version_is_new_for_other_code_or_settings_and_not_for_tags() -> None:
    was = version(exported("cloudformation", shipment(FULL)))
    assert version(exported("cloudformation", shipment(FULL))) == was
    for other in (
        replace(FULL, sha256="1" * 64),
        replace(FULL, memory=2048),
        replace(FULL, environment={"TABLE": "users"}),
        replace(FULL, layers=()),
    ):
        assert version(exported("cloudformation", shipment(other))) != was
    tagged = replace(FULL, deploy=replace(FULL.deploy, tags={"team": "others"}))
    assert version(exported("cloudformation", shipment(tagged))) == was


def test_values_that_are_not_ours_are_parameters() -> None:
    template = load(exported("cloudformation", shipment(NAMED)))
    assert template["Parameters"]["2ndEnvironmentAPIKEY"]["NoEcho"] is True
    assert template["Resources"]["2nd"]["Properties"]["Environment"]["Variables"] == {
        "API_KEY": {"Ref": "2ndEnvironmentAPIKEY"},
        "TABLE": {"Ref": "2ndEnvironmentTABLE"},
    }


def test_a_log_group_that_is_named_is_not_made() -> None:
    own = replace(HELLO, deploy=Deploy(logging={"LogGroup": "/own"}))
    resources = load(exported("cloudformation", shipment(own)))["Resources"]
    assert resources.keys() == {"HelloRole", "Hello"}
    assert resources["Hello"]["Properties"]["LoggingConfig"] == {"LogGroup": "/own"}
    table = json.loads(exported("terraform", shipment(own), Options(functions=True)))
    assert "aws_cloudwatch_log_group" not in table["resource"]


@pytest.mark.ring2
def test_cfn_lint_finds_nothing(tmp_path: Path) -> None:
    public = replace(HELLO, deploy=Deploy(publish=True, url=Url("NONE")))
    texts = {
        "all": exported("cloudformation", shipment()),
        "versions": exported("cloudformation", shipment(), Options(bucket="code", object_versions=True)),
        "public": exported("cloudformation", shipment(public)),
        "sam": exported("sam", shipment()),
        "layer": exported("cloudformation", shipment(LAYERED), Options(object_versions=True)),
        "sam-layer": exported("sam", shipment(LAYERED)),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    done = subprocess.run(
        [tool(*LINT), "--include-checks", "I", "--", *(f"{name}.yaml" for name in texts)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@contextmanager
def cloud(folder: Path) -> Iterator[dict[str, str]]:
    """An emulated AWS on 127.0.0.1 (ministack); the variables that lead to it."""
    program = tool("hypercorn", *AWS)
    with reserved() as port:
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": str(folder),
        }
        with running([program, "--bind", f"127.0.0.1:{port}", "ministack.app:app"], port, folder, env):
            yield env


@pytest.mark.ring2
def test_a_stack_is_made_once_and_a_second_deploy_changes_nothing(tmp_path: Path) -> None:
    text = PLAIN + '\n[functions.plain.deploy]\nalias = "live"\nurl = "AWS_IAM"\n'
    here = plain(tmp_path / "here", text)
    assert onezip(here, "lock").code == 0
    assert onezip(here, "export", "cloudformation").code == 0

    with cloud(tmp_path) as env:

        def aws(*words: str) -> Any:
            done = subprocess.run(
                [tool("aws", *AWS), *words, "--output", "json"],
                cwd=here,
                env=env,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else done.stdout

        def deploy() -> str:
            key = json.loads(onezip(here, "terraform", "plain").out)["s3_key"]
            aws("s3api", "put-object", "--bucket", "code", "--key", key, "--body", "dist/plain.zip")
            words = ("--template-file", "onezip.cfn.yaml", "--stack-name", "s", "--capabilities")
            given = ("CAPABILITY_IAM", "--no-fail-on-empty-changeset")
            return str(
                aws("cloudformation", "deploy", *words, *given, "--parameter-overrides", "CodeBucket=code")
            )

        aws("s3api", "create-bucket", "--bucket", "code")
        assert "Successfully created/updated" in deploy()
        digest = hashlib.sha256((here / "dist/plain.zip").read_bytes())
        live = aws("lambda", "get-function-configuration", "--function-name", "plain", "--qualifier", "live")
        assert (live["Version"], live["Runtime"]) == ("1", "python3.13")
        assert live["CodeSha256"] == json.loads(onezip(here, "terraform", "plain").out)["base64sha256"]
        assert digest.hexdigest() in (here / "onezip.cfn.yaml").read_text()

        assert onezip(here, "export", "cloudformation").out == "onezip.cfn.yaml is up to date\n"
        assert "No changes to deploy" in deploy()

        (here / "plain/lambda_function.py").write_text("lambda_handler = print\n")
        assert onezip(here, "lock").code == 0
        assert onezip(here, "export", "cloudformation").code == 0
        assert "Successfully created/updated" in deploy()
        moved = aws("lambda", "get-function-configuration", "--function-name", "plain", "--qualifier", "live")
        assert (moved["Version"], moved["CodeSha256"] != live["CodeSha256"]) == ("2", True)

        # what CI formats do to a function that is there already
        of = shipment(replace(HELLO, name="plain", zip="dist/plain.zip"))
        script = here / "deploy.sh"
        script.write_text("\n".join(deploy_lines(of, "dist")) + "\n")
        path = f"{tool('aws', *AWS).parent}{os.pathsep}{env['PATH']}"

        def by_script() -> str:
            return subprocess.run(
                ["bash", script],
                cwd=here,
                env={**env, "PATH": path},
                check=True,
                capture_output=True,
                text=True,
            ).stdout

        assert by_script() == "plain is up to date\n"
        (here / "plain/lambda_function.py").write_text("lambda_handler = len\n")
        assert onezip(here, "build").code == 0
        assert by_script().startswith("plain is now ")
        assert by_script() == "plain is up to date\n"
