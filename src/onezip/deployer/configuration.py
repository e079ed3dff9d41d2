"""What a project file says of a function's configuration, and how that differs from what is deployed.  [pure]

Names and shapes are those of CreateFunction and UpdateFunctionConfiguration (Lambda API reference).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from onezip.deployer.own_layer import arns, is_own, layer_name
from onezip.deployer.values import Difference
from onezip.errors import DeployFailed
from onezip.model.deploy import Deploy
from onezip.model.function import Function

VERSIONED = (
    "CodeSha256", "Runtime", "Role", "Handler", "Timeout", "MemorySize", "VpcConfig", "DeadLetterConfig",
    "Environment", "KMSKeyArn", "TracingConfig", "Layers", "FileSystemConfigs", "Architectures",
    "EphemeralStorage", "LoggingConfig",
)  # fmt: skip
"""What makes a version another one. A version's description is its publisher's."""


def whole(function: Function, own_layer: str = "") -> dict[str, Any]:
    """Every setting of a function that is to be made, but for its name, role, code and tags.

    own_layer stands for the version of its own layer, empty where it has none.
    """
    settings: dict[str, Any] = {
        "Runtime": function.runtime.id,
        "Handler": function.handler.text,
        "Timeout": function.limits.timeout,
        "MemorySize": function.limits.memory,
        "EphemeralStorage": {"Size": function.limits.tmp},
    }
    if function.description:
        settings["Description"] = function.description
    if function.environment:
        settings["Environment"] = {"Variables": dict(function.environment)}
    layers = [*([own_layer] if own_layer else ()), *function.layers]
    if layers:
        settings["Layers"] = layers
    return settings | _placed(function.deploy or Deploy())


def differences(
    function: Function, deployed: Mapping[str, Any], own_layer: str = ""
) -> tuple[Difference, ...]:
    """What the project file speaks of and AWS has otherwise. deployed is a FunctionConfiguration; own_layer
    stands for the version of the function's own layer, empty where it has none.

    Raises DeployFailed (aws.permission) where AWS does not tell what variables must be merged into.
    """
    deploy = function.deploy or Deploy()
    wanted: dict[str, Any] = {"Runtime": function.runtime.id, "Handler": function.handler.text}
    said = deploy.described
    if deploy.role is not None and "role" in said:
        wanted["Role"] = deploy.role.name
    if "description" in said:
        wanted["Description"] = function.description
    if "timeout" in said:
        wanted["Timeout"] = function.limits.timeout
    if "memory" in said:
        wanted["MemorySize"] = function.limits.memory
    if "tmp" in said:
        wanted["EphemeralStorage"] = {"Size": function.limits.tmp}
    layers = _layers(function, deployed, own_layer)
    if layers is not None:
        wanted["Layers"] = layers
    if "environment" in said:
        wanted["Environment"] = {"Variables": _variables(function, deployed)}
    wanted |= _placed(deploy)
    return tuple(_differences(wanted, deployed))


def versionable(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """What two versions must have in common to be one: the VERSIONED values, in one form."""
    return {name: _plain(name, configuration.get(name)) for name in VERSIONED}


def same_role(wanted: str, arn: str) -> bool:
    """Whether a role, by name or ARN, is the one of this ARN."""
    return wanted == (arn if wanted.startswith("arn:") else arn.rpartition("/")[2])


def _placed(deploy: Deploy) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if deploy.network is not None:
        settings["VpcConfig"] = {
            "SubnetIds": list(deploy.network.subnets),
            "SecurityGroupIds": list(deploy.network.security_groups),
        }
    if deploy.tracing is not None:
        settings["TracingConfig"] = {"Mode": deploy.tracing}
    if deploy.logging is not None:
        settings["LoggingConfig"] = dict(deploy.logging)
    return settings


def _layers(function: Function, deployed: Mapping[str, Any], own: str) -> list[str] | None:
    """The layers in their order, the function's own first; None where the project file says nothing of them.

    Where it speaks of its own layer only, others stay: that one is put into its old place.
    """
    said = function.deploy.described if function.deploy else frozenset()
    if "layers" in said:
        return [*([own] if own else ()), *function.layers]
    if not own and "layer" not in said:
        return None
    name, arn = layer_name(function), str(deployed.get("FunctionArn", ""))
    there = arns(deployed)
    mine = [each for each in there if is_own(each, name, arn)]
    if not own:  # `layer = false`
        return [each for each in there if each not in mine]
    if not mine:
        return [own, *there]
    return [own if each == mine[0] else each for each in there if each not in mine[1:]]


def _variables(function: Function, deployed: Mapping[str, Any]) -> dict[str, str]:
    ours = dict(function.environment)
    if function.deploy is not None and function.deploy.environment == "replace":
        return ours
    theirs = deployed.get("Environment") or {}
    if theirs.get("Error"):
        raise DeployFailed(
            "aws.permission",
            f"{function.name}: the deployed variables cannot be read, so nothing can be merged into them:"
            f" {theirs['Error'].get('Message', '')}",
            hint="allow kms:Decrypt on the function's key,"
            ' or write environment = "replace" in its deploy table',
        )
    return {**(theirs.get("Variables") or {}), **ours}


def _differences(wanted: Mapping[str, Any], deployed: Mapping[str, Any]) -> Iterator[Difference]:
    for name, value in wanted.items():
        old, new = _plain(name, deployed.get(name)), _plain(name, value)
        if name == "Role":
            if not same_role(value, str(old or "")):
                yield Difference(name, str(old), value, value)
        elif name == "Environment":
            if old != new:
                yield Difference(name, "", _changed_names(old, new), value)
        elif name == "LoggingConfig":
            # what is not said stays: LogGroup has a default that AWS tells
            if any((old or {}).get(key) != text for key, text in new.items()):
                yield Difference(name, _words(old), _words(new), {**(old or {}), **new})
        elif old != new:
            yield Difference(name, _words(old), _words(new), value)


def _plain(name: str, value: Any) -> Any:
    """A value as it is compared: what AWS adds is left out, and what it leaves out has its default."""
    match name:
        case "Layers":
            return [layer["Arn"] if isinstance(layer, Mapping) else layer for layer in value or []]
        case "Environment":
            return dict((value or {}).get("Variables") or {})
        case "VpcConfig":
            parts = ("SubnetIds", "SecurityGroupIds")
            return {part: sorted((value or {}).get(part) or []) for part in parts}
        case "TracingConfig":
            return {"Mode": (value or {}).get("Mode", "PassThrough")}
        case "EphemeralStorage":
            return {"Size": (value or {}).get("Size", 512)}
        case "Architectures":
            return list(value or ["x86_64"])
        case "Description" | "KMSKeyArn":
            return value or ""
        case "DeadLetterConfig" | "LoggingConfig" | "FileSystemConfigs":
            return value or None
        case _:
            return value


def _changed_names(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Which variables change, by name: their values may be secrets."""
    words = [f"{name} added" for name in sorted(new.keys() - old.keys())]
    words += [f"{name} changed" for name in sorted(new.keys() & old.keys()) if new[name] != old[name]]
    words += [f"{name} removed" for name in sorted(old.keys() - new.keys())]
    return ", ".join(words)


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        if len(value) == 1:
            return _words(next(iter(value.values())))
        return ", ".join(f"{key} {_words(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value in {None, ""} else str(value)
