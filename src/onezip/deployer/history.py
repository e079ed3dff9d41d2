"""Versions and aliases as they are, an alias moved back or forth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from onezip.deployer.calls import Calls
from onezip.deployer.look import alias_of, aliases_of, versions_of
from onezip.deployer.values import AliasState
from onezip.deployer.versions import back_from
from onezip.deployer.words import share
from onezip.errors import DeployFailed


@dataclass(frozen=True, slots=True)
class Version:
    """A published version; aliases are in words, such as `live` or `live (10%)`."""

    number: str
    code_sha256: str
    size: int
    modified: str
    description: str
    aliases: tuple[str, ...]


def history(calls: Calls, name: str) -> list[Version]:
    """The published versions, newest first. Raises CloudError."""
    aliases = aliases_of(calls, name)
    return [
        Version(
            str(each["Version"]),
            str(each.get("CodeSha256", "")),
            int(each.get("CodeSize", 0)),
            str(each.get("LastModified", "")),
            str(each.get("Description", "")),
            tuple(word for alias in aliases for word in _words(alias, str(each["Version"]))),
        )
        for each in reversed(versions_of(calls, name))
    ]


def roll_back(calls: Calls, name: str, alias: str, to: str | None = None) -> tuple[AliasState, str]:
    """Let an alias point to the version before, or to one that is named; what it was, and the version.

    Of a canary the new version loses its share. Raises CloudError, DeployFailed (aws.alias).
    """
    old = _known(calls, name, alias)
    version = back_from(old, [str(each["Version"]) for each in versions_of(calls, name)], to)
    _point(calls, name, old, version)
    return old, version


def promote_canary(calls: Calls, name: str, alias: str) -> tuple[AliasState, str]:
    """Give a canary's version all calls; what the alias was, and the version. Raises as `roll_back`."""
    old = _known(calls, name, alias)
    if not old.weights:
        raise DeployFailed(
            "aws.alias",
            f"{name}: alias {alias} has no canary: all calls go to version {old.version}",
            hint="`onezip deploy --alias NAME --canary 10%` starts one",
        )
    version = max(old.weights, key=int)
    _point(calls, name, old, version)
    return old, version


def _known(calls: Calls, name: str, alias: str) -> AliasState:
    old = alias_of(calls, name, alias)
    if old is None:
        known = ", ".join(each.name for each in aliases_of(calls, name)) or "none"
        raise DeployFailed("aws.alias", f"{name} has no alias {alias}", hint=f"there are: {known}")
    return old


def _point(calls: Calls, name: str, old: AliasState, version: str) -> None:
    guard: dict[str, Any] = {"RevisionId": old.revision} if old.revision else {}
    calls(
        "lambda",
        "UpdateAlias",
        FunctionName=name,
        Name=old.name,
        FunctionVersion=version,
        RoutingConfig={"AdditionalVersionWeights": {}},
        **guard,
    )


def _words(alias: AliasState, version: str) -> list[str]:
    if version == alias.version:
        rest = 1 - sum(alias.weights.values())
        return [f"{alias.name} ({share(rest)})" if alias.weights else alias.name]
    return [f"{alias.name} ({share(alias.weights[version])})"] if version in alias.weights else []
