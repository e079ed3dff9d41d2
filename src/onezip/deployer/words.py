"""A plan in words and as JSON values. Values of environment variables never appear.  [pure]"""

from __future__ import annotations

from typing import Any

from onezip.deployer.values import (
    Action,
    Code,
    CreateFunction,
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


def lines(plan: Plan) -> list[tuple[str, str]]:
    """What a plan does, as (subject, what happens to it)."""
    return [line for action in plan.actions for line in _lines(action)]


def as_table(plan: Plan) -> dict[str, Any]:
    """A plan as JSON values."""
    code, layer = plan.code, plan.layer
    return {
        "function": plan.function,
        "name": plan.name,
        "sha256": plan.archive.sha256,
        "code_sha256": plan.archive.code_sha256,
        "size": plan.archive.size,
        "transport": None if code is None else "s3" if code.bucket else "direct",
        **({"layer": _layer(layer)} if layer else {}),
        "actions": [
            {"action": _KINDS[type(action)], "changes": [list(line) for line in _lines(action)]}
            for action in plan.actions
        ],
    }


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "sha256": layer.archive.sha256,
        "code_sha256": layer.archive.code_sha256,
        "size": layer.archive.size,
        "arn": layer.arn or None,
    }


def share(part: float) -> str:
    """0.1 as `10%`."""
    return f"{part * 100:g}%"


def _lines(action: Action) -> list[tuple[str, str]]:
    match action:
        case PublishLayer():
            unsigned = ", not signed as the one in use is" if action.unsigned else ""
            return [("layer", f"{action.name}, a new version{unsigned}, {_travels(action.code)}")]
        case CreateFunction():
            made = ", made where it is missing" if action.make_role else ""
            return [
                ("function", f"new, {action.settings['Runtime']}, {action.architecture}"),
                ("code", _travels(action.code)),
                ("role", f"{action.role}{made}"),
                *_created(action),
            ]
        case UpdateCode():
            found = [("code", f"{action.reason}, {_travels(action.code)}")]
            if action.architecture:
                found.append(("architecture", " -> ".join(action.architecture)))
            return found
        case UpdateConfiguration():
            return [(each.name, f"{each.old} -> {each.new}" if each.old else each.new)
                    for each in action.differences]  # fmt: skip
        case SetTags():
            return [("tags", ", ".join(f"{key}={value}" for key, value in sorted(action.tags.items())))]
        case SetConcurrency():
            return [("concurrency", f"{action.old if action.old >= 0 else 'none'} -> {action.new}")]
        case SetUrl():
            return [("url", f"{action.old or 'none'} -> {action.new}")]
        case Publish():
            return [("version", "a new one is published")]
        case PointAlias():
            return [(f"alias {action.name}", _alias(action))]
        case Prune():
            return [("versions", f"the newest {action.keep} stay, and those that an alias points to")]


def _created(action: CreateFunction) -> list[tuple[str, str]]:
    found = []
    for name, value in action.settings.items():
        if name == "Environment":
            found.append((name, ", ".join(sorted(value["Variables"]))))
        elif name != "Runtime":
            found.append(
                (name, str(next(iter(value.values()))) if name == "EphemeralStorage" else str(value))
            )
    return found


def _travels(code: Code) -> str:
    size = f"{code.archive.size:,} bytes"
    if code.bucket is None:
        return f"{size}, in the request"
    where = f"s3://{code.bucket.name}/{code.key}"
    return f"{size}, through {where}{', and stays there' if code.bucket.reference else ''}"


def _alias(action: PointAlias) -> str:
    version = action.version or "the new version"
    if action.old is None:
        return f"new, to {version}"
    if action.canary is not None:
        return f"{share(action.canary)} of the calls to {version}, the rest stays on {action.old.version}"
    return f"{action.old.version} -> {version}"


_KINDS = {
    PublishLayer: "publish-layer",
    CreateFunction: "create",
    UpdateCode: "update-code",
    UpdateConfiguration: "update-configuration",
    SetTags: "tag",
    SetConcurrency: "concurrency",
    SetUrl: "url",
    Publish: "publish",
    PointAlias: "alias",
    Prune: "prune",
}
