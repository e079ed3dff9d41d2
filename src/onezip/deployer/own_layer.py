"""How a function's own layer is called in AWS, and which of a function's layers it is.  [pure]"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onezip.model.function import Function
from onezip.model.layer import SUFFIX


def layer_name(function: Function) -> str:
    """The name in AWS of a function's own layer."""
    return f"{(function.deploy.function_name if function.deploy else None) or function.name}{SUFFIX}"


def is_own(arn: str, name: str, function_arn: str) -> bool:
    """Whether the ARN of a layer version is of this layer, in the function's own account and Region."""
    account = ":".join(function_arn.split(":")[:5])
    return arn.startswith(f"{account}:layer:{name}:")


def arns(configuration: Mapping[str, Any]) -> list[str]:
    """The layer versions that a FunctionConfiguration has, in their order."""
    return [str(layer["Arn"]) for layer in configuration.get("Layers") or []]
