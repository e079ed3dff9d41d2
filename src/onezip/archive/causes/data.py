"""JSON and TOML that say the same in another form.  [pure]"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

from onezip.archive.causes.change import Change, Note

_MOST_TOML = 256 << 10  # tomllib is written in Python


def key_order(change: Change) -> Iterator[Note]:
    """The same values, with other keys first, or with other spaces and escapes."""
    name = change.name.lower()
    if not change.whole or not name.endswith((".json", ".toml")):
        return
    read: Callable[[str], Any] = json.loads
    kind = "JSON"
    if name.endswith(".toml"):
        if max(len(change.a), len(change.b)) > _MOST_TOML:
            return
        read, kind = tomllib.loads, "TOML"
    try:
        one, other = (read(side.decode("utf-8")) for side in (change.a, change.b))
        same = _canonical(one, sort=True) == _canonical(other, sort=True)
        ordered = _canonical(one, sort=False) == _canonical(other, sort=False)
    except (ValueError, RecursionError):
        return
    if same:
        how = "with other spaces or escapes" if ordered else "with its keys in another order"
        yield Note("differs.key-order", f"the same {kind} {how}")


def _canonical(value: Any, *, sort: bool) -> str:
    """One text for one value: comparing values would take 1, 1.0 and true for the same."""
    return json.dumps(value, sort_keys=sort, default=repr)
