"""Events of a reader -> one tree of dicts, lists and scalars, within limits.

Both readers tell what they see in order; the builder keeps its own stack, so no text can exhaust Python's.
Aliases share one node, but count in full: a small text that expands to a huge one is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from onezip.config.template.scalar import Word
from onezip.config.template.tags import LONG, argument
from onezip.errors import ProjectError
from onezip.model.place import Place

SIZE = 4 * 1024 * 1024
"""Longest template, in characters. CloudFormation's quota is 1 MB."""

DEPTH = 100
"""Deepest nesting."""

NODES = 250_000
"""Most keys and values, with every alias expanded."""


@dataclass(slots=True)
class _Open:
    """A table or list that is not closed yet. weight and height are of the expanded content."""

    value: dict[Word, Any] | list[Any]
    place: Place
    tag: str | None
    anchor: str | None
    key: Word | None = None
    merge: Any = None
    merge_at: Place | None = None
    merging: bool = False
    weight: int = 1
    height: int = 1


class Builder:
    """Takes events; `root` is the tree when the last one is closed."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Any = None
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int, int]] = {}
        self._pending: set[str] = set()

    def at_key(self) -> bool:
        """Whether the next scalar is a key."""
        return bool(self._stack) and isinstance(self._stack[-1].value, dict) and self._stack[-1].key is None

    def key(self, text: str, line: int, *, merge: bool = False) -> None:
        """A key; merge says that it is YAML's `<<`."""
        top = self._stack[-1]
        word = Word(text, Place(self.file, line))
        if merge:
            first = top.merge_at
            top.merge_at, top.merging = word.place, True
        else:
            first = next((key.place for key in top.value if key == word), None) if word in top.value else None
        if first is not None:
            message = f"{text!r} stands twice: here and in line {first.line}"
            raise self._wrong("template.duplicate", message, line)
        top.key = word

    def open(
        self, value: dict[Word, Any] | list[Any], line: int, tag: str | None = None, anchor: str | None = None
    ) -> None:
        """A table or list begins."""
        if self.at_key():
            raise self._wrong("template.syntax", "a key must be text", line)
        if len(self._stack) >= DEPTH:
            raise self._wrong("template.limit", f"more than {DEPTH} levels deep", line)
        if anchor:
            self._pending.add(anchor)
        self._stack.append(_Open(value, Place(self.file, line), tag, anchor))

    def close(self) -> None:
        """The table or list ends."""
        done = self._stack.pop()
        value: Any = done.value
        if done.merge_at is not None:
            value = self._merged(done)
        if done.anchor:
            self._pending.discard(done.anchor)
        self._put(
            self._called(done.tag, value, done.place), done.place, done.weight, done.height, done.anchor
        )

    def scalar(self, value: Any, line: int, tag: str | None = None, anchor: str | None = None) -> None:
        """A value that is no table and no list."""
        place = Place(self.file, line)
        self._put(self._called(tag, value, place), place, 1, 1, anchor)

    def alias(self, name: str, line: int) -> None:
        """What was anchored before, once more."""
        if self.at_key():
            raise self._wrong("template.syntax", "a key must be text", line)
        if name in self._pending:
            raise self._wrong("template.syntax", f"the alias *{name} stands in what it names", line)
        if name not in self._anchors:
            raise self._wrong("template.syntax", f"the alias *{name} names nothing above it", line)
        value, weight, height = self._anchors[name]
        if len(self._stack) + height > DEPTH:
            raise self._wrong("template.limit", f"more than {DEPTH} levels deep", line)
        self._put(value, Place(self.file, line), weight, height, None)

    def _called(self, tag: str | None, value: Any, place: Place) -> Any:
        if tag is None:
            return value
        return {Word(LONG[tag], place): argument(tag, value)}

    def _put(self, value: Any, place: Place, weight: int, height: int, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = (value, weight, height)
        if not self._stack:
            self.root = value
            return
        top = self._stack[-1]
        top.weight += weight
        top.height = max(top.height, height + 1)
        if top.weight > NODES:
            raise self._wrong(
                "template.limit", f"more than {NODES} values with every alias expanded", place.line
            )
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.merging:
            top.merge, top.key, top.merging = value, None, False
        elif top.key is not None:
            top.value[top.key], top.key = value, None

    def _merged(self, table: _Open) -> dict[Word, Any]:
        """YAML's merge key (yaml.org/type/merge.html): own keys win, then the earlier table."""
        merged: dict[Word, Any] = {}
        for other in table.merge if isinstance(table.merge, list) else [table.merge]:
            if not isinstance(other, dict):
                line = table.merge_at.line if table.merge_at else None
                raise self._wrong("template.syntax", "`<<` wants a table or a list of tables", line)
            merged |= {key: inner for key, inner in other.items() if key not in merged}
        own = table.value if isinstance(table.value, dict) else {}
        return {key: inner for key, inner in merged.items() if key not in own} | own

    def _wrong(self, code: str, message: str, line: int | None) -> ProjectError:
        return ProjectError(code, message, place=Place(self.file, line))
