"""One description, four dialects: every export says the same of every function, field by field."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from builder.layered import layered
from cli.onezip_cli import onezip
from export.test_sam import load

TEXT = """\
[defaults]
runtime = "python3.13"
handler = "app.handler"

[functions.plain]
source = "src"

[functions.get-user]
source = "src"
handler = "app.other"
runtime = "python3.12"
architecture = "arm64"
memory = 1024
timeout = 30
tmp = 2048
description = "Finds ${users}"
layers = ["arn:aws:lambda:eu-central-1:123456789012:layer:tools:7"]

[functions.app]
source = "app"
handler = "main.handler"
layer = true
layers = ["arn:aws:lambda:eu-central-1:123456789012:layer:tools:7"]
deploy = { alias = "live" }

[functions.get-user.environment]
TABLE = "users"
TEXT = "100%{x} ${y} yes"

[functions.get-user.deploy]
function_name = "users-get"
role = "arn:aws:iam::123456789012:role/users"
alias = "live"
subnets = "subnet-0a1b2c3d"
security_groups = ["sg-0a1b2c3d"]
url = "AWS_IAM"
tracing = "Active"
logging = { LogFormat = "JSON" }
concurrency = 5
tags = { team = "users" }
"""

OWN = "its own layer"

Facts = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    here = layered(tmp_path_factory.mktemp("dialects"), TEXT)
    (here / "src").mkdir()
    (here / "src/app.py").write_text("def handler(event, context): ...\ndef other(event, context): ...\n")
    assert onezip(here, "lock").code == 0
    return here


def text(folder: Path, *words: str) -> str:
    said = onezip(folder, "export", *words, "--output", "-")
    assert said.code == 0, said.err
    return said.out


def described(folder: Path) -> Facts:
    """The project file and the lock, read by nobody's code but the standard library's."""
    table = tomllib.loads((folder / "onezip.toml").read_text())
    lock = tomllib.loads((folder / "onezip.lock").read_text())["functions"]
    found = {}
    for name, own in table["functions"].items():
        function = {**table["defaults"], **own}
        deploy = function.get("deploy", {})
        found[deploy.get("function_name", name)] = {
            "zip": f"dist/{name}.zip",
            "sha256": lock[name]["sha256"],
            "code_sha256": lock[name]["code_sha256"],
            "runtime": function["runtime"],
            "handler": function["handler"],
            "architectures": [function.get("architecture", "x86_64")],
            "memory": function.get("memory", 128),
            "timeout": function.get("timeout", 3),
            "tmp": function.get("tmp", 512),
            "description": function.get("description"),
            "environment": function.get("environment", {}),
            "layers": [OWN, *function["layers"]] if function.get("layer") else function.get("layers"),
            "layer": (f"dist/{name}-layer.zip", lock[f"{name}-layer"]["sha256"], [function["runtime"]])
            if function.get("layer")
            else None,
            "role": deploy.get("role"),
            "alias": deploy.get("alias"),
            "url": deploy.get("url"),
            "vpc": ([deploy["subnets"]], deploy["security_groups"]) if deploy.get("subnets") else None,
            "tracing": deploy.get("tracing"),
            "format": deploy.get("logging", {}).get("LogFormat"),
            "concurrency": deploy.get("concurrency"),
            "tags": deploy.get("tags"),
        }
    return found


def plain(value: Any) -> Any:
    """What Terraform makes of its templates: doubled signs are single ones."""
    if isinstance(value, str):
        return value.replace("$${", "${").replace("%%{", "%{")
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def terraform(folder: Path) -> Facts:
    table = json.loads(text(folder, "terraform", "--functions"))
    resources = table["resource"]
    found = {}
    for name, each in resources["aws_lambda_function"].items():
        facts = table["locals"]["onezip"][name]
        url = resources["aws_lambda_function_url"].get(name, {})
        vpc = each.get("vpc_config")
        layer = resources["aws_lambda_layer_version"].get(name)
        beside = facts.get("layer", {})
        if layer:
            assert layer["source_code_hash"] == beside["code_sha256"]
            assert layer["layer_name"] == f"{each['function_name']}-layer"
            assert layer["compatible_architectures"] == each["architectures"]
        found[each["function_name"]] = plain({
            "zip": each["filename"].removeprefix("${path.module}/"),
            "sha256": facts["sha256"],
            "code_sha256": each["source_code_hash"],
            "runtime": each["runtime"],
            "handler": each["handler"],
            "architectures": each["architectures"],
            "memory": each["memory_size"],
            "timeout": each["timeout"],
            "tmp": each["ephemeral_storage"]["size"],
            "description": each.get("description"),
            "environment": each.get("environment", {}).get("variables", {}),
            "layers": own_layer(each.get("layers"), f"${{aws_lambda_layer_version.{name}.arn}}"),
            "layer": layer and (
                layer["filename"].removeprefix("${path.module}/"), beside["sha256"],
                layer["compatible_runtimes"],
            ),
            "role": None if each["role"].startswith("${") else each["role"],
            "alias": resources["aws_lambda_alias"].get(name, {}).get("name"),
            "url": url.get("authorization_type"),
            "tracing": each.get("tracing_config", {}).get("mode"),
            "format": each.get("logging_config", {}).get("log_format"),
            "concurrency": each.get("reserved_concurrent_executions"),
            "tags": each.get("tags"),
        }) | {"vpc": vpc and (vpc["subnet_ids"], vpc["security_group_ids"])}  # fmt: skip
    return found


def own_layer(layers: list[Any] | None, reference: Any) -> list[Any] | None:
    return layers and [OWN if each == reference else each for each in layers]


def common(own: dict[str, Any], logical: str) -> dict[str, Any]:
    vpc = own.get("VpcConfig")
    return {
        "runtime": own["Runtime"],
        "handler": own["Handler"],
        "architectures": own["Architectures"],
        "memory": own["MemorySize"],
        "timeout": own["Timeout"],
        "tmp": own["EphemeralStorage"]["Size"],
        "description": own.get("Description"),
        "environment": own.get("Environment", {}).get("Variables", {}),
        "layers": own_layer(own.get("Layers"), {"Ref": f"{logical}Layer"}),
        "role": own["Role"] if isinstance(own.get("Role"), str) else None,
        "format": own.get("LoggingConfig", {}).get("LogFormat"),
        "vpc": vpc and (vpc["SubnetIds"], vpc["SecurityGroupIds"]),
        "concurrency": own.get("ReservedConcurrentExecutions"),
    }


def cloudformation(folder: Path) -> Facts:
    resources = load(text(folder, "cloudformation"))["Resources"]
    zips = {sha: path for path, sha in zip_digests(folder).items()}
    found = {}
    for logical, each in resources.items():
        if each["Type"] != "AWS::Lambda::Function":
            continue
        own = each["Properties"]
        sha256 = own["Code"]["S3Key"].removesuffix(".zip")
        versions = [r["Properties"] for k, r in resources.items() if k.startswith(f"{logical}Version")]
        tags, wanted = own.get("Tags"), described(folder)[own["FunctionName"]]
        layer = resources.get(f"{logical}Layer", {}).get("Properties")
        layer_sha = layer and layer["Content"]["S3Key"].removesuffix(".zip")
        found[own["FunctionName"]] = common(own, logical) | {
            "layer": layer and (wanted["layer"][0], layer_sha, layer["CompatibleRuntimes"]),
            "zip": zips[sha256, own["FunctionName"]],
            "sha256": sha256,
            "code_sha256": versions[0]["CodeSha256"] if versions else wanted["code_sha256"],
            "alias": resources.get(f"{logical}Alias", {}).get("Properties", {}).get("Name"),
            "url": resources.get(f"{logical}Url", {}).get("Properties", {}).get("AuthType"),
            "tracing": own.get("TracingConfig", {}).get("Mode"),
            "tags": {tag["Key"]: tag["Value"] for tag in tags} if tags else None,
        }
    return found


def zip_digests(folder: Path) -> dict[str, tuple[str, str]]:
    return {each["zip"]: (each["sha256"], name) for name, each in described(folder).items()}


def sam(folder: Path) -> Facts:
    found = {}
    wanted = described(folder)
    resources = load(text(folder, "sam"))["Resources"]
    for logical, each in resources.items():
        if each["Type"] != "AWS::Serverless::Function":
            continue
        own = each["Properties"]
        was = wanted[own["FunctionName"]]
        layer = resources.get(f"{logical}Layer", {}).get("Properties")
        sha256, published = was["sha256"], own.get("AutoPublishCodeSha256", was["sha256"])
        if layer:  # a version is another one for another layer too
            both = f"{sha256} {was['layer'][1]}".encode()
            assert published == hashlib.sha256(both).hexdigest()
            published = sha256
        found[own["FunctionName"]] = common(own, logical) | {
            "layer": layer and (layer["ContentUri"], was["layer"][1], layer["CompatibleRuntimes"]),
            "zip": own["CodeUri"],
            "sha256": published,
            "code_sha256": was["code_sha256"],  # SAM has no place for it
            "alias": own.get("AutoPublishAlias"),
            "url": own.get("FunctionUrlConfig", {}).get("AuthType"),
            "tracing": own.get("Tracing"),
            "tags": own.get("Tags"),
        }
    return found


@pytest.mark.parametrize("dialect", [terraform, cloudformation, sam])
def test_every_dialect_says_the_same(folder: Path, dialect: Any) -> None:
    wanted, told = described(folder), dialect(folder)
    assert told.keys() == wanted.keys()
    for name, facts in wanted.items():
        assert told[name] == facts


def test_the_external_protocol_says_the_same(folder: Path) -> None:
    for facts in described(folder).values():
        name = facts["zip"].removeprefix("dist/").removesuffix(".zip")
        told = json.loads(onezip(folder, "terraform", name).out)
        assert (
            told["path"],
            told["sha256"],
            told["base64sha256"],
            told["runtime"],
            told["handler"],
        ) == tuple(facts[key] for key in ("zip", "sha256", "code_sha256", "runtime", "handler"))
        assert [told["architecture"]] == facts["architectures"]
        if facts["layer"]:
            assert (told["layer_path"], told["layer_sha256"]) == facts["layer"][:2]
            assert told["layer_s3_key"] == f"{told['layer_sha256']}.zip"
            assert told == json.loads(onezip(folder, "terraform", name, "--no-build").out)
        else:
            assert not any(key.startswith("layer") for key in told)


def test_formats_without_facts_name_every_function(folder: Path) -> None:
    wanted = described(folder)
    make = text(folder, "make")
    github = yaml.safe_load(text(folder, "github"))
    gitlab = yaml.safe_load(text(folder, "gitlab"))
    for name, facts in wanted.items():
        assert f"\n{facts['zip']}: " in make
        file = facts["zip"].removeprefix("dist/")
        assert f"deploy {name} 'zips/{file}'" in github["jobs"]["deploy"]["steps"][-1]["run"]
        assert f"deploy {name} 'dist/{file}'" in gitlab["onezip:deploy"]["script"][-1]
        if facts["layer"]:
            assert f"\n{facts['layer'][0]}: " in make
            words = f"layer {name} {name}-layer 'zips/{name}-layer.zip' python3.13 x86_64"
            assert words in github["jobs"]["deploy"]["steps"][-1]["run"]
            assert f"for name in plain get-user {name} {name}-layer; do" in text(folder, "github")
    for name in tomllib.loads(TEXT)["functions"]:
        assert f"build {name} " in make
