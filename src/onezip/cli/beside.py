"""What `onezip build` writes for other tools: a depfile for make, a built template for SAM."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from onezip import __version__
from onezip.cli.described import described
from onezip.errors import CacheError, ProjectError, UsageError
from onezip.folders import folders
from onezip.model.project import Origin, Project

if TYPE_CHECKING:
    from onezip.deployer.export.sam_build import Ready

SAM_FOLDER = ".aws-sam/build"
"""Where SAM looks for a built template, below the folder of the user's own."""

Records = Sequence[Mapping[str, Any]]


def write(args: argparse.Namespace, records: Records) -> None:
    """Write what was asked for. records are those of the build, with the zips' absolute `path`.

    Raises UsageError, ProjectError, CacheError, ArchiveError.
    """
    project = described(args)
    if args.depfile:
        _depfile(args, project, records)
    if args.sam:
        _sam(project, records)


# ---- make -----------------------------------------------------------------------------------------------


def _depfile(args: argparse.Namespace, project: Project, records: Records) -> None:
    """The rules of all records, no newer than any of the zips, so that make may depend on it as well.

    A zip that is older than an input, for its bytes came out the same, gets the time of now.
    """
    from onezip.archive.sink import Sink
    from onezip.deployer.export.depfile import rule

    here = os.path.abspath(args.folder)
    place = os.path.join(here, args.depfile)
    inputs = _inputs(args, project, [str(record["function"]) for record in records])
    rules = [
        rule(
            _named(str(record["path"]), here, keep=os.path.isabs(args.output)),
            [_named(path, here) for path in inputs[record["function"]]],
        )
        for record in records
    ]
    times = [_no_older(str(record["path"]), inputs[record["function"]]) for record in records]
    with Sink(place) as sink:
        sink.write(["".join(rules).encode("utf-8", "surrogateescape")])
    if times:
        os.utime(place, ns=(min(times), min(times)))


def _inputs(args: argparse.Namespace, project: Project, names: Sequence[str]) -> dict[str, list[str]]:
    """The absolute paths that each function was built from, as the build noted them. Raises CacheError."""
    from onezip.builder.unchanged import load

    file = os.path.join(project.root, project.file or "")
    output = os.path.abspath(os.path.join(project.root, args.output))
    state = load(folders(os.environ).state, file, output, __version__)
    described_by = [
        path for path in (file, os.path.join(project.root, "onezip.lock")) if os.path.isfile(path)
    ]
    found = {}
    for name in names:
        built = state["built"].get(name)
        snapshot = built and state["snapshots"].get(built["snapshot"])
        if not snapshot:
            raise CacheError(
                "cache.unusable",
                f"{name}: what it was built from could not be noted",
                hint="`onezip doctor` tells where, and whether that folder can be written",
            )
        paths = {*described_by}
        for folder in built["folders"]:
            paths.update(_of_folder(folder, snapshot["folders"][folder], output))
        found[name] = sorted(paths)
    return found


def _of_folder(folder: str, entry: Mapping[str, Any], output: str) -> Iterator[str]:
    """The files of a folder that count, and the folder itself where its names do."""
    for name in entry["files"]:
        yield os.path.join(folder, name)
    if entry["names"] is not None and folder != output:
        yield folder


def _named(path: str, here: str, *, keep: bool = False) -> str:
    """A path as make is to know it: relative where it lies near the working folder, unless keep is on."""
    try:
        near = os.path.relpath(path, here)
    except ValueError:  # another drive of Windows
        near = path
    far = near.startswith(os.path.join("..", "..", "..", ".."))
    return (path if far or keep else near).replace(os.sep, "/")


def _no_older(zip_path: str, inputs: Sequence[str]) -> int:
    """Give a zip the time of now where an input is newer; the zip's time in nanoseconds."""
    was = os.stat(zip_path).st_mtime_ns
    if any(os.stat(path).st_mtime_ns > was for path in inputs if os.path.exists(path)):
        os.utime(zip_path)
    return os.stat(zip_path).st_mtime_ns


# ---- SAM ------------------------------------------------------------------------------------------------


def _sam(project: Project, records: Records) -> None:
    """The built templates: the user's own and those of nested stacks."""
    if project.origin is not Origin.TEMPLATE or project.file is None:
        raise UsageError(
            "sam.template",
            "--sam needs a template as the project's description",
            hint="name it: onezip build --config template.yaml --sam",
        )
    built = os.path.join(project.root, *SAM_FOLDER.split("/"))
    zips = {str(record["function"]): record for record in records}
    done = _template(os.path.join(project.root, project.file), built, "", zips)
    missing = sorted(zips.keys() - done)
    if missing:
        raise ProjectError(
            "sam.template",
            f"{missing[0]} is no resource of its own in {project.file}: a loop or an included file makes it",
            hint="write the function as a resource, or deploy with `onezip export sam`",
        )


def _template(path: str, folder: str, prefix: str, zips: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Write one built template and those below it; the functions that they have."""
    from onezip.archive.sink import Sink
    from onezip.config.load import read_text
    from onezip.deployer.export.sam_build import rewritten

    up = os.path.relpath(os.path.dirname(path), folder).replace(os.sep, "/")
    ready = {name: _ready(record, folder) for name, record in zips.items()}
    made = rewritten(read_text(path), os.path.basename(path), ready, up=up, prefix=prefix)
    with Sink(os.path.join(folder, "template.yaml")) as sink:
        sink.write([made.text.encode()])
    done = set(made.functions)
    for logical, location in made.stacks.items():
        below = os.path.normpath(os.path.join(os.path.dirname(path), location))
        done |= _template(below, os.path.join(folder, logical), f"{prefix}{logical}-", zips)
    return done


def _ready(record: Mapping[str, Any], folder: str) -> Ready:
    from onezip.deployer.export.sam_build import Ready

    path = os.path.relpath(str(record["path"]), folder).replace(os.sep, "/")
    return Ready(path, record["runtime"], record["handler"])
