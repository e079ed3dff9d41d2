"""Decide: a function, its zip and what is deployed -> the actions that make them agree.  [pure]"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from onezip import limits
from onezip.deployer.configuration import differences, versionable, whole
from onezip.deployer.own_layer import arns
from onezip.deployer.values import (
    Action,
    AliasState,
    Archive,
    Code,
    CreateFunction,
    Deployed,
    Layer,
    Plan,
    PointAlias,
    Prune,
    Publish,
    PublishLayer,
    SetConcurrency,
    SetTags,
    SetUrl,
    UpdateCode,
    UpdateConfiguration,
)
from onezip.errors import DeployFailed
from onezip.model.deploy import Alias, Deploy
from onezip.model.function import Function

ROLE_NAME = 64
"""Longest role name, in characters (IAM API reference, CreateRole)."""


def name_of(function: Function) -> str:
    """The function's name in AWS."""
    return (function.deploy.function_name if function.deploy else None) or function.name


def plan(function: Function, archive: Archive, deployed: Deployed | None, layer: Layer | None = None) -> Plan:
    """The actions for one function; none where nothing would change. layer is its own layer, if it has one.

    deployed must hold what the project file speaks of (`look.look` reads just that). Raises DeployFailed
    where no plan can be right.
    """
    deploy = function.deploy or Deploy()
    name = name_of(function)
    if deployed is None:
        return Plan(function.name, name, archive, _made(function, archive, deploy, layer), layer=layer)
    if deployed.configuration.get("PackageType") == "Image":
        raise DeployFailed(
            "aws.image",
            f"{function.name}: the code of {name} is a container image; AWS says: Please provide ImageUri"
            " when updating a function with packageType Image.",
            hint="a function cannot change its package type: deploy under another function_name",
        )
    changes = list(_changes(function, archive, deployed, deploy, layer))
    versioned = any(isinstance(change, UpdateCode | UpdateConfiguration) for change in changes)
    changes += _beside(deploy, deployed)
    changes += _published(deploy, deployed, changed=versioned)
    return Plan(
        function.name,
        name,
        archive,
        tuple(changes),
        deployed.revision,
        deployed.arn,
        layer,
        _signed(archive, deployed, changes),
    )


def newest_equal(configuration: Mapping[str, Any], versions: Sequence[Mapping[str, Any]]) -> str | None:
    """The number of the last published version if it is what $LATEST is."""
    if versions and versionable(versions[-1]) == versionable(configuration):
        return str(versions[-1]["Version"])
    return None


def _made(function: Function, archive: Archive, deploy: Deploy, layer: Layer | None) -> tuple[Action, ...]:
    name = name_of(function)
    if deploy.code_only:
        raise DeployFailed(
            "aws.function",
            f"{function.name}: there is no function {name}, and only code is deployed here",
            hint="let the tool that owns the configuration make it first, or look at --region and --profile",
        )
    role = deploy.role
    if role is None:
        raise DeployFailed(
            "deploy.role",
            f"{function.name}: there is no function {name} yet, and no role to make it with",
            hint='add role = "NAME" to its deploy table, or run with --create-role;'
            " if it should be there, look at --region and --profile",
        )
    settings = whole(function, layer.reference if layer else "")
    code = _code(function, archive, deploy)
    architecture = str(function.architecture)
    made: list[Action] = [
        *_published_layer(function, layer, deploy),
        CreateFunction(code, architecture, settings, role.name, role.create, deploy.tags or {}),
    ]
    made += _beside(deploy, None)
    if deploy.publish or deploy.alias:
        made.append(Publish())
    if deploy.alias:
        made.append(PointAlias(deploy.alias.name, None, None))
    return tuple(made)


def _published_layer(function: Function, layer: Layer | None, deploy: Deploy) -> list[Action]:
    """A version of the function's own layer, where none has its bytes."""
    if layer is None or layer.arn:
        return []
    code = _code(function, layer.archive, deploy)
    runtime, architecture = function.runtime.id, str(function.architecture)
    signed = layer.used is not None and layer.used.signed
    return [PublishLayer(function.name, layer.name, code, runtime, architecture, layer.reference, signed)]


def _changes(
    function: Function, archive: Archive, deployed: Deployed, deploy: Deploy, layer: Layer | None
) -> list[Action]:
    changes: list[Action] = []
    if deploy.code_only:
        _check_layer(function, deployed, layer)
    else:
        changes += _published_layer(function, layer, deploy)
    old, new = deployed.architecture, str(function.architecture)
    failed = "Failed" in {deployed.configuration.get(key) for key in ("State", "LastUpdateStatus")}
    reason = ""
    if archive.code_sha256 not in {deployed.code_sha256, deployed.signed_from}:
        reason = "changed, and not signed as the deployed one is" if deployed.signed else "changed"
    elif old != new:
        reason = "the same bytes for another architecture"
    elif failed:
        reason = "sent again: the last update failed"
    if reason:
        code = _code(function, archive, deploy)
        changes.append(UpdateCode(code, reason, (old, new) if old != new else None))
    if not deploy.code_only:
        found = differences(function, deployed.configuration, layer.reference if layer else "")
        if found:
            changes.append(UpdateConfiguration(found))
    return changes


def _signed(archive: Archive, deployed: Deployed, changes: Sequence[Action]) -> str:
    """CodeSha256 of the deployed code, where that is ours once signed, and stays."""
    stays = not any(isinstance(change, UpdateCode) for change in changes)
    return deployed.code_sha256 if stays and deployed.signed_from == archive.code_sha256 else ""


def _check_layer(function: Function, deployed: Deployed, layer: Layer | None) -> None:
    """Which layers a function has is configuration: without that, its code would meet other dependencies."""
    if layer is not None and layer.arn not in arns(deployed.configuration):
        raise DeployFailed(
            "deploy.layer",
            f"{function.name}: it does not use {layer.name} as it is here, and only code is deployed",
            hint="deploy without --code-only, or let the tool that owns the configuration attach the layer:"
            " `onezip export` writes it",
        )


def _code(function: Function, archive: Archive, deploy: Deploy) -> Code:
    if archive.size > limits.ZIPPED_DIRECT and deploy.bucket is None:
        raise DeployFailed(
            "archive.s3-needed",
            f"{function.name}: the zip has {archive.size:,} bytes; AWS takes {limits.ZIPPED_DIRECT:,} in a"
            " request, and more only through S3",
            hint='add bucket = "NAME" to its deploy table, or run with --bucket; the bucket must be in the'
            " function's Region",
        )
    through = deploy.bucket
    if through is not None and archive.size <= limits.ZIPPED_DIRECT and not through.reference:
        through = None
    return Code(archive, through)


def _beside(deploy: Deploy, deployed: Deployed | None) -> list[Action]:
    """What hangs on a function and is no part of its versions."""
    if deploy.code_only:
        return []
    actions: list[Action] = []
    if deploy.tags and deployed is not None:
        have = deployed.tags or {}
        missing = {key: value for key, value in deploy.tags.items() if have.get(key) != value}
        if missing:
            actions.append(SetTags(missing))
    if deploy.concurrency is not None:
        old = deployed.concurrency if deployed is not None else None
        old = -1 if old is None else old
        if old != deploy.concurrency:
            actions.append(SetConcurrency(old, deploy.concurrency))
    if deploy.url is not None:
        known = (deployed.url if deployed is not None else None) or ""
        if known != deploy.url.auth:
            actions.append(SetUrl(known, deploy.url.auth))
    return actions


def _published(deploy: Deploy, deployed: Deployed, *, changed: bool) -> list[Action]:
    if not deploy.publish and not deploy.alias:
        return []
    known = None if changed else _known(deployed)
    actions: list[Action] = [] if known else [Publish()]
    if deploy.alias is not None:
        actions += _pointed(deploy.alias, deployed.alias, known)
    if not known and deploy.keep is not None:
        actions.append(Prune(deploy.keep))
    return actions


def _known(deployed: Deployed) -> str | None:
    return newest_equal(deployed.configuration, deployed.versions or ())


def _pointed(alias: Alias, old: AliasState | None, version: str | None) -> list[Action]:
    if old is None:
        return [PointAlias(alias.name, None, version)]
    if version is not None and old.version == version and not old.weights:
        return []
    if alias.canary is None:
        return [PointAlias(alias.name, old, version)]
    if version is not None and version in {old.version, *old.weights}:
        return []  # the new version has its share already, or everything
    return [PointAlias(alias.name, old, version, alias.canary)]
