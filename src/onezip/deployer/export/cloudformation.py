"""CloudFormation: a template of functions whose code lies in S3 under its digest.

A changed object under the same key goes unnoticed (AWS::Lambda::Function Code), so the key is the digest. A
version is immutable, so its logical id is a digest of code and configuration together. The code is never
inline: `ZipFile` holds source text, not a zip, and at most `limits.CLOUDFORMATION_INLINE` bytes of it.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from onezip.deployer.export import mark
from onezip.deployer.export.facts import Options, Shipment, Shipped
from onezip.deployer.export.properties import (
    configuration,
    layer_properties,
    logical_ids,
    parameters_of,
    role_arn,
)
from onezip.deployer.export.role import TRUST, is_made, policies
from onezip.deployer.export.yaml_text import Call, as_yaml

_KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
_GONE = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}


def export(shipment: Shipment, options: Options) -> str:
    """The template."""
    ids = logical_ids(shipment)
    parameters: dict[str, Any] = {}
    conditions: dict[str, Any] = {}
    resources: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    if any(_bucket(function, options) is None for function in shipment.functions):
        parameters["CodeBucket"] = {
            "Type": "String",
            "Description": "the bucket that holds the zips, each under its digest",
        }
    parameters |= parameters_of(shipment, ids)
    for function in shipment.functions:
        own = ids[function.name]
        if _with_version(function, options):
            for each, word in zip(function.zips, ("Code", "LayerCode"), strict=False):
                parameters[f"{own}{word}Version"] = {
                    "Type": "String",
                    "Default": "",
                    "Description": f"the version of the S3 object of {each.name}; empty for the newest",
                }
                conditions[f"{own}Has{word}Version"] = {
                    "Fn::Not": [{"Fn::Equals": [Call("Ref", f"{own}{word}Version"), ""]}]
                }
        resources |= _resources(function, own, options)
        outputs |= _outputs(function, own)
    parts: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": parameters,
        "Conditions": conditions,
        "Resources": resources,
        "Outputs": outputs,
    }
    template = {key: part for key, part in parts.items() if part}
    return f"# {mark.head('cloudformation')}\n{as_yaml(template)}"


def _bucket(function: Shipped, options: Options) -> str | None:
    return options.bucket or (function.deploy.bucket.name if function.deploy.bucket else None)


def _with_version(function: Shipped, options: Options) -> bool:
    """Code that stays in S3 is read again and again: then a version of the object is named."""
    return options.object_versions or bool(function.deploy.bucket and function.deploy.bucket.reference)


def _code(function: Shipped, own: str, options: Options, key: str, word: str = "Code") -> dict[str, Any]:
    code: dict[str, Any] = {
        "S3Bucket": _bucket(function, options) or Call("Ref", "CodeBucket"),
        "S3Key": key,
    }
    if _with_version(function, options):
        given = Call("Ref", f"{own}{word}Version")
        code["S3ObjectVersion"] = {"Fn::If": [f"{own}Has{word}Version", given, Call("Ref", "AWS::NoValue")]}
    if function.deploy.bucket and function.deploy.bucket.reference:
        code["S3ObjectStorageMode"] = "REFERENCE"
    return code


def _resources(function: Shipped, own: str, options: Options) -> dict[str, Any]:
    deploy = function.deploy
    made: dict[str, Any] = {}
    if function.layer:
        content = _code(function, own, options, function.layer.s3_key, "LayerCode")
        layer = layer_properties(function, function.layer) | {"Content": content}
        made[f"{own}Layer"] = {"Type": "AWS::Lambda::LayerVersion", **_KEPT, "Properties": layer}
    code = _code(function, own, options, function.s3_key)
    properties: dict[str, Any] = {"PackageType": "Zip", "Code": code}
    properties |= configuration(function, own)
    if is_made(function):
        made[f"{own}Role"] = {"Type": "AWS::IAM::Role", "Properties": _role(function)}
        properties["Role"] = Call("GetAtt", f"{own}Role.Arn")
    else:
        assert deploy.role is not None  # noqa: S101 - is_made holds where there is none
        properties["Role"] = role_arn(deploy.role.name)
    logging: dict[str, Any] = dict(deploy.logging or {})
    if "LogGroup" not in logging:
        name = f"/aws/lambda/{function.function_name}"
        made[f"{own}Logs"] = {"Type": "AWS::Logs::LogGroup", **_GONE, "Properties": {"LogGroupName": name}}
        logging = {"LogGroup": Call("Ref", f"{own}Logs"), **logging}
    properties["LoggingConfig"] = logging
    if deploy.tracing:
        properties["TracingConfig"] = {"Mode": deploy.tracing}
    if deploy.tags:
        properties["Tags"] = [{"Key": key, "Value": value} for key, value in sorted(deploy.tags.items())]
    made[own] = {"Type": "AWS::Lambda::Function", "Properties": properties}
    return made | _around(function, own, properties)


def _role(function: Shipped) -> dict[str, Any]:
    name = function.deploy.role.name if function.deploy.role else ""
    return {
        **({"RoleName": name} if name else {}),
        "AssumeRolePolicyDocument": TRUST,
        "ManagedPolicyArns": [
            Call("Sub", f"arn:${{AWS::Partition}}:iam::aws:policy/{policy}") for policy in policies(function)
        ],
    }


def version_id(function: Shipped, own: str, properties: dict[str, Any]) -> str:
    """The logical id of a version: another one for other code, another layer or another configuration, tags
    apart.
    """
    counted = {key: value for key, value in properties.items() if key != "Tags"}
    text = json.dumps([*(each.sha256 for each in function.zips), counted], sort_keys=True)
    return f"{own}Version{sha256(text.encode()).hexdigest()[:10]}"


def _around(function: Shipped, own: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Version, alias, URL, and the rights of whoever may call it."""
    deploy = function.deploy
    made: dict[str, Any] = {}
    called: Call = Call("GetAtt", f"{own}.Arn")
    if function.versioned:
        version = version_id(function, own, properties)
        made[version] = {
            "Type": "AWS::Lambda::Version",
            **_KEPT,
            "Properties": {"FunctionName": Call("Ref", own), "CodeSha256": function.code_sha256},
        }
        if deploy.alias:
            called = Call("Ref", f"{own}Alias")
            made[f"{own}Alias"] = {
                "Type": "AWS::Lambda::Alias",
                "Properties": {
                    "Name": deploy.alias.name,
                    "FunctionName": Call("Ref", own),
                    "FunctionVersion": Call("GetAtt", f"{version}.Version"),
                },
            }
    if deploy.url:
        made[f"{own}Url"] = {
            "Type": "AWS::Lambda::Url",
            "Properties": {
                "TargetFunctionArn": Call("GetAtt", f"{own}.Arn") if deploy.alias else called,
                **({"Qualifier": deploy.alias.name} if deploy.alias else {}),
                "AuthType": deploy.url.auth,
                "InvokeMode": "RESPONSE_STREAM" if deploy.url.streaming else "BUFFERED",
            },
            **({"DependsOn": f"{own}Alias"} if deploy.alias else {}),
        }
        if deploy.url.auth == "NONE":
            everyone = {"FunctionName": called, "Principal": "*"}
            made[f"{own}UrlCall"] = {
                "Type": "AWS::Lambda::Permission",
                "Properties": {
                    **everyone,
                    "Action": "lambda:InvokeFunctionUrl",
                    "FunctionUrlAuthType": "NONE",
                },
            }
            made[f"{own}UrlInvoke"] = {
                "Type": "AWS::Lambda::Permission",
                "Properties": {
                    **everyone,
                    "Action": "lambda:InvokeFunction",
                    "InvokedViaFunctionUrl": True,
                },
            }
    return made


def _outputs(function: Shipped, own: str) -> dict[str, Any]:
    found: dict[str, Any] = {f"{own}Arn": {"Value": Call("GetAtt", f"{own}.Arn")}}
    if function.deploy.alias:
        found[f"{own}AliasArn"] = {"Value": Call("Ref", f"{own}Alias")}
    if function.deploy.url:
        found[f"{own}Address"] = {"Value": Call("GetAtt", f"{own}Url.FunctionUrl")}
    return found
