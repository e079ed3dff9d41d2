"""Make: one rule for each function; what it depends on stands in the depfile that the build leaves.

`onezip build --depfile` keeps times in order: the depfile is as old as its zip, and the zip no older than its
inputs. So make runs nothing where nothing changed.
"""

from __future__ import annotations

from onezip.deployer.export import mark
from onezip.deployer.export.depfile import escape
from onezip.deployer.export.facts import Options, Shipment, Shipped


def export(shipment: Shipment, options: Options) -> str:  # noqa: ARG001 - make has no options
    """The Makefile. Raises ProjectError for a folder that make cannot name."""
    zips = [escape(shipment.near(function.zip)) for function in shipment.functions]
    return "\n".join([
        f"# {mark.head('make')}",
        "# `include` it in a Makefile of this folder, or run `make -f` with it.",
        "",
        "ONEZIP ?= onezip",
        "",
        ".PHONY: zips",
        f"zips: {' '.join(zips)}",
        *(_rule(function, shipment) for function in shipment.functions),
        "",
    ])  # fmt: skip


def _rule(function: Shipped, shipment: Shipment) -> str:
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
