"""A template and a disk of names, held in memory; what is described, as text that a person can check."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from onezip.config.parse import parse
from onezip.config.template.functions import Described, functions
from onezip.config.template.parameters import settle
from onezip.config.template.read import Document, read_template
from onezip.config.template.resolver import Resolver
from onezip.errors import Diagnostic, ProjectError
from onezip.model.project import Origin, Project, Unresolved

HEAD = "Transform: AWS::Serverless-2016-10-31\n"


class Names:
    """A disk that has just these files; a folder is there if something is in it."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files

    def is_file(self, path: str) -> bool:
        return path in self.files

    def is_dir(self, path: str) -> bool:
        return bool(self.listing(path))

    def listing(self, path: str) -> Sequence[str]:
        start = "" if path == "." else f"{path}/"
        below = (name[len(start) :] for name in self.files if name.startswith(start))
        return sorted({name.partition("/")[0] for name in below})

    def read(self, path: str) -> str | None:
        return self.files.get(path)


def describe(
    text: str,
    files: Mapping[str, str] | Sequence[str] = (),
    *,
    name: str = "template.yaml",
    root: str = "",
    **parameters: str,
) -> Described:
    """What a template describes, with these files on the disk."""
    disk = Names(files if isinstance(files, Mapping) else dict.fromkeys(files, ""))
    return functions(
        read_template(text, name),
        parameters={key.replace("AWS__", "AWS::"): value for key, value in parameters.items()},
        root=root,
        is_file=disk.is_file,
        is_dir=disk.is_dir,
        listing=disk.listing,
        read=disk.read,
    )


def project(described: Described, files: Sequence[str]) -> Project:
    """The project that the tables make."""
    return parse(
        {"functions": described.tables()},
        root="/project",
        file=described.file,
        origin=Origin.TEMPLATE,
        place=described.place,
        is_file=lambda path: path in files,
    )


def resolve(expression: str, sections: str = "", **parameters: str) -> Any:
    """The value of one YAML expression; `?reason` for what is not known."""
    document = read_template(f"{sections}\nValue: {expression}\n", "template.yaml")
    return unknown_as_text(resolver(document, **parameters).resolve(document.tree["Value"]))


def unknown_as_text(found: Any) -> Any:
    """A resolved tree with `?reason` for what is not known."""
    match found:
        case Unresolved():
            return f"?{found.reason}"
        case dict():
            return {str(key): unknown_as_text(inner) for key, inner in found.items()}
        case list():
            return [unknown_as_text(inner) for inner in found]
        case _:
            return found


def resolver(document: Document, **parameters: str) -> Resolver:
    """The resolver of a document."""
    given = {key.replace("AWS__", "AWS::"): value for key, value in parameters.items()}
    return Resolver(document, settle(document, given))


def one(properties: str, *, kind: str = "AWS::Serverless::Function", more: str = "", head: str = HEAD) -> str:
    """A template with one function F; properties and more are YAML in flow style."""
    return f"{head}Resources:\n  F:\n    Type: {kind}\n    Properties: {{{properties}}}\n{more}"


def complaints(error: ProjectError) -> list[str]:
    """Every mistake as `file:line code message (hint)`."""
    return [_complaint(found) for found in error.diagnostics()]


def _complaint(found: Diagnostic) -> str:
    hint = f" ({found.hint})" if found.hint else ""
    return f"{found.place} {found.code} {found.message}{hint}"


def shown(described: Described) -> str:
    """Functions with the lines they come from, foreign functions and notes."""
    lines = []
    for name, function in described.functions.items():
        mark = " by make" if function.makefile else ""
        lines.append(f"{name} at {function.place}{mark}")
        lines += [f"  {key} = {json.dumps(value)}" for key, value in function.table.items()]
    lines += [f"not ours: {foreign.name}: {foreign.reason}" for foreign in described.foreign]
    lines += [f"note: {note}" for note in described.notes]
    lines += [f"detail: {note}" for note in described.details]
    return "\n".join(lines) + "\n"
