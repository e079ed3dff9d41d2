"""SAM: a template whose CodeUri are the finished zips, which `sam build` leaves as they are.

`sam package` and `sam deploy` upload a zip byte for byte. A new version is told by the zip's own digest
(AutoPublishCodeSha256) and by the configuration (AutoPublishAliasAllProperties).
"""

from __future__ import annotations

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
from onezip.deployer.export.role import is_made
from onezip.deployer.export.yaml_text import as_yaml


def export(shipment: Shipment, options: Options) -> str:  # noqa: ARG001 - SAM has no options
    """The template."""
    ids = logical_ids(shipment)
    parameters = parameters_of(shipment, ids)
    template: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        **({"Parameters": parameters} if parameters else {}),
        "Resources": {
            logical: resource
            for function in shipment.functions
            for logical, resource in _resources(function, ids[function.name], shipment).items()
        },
    }
    return f"# {mark.head('sam')}\n{as_yaml(template)}"


def _resources(function: Shipped, own: str, shipment: Shipment) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if function.layer:
        properties = {"ContentUri": shipment.near(function.layer.zip)}
        properties |= layer_properties(function, function.layer)
        made[f"{own}Layer"] = {"Type": "AWS::Serverless::LayerVersion", "Properties": properties}
    properties = _properties(function, own, shipment)
    made[own] = {"Type": "AWS::Serverless::Function", "Properties": properties}
    return made


def _digest(function: Shipped) -> str:
    """What tells one version from the next: the code's digest, and with a layer that of both."""
    if function.layer is None:
        return function.sha256
    return sha256(f"{function.sha256} {function.layer.sha256}".encode()).hexdigest()


def _properties(function: Shipped, own: str, shipment: Shipment) -> dict[str, Any]:
    deploy = function.deploy
    found: dict[str, Any] = {"CodeUri": shipment.near(function.zip)}
    found |= configuration(function, own)
    if not is_made(function):
        assert deploy.role is not None  # noqa: S101 - is_made holds where there is none
        found["Role"] = role_arn(deploy.role.name)
    if deploy.tracing:
        found["Tracing"] = deploy.tracing
    if deploy.logging:
        found["LoggingConfig"] = dict(sorted(deploy.logging.items()))
    if deploy.tags:
        found["Tags"] = dict(sorted(deploy.tags.items()))
    if deploy.alias:
        found["AutoPublishAlias"] = deploy.alias.name
        found["AutoPublishCodeSha256"] = _digest(function)
        found["AutoPublishAliasAllProperties"] = True
    if deploy.url:
        found["FunctionUrlConfig"] = {
            "AuthType": deploy.url.auth,
            "InvokeMode": "RESPONSE_STREAM" if deploy.url.streaming else "BUFFERED",
        }
    return found
