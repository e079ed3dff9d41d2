"""Python: dependencies resolved and installed by uv for Lambda's interpreter, wheels only.  [pure]

    requirements, a lock, pyproject.toml --facts--> Facts --recipes--> uv pip install --harvest--> components

Nothing of the function's own code is imported. Nothing of anybody's is run, but the build of a project in the
repository and of distributions that the project file names: a recipe's `runs` tells of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from onezip.builder.languages.base import Explained, Harvest, Probe, Read, Staged, Tool
from onezip.builder.languages.python_direct import normalised
from onezip.builder.languages.python_find import Kind, find
from onezip.builder.languages.python_gather import Gathered, gather, locked
from onezip.builder.languages.python_handler import check_handler
from onezip.builder.languages.python_install import (
    STAGED,
    build_commands,
    causes,
    compile_command,
    install_command,
    requirements_digest,
    runs,
)
from onezip.builder.languages.python_target import target
from onezip.builder.languages.python_uv import export
from onezip.builder.languages.python_wanted import absolute, is_below
from onezip.builder.languages.python_wheels import NORMALISED, escaped, look
from onezip.errors import Diagnostic, ProjectError, ToolMissing
from onezip.model.build import Component, Facts, Product, Recipe
from onezip.model.function import Function, Patterns
from onezip.model.layer import FOLDER

__all__ = [
    "build_commands",
    "check",
    "check_handler",
    "compile_command",
    "explain",
    "facts",
    "harvest",
    "indexes",
    "needs_tool",
    "probes",
    "recipes",
    "requirement_facts",
    "requirements_digest",
    "runs",
    "warnings",
]


def probes(root: str, functions: Sequence[Function], tool: Tool | None, read: Read) -> list[Probe]:
    """`uv export` for each project of a uv.lock that functions need, with their extras and groups."""
    asked: dict[tuple[Any, ...], list[str]] = {}
    for function in functions:
        try:
            about = find(root, function, read).found
        except ProjectError:
            continue  # `facts` says so again, of this function alone
        if about is not None and about.kind is Kind.UV:
            settings = function.python
            key = (about.folder, about.file, about.package, settings.extras, settings.groups)
            asked.setdefault(key, []).append(function.name)
    return [
        Probe(export(absolute(root, folder or "."), file, _present(tool), *rest), tuple(names))
        for (folder, file, *rest), names in asked.items()
    ]


def facts(root: str, function: Function, output: str, read: Read) -> Facts:
    """Every file that says what the function needs, and what they say; by the lock where it pins them.

    Raises ProjectError (`python.requirements`, `python.sdist`, `python.stale-lock`, `lock.stale`) with the
    file and line of each mistake.
    """
    if function.layer_of:  # the words are about the function that the user wrote
        function = replace(function, name=function.layer_of)
    loose = requirement_facts(root, function, read, output)
    if function.layer_of and not loose.details:
        raise ProjectError(
            "python.layer",
            f"{function.name}: layer = true, and it has no dependencies to put into a layer",
            hint='say where they are described: requirements = "FILE" in its python table; or remove layer',
            place=function.place,
        )
    if not function.python.locked or not loose.details or loose.details["fixed"]:
        return loose
    _, gathered = gather(root, function, read, output)
    if gathered is None:
        return loose
    digest = requirements_digest(function, loose.details)
    return _facts(root, function, locked(root, function, gathered, read, digest))


def requirement_facts(root: str, function: Function, read: Read, output: str = "") -> Facts:
    """The facts of the requirements as written, whatever onezip.lock pins. output is of the probe."""
    search, gathered = gather(root, function, read, output)
    if gathered is None:
        return Facts(files=tuple(search.files), absent=tuple(search.absent))
    return _facts(root, function, gathered)


def _facts(root: str, function: Function, gathered: Gathered) -> Facts:
    found, search = gathered.found, gathered.search
    local = [absolute(root, project.folder) for project in gathered.projects]
    if not _hashed(gathered):  # what else lies in a folder of wheels does not count where hashes choose
        local += found.folders
    return Facts(
        files=tuple(dict.fromkeys((*search.files, *found.files))),
        sources=tuple(dict.fromkeys(local)),
        absent=tuple(search.absent),
        details=_details(function, gathered) if found.wanted or found.locals else {},
    )


def _details(function: Function, gathered: Gathered) -> dict[str, str]:
    found = gathered.found
    pinned = {each.name for group in (found.wanted, found.constraints) for each in group if each.pinned}
    loose = [
        [each.name, each.text.partition(" ;")[0], each.place, each.marker]
        for each in found.wanted
        if not each.pinned and each.name not in pinned
    ]
    names = {project.name for project in gathered.projects if project.name}
    hashed = _hashed(gathered)
    texts = {
        "requirements": gathered.description.file,
        "text": found.canonical(),
        "input": "".join(f"{line}\n" for line in found.lines()),
        "count": str(len(found.wanted) + len(found.projects)),
        "hashed": "yes" if hashed else "",
        "complete": "yes" if gathered.complete else "",
        "fixed": "yes" if hashed or gathered.complete else "",
        "indexed": "yes" if found.indexes or gathered.options else "",
        "prerelease": "yes" if "--pre" in found.options else "",
    }
    values = {
        "limits": [] if gathered.complete else found.limits,
        "links": found.links,
        "options": gathered.options,
        "indexes": found.indexes,
        "projects": [[project.folder, project.name, project.needs] for project in gathered.projects],
        "sdists": sorted({normalised(name) for name in function.python.allow_sdist}),
        "pinned": sorted(pinned | names),
        "loose": loose,
        "notes": gathered.notes,
        "variables": found.variables,
        "untrusted": found.untrusted,
    }
    return texts | {name: json.dumps(value, sort_keys=True) for name, value in values.items()}


def _hashed(gathered: Gathered) -> bool:
    """Whether every distribution from elsewhere is told by a digest."""
    found = gathered.found
    return found.hashed or (gathered.complete and all(each.hashes for each in found.wanted))


def needs_tool(facts: Facts) -> bool:
    """Whether uv is needed: a function without requirements is packed as it is."""
    return "requirements" in facts.details


def indexes(root: str, facts: Facts, read: Read) -> tuple[tuple[str, str], ...]:
    """(option, URL) of each index that the files name, with credentials: not for showing or keeping."""
    del root, read
    if not needs_tool(facts):
        return ()
    every = [*json.loads(facts.details["indexes"]), *json.loads(facts.details["options"])]
    return tuple((option, value) for option, value in every)


def recipes(
    root: str, functions: Sequence[Function], facts: Mapping[str, Facts], tool: Tool | None
) -> list[Recipe]:
    """One recipe for all functions with equal requirements, Python and platform."""
    groups: dict[tuple[Any, ...], list[Function]] = {}
    for function in functions:
        details = facts[function.name].details
        key: tuple[Any, ...] = (function.name,)
        if _installs(root, function, details):
            said = tuple(details[name] for name in ("input", "options", "limits", "projects", "sdists"))
            key = (details["requirements"], *said, function.pass_env, target(function))
        groups.setdefault(key, []).append(function)
    return [
        _install(root, group, facts, tool)
        if _installs(root, group[0], facts[group[0].name].details)
        else Recipe("python", (group[0].name,), (), (_own(root, group[0], facts[group[0].name]),))
        for group in groups.values()
    ]


def _installs(root: str, function: Function, details: Mapping[str, str]) -> bool:
    """Whether something of what is installed goes into the function's zip.

    Where its dependencies are a layer, that is only its own project, built into a wheel.
    """
    if not details or not function.layer:
        return bool(details)
    source = absolute(root, function.source)
    return any(is_below(source, absolute(root, folder)) for folder, *_ in json.loads(details["projects"]))


def _own(root: str, function: Function, facts: Facts) -> Product:
    """The function's own source. What describes its dependencies stays out where these are a layer: else a
    change of them alone would be one of its code too.
    """
    source, patterns = absolute(root, function.source), function.patterns
    if function.layer:
        start = source.replace("\\", "/").rstrip("/") + "/"
        files = [file.replace("\\", "/") for file in facts.files]
        described = [escaped(file.removeprefix(start)) for file in files if file.startswith(start)]
        patterns = replace(patterns, exclude=(*described, *patterns.exclude))
    return Product(function.name, source, function.python.folder, patterns=patterns)


def _install(
    root: str, functions: Sequence[Function], facts: Mapping[str, Facts], tool: Tool | None
) -> Recipe:
    first, uv = functions[0], _present(tool)
    details = facts[first.name].details
    copies, builds = build_commands(root, first, details, uv)
    products = []
    for function in functions:
        folder = FOLDER if function.layer_of else ""
        installed = Patterns(exclude=NORMALISED)
        products.append(Product(function.name, STAGED, folder, own=False, patterns=installed))
        if not function.layer_of:
            products.append(_own(root, function, facts[function.name]))
    return Recipe(
        "python",
        tuple(function.name for function in functions),
        (*builds, install_command(root, first, details, uv)),
        tuple(products),
        causes(first, details, NORMALISED),
        keep=details["loose"] == "[]",  # what is not pinned is resolved anew each time
        copies=copies,
        runs=runs(details),
    )


def _present(tool: Tool | None) -> Tool:
    if tool is None:
        raise ToolMissing(
            "tool.missing", "uv is not here", hint="it comes with onezip; or: python -m pip install uv"
        )
    return tool


def explain(function: Function, output: str) -> Explained:
    """What uv's words mean; `onezip.builder.index.explain_with_index` asks the index and says more."""
    from onezip.builder.languages import python_explain

    return python_explain.explain(function, output)


def harvest(function: Function, staged: Staged) -> Harvest:
    """What was installed, by name and version; an error where it cannot run on the function's runtime."""
    return look(staged, target(function))


def check(function: Function, names: Collection[str]) -> tuple[Diagnostic, ...]:
    """Whether the handler's module is there; a warning, for a layer may bring it."""
    found = check_handler(function, names)
    return (found,) if found else ()


def warnings(
    function: Function, facts: Facts, tool: Tool | None = None, components: Sequence[Component] = ()
) -> tuple[Diagnostic, ...]:
    """What the requirements leave open. With the components of a harvest, also what came along unnamed."""
    del tool
    if not needs_tool(facts) or function.layer:  # its layer tells them
        return ()
    from onezip.builder.languages.python_warnings import open_ends

    named = replace(function, name=function.layer_of or function.name)
    return open_ends(named, facts.details, components)
