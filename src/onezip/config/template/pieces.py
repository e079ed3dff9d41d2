"""Resources that a template does not spell out: those of loops and of included files."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping
from typing import Any

from onezip.config.template.disk import Disk
from onezip.config.template.intrinsics import Unknown
from onezip.config.template.read import read_template
from onezip.config.template.resolver import Resolver
from onezip.config.template.scalar import place_of
from onezip.errors import ProjectError


def unrolled(key: str, body: Any, resolver: Resolver) -> list[tuple[str, Any]]:
    """What a loop stands for. Raises ProjectError where that is not known before a deployment."""
    try:
        return list(resolver.expand(key, body))
    except Unknown as error:
        raise ProjectError(
            "template.loop",
            f"the loop {key} cannot be expanded here: {error}",
            place=place_of(key),
            hint="its collection must be a list of literals, or a Ref to a list parameter with a value",
        ) from error


def concerns(node: Any, kinds: Collection[str]) -> bool:
    """Whether a loop makes a resource of one of these kinds; others need not be expanded."""
    match node:
        case {"Type": str() as kind}:
            return kind in kinds or "{" in kind
        case dict():
            return any(concerns(inner, kinds) for inner in node.values())
        case list():
            return any(concerns(inner, kinds) for inner in node)
        case _:
            return False


def include(key: str, transform: Any, folder: str, disk: Disk) -> Mapping[str, Any] | None:
    """The table that `Fn::Transform: {Name: AWS::Include, ...}` brings in from a local file, else None.

    CloudFormation itself includes only from S3; `aws cloudformation package` uploads the local file.
    """
    match transform:
        case {"Name": "AWS::Include", "Parameters": {"Location": str() as location}}:
            if "://" in location or "\0" in location:
                return None
        case _:
            return None
    path = posixpath.normpath(posixpath.join(folder, location))
    text = disk.read(path)
    if text is None:
        raise ProjectError("template.nested", f"the include {path} does not exist", place=place_of(key))
    return read_template(text, path).tree
