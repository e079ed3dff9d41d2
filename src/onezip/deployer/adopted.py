"""An existing function -> the tables of a project file that describe it.  [pure]

Values of environment variables are not written: they may be secrets, and what a project file does not speak
of stays as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from onezip.errors import DeployFailed
from onezip.limits import RUNTIMES


def described(whole: Mapping[str, Any], name: str, folder: str, entries: Sequence[str]) -> str:
    """TOML of [functions.NAME] and its deploy table.

    whole is GetFunction's answer, folder where the code lies (relative, forward slashes), entries the names
    in its zip. Raises DeployFailed for what onezip does not build.
    """
    configuration = whole["Configuration"]
    runtime = RUNTIMES.get(str(configuration.get("Runtime", "")))
    if configuration.get("PackageType") == "Image" or runtime is None:
        what = configuration.get("Runtime") or "a container image"
        raise DeployFailed(
            "aws.refused",
            f"{name} runs on {what}, which onezip does not build",
            hint=f"it builds for: {', '.join(RUNTIMES)}",
        )
    table: dict[str, Any] = {"source": folder, "runtime": runtime.id}
    if runtime.os_only:
        table |= {"language": "prebuilt", "source": f"{folder}/bootstrap"}
        others = sorted({entry.partition("/")[0] for entry in entries} - {"bootstrap"})
        if others:
            table["files"] = {f"{folder}/{other}": other for other in others}
    table["handler"] = configuration["Handler"]
    table["architecture"] = (configuration.get("Architectures") or ["x86_64"])[0]
    table["memory"] = configuration.get("MemorySize", 128)
    table["timeout"] = configuration.get("Timeout", 3)
    tmp = (configuration.get("EphemeralStorage") or {}).get("Size", 512)
    if tmp != 512:
        table["tmp"] = tmp
    if configuration.get("Description"):
        table["description"] = configuration["Description"]
    layers = [layer["Arn"] for layer in configuration.get("Layers") or []]
    if layers:
        table["layers"] = layers
    lines = [f"[functions.{name}]", *_lines(table)]
    variables = sorted((configuration.get("Environment") or {}).get("Variables") or {})
    if variables:
        lines.append(f"# stay as they are in AWS: the variables {', '.join(map(json.dumps, variables))}")
    if not runtime.os_only:
        lines += ["", f"[functions.{name}.python]", 'requirements = ""  # the folder holds what was deployed']
    lines += ["", f"[functions.{name}.deploy]", *_lines(_deploy(whole, name))]
    return "\n".join(lines) + "\n"


def project_name(name: str) -> str:
    """A function's name as a project file can have it."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:64]


def _deploy(whole: Mapping[str, Any], name: str) -> dict[str, Any]:
    configuration = whole["Configuration"]
    arn = str(configuration.get("FunctionArn", ""))
    parts = arn.split(":")
    table: dict[str, Any] = {"role": configuration["Role"]}
    if len(parts) > 3 and parts[3]:
        table["region"] = parts[3]
    if configuration.get("FunctionName", name) != name:
        table["function_name"] = configuration["FunctionName"]
    network = configuration.get("VpcConfig") or {}
    if network.get("SubnetIds"):
        table |= {"subnets": network["SubnetIds"], "security_groups": network.get("SecurityGroupIds", [])}
    if (configuration.get("TracingConfig") or {}).get("Mode") == "Active":
        table["tracing"] = "Active"
    if "ReservedConcurrentExecutions" in (whole.get("Concurrency") or {}):
        table["concurrency"] = whole["Concurrency"]["ReservedConcurrentExecutions"]
    tags = {key: value for key, value in (whole.get("Tags") or {}).items() if not key.startswith("aws:")}
    if tags:
        table["tags"] = tags
    return table


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in table.items()]


def _value(value: Any) -> str:
    """A TOML value. JSON's strings are TOML's, but for DEL, which must be escaped there too (TOML 1.0)."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_value(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
