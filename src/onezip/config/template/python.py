"""A Python function of a template: what describes its dependencies, and the packages that its folder is.

By the rules of `sam build` (aws-sam-cli `ApplicationBuilder`, aws-lambda-builders `python_pip`): dependencies
are described in CodeUri and nowhere above it; BuildProperties may move the code below its parent packages.
"""

from __future__ import annotations

import re
import tomllib

from onezip.config.detect.python_places import DESCRIPTIONS
from onezip.config.detect.walk import join, upwards
from onezip.config.template.disk import Disk
from onezip.config.template.resource import Resource

UV = "python-uv"
"""The BuildMethod by which uv builds, which takes a pyproject.toml before requirements.txt."""

_PYPROJECT = "pyproject.toml"
_MODE, _NAMES = "ParentPackageMode", "ParentPackages"
_PACKAGES = re.compile(r"\w[\w-]*(\.\w[\w-]*)*")
_OF_THE_HANDLER = 2
"""Parts at the end of a handler that are no package: the module and the function."""


def python_table(
    resource: Resource, source: str, disk: Disk, method: str | None
) -> tuple[dict[str, str], list[str]]:
    """What the function's table `python` would hold, and notes. method is its BuildMethod.

    Raises ProjectError for BuildProperties that are wrong or not known here.
    """
    table, notes = {}, []
    requirements, note = _requirements(source, disk, method)
    if requirements is not None:
        table["requirements"] = requirements
    notes += [note] if note else []
    packages, note = _parent_packages(resource, source, disk, method)
    if packages:
        table["parent_packages"] = packages
    notes += [note] if note else []
    return table, notes


def _requirements(source: str, disk: Disk, method: str | None) -> tuple[str | None, str]:
    """The file to name, and a note; None where what lies in the folder is found anyway."""
    own = _description(source, disk)
    if own:
        if method != UV or own != DESCRIPTIONS[0] or not _is_project(source, disk):
            return None, ""
        lock = "uv.lock"
        return (lock if disk.is_file(join(source, lock)) else _PYPROJECT), ""
    above = [] if source.startswith("..") else upwards(source)[1:]
    for folder in above:
        if name := _description(folder, disk, without=DESCRIPTIONS[0]):
            file = join(folder, name)
            return "", f"nothing in {source} describes dependencies, and {file} above it does not count"
    return None, ""


def _description(folder: str, disk: Disk, without: str = "") -> str:
    """What describes dependencies in a folder; empty where nothing does. A Pipfile alone says too little."""
    names = (name for name in (*DESCRIPTIONS, "Pipfile") if name != without)
    found = next((name for name in names if disk.is_file(join(folder, name))), "")
    return found or (_PYPROJECT if _is_project(folder, disk) else "")


def _is_project(folder: str, disk: Disk) -> bool:
    """Whether a pyproject.toml describes a project; one that is no TOML does, until it is mended."""
    text = disk.read(join(folder, _PYPROJECT))
    if text is None:
        return False
    try:
        table = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        return True
    tool = table.get("tool", {})
    return "project" in table or "dependencies" in tool.get("poetry", {})


def _parent_packages(resource: Resource, source: str, disk: Disk, method: str | None) -> tuple[str, str]:
    """The packages that the code goes below, with dots, and a note."""
    mode = resource.build_property(_MODE)
    if mode is None:
        return "", ""
    if method == UV:
        return "", f"{_MODE} has no effect with BuildMethod {UV}, as in `sam build`"
    if mode not in {"auto", "explicit"}:
        raise resource.wrong(
            "template.value", f"{_MODE} must be auto or explicit, not {mode!r}", _MODE, "write auto"
        )
    packages, note = _inferred(resource, source) if mode == "auto" else _named(resource)
    folder = packages.replace(".", "/")
    if packages and disk.is_dir(join(source, folder)):
        return "", f"{source} has a folder {folder}, so {_MODE} moves nothing, as in `sam build`"
    return packages, note


def _named(resource: Resource) -> tuple[str, str]:
    packages = resource.build_property(_NAMES)
    if not packages:
        return "", f"{_MODE} is explicit without {_NAMES}: nothing is moved, as in `sam build`"
    if not _PACKAGES.fullmatch(packages):
        raise resource.wrong(
            "template.value",
            f"{_NAMES} {packages!r} are not names with dots between them",
            _NAMES,
            f"write {_NAMES}: shop.orders",
        )
    return packages, ""


def _inferred(resource: Resource, source: str) -> tuple[str, str]:
    """The folders of source from the handler's first package on, at most as many as it has packages.

    `sam build` looks at the absolute path; here only folders of the project count, or the bytes would depend
    on the name of the folder it lies in.
    """
    handler = resource.text("Handler") or ""
    wanted = handler.split(".")[:-_OF_THE_HANDLER]
    if not wanted:
        return "", f"the handler {handler} has no parent packages: nothing is moved"
    folders = source.split("/")
    if wanted[0] not in folders:
        return "", (
            f"no folder {wanted[0]} in {source}, which the handler {handler} wants: nothing is moved; "
            f"{_MODE}: explicit with {_NAMES} names the packages"
        )
    start = folders.index(wanted[0])
    return ".".join(folders[start : start + len(wanted)]), ""
