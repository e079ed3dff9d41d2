"""Golden pairs: JSON files with a front, a request and what becomes of it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from onezip.emulator.events.context import Context
from onezip.emulator.gateway.routes import match
from onezip.emulator.http.message import Headers, Request
from onezip.model.front import BinaryTypes, Front, FrontKind, Route, Stage

GOLDEN = Path(__file__).parent / "golden"


def load(name: str) -> Any:
    """One file of golden pairs."""
    return json.loads((GOLDEN / name).read_text(encoding="utf-8"))


def front(told: dict[str, Any]) -> Front:
    """A front out of its short form."""
    keys = [key.partition(" ") for key in told.get("routes", ["$default"])]
    return Front(
        FrontKind(told["kind"]),
        tuple(Route(method, path) if path else Route("ANY", "$default") for method, _, path in keys),
        Stage(told.get("stage", "$default"), told.get("variables", {})),
        base_path=told.get("base", ""),
        binary=BinaryTypes(tuple(told.get("binary", ()))),
        streaming=told.get("streaming", False),
    )


def request(told: dict[str, Any]) -> Request:
    """A request out of its short form; body is text, or base64 in body64."""
    body = base64.b64decode(told["body64"]) if "body64" in told else told.get("body", "").encode()
    pairs = [(name, value) for name, value in told.get("headers", [])]
    return Request(
        told.get("method", "GET"), told.get("target", "/"), "1.1", Headers(pairs), body, peer=("192.0.2.7", 5)
    )


def context(told_front: Front, told: Request) -> Context:
    """The circumstances of all golden pairs."""
    found = match(told_front, told.method, told.path)
    assert found is not None
    return Context(
        request_id="11111111-2222-3333-4444-555555555555",
        time=1583348638.390,
        match=found,
        trace_id="Root=1-5e5ffdde-000000000000000000000000",
        extended_id="JKJaXmPLvHcESHA=",
    )
