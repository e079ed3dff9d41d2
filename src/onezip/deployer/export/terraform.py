"""Terraform and OpenTofu: a `.tf.json` with what onezip.lock knows, as `local.onezip`.

Strings of a .tf.json are templates, so `${` and `%{` in them are doubled (Terraform, "JSON Configuration
Syntax"). A key `//` is a comment. The code's digest stands in `source_code_hash`, which every version of
hashicorp/aws takes and none compares with AWS; from 6.28 on `code_sha256` is compared.
"""

from __future__ import annotations

import json
from typing import Any

from onezip.deployer.export import mark
from onezip.deployer.export.facts import Options, Shipment, Shipped, ShippedLayer
from onezip.deployer.export.terraform_functions import complete
from onezip.deployer.export.terraform_text import filename, text


def export(shipment: Shipment, options: Options) -> str:
    """Locals, and with options.functions all that makes the functions. Raises UsageError."""
    table: dict[str, Any] = {
        "//": mark.head("terraform"),
        "locals": {"onezip": {each.name: _facts(each, shipment) for each in shipment.functions}},
    }
    if options.functions:
        table |= complete(shipment, options)
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"


def _facts(function: Shipped, shipment: Shipment) -> dict[str, Any]:
    return {
        "function_name": text(function.function_name),
        "filename": filename(function, shipment),
        "code_sha256": function.code_sha256,
        "sha256": function.sha256,
        "size": function.size,
        "s3_key": text(function.s3_key),
        "runtime": function.runtime,
        "handler": text(function.handler),
        "architectures": [function.architecture],
        "memory_size": function.memory,
        "timeout": function.timeout,
        "ephemeral_storage": function.tmp,
        **({"layer": _layer(function.layer, shipment)} if function.layer else {}),
    }


def _layer(layer: ShippedLayer, shipment: Shipment) -> dict[str, Any]:
    return {
        "layer_name": text(layer.layer_name),
        "filename": filename(layer, shipment),
        "code_sha256": layer.code_sha256,
        "sha256": layer.sha256,
        "size": layer.size,
        "s3_key": text(layer.s3_key),
    }
