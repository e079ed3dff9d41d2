"""Reads pyproject.toml: what a project needs, where from, and whether it is a package.  [pure]

Dependencies by PEP 621, groups by PEP 735, sources and indexes by uv's documentation (`tool.uv`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from onezip.builder.languages.python_direct import NAME, normalised
from onezip.builder.languages.python_target import Target
from onezip.errors import ProjectError
from onezip.model.place import Place

Table = Mapping[str, Any]

_HEAD = re.compile(rf"\s*({NAME})\s*(?:\[([^\]]*)\])?\s*(.*)", re.DOTALL)


def parse(text: str, file: str) -> Table:
    """A TOML file's table. Raises ProjectError python.requirements."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise wrong(file, f"not TOML: {error}", "mend it") from error


def wrong(file: str, what: str, hint: str = "", code: str = "python.requirements") -> ProjectError:
    """An error about a file as a whole; its place says which."""
    return ProjectError(code, what, hint=hint, place=Place(file))


def part(table: Table, *keys: str) -> Any:
    """What stands below keys, or an empty table."""
    value: Any = table
    for key in keys:
        value = value.get(key, {}) if isinstance(value, dict) else {}
    return value


def describes(table: Table) -> bool:
    """Whether a pyproject.toml describes a project, or only holds the settings of tools."""
    return "project" in table or "dependencies" in part(table, "tool", "poetry")


def name_of(table: Table) -> str:
    """The project's name, normalised (PEP 503); empty where it has none."""
    return normalised(
        str(part(table, "project").get("name") or part(table, "tool", "poetry").get("name", ""))
    )


def is_package(table: Table) -> bool:
    """Whether the project says how it is built into a wheel (PEP 517), and no tool is told otherwise."""
    if part(table, "tool", "poetry").get("package-mode") is False:
        return False
    package = part(table, "tool", "uv").get("package")
    return bool(package) if isinstance(package, bool) else "build-system" in table


def check_python(specifier: str, on: Target, file: str) -> None:
    """Raise ProjectError where the project does not want the runtime's Python. specifier is by PEP 440."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        fits = not specifier or SpecifierSet(specifier).contains(on.full, prereleases=True)
    except InvalidSpecifier:
        return
    if not fits:
        raise wrong(
            file,
            f"asks for Python {specifier}, and the runtime has {on.short}",
            "choose another runtime, or widen requires-python",
        )


def requirement_lines(table: Table, file: str, extras: Iterable[str], groups: Iterable[str]) -> list[str]:
    """The project's dependencies, with some of its extras and groups, as lines of a requirements file.

    Raises ProjectError where they stand elsewhere, or an extra or group is not there.
    """
    project = part(table, "project")
    lines = _listed(table, file, "dependencies", project.get("dependencies"))
    every = {normalised(name): value for name, value in project.get("optional-dependencies", {}).items()}
    dynamic = part(table, "tool", "setuptools", "dynamic", "optional-dependencies")
    every |= {normalised(name): value for name, value in dynamic.items()}
    waiting, seen = [normalised(extra) for extra in extras], set[str]()
    own = name_of(table)
    while waiting:
        extra = waiting.pop(0)
        if extra in seen:
            continue
        seen.add(extra)
        if extra not in every:
            raise unknown(file, "extra", extra, every)
        value = every[extra]
        for line in value if isinstance(value, list) else _files(value):
            head = _HEAD.match(line)
            if head and head[2] and normalised(head[1]) == own:
                waiting += [normalised(name) for name in re.findall(NAME, head[2])]
            else:
                lines.append(line)
    lines += group_lines(table, file, groups)
    return [_sourced(table, file, line) for line in lines]


def group_lines(table: Table, file: str, groups: Iterable[str]) -> list[str]:
    """The lines of dependency groups (PEP 735), with the groups that they include."""
    every = {normalised(name): value for name, value in part(table, "dependency-groups").items()}
    lines: list[str] = []
    waiting, seen = [normalised(group) for group in groups], set[str]()
    while waiting:
        group = waiting.pop(0)
        if group in seen:
            continue
        seen.add(group)
        if group not in every:
            raise unknown(file, "group", group, every)
        for line in every[group]:
            if isinstance(line, str):
                lines.append(line)
            else:
                waiting.append(normalised(line.get("include-group", "")))
    return lines


def unknown(file: str, kind: str, name: str, known: Iterable[str]) -> ProjectError:
    """An error about an extra or group that is not there."""
    return wrong(file, f"there is no {kind} {name!r}", f"there are: {', '.join(sorted(known)) or 'none'}")


def _listed(table: Table, file: str, key: str, value: Any) -> list[str]:
    if value is not None:
        return list(value)
    if key not in part(table, "project").get("dynamic", []):
        return []
    lines = _files(part(table, "tool", "setuptools", "dynamic", key))
    if not lines:
        raise wrong(
            file,
            "its dependencies are found out by its build",
            "list them in [project] dependencies, or in a requirements.txt",
        )
    return lines


def _files(value: Any) -> list[str]:
    """The files that setuptools reads dependencies from (`{file = [...]}`), as included files."""
    files = value.get("file", []) if isinstance(value, dict) else []
    return [f"-r {name}" for name in ([files] if isinstance(files, str) else files)]


def _sourced(table: Table, file: str, line: str) -> str:
    """A dependency with the place that `tool.uv.sources` gives it."""
    head = _HEAD.match(line)
    if line.startswith("-") or head is None or head[3].startswith("@"):
        return line
    sources = {normalised(name): value for name, value in part(table, "tool", "uv", "sources").items()}
    source = sources.get(normalised(head[1]))
    sources_of_one = source if isinstance(source, list) else [source] if source else []
    name = head[1] + (f"[{head[2]}]" if head[2] else "")
    marker = head[3].partition(";")[2].strip()
    lines = []
    for each in sources_of_one:
        both = " and ".join(f"({text})" for text in (marker, each.get("marker", "")) if text)
        tail = f" ; {both}" if both else ""
        if each.get("workspace"):
            raise wrong(file, f"{head[1]} is of the uv workspace, and there is no uv.lock", "run `uv lock`")
        if "path" in each:
            path = each["path"] if each["path"].startswith((".", "/")) else f"./{each['path']}"
            lines.append(f"{name} @ {path}{tail}")
        elif "url" in each:
            lines.append(f"{name} @ {each['url']}{tail}")
        elif "git" in each:
            at = next((f"@{each[key]}" for key in ("rev", "tag", "branch") if key in each), "")
            below = f"#subdirectory={each['subdirectory']}" if "subdirectory" in each else ""
            lines.append(f"{name} @ git+{each['git'].removeprefix('git+')}{at}{below}{tail}")
    return "\n".join(lines) or line


def index_options(table: Table) -> list[tuple[str, str]]:
    """The indexes of `[tool.uv]` as options of uv; names stay, for `UV_INDEX_NAME_PASSWORD` and its like."""
    own = part(table, "tool", "uv")
    found: list[tuple[str, str]] = []
    for index in own.get("index", []):
        name = f"{index['name']}=" if index.get("name") else ""
        if index.get("format") == "flat":
            found.append(("--find-links", index["url"]))
        else:
            found.append(("--default-index" if index.get("default") else "--index", name + index["url"]))
    if "index-url" in own:
        found.append(("--default-index", own["index-url"]))
    if own.get("no-index"):
        found.append(("--no-index", ""))
    found += [("--index", url) for url in _texts(own.get("extra-index-url"))]
    found += [("--find-links", place) for place in _texts(own.get("find-links"))]
    return found


def _texts(value: Any) -> Sequence[str]:
    return [value] if isinstance(value, str) else value or []
