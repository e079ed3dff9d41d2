"""The build record, `DIR/NAME.json`, as text: the same on every machine that makes the same zip."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from onezip.model.build import RECORD_VERSION, BuildRecord, Component
from onezip.model.function import Architecture


def as_table(record: BuildRecord) -> dict[str, Any]:
    """The record as JSON values, in the order a reader wants them."""
    table = asdict(record)
    table.pop("version")
    if not record.layer_of:
        table.pop("layer_of")
    return {"version": record.version, **table, "architecture": str(record.architecture)}


def as_text(table: dict[str, Any]) -> str:
    """The text of the record file, line ends and all."""
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"


def from_table(table: dict[str, Any]) -> BuildRecord:
    """A record from its JSON values. Raises ValueError (unknown version) or LookupError (missing key)."""
    if table.get("version") != RECORD_VERSION:
        raise ValueError(
            f"unknown record version {table.get('version')!r}; this onezip reads {RECORD_VERSION}"
        )
    values = dict(table)
    values["architecture"] = Architecture(values["architecture"])
    values["components"] = tuple(Component(**component) for component in values["components"])
    return BuildRecord(**values)
