"""A pylock file (PEP 751) as requirements with hashes, which uv installs for another Python.  [pure]

uv checks `requires-python` of a pylock file against the interpreter it runs on, not the one it installs for;
so the packages are handed to it as lines with hashes, without their dependencies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from onezip.builder.languages.python_lines import masked
from onezip.builder.languages.python_project import Table, check_python, parse, unknown, wrong
from onezip.builder.languages.python_target import Target

VERSIONS = re.compile(r"1\.\d+")
"""`lock-version`s that PEP 751 calls compatible."""

NAMES = re.compile(r"pylock(\.[^.]+)?\.toml")
"""What a pylock file is called (PEP 751)."""


def requirement_lines(
    text: str, file: str, on: Target, extras: Sequence[str] = (), groups: Sequence[str] = ()
) -> list[str]:
    """One line for each package that is for this Python and platform: `name==version --hash=...`.

    Raises ProjectError where the file is no pylock, is for another Python, or says of a package neither
    where it is from nor its digests.
    """
    table = _table(text, file)
    check_python(table.get("requires-python", ""), on, file)
    environments = table.get("environments", [])
    if environments and not any(on.applies(marker) for marker in environments):
        raise wrong(file, f"not for Python {on.short} on Linux {on.machine}", "lock for that as well")
    for kind, asked, key in (("extra", extras, "extras"), ("group", groups, "dependency-groups")):
        for name in asked:
            if name not in table.get(key, []):
                raise unknown(file, kind, name, table.get(key, []))
    every = (*table.get("default-groups", []), *groups)
    return [
        _line(package, file)
        for package in table.get("packages", [])
        if on.applies(package.get("marker", ""), extras, every)
    ]


def _line(package: Mapping[str, Any], file: str) -> str:
    name = package.get("name")
    if vcs := package.get("vcs"):
        place = vcs.get("url") or vcs.get("path")
        return f"{name} @ {vcs['type']}+{place}@{vcs['commit-id']}{_below(vcs)}"
    if folder := package.get("directory"):
        return f"{name} @ {_path(folder)}"
    if archive := package.get("archive"):
        hashes = _hashes(archive)
        return " ".join((f"{name} @ {archive.get('url') or _path(archive)}{_below(archive)}", *hashes))
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    found = sorted({each for entry in files for each in _hashes(entry)})
    if not found or "version" not in package:
        raise wrong(file, f"{name} has no version or no sha256", "write it anew with the tool that made it")
    return " ".join((f"{name}=={package['version']}", *found))


def _hashes(entry: Mapping[str, Any]) -> list[str]:
    digest = entry.get("hashes", {}).get("sha256")
    return [f"--hash=sha256:{digest}"] if digest else []


def _below(entry: Mapping[str, Any]) -> str:
    return f"#subdirectory={entry['subdirectory']}" if "subdirectory" in entry else ""


def _path(entry: Mapping[str, Any]) -> str:
    path = str(entry["path"])
    return path if path.startswith((".", "/")) else f"./{path}"


# ---- onezip's own -----------------------------------------------------------------------------------


def resolved_from(text: str, file: str) -> str:
    """The digest of the requirements that `onezip lock` resolved into this file; empty for others."""
    told = _table(text, file).get("tool", {}).get("onezip", {}).get("requirements", "")
    return str(told)


def written(
    text: str,
    file: str,
    digest: str,
    folder: str,
    own: Collection[str] = (),
    places: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """What uv resolved, as a file to commit: no command line, no time, no path of this machine.

    folder (absolute) is where the file will lie; digest is of the requirements; own are projects of the
    repository, which a build makes itself; places are where wheels really came from, by SHA-256.
    Raises ProjectError for a package without digests.
    """
    table = _table(text, file)
    head = "# Written by `onezip lock`; commit it, and do not edit it.\n"
    head += f'lock-version = "{table["lock-version"]}"\ncreated-by = "onezip"\n'
    if "requires-python" in table:
        head += f"requires-python = {_string(table['requires-python'])}\n"
    blocks = [head]
    for package in table.get("packages", []):
        local = str(package.get("archive", {}).get("path", ""))
        if package["name"] not in own and "directory" not in package and not local:
            blocks.append("\n".join(_block(package, folder, places)) + "\n")
    blocks.append(f"[tool.onezip]\nrequirements = {_string(digest)}\n")
    return "\n".join(blocks)


def _block(package: Mapping[str, Any], folder: str, places: Mapping[str, str]) -> Iterator[str]:
    yield "[[packages]]"
    yield f"name = {_string(package['name'])}"
    for key in ("version", "marker"):
        if key in package:
            yield f"{key} = {_string(package[key])}"
    if "vcs" in package:
        yield f"vcs = {_inline(package['vcs'])}"
    for key in ("archive", "sdist"):
        if key in package:
            yield f"{key} = {_file(package[key], folder, places)}"
    if wheels := package.get("wheels"):
        yield "wheels = ["
        yield from (f"    {line}," for line in sorted(_file(wheel, folder, places) for wheel in wheels))
        yield "]"


def _file(entry: Mapping[str, Any], folder: str, places: Mapping[str, str]) -> str:
    kept = {key: entry[key] for key in ("subdirectory", "hashes") if key in entry}
    real = places.get(entry.get("hashes", {}).get("sha256", ""))
    url = masked(str(real or entry.get("url", "")))
    if url.startswith("file:"):
        return _inline({"path": _relative(url, folder), **kept})
    return _inline({"url": url, **kept})


def _relative(url: str, folder: str) -> str:
    import posixpath
    from urllib.parse import unquote, urlsplit

    path = unquote(urlsplit(url).path)
    here = folder.replace("\\", "/")
    if here[1:2] == ":":
        path = path.lstrip("/")
    return posixpath.relpath(path, here)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_inline(each)}" for key, each in value.items()) + " }"
    return _string(str(value))


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _table(text: str, file: str) -> Table:
    table = parse(text, file)
    if not VERSIONS.fullmatch(str(table.get("lock-version"))):
        told = table.get("lock-version")
        raise wrong(
            file, f"its lock-version is {told!r}; 1.0 is known", "write it anew with the tool that made it"
        )
    return table
