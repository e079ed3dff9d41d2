"""What `onezip run` says when it listens."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from onezip import __version__
from onezip.cli.build import near
from onezip.cli.console import size
from onezip.emulator.emulator import Emulator, Packed

NATIVE = "built for this machine, not the shipped bytes"


def banner(emulator: Emulator, host: str, port: int, took: float) -> list[str]:
    """The lines. took is in seconds."""
    names = [one.function.name for one in emulator.packed]
    width = max(len("lambda"), *map(len, names))
    head = (
        f"onezip {__version__}  {', '.join(names)}"
        if len(names) < 4
        else (f"onezip {__version__}  {len(names)} functions")
    )
    lines = [f"{head}   ready in {took * 1000:.0f} ms"]
    lines += [f"  {one.function.name.ljust(width)}  {_function(one)}" for one in emulator.packed]
    url = address(host, port)
    command = f"aws lambda invoke --endpoint-url {url} --function-name {names[0]} out.json"
    lines.append(f"  {'lambda'.ljust(width)}  {url}   onezip invoke {names[0]}  ·  {command}")
    assert emulator.host is not None  # noqa: S101 - it listens
    off = emulator.host.off
    if off:
        lines.append(f"  {'kept by'.ljust(width)}  {emulator.host.isolation}; not as on Lambda: "
                     f"{', '.join(one.what for one in off)} (see `onezip doctor`)")  # fmt: skip
    if host not in {"127.0.0.1", "localhost", "::1"}:
        lines.append(f"  others in your network can call these functions: it listens on {host}")
    return lines


def _function(one: Packed) -> str:
    function = one.function
    if one.trouble is not None:
        return f"could not be built: calls are answered with an error ({one.trouble.code})"
    facts = f"{function.language} · {function.runtime.id} · {function.architecture}"
    if one.native:
        return f"{facts} · native mode: {NATIVE}"
    file = near(one.zip, ".")
    return f"{facts} · zip mode  {file}  {size(os.path.getsize(one.zip))}  sha256 {one.sha256}"


def address(host: str, port: int) -> str:
    """The URL of the plane."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


def ready(emulator: Emulator, host: str, port: int, took: float, fronts: Sequence[object] = ()) -> str:
    """The first object of `--json`."""
    functions = [
        {
            "name": one.function.name, "runtime": one.function.runtime.id,
            "architecture": one.function.architecture, "memory": one.function.limits.memory,
            "timeout": one.function.limits.timeout, "zip": one.zip or None, "sha256": one.sha256 or None,
            "mode": "native" if one.native else "zip", "error": one.trouble.message if one.trouble else None,
        }
        for one in emulator.packed
    ]  # fmt: skip
    assert emulator.host is not None  # noqa: S101 - it listens
    return json.dumps({
        "type": "ready", "version": __version__, "url": address(host, port),
        "readyMs": round(took * 1000), "isolation": emulator.host.isolation,
        "off": [one._asdict() for one in emulator.host.off], "functions": functions, "fronts": fronts,
    })  # fmt: skip
