"""Python: requirements resolved and installed by uv for Lambda's interpreter, wheels only.  [pure]

    requirements.txt --facts--> Facts --recipes--> uv pip install --target --harvest--> components, findings

Nothing of the function's own code is imported or run.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from onezip.builder.languages.base import Explained, Harvest, Probe, Read, Staged, Tool
from onezip.builder.languages.python_handler import check_handler
from onezip.builder.languages.python_requirements import Requirements, absolute, read_requirements
from onezip.builder.languages.python_target import Target, target
from onezip.builder.languages.python_wheels import NORMALISED, look
from onezip.errors import Diagnostic, ToolMissing
from onezip.model.build import Command, Component, Facts, Product, Recipe
from onezip.model.function import Function, Patterns

__all__ = [
    "check",
    "check_handler",
    "explain",
    "facts",
    "harvest",
    "indexes",
    "needs_tool",
    "probes",
    "recipes",
    "warnings",
]

DEFAULT = "requirements.txt"
"""The file that is read where the project names none; it may be missing."""

_STAGED = "{staging}/python"


def probes(root: str, functions: Sequence[Function], tool: Tool | None) -> list[Probe]:
    """Nothing needs asking: the requirements files say it all."""
    del root, functions, tool
    return []


def facts(root: str, function: Function, output: str, read: Read) -> Facts:
    """Every requirements and constraints file that counts, and what they say.

    Raises ProjectError (`python.requirements`, `python.editable`) with the file and line of each mistake.
    """
    del output
    target(function)
    settings = function.python
    main = posixpath.normpath(posixpath.join(function.source, settings.requirements or DEFAULT))
    if settings.requirements is None and read(absolute(root, main)) is None:
        return Facts(absent=(absolute(root, main),))
    constraints = tuple(
        posixpath.normpath(posixpath.join(function.source, name)) for name in settings.constraints
    )
    found = read_requirements(root, [main], constraints, read)
    return Facts(
        files=tuple(found.files), folders=tuple(found.folders), details=_details(main, constraints, found)
    )


def _details(main: str, constraints: Sequence[str], found: Requirements) -> dict[str, str]:
    pinned = sorted(
        {each.name for group in (found.wanted, found.constraints) for each in group if each.pinned}
    )
    loose = [
        [each.name, each.text.partition(" ;")[0], each.place, each.marker]
        for each in found.wanted
        if not each.pinned and each.name not in pinned
    ]
    return {
        "requirements": main,
        "constraints": json.dumps(constraints),
        "text": found.canonical(),
        "count": str(len(found.wanted)),
        "hashed": "yes" if found.hashed else "",
        "prerelease": "yes" if "--pre" in found.options else "",
        "local": "yes" if found.folders else "",
        "pinned": json.dumps(pinned),
        "loose": json.dumps(loose),
        "variables": json.dumps(found.variables, sort_keys=True),
        "untrusted": json.dumps(found.untrusted, sort_keys=True),
    }


def needs_tool(facts: Facts) -> bool:
    """Whether uv is needed: a function without requirements is packed as it is."""
    return "requirements" in facts.details


def indexes(root: str, facts: Facts, read: Read) -> tuple[tuple[str, str], ...]:
    """(option, URL) of each index that the files name, with credentials: not for showing or keeping."""
    if not needs_tool(facts):
        return ()
    return tuple(read_requirements(root, [facts.details["requirements"]], (), read).indexes)


def recipes(
    root: str, functions: Sequence[Function], facts: Mapping[str, Facts], tool: Tool | None
) -> list[Recipe]:
    """One recipe for all functions with equal requirements, Python and platform."""
    groups: dict[tuple[Any, ...], list[Function]] = {}
    for function in functions:
        details = facts[function.name].details
        key: tuple[Any, ...] = (function.name,)
        if details:
            wanted = (details["requirements"], details["constraints"], function.pass_env)
            key = (*wanted, target(function))
        groups.setdefault(key, []).append(function)
    return [
        _install(root, group, facts[group[0].name].details, tool)
        if needs_tool(facts[group[0].name])
        else Recipe("python", (group[0].name,), (), (_own(root, group[0]),))
        for group in groups.values()
    ]


def _own(root: str, function: Function) -> Product:
    return Product(function.name, absolute(root, function.source), patterns=function.patterns)


def _install(
    root: str, functions: Sequence[Function], details: Mapping[str, str], tool: Tool | None
) -> Recipe:
    on = target(functions[0])
    if tool is None:
        raise ToolMissing(
            "tool.missing", "uv is not here", hint="it comes with onezip; or: python -m pip install uv"
        )
    folder, name = posixpath.split(details["requirements"])
    arguments = ["-r", name]
    for constraint in json.loads(details["constraints"]):
        arguments += ["-c", posixpath.relpath(constraint, folder or ".")]
    if details["hashed"]:
        arguments.append("--require-hashes")
    if details["prerelease"]:
        arguments += ["--prerelease", "allow"]
    argv = (
        tool.path, "pip", "install",
        "--no-config", "--no-progress", "--color", "never",
        "--target", _STAGED,
        "--python-platform", on.uv_platform,
        "--python-version", on.full,
        "--only-binary", ":all:",
        *arguments,
    )  # fmt: skip
    names = tuple(function.name for function in functions)
    command = Command(
        argv,
        cwd=absolute(root, folder or "."),
        env=tool.env,
        pass_env=functions[0].pass_env,
        title=f"install {details['requirements']} for python{on.short} on {on.machine}",
    )
    products = []
    for function in functions:
        products.append(Product(function.name, _STAGED, own=False, patterns=Patterns(exclude=NORMALISED)))
        products.append(_own(root, function))
    # what is not pinned is resolved anew each time, and wheels in a folder may have changed
    keep = details["loose"] == "[]" and not details["local"]
    return Recipe("python", names, (command,), tuple(products), _causes(details, on), keep)


def _causes(details: Mapping[str, str], on: Target) -> tuple[Component, ...]:
    platform = f"python{on.short} {on.uv_platform}"
    return (
        Component("platform", _digest(f"{on.full} {on.uv_platform} {' '.join(NORMALISED)}"), platform),
        Component(
            "requirements", _digest(details["text"]), f"{details['count']} in {details['requirements']}"
        ),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


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
    if not needs_tool(facts):
        return ()
    from onezip.builder.languages.python_warnings import open_ends

    return open_ends(function, facts.details, components)
