"""poetry.lock as requirements with hashes, for one Python and platform.  [pure]

Since lock-version 2.1 (Poetry 2) each package says of which groups it is and where it applies. Before, the
dependencies have to be walked from pyproject.toml down, with Poetry's own version ranges.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from onezip.builder.languages.python_direct import normalised
from onezip.builder.languages.python_project import Table, part, unknown, wrong
from onezip.builder.languages.python_target import Target

_KEYS = ("dependencies", "source", "extras", "dev-dependencies", "group")
_PROJECT_KEYS = ("requires-python", "dependencies", "optional-dependencies")
_MAIN = "main"


def requirement_lines(
    lock: Table, project: Table, file: str, on: Target, extras: Sequence[str], groups: Sequence[str]
) -> list[str]:
    """One line for each package that these extras and groups (beside `main`) need there.

    Raises ProjectError `python.stale-lock` where pyproject.toml changed since the lock, and
    `python.requirements` where it is for another Python or has no such extra or group.
    """
    metadata = lock.get("metadata", {})
    if "content-hash" in metadata and metadata["content-hash"] not in content_hashes(project):
        raise wrong(
            file, "pyproject.toml changed since it was written", "run `poetry lock`", "python.stale-lock"
        )
    versions = str(metadata.get("python-versions", "*"))
    if not holds(versions, on.full):
        raise wrong(file, f"made for Python {versions}, not {on.short}", "choose another runtime")
    known = {normalised(name): value for name, value in lock.get("extras", {}).items()}
    wanted = [normalised(extra) for extra in extras]
    for extra in wanted:
        if extra not in known:
            raise unknown(file, "extra", extra, known)
    named = {normalised(name) for name in _groups(project)}
    for group in map(normalised, groups):
        if group not in named:
            raise unknown(file, "group", group, named)
    packages: Sequence[Table] = lock.get("package", [])
    chosen = {_MAIN, *map(normalised, groups)}
    if all("groups" in package for package in packages):
        found = [package for package in packages if _applies(package, chosen, on, wanted)]
    else:
        found = _Walk(packages, on).run(project, {name: known[name] for name in wanted}, chosen)
    return [_line(package, metadata.get("files", {})) for package in found]


def content_hashes(project: Table) -> set[str]:
    """The `content-hash` of a pyproject.toml by Poetry's rules: with dependency groups (2.3) and without."""
    found = set()
    for with_groups in (True, False):
        groups = part(project, "dependency-groups") if with_groups else {}
        whole: dict[str, Any] = {}
        own = {
            key: value for key in _PROJECT_KEYS if (value := part(project, "project").get(key)) is not None
        }
        whole |= {"project": own} if own else {}
        whole |= {"dependency-groups": groups} if groups else {}
        poetry = part(project, "tool", "poetry")
        kept = {
            key: poetry.get(key)
            for key in _KEYS
            if poetry.get(key) is not None or (key != "group" and not whole)
        }
        text = json.dumps({**whole, "tool": {"poetry": kept}} if whole else kept, sort_keys=True, default=str)
        found.add(hashlib.sha256(text.encode()).hexdigest())
    return found


def index_options(project: Table) -> list[tuple[str, str]]:
    """The sources of `[tool.poetry]` as options of uv. A primary one stands for the default index."""
    sources = part(project, "tool", "poetry").get("source", [])
    public = any(not source.get("url") for source in sources)
    found: list[tuple[str, str]] = []
    for source in sources:
        if url := source.get("url"):
            place = f"{re.sub(r'[^A-Za-z0-9._-]', '-', source['name'])}={url}"
            primary = source.get("priority", "primary") in {"primary", "default"} and not source.get(
                "secondary"
            )
            first = primary and not public and not any(option == "--default-index" for option, _ in found)
            found.append(("--default-index" if first else "--index", place))
    return found


def holds(constraint: str, version: str) -> bool:
    """Whether a version is in a range as Poetry writes it: `^1.2`, `~1.2`, `1.2.*`, `>=1,<2 || >=3`."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    for either in re.split(r"\|\|?", constraint):
        try:
            if SpecifierSet(pep440(either)).contains(version, prereleases=True):
                return True
        except InvalidSpecifier:
            return True
    return False


def pep440(constraint: str) -> str:
    """A range of Poetry's, without alternatives, as PEP 440 has it; empty for any version."""
    terms = re.findall(r"[^\s,]+", re.sub(r"([<>=!~^])\s+", r"\1", constraint))
    return ",".join(filter(None, map(_term, terms)))


def _term(term: str) -> str:
    if term == "*":
        return ""
    match = re.fullmatch(r"([\^~])v?(\d+(?:\.\d+)*)(.*)", term)
    if match is None:
        return f"=={term}" if re.match(r"v?\d", term) else term
    numbers = [int(number) for number in match[2].split(".")]
    at = min(1, len(numbers) - 1)
    if match[1] == "^":
        at = next((place for place, number in enumerate(numbers) if number), len(numbers) - 1)
    above = [*numbers[:at], numbers[at] + 1]
    return f">={match[2]}{match[3]},<{'.'.join(map(str, above))}"


def _groups(project: Table) -> Iterator[str]:
    yield from part(project, "dependency-groups")
    yield from part(project, "tool", "poetry", "group")
    if "dev-dependencies" in part(project, "tool", "poetry"):
        yield "dev"


def _applies(package: Table, chosen: Collection[str], on: Target, extras: Collection[str]) -> bool:
    """Whether a package of lock-version 2.1 is of a chosen group, and applies there."""
    markers = package.get("markers", "")
    for group in map(normalised, package["groups"]):
        if group in chosen:
            marker = markers.get(group, "") if isinstance(markers, dict) else markers
            if on.applies(marker, extras):
                return True
    return False


def _line(package: Table, files: Mapping[str, Any]) -> str:
    name, source = package["name"], package.get("source", {})
    url, kind = source.get("url", ""), source.get("type", "legacy")
    below = f"#subdirectory={source['subdirectory']}" if "subdirectory" in source else ""
    if kind == "git":
        return f"{name} @ git+{url}@{source.get('resolved_reference', source.get('reference'))}{below}"
    if kind == "directory":
        return f"{name} @ {path_of(url)}"
    hashes = sorted({each["hash"] for each in (*package.get("files", []), *files.get(name, []))})
    what = {"url": f"{name} @ {url}{below}", "file": f"{name} @ {path_of(url)}"}
    said = what.get(kind, f"{name}=={package['version']}")
    return " ".join((said, *(f"--hash={digest}" for digest in hashes)))


def path_of(path: str) -> str:
    """A path as a requirement names it."""
    return path if path.startswith((".", "/")) else f"./{path}"


class _Walk:
    """Locks before 2.1: which packages are needed, from the project's own dependencies down."""

    def __init__(self, packages: Sequence[Table], on: Target) -> None:
        self._by_name: dict[str, list[Table]] = {}
        for package in packages:
            self._by_name.setdefault(normalised(package["name"]), []).append(package)
        self._on = on
        self._found: dict[tuple[str, str], Table] = {}
        self._seen: set[tuple[str, str, frozenset[str]]] = set()

    def run(
        self, project: Table, extras: Mapping[str, Sequence[str]], groups: Collection[str]
    ) -> list[Table]:
        """The packages, sorted by name and version."""
        poetry = part(project, "tool", "poetry")
        optional = {_name(text) for texts in extras.values() for text in texts}
        tables = [poetry.get("dependencies", {})]
        named = {normalised(name): value for name, value in poetry.get("group", {}).items()}
        tables += [named[group].get("dependencies", {}) for group in groups if group in named]
        if "dev" in groups:
            tables.append(poetry.get("dev-dependencies", {}))
        for table in tables:
            for name, value in table.items():
                for each in each_of(value):
                    asked = not each.get("optional") or normalised(name) in optional
                    if normalised(name) != "python" and asked:
                        self._take(name, each, frozenset())
        return [package for _, package in sorted(self._found.items())]

    def _take(self, name: str, wish: Mapping[str, Any], active: frozenset[str]) -> None:
        """Take what a dependency asks for, if it applies; active are the extras of who asks."""
        if not self._on.applies(wish.get("markers", ""), active):
            return
        if not holds(str(wish.get("python", "*")), self._on.full):
            return
        if not re.match(wish.get("platform", "linux"), "linux"):
            return
        every = self._by_name.get(normalised(name), [])
        wanted = str(wish.get("version", "*"))
        package = next((each for each in every if holds(wanted, str(each["version"]))), None)
        package = package or next(iter(every), None)
        if package is None:
            return
        extras = frozenset(normalised(extra) for extra in wish.get("extras", []))
        key = (normalised(name), str(package["version"]), extras)
        if key in self._seen:
            return
        self._seen.add(key)
        self._found[key[:2]] = package
        brought = {
            _name(text)
            for extra, texts in package.get("extras", {}).items()
            if normalised(extra) in extras
            for text in texts
        }
        for each, value in package.get("dependencies", {}).items():
            for dependency in each_of(value):
                if not dependency.get("optional") or normalised(each) in brought:
                    self._take(each, dependency, extras)


def each_of(value: Any) -> list[Mapping[str, Any]]:
    """A dependency's wishes: a range, a table, or a list of them."""
    values = value if isinstance(value, list) else [value]
    return [each if isinstance(each, dict) else {"version": each} for each in values]


def _name(text: str) -> str:
    return normalised(re.split(r"[\s\[(;<>=!~]", text.strip(), maxsplit=1)[0])
