"""What a Python module defines at its top level, told from its text. Nothing is imported or run.  [pure]"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

FUNCTIONS = ("lambda_handler", "handler", "main")
"""Names of handlers, the first found counts."""


class Imported(NamedTuple):
    """What a module imports. tops are the first names, each with the rests of its dotted names.

    level is the number of dots of its relative imports, the most of them; 0 for none.
    """

    tops: Mapping[str, tuple[tuple[str, ...], ...]]
    level: int = 0


def imported(text: str) -> Imported:
    """What a module imports, anywhere in it; nothing where it cannot be parsed."""
    tops: dict[str, tuple[tuple[str, ...], ...]] = {}
    level = 0
    for node in ast.walk(_parsed(text) or ast.Module([], [])):
        dotted: list[str] = []
        match node:
            case ast.Import(names=names):
                dotted = [alias.name for alias in names]
            case ast.ImportFrom(module=str() as module, names=names, level=0):
                dotted = [f"{module}.{alias.name}" for alias in names]
            case ast.ImportFrom(level=dots):
                level = max(level, dots)
        for name in dotted:
            top, *rest = name.split(".")
            tops[top] = (*tops.get(top, ()), tuple(rest))
    return Imported(tops, level)


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def defined(text: str) -> str | None:
    """The first of FUNCTIONS that a module defines at its top level."""
    tree = _parsed(text)
    # what is not parsed is perhaps the syntax of a newer Python than this one
    found = re.findall(r"^def (\w+)\(", text, re.MULTILINE) if tree is None else _names(tree.body)
    names = set(found)
    return next((name for name in FUNCTIONS if name in names), None)


def _names(body: Iterable[ast.stmt]) -> Iterator[str]:
    """The names that statements bind to something callable, as far as that can be told."""
    for statement in body:
        match statement:
            case ast.FunctionDef(name=name) if name != "main" or _takes_two(statement):
                yield name
            case ast.Assign(targets=targets):
                yield from (each.id for each in targets if isinstance(each, ast.Name) and each.id != "main")
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()) if name != "main":
                yield name
            case ast.ImportFrom(names=aliases):
                bound = (alias.asname or alias.name for alias in aliases)
                yield from (name for name in bound if name != "main")
            case ast.If(body=inner, orelse=other):
                yield from _names([*inner, *other])
            case ast.Try(body=inner, handlers=handlers, orelse=other, finalbody=last):
                caught = [each for handler in handlers for each in handler.body]
                yield from _names([*inner, *caught, *other, *last])
            case ast.With(body=inner):
                yield from _names(inner)


def _takes_two(function: ast.FunctionDef) -> bool:
    """Whether a `main` can be called with an event and a context: a `def main():` is a script's."""
    taken = function.args
    count = len(taken.posonlyargs) + len(taken.args)
    return bool(function.decorator_list) or (
        (count >= 2 or taken.vararg is not None) and count - len(taken.defaults) <= 2
    )
