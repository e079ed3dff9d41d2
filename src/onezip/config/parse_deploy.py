"""`[functions.X.deploy]` and `[stages.S]`, from their tables.  [pure]"""

from __future__ import annotations

import re
from collections.abc import Callable

from onezip.config.check import Mistakes, Path, Table, nearest
from onezip.model.deploy import Alias, Bucket, Deploy, Network, Role, Url

OURS = frozenset({"memory", "timeout", "tmp", "environment", "description", "layer", "layers"})
"""Keys of a function's own table that are its configuration in AWS."""

LOGGING = ("LogFormat", "ApplicationLogLevel", "SystemLogLevel", "LogGroup")
"""Keys of LoggingConfig (Lambda API reference)."""

_SHARE = re.compile(r"(\d{1,2}(?:\.\d+)?)%")


def staged(table: Table, stage: str | None, mistakes: Mistakes) -> Callable[[str], list[Table]]:
    """What a stage lays over a function: its own keys, then those for that function alone."""
    if stage is None:
        return lambda _: []
    stages = table.get("stages", {})
    if stage not in stages:
        known = ", ".join(stages) or "none"
        mistakes.add(
            "project.stage",
            ("stages",) if stages else (),
            f"no stage {stage!r} in the project file",
            nearest(stage, stages) or f"there are: {known}; add [stages.{stage}]",
        )
        return lambda _: []
    functions = stages[stage].get("functions", {})
    for name in functions:
        if name not in table.get("functions", {}):
            mistakes.add(
                "usage.function",
                ("stages", stage, "functions", name),
                f"stages.{stage}.functions.{name}: the project has no function {name!r}",
                nearest(name, table.get("functions", {})),
            )
    shared = {key: value for key, value in stages[stage].items() if key != "functions"}
    return lambda name: [shared, functions.get(name, {})]


def deploy(function: Table, path: Path, mistakes: Mistakes) -> Deploy:
    """A function's place in AWS, from its merged table."""
    table: Table = function.get("deploy", {})
    here = (*path, "deploy")
    for key, needed in (
        ("canary", "alias"),
        ("prefix", "bucket"),
        ("reference", "bucket"),
        ("subnets", "security_groups"),
        ("security_groups", "subnets"),
    ):
        if key in table and needed not in table:
            mistakes.add(
                "project.required", (*here, key), f"{'.'.join(here)}.{key} needs {needed!r}", f"add {needed}"
            )
    for key in table.get("logging", {}):
        if key not in LOGGING:
            mistakes.add(
                "project.value",
                (*here, "logging"),
                f"{'.'.join(here)}.logging: LoggingConfig has no {key!r}",
                nearest(key, LOGGING) or f"it has: {', '.join(LOGGING)}",
            )
    alias = table.get("alias")
    if alias is not None and not re.fullmatch(r"(?!\d+$)[A-Za-z0-9_-]{1,128}", alias):
        mistakes.add(
            "project.value",
            (*here, "alias"),
            f"{'.'.join(here)}.alias: {alias!r} is no name of an alias",
            "letters, digits, - and _, not only digits",
        )
    return Deploy(
        function_name=table.get("function_name"),
        region=table.get("region"),
        profile=table.get("profile"),
        role=Role(table["role"]) if "role" in table else None,
        alias=Alias(alias, _canary(table, here, mistakes)) if alias is not None else None,
        publish=table.get("publish", False),
        network=Network(_words(table, "subnets"), _words(table, "security_groups"))
        if {"subnets", "security_groups"} <= table.keys()
        else None,
        url=Url(table["url"]) if "url" in table else None,
        bucket=Bucket(table["bucket"], table.get("prefix", ""), table.get("reference", False))
        if "bucket" in table
        else None,
        tags=dict(table["tags"]) if "tags" in table else None,
        environment=table.get("environment", "merge"),
        tracing=table.get("tracing"),
        logging=dict(table["logging"]) if "logging" in table else None,
        concurrency=table.get("concurrency"),
        code_only=table.get("code_only", False),
        keep=table.get("keep"),
        described=(OURS & function.keys()) | ({"role"} & table.keys()),
    )


def share(text: str) -> float | None:
    """`10%` as 0.1; None where it is no share between 0 and 100 per cent."""
    found = _SHARE.fullmatch(text.strip())
    number = round(float(found[1]) / 100, 6) if found else 0.0
    return number if 0 < number < 1 else None


def _canary(table: Table, here: Path, mistakes: Mistakes) -> float | None:
    if "canary" not in table:
        return None
    found = share(table["canary"])
    if found is None:
        mistakes.add(
            "project.value",
            (*here, "canary"),
            f"{'.'.join(here)}.canary: {table['canary']!r} is no share of the calls",
            'write it in per cent, such as "10%"',
        )
    return found


def _words(table: Table, key: str) -> tuple[str, ...]:
    value = table[key]
    return (value,) if isinstance(value, str) else tuple(value)
