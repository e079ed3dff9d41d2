"""A project and its lock -> what exports are made from."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from onezip.deployer.export.facts import Shipped, ShippedLayer
from onezip.deployer.own_layer import layer_name
from onezip.errors import ProjectError, UsageError
from onezip.model.deploy import Deploy
from onezip.model.function import Function
from onezip.model.layer import layer_of
from onezip.model.place import Place
from onezip.model.project import Origin, Project

if TYPE_CHECKING:
    from onezip.builder.lock import Locked


def shipped(project: Project, args: argparse.Namespace, *, locked: bool) -> tuple[Shipped, ...]:
    """The functions of the command line. Raises UsageError, and ProjectError where the lock is not there.

    A template's values may come from parameters, secret ones too, so of its variables only the names are
    taken; a project file's own values are committed with it already.
    """
    from onezip.builder.locking import read_lock
    from onezip.config.select import select

    zips = args.zips.replace("\\", "/").rstrip("/")
    if os.path.isabs(args.zips) or not zips:
        raise UsageError(
            "usage.command", f"--zips {args.zips}: an absolute folder is not on every machine",
            hint="write it relative to the project file",
        )  # fmt: skip
    wanted = select(project, args.names)
    if args.stage and locked:
        _same_zips(args, wanted)
    lock = read_lock(project) if locked else {}
    before = _before(args)
    return tuple(_one(project, each, zips, lock if locked else None, before) for each in wanted)


def _same_zips(args: argparse.Namespace, functions: Sequence[Function]) -> None:
    """Hold a stage to what it may change: the lock knows one zip of each function. Raises ProjectError."""
    from onezip.builder.fingerprint import settings
    from onezip.cli.described import described

    usual = described(argparse.Namespace(**{**vars(args), "stage": None}))
    for function in functions:
        usually = usual.functions[function.name]
        if settings(usually, usually.compression) != settings(function, function.compression):
            raise ProjectError(
                "lock.stale",
                f"{function.name}: the stage {args.stage} changes the zip, and onezip.lock has one zip only",
                hint="let the stage change the configuration only, or deploy it with `onezip deploy`",
                place=Place(usual.file or ""),
            )


def _held(function: Function, lock: Mapping[str, Locked]) -> Locked:
    """The function's block. Raises ProjectError where there is none, or it is of another configuration."""
    from onezip.builder.locking import held as of_lock

    held = of_lock(lock, function.name)
    for word, was, now in (
        ("runtime", held.runtime, function.runtime.id),
        ("architecture", held.architecture, str(function.architecture)),
    ):
        if was != now:
            raise ProjectError(
                "lock.stale",
                f"{function.name} is locked for the {word} {was}, and now has {now}",
                hint=f"run `onezip lock {function.name}` and commit onezip.lock",
                place=Place("onezip.lock"),
            )
    return held


def _one(
    project: Project,
    function: Function,
    zips: str,
    lock: Mapping[str, Locked] | None,
    before: Mapping[str, Locked] | None,
) -> Shipped:
    held = _held(function, lock) if lock is not None else None
    literal = project.origin is not Origin.TEMPLATE
    return Shipped(
        name=function.name,
        runtime=function.runtime.id,
        handler=function.handler.text,
        architecture=str(function.architecture),
        language=str(function.language),
        zip=f"{zips}/{function.name}.zip",
        sha256=held.sha256 if held else "",
        code_sha256=held.code_sha256 if held else "",
        size=held.size if held else 0,
        memory=function.limits.memory,
        timeout=function.limits.timeout,
        tmp=function.limits.tmp,
        description=function.description,
        environment=dict(function.environment) if literal else {},
        hidden=() if literal else tuple(sorted(function.environment)),
        layers=function.layers,
        deploy=function.deploy or Deploy(),
        changes=None if held is None or before is None else _changes(held, before.get(function.name)),
        layer=_layer(function, zips, lock, before),
    )


def _layer(
    function: Function,
    zips: str,
    lock: Mapping[str, Locked] | None,
    before: Mapping[str, Locked] | None,
) -> ShippedLayer | None:
    """The function's own layer. Raises ProjectError."""
    layer = layer_of(function)
    if layer is None:
        return None
    held = _held(layer, lock) if lock is not None else None
    return ShippedLayer(
        name=layer.name,
        layer_name=layer_name(function),
        zip=f"{zips}/{layer.name}.zip",
        sha256=held.sha256 if held else "",
        code_sha256=held.code_sha256 if held else "",
        size=held.size if held else 0,
        prefix=function.deploy.bucket.prefix if function.deploy and function.deploy.bucket else "",
        changes=None if held is None or before is None else _changes(held, before.get(layer.name)),
    )


def _before(args: argparse.Namespace) -> Mapping[str, Locked] | None:
    """The lock of --against. Raises ProjectError, UsageError."""
    if not args.against:
        return None
    from onezip.builder.lock import parse

    try:
        with open(os.path.join(args.folder, args.against), encoding="utf-8") as file:
            return parse(file.read(), os.path.basename(args.against))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "usage.command", f"--against {args.against} cannot be read: {error}", hint="name a lock file"
        ) from error


def _changes(now: Locked, was: Locked | None) -> tuple[str, ...]:
    """What differs between two blocks of a function, a line each; the first few entries."""
    if was is None:
        return ("new",)
    if was.sha256 == now.sha256:
        return ()
    from onezip.archive.explain import explain_components
    from onezip.builder.lock import changed_lines

    told = [
        f"{key}: {getattr(was, key)} -> {getattr(now, key)}"
        for key in ("runtime", "architecture", "engine")
        if getattr(was, key) != getattr(now, key)
    ]
    told += [cause.summary for cause in explain_components(was.components, now.components)]
    entries = changed_lines(was.entries, now.entries)
    told += entries[:20]
    if len(entries) > 20:
        told.append(f"and {len(entries) - 20} more entries")
    return (f"{was.size:,} -> {now.size:,} bytes", *told)
