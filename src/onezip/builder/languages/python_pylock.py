"""A pylock file (PEP 751) as requirements with hashes, which uv installs for another Python.  [pure]

uv checks `requires-python` of a pylock file against the interpreter it runs on, not the one it installs for;
so the packages are handed to it as lines with hashes, without their dependencies.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from onezip.errors import ProjectError
from onezip.model.place import Place

VERSIONS = re.compile(r"1\.\d+")
"""`lock-version`s that PEP 751 calls compatible."""


def requirement_lines(text: str, file: str) -> list[str]:
    """One line for each package: `name==version ; marker --hash=...`.

    Raises ProjectError where the file is no pylock, or holds what has no index to come from.
    """
    table = _table(text, file)
    lines = []
    for package in table.get("packages", []):
        name, version = package.get("name"), package.get("version")
        other = next((kind for kind in ("vcs", "directory", "archive") if kind in package), None)
        if other or not version:
            raise _wrong(
                file,
                f"{name} comes from {other or 'no index'}",
                "only packages of an index can be locked: publish it, or put its wheel into find-links",
            )
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        hashes = sorted({entry["hashes"]["sha256"] for entry in files if "sha256" in entry.get("hashes", {})})
        if not hashes:
            raise _wrong(file, f"{name} has no sha256", "write the file anew with `onezip lock`")
        marker = f" ; {package['marker']}" if package.get("marker") else ""
        lines.append(f"{name}=={version}{marker} " + " ".join(f"--hash=sha256:{digest}" for digest in hashes))
    return lines


def resolved_from(text: str, file: str) -> str:
    """The digest of the requirements that `onezip lock` resolved into this file; empty for others."""
    told = _table(text, file).get("tool", {}).get("onezip", {}).get("requirements", "")
    return str(told)


def marked(text: str, digest: str) -> str:
    """The text that uv wrote, without the command line in its head, and with what it was resolved from."""
    body = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    return (
        "# Written by `onezip lock`; commit it, and do not edit it.\n"
        f"{body.rstrip()}\n\n[tool.onezip]\nrequirements = {json.dumps(digest)}\n"
    )


def _table(text: str, file: str) -> Mapping[str, Any]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(file, f"it is not TOML: {error}", "write it anew with the tool that made it") from error
    if not VERSIONS.fullmatch(str(table.get("lock-version"))):
        told = table.get("lock-version")
        raise _wrong(
            file, f"its lock-version is {told!r}; 1.0 is known", "write it anew with the tool that made it"
        )
    return table


def _wrong(file: str, what: str, hint: str) -> ProjectError:
    return ProjectError("python.requirements", f"{file}: {what}", hint=hint, place=Place(file))
