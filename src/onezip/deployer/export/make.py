"""Make: one rule for each function; what it depends on stands in the depfile that the build leaves.

`onezip build --depfile` keeps times in order: the depfile is as old as its zip, and the zip no older than its
inputs. So make runs nothing where nothing changed.
"""

from __future__ import annotations

from onezip.deployer.export import mark
from onezip.deployer.export.depfile import escape
from onezip.deployer.export.facts import Options, Shipment, Shipped, ShippedLayer


def export(shipment: Shipment, options: Options) -> str:  # noqa: ARG001 - make has no options
    """The Makefile. Raises ProjectError for a folder that make cannot name."""
    every = [each for function in shipment.functions for each in function.zips]
    zips = [escape(shipment.near(each.zip)) for each in every]
    return "\n".join([
        f"# {mark.head('make')}",
        "# `include` it in a Makefile of this folder, or run `make -f` with it.",
        "",
        "ONEZIP ?= onezip",
        "",
        ".PHONY: zips",
        f"zips: {' '.join(zips)}",
        *(_rule(each, shipment) for each in every),
        "",
    ])  # fmt: skip


def _rule(function: Shipped | ShippedLayer, shipment: Shipment) -> str:
    target = escape(shipment.near(function.zip))
    depfile = f"{shipment.zips}/{function.name}.d"
    near = shipment.near(depfile)
    config = f" --config {_word(shipment.near(shipment.config))}" if shipment.config else ""
    return "\n".join([
        "",
        f"{target}: {escape(near)}",
        f"\t$(ONEZIP) build {function.name}{config} --output {_word(shipment.zips)} --depfile {_word(near)}",
        f"{escape(near)}: ;",
        f"-include {escape(near)}",
    ])  # fmt: skip


def _word(path: str) -> str:
    """A path as a word of a recipe, for a POSIX shell and for Windows' own."""
    quoted = path.replace("$", "$$")
    return f'"{quoted}"' if " " in quoted else quoted
