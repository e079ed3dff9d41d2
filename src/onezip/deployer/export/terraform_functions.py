"""Whole functions for Terraform: their resources, and which version of hashicorp/aws these need."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from onezip.deployer.export.facts import Options, Shipment, Shipped, ShippedLayer
from onezip.deployer.export.role import TRUST, is_made, policies
from onezip.deployer.export.terraform_text import filename, label, text
from onezip.errors import ProjectError, UsageError

_TRACKS = (6, 28)
"""The first version of hashicorp/aws whose code_sha256 can be given."""
_URLS = (6, 29)
"""The first version that knows both rights that a public function URL needs (invoked_via_function_url)."""
_OLDEST = (5, 51)
"""The version from which source_code_hash means what it means today."""

_LOGGING = {
    "LogFormat": "log_format",
    "ApplicationLogLevel": "application_log_level",
    "SystemLogLevel": "system_log_level",
    "LogGroup": "log_group",
}
"""LoggingConfig in AWS's words and in the provider's."""


def complete(shipment: Shipment, options: Options) -> dict[str, Any]:
    """The providers, variables, data sources and resources of a configuration.

    Raises UsageError for a version that is too old, ProjectError for a value without a place.
    """
    least = _provider(shipment, options.aws_provider)
    digest = "code_sha256" if least >= _TRACKS else "source_code_hash"
    resources: dict[str, dict[str, Any]] = {}
    data: dict[str, dict[str, Any]] = {}
    for function in shipment.functions:
        own = _resources(function, shipment, options, digest)
        if is_made(function):
            data["aws_partition"] = {"onezip": {}}
        elif not _role(function).startswith("arn:"):
            name = text(_role(function))
            data.setdefault("aws_iam_role", {})[label(function.name)] = {"name": name}
        for kind, made in own.items():
            resources.setdefault(kind, {}).update(made)
    table: dict[str, Any] = {
        "terraform": {
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": f">= {least[0]}.{least[1]}"}}
        }
    }
    if any(function.hidden for function in shipment.functions):
        table["variable"] = {
            "onezip_environment": {
                "description": "values of variables by function, which the project file does not give",
                "type": "map(map(string))",
                "sensitive": True,
            }
        }
    if data:
        table["data"] = data
    return table | {"resource": resources}


def _provider(shipment: Shipment, version: str) -> tuple[int, int]:
    """The least version of hashicorp/aws for what is written. Raises UsageError."""
    public = any(each.deploy.url and each.deploy.url.auth == "NONE" for each in shipment.functions)
    needed = _URLS if public else _OLDEST
    if not version:
        return needed
    match = re.fullmatch(r"(\d{1,4})\.(\d{1,4})(?:\.\d{1,4})?", version)
    if match is None:
        raise UsageError(
            "usage.command", f"--aws-provider {version!r} is no version", hint="write it as 6.28 or 6.28.0"
        )
    found = (int(match[1]), int(match[2]))
    if found < needed:
        why = "public function URLs need" if public else "the export needs"
        raise UsageError("usage.command", f"--aws-provider {version}: {why} {needed[0]}.{needed[1]} or newer")
    return found


def _resources(
    function: Shipped, shipment: Shipment, options: Options, digest: str
) -> dict[str, dict[str, Any]]:
    """The resources of one function, by type and label."""
    own = label(function.name)
    lambda_: dict[str, Any] = {"function_name": text(function.function_name), "role": _role_of(function)}
    made: dict[str, dict[str, Any]] = {"aws_lambda_function": {own: lambda_}}
    after: list[str] = []
    if is_made(function):
        made |= _made_role(function, own)
        after += [f"aws_iam_role_policy_attachment.{each}" for each in made["aws_iam_role_policy_attachment"]]
    bucket = options.bucket or (function.deploy.bucket.name if function.deploy.bucket else "")
    if bucket:
        made["aws_s3_object"] = {
            own: {
                "bucket": text(bucket),
                "key": text(function.s3_key),
                "source": filename(function, shipment),
                "source_hash": function.code_sha256,
            }
        }
        lambda_ |= {
            "s3_bucket": f"${{aws_s3_object.{own}.bucket}}",
            "s3_key": f"${{aws_s3_object.{own}.key}}",
        }
    else:
        lambda_["filename"] = filename(function, shipment)
    lambda_[digest] = function.code_sha256
    if function.deploy.code_only:
        code = [key for key in lambda_ if key not in {"function_name", "role"}]
        lambda_["lifecycle"] = {"ignore_changes": code}
    lambda_ |= _configuration(function)
    if function.layer:
        made["aws_lambda_layer_version"] = {own: _layer(function, function.layer, shipment, bucket)}
        if bucket:
            made["aws_s3_object"][f"{own}-layer"] = {
                "bucket": text(bucket),
                "key": text(function.layer.s3_key),
                "source": filename(function.layer, shipment),
                "source_hash": function.layer.code_sha256,
            }
    if "LogGroup" not in (function.deploy.logging or {}):
        made["aws_cloudwatch_log_group"] = {own: {"name": text(f"/aws/lambda/{function.function_name}")}}
        after.insert(0, f"aws_cloudwatch_log_group.{own}")
    if after:
        lambda_["depends_on"] = after
    return made | _around(function, own)


def _layer(function: Shipped, layer: ShippedLayer, shipment: Shipment, bucket: str) -> dict[str, Any]:
    """The function's own layer; another digest is another version (`source_code_hash`)."""
    own = f"{label(function.name)}-layer"
    where = {"s3_bucket": f"${{aws_s3_object.{own}.bucket}}", "s3_key": f"${{aws_s3_object.{own}.key}}"}
    return {
        "layer_name": text(layer.layer_name),
        **(where if bucket else {"filename": filename(layer, shipment)}),
        "source_code_hash": layer.code_sha256,
        "compatible_runtimes": [function.runtime],
        "compatible_architectures": [function.architecture],
    }


def _configuration(function: Shipped) -> dict[str, Any]:
    deploy = function.deploy
    found: dict[str, Any] = {
        "runtime": function.runtime,
        "handler": text(function.handler),
        "architectures": [function.architecture],
        "memory_size": function.memory,
        "timeout": function.timeout,
        "ephemeral_storage": {"size": function.tmp},
    }
    if function.description:
        found["description"] = text(function.description)
    variables = {name: text(value) for name, value in function.environment.items()}
    for name in function.hidden:
        variables[name] = f'${{var.onezip_environment["{function.name}"]["{name}"]}}'
    if variables:
        found["environment"] = {"variables": dict(sorted(variables.items()))}
    layers = [text(each) for each in function.layers]
    if function.layer:
        layers.insert(0, f"${{aws_lambda_layer_version.{label(function.name)}.arn}}")
    if layers:
        found["layers"] = layers
    if deploy.network:
        found["vpc_config"] = {
            "subnet_ids": list(deploy.network.subnets),
            "security_group_ids": list(deploy.network.security_groups),
            **({"ipv6_allowed_for_dual_stack": True} if deploy.network.ipv6 else {}),
        }
    if deploy.tracing:
        found["tracing_config"] = {"mode": deploy.tracing}
    if deploy.logging:
        found["logging_config"] = _logging(function.name, deploy.logging)
    if deploy.concurrency is not None:
        found["reserved_concurrent_executions"] = deploy.concurrency
    if function.versioned:
        found["publish"] = True
    if deploy.tags:
        found["tags"] = {text(key): text(value) for key, value in sorted(deploy.tags.items())}
    return found


def _logging(name: str, logging: Mapping[str, str]) -> dict[str, str]:
    """LoggingConfig in the provider's words, which wants a format always; Text is AWS's default."""
    for key in logging:
        if key not in _LOGGING:
            raise ProjectError(
                "project.value",
                f"functions.{name}.deploy.logging: Terraform knows no {key!r}",
                hint=f"there are: {', '.join(_LOGGING)}",
            )
    found = {_LOGGING[key]: text(logging[key]) for key in _LOGGING if key in logging}
    return {"log_format": "Text", **found}


def _role(function: Shipped) -> str:
    return function.deploy.role.name if function.deploy.role else ""


def _role_of(function: Shipped) -> str:
    own = label(function.name)
    if is_made(function):
        return f"${{aws_iam_role.{own}.arn}}"
    name = _role(function)
    return text(name) if name.startswith("arn:") else f"${{data.aws_iam_role.{own}.arn}}"


def _made_role(function: Shipped, own: str) -> dict[str, dict[str, Any]]:
    role: dict[str, Any] = {"assume_role_policy": json.dumps(TRUST, separators=(",", ":"))}
    name = _role(function)
    role = {"name": text(name), **role} if name else {"name_prefix": f"{function.name[:37]}-", **role}
    start = "arn:${data.aws_partition.onezip.partition}:iam::aws:policy/"
    attached = {
        f"{own}_{policy.rpartition('/')[2]}": {
            "role": f"${{aws_iam_role.{own}.name}}",
            "policy_arn": start + policy,
        }
        for policy in policies(function)
    }
    return {"aws_iam_role": {own: role}, "aws_iam_role_policy_attachment": attached}


def _around(function: Shipped, own: str) -> dict[str, dict[str, Any]]:
    """Alias, URL, and the rights of whoever may call it."""
    made: dict[str, dict[str, Any]] = {}
    deploy = function.deploy
    name = f"${{aws_lambda_function.{own}.function_name}}"
    qualifier: dict[str, str] = {}
    if deploy.alias:
        qualifier = {"qualifier": f"${{aws_lambda_alias.{own}.name}}"}
        made["aws_lambda_alias"] = {
            own: {
                "name": text(deploy.alias.name),
                "function_name": name,
                "function_version": f"${{aws_lambda_function.{own}.version}}",
            }
        }
    if deploy.url:
        made["aws_lambda_function_url"] = {
            own: {
                "function_name": name,
                **qualifier,
                "authorization_type": deploy.url.auth,
                "invoke_mode": "RESPONSE_STREAM" if deploy.url.streaming else "BUFFERED",
            }
        }
        if deploy.url.auth == "NONE":
            everyone = {"function_name": name, **qualifier, "principal": "*"}
            made["aws_lambda_permission"] = {
                f"{own}_url_call": {
                    **everyone,
                    "action": "lambda:InvokeFunctionUrl",
                    "function_url_auth_type": "NONE",
                },
                f"{own}_url_invoke": {
                    **everyone,
                    "action": "lambda:InvokeFunction",
                    "invoked_via_function_url": True,
                },
            }
    return made
