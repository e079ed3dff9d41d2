"""The text of a template -> Document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onezip.config.template.from_json import is_json, read_json
from onezip.config.template.from_yaml import read_yaml
from onezip.config.template.scalar import key_place
from onezip.config.template.tree import SIZE
from onezip.errors import ProjectError
from onezip.model.place import Place


@dataclass(frozen=True, slots=True)
class Document:
    """A template as it was written: file is its name for messages, tree its dicts, lists and scalars.

    Keys and texts are `scalar.Word`s, which know their file and line; short forms have become long ones.
    """

    file: str
    tree: Mapping[str, Any]

    def section(self, name: str) -> Mapping[str, Any]:
        """A section by name; empty where there is none."""
        section = self.tree.get(name)
        if section is None:
            return {}
        if not isinstance(section, dict):
            place = key_place(self.tree, name) or Place(self.file)
            raise ProjectError("template.value", f"{name} must be a table", place=place)
        return section


def looks_like_template(text: str) -> bool:
    """Whether a text is worth reading as a template: other tools have files of that name too."""
    return "Resources" in text and "AWS::" in text


def read_template(text: str, file: str) -> Document:
    """Read YAML or JSON; file is the name in messages.

    Raises ProjectError for what is neither, for duplicate keys, unknown tags and what is beyond limits.
    """
    return Document(
        file,
        read_table(
            text,
            file,
            "a table with Resources",
            "a template starts with keys such as Transform: and Resources:",
        ),
    )


def read_table(
    text: str, file: str, what: str = "a table", hint: str = "it starts with keys such as paths:"
) -> Mapping[str, Any]:
    """Read YAML or JSON that is a table. what and hint word the mistake where it is none.

    Raises ProjectError as `read_template` does.
    """
    if len(text) > SIZE:
        raise ProjectError("template.limit", f"{file} is longer than {SIZE} characters", place=Place(file))
    text = text.removeprefix("\ufeff")
    json = file.endswith(".json") or (text.lstrip().startswith("{") and is_json(text))
    tree = read_json(text, file) if json else read_yaml(text, file)
    if not isinstance(tree, dict):
        raise ProjectError("template.syntax", f"{file} is not {what}", place=Place(file, 1), hint=hint)
    return tree
