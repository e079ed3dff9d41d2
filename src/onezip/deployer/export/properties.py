"""The configuration of a function in the words that CloudFormation and SAM share (AWS::Lambda::Function)."""

from __future__ import annotations

import re
from typing import Any

from onezip.deployer.export.facts import Shipment, Shipped, ShippedLayer
from onezip.deployer.export.yaml_text import Call

_BESIDE = ("Role", "Logs", "Alias", "Url", "UrlCall", "UrlInvoke", "CodeVersion", "HasCodeVersion")
"""What stands after a function's logical id in those of its other resources, parameters and conditions."""


_OF_LAYER = ("Layer", "LayerCodeVersion", "HasLayerCodeVersion")
"""The same for the function's own layer."""


def logical_ids(shipment: Shipment) -> dict[str, str]:
    """A logical id for each function's name: letters and digits only, and neither it nor what is made from
    it is another's.

    CloudFormation's rule is `[A-Za-z0-9]{1,255}`. `get-user` becomes GetUser; a number tells two apart.
    """
    found: dict[str, str] = {}
    taken = {"CodeBucket"}
    for function in shipment.functions:
        words = re.split(r"[^A-Za-z0-9]+", function.name)
        base = "".join(word[:1].upper() + word[1:] for word in words) or "Function"
        own, number = base, 2
        while not taken.isdisjoint(_made_from(function, own)):
            own, number = f"{base}{number}", number + 1
        taken |= _made_from(function, own)
        found[function.name] = own
    return found


def _made_from(function: Shipped, own: str) -> set[str]:
    beside = (*_BESIDE, *_OF_LAYER) if function.layer else _BESIDE
    return {own, *(own + each for each in beside), *hidden_parameters(function, own).values()}


def hidden_parameters(function: Shipped, own: str) -> dict[str, str]:
    """The parameter for each variable whose value is not ours to write, by the variable's name."""
    found: dict[str, str] = {}
    for name in function.hidden:
        base = f"{own}Environment{re.sub('[^A-Za-z0-9]', '', name)}"
        parameter, number = base, 2
        while parameter in found.values():
            parameter, number = f"{base}{number}", number + 1
        found[name] = parameter
    return found


def configuration(function: Shipped, own: str) -> dict[str, Any]:
    """What both know under one name."""
    deploy = function.deploy
    found: dict[str, Any] = {
        "FunctionName": function.function_name,
        "Runtime": function.runtime,
        "Handler": function.handler,
        "Architectures": [function.architecture],
        "MemorySize": function.memory,
        "Timeout": function.timeout,
        "EphemeralStorage": {"Size": function.tmp},
    }
    if function.description:
        found["Description"] = function.description
    variables: dict[str, Any] = dict(function.environment)
    variables |= {
        name: Call("Ref", parameter) for name, parameter in hidden_parameters(function, own).items()
    }
    if variables:
        found["Environment"] = {"Variables": dict(sorted(variables.items()))}
    layers = [*([Call("Ref", f"{own}Layer")] if function.layer else ()), *function.layers]
    if layers:
        found["Layers"] = layers
    if deploy.network:
        found["VpcConfig"] = {
            "SubnetIds": list(deploy.network.subnets),
            "SecurityGroupIds": list(deploy.network.security_groups),
            **({"Ipv6AllowedForDualStack": True} if deploy.network.ipv6 else {}),
        }
    if deploy.concurrency is not None:
        found["ReservedConcurrentExecutions"] = deploy.concurrency
    return found


def layer_properties(function: Shipped, layer: ShippedLayer) -> dict[str, Any]:
    """What both know of a function's own layer under one name. Its `Ref` is the ARN of the version."""
    return {
        "LayerName": layer.layer_name,
        "CompatibleRuntimes": [function.runtime],
        "CompatibleArchitectures": [function.architecture],
    }


def role_arn(name: str) -> str | Call:
    """A role that is there already, by its ARN or its name."""
    if name.startswith("arn:"):
        return name
    return Call("Sub", f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{name}")


def parameters_of(shipment: Shipment, ids: dict[str, str]) -> dict[str, Any]:
    """The parameters of variables whose values whoever deploys has to give."""
    return {
        parameter: {"Type": "String", "NoEcho": True, "Description": f"{name} of {function.name}"}
        for function in shipment.functions
        for name, parameter in hidden_parameters(function, ids[function.name]).items()
    }
