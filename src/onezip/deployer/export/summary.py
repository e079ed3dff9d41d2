"""A summary in Markdown: each zip's size and digest, and what changed; for a pull request or a job's page."""

from __future__ import annotations

from onezip.deployer.export import mark
from onezip.deployer.export.facts import Options, Shipment, Shipped


def export(shipment: Shipment, options: Options) -> str:  # noqa: ARG001 - a summary has no options
    """The table, and a list of changes where there is another lock to compare with."""
    rows = [
        f"| {each.name} | {each.runtime} | {each.architecture} | {each.size:,} | `{each.code_sha256}` |"
        for each in shipment.functions
    ]
    head = ["| function | runtime | architecture | bytes | CodeSha256 |", "| --- | --- | --- | ---: | --- |"]
    changes = [line for function in shipment.functions for line in _changes(function)]
    compared = any(function.changes is not None for function in shipment.functions)
    told = ["", *(changes or ["Nothing changed."])] if compared else []
    return "\n".join([f"<!-- {mark.head('summary')} -->", "", *head, *rows, *told, ""])


def _changes(function: Shipped) -> list[str]:
    if not function.changes:
        return []
    return [f"- {function.name}", *(f"  - {_plain(change)}" for change in function.changes)]


def _plain(text: str) -> str:
    """Text from outside that Markdown and HTML do not read."""
    return "`" + text.replace("`", "'").replace("\n", " ") + "`"
