"""Where a function's code is: a path of ours, or elsewhere.

The order is that of `sam build` (`get_function_build_info`): inline code wins over
CodeUri; a `.zip` and SkipBuild are left as they are. Unlike there, a missing CodeUri is not `.`.
"""

from __future__ import annotations

import posixpath
from typing import Any

from onezip.config.template.disk import Disk
from onezip.config.template.intrinsics import expression
from onezip.config.template.resource import PARAMETER_HINT, Resource
from onezip.config.template.scalar import text_of
from onezip.model.project import Known, Unresolved

SERVERLESS, LAMBDA = "AWS::Serverless::Function", "AWS::Lambda::Function"

FOREIGN_RUNTIMES = ("nodejs", "java", "ruby", "dotnet")
"""How the runtimes start that onezip does not build for."""

FOREIGN_METHODS = frozenset({"rust-cargolambda", "esbuild"})
"""Values of Metadata.BuildMethod beside those runtimes that other tools build."""

_S3 = ("S3Bucket", "S3Key", "Bucket", "Key")


def elsewhere(resource: Resource) -> str | None:
    """Why the function is not onezip's to build, or None. Looks only at what is known; raises nothing."""
    runtime, method = _text(resource, "Runtime"), _metadata(resource, "BuildMethod")
    if resource.kind not in {SERVERLESS, LAMBDA}:
        return "a web function runs on Node.js"
    if _text(resource, "PackageType") == "Image" or resource.resolved("ImageUri") is not None:
        return "a container image"
    for code in (runtime, method):
        if code is not None and code.startswith(FOREIGN_RUNTIMES):
            return f"{code} is not built by onezip"
    if method in FOREIGN_METHODS:
        return f"BuildMethod {method} is not built by onezip"
    if _is_inline(resource):
        return "inline code"
    code = resource.resolved(_key(resource))
    reason = _packed(
        _outline(resource.properties.get(_key(resource))) if isinstance(code, Unresolved) else code
    )
    if reason is None and (_metadata(resource, "SkipBuild") or "").lower() == "true":
        reason = "Metadata.SkipBuild says that it is ready"
    return reason


def code_path(resource: Resource, disk: Disk) -> str:
    """The path of the code relative to the project's root: a folder or file that is there."""
    key = _key(resource)
    code = resource.resolved(key)
    if code is None:
        raise resource.wrong(
            "template.code",
            f"no {key}: where is its code?",
            key,
            f"add {key}: FOLDER, relative to the template",
        )
    inline = resource.value("InlineCode")
    if isinstance(inline, Unresolved):
        raise resource.wrong(
            "template.unresolved",
            f"InlineCode is {inline.expression}, which is not known here, and {key} is there too",
            "InlineCode",
            PARAMETER_HINT,
        )
    if isinstance(code, dict):
        raise resource.wrong(
            "template.value", f"{key} {expression(code)} says nowhere", key, f"write {key}: FOLDER"
        )
    text = resource.text(key) or ""
    path = resource.path(key, text, disk)
    if not disk.is_dir(path) and not disk.is_file(path):
        shown = text if path == posixpath.normpath(text) else f"{text} ({path})"
        raise resource.wrong("project.source", f"{key} {shown} does not exist", key)
    return path


def _key(resource: Resource) -> str:
    return "CodeUri" if resource.kind == SERVERLESS else "Code"


def _is_inline(resource: Resource) -> bool:
    """Whether there is inline code. A function that may or may not have some is left to `code_path`."""
    inline = resource.resolved("InlineCode") if resource.kind == SERVERLESS else None
    return inline is not None and not (
        isinstance(inline, Unresolved) and resource.resolved("CodeUri") is not None
    )


def _outline(node: Any) -> Any:
    """The text of a call that is not known here, with what varies left in it: `s3://${Bucket}/x.zip`."""
    match node:
        case {"Fn::Sub": str() as text} | {"Fn::Sub": [str() as text, *_]}:
            return text
        case {"Fn::Join": [_, [str() as first, *_]]}:
            return first
        case _:
            return node


def _packed(code: Any) -> str | None:
    """The reason that a code property itself gives."""
    match code:
        case {"ZipFile": _}:
            return "inline code"
        case {"ImageUri": _}:
            return "a container image"
        case dict() if any(key in code for key in _S3):
            return "its code is in S3"
        case str() if code.lower().startswith("s3://"):
            return "its code is in S3"
        case str() if "://" in code:
            return f"its code is at {code}"
        case str() if code.lower().endswith((".zip", ".jar")):
            return f"a ready package, {code}"
        case _:
            return None


def _text(resource: Resource, key: str) -> str | None:
    value = resource.value(key)
    return text_of(value.value) if isinstance(value, Known) else None


def _metadata(resource: Resource, key: str) -> str | None:
    value = resource.resolver.value(resource.metadata.get(key))
    return text_of(value.value) if isinstance(value, Known) else None
