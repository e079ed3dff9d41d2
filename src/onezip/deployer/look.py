"""What is deployed: as few reads as the project file asks for, one for code and settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onezip.deployer.calls import Calls
from onezip.deployer.configuration import versionable
from onezip.deployer.plan import name_of
from onezip.deployer.values import AliasState, Deployed
from onezip.deployer.waiting import busy, settled
from onezip.model.deploy import Deploy
from onezip.model.function import Function


def look(calls: Calls, function: Function) -> Deployed | None:
    """What a plan for this function needs to know; None where AWS has no such function.

    Waits where an update is still under way. Raises CloudError, DeployFailed.
    """
    deploy = function.deploy or Deploy()
    name = name_of(function)
    beside = not deploy.code_only
    whole: Mapping[str, Any] = {}
    if beside and (deploy.tags or deploy.concurrency is not None):
        # GetFunction has both, in the same one read
        found = calls.or_none("lambda", "GetFunction", FunctionName=name)
        whole = found or {}
        configuration = whole.get("Configuration")
    else:
        configuration = calls.or_none("lambda", "GetFunctionConfiguration", FunctionName=name)
    if configuration is None:
        return None
    if busy(configuration):
        configuration = settled(calls, name)
    alias, versions = _versions(calls, name, configuration, deploy)
    concurrency = (whole.get("Concurrency") or {}).get("ReservedConcurrentExecutions", -1) if whole else None
    return Deployed(
        configuration,
        alias,
        versions,
        tags=(whole.get("Tags") or {}) if whole else None,
        concurrency=concurrency,
        url=_url(calls, name) if beside and deploy.url is not None else None,
    )


def versions_of(calls: Calls, name: str) -> tuple[Mapping[str, Any], ...]:
    """The published versions' FunctionConfigurations, oldest first."""
    found: list[Mapping[str, Any]] = []
    marker: dict[str, str] = {}
    while True:
        page = calls("lambda", "ListVersionsByFunction", FunctionName=name, **marker)
        found += [each for each in page.get("Versions", []) if str(each.get("Version", "")).isdigit()]
        if not page.get("NextMarker"):
            return tuple(sorted(found, key=lambda each: int(each["Version"])))
        marker = {"Marker": page["NextMarker"]}


def aliases_of(calls: Calls, name: str) -> tuple[AliasState, ...]:
    """The function's aliases."""
    found: list[AliasState] = []
    marker: dict[str, str] = {}
    while True:
        page = calls("lambda", "ListAliases", FunctionName=name, **marker)
        found += [alias_state(each) for each in page.get("Aliases", [])]
        if not page.get("NextMarker"):
            return tuple(found)
        marker = {"Marker": page["NextMarker"]}


def alias_of(calls: Calls, name: str, alias: str) -> AliasState | None:
    """One alias, or None."""
    found = calls.or_none("lambda", "GetAlias", FunctionName=name, Name=alias)
    return alias_state(found) if found else None


def alias_state(answer: Mapping[str, Any]) -> AliasState:
    """An alias from AWS's AliasConfiguration."""
    weights = (answer.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return AliasState(answer["Name"], answer["FunctionVersion"], answer.get("RevisionId", ""), weights)


def _versions(
    calls: Calls, name: str, latest: Mapping[str, Any], deploy: Deploy
) -> tuple[AliasState | None, tuple[Mapping[str, Any], ...] | None]:
    if deploy.alias is not None:
        # what the alias points to is one read, and mostly it is what $LATEST is
        pointed = calls.or_none(
            "lambda", "GetFunctionConfiguration", FunctionName=name, Qualifier=deploy.alias.name
        )
        if pointed is not None and versionable(pointed) == versionable(latest):
            return AliasState(deploy.alias.name, str(pointed["Version"])), (pointed,)
        return alias_of(calls, name, deploy.alias.name), versions_of(calls, name)
    return None, versions_of(calls, name) if deploy.publish else None


def _url(calls: Calls, name: str) -> str:
    found = calls.or_none("lambda", "GetFunctionUrlConfig", FunctionName=name)
    return str(found["AuthType"]) if found else ""
