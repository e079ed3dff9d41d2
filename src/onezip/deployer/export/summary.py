"""A summary in Markdown: each zip's size and digest, and what changed; for a pull request or a job's page."""

from __future__ import annotations

from onezip.deployer.export import mark
from onezip.deployer.export.facts import Options, Shipment, Shipped, ShippedLayer


def export(shipment: Shipment, options: Options) -> str:  # noqa: ARG001 - a summary has no options
    """The table, and a list of changes where there is another lock to compare with."""
    rows = [
        f"| {each.name} | {function.runtime} | {function.architecture} | {each.size:,} |"
        f" `{each.code_sha256}` |"
        for function in shipment.functions
        for each in function.zips
    ]
    head = ["| function | runtime | architecture | bytes | CodeSha256 |", "| --- | --- | --- | ---: | --- |"]
    changes = [line for function in shipment.functions for each in function.zips for line in _changes(each)]
    compared = any(function.changes is not None for function in shipment.functions)
    told = ["", *(changes or ["Nothing changed."])] if compared else []
    return "\n".join([f"<!-- {mark.head('summary')} -->", "", *head, *rows, *told, ""])


def _changes(function: Shipped | ShippedLayer) -> list[str]:
    if not function.changes:
        return []
    return [f"- {function.name}", *(f"  - {_plain(change)}" for change in function.changes)]


def _plain(text: str) -> str:
    """Text from outside that Markdown and HTML do not read."""
    return "`" + text.replace("`", "'").replace("\n", " ") + "`"
