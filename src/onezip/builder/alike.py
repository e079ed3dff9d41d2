"""Diagnostics of many functions that say the same: told once, of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from onezip.errors import Diagnostic


def merged(told: Iterable[tuple[str, Diagnostic]]) -> list[Diagnostic]:
    """Diagnostics of functions in the order of the first of their kind; those alike but for the name are one.

    A message that starts with its function's name and a colon is alike to one that goes on as it does.
    """
    kinds: dict[tuple[object, ...], tuple[Diagnostic, list[str]]] = {}
    for name, diagnostic in told:
        rest = diagnostic.message.removeprefix(f"{name}: ")
        named = rest != diagnostic.message
        key = (diagnostic.code, diagnostic.severity, rest, diagnostic.hint, named)
        names = kinds.setdefault(key, (diagnostic, []))[1]
        if name not in names:
            names.append(name)
    return [
        first._replace(message=f"{_some(names)}: {first.message.removeprefix(f'{names[0]}: ')}")
        if len(names) > 1 and first.message.startswith(f"{names[0]}: ")
        else first
        for first, names in kinds.values()
    ]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"
