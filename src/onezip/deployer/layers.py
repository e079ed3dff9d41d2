"""A function's own layer in AWS: which version has its bytes, and how a new one comes to be.

A layer version is immutable, and PublishLayerVersion makes one each time it is called (Lambda API reference),
so what is there is looked at first: the version that the function uses, then the newest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from onezip.deployer.calls import Calls
from onezip.deployer.cloud import CloudError, Kind, kind
from onezip.deployer.code import fetch_archive
from onezip.deployer.own_layer import arns, is_own, layer_name
from onezip.deployer.signed import brings_signed_copy
from onezip.deployer.values import Archive, Deployed, Layer, LayerVersion, PublishLayer
from onezip.errors import DeployFailed
from onezip.model.function import Function
from onezip.model.layer import SUFFIX


def find_layer(calls: Calls, function: Function, archive: Archive, deployed: Deployed | None) -> Layer:
    """The layer with the version that has these bytes, if the one in use or the newest has them.

    One read where the function uses them already; a signed version whose digest differs is fetched, and
    compared by its files. Raises CloudError, DeployFailed, ArchiveError.
    """
    name, architecture = layer_name(function), str(function.architecture)
    used = deployed and next(
        (arn for arn in arns(deployed.configuration) if is_own(arn, name, deployed.arn)), None
    )
    version = _version(calls, used, archive) if used else None
    if version is not None and _is(version, archive, architecture):
        return Layer(name, archive, version.arn, version)
    newest = newest_equal(calls, name, archive, architecture, but=used or "")
    return Layer(name, archive, newest, version)


def newest_equal(calls: Calls, name: str, archive: Archive, architecture: str, *, but: str = "") -> str:
    """The ARN of a layer's newest version if that is this zip, signed or not, else empty; `but` is known not
    to be. Raises as `find_layer`.
    """
    page = calls.or_none("lambda", "ListLayerVersions", LayerName=name) or {}
    versions: Sequence[Mapping[str, Any]] = page.get("LayerVersions") or []
    if not versions:
        return ""
    newest = str(max(versions, key=lambda each: int(each["Version"]))["LayerVersionArn"])
    if newest == but:
        return ""
    found = _version(calls, newest, archive)
    return newest if found is not None and _is(found, archive, architecture) else ""


def publish_layer(calls: Calls, action: PublishLayer, content: Mapping[str, Any]) -> str:
    """Publish a version; its ARN. An answer that got lost is looked for before it is asked for again.

    Raises CloudError; DeployFailed (deploy.bytes) where AWS has other bytes than were sent.
    """
    archive = action.code.archive
    asked = {
        "LayerName": action.name,
        "Content": dict(content),
        "CompatibleRuntimes": [action.runtime],
        "CompatibleArchitectures": [action.architecture],
        "Description": f"dependencies of {action.function}",
    }
    try:
        answer = calls.once("lambda", "PublishLayerVersion", **asked)
    except CloudError as error:
        if kind(error) not in {Kind.BROKEN, Kind.THROTTLED, Kind.BUSY, Kind.UNREACHABLE}:
            raise
        if kind(error) is Kind.BROKEN:
            found = newest_equal(calls, action.name, archive, action.architecture)
            if found:
                return found
        answer = calls("lambda", "PublishLayerVersion", **asked)
    told = (answer.get("Content") or {}).get("CodeSha256")
    if told not in {None, archive.code_sha256}:
        raise DeployFailed(
            "deploy.bytes",
            f"{action.name}: AWS has other bytes than were sent",
            hint="deploy again; if it stays, look for a proxy that changes what passes",
        )
    return str(answer["LayerVersionArn"])


def fetch_layer(
    calls: Calls, function: Function, function_name: str, folder: str, *, qualifier: str = ""
) -> Archive:
    """The zip of the own layer of a function in AWS, as FOLDER/DIGEST.zip.

    Raises CloudError; DeployFailed (aws.layer, deploy.bytes) and ArchiveError (archive.write).
    """
    wanted = {"Qualifier": qualifier} if qualifier else {}
    configuration = calls("lambda", "GetFunctionConfiguration", FunctionName=function_name, **wanted)
    name, own = f"{function_name}{SUFFIX}", str(configuration.get("FunctionArn", ""))
    used = next((arn for arn in arns(configuration) if is_own(arn, name, own)), None)
    if used is None:
        raise DeployFailed(
            "aws.layer",
            f"{function.name}: {function_name} has no version of {name}, and layer = true asks for one",
            hint="deploy it there once by `onezip deploy`",
        )
    return fetch_version(calls, used, folder)


def fetch_version(calls: Calls, arn: str, folder: str) -> Archive:
    """The zip of a layer version of this account and Region, as FOLDER/DIGEST.zip.

    Raises CloudError; DeployFailed (deploy.bytes) and ArchiveError (archive.write).
    """
    named = _named(arn)

    def look() -> tuple[str, str]:
        content = calls("lambda", "GetLayerVersion", **named)["Content"]
        return str(content["Location"]), str(content["CodeSha256"])

    return fetch_archive(calls, str(named["LayerName"]), folder, look)


def _named(arn: str) -> dict[str, Any]:
    """The parameters that name a layer version of this account and Region."""
    *_, name, version = arn.split(":")
    return {"LayerName": name, "VersionNumber": int(version)}


def _version(calls: Calls, arn: str, archive: Archive) -> LayerVersion | None:
    """A version, and whether it is this very zip once signed. Only a signed one is fetched for that."""
    found = calls.or_none("lambda", "GetLayerVersion", **_named(arn))
    if found is None:
        return None
    content: Mapping[str, Any] = found.get("Content") or {}
    version = LayerVersion(
        arn,
        str(content.get("CodeSha256") or ""),
        tuple(found.get("CompatibleArchitectures") or ()),
        signed=bool(content.get("SigningProfileVersionArn")),
    )
    if not version.signed or version.code_sha256 == archive.code_sha256:
        return version
    same = brings_signed_copy(lambda folder: fetch_version(calls, arn, folder), archive)
    return replace(version, signed_from=archive.code_sha256) if same else version


def _is(version: LayerVersion, archive: Archive, architecture: str) -> bool:
    """Whether a layer version is this zip, signed or not, and is for this architecture where it says what it
    is for.
    """
    same = archive.code_sha256 in {version.code_sha256, version.signed_from}
    return same and architecture in (version.architectures or (architecture,))
