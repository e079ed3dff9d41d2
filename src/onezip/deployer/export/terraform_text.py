"""Text, names and paths in a .tf.json, whose strings are templates ("JSON Configuration Syntax")."""

from __future__ import annotations

import re

from onezip.deployer.export.facts import Shipment, Shipped, ShippedLayer


def text(value: str) -> str:
    """Text that Terraform reads as it is."""
    return value.replace("${", "$${").replace("%{", "%%{")


def label(name: str) -> str:
    """A function's name as a resource's, which may not start with a digit or a hyphen; no two are one."""
    return name if re.match(r"[A-Za-z]", name) else f"_{name}"


def filename(function: Shipped | ShippedLayer, shipment: Shipment) -> str:
    """A zip's path, as seen from the folder of the exported file."""
    return "${path.module}/" + text(shipment.near(function.zip))
