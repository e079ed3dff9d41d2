"""Projects of the repository that a function needs: each becomes a wheel, built from a copy.  [pure]

An editable installation leads back to this machine's folders, and a folder given to an installer is built
with what lies around it; neither is the same elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from dataclasses import dataclass

from onezip.builder.languages.base import Read
from onezip.builder.languages.python_direct import normalised
from onezip.builder.languages.python_project import Table, is_package, name_of, parse, part, wrong
from onezip.builder.languages.python_wanted import Local, Requirements, absolute
from onezip.errors import ProjectError
from onezip.model.function import Function
from onezip.model.place import Place

_METADATA = ("pyproject.toml", "setup.cfg", "setup.py")


@dataclass(frozen=True, slots=True)
class Project:
    """A local project. folder is from the root; name is empty where only its build knows it.

    needs is a digest of what its dependencies are described by.
    """

    folder: str
    name: str
    needs: str


def projects(root: str, found: Requirements, read: Read, *, complete: bool) -> list[Project]:
    """The local projects that are named, and those that they have as path dependencies of uv.

    complete says that the requirements list everything, so that nothing has to be added to them. Raises
    ProjectError for a folder that is no project.
    """
    done: dict[str, Project] = {}
    tables: dict[str, Table] = {}
    number = 0
    while number < len(found.locals):
        local = found.locals[number]
        number += 1
        if local.folder in done:
            continue
        texts = {name: read(absolute(root, posixpath.join(local.folder, name))) for name in _METADATA}
        if texts["pyproject.toml"] is None and texts["setup.py"] is None:
            file, _, line = local.place.rpartition(":")
            raise ProjectError(
                "python.requirements",
                f"{local.folder} has neither pyproject.toml nor setup.py",
                hint="correct the path, or make it a project",
                place=Place(file, int(line)) if line.isdigit() else Place(local.place),
            )
        file = posixpath.join(local.folder, "pyproject.toml")
        table = tables[local.folder] = parse(texts["pyproject.toml"] or "", file)
        done[local.folder] = Project(local.folder, name_of(table) or local.name, _needs(table, texts))
        if not complete:
            found.locals += _nested(table, local)
    if not complete:
        named = {each.name for each in done.values()}
        for folder, table in tables.items():
            _refuse_strangers(table, folder, named)
    return list(done.values())


def _needs(table: Table, texts: dict[str, str | None]) -> str:
    project = part(table, "project")
    static = "dependencies" in project or not ({"dependencies"} & set(project.get("dynamic", [])))
    if project and static:
        said = [project.get("dependencies"), project.get("optional-dependencies")]
        text = json.dumps([said, project.get("requires-python")], sort_keys=True)
    else:
        text = json.dumps(texts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _wanted(table: Table) -> set[str]:
    """The names of a project's dependencies, with all extras."""
    project = part(table, "project")
    texts = [*project.get("dependencies", [])]
    for more in project.get("optional-dependencies", {}).values():
        texts += more
    return {normalised(re.split(r"[\s\[(;<>=!~@]", text.strip(), maxsplit=1)[0]) for text in texts}


def _nested(table: Table, local: Local) -> list[Local]:
    wanted = _wanted(table)
    return [
        Local(posixpath.normpath(posixpath.join(local.folder, source["path"])), local.place)
        for name, value in part(table, "tool", "uv", "sources").items()
        for source in (value if isinstance(value, list) else [value])
        if "path" in source and normalised(name) in wanted and not str(source["path"]).endswith(".whl")
    ]


def _refuse_strangers(table: Table, folder: str, named: set[str]) -> None:
    """A workspace's member must not be taken from an index, where its name may be somebody else's."""
    for name, source in part(table, "tool", "uv", "sources").items():
        if (
            isinstance(source, dict)
            and source.get("workspace")
            and normalised(name) in _wanted(table) - named
        ):
            raise wrong(
                posixpath.join(folder, "pyproject.toml"),
                f"{name} is of the uv workspace",
                f"name its folder beside {folder}, or use the workspace's uv.lock",
            )


def own_is_built(root: str, function: Function, folder: str, table: Table, read: Read) -> bool:
    """Whether the project in folder, whose dependencies these are, has to be built for the function too.

    Where the function's source is the project's folder or its `src`, and the handler is there, the code is
    packed as it stands; unless the package lies in `src` and the source does not.
    """
    if not is_package(table):
        return False
    source = posixpath.normpath(function.source)
    if source not in {folder, posixpath.normpath(posixpath.join(folder, "src"))}:
        return True
    module = function.handler.module
    if within := function.python.folder:
        module = module.removeprefix(f"{within}/")
    beside = (f"{module}.py", f"{module}/__init__.py")
    if not any(read(absolute(root, posixpath.join(source, name))) is not None for name in beside):
        return True
    package = f"src/{name_of(table).replace('-', '_')}/__init__.py"
    return source == folder and read(absolute(root, posixpath.join(folder, package))) is not None
