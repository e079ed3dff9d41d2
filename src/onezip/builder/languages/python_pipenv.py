"""Pipfile.lock as requirements with hashes.  [pure]

The format is Pipenv's, `pipfile-spec` 6: packages by category, each with its version, hashes and marker.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from onezip.builder.languages.python_direct import normalised
from onezip.builder.languages.python_project import Table, unknown, wrong

_MARKERS = frozenset({
    "os_name", "sys_platform", "platform_machine", "platform_python_implementation", "platform_release",
    "platform_system", "platform_version", "python_version", "python_full_version", "implementation_name",
    "implementation_version",
})  # fmt: skip
"""What a Pipfile may write as keys of a package instead of a marker."""

_SECTIONS = frozenset({"source", "packages", "dev-packages", "requires", "scripts", "pipfile", "pipenv"})
_CATEGORIES = {"packages": "default", "dev-packages": "develop", "dev": "develop"}


def requirement_lines(lock: Table, pipfile: Table | None, file: str, groups: Sequence[str]) -> list[str]:
    """One line for each package of `default` and of other categories, and the indexes in front.

    Raises ProjectError `python.stale-lock` where the Pipfile changed since the lock, `python.requirements`
    where the lock is none or has no such category.
    """
    digest = lock.get("_meta", {}).get("hash", {}).get("sha256")
    if pipfile is not None and digest and digest != content_hash(pipfile):
        raise wrong(
            file, "the Pipfile changed since it was written", "run `pipenv lock`", "python.stale-lock"
        )
    lines = list(_sources(lock))
    known = {name: value for name, value in lock.items() if name != "_meta"}
    for group in ("default", *(_CATEGORIES.get(name, name) for name in groups)):
        if group not in known:
            raise unknown(file, "group", group, known)
        direct = (pipfile or {}).get("packages" if group == "default" else group, {})
        wished = {normalised(name): value for name, value in direct.items()}
        lines += [_line(name, value, wished.get(normalised(name))) for name, value in known[group].items()]
    return lines


def python_of(lock: Table) -> str:
    """The Python that the lock was made for (`3.13`), or nothing."""
    return str(lock.get("_meta", {}).get("requires", {}).get("python_version", ""))


def content_hash(pipfile: Table) -> str:
    """The digest of a Pipfile that Pipenv writes into its lock."""
    data = {
        "_meta": {"sources": pipfile.get("source", []), "requires": pipfile.get("requires", {})},
        "default": pipfile.get("packages", {}),
        "develop": pipfile.get("dev-packages", {}),
    }
    data |= {name: value for name, value in pipfile.items() if name not in {*_SECTIONS, "default", "develop"}}
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def parse_lock(text: str, file: str) -> Table:
    """A Pipfile.lock's table. Raises ProjectError python.requirements."""
    try:
        lock = json.loads(text)
    except ValueError as error:
        raise wrong(file, f"not JSON: {error}", "run `pipenv lock`") from error
    told = lock.get("_meta", {}).get("pipfile-spec") if isinstance(lock, dict) else None
    if told != 6:
        raise wrong(file, f"its pipfile-spec is {told!r}; 6 is known", "run `pipenv lock`")
    checked: Table = lock
    return checked


def _sources(lock: Mapping[str, Any]) -> Iterator[str]:
    """Pipenv calls the public index `pypi`; it is left to what uv is told by its variables."""
    sources = lock.get("_meta", {}).get("sources", [])
    public = any(source.get("name") == "pypi" for source in sources)
    for number, source in enumerate(sources):
        if source.get("name") == "pypi":
            continue
        option = "--index-url" if number == 0 and not public else "--extra-index-url"
        yield f"{option} {source['url']}"


def _line(name: str, value: Mapping[str, Any], wish: Any) -> str:
    extras = f"[{','.join(sorted(value['extras']))}]" if value.get("extras") else ""
    marker = value.get("markers", "")
    if not marker and isinstance(wish, dict):  # a lock from another system may lack what the Pipfile says
        keyed = [f"{key} {text}" for key, text in sorted(wish.items()) if key in _MARKERS]
        marker = " and ".join(f"({text})" for text in (*keyed, wish.get("markers", "")) if text)
    tail = f" ; {marker}" if marker else ""
    if "git" in value:
        below = f"#subdirectory={value['subdirectory']}" if "subdirectory" in value else ""
        return f"{name}{extras} @ git+{value['git']}@{value.get('ref', 'HEAD')}{below}{tail}"
    hashes = "".join(f" --hash={digest}" for digest in value.get("hashes", []))
    if place := value.get("path") or value.get("file"):
        if "://" not in place and not place.startswith((".", "/")):
            place = f"./{place}"
        return f"{name}{extras} @ {place}{tail}{hashes}"
    version = value.get("version", "*")
    return f"{name}{extras}{'' if version == '*' else version}{tail}{hashes}"
