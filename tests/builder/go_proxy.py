"""A module proxy in a folder (https://go.dev/ref/mod#goproxy-protocol): modules that exist nowhere else."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

MAIN = 'package main\n\nimport "{0}"\n\nfunc main() {{ println(lib.A) }}\n'


def publish(proxy: Path, module: str, version: str, files: Mapping[str, str], go_mod: str = "") -> str:
    """Put a module version into the proxy; its two lines of go.sum."""
    folder = proxy / module / "@v"
    folder.mkdir(parents=True, exist_ok=True)
    go_mod = go_mod or f"module {module}\n\ngo 1.24\n"
    (folder / f"{version}.info").write_text(json.dumps({"Version": version, "Time": "2026-01-01T00:00:00Z"}))
    (folder / f"{version}.mod").write_text(go_mod)
    content = {f"{module}@{version}/{name}": text for name, text in {**files, "go.mod": go_mod}.items()}
    with zipfile.ZipFile(folder / f"{version}.zip", "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    with (folder / "list").open("a") as file:
        file.write(f"{version}\n")
    return f"{module} {version} {h1(content)}\n{module} {version}/go.mod {h1({'go.mod': go_mod})}\n"


def h1(content: Mapping[str, str]) -> str:
    """The hash of go.sum (golang.org/x/mod/sumdb/dirhash, Hash1)."""
    lines = [
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in sorted(content.items())
    ]
    return f"h1:{base64.b64encode(hashlib.sha256(''.join(lines).encode()).digest()).decode()}"


def use(proxy: Path, patch: pytest.MonkeyPatch, *, more: str = "") -> None:
    """Fetch from this proxy alone, into a module cache beside it, without a checksum database."""
    patch.setenv("GOPROXY", f"file://{proxy.as_posix()}{more}")
    patch.setenv("GONOSUMDB", "*")
    patch.setenv("GOMODCACHE", str(proxy.parent / "modcache"))
