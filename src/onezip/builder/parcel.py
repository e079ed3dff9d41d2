"""One function's parts -> its zip and its record."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from onezip.archive.collect import LeftOut, Source, collect, together
from onezip.archive.previous import Previous
from onezip.archive.writer import pack
from onezip.builder.job import Job, Surroundings
from onezip.builder.languages.base import Harvest, LanguageModule
from onezip.builder.languages.python_wanted import absolute
from onezip.builder.record import as_table
from onezip.builder.staging import STAGING, look_at
from onezip.builder.twins import names_of_own_wheels, shared_out, without_twins
from onezip.errors import BuildFailed, Severity
from onezip.model.build import BuildRecord, Component, Product, Recipe
from onezip.model.function import Function


def products(recipe: Recipe, function: Function, root: str) -> list[Product]:
    """The parts of a function's zip: the recipe's, and the extra files that the project file names."""
    extra = [
        Product(function.name, os.path.join(root, source), name) for source, name in function.files.items()
    ]
    return [product for product in recipe.products if product.function == function.name] + extra


def source_of(product: Product, path: str, exclude: tuple[str, ...] = ()) -> Source:
    """A product at its real path, as the archive wants it."""
    patterns = replace(product.patterns, exclude=(*product.patterns.exclude, *exclude))
    return Source(path, product.name, patterns, product.own)


def pack_job(
    job: Job,
    recipe: Recipe,
    staging: str,
    root: str,
    output: str,
    module: LanguageModule,
    around: Surroundings,
    skip: frozenset[str],
    previous: Previous,
) -> tuple[dict[str, Any], tuple[LeftOut, ...]]:
    """Write the zip into the output folder; the record as JSON values, and what was left out and why.

    previous is the zip that is there now. Raises ArchiveError, ProjectError and BuildFailed.
    """
    function = job.function
    around.happened("build.packing", function.name)
    sources: list[Source] = []
    components = list(job.components)
    for product in products(recipe, function, root):
        path = product.path.replace(STAGING, staging)
        harvest = Harvest()
        if product in recipe.products and (product.path != path or os.path.isfile(path)):
            harvest = module.harvest(function, look_at(path))
        _judge(harvest, around)
        components += harvest.components
        sources.append(source_of(product, path, harvest.exclude))
    # what the build's name was made from is what is packed: a file that changed meanwhile is refused
    collected = together(
        job.collected.get(source) or collect([source], report=around.report, skip=skip) for source in sources
    )
    own_wheels = names_of_own_wheels(recipe, absolute(root, function.source), staging)
    entries = shared_out(collected.entries, function, own_wheels)
    if function.layer_of and not entries:
        raise BuildFailed(
            "python.layer",
            f"{function.layer_of}: layer = true, and all that was installed is its own project",
            hint="remove layer",
            place=function.place,
        )
    manifest = pack(
        without_twins(entries, own_wheels),
        os.path.join(output, f"{function.name}.zip"),
        compression=function.compression,
        report=around.report,
        progress=lambda done, total: around.happened("build.packed", function.name, done=done, total=total),
        previous=previous,
    )
    for diagnostic in module.check(function, {entry.name for entry in manifest.entries}):
        around.report(diagnostic)
    # an installer does not reach the bytes: what it installed is named, and two of them may agree
    reaches = any(component.name == "toolchain" for component in recipe.components)
    record = BuildRecord(
        function=function.name,
        zip=f"{function.name}.zip",
        sha256=manifest.sha256,
        code_sha256=manifest.code_sha256,
        size=manifest.size,
        unzipped=manifest.unzipped,
        entries=len(manifest.entries),
        runtime=function.runtime.id,
        architecture=function.architecture,
        handler="" if function.layer_of else function.handler.text,
        language=str(function.language),
        engine=manifest.engine,
        toolchain={job.tool.name: job.tool.version} if job.tool and reaches else {},
        components=tuple(components),
        layer_of=function.layer_of,
    )
    return as_table(record), collected.left_out


def built_from(record: dict[str, Any]) -> tuple[Component, ...]:
    """The components of a record's JSON values."""
    return tuple(Component(**component) for component in record["components"])


def _judge(harvest: Harvest, around: Surroundings) -> None:
    """Pass on what was found; raise the first error."""
    errors = []
    for diagnostic in harvest.diagnostics:
        if diagnostic.severity is Severity.ERROR:
            errors.append(diagnostic)
        else:
            around.report(diagnostic)
    if errors:
        first = errors[0]
        raise BuildFailed(first.code, first.message, hint=first.hint, place=first.place)
